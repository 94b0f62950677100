"""What is said when something is wrong: PyTorch's type and opening words, then the cure.

Each function returns the exception to raise (or checks, and raises it).
"""

import numpy as np

from .grad_mode import mode


def _name_of(tensor):
    """The user's name for a tensor: the variable that holds it in a calling frame, or None."""
    from .source import name_of

    return name_of(tensor)


def _called(tensor):
    name = _name_of(tensor)
    return f"the tensor `{name}`" if name else "this tensor"


def type_name(data):
    """PyTorch's name of an array's type: ``torch.DoubleTensor``."""
    from . import dtypes

    return "torch." + dtypes.dtype.of_numpy[data.dtype].type_name


def _shape(shape):
    return "[" + ", ".join(map(str, shape)) + "]"


# ---------------------------------------------------------------------- operands


def not_a_tensor(op, argument, value):
    return TypeError(
        f"{op}(): argument '{argument}' (position 1) must be Tensor, not {type(value).__name__}. "
        f"Make a tensor of it first: torch.tensor({value!r})."
        if isinstance(value, int | float | list | tuple)
        else f"{op}(): argument '{argument}' (position 1) must be Tensor, not {type(value).__name__}"
    )


def unsupported_operand(operand):
    raise TypeError(
        f"unsupported operand type: a tensor and {type(operand).__name__!r}. "
        "An operand is a tensor, a NumPy array or a number."
    )


def broadcast(op, a, b):
    """Two shapes that cannot be broadcast against each other."""
    a, b = np.shape(a), np.shape(b)
    for i in range(1, min(len(a), len(b)) + 1):
        if a[-i] != b[-i] and 1 not in (a[-i], b[-i]):
            return RuntimeError(
                f"The size of tensor a ({a[-i]}) must match the size of tensor b ({b[-i]}) at "
                f"non-singleton dimension {max(len(a), len(b)) - i}. "
                f"In `{op}` the shapes are {_shape(a)} and {_shape(b)}; sizes must be equal, or one "
                "of them 1, counted from the last dimension."
            )
    return RuntimeError(f"`{op}` cannot combine the shapes {_shape(a)} and {_shape(b)}.")


# ---------------------------------------------------------------------- requires_grad, grad


def requires_grad_of_integers(dtype):
    return RuntimeError(
        "only Tensors of floating point dtype can require gradients. "
        f"This one is {dtype}; write its numbers with a point (1.0 instead of 1) "
        "or call .double() first."
    )


def requires_grad_of_non_leaf():
    return RuntimeError(
        "you can only change requires_grad flags of leaf variables. If you want to use a computed "
        "variable in a subgraph that doesn't require differentiation use "
        "var_no_grad = var.detach()."
    )


def grad_of_non_leaf(tensor):
    return (
        "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad "
        "attribute won't be populated during autograd.backward(). If you indeed want the .grad "
        "field to be populated for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor "
        "before backward(). If you access the non-leaf Tensor by mistake, make sure you access the "
        "leaf Tensor instead."
    )


def check_assigned_grad(tensor, value):
    from .tensor import Tensor

    if not isinstance(value, Tensor):
        raise TypeError(
            "assigned grad expected to be a Tensor or None but got grad of type "
            f"{type(value).__name__}. Write torch.tensor({value!r}) to assign a number."
        )
    if value.dtype is not tensor.dtype:
        raise RuntimeError(
            "assigned grad has data of a different type: "
            f"the tensor is {tensor.dtype}, the gradient {value.dtype}."
        )
    if value.shape != tensor.shape:
        raise RuntimeError(
            "assigned grad has data of a different size: "
            f"the tensor has shape {_shape(tensor.shape)}, the gradient {_shape(value.shape)}."
        )


def cannot_retain():
    return RuntimeError("can't retain_grad on Tensor that has requires_grad=False")


def hook_without_grad():
    return RuntimeError(
        "cannot register a hook on a tensor that doesn't require gradient. "
        "Call .requires_grad_() on a leaf first."
    )


def post_accumulate_on_non_leaf():
    return RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")


def detach_view():
    return RuntimeError(
        "Can't detach views in-place. Use detach() instead. If you are using "
        "DistributedDataParallel (DDP) for training, detach() is what you want as well."
    )


