"""What is given by name in PyTorch is given by the same name here."""

import collections
import functools
import inspect

import pytest

import autograd_core
from tests.oracle import need_pytorch, torch

PLACES = ["torch", "torch.Tensor", "torch.nn", "torch.nn.functional", "torch.nn.init", "torch.nn.utils",
          "torch.optim", "torch.optim.lr_scheduler", "torch.utils.data", "torch.autograd",
          "torch.autograd.functional", "torch.linalg"]  # fmt: skip
# Where memory lies, and what PyTorch itself has given up: nowhere here.
NOWHERE = {"out", "layout", "pin_memory", "memory_format", "names", "size_average", "reduce",
           "_stacklevel", "out_dtype", "implicit"}  # fmt: skip
# What this engine does not have of a function, or gives in another way.
LEFT_OUT = {
    "Embedding": {"max_norm", "norm_type", "scale_grad_by_freq", "sparse", "_weight", "_freeze"},
    "backward": {"grad_variables"},
    "embedding": {"max_norm", "norm_type", "scale_grad_by_freq", "sparse"},
    "copy_": {"other"},
    "grad": {"is_grads_batched", "only_inputs"},
    "gradcheck": {"check_batched_forward_grad", "check_forward_ad", "check_backward_ad", "masked"},
    "gradgradcheck": {"check_fwd_over_rev", "check_rev_over_rev", "gen_non_contig_grad_outputs", "masked"},
    "hessian": {"outer_jacobian_strategy", "vectorize"},
    "jacobian": {"strategy", "vectorize"},
    "l1_loss": {"weight"}, "mse_loss": {"weight"},
    "norm": {"p"},
    "load": {"mmap", "pickle_module"},
    "save": {"_disable_byteorder_record", "_use_new_zipfile_serialization", "pickle_module", "pickle_protocol"},
    "set_printoptions": {"profile"},
    "to": {"other"},
    "uniform_": {"from"},  # a word of Python's
    "view": {"dtype"},
}  # fmt: skip


def places(library):
    """The modules and classes that hold names, by PyTorch's name of each."""
    for place in PLACES:
        found = library
        for part in place.split(".")[1:]:
            found = getattr(found, part)
        yield place, found


def parameters(function):
    """The names of a function's parameters, or None where only PyTorch's schemas tell."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    kinds = {p.kind: name for name, p in signature.parameters.items()}
    return [name for name in signature.parameters if name not in (
        kinds.get(inspect.Parameter.VAR_POSITIONAL), kinds.get(inspect.Parameter.VAR_KEYWORD))]  # fmt: skip


@functools.cache
def in_schemas():
    """By name for each form of an operation of PyTorch the names of its parameters."""
    known = collections.defaultdict(list)
    for schema in torch._C._jit_get_all_schemas():
        given = [argument for argument in schema.arguments if not argument.is_out]
        names = [argument.name for argument in given]
        if (
            names[:1] == ["self"]
            and str(given[0].type) == "Tensor"
            and not any("Dimname" in str(argument.type) for argument in given)
        ):
            known[schema.name.removeprefix("aten::")].append(names)
    return known


def theirs(function, name, place):
    """The names that PyTorch knows, the tensor itself left out."""
    found = parameters(function)
    forms = in_schemas()[name] if found is None else [found]
    names = {each for form in forms for each in form}
    return names - {"self", "input"} - NOWHERE - LEFT_OUT.get(name, set())


def shared():
    need_pytorch()
    for (place, ours), (_, other) in zip(places(autograd_core), places(torch)):
        for name in dir(ours):
            function = getattr(other, name, None)
            if not name.startswith("_") and callable(function) and callable(getattr(ours, name)):
                yield place, name, getattr(ours, name), function


def handed_on(function):
    """What a function takes as ``**options``."""
    if function is autograd_core.autograd.gradgradcheck:
        return set(parameters(autograd_core.autograd.gradcheck))
    if hasattr(function, "plain"):  # a lazy layer: all but the number of inputs
        return set(parameters(function.plain.__init__))
    return set(getattr(function, "how", ()))


def test_every_name_of_an_argument_is_known():
    unknown, compared = [], 0
    for place, name, ours, other in shared():
        if inspect.isclass(other):
            ours_, other = getattr(ours, "__init__", ours), other.__init__
        else:
            ours_ = ours
        wanted, own = theirs(other, name, place), set(parameters(ours_) or ()) | handed_on(ours)
        compared += 1
        unknown += [f"{place}.{name}({each}=)" for each in sorted(wanted - own)]
    assert unknown == [] and compared > 500


CALLS = [
    "torch.add(input=x, other=x)", "torch.pow(input=x, exponent=2)", "x.pow(exponent=2)", "x.mul_(other=2)",
    "torch.flip(x, dims=[0])", "x.flip(dims=(1,))", "x.reshape(shape=(-1,))", "torch.reshape(x, shape=(4,))",
    "x.permute(dims=(1, 0))", "torch.tile(x, dims=(2,))", "x.repeat(repeats=(1, 2))", "x.view(size=(4,))",
    "x[:1].expand(size=(3, 2))", "torch.sin(input=x)", "torch.where(x > 0, input=x, other=x)",
    "x.swapaxes(axis0=0, axis1=1)", "x.split(split_size=1)[0]", "torch.relu(input=x)",
    "torch.nn.functional.one_hot(input=torch.tensor([1]))", "torch.nn.functional.elu(x, 1.0, False)",
    "torch.full_like(x, 2, dtype=torch.int64)", "torch.scalar_tensor(s=2)", "x.clamp_(min=0)",
    "torch.result_type(tensor=x, other=1)", "torch.set_grad_enabled(mode=True)",
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_calls_by_name(call):
    need_pytorch()
    found = []
    for library in (autograd_core, torch):
        x = library.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=library.float64)
        value = eval(call, {"torch": library, "x": x})
        found.append(value.tolist() if hasattr(value, "tolist") else str(value).split(".")[-1])
    assert found[0] == found[1] or "grad_enabled" in call


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad"])
def test_how_pytorch_is_to_compute_a_step_changes_nothing_here(name):
    p = autograd_core.tensor([1.0], requires_grad=True)
    make = getattr(autograd_core.optim, name)
    make([p], foreach=True, differentiable=False)
    with pytest.raises(RuntimeError, match="^differentiable=True"):
        make([p], differentiable=True)
    with pytest.raises(TypeError, match="unexpected keyword argument 'faster'"):
        make([p], faster=True)
