"""What is said when something is wrong: PyTorch's type and opening words, then the cure.

Each function returns the exception to raise (or checks, and raises it).
"""

import numpy as np

from .grad_mode import mode
from .node import Output


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


def not_a_tensor(op, argument, value, position=1):
    cure = ""
    if isinstance(value, int | float | list | tuple):
        cure = f". Make a tensor of it first: torch.tensor({value!r})."
    return TypeError(
        f"{op}(): argument '{argument}' (position {position}) must be Tensor, "
        f"not {type(value).__name__}{cure}"
    )


SYMBOLS = {
    "add": "+", "sub": "-", "rsub": "-", "mul": "*", "div": "/", "floor_divide": "//",
    "remainder": "%", "pow": "** or pow()", "bitwise_and": "&", "bitwise_or": "|",
    "bitwise_xor": "^", "bitwise_left_shift": "<<", "bitwise_right_shift": ">>",
}  # fmt: skip
COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}


def unsupported_operand(op, a, b):
    """One of the operands is neither a tensor nor a number."""
    from .tensor import Tensor

    names = ["Tensor" if isinstance(x, Tensor) else type(x).__name__ for x in (a, b)]
    cure = "An operand is a tensor, a NumPy array or a number."
    if op in SYMBOLS:
        what = f"unsupported operand type(s) for {SYMBOLS[op]}: '{names[0]}' and '{names[1]}'. "
    elif op in COMPARISONS:
        what = (
            f"'{COMPARISONS[op]}' not supported between instances of '{names[0]}' and "
            f"'{names[1]}'. "
        )
    else:
        return not_a_tensor(op, "other", b, 2)
    return TypeError(what + cure)


def negative_power():
    return RuntimeError(
        "Integers to negative integer powers are not allowed. "
        "Make one of them floating-point: 2.0 instead of 2, or .double()."
    )


def not_combined(op, a, b, error):
    """What NumPy said of two arrays, in PyTorch's words."""
    if "negative integer powers" in str(error):
        return negative_power()
    return broadcast(op, a, b) if isinstance(error, ValueError) else error


def broadcast(op, a, b):
    """Two shapes that cannot be broadcast against each other (or whole numbers to the power -1)."""
    if op == "pow" and np.asarray(a).dtype.kind in "iu" and np.any(np.less(b, 0)):
        return RuntimeError(
            "Integers to negative integer powers are not allowed. Use a floating-point tensor: "
            ".double() makes one."
        )
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


def requires_grad_of_integers(dtype, opening="only Tensors of floating point dtype"):
    return RuntimeError(
        f"{opening} can require gradients. "
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
        slot = next(i for i, names in enumerate(node.needs) if "y" in names and node.edges[i] is not None)
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
    if view._grad_fn is None or view.grad_fn is None:
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
    shared = any(n == 0 and size > 1 for n, size in zip(data.strides, data.shape)) and data.size
    if (shared or not data.flags.writeable) and op not in ("fill_", "zero_"):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a "
            "single memory location. Please clone() the tensor before performing the operation "
            f"`{op}`."
        )


def check_overlap(tensor, operands, op):
    """Raise if an operand shares a part, but not all, of the memory that is written to."""
    written = tensor._data
    for operand in operands if op != "fill_" else ():
        if operand is tensor:
            if op not in _NEED_APART:
                continue
        else:
            memory = getattr(operand, "_memory", None)
            if memory is None or not tensor._memory or memory.storage is not tensor._memory.storage:
                continue
        read = operand._data
        same = op not in _NEED_APART and _place(written) == _place(read)
        if not same and _dense(written) and _dense(read) and np.may_share_memory(written, read):
            raise RuntimeError(
                "unsupported operation: some elements of the input tensor and the written-to tensor "
                "refer to a single memory location. Please clone() the tensor before performing the "
                f"operation `{op}`."
            )


_NEED_APART = {"index_put_", "index_add_", "scatter_", "scatter_add_"}


def _place(array):
    steps = [step for step, n in zip(array.strides, array.shape) if n > 1]
    return array.shape, steps, _bounds(array)


def _bounds(array):
    return np.lib.array_utils.byte_bounds(array)


def _dense(array):
    """Whether the elements fill their stretch of memory, each once."""
    low, high = _bounds(array)
    return array.size > 0 and high - low == array.nbytes


# ---------------------------------------------------------------------- anomaly mode


def check_backward(node, g, contributions):
    """In anomaly mode: raise where a rule has returned NaN, or infinity of finite numbers."""
    if not mode.check_nan or isinstance(node, Output):
        return
    for slot, gradient in enumerate(contributions):
        if gradient is None or all_finite(gradient):
            continue
        bad = _bad(gradient)
        if bad == "nan" or all_finite(g, *operands_of(node)):
            name = _name_of(node.edges[slot])
            whose = f"`{name}`" if name else f"operand number {slot}"
            raise RuntimeError(
                f"Function '{node.name()}' returned {bad} values in its {slot}th output: the "
                f"gradient of {whose}. The operation was recorded at {node.source()}."
            )


def operands_of(node):
    """The operands of a node that is not freed: tensors, or their arrays."""
    return node.args[:-1] if node.operation.uniform else node.inputs


def all_finite(*values):
    """Whether no tensor, array or number among these holds NaN or infinity."""
    arrays = [np.asarray(getattr(value, "_data", value)) for value in _flat(values)]
    return all(np.isfinite(a).all() for a in arrays if a.dtype.kind in "fc")


def _flat(values):
    for value in values:
        if isinstance(value, list | tuple):
            yield from _flat(value)
        elif value is not None:
            yield value


