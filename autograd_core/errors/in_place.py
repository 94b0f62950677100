"""What is said about changes in place."""

from .words import kind_name, shape_text, subject


def view_of_leaf(base, op):
    return RuntimeError(
        "a view of a leaf Variable that requires grad is being used in an in-place "
        f"operation. `{op}` would change {subject(base)} behind autograd's back: work on a "
        ".clone(), or inside torch.no_grad()."
    )


def leaf(tensor, op):
    return RuntimeError(
        "a leaf Variable that requires grad is being used in an in-place operation. "
        f"`{op}` would lose the value that {subject(tensor)} had. Update parameters inside "
        "torch.no_grad(), or compute a new tensor."
    )


def changed_view(view, no_grad, how):
    """What to say of a view whose history autograd cannot follow through an in-place change."""
    if view._grad_fn is None or view.grad_fn is None:
        text = f"A view was created in no_grad mode and {how} modified inplace with grad mode enabled."
    else:
        node = view.grad_fn.name().partition("Backward")[0]
        text = f"Output {view.output_nr} of {node} is a view" + (
            f" of a view which was created in no_grad mode and {how} modified inplace with grad mode enabled."
            if no_grad
            else f" and {how} modified inplace."
        )
    if no_grad:
        return text + (
            " Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify "
            "your code by moving both the view and the inplace either both inside the no_grad block "
            "(if you don't want the inplace to be tracked) or both outside (if you want the inplace "
            "to be tracked)."
        )
    return text + (
        " This view is the output of a function that returns multiple views. Such functions do not "
        "allow the output views to be modified inplace. You should replace the inplace operation by "
        "an out-of-place one, or take the part you change with an index: x[0] instead of a part of "
        "split() or unbind()."
    )


def larger_result(tensor, out, op):
    return RuntimeError(
        f"output with shape {shape_text(tensor.shape)} doesn't match the broadcast shape "
        f"{shape_text(out.shape)}. `{op}` cannot make a tensor larger in place."
    )


def other_type(tensor, out, op):
    return RuntimeError(
        f"result type {kind_name(out)} can't be cast to the desired output type {kind_name(tensor)}. "
        f"`{op}` cannot change a tensor's type in place."
    )


def shared_places(whose, op):
    return RuntimeError(
        f"unsupported operation: {whose} refer{'s' * whose.startswith('more')} to a single memory "
        f"location. Please clone() the tensor before performing the operation `{op}`."
    )


def written_twice(op):
    """Several elements of a tensor share one place in memory, as after expand()."""
    return shared_places("more than one element of the written-to tensor", op)


def overlap(op):
    """An operand shares a part, but not all, of the memory that is written to."""
    return shared_places("some elements of the input tensor and the written-to tensor", op)
