"""Random numbers: seeds, generators, and the functions that draw.

After the same seed they are PyTorch's numbers on the CPU: words of 32 bits from the Mersenne
Twister MT19937, from which each distribution makes its numbers as PyTorch does.
"""

import math
import os
from functools import cached_property, partial

import numpy as np

from . import absent as _absent
from . import devices
from .core import dtypes
from .core.tensor import Tensor, result
from .creation import kind_asked, leaf, size_given
from .errors.operands import not_implemented_for
from .errors.words import C_TYPES, type_name
from .limits import holds, range_of

SEEDS = 2**64  # seeds are taken modulo this, as in PyTorch
BLOCK = 16  # so many normal numbers are made together, if so many are asked for
LONG = 2**28  # from a range of so many whole numbers on, one is made of two words
# A generator's state, byte by byte, as PyTorch writes it.
STATE = np.dtype([("seed", "u8"), ("left", "i4"), ("seeded", "i4"), ("next", "u8"), ("words", "u8", 624),
                  ("unused", "f8"), ("sine", "f8"), ("rho", "f8"), ("has_sine", "i8"), ("end", "u8")])  # fmt: skip


class Generator:
    """A source of random numbers with a seed of its own.

    Parameters
    ----------
    device : the CPU

    >>> generator = torch.Generator().manual_seed(3)
    >>> torch.randperm(4, generator=generator).shape
    torch.Size([4])
    """

    device = devices.CPU

    def __init__(self, device="cpu"):
        devices.check(device)
        self.manual_seed(67280421310721)  # what PyTorch's generators start with

    def manual_seed(self, seed):
        """Start again from ``seed``, an integer; returns the generator.

        >>> a = (torch.manual_seed(0), torch.rand(3))[1]
        >>> b = (torch.manual_seed(0), torch.rand(3))[1]
        >>> bool((a == b).all())
        True
        """
        seed = int(seed)
        if not -SEEDS // 2 <= seed < SEEDS:
            raise ValueError(f"Overflow when unpacking long long: the seed {seed} has more than 64 bits.")
        self.seeded_with = seed % SEEDS
        self.__dict__.pop("numpy", None)
        self.sine = None  # the second of two normal numbers that were made together
        return self

    @cached_property
    def numpy(self):
        """NumPy's source of words, made when the first is drawn: ``numpy.random`` loads slowly."""
        source = np.random.MT19937()
        source.state = np.random.RandomState(self.seeded_with % 2**32).get_state(legacy=False)
        return source

    def seed(self):
        """Start again from a seed nobody can foresee; returns the seed."""
        self.manual_seed(int.from_bytes(os.urandom(8), "little"))
        return self.seeded_with

    def initial_seed(self):
        """The seed that the generator was last started from."""
        return self.seeded_with

    def get_state(self):
        """The state as a tensor of bytes, for :meth:`set_state`, here or in PyTorch."""
        state, data = self.numpy.state["state"], np.zeros((), STATE)
        data["seed"], data["seeded"], data["words"] = self.seeded_with, 1, state["key"]
        data["next"], data["left"] = state["pos"], 625 - state["pos"]
        data["sine"], data["has_sine"] = self.sine or 0, self.sine is not None
        return result(np.frombuffer(data.tobytes(), np.uint8).copy(), None)

    def set_state(self, state):
        """Go on from a state that :meth:`get_state` gave; returns the generator."""
        if state.dtype is not dtypes.uint8:
            raise TypeError("expected a torch.ByteTensor, but got " + type_name(state._data))
        if state.numel() != STATE.itemsize:
            raise RuntimeError(
                f"RNG state is wrong size: expected {STATE.itemsize} bytes, got {state.numel()}."
            )
        data = np.frombuffer(state._data.tobytes(), STATE)[0]
        self.manual_seed(data["seed"])
        self.sine = float(data["sine"]) if data["has_sine"] else None
        key = {"key": data["words"].astype(np.uint32), "pos": 625 - int(data["left"])}
        self.numpy.state = {"bit_generator": "MT19937", "state": key}
        return self

    # ------------------------------------------------------------------ what is drawn

    def whole(self, n, range):
        """``n`` whole numbers from 0 to ``range - 1``."""
        return (self.numpy.random_raw(n) if range < LONG else self._long(n)) % np.uint64(range)

    def _long(self, n):
        high, low = self.numpy.random_raw(2 * n).reshape(n, 2).T
        return high << np.uint64(32) | low

    def even(self, n, dtype=np.float64):
        """``n`` numbers from 0 (included) to 1 (excluded)."""
        if dtype == np.float32:
            return (self.numpy.random_raw(n) % np.uint64(2**24)).astype(np.float32) * np.float32(2**-24)
        return (self._long(n) % np.uint64(2**53)) * 2.0**-53

    def normal(self, n, dtype):
        """``n`` numbers of the standard normal distribution, by the method of Box and Muller."""
        if n < BLOCK:
            return np.array([self._one_normal() for _ in range(n)])
        drawn, last = self.even(n, dtype), n % BLOCK
        numbers = _normal_blocks(drawn[: n - last])
        if last:  # the last sixteen are drawn anew
            numbers = np.concatenate([numbers[: n - BLOCK], _normal_blocks(self.even(BLOCK, dtype))])
        return numbers

    def _one_normal(self):
        if self.sine is not None:
            number, self.sine = self.sine, None
            return number
        turn, u = self.even(2).tolist()
        radius, angle = math.sqrt(-2 * math.log1p(-u)), 2 * math.pi * turn
        self.sine = radius * math.sin(angle)
        return radius * math.cos(angle)

    def exponential(self, n):
        """``n`` numbers of the exponential distribution with mean 1."""
        return -np.log1p(-self.even(n))