def copy_of_non_leaf():
    return RuntimeError(
        "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol "
        "at the moment. Copy its values instead: tensor.detach().clone()."
    )


# ---------------------------------------------------------------------- backward


def no_grad_fn(tensor):
    where = _called(tensor)
    return RuntimeError(
        "element 0 of tensors does not require grad and does not have a grad_fn. "
        f"Nothing that {where} was computed from asks for gradients: create an input with "
        "requires_grad=True, and do not compute inside torch.no_grad()."
    )


def implicit_gradient(tensor):
    return RuntimeError(
        "grad can be implicitly created only for scalar outputs. "
        f"{_called(tensor).capitalize()} has shape {_shape(tensor.shape)}: reduce it to one number "
        "(for example with .sum() or .mean()), or pass gradient=, a tensor of this shape that "
        "weighs each output."
    )


def check_gradient(tensor, gradient):
    from .tensor import Tensor

    if not isinstance(gradient, Tensor):
        raise TypeError(
            "gradients can be either Tensors or None, but got " + type(gradient).__name__
        )
    if gradient.shape != tensor.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[0] has a shape of {gradient.shape} and output[0] has "
            f"a shape of {tensor.shape}. gradient= needs one number for each element of the output."
        )


def freed(node):
    return RuntimeError(
        "Trying to backward through the graph a second time (or directly access saved tensors after "
        "they have already been freed). Saved intermediate values of the graph are freed when you "
        "call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward "
        "through the graph a second time or if you need to access saved tensors after calling "
        f"backward. The first node that is freed is {node.name()}, made at {node.source()}; "
        "to compute a fresh graph instead, run the forward lines again."
    )


def check_saved(node):
    """Raise if something that ``node`` saved has been changed in place since."""
    if not node.saves:
        return
    needed = {name for names, edge in zip(node.needs, node.edges) if edge is not None
              for name in names}
    for name, operand in zip(node.operands, node.inputs):
        memory = getattr(operand, "_memory", None)
        if name in needed and memory is not None and memory.storage.modified_at > node.seq:
            raise _modified(node, memory.storage, operand._data, _name_of(operand))
    if "y" in needed and node.extra is not None and node.extra.output_changed is not None:
        slot = next(i for i, names in enumerate(node.needs) if "y" in names and node.edges[i])
        output = node.arguments(slot)["y"]
        raise _modified(node, node.extra.output_changed, output, None)


def _modified(node, storage, data, name):
    from .source import Source

    op, code, lasti = storage.modified_by
    what = f"`{name}`" if name else "it"
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace "
        f"operation: [{type_name(data)} {_shape(np.shape(data))}] is at version {storage.version}. "
        f"{node.name()}, made at {node.source()}, saved {what}; `{op}` changed it afterwards at "
        f"{Source.of(code, lasti)}. Use an operation that makes a new tensor, or work on a .clone()."
    )


def check_hook_result(node, gradient, replaced):
    from .tensor import Tensor

    if not isinstance(replaced, Tensor):
        raise TypeError(
            f"expected a Tensor or None from the hook, but got {type(replaced).__name__}"
        )
    if replaced.shape != gradient.shape:
        raise RuntimeError(
            "hook has changed the size of value: "
            f"from {_shape(gradient.shape)} to {_shape(replaced.shape)}."
        )


def replaced_after(node):
    return RuntimeError(
        f"a hook of {node.name()} returned gradients; a hook of a node can only look. "
        "Replace a gradient with Tensor.register_hook."
    )


def check_backward_inputs(inputs):
    if not inputs:
        raise RuntimeError("`inputs` argument to `backward` cannot be empty.")
    return _edges_of(inputs)


def check_grad_inputs(inputs):
    if not inputs:
        raise ValueError("grad requires non-empty inputs.")
    return _edges_of(inputs)


def _edges_of(inputs):
    from .node import edge_of

    edges = set()
    for tensor in inputs:
        edge = edge_of(tensor)
        if edge is None:
            raise RuntimeError(
                "One of the differentiated Tensors does not require grad: "
                f"{_called(tensor)}. Create it with requires_grad=True."
            )
        edges.add(edge)
    return edges