def _bad(gradient):
    return "nan" if np.isnan(getattr(gradient, "_data", gradient)).any() else "inf"


def appeared_forward(node, data):
    return RuntimeError(
        f"Function '{node.name()}' returned {_bad(data)} values in its forward output, of operands "
        f"that were finite. The operation stands at {node.source()}."
    )


# ---------------------------------------------------------------------- making tensors


def unknown_device(device):
    return RuntimeError(
        "Expected one of cpu, cuda, mps, xpu, meta device type at start of device string: "
        f"{device}. This engine computes on the CPU only: leave device out, or write 'cpu'."
    )


def device_not_available(device):
    return AssertionError(
        f"Torch not compiled with {str(device).split(':')[0].upper()} enabled. "
        "This engine computes on the CPU only: leave device out, or write device='cpu'."
    )


def dtype_expected(function, given):
    from . import dtypes

    known = ", ".join(f"torch.{t.name}" for t in dtypes.PUBLIC)
    return TypeError(
        f"{function}(): argument 'dtype' must be torch.dtype, not {type(given).__name__}. "
        f"Got {given!r}; the types of this engine are {known}."
    )


def unsupported_array(kind):
    from . import dtypes

    known = ", ".join(t.name for t in dtypes.PUBLIC)
    return TypeError(
        f"can't convert np.ndarray of type {kind.type.__module__}.{kind.type.__name__}. "
        f"The only supported types are: {known}. Convert it first, for example with "
        "array.astype(float)."
    )


def no_number(value, numbers):
    """What stands where a number should: a string, None, a dictionary ..."""
    name = type(value).__name__
    if isinstance(value, str | bytes):
        if numbers is None:
            return TypeError(f"new(): invalid data type {name!r}. A tensor is made of numbers.")
        return ValueError(f"too many dimensions {name!r}. A tensor is made of numbers, not text.")
    if isinstance(value, list | tuple):
        return TypeError(f"{name!r} object cannot be interpreted as an integer. {_SAME_DEPTH}")
    return RuntimeError(
        f"Could not infer dtype of {name}. "
        "A tensor is made of a number, a list of numbers, or a NumPy array."
    )


_SAME_DEPTH = "All elements must be numbers, or all lists of the same length."


def not_a_sequence(value):
    if isinstance(value, str):
        return TypeError("new(): invalid data type 'str'. A tensor is made of numbers, not text.")
    return TypeError(f"not a sequence: {value!r} stands beside a list. {_SAME_DEPTH}")


def ragged(dim, expected, length):
    return ValueError(
        f"expected sequence of length {expected} at dim {dim} (got {length}). "
        "The rows of a tensor must all have the same length."
    )


def single_value(tensor):
    """The one number of a tensor inside a list."""
    if tensor._data.size != 1:
        raise ValueError(
            "only one element tensors can be converted to Python scalars. "
            "To join tensors of several elements use torch.stack or torch.cat."
        )
    return tensor._data.reshape(())[()]


def check_fits(number, dtype):
    """Raise if ``number`` lies beyond the range of an integer type."""
    if dtype.category != 1:
        low, high = -(2**63), 2**63 - 1
    else:
        info = np.iinfo(dtype.numpy)
        low, high = info.min or -info.max, info.max  # negative ones wrap around in uint8
    if isinstance(number, int) and not -(2**63) <= number < 2**63:
        raise ValueError(
            f"Overflow when unpacking long long: {number} does not fit into 64 bits. "
            f"Write it as a float: float({number})."
        )
    if not low <= number <= high:
        raise RuntimeError(
            f"value cannot be converted to type {dtype.name} without overflow: "
            f"{number} is not between {low} and {high}."
        )


COPY_OF_TENSOR = (
    "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
    "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor)."
)
NOT_WRITABLE = (
    "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. "
    "Changing this tensor in place will fail; copy the array first to change it."
)


def new_leaf_of_integers(dtype):
    return requires_grad_of_integers(dtype, "Only Tensors of floating point and complex dtype")


def _qualified(kind):
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def not_an_array(value):
    return TypeError(
        f"expected np.ndarray (got {_qualified(type(value))}). "
        "For lists and numbers use torch.tensor."
    )


def negative_stride():
    return ValueError(
        "At least one stride in the given numpy array is negative, and tensors with negative "
        "strides are not currently supported. Make a copy of it with array.copy()."
    )


def size_given(name, sizes, size):
    """The size that a factory was given, ``f(2, 3)`` or ``f((2, 3))`` or ``f(size=(2, 3))``."""
    given = sizes[0] if len(sizes) == 1 and isinstance(sizes[0], tuple | list) else sizes
    if size is not None:
        given = size
    elif not sizes:
        raise TypeError(
            f'{name}() missing 1 required positional arguments: "size"'
            if name in ("zeros", "ones", "empty")
            else f"{name}() received an invalid combination of arguments - got (): give a size."
        )
    shape = []
    for position, n in enumerate(given):
        try:
            shape.append(n.__index__())
        except (AttributeError, TypeError):
            raise _no_size(name, given, position) from None
    if any(n < 0 for n in shape):
        if name == "zeros":
            raise RuntimeError(f"zeros: Dimension size must be non-negative. Got {shape}.")
        raise RuntimeError(
            f"Trying to create tensor with negative dimension {min(shape)}: {shape}"
        )
    return tuple(shape)


def _no_size(name, given, position):
    kind = type(given[position]).__name__
    if len(given) == 1:
        return size_is_no_tuple(name, given[0])
    return TypeError(
        f"{name}(): argument 'size' failed to unpack the object at pos {position + 1} with error "
        f'"type must be tuple of ints,but got {kind}". Sizes are whole numbers.'
    )


