"""`verify` shows the gradients of a function beside finite differences."""

import math

import pytest

import autograd_core as torch
from tests.oracle import torch as pytorch
from tests.widgets.programs import forgetful
from widgets.verification import MOST_ROWS, verify


def worked_example(p1, p2_1, p2_2, p3):
    o1 = (p1 * 3) ** 2 + 1
    o2_1 = (p2_1 * o1) ** 0.5 - 4
    o2_2 = (p2_2 * o1).sin()
    return 8 * (p3 * (o2_1 + 2 * o2_2) + 9) ** 0.3


def test_the_worked_example_as_text():
    assert verify(worked_example, 1.0, 2.0, 3.0, 1.5).describe().splitlines() == [
        "Slopes of worked_example, by backward() and by nudging each input by 1e−6 to both sides",
        "input  backward()  nudging      difference  agree?",
        "p1        19.5745  19.5745  less than 1e−6     yes",
        "p2_1       1.0581   1.0581  less than 1e−6     yes",
        "p2_2       2.9195   2.9195  less than 1e−6     yes",
        "p3        −0.9488  −0.9488  less than 1e−6     yes",
    ]


def test_the_html_table_says_the_same_and_has_a_caption_and_headings():
    found = verify(worked_example, 1.0, 2.0, 3.0, 1.5)
    page = found._repr_html_()
    assert page.startswith("<table><caption>Slopes of worked_example")
    assert page.count('scope="col"') == 5 and page.count('scope="row"') == 4
    for row in found.rows:
        assert all(f">{cell}<" in page for cell in row.cells())


def test_a_wrong_gradient_is_shown_as_wrong():
    found = verify(forgetful(torch), 3.0)
    assert not found.agrees
    (row,) = found.rows
    assert row.analytic == 3 and math.isclose(row.numeric, 6, rel_tol=1e-6)
    assert row.cells()[1:] == ("3.0000", "6.0000", "3", "NO")


def test_each_element_has_its_row_and_wrong_ones_come_first():
    found = verify(lambda w: forgetful(torch)(w).sum() * 1.0, torch.tensor([[1.0, 2.0], [0.0, 4.0]]))
    assert [row.name for row in found.rows] == ["w[0, 0]", "w[0, 1]", "w[1, 0]", "w[1, 1]"]
    assert [row.agrees for row in found.rows] == [False, False, True, False]
    assert found.shown_rows()[-1].name == "w[1, 0]"


def test_a_large_input_is_summed_up():
    text = verify(lambda w: (w**2).sum(), torch.ones(100)).describe()
    assert f"and {100 - MOST_ROWS} more; of all 100, 0 do not agree" in text


def test_a_kink_is_explained():
    assert "kink" in verify(lambda x: x.abs(), 0.0).describe()


@pytest.mark.parametrize(
    "fn, x, slope",
    [
        (lambda x: x**2, 1e8, 2e8),
        (lambda x: x.sin(), 1e8, math.cos(1e8)),
        (lambda x: x.sin(), 1e12, math.cos(1e12)),
        (lambda x: x * 2, 1e300, 2.0),
        (lambda x: x.log(), 1e-7, 1e7),
        (lambda x: 1 / x, 1e-5, -1e10),
        (lambda x: x.relu(), -1e-9, 0.0),
    ],
)
def test_the_nudge_suits_large_and_small_inputs_and_says_so(fn, x, slope):
    found = verify(fn, x)
    (row,) = found.rows
    assert found.agrees and math.isclose(row.numeric, slope, rel_tol=1e-3, abs_tol=1e-9)
    if slope != math.cos(1e8):  # the usual nudge does there
        assert "x was nudged by" in found.describe() and "kink" not in found.describe()


@pytest.mark.parametrize("x", [1e8, 3.0, 1e-7])
def test_a_wrong_gradient_is_wrong_at_every_size(x):
    found = verify(forgetful(torch), x) if x > 1 else verify(lambda x: forgetful(torch)(x * 1e7), x)
    assert not found.agrees and found.rows[0].cells()[-1] == "NO"