def check_unused(inputs, gradients):
    for tensor, gradient in zip(inputs, gradients):
        if gradient is None:
            raise RuntimeError(
                "One of the differentiated Tensors appears to not have been used in the graph. "
                "Set allow_unused=True if this is the desired behavior. "
                f"The outputs do not depend on {_called(tensor)}."
            )


# ---------------------------------------------------------------------- in-place


def check_inplace(tensor, op):
    """In-place changes that autograd cannot follow."""
    memory = tensor._memory
    base = memory and memory.base
    if base is not None:
        if memory.origin is not None:
            raise RuntimeError(changed_view(tensor, "is being"))
        if base._requires_grad and base._grad_fn is None and tensor.requires_grad:
            raise RuntimeError(
                "a view of a leaf Variable that requires grad is being used in an in-place "
                f"operation. `{op}` would change {_called(base)} behind autograd's back: work on a "
                ".clone(), or inside torch.no_grad()."
            )
    if tensor._requires_grad and tensor._grad_fn is None:
        raise RuntimeError(
            "a leaf Variable that requires grad is being used in an in-place operation. "
            f"`{op}` would lose the value that {_called(tensor)} had. Update parameters inside "
            "torch.no_grad(), or compute a new tensor."
        )


def changed_view(view, how):
    """What to say of a view whose history autograd cannot follow through an in-place change."""
    no_grad = view._memory.origin == "no_grad"
    if view._grad_fn is None:
        text = f"A view was created in no_grad mode and {how} modified inplace with grad mode enabled."
    else:
        node = view.grad_fn.name().partition("Backward")[0]
        text = f"Output {view.output_nr} of {node} is a view" + (
            f" of a view which was created in no_grad mode and {how} modified inplace with grad mode "
            "enabled." if no_grad else f" and {how} modified inplace."
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


def check_inplace_result(tensor, out, op):
    if out.shape != tensor.shape:
        raise RuntimeError(
            f"output with shape {_shape(tensor.shape)} doesn't match the broadcast shape "
            f"{_shape(out.shape)}. `{op}` cannot make a tensor larger in place."
        )
    if out.dtype.category > tensor.dtype.category:
        raise RuntimeError(
            f"result type {_kind(out)} can't be cast to the desired output type {_kind(tensor)}. "
            f"`{op}` cannot change a tensor's type in place."
        )


def _kind(tensor):
    return tensor.dtype.type_name.removesuffix("Tensor")


def check_written_once(tensor, op):
    """Raise if several elements of a tensor share one place in memory, as after expand()."""
    data = tensor._data
    shared = any(n == 0 and size > 1 for n, size in zip(data.strides, data.shape))
    if (shared or not data.flags.writeable) and op not in ("fill_", "zero_"):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a "
            "single memory location. Please clone() the tensor before performing the operation "
            f"`{op}`."
        )


def check_overlap(tensor, operands, op):
    """Raise if an operand shares a part, but not all, of the memory that is written to."""
    if tensor._memory is None:
        return
    written = tensor._data
    for operand in operands:
        memory = getattr(operand, "_memory", None)
        if memory is None or memory.storage is not tensor._memory.storage:
            continue
        read = operand._data
        same = written.strides == read.strides and _bounds(written) == _bounds(read)
        if not same and _dense(written) and _dense(read) and np.may_share_memory(written, read):
            raise RuntimeError(
                "unsupported operation: some elements of the input tensor and the written-to tensor "
                "refer to a single memory location. Please clone() the tensor before performing the "
                f"operation `{op}`."
            )


def _bounds(array):
    return np.lib.array_utils.byte_bounds(array)


def _dense(array):
    """Whether the elements fill their stretch of memory, each once."""
    low, high = _bounds(array)
    return array.size > 0 and high - low == array.nbytes


# ---------------------------------------------------------------------- anomaly mode


def check_backward(node, contributions):
    """In anomaly mode: raise where a rule has returned NaN or infinity."""
    for slot, gradient in enumerate(contributions):
        data = getattr(gradient, "_data", gradient)
        if data is not None and mode.check_nan and not np.isfinite(data).all():
            raise RuntimeError(
                f"Function '{node.name()}' returned {_bad(data)} values in its {slot}th output: "
                f"the gradient of its operand `{node.operands[slot]}`. The operation was recorded "
                f"at {node.source()}."
            )