def size_is_no_tuple(name, given):
    return TypeError(
        f"{name}(): argument 'size' (position 1) must be tuple of ints, "
        f"not {type(given).__name__}"
    )


def check_not_negative(name, n):
    if not isinstance(n, int | np.integer):
        raise TypeError(
            f"eye(): argument '{name}' (position {'nm'.index(name) + 1}) must be int, "
            f"not {type(n).__name__}"
        )
    if n < 0:
        raise RuntimeError(f"{name} must be greater or equal to 0, got {n}")


def arange_arguments():
    return TypeError(
        "arange() received an invalid combination of arguments - got (): "
        "write arange(end), arange(start, end) or arange(start, end, step)."
    )


def check_range(start, end, step):
    for name, value in (("start", start), ("end", end), ("step", step)):
        if not isinstance(value, int | float | np.number):
            raise TypeError(
                f"arange(): argument '{name}' (position 1) must be Number, "
                f"not {type(value).__name__}"
            )
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not (np.isfinite(start) and np.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if (end - start) * step < 0:
        raise RuntimeError(
            "upper bound and lower bound inconsistent with step sign: "
            f"from {start} to {end} in steps of {step}."
        )


def negative_steps():
    return RuntimeError("number of steps must be non-negative")


# ---------------------------------------------------------------------- random numbers


def seed_out_of_range(seed):
    return ValueError(f"Overflow when unpacking long long: the seed {seed} has more than 64 bits.")


def not_a_generator(value):
    return TypeError(
        f"argument 'generator' must be torch.Generator, not {type(value).__name__}. "
        "Make one with torch.Generator().manual_seed(0)."
    )


def no_kernel(kernel, dtype, cure="Call .double() first."):
    return NotImplementedError(
        f"\"{kernel}\" not implemented for '{dtype.type_name.removesuffix('Tensor')}'. {cure}"
    )


def uniform_bounds(low, high):
    return RuntimeError(
        f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}"
    )


def negative_deviation(std):
    return RuntimeError(f"normal expects std >= 0.0, but found std {np.min(std):g}")


def empty_range(low, high):
    return RuntimeError(
        f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}"
    )


def randint_arguments(given):
    if len(given) == 2 and all(isinstance(each, int) for each in given):
        return TypeError(
            "randint(): argument 'size' (position 2) must be tuple of ints, not int. "
            f"Write randint({given[0]}, ({given[1]},))."
        )
    return TypeError(
        "randint() received an invalid combination of arguments: "
        "write randint(high, size) or randint(low, high, size) with whole bounds and a tuple."
    )


def not_a_probability():
    return RuntimeError(
        "Expected p_in >= 0 && p_in <= 1 to be true, but got false: "
        "the elements are probabilities, from 0 to 1."
    )


def check_weights(weights, num_samples, replacement):
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if (weights.sum(axis=1) <= 0).any():
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    if not replacement and num_samples > (weights > 0).sum(axis=1).min():
        raise RuntimeError(
            "cannot sample n_sample > prob_dist.size(-1) samples without replacement: "
            "there are fewer indices with a positive probability."
        )


# ---------------------------------------------------------------------- converting


def many_elements(data):
    return RuntimeError(
        f"a Tensor with {data.size} elements cannot be converted to Scalar. "
        "item() needs a tensor with one element: pick one by its index, or use tolist()."
    )


def no_python_scalar(data):
    return ValueError(
        "only one element tensors can be converted to Python scalars. "
        f"This one has shape {_shape(data.shape)}."
    )


def ambiguous(data):
    many = "more than one value" if data.size else "no values"
    return RuntimeError(
        f"Boolean value of Tensor with {many} is ambiguous. "
        "Ask for .any() or .all(), or compare one element."
    )


def no_index(data):
    return TypeError(
        "only integer tensors of a single element can be converted to an index. "
        f"This one has type {type_name(data)} and shape {_shape(data.shape)}."
    )


def numpy_of_recorded(tensor):
    return RuntimeError(
        "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead. "
        f"NumPy does not record: what it computes from {_called(tensor)} would have no gradient."
    )


SCALAR_OF_RECORDED = (
    "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
    "Consider using tensor.detach() first: the number has no gradient."
)


def no_length():
    return TypeError("len() of a 0-d tensor: a tensor without dimensions is one number.")


def no_iteration():
    return TypeError("iteration over a 0-d tensor: a tensor without dimensions is one number.")


def cannot_contain(value):
    return RuntimeError(
        "Tensor.__contains__ only supports Tensor or scalar, but you passed in a "
        f"{type(value)}."
    )


def conversion_arguments(values):
    names = ", ".join(type(value).__name__ for value in values)
    return TypeError(
        f"to() received an invalid combination of arguments - got ({names}). "
        "Give a type (torch.float32), a device ('cpu') or a tensor to be like."
    )


def invalid_type_name(name):
    return ValueError(f"invalid type: {name!r}. Write for example torch.float32.")


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


def no_subtraction(both):
    if both:
        return RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. "
            "Use the `^` or `logical_xor()` operator instead."
        )
    return RuntimeError(
        "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying "
        "to invert a mask, use the `~` or `logical_not()` operator instead."
    )


def no_negation():
    return RuntimeError(
        "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to "
        "invert a mask, use the `~` or `logical_not()` operator instead."
    )


def no_positive():
    return RuntimeError("The `+` operator, on a bool tensor is not supported.")


def no_relu():
    return RuntimeError("Boolean inputs not supported for relu")


def no_inversion():
    return TypeError(
        "~ (operator.invert) is only implemented on integer and Boolean-type tensors"
    )