@pytest.mark.parametrize(
    "fn, x, where",
    [
        (lambda x: x.log(), -1.0, "nan at x − 1e−6, nan at x, nan at x + 1e−6"),
        (lambda x: x.log(), 0.0, "nan at x − 1e−6, −inf at x:"),
        (lambda x: x.sqrt(), 0.0, "nan at x − 1e−6:"),
        (lambda x: x.asin(), 1.0, "nan at x + 1e−6:"),
        (lambda x: 1 / x, 0.0, "inf at x:"),
        (lambda x: x * 1.0, math.nan, "nan at x,"),
    ],
)
def test_where_the_function_is_not_defined_the_table_says_that_it_cannot_tell(fn, x, where):
    found = verify(fn, x)
    assert not found.agrees and found.rows[0].cells()[-1] == "cannot tell"
    assert where in found.describe()


def test_a_slope_lost_in_rounding_is_not_called_wrong():
    text = verify(lambda x: x + 1e20, 1.0).describe()
    assert "cannot tell" in text and "lost in rounding" in text


@pytest.mark.parametrize("lib", [torch, pytorch])
@pytest.mark.parametrize("fn, x, shown", [
    (lambda x: 1e-8 * x * x.detach(), 3.0, ("3e−8", "6e−8")),
    (lambda x: (1e-7 * x**2).detach() + 0 * x, 3.0, ("0.0000", "6e−7")),
    (lambda x: 1e-9 * x.exp() * x.detach(), 1.0, ("2.718e−9", "5.44e−9")),
    (lambda x: (x.detach() * 1e-6).sin() + 0 * x, 2.0, ("0.0000", "1e−6")),
])  # fmt: skip
def test_a_small_slope_that_is_another_does_not_agree(lib, fn, x, shown):
    found = verify(fn, lib.tensor(x))
    assert not found.agrees and found.rows[0].cells()[1:3] == shown and found.rows[0].cells()[-1] == "NO"
    assert "both near 0, and yet they differ" in found.describe()


@pytest.mark.parametrize("lib", [torch, pytorch])
@pytest.mark.parametrize("fn, x, shown", [
    (lambda x: 1e-8 * x**2, 3.0, ("6e−8", "6e−8")),
    (lambda x: x**3, 0.0, ("0.0000", "0.0000")),
    (lambda x: 1e4 * x**3, 0.0, ("0.0000", "0.0000")),
    (lambda x: x.cos(), 0.0, ("0.0000", "0.0000")),
    (lambda x: 1e3 * (x - 3) ** 2, 3.0, ("0.0000", "0.0000")),
    (lambda x: (x - x) + 7 + x.sin() ** 2 + x.cos() ** 2, 2.0, ("0.0000", "0.0000")),
    (lambda x: 1e-8 * x, 1e12, ("1e−8", "0.0000")),
    (lambda x: x.sigmoid(), -20.0, ("2.061e−9", "2.06e−9")),
    (lambda x: x.sigmoid(), 20.0, ("2.061e−9", "0.0000")),
    (lambda x: 1e-8 * x.relu(), 0.0, ("0.0000", "0.0000")),
])  # fmt: skip
def test_a_small_slope_that_is_right_or_lost_in_rounding_agrees(lib, fn, x, shown):
    found = verify(fn, lib.tensor(x))
    assert found.agrees and found.rows[0].cells()[1:3] == shown


def test_a_small_slope_at_a_small_input_that_is_another_does_not_agree():
    found = verify(lambda x: 1e-7 * x * x.detach(), 1e-4)
    assert not found.agrees and "both near 0, and yet they differ" in found.describe()


@pytest.mark.parametrize("lib", [torch, pytorch])
def test_in_float32_a_right_slope_of_a_function_that_bends_is_not_called_wrong(lib):
    def fn(x):
        return (100 * x).tanh()

    assert verify(fn, lib.tensor(0.0), dtype="as given").agrees
    undefined = verify(lambda x: x.abs().log(), lib.tensor(0.0), dtype="as given")
    assert undefined.rows[0].cells()[-1] == "cannot tell" and "−inf at x" in undefined.describe()


def test_each_element_has_its_own_nudge():
    found = verify(lambda w: w[0] ** 2 + w[1].log() * 1e14, torch.tensor([1e8, 1e-7]))
    assert found.agrees
    assert [f"{name} was nudged" in found.describe() for name in ("w[0]", "w[1]")] == [True, True]


def test_the_inputs_and_their_gradients_stay_as_they_are():
    x = torch.tensor(1.0, requires_grad=True)
    (x**2).backward()
    verify(lambda x: x**3, x)
    assert x.item() == 1.0 and x.grad.item() == 2.0


def test_default_arguments_are_not_inputs():
    def error(a, x=1, target=7):
        return (a * x + 5 - target) ** 2

    assert [row.name for row in verify(error, 1.0).rows] == ["a"]