def _bad(data):
    return "nan" if np.isnan(data).any() else "inf"


def appeared_forward(node, data):
    return RuntimeError(
        f"Function '{node.name()}' returned {_bad(data)} values in its forward output, of operands "
        f"that were finite. The operation stands at {node.source()}."
    )


# ---------------------------------------------------------------------- making tensors


def check_device(device):
    if str(device).split(":")[0] != "cpu":
        raise RuntimeError(
            f"Expected one of cpu device type at start of device string: {device}. "
            "This engine computes on the CPU only: leave device out, or write device='cpu'."
        )


def check_nested(data):
    """Raise for what is no number and no sequence of numbers."""
    if isinstance(data, str | dict | set) or data is None:
        raise TypeError(
            f"new(): invalid data type '{type(data).__name__}'. "
            "A tensor is made of numbers: a number, a list of numbers, or a NumPy array."
        )


def ragged(data):
    """The error for rows of different lengths."""
    return ValueError(
        "expected sequence of equal length along each dimension: the rows have different lengths"
    )


def check_dims(dims, rank):
    """``dims`` counted from 0, each once."""
    out = []
    for dim in dims:
        low, high = -max(rank, 1), max(rank, 1) - 1
        if not low <= dim <= high:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{low}, {high}], but got {dim})"
            )
        axis = dim % max(rank, 1)
        if axis in out:
            raise RuntimeError(f"dim {axis} appears multiple times in the list of dims")
        out.append(axis)
    return [axis for axis in out if rank]


def check_subtraction(a, b):
    kinds = [getattr(x, "dtype", None) for x in (a, b)]
    if any(kind is not None and kind.category == 0 for kind in kinds):
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying "
            "to invert a mask, use the `~` or `logical_not()` operator instead."
        )


def check_same_dtype(a, b):
    if a.dtype is not b.dtype:
        raise RuntimeError(f"{a.dtype} did not match {b.dtype}: both need the same type here")


# ---------------------------------------------------------------------- custom Functions


def not_overridden(method):
    return NotImplementedError(
        f"You must implement the {method} function for custom autograd.Function: "
        f"a static method `{method}` of your class."
    )


def check_forward_result(function, results):
    from .tensor import Tensor

    for value in results:
        if not isinstance(value, Tensor):
            raise TypeError(
                f"{function.__name__}.forward: expected to return Tensors, but it returned "
                f"{type(value).__name__}. Compute with tensors, or wrap the value in torch.tensor."
            )


def check_saveable(tensors):
    from .tensor import Tensor

    for value in tensors:
        if value is not None and not isinstance(value, Tensor):
            raise TypeError(
                "save_for_backward can only save variables, but argument is of type "
                f"{type(value).__name__}. Keep other values as attributes: ctx.value = value."
            )


def check_unchanged(node, tensor):
    """Raise if a tensor that a custom Function saved has been changed in place since."""
    memory = tensor._memory
    if memory is not None and memory.storage.modified_at > node.seq:
        raise _modified(node, memory.storage, tensor._data, _name_of(tensor))


def check_returned(node, returned, count):
    if len(returned) > count and all(extra is None for extra in returned[count:]):
        return
    if len(returned) != count:
        raise RuntimeError(
            f"function {node.name()} returned an incorrect number of gradients "
            f"(expected {count}, got {len(returned)}). Its backward must return one for each "
            "argument of forward, None for those that need none."
        )


def check_returned_gradient(node, slot, gradient, tensor):
    """The gradient a custom ``backward`` returned, if it fits its input."""
    from .engine import unbroadcast
    from .tensor import Tensor

    if gradient is None or not tensor.requires_grad:
        return None
    if not isinstance(gradient, Tensor):
        raise TypeError(
            f"expected Variable or None (got {type(gradient).__name__}) at position {slot} of what "
            f"{node.name()} returned"
        )
    if gradient.shape != tensor.shape:
        try:
            fits = np.broadcast_shapes(gradient.shape, tensor.shape) == tuple(gradient.shape)
        except ValueError:
            fits = False
        if not fits:
            raise RuntimeError(
                f"Function {node.name()} returned an invalid gradient at index {slot} - got "
                f"{_shape(gradient.shape)} but expected shape compatible with "
                f"{_shape(tensor.shape)}. A gradient has the shape of its input."
            )
    return unbroadcast(gradient, tuple(tensor.shape), tensor.dtype.numpy)