def _normal_blocks(even):
    u, turn = even.reshape(-1, 2, BLOCK // 2).swapaxes(0, 1)
    radius, angle = np.sqrt(-2 * np.log(1 - u)), 2 * math.pi * turn
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).reshape(-1)


default_generator = Generator()
default_generator.seed()


manual_seed, seed = default_generator.manual_seed, default_generator.seed
initial_seed, get_rng_state = default_generator.initial_seed, default_generator.get_state


def set_rng_state(new_state):
    """Go on from a state that :func:`get_rng_state` gave."""
    default_generator.set_state(new_state)


def fresh_seed(generator=None):
    """A seed drawn for another generator."""
    return int(source(generator).whole(1, 2**63)[0])


# ---------------------------------------------------------------------- arrays
# The distributions, each as ``draw(shape, dtype, parameters, generator)``.


def source(generator):
    """``generator``, or the default one in place of None."""
    if generator is None:
        return default_generator
    if not isinstance(generator, Generator):
        raise TypeError(
            f"argument 'generator' must be torch.Generator, not {type(generator).__name__}. "
            "Make one with torch.Generator().manual_seed(0)."
        )
    return generator


def uniform_array(shape, dtype, low, high, generator):
    """Numbers from ``low`` (included) to ``high`` (excluded)."""
    if not dtype.is_floating_point:
        raise not_implemented_for("check_uniform_bounds", dtype)
    if low > high:
        raise RuntimeError(
            f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}"
        )
    _check_bounds(dtype, **{"from": low, "to": high})
    if not holds(dtype, high - low):
        raise RuntimeError(
            f"uniform_ expects to-from <= std::numeric_limits<{dtype.type_name}>::max(), but found to={high:g} and "
            f"from={low:g} which result in to-from to exceed the limit"
        )
    low, high = dtype.numpy.type(low), dtype.numpy.type(high)
    even = source(generator).even(math.prod(shape), dtype.numpy).astype(np.float64)
    return (even * (high - low) + low).astype(dtype.numpy).reshape(shape)  # of float32, rounded once