def division_by_zero():
    return RuntimeError(
        "ZeroDivisionError: whole numbers cannot be divided by 0. "
        "Floating-point numbers can; the outcome is inf or nan."
    )


def not_differentiable(op):
    return RuntimeError(
        f"derivative for aten::{op} is not implemented. Its outcome changes in jumps, so that a "
        "gradient would be 0 wherever there is one; use .detach() on the operands to say so."
    )


def unknown_rounding(mode):
    return RuntimeError(
        f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{mode}'"
    )


def check_alpha(op, alpha, kind):
    """The factor of ``add`` and ``sub``."""
    if not isinstance(alpha, int | float | np.number):
        raise TypeError(
            f"{op}(): argument 'alpha' must be Number, not {type(alpha).__name__}"
        )
    if isinstance(alpha, float) and not kind.is_floating_point:
        raise RuntimeError(
            "For integral input tensors, argument alpha must not be a floating point number."
        )


def check_same_dtype(a, b):
    if a.dtype is not b.dtype:
        raise RuntimeError(
            f"{_kind(a)} did not match {_kind(b)}: both need the same type here."
        )


def check_clamp(min, max):
    from .tensor import Tensor

    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    for limit in (min, max):
        if not isinstance(limit, int | float | np.number | Tensor | None):
            raise TypeError(
                "clamp() received an invalid combination of arguments - got "
                f"{type(limit).__name__}: the limits are numbers or tensors."
            )


def unknown_approximation():
    return RuntimeError("approximate argument must be either none or tanh.")


def check_condition(condition, given):
    from .tensor import Tensor

    if not isinstance(condition, Tensor) or given == 1:
        raise TypeError(
            "where() received an invalid combination of arguments: write "
            "where(condition), or where(condition, input, other) with a tensor as condition."
        )
    if condition.dtype.name not in ("bool", "uint8"):
        raise RuntimeError(
            "where expected condition to be a boolean tensor, but got a tensor with dtype "
            f"{_kind(condition)}. Compare it with something: condition != 0."
        )


def check_broadcast(op, *arrays):
    """Raise if some of these shapes cannot be broadcast against each other."""
    for i, a in enumerate(arrays):
        for b in arrays[i + 1 :]:
            try:
                np.broadcast_shapes(np.shape(a), np.shape(b))
            except ValueError:
                raise broadcast(op, a, b) from None


# ---------------------------------------------------------------------- custom Functions


def not_overridden(method):
    wanted = {"forward": "the forward function for",
              "backward": "either the backward or vjp method for your"}  # fmt: skip
    return NotImplementedError(
        f"You must implement {wanted[method]} custom autograd.Function: "
        f"a static method `{method}` of your class."
    )


def check_saveable(tensors):
    from .tensor import Tensor

    for i, value in enumerate(tensors):
        if value is not None and not isinstance(value, Tensor):
            raise TypeError(
                f"save_for_backward can only save variables, but argument {i} is of type "
                f"{type(value).__name__}. Keep other values as attributes: ctx.value = value."
            )


def check_dirty(dirty, outputs):
    """What forward marked as changed in place is among its outputs."""
    for tensor in dirty:
        if not any(tensor is out for out in outputs):
            raise RuntimeError(
                "Some elements marked as dirty during the forward method were not returned as "
                "output. The inputs that are modified inplace must all be outputs of the Function."
            )


def check_unchanged(node, saved):
    """Raise if a tensor that a custom Function saved has been changed in place since."""
    storage = saved.storage
    if storage is not None and storage.version != saved.version:
        tensor = saved.tensor()
        raise _modified(node, storage, tensor._data, _name_of(tensor))


def check_returned(node, returned, forms):
    """Pairs of gradient and (shape, dtype) for each tensor among the arguments of forward."""
    returned, extra = returned[: len(forms)], returned[len(forms) :]
    if len(returned) != len(forms) or any(gradient is not None for gradient in extra):
        raise RuntimeError(
            f"function {node.name()} returned an incorrect number of gradients "
            f"(expected {len(forms)}, got {len(returned) + len(extra)}). Its backward must return "
            "one for each argument of forward, None for those that need none."
        )
    for i, (gradient, form) in enumerate(zip(returned, forms), 1):
        if form is None and gradient is not None:
            raise RuntimeError(
                f"function {node.name()} returned a gradient different than None at position {i}, "
                "but the corresponding forward input was not a Variable. Return None for it."
            )
    return [(gradient, form) for gradient, form in zip(returned, forms) if form is not None]


def check_returned_gradient(node, slot, gradient, shape, dtype):
    """The gradient a custom ``backward`` returned, if it fits its input."""
    from .engine import unbroadcast
    from .tensor import Tensor

    if gradient is None or node.edges[slot] is None:
        return None
    if not isinstance(gradient, Tensor):
        raise RuntimeError(
            f"expected Variable or None (got {type(gradient).__name__}) as gradient {slot} that "
            f"{node.name()} returned. A gradient is a tensor of the shape of its input."
        )
    if gradient.shape != shape:
        try:
            fits = np.broadcast_shapes(gradient.shape, shape) == tuple(gradient.shape)
        except ValueError:
            fits = False
        if not fits:
            raise RuntimeError(
                f"Function {node.name()} returned an invalid gradient at index {slot} - got "
                f"{_shape(gradient.shape)} but expected shape compatible with "
                f"{_shape(shape)}. A gradient has the shape of its input."
            )
    return unbroadcast(gradient, shape, dtype)


