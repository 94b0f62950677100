"""`check` tells a right operation of one's own from a wrong one, and says what is wrong with it."""

import re

import pytest

import autograd_core as torch
from tests.oracle import need_pytorch
from tests.oracle import torch as pytorch
from widgets.answers.exercise import check

Function = torch.autograd.Function


class Divide(Function):
    """a / b, as it should be."""

    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a / b

    @staticmethod
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        return g / b, -g * a / b**2


def divide(a, b):
    return a / b


def with_backward(rule):
    """Return `Divide` with another backward, given as a function of g, a and b."""

    class Divided(Divide):
        @staticmethod
        def backward(ctx, g):
            return rule(g, *ctx.saved_tensors)

    return Divided


def with_forward(rule):
    """Return `Divide` with another forward, given as a function of a and b."""

    class Divided(Divide):
        @staticmethod
        def forward(ctx, a, b):
            ctx.save_for_backward(a, b)
            return rule(a, b)

    return Divided


@pytest.mark.parametrize("inputs", [(2.0, 3.0), ([1.0, 2.0], [3.0, 4.0])])
def test_a_right_operation_passes(inputs):
    verdict = check(Divide, divide, *inputs)
    assert verdict and repr(verdict).startswith("right: value and gradient agree")


@pytest.mark.parametrize("stub", [
    with_backward(lambda g, a, b: ...),
    with_backward(lambda g, a, b: (g / b, ...)),
    with_forward(lambda a, b: ...),
])  # fmt: skip
def test_three_dots_are_no_answer_yet(stub):
    verdict = check(stub, divide, 2.0, 3.0)
    assert not verdict and repr(verdict).startswith("not answered yet")


@pytest.mark.parametrize("rule, words", [
    (lambda g, a, b: (1 / b, -g * a / b**2), "gradient of a leaves out the incoming gradient"),
    (lambda g, a, b: (g / b, -a / b**2), "gradient of b leaves out the incoming gradient"),
    (lambda g, a, b: (g / b, g * a / b**2), "gradient of b: the size is right, and the sign is wrong"),
    (lambda g, a, b: (2 * g / b, -g * a / b**2), "gradient of a: this is twice the slope"),
    (lambda g, a, b: (None, -g * a / b**2), "backward returns None for a"),
    (lambda g, a, b: (g / a, -g * a / b**2), "gradient of a: the operands of a/b are swapped"),
    (lambda g, a, b: (-g * a / b**2, g / b), "the gradients of a and b are in each other's place: backward returns them in the order"),
    (lambda g, a, b: (g / b, g / b), "the gradient of b is the one of a"),
    (lambda g, a, b: (-g * a / b**2, -g * a / b**2), "the gradient of a is the one of b"),
    (lambda g, a, b: (g * a / b, -g * a / b**2), "2.5 is the value of divide, times the incoming gradient, not its slope"),
])  # fmt: skip
def test_a_wrong_backward_is_told_what_is_wrong(rule, words):
    verdict = check(with_backward(rule), divide, 5.0, 3.0)
    assert not verdict and words in repr(verdict)
    assert re.match("not yet, at a = 5, b = 3(, with an incoming gradient of 1.5)?: ", repr(verdict))


@pytest.mark.parametrize("rule, words", [
    (lambda a, b: a * b, "the value is 6, but should be 0.6667"),
    (lambda a, b: (a / b).reshape(1), "should return the shape (), not (1,)"),
    (lambda a, b: 1.0, "should return a tensor, not a float"),
])  # fmt: skip
def test_a_wrong_forward_is_told_what_is_wrong(rule, words):
    assert words in repr(check(with_forward(rule), divide, 2.0, 3.0))


def test_a_rule_that_is_right_in_one_place_only_is_found():
    lucky = with_backward(lambda g, a, b: (g / b, -g * a / b))
    assert repr(check(lucky, divide, 2.0, 1.0)).startswith("not yet, at a = ")