def normal_array(shape, dtype, mean, std, generator):
    """Numbers of the normal distribution with this mean and standard deviation."""
    if not dtype.is_floating_point:
        raise not_implemented_for("normal_kernel_cpu", dtype)
    if np.any(np.asarray(std) < 0):
        raise RuntimeError(f"normal expects std >= 0.0, but found std {np.min(std):g}")
    standard = source(generator).normal(math.prod(shape), dtype.numpy).reshape(shape)
    return (standard * std + mean).astype(dtype.numpy, copy=False)


def bernoulli_array(shape, dtype, p, generator):
    """1 with probability ``p``, else 0."""
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
    return (source(generator).even(math.prod(shape)).reshape(shape) < p).astype(dtype)[()]


def integer_array(shape, dtype, low, high, generator):
    """Whole numbers from ``low`` (included) to ``high`` (excluded)."""
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    _check_bounds(dtype, **{"from": low, "to - 1": high - 1})
    drawn = source(generator).whole(math.prod(shape), high - low).astype(np.int64) + low
    return drawn.astype(dtype.numpy).reshape(shape)


def _check_bounds(dtype, **bounds):
    """What is drawn lies in the range of its type: uint8 has no -1, bool no 2."""
    low, high = (0, 1) if dtype is dtypes.bool_ else range_of(dtype)
    low = low if dtype.is_signed else 0
    for name, bound in bounds.items():
        if not low <= bound <= high:
            kind = C_TYPES[dtype.name]
            raise RuntimeError(
                f"{name} is out of bounds for {kind}: {bound} is not between {low} and {high}."
            )


# ---------------------------------------------------------------------- tensors


def _shape_and_dtype(name, sizes, size, dtype, device):
    devices.check(device)
    return size_given(name, sizes, size), kind_asked(dtype)


def rand(*sizes, size=None, generator=None, dtype=None, device=None, requires_grad=False):
    """Numbers drawn evenly from 0 (included) to 1 (excluded).

    >>> torch.rand(2, 3).shape
    torch.Size([2, 3])
    """
    shape, kind = _shape_and_dtype("rand", sizes, size, dtype, device)
    return leaf(uniform_array(shape, kind, 0, 1, generator), None, requires_grad)


def randn(*sizes, size=None, generator=None, dtype=None, device=None, requires_grad=False):
    """Numbers drawn from the normal distribution with mean 0 and standard deviation 1."""
    shape, kind = _shape_and_dtype("randn", sizes, size, dtype, device)
    return leaf(normal_array(shape, kind, 0, 1, generator), None, requires_grad)


def randint(*bounds, low=0, high=None, size=None, generator=None, dtype=None, device=None,
            requires_grad=False):  # fmt: skip
    """Whole numbers drawn evenly: ``randint(high, size)`` from 0, ``randint(low, high, size)``.

    ``high`` is excluded; ``size`` is a tuple.
    """
    bounds = list(bounds)
    if bounds and not isinstance(bounds[-1], int | Tensor):
        size = bounds.pop()
    if len(bounds) == 2:
        low, high = bounds
    elif bounds:
        low, high = (low, bounds[0]) if high is None else (bounds[0], high)
    if high is None or not isinstance(size, tuple | list):
        given = bounds if size is None else [*bounds, size]
        if len(given) == 2 and all(isinstance(each, int) for each in given):
            raise TypeError(
                "randint(): argument 'size' (position 2) must be tuple of ints, not int. "
                f"Write randint({given[0]}, ({given[1]},))."
            )
        raise TypeError(
            "randint() received an invalid combination of arguments: "
            "write randint(high, size) or randint(low, high, size) with whole bounds and a tuple."
        )
    shape, kind = size_given("randint", (size,), None), dtypes.as_dtype(dtype or dtypes.int64)
    return leaf(integer_array(shape, kind, int(low), int(high), generator), device, requires_grad)