def differentiated_twice():
    return RuntimeError(
        "trying to differentiate twice a function that was marked with @once_differentiable. "
        "Leave the decorator out if its backward computes with differentiable operations only."
    )


def nothing_requires_grad():
    return ValueError(
        "gradcheck expects at least one input tensor to require gradient, but none of the them have "
        "requires_grad=True."
    )


def single_precision():
    return (
        "An input requires gradient and is not a double precision floating point. This check will "
        "likely fail if all the inputs are not of double precision floating point."
    )


def nothing_to_check():
    return ValueError("gradcheck expects the function to return a tensor, or several.")


def detached_outputs():
    return (
        "no output requires grad although the outputs do change with the inputs: does the function "
        "use .detach(), .item(), .numpy() or no_grad()?"
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


def check_strategy(function, strategy, vectorize, strict):
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
        raise RuntimeError(
            f"torch.autograd.functional.{function}: `strict=True` and `vectorized=True` are not "
            "supported together. Please either set `strict=False` or `vectorize=False`."
        )


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


def check_independent(gradients, product, output):
    """For ``strict=True``: every input matters, and to the ``product`` too if one is named."""
    output = output if isinstance(output, str) else "The output"
    for i, gradient in enumerate(gradients):
        if gradient is None:
            raise RuntimeError(
                f"{output} of the user-provided function is independent of input {i}. "
                "This is not allowed in strict mode."
            )
        if product and not gradient.requires_grad:
            raise RuntimeError(
                f"The {product} of the user-provided function is independent of "
                f"input {i}. This is not allowed in strict mode when create_graph=True."
            )


# ---------------------------------------------------------------------- shapes


def view_of_strides(shape, size):
    return RuntimeError(
        "view size is not compatible with input tensor's size and stride (at least one dimension "
        "spans across two contiguous subspaces). Use .reshape(...) instead. The tensor of shape "
        f"{_shape(shape)} does not lie in memory in the order that {_shape(size)} needs; reshape "
        "copies it."
    )


def check_size(size, count):
    """``size`` with its -1 replaced by what is left of ``count`` elements."""
    known, inferred = 1, None
    for i, n in enumerate(size):
        if n == -1:
            if inferred is not None:
                raise RuntimeError("only one dimension can be inferred: -1 may stand once only")
            inferred = i
        elif n < 0:
            raise RuntimeError(f"invalid shape dimension {n} at index {i} of shape {_shape(size)}")
        else:
            known *= n
    if inferred is not None and known == 0 == count:
        raise RuntimeError(
            f"cannot reshape tensor of 0 elements into shape {_shape(size)} because the unspecified "
            "dimension size -1 can be any value and is ambiguous"
        )
    if known != count if inferred is None else known == 0 or count % known:
        raise RuntimeError(
            f"shape '{_shape(size)}' is invalid for input of size {count}: the sizes must multiply "
            "to the number of elements."
        )
    if inferred is None:
        return tuple(size)
    return (*size[:inferred], count // known, *size[inferred + 1 :])


def check_expand(tensor, size):
    """``size`` with each -1 replaced by the tensor's own; only sizes of 1 can be expanded."""
    shape = tuple(tensor.shape)
    added = len(size) - len(shape)
    if added < 0:
        raise RuntimeError(
            f"expand({type_name(tensor._data)}{{{_shape(shape)}}}, size={_shape(size)}): the number of "
            f"sizes provided ({len(size)}) must be greater or equal to the number of dimensions in "
            f"the tensor ({len(shape)})"
        )
    out = []
    for i, n in enumerate(size):
        own = shape[i - added] if i >= added else 1
        if n == -1:
            if i < added:
                raise RuntimeError(
                    "The expanded size of the tensor (-1) isn't allowed in a leading, non-existing "
                    f"dimension {i}: write the size that this new dimension shall have."
                )
            n = own
        if n != own and own != 1:
            raise RuntimeError(
                f"The expanded size of the tensor ({n}) must match the existing size ({own}) at "
                f"non-singleton dimension {i}.  Target sizes: {_shape(size)}.  Tensor sizes: "
                f"{_shape(shape)}. Only a dimension of size 1 can be expanded."
            )
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {_shape(size)}")
        out.append(n)
    return tuple(out)


def check_permutation(dims, rank):
    if len(dims) != rank:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length "
            f"of the desired ordering of dimensions i.e. input.dim() = {rank} is not equal to "
            f"len(dims) = {len(dims)}. Name every dimension once."
        )
    axes = [check_dim(dim, rank) for dim in dims]
    if len(set(axes)) != rank:
        raise RuntimeError(f"permute(): duplicate dims are not allowed. {tuple(dims)} names one twice.")
    return axes


def check_dim(dim, rank):
    """``dim`` counted from 0."""
    low, high = -max(rank, 1), max(rank, 1) - 1
    if not low <= dim <= high:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{low}, {high}], but got {dim})"
        )
    return dim % max(rank, 1)


def check_joined(op, tensors, dim):
    """The axis along which to concatenate tensors that fit together."""
    for i, tensor in enumerate(tensors):
        if tensor.ndim == 0:
            raise RuntimeError(
                f"zero-dimensional tensor (at position {i}) cannot be concatenated. "
                "torch.stack makes a vector of such tensors."
            )
    first = next((t for t in tensors if t.shape != (0,)), tensors[0])
    axis = check_dim(dim, first.ndim)
    for i, tensor in enumerate(tensors):
        if tensor.shape == (0,):
            continue
        if tensor.ndim != first.ndim:
            raise RuntimeError(
                f"Tensors must have same number of dimensions: got {first.ndim} and {tensor.ndim}. "
                f"`{op}` joins along a dimension that all have."
            )
        for k, (a, b) in enumerate(zip(first.shape, tensor.shape)):
            if k != axis and a != b:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {axis}. Expected size {a} but "
                    f"got size {b} for tensor number {i} in the list."
                )
    return axis


