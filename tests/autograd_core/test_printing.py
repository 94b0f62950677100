"""`tensor_text` prints what PyTorch prints, character for character."""

from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import strategies as st

from autograd_core.core.printing import tensor_text
from autograd_core.printing import get_printoptions, printoptions, set_printoptions
from tests.at_random import at_random
from tests.oracle import torch

MANY, SOME = 150, 30  # examples

TYPES = ["float64", "float32", "int64", "int32", "int16", "int8", "uint8", "bool"]
defaults = st.sampled_from(["float64", "float32"])
shapes = st.lists(st.integers(0, 9), max_size=4).map(tuple)
long_shapes = st.sampled_from(
    [(1000,), (1001,), (7, 200), (200, 7), (6, 167), (4, 6, 50), (8, 8, 20), (2, 9, 8, 8)]
)
options = st.fixed_dictionaries(
    {},
    optional={
        "precision": st.integers(0, 9),
        "threshold": st.integers(0, 60) | st.just(float("inf")),
        "edgeitems": st.integers(0, 5),
        "linewidth": st.integers(1, 140),
        "profile": st.sampled_from(["default", "short", "full"]),
        "sci_mode": st.sampled_from([None, True, False]),
    },
)


def elements(dtype):
    """Values of one type: any at all, or such as decide between the notations."""
    if dtype == "bool":
        return st.booleans()
    if not dtype.startswith("float"):
        info = np.iinfo(dtype)
        return st.integers(-99 if info.min else 0, 99) | st.integers(int(info.min), int(info.max))
    bits = np.dtype(dtype).itemsize * 8
    near_a_threshold = [0.0, -0.0, 1e-4, 9.9999e-5, 1.0, 1000.0, 1000.5, 1e8, 1e8 + 8, -1e8, 0.1]
    return st.one_of(
        st.sampled_from(near_a_threshold),
        st.sampled_from([np.nan, np.inf, -np.inf]),
        st.integers(-2000, 2000).map(float),
        st.floats(-10, 10, width=bits),
        st.floats(width=bits),
    )


@st.composite
def arrays(draw, shapes=shapes):
    """An array whose elements are drawn from a few values, so that long ones are quick."""
    dtype = draw(st.sampled_from(TYPES))
    palette = np.array(draw(st.lists(elements(dtype), min_size=1, max_size=6)), dtype=dtype)
    shape = draw(shapes)
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return random.choice(palette, size=shape) if shape else palette[0]


@contextmanager
def torch_default(name):
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, name))
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@contextmanager
def both_with(**chosen):
    """The same print options in PyTorch and here, and the usual ones afterwards."""
    try:
        torch.set_printoptions(**chosen)
        set_printoptions(**chosen)
        yield
    finally:
        torch.set_printoptions(profile="default")
        set_printoptions(profile="default")


def twin(array):
    """The PyTorch tensor with the same values."""
    return torch.from_numpy(np.array(array))


def result_of_operation(tensor, length):
    """The tensor as a result, whose grad_fn has a name `length` characters longer than usual."""
    same = staticmethod(lambda ctx, x: x.clone())
    operation = type("S" * length, (torch.autograd.Function,), {"forward": same, "backward": same})
    return operation.apply(tensor.requires_grad_())


def assert_same_text(array, default="float64"):
    with torch_default(default):
        assert tensor_text(array, default_dtype=default) == repr(twin(array))


@at_random(arrays(), defaults, examples=MANY)
def test_any_tensor_prints_as_in_torch(array, default):
    assert_same_text(array, default)


@at_random(arrays(long_shapes), defaults, examples=SOME)
def test_a_long_tensor_is_summarised_as_in_torch(array, default):
    assert_same_text(array, default)


@at_random(arrays(), defaults, options, examples=MANY)
def test_print_options_do_what_they_do_in_torch(array, default, chosen):
    with both_with(**chosen):
        assert_same_text(array, default)