def randperm(n, *, generator=None, dtype=None, device=None, requires_grad=False):
    """The whole numbers from 0 to ``n - 1`` in random order."""
    size_given("randperm", (n,), None)
    kind = dtypes.as_dtype(dtype or dtypes.int64)
    order = list(range(n))
    left = np.arange(n, 1, -1, dtype=np.uint64)  # how many the next one is drawn from
    for i, step in enumerate((source(generator).numpy.random_raw(max(n - 1, 0)) % left).tolist()):
        order[i], order[i + step] = order[i + step], order[i]
    return leaf(np.array(order, kind.numpy), device, requires_grad)


def normal(mean, std=1.0, size=None, *, generator=None, dtype=None, device=None,
           requires_grad=False):  # fmt: skip
    """Numbers of normal distributions; ``mean`` and ``std`` are numbers or tensors of them."""
    devices.check(device)
    tensors = [each for each in (mean, std) if isinstance(each, Tensor)]
    mean, std = (each._data if isinstance(each, Tensor) else each for each in (mean, std))
    if tensors:
        shape, kind = np.broadcast_shapes(np.shape(mean), np.shape(std)), tensors[0].dtype
    else:
        shape, kind = _shape_and_dtype("normal", (), size, dtype, device)
    return leaf(normal_array(shape, kind, mean, std, generator), None, requires_grad)


def bernoulli(input, p=None, *, generator=None):
    """1 with the probability that each element of ``input`` gives (or ``p``), else 0."""
    if p is not None:
        return result(bernoulli_array(input._data.shape, input._data.dtype, p, generator), None)
    p = input._data
    if not ((p >= 0) & (p <= 1)).all():
        raise RuntimeError(
            "Expected p_in >= 0 && p_in <= 1 to be true, but got false: "
            "the elements are probabilities, from 0 to 1."
        )
    drawn = source(generator).even(p.size, p.dtype).reshape(p.shape) < p
    return result(np.asarray(drawn, p.dtype)[()], None)


def multinomial(input, num_samples, replacement=False, *, generator=None):
    """Draw indices with the probabilities (weights) that the rows of ``input`` give.

    Parameters
    ----------
    input : tensor of shape (n,) or (rows, n)
    num_samples : int, how many to draw from each row

    Returns
    -------
    int64 tensor of shape (num_samples,) or (rows, num_samples)
    """
    weights = np.atleast_2d(input._data)
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
    if replacement and num_samples > 1:
        drawn = [_drawn_again(row, source(generator).even(num_samples)) for row in weights]
    else:  # whose turn comes first, of several that wait
        waited = source(generator).exponential(weights.size).astype(weights.dtype).reshape(weights.shape)
        drawn = np.argsort(-weights / waited, axis=1, kind="stable")[:, :num_samples]
    return result(np.array(drawn, np.int64).reshape(*input.shape[:-1], num_samples), None)


def _drawn_again(weights, even):
    below = np.cumsum(weights)
    below /= below[-1]
    below[-1] = 1
    return np.searchsorted(below, even)


def _drawn_like(draw, input, generator, dtype, device, requires_grad):
    return draw(size=input._data.shape, generator=generator, dtype=dtype or input.dtype, device=device,
                requires_grad=requires_grad)  # fmt: skip


def rand_like(input, *, generator=None, dtype=None, device=None, requires_grad=False):
    """Like :func:`rand`, with the shape and type of ``input``."""
    return _drawn_like(rand, input, generator, dtype, device, requires_grad)


def randn_like(input, *, generator=None, dtype=None, device=None, requires_grad=False):
    """Like :func:`randn`, with the shape and type of ``input``."""
    return _drawn_like(randn, input, generator, dtype, device, requires_grad)


def randint_like(input, low=0, high=None, *, generator=None, dtype=None, device=None, requires_grad=False):
    """Like :func:`randint`, with the shape and type of ``input``."""
    low, high = (0, low) if high is None else (low, high)
    draw = partial(randint, low, high)
    return _drawn_like(draw, input, generator, dtype, device, requires_grad)


__getattr__ = _absent.refusal(__name__)