def check_stacked(tensors):
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    for i, tensor in enumerate(tensors):
        if tensor.shape != tensors[0].shape:
            raise RuntimeError(
                "stack expects each tensor to be equal size, but got "
                f"{_shape(tensors[0].shape)} at entry 0 and {_shape(tensor.shape)} at entry {i}. "
                "torch.cat joins tensors of different sizes along one dimension."
            )


def check_matrix(op, tensor):
    if tensor.ndim < 2:
        raise RuntimeError(f"{op}: input tensor must have at least 2 dimensions, got {tensor.ndim}")


def check_has_dims(tensor, dims):
    if dims and not tensor.ndim:
        raise IndexError(f"Dimension specified as {dims[0]} but tensor has no dimensions")


def check_rolled(shifts, dims):
    if len(shifts) != len(dims):
        raise RuntimeError(
            f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}"
        )


# ---------------------------------------------------------------------- indices

SEQUENCE_AS_TUPLE = (
    "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in "
    "pytorch 2.9; use x[tuple(seq)] instead of x[seq]."
)
UINT8_MASK = "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead."


def too_many_indices(rank, index):
    if rank == 0 and all(isinstance(item, int) for item in index):
        return IndexError(
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in "
            "C++ to convert a 0-dim tensor to a number"
        )
    return IndexError(
        f"too many indices for tensor of dimension {rank}. "
        "Each integer, slice or array of an index stands for one dimension."
    )


def index_out_of_bounds(i, dim, size):
    last = f"Its places are numbered 0 to {size - 1}." if size else "It is empty."
    return IndexError(f"index {i} is out of bounds for dimension {dim} with size {size}. {last}")


def index_type(item):
    return IndexError(
        "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid "
        f"indices (got {type(item).__name__})"
    ) if not isinstance(item, str) else index_text(item)


def index_text(item):
    return TypeError(
        "new(): invalid data type 'str'. "
        "An index is made of integers, slices, None, Ellipsis, and arrays of integers or booleans."
    )


def index_dtype(array):
    return IndexError(
        "tensors used as indices must be long, int, byte or bool tensors. "
        f"This one is {type_name(array)}; .long() makes integers of its numbers."
    )


def slice_step(step):
    if step == 0:
        return ValueError("slice step cannot be zero")
    return ValueError(
        f"step must be greater than zero, not {step}. To reverse a dimension, use torch.flip."
    )


def mask_shape(mask, dim, tensor):
    sizes = zip(mask.shape, tensor.shape[dim:])
    first = next(i for i, (n, m) in enumerate(sizes) if n != m)
    return IndexError(
        f"The shape of the mask {_shape(mask.shape)} at index {first} does not match the shape of the "
        f"indexed tensor {_shape(tensor.shape)} at index {dim + first}. A mask has one element for each of "
        "the tensor's."
    )


def indices_shapes(indices):
    return IndexError(
        "shape mismatch: indexing tensors could not be broadcast together with shapes "
        + ", ".join(_shape(i.shape) for i in indices)
    )


def not_assignable(tensor, value):
    kind = "numpy.ndarray" if isinstance(value, np.ndarray) else type(value).__name__
    return TypeError(
        f"can't assign a {kind} to a {type_name(tensor._data)}. "
        "Assign a number or a tensor: torch.tensor(...)."
    )


def scalar_name(tensor):
    """PyTorch's short name of a type: ``double``, ``long``."""
    return _kind(tensor).lower()


def index_put_types(tensor, values):
    return RuntimeError(
        "Index put requires the source and destination dtypes match, got "
        f"{_kind(tensor)} for the destination and {_kind(values)} for the source."
    )


def index_put_shape(values, shape):
    return RuntimeError(
        f"shape mismatch: value tensor of shape {_shape(values.shape)} cannot be broadcast to "
        f"indexing result of shape {_shape(shape)}"
    )


def check_copied(tensor, source):
    """Raise if ``source`` cannot be copied into ``tensor``."""
    try:
        shape = np.broadcast_shapes(tuple(tensor.shape), tuple(source.shape))
    except ValueError:
        raise broadcast("copy_", tensor._data, source._data) from None
    if shape != tuple(tensor.shape):
        raise RuntimeError(
            f"output with shape {_shape(tensor.shape)} doesn't match the broadcast shape "
            f"{_shape(shape)}. `copy_` cannot make a tensor larger."
        )


# ---------------------------------------------------------------------- reductions

NO_DEGREES_OF_FREEDOM = (
    "{}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor "
    "(input numel divided by output numel). Of a single number there is no unbiased spread: use "
    "unbiased=False."
)


def check_whole(op, given, dim):
    """One number of ``dim``, which was ``given`` alone or with others, as a Python integer."""
    if isinstance(dim, bool) or not hasattr(dim, "__index__"):
        if op in ("sum", "mean", "prod", "max", "min", "var", "std", "median", "norm"):
            raise TypeError(
                f"{op}() received an invalid combination of arguments - got ({type(given).__name__})"
                ", but dim must be a whole number" + _OR_SEVERAL.get(op, ".")
            )
        raise TypeError(
            f"{op}(): argument 'dim' (position 1) must be int, not {type(given).__name__}"
        )
    return dim.__index__()


_OR_SEVERAL = dict.fromkeys(
    ("sum", "mean", "var", "std", "norm"), ", several in a tuple, or None for all dimensions."
)