def test_one_gradient_may_be_asked_for_alone():
    half_done = with_backward(lambda g, a, b: (g / b, None))
    assert check(half_done, divide, 2.0, 3.0, wrt="a")
    assert not check(half_done, divide, 2.0, 3.0)


IN_BOTH = pytest.mark.parametrize("library", [torch, pytorch], ids=["engine", "pytorch"])


def one_input(library, backward):
    """Return the average of a tensor as an operation of a library, with a given backward."""
    methods = {"forward": staticmethod(average), "backward": staticmethod(backward)}
    return type(library.autograd.Function)("Average", (library.autograd.Function,), methods)


def average(ctx, x):
    ctx.save_for_backward(x)
    return x.mean()


ELEMENTS = "one gradient for each of the 4 elements of x, shape (4,)"


@IN_BOTH
@pytest.mark.parametrize("backward, words", [
    (lambda ctx, g: g, f"{ELEMENTS}, not one number"),
    (lambda ctx, g: g.reshape(1, 1), f"{ELEMENTS}, not the shape (1, 1)"),
    (lambda ctx, g: (g, g), "1 gradient, for x, not 2"),
    (lambda ctx, g: (), "1 gradient, for x, not 0"),
    (lambda ctx, g: [g], "gradients with commas between them, not a list"),
    (lambda ctx, g: 0.25, "a tensor for x, not a float"),
])  # fmt: skip
def test_what_are_no_gradients_of_the_inputs_is_told(library, backward, words):
    x = library.tensor([1.0, 2.0, 3.0, 4.0])
    verdict = check(one_input(library, backward), lambda x: x.mean(), x)
    assert not verdict and repr(verdict) == f"not yet: backward should return {words}"


def test_the_inputs_are_named_where_the_number_of_gradients_is_wrong():
    too_long = with_backward(lambda g, a, b: (g / b, g / b, g / b, g))
    words = "not yet: backward should return 2 gradients, for a and b, not 4"
    assert repr(check(too_long, divide, 2.0, 3.0)) == words


@IN_BOTH
@pytest.mark.parametrize(
    "backward", [lambda ctx, g: g ^ 2, lambda ctx, g: g * 0.25 ^ 2, lambda ctx, g: 0.25 ^ 2]
)
def test_a_power_in_a_rule_is_written_with_two_stars(library, backward):
    said = repr(check(one_input(library, backward), lambda x: x.mean(), library.tensor([1.0, 2.0, 3.0, 4.0])))
    assert said.count("A power is written with **") == 1