def nothing_to_check():
    return ValueError(
        "gradcheck expects all tensor inputs to reach an output through recorded operations: none "
        "of the outputs require grad. Does the function use .detach(), .item() or .numpy()?"
    )


# ---------------------------------------------------------------------- autograd.functional


def check_tensors(values, what, function):
    """``values`` as a tuple of tensors, and whether they came as one."""
    from .tensor import Tensor

    nested = isinstance(values, tuple)
    tensors = values if nested else (values,)
    for i, value in enumerate(tensors):
        if not isinstance(value, Tensor):
            place = f"value at index {i}" if nested else f"given {what}"
            raise TypeError(
                f"The {what} given to {function} must be either a Tensor or a tuple of Tensors but "
                f"the {place} has type {type(value)}."
            )
    return tensors, nested


def check_strategy(strategy, vectorize, strict):
    if strategy not in ("reverse-mode", "forward-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". '
            "Hint: If your function has more outputs than inputs, \"forward-mode\" tends to be more "
            "performant. Otherwise, prefer to use \"reverse-mode\"."
        )
    if strategy == "forward-mode" and not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian is "
            "only implemented for `vectorize=True`. Use the default strategy."
        )
    if vectorize and strict:
        raise RuntimeError("torch.autograd.functional: `strict=True` and `vectorize=True` are not "
                           "supported together. Please either set `strict=False` or "
                           "`vectorize=False`.")  # fmt: skip


def check_scalar(outputs, nested, function):
    if nested:
        raise RuntimeError(f"The function given to {function} should return a single Tensor")
    if outputs[0]._data.size != 1:
        raise RuntimeError(
            f"The Tensor returned by the function given to {function} should contain a single "
            f"element, but its shape is {_shape(outputs[0].shape)}. Sum it, for example."
        )


def check_vector_needed(tensors, of):
    if len(tensors) != 1 or tensors[0]._data.size != 1:
        raise RuntimeError(
            f"The vector v can only be None if the {of} is a single Tensor with a single element."
        )


def check_vector(vectors, tensors, nested):
    """The vector of a product has the number and the shapes of what it is multiplied with."""
    if len(vectors) != len(tensors):
        raise RuntimeError(
            f"v is a tuple of invalid length: should be {len(tensors)} but got {len(vectors)}."
            if nested else "The given v should contain a single Tensor."
        )  # fmt: skip
    for i, (vector, tensor) in enumerate(zip(vectors, tensors)):
        if vector.shape != tensor.shape:
            opening = f"Entry {i} in v" if nested else "v"
            raise RuntimeError(
                f"{opening} has invalid size: should be {tensor.shape} but got {vector.shape}."
            )


def check_depends(tensors, what):
    """For ``strict=True``: every output, or every first derivative, depends on an input."""
    for i, tensor in enumerate(tensors):
        if tensor.requires_grad:
            continue
        if what == "output":
            raise RuntimeError(
                f"Output {i} of the user-provided function does not require gradients. The outputs "
                "must be computed in a differentiable manner from the input when running in strict "
                "mode."
            )
        raise RuntimeError(
            "While computing the hessian, found that the jacobian of the user-provided function "
            f"with respect to input {i} is independent of the input. This is not allowed in strict "
            "mode: a linear function, for example, has no second derivatives."
        )


def check_independent(gradients, create_graph):
    """For ``strict=True``: every input matters, and with create_graph to the gradients too."""
    for i, gradient in enumerate(gradients):
        if gradient is None:
            raise RuntimeError(
                "The output of the user-provided function is independent of "
                f"input {i}. This is not allowed in strict mode."
            )
        if create_graph and not gradient.requires_grad:
            raise RuntimeError(
                "The jacobian of the user-provided function is independent of "
                f"input {i}. This is not allowed in strict mode when create_graph=True."
            )