def check_keepdim(op, dim_given, keepdim):
    if not isinstance(keepdim, bool):
        raise TypeError(
            f"{op}(): argument 'keepdim' (position 2) must be bool, not {type(keepdim).__name__}. "
            f"Several dimensions go into one tuple: {op}((0, 1))."
        )
    if keepdim and not dim_given:
        raise TypeError(
            f"{op}() received an invalid combination of arguments - got (keepdim=bool, ): keepdim "
            "needs dim, the dimensions to keep."
        )


def check_differentiable(tensor, dtype):
    """Raise if a tensor that requires gradients is to be reduced in whole numbers."""
    if mode.enabled and tensor.requires_grad and not dtype.is_floating_point:
        raise RuntimeError(
            f"Autograd not support dtype: {dtype.type_name.removesuffix('Tensor')}. Whole numbers have "
            "no gradients: take .detach() first."
        )


def needs_floats(op, tensor, dtype=None):
    kind = _kind(tensor)
    cure = "Call .double() first, or pass dtype=torch.float64."
    if op == "mean":
        what = "Input" if dtype is None else "Optional"
        return RuntimeError(
            f"mean(): could not infer output dtype. {what} dtype must be either a floating point or "
            f"complex dtype. Got: {kind}. {cure}"
        )
    if op in ("var", "std"):
        return RuntimeError(
            "std and var only support floating point and complex dtypes. "
            f"This tensor is {tensor.dtype}: call .double() first."
        )
    if op == "norm":
        return RuntimeError(
            "linalg.vector_norm: Expected a floating point or complex tensor as input. "
            f"Got {kind}: call .double() first."
        )
    return not_implemented_for(f"{op}_kernel_impl", tensor, cure)


def not_implemented_for(kernel, tensor, cure="Call .double() first."):
    return NotImplementedError(f"\"{kernel}\" not implemented for '{_kind(tensor)}'. {cure}")


def no_bool(op):
    return RuntimeError(f"{op}(): does not support bool input. Call .long() first.")


def unbiased_is_no_bool(op, value):
    return TypeError(
        f"{op}() received an invalid combination of arguments: unbiased must be True or False, not "
        f"{value!r}. Several dimensions go into one tuple: {op}((0, 1))."
    )


def check_not_empty(op, shape, dims):
    for dim in dims if isinstance(dims, tuple | list) else (dims,):
        if shape and shape[dim] == 0:
            raise IndexError(
                f"{op}(): Expected reduction dim {dim} to have non-zero size. The shape is "
                f"{_shape(shape)}: along that dimension there is nothing to choose from."
            )


def check_any_element(op, tensor, error=RuntimeError):
    if tensor._data.size == 0:
        raise error(
            f"{op}(): Expected reduction dim to be specified for input.numel() == 0. Specify the "
            f"reduction dim with the 'dim' argument. Of no elements at all there is no {op}."
        )


def norm_order(p):
    return RuntimeError(
        f"linalg.matrix_norm: Order {p} not supported. p is a number, inf, -inf or 'fro'."
    )


def no_matrix_norm(order):
    return NotImplementedError(
        f"the matrix norm of order {order!r} is not part of this engine. For a vector norm say along "
        "which dimension: linalg.norm(x, ord, dim=0), or linalg.vector_norm(x, ord) for all elements."
    )


def check_widening(tensor, dtype):
    if not dtype.is_floating_point or dtype.itemsize < tensor.dtype.itemsize:
        raise RuntimeError(
            f"linalg.vector_norm: the dtype of the input ({_kind(tensor)}) should be convertible "
            f"without narrowing to the specified dtype ({dtype.type_name.removesuffix('Tensor')})"
        )


def check_norm_identity(p, shape, axes, dim):
    """The norms that are an extreme do not exist of nothing."""
    for axis in axes:
        if shape[axis] == 0:
            where = "an empty tensor" if dim is None else (
                f"the dimension {axis} because this dimension is empty and")
            raise RuntimeError(
                f"linalg.vector_norm cannot compute the {p} norm on {where} because the operation "
                "does not have an identity"
            )


# ---------------------------------------------------------------------- linear algebra


def _matrix(shape):
    return "x".join(map(str, shape))


def _check_same_kind(a, b, message):
    if a._data.dtype != b._data.dtype:
        raise RuntimeError(f"{message}. Bring both to one type, for example with .double().")


def _check_multiplicable(kernel, tensor):
    if tensor._data.dtype == bool:
        raise not_implemented_for(kernel, tensor)


def check_mm(a, b):
    """Two matrices (n, k) and (k, m) of one type."""
    if a._data.ndim != 2 or b._data.ndim != 2:
        name, tensor = ("mat2", b) if a._data.ndim == 2 else ("self", a)
        raise RuntimeError(
            f"{name} must be a matrix, but it has shape {_shape(tensor.shape)}. "
            "For other shapes there is matmul, or the operator @."
        )
    _check_inner(a, b)
    _check_same_kind(
        a, b, f"expected m1 and m2 to have the same dtype, but got: {_c_type(a)} != {_c_type(b)}"
    )
    _check_multiplicable("addmm_impl_cpu_", a)


def _check_inner(a, b):
    if a._data.shape[1] != b._data.shape[0]:
        raise cannot_multiply(a._data.shape, b._data.shape)


def cannot_multiply(a, b):
    return RuntimeError(
        f"mat1 and mat2 shapes cannot be multiplied ({_matrix(a)} and {_matrix(b)}). "
        f"The columns of the first ({a[-1]}) must be as many as the rows of the second ({b[0]}): "
        "transpose one (.T), or check the sizes of the layers."
    )