def test_hostile_names_are_text():
    def function(x):
        return x * 1.0

    function.__name__ = "<img onerror=alert(1)>"
    assert "<img" not in verify(function, 1.0)._repr_html_()


def test_several_numbers_at_once_are_an_error_that_helps():
    with pytest.raises(ValueError, match=r"shape \(2,\).*\.sum\(\)"):
        verify(lambda x: x * 2.0, torch.ones(2))
    with pytest.raises(ValueError, match="needs the inputs"):
        verify(worked_example)


def test_the_function_itself_is_asked_for():
    with pytest.raises(TypeError, match="the function itself, not Tensor"):
        verify(torch.tensor(9.0), torch.tensor(3.0))


# ---------------------------------------------------------------------- in float32


def in_single(lib, a, b):
    """A loss that is float32, as it casts what it is given, whatever a and b are."""
    x, y = (lib.tensor(each, dtype=lib.float32) for each in ([1.0, 2.0, 3.0], [2.0, 5.0, 9.0]))
    return (((a * x).float() + b - y) ** 2).mean()


@pytest.mark.parametrize("lib", [torch, pytorch])
def test_a_nudge_that_float32_would_swallow_is_made_larger(lib):
    a, b = (lib.tensor(each, requires_grad=True) for each in (1.0, 0.5))
    found = verify(lambda a, b: in_single(lib, a, b), a, b)
    assert found.agrees and not any("kink" in remark for remark in found.remarks())
    assert "by nudging each input by 0.005 to both sides" in found.caption
    assert "hint: something inside is computed in float32" in found.describe()
    assert found.describe().count("hint") == 1


@pytest.mark.parametrize("lib", [torch, pytorch])
def test_float32_that_is_hidden_inside_is_told(lib):
    found = verify(lambda x: (x.float() ** 2).double(), lib.tensor(2.1, dtype=lib.float64))
    assert found.agrees and "hint: something inside is computed in float32" in found.describe()
    assert "float32" not in verify(lambda x: x**2, lib.tensor(2.1, dtype=lib.float64)).describe()


@pytest.mark.parametrize("lib", [torch, pytorch])
def test_a_gradient_that_is_wrong_is_wrong_in_float32_too(lib):
    def wrong(a):
        return in_single(lib, a, a.detach())

    found = verify(wrong, lib.tensor(1.0))
    assert not found.agrees and found.rows[0].cells()[-1] == "NO"
    assert not any("kink" in remark for remark in found.remarks())


def test_a_kink_that_the_wide_nudge_reaches_is_stepped_round():
    found = verify(lambda x: x.relu(), pytorch.tensor(0.002).float().requires_grad_())
    assert found.agrees  # float64
    kinked = verify(lambda x: (x.float() * pytorch.ones(2)).relu().sum(), 0.002)
    assert kinked.agrees and "x was nudged by 5e−4: a larger step may reach a kink" in kinked.describe()


def test_a_slope_lost_in_the_rounding_of_float32_is_not_called_wrong():
    found = verify(lambda x: (x * pytorch.ones(2) + 1e6).float().sum(), 1.0)
    assert not found.agrees and found.rows[0].cells()[-1] == "cannot tell"


def test_numbers_are_given_to_functions_of_pytorch_as_its_tensors():
    (row,) = verify(lambda a: pytorch.sin(a), 3.0).rows
    assert row.agrees and math.isclose(row.analytic, math.cos(3))


def test_a_model_in_float32_is_computed_in_float64_unless_asked():
    pytorch.manual_seed(0)
    model, x, target = pytorch.nn.Linear(3, 1), pytorch.ones(2, 3), pytorch.zeros(2, 1)

    def loss(x):
        return pytorch.nn.functional.mse_loss(model(x), target)

    found, as_given = verify(loss, x), verify(loss, x, dtype="as given")
    assert found.agrees and len(found.rows) == 6 and "float32" not in found.describe()
    assert as_given.agrees and "0.005" in as_given.caption
    assert all(each.grad is None and each.dtype == pytorch.float32 for each in [x, *model.parameters()])


def test_what_is_wrong_with_a_function_of_pytorch_itself_is_what_is_raised():
    with pytest.raises(RuntimeError, match="must match the size"):
        verify(lambda a: (pytorch.sin(a) * pytorch.ones(2) + pytorch.ones(3)).sum(), 3.0)