@at_random(arrays().filter(lambda a: a.dtype.kind == "f"), defaults, st.integers(1, 70), examples=MANY)
def test_requires_grad_and_grad_fn_print_as_in_torch(array, default, length):
    with torch_default(default):
        leaf = twin(array).requires_grad_()
        assert tensor_text(array, default_dtype=default, requires_grad=True) == repr(leaf)
        result = result_of_operation(leaf, length)
        text = tensor_text(
            array, default_dtype=default, requires_grad=True, grad_fn_name=type(result.grad_fn).__name__
        )
        assert text == repr(result)


@at_random(arrays().filter(lambda a: a.dtype.kind == "f"), examples=SOME)
def test_a_parameter_prints_as_in_torch(array):
    text = tensor_text(array, requires_grad=True, prefix="Parameter containing:\ntensor(")
    assert text == repr(torch.nn.Parameter(twin(array)))


@at_random(arrays(), examples=SOME)
def test_a_subclass_prints_under_its_own_name(array):
    Temperature = type("Temperature", (torch.Tensor,), {})
    expected = repr(twin(array).as_subclass(Temperature))
    assert tensor_text(array, prefix="Temperature(") == expected


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    "values",
    [
        [1.0, 1000.0],
        [1.0, 1001.0],
        [0.5, 500.0],
        [1e8],
        [1e8 + 8],
        [1e-4],
        [9.9999e-5],
        [1e38, 1e-38],
        [5e-324, 1.0],
        [0.0, -0.0],
        [np.nan, np.inf, -np.inf],
        [np.nan, 1.0, -np.inf],
        [np.nan, 1.5, -0.0],
    ],
)
def test_numbers_at_the_edge_of_a_notation_print_as_in_torch(values, dtype):
    assert_same_text(np.array(values, dtype=dtype), dtype)


@pytest.mark.parametrize("count", [3, 8])  # 8 numbers leave no room for the dtype either
@pytest.mark.parametrize("length", range(1, 61))
def test_a_suffix_breaks_onto_a_new_line_where_torch_breaks_it(length, count):
    array = np.arange(count) + 0.5
    with torch_default("float32"):
        result = result_of_operation(twin(array), length)
        name = type(result.grad_fn).__name__
        assert tensor_text(array, default_dtype="float32", grad_fn_name=name) == repr(result)


@pytest.mark.parametrize("edgeitems", [0, 1, 4, 5, 6])
@pytest.mark.parametrize("shape", [(10,), (10, 2), (2, 10), (1, 1)])
def test_summaries_of_any_length_print_as_in_torch(shape, edgeitems):
    with both_with(edgeitems=edgeitems, threshold=3):
        assert_same_text(np.arange(float(np.prod(shape))).reshape(shape))


@pytest.mark.parametrize("layout", [np.transpose, np.flip, lambda a: a[::2, 1:]])
def test_a_view_prints_its_own_elements(layout):
    array = layout(np.arange(12.0).reshape(3, 4) / 7)
    assert_same_text(array)


def test_as_many_dimensions_as_numpy_has_are_printed():
    assert_same_text(np.ones((1,) * 63 + (2,)))


@pytest.mark.parametrize("value", [2.0, 3, True])
def test_a_python_number_prints_as_a_tensor_of_it(value):
    with torch_default("float64"):
        assert tensor_text(value, default_dtype="float64") == repr(torch.tensor(value))


def test_options_left_out_stay_but_scientific_mode_returns_to_automatic():
    with both_with(precision=2, sci_mode=True):
        torch.set_printoptions(linewidth=40)
        set_printoptions(linewidth=40)
        assert get_printoptions() == torch._tensor_str.get_printoptions()
        assert_same_text(np.arange(30) / 3)


def test_print_options_of_a_block_end_with_it_even_after_an_error():
    before = get_printoptions()
    with pytest.raises(KeyError), printoptions(precision=1, sci_mode=False):
        assert tensor_text(np.float32([0.00001])) == "tensor([0.0])"
        raise KeyError
    assert get_printoptions() == before


def test_an_unknown_profile_is_refused_and_changes_nothing():
    before = get_printoptions()
    with pytest.raises(ValueError, match="default, short, full, not 'long'"):
        set_printoptions(profile="long", precision=1)
    assert get_printoptions() == before