_C_TYPES = {"float64": "double", "float32": "float", "int64": "long", "int32": "int",
            "int16": "short", "int8": "signed char", "uint8": "unsigned char"}  # fmt: skip


def _c_type(tensor):
    name = tensor._data.dtype.name
    return _C_TYPES.get(name, name)


def check_mv(matrix, vector):
    """A matrix (n, k) and a vector (k,) of one type."""
    if matrix._data.ndim != 2 or vector._data.ndim != 1:
        raise RuntimeError(
            f"vector + matrix @ vector expected, got 1, {matrix._data.ndim}, {vector._data.ndim}. "
            "mv takes a matrix and a vector; for other shapes there is matmul, or the operator @."
        )
    n, k = matrix._data.shape
    if k != vector._data.shape[0]:
        raise RuntimeError(
            f"size mismatch, got input ({n}), mat ({n}x{k}), vec ({vector._data.shape[0]}). "
            f"The vector needs as many elements as the matrix has columns: {k}."
        )
    kinds = _kind(vector), _kind(matrix), _kind(vector)
    _check_same_kind(
        matrix, vector,
        "addmv input tensors must have the same dtype, but got {}, {}, and {}".format(*kinds),
    )  # fmt: skip
    _check_multiplicable("addmv_impl_cpu", matrix)


def check_dot(a, b):
    """Two vectors of one length and type."""
    if a._data.ndim != 1 or b._data.ndim != 1:
        raise RuntimeError(
            f"1D tensors expected, but got {a._data.ndim}D and {b._data.ndim}D tensors. "
            "For other shapes there is matmul, or the operator @."
        )
    _check_same_kind(
        a, b, "dot : expected both vectors to have same dtype, but found "
        f"{_kind(a)} and {_kind(b)}",
    )  # fmt: skip
    n, m = a._data.size, b._data.size
    if n != m:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{n}] and src [{m}] to have the same number "
            f"of elements, but got {n} and {m} elements respectively. Both vectors of a dot product "
            "have the same length."
        )
    _check_multiplicable("dot", a)


def check_bmm(a, b):
    """Two batches of matrices (b, n, k) and (b, k, m) of one type."""
    for name, tensor in (("batch1", a), ("batch2", b)):
        if tensor._data.ndim != 3:
            raise RuntimeError(
                f"{name} must be a 3D tensor, but it has shape {_shape(tensor.shape)}. "
                "For other shapes there is matmul, or the operator @."
            )
    batch, _, k = a._data.shape
    if b._data.shape[:2] != (batch, k):
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{batch}, {k}] but got: "
            f"{_shape(b._data.shape[:2])}. As many matrices in both batches; and in each pair the "
            "columns of the first must be as many as the rows of the second."
        )
    _check_same_kind(a, b, f"expected scalar type {_kind(a)} but found {_kind(b)}")
    _check_multiplicable("bmm", a)


def check_turned(a, b):
    """A vector or matrix that is multiplied with a batch of matrices."""
    k, rows = a._data.shape[-1], b._data.shape[-2]
    if k != rows:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: "
            f"[{int(np.prod(b._data.shape[:-2]))}, {k}] but got: "
            f"[{int(np.prod(b._data.shape[:-2]))}, {rows}]. The columns of the first ({k}) must be "
            f"as many as the rows of the second ({rows})."
        )


def broadcast_batches(a, b):
    """The common shape of the dimensions before the matrices."""
    try:
        return np.broadcast_shapes(tuple(a), tuple(b))
    except ValueError:
        raise broadcast("matmul", np.empty(tuple(a)), np.empty(tuple(b))) from None


def check_outer(a, b):
    for name, tensor in (("self", a), ("vec2", b)):
        if tensor._data.ndim != 1:
            raise RuntimeError(
                f"outer: Expected 1-D argument {name}, but got {tensor._data.ndim}-D. "
                "Make it a vector first: .reshape(-1)."
            )


def check_addmm(input, a, b):
    for name, tensor in (("mat1", a), ("mat2", b)):
        if tensor._data.ndim != 2:
            raise RuntimeError(f"{name} must be a matrix, got {tensor._data.ndim}-D tensor")
    for tensor in (a, input):
        _check_same_kind(
            tensor, b, f"self and mat2 must have the same dtype, but got {_kind(tensor)} and {_kind(b)}"
        )
    shape, target = input._data.shape, (a._data.shape[0], b._data.shape[1])
    if len(shape) > 2:
        raise RuntimeError(
            f"expand({type_name(input._data)}{{{_shape(shape)}}}, size={_shape(target)}): the number "
            f"of sizes provided (2) must be greater or equal to the number of dimensions in the "
            f"tensor ({len(shape)})"
        )
    for i in range(1, len(shape) + 1):
        if shape[-i] not in (1, target[-i]):
            raise RuntimeError(
                f"The expanded size of the tensor ({target[-i]}) must match the existing size "
                f"({shape[-i]}) at non-singleton dimension {2 - i}.  Target sizes: {_shape(target)}.  "
                f"Tensor sizes: {_shape(shape)}. What is added (the bias) must fit the product's "
                "columns."
            )
    _check_inner(a, b)
    _check_multiplicable("addmm_impl_cpu_", a)


def check_trace(tensor):
    if tensor._data.ndim != 2:
        raise RuntimeError(
            f"trace: expected a matrix, but got tensor with dim {tensor._data.ndim}"
        )
    _check_multiplicable("trace", tensor)


def matmul_of_scalars(a, b):
    return RuntimeError(
        f"both arguments to matmul need to be at least 1D, but they are {a}D and {b}D. "
        "A number multiplies with *."
    )