@IN_BOTH
def test_what_forward_or_backward_raises_is_told_with_the_line(library):
    def misspelled(ctx, g):
        return g * ctx.saved_tensor  # the s is missing

    def too_many(ctx, g):
        return g / 4, misspelled(ctx, g)

    x = library.tensor([1.0, 2.0, 3.0, 4.0])
    for backward in (misspelled, too_many):  # the innermost line of the learner's is told
        words = repr(check(one_input(library, backward), lambda x: x.mean(), x))
        assert words.startswith("not yet, at x = [1, 2, 3, 4]: your code raised AttributeError: ")
        line = misspelled.__code__.co_firstlineno + 1
        assert f" in line {line}, return g * ctx.saved_tensor" in words

    class Forward(library.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.no_such_method()

    words = repr(check(Forward, lambda x: x.mean(), x))
    assert "your code raised AttributeError" in words and words.endswith("return x.no_such_method()")


def mean_squared_error(p, t):
    return ((p - t) ** 2).mean()


P, T = [0.5, -1.0, 2.0, 4.0], [1.0, 0.0, -1.0, 2.0]


def from_nothing(library, **methods):
    """Return an operation with just these methods."""
    methods = {name: staticmethod(method) for name, method in methods.items()}
    return type(library.autograd.Function)("Squared", (library.autograd.Function,), methods)


def forward(ctx, p, t):
    ctx.save_for_backward(p, t)
    return mean_squared_error(p, t)


def forgetful(ctx, p, t):
    return mean_squared_error(p, t)


def backward_by(rule):
    """Return a ``backward`` that returns what a function of g, p and t does."""

    def backward(ctx, g):
        p, t = ctx.saved_tensors
        return rule(g, p, t)

    return backward


def both(p_gradient):
    return p_gradient, -p_gradient


right = backward_by(lambda g, p, t: both(g * 2 * (p - t) / 4))


@IN_BOTH
@pytest.mark.parametrize("methods, words", [
    ({}, "not answered yet"),
    ({"forward": forward, "backward": right}, "right: value and gradient agree"),
    ({"forward": forward}, "the value is right, and Squared still needs a backward"),
    ({"forward": lambda ctx, p, t: p.sum()}, "the value is 5.5, but should be 3.5625"),
    ({"backward": right}, "Squared still needs a forward"),
    ({"forward": forgetful, "backward": right}, "more than forward has saved, which is nothing. Is there something like ctx.save_for_backward(p, t) in forward?"),
    ({"forward": lambda ctx, p, t: ctx.save_for_backward(p - t) or forgetful(ctx, p, t), "backward": right}, "which is only 1 tensor"),
    ({"forward": lambda ctx, p, t: None, "backward": right}, "forward should return a tensor, not None"),
    ({"forward": lambda ctx, p, t: 3, "backward": right}, "forward should return a tensor, not an int"),
    ({"forward": forward, "backward": lambda ctx, g: None}, "backward returns None: is a return missing?"),
    ({"forward": forward, "backward": backward_by(lambda g, p, t: both(2 * (p - t) / 4))}, "the gradient of p leaves out the incoming gradient"),
    ({"forward": forward, "backward": backward_by(lambda g, p, t: both(g * (p - t) / 4))}, "the exponent 2 was not brought down as a factor"),
    ({"forward": forward, "backward": backward_by(lambda g, p, t: both(g * 2 * (p - t)))}, "this is 4 times the slope, as many as p has elements"),
    ({"forward": forward, "backward": backward_by(lambda g, p, t: 2 * (g * 2 * (p - t) / 4,))}, "the gradient of t, and ambiguous: either the size is right, and the sign is wrong, or "),
    ({"forward": forward, "backward": backward_by(lambda g, p, t: g * 2 * (p - t) / 4)}, "2 gradients, for p and t, not 1"),
    ({"forward": forward, "backward": backward_by(lambda g, p, t: both(g * 2 * (p - t).mean()))}, "one gradient for each of the 4 elements of p, shape (4,), not one number"),
])  # fmt: skip
def test_an_operation_from_nothing_is_told_what_is_still_wrong(library, methods, words):
    inputs = library.tensor(P), library.tensor(T)
    said = repr(check(from_nothing(library, **methods), mean_squared_error, *inputs))
    assert words in said and said.startswith(("not yet", "not answered yet", "right"))


def test_what_is_no_operation_but_nearly_one_is_told():
    class Plain:
        pass

    said = repr(check(Plain, mean_squared_error, P, T))
    assert said == (
        "not yet: Plain is no operation: it should be a subclass, class Plain(torch.autograd.Function)"
    )
    said = repr(check(Divide(), divide, 2.0, 3.0))
    assert said == "not yet: the operation is the class itself: Divide, not Divide()"


def test_apply_stands_for_the_operation():
    assert check(Divide.apply, divide, 2.0, 3.0)
    assert check(Theirs.apply, divide, pytorch.tensor(2.0), 3.0)
    wrong = with_backward(lambda g, a, b: (1 / b, -g * a / b**2))
    assert repr(check(wrong.apply, divide, 2.0, 3.0)) == repr(check(wrong, divide, 2.0, 3.0))


def test_outside_the_domain_nothing_is_compared():
    class Root(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**0.5

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 0.5 * x**-0.5

    assert check(Root, lambda x: x**0.5, 0.3)


class Theirs(pytorch.autograd.Function):
    """a / b in PyTorch."""

    forward, backward = Divide.forward, Divide.backward


class TheirsWrong(Theirs):
    @staticmethod
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        return g / b, -a / b**2


class TheirStub(Theirs):
    @staticmethod
    def backward(ctx, g):
        return ...


def test_an_operation_of_pytorch_is_checked_with_its_tensors():
    a, b = pytorch.tensor(5.0), pytorch.tensor([3.0, 4.0])
    assert check(Theirs, divide, pytorch.ones(2), b)
    assert "gradient of b leaves out the incoming" in repr(check(TheirsWrong, divide, a, a))
    assert repr(check(TheirStub, divide, a, a)).startswith("not answered yet")


def test_an_operation_and_inputs_of_different_libraries_are_refused():
    need_pytorch()
    with pytest.raises(TypeError, match="Theirs is no operation of autograd_core"):
        check(Theirs, divide, 2.0, 3.0)
    with pytest.raises(TypeError, match="Divide is no operation of torch"):
        check(Divide, divide, pytorch.tensor(2.0), 3.0)


@pytest.mark.parametrize("answer, words", [
    (mean_squared_error, "not yet: a subclass of torch.autograd.Function is expected, and not a fun"),
    (None, "not yet: a subclass of torch.autograd.Function is expected, and not None"),
    (..., "not answered yet"),
])  # fmt: skip
def test_what_stands_in_place_of_an_operation_is_told(answer, words):
    assert repr(check(answer, mean_squared_error, P, T)).startswith(words)
    with pytest.raises(ValueError, match="wrt should be one of 'p', 't', not None"):
        check(3.0, mean_squared_error, P, T)  # a slope: of which input?


def test_inputs_are_called_as_in_the_learners_own_forward():
    def silu(input):
        return input * input.sigmoid()

    methods = {"forward": lambda ctx, z: silu(z), "backward": lambda ctx, g: g}
    said = repr(check(from_nothing(torch, **methods), silu, [0.5, -1.0, 2.0]))
    assert said.startswith(
        "not yet, at z = [0.5, −1, 2], with an incoming gradient of [1.5, −0.5, 2]: the gradient of z is"
    )


def silu(rule):
    """x times its sigmoid, as an operation with another backward, given as a function of g, x and s."""

    class Silu(Function):
        @staticmethod
        def forward(ctx, x):
            s = torch.sigmoid(x)
            ctx.save_for_backward(x, s)
            return x * s

        @staticmethod
        def backward(ctx, g):
            return rule(g, *ctx.saved_tensors)

    return Silu


@pytest.mark.parametrize("rule, words", [
    (lambda g, x, s: g * s, "this is what x gives x·s directly, without the path through s"),
    (lambda g, x, s: g * x * s * (1 - s), "this is what comes by way of s alone"),
    (lambda g, x, s: g * (s + x), "this is only how fast the output changes with s: multiply by how fast s changes with x"),
    (lambda g, x, s: g * x * s, "is the result, times the incoming gradient: multiply"),
    (lambda g, x, s: x * s, "is the result itself: multiply"),
    (lambda g, x, s: g, "is the incoming gradient alone: multiply"),
])  # fmt: skip
def test_the_parts_of_the_learners_own_forward_are_seen(rule, words):
    """Also where the function it is compared with is one operation, whose parts nobody sees."""
    inputs = torch.tensor([0.5, -1.0, 2.0])
    said = repr(check(silu(rule), torch.nn.functional.silu, inputs))
    assert words in said and "with an incoming gradient of [1.5, −0.5, 2]: the gradient of x" in said
    assert check(silu(lambda g, x, s: g * (s + x * s * (1 - s))), torch.nn.functional.silu, inputs)
