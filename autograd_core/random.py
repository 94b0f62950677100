"""Random numbers: seeds, generators, and the functions that draw.

The numbers come from NumPy's ``Generator``, so they are not those that PyTorch draws for the
same seed; the distributions, the types and the rules for seeds are the same.
"""

import os
from functools import cached_property

import numpy as np

from . import devices
from .core import dtypes
from .core.tensor import Tensor, result
from .creation import kind_asked, leaf, like, size_given
from .errors.operands import not_implemented_for

SEEDS = 2**64  # seeds are taken modulo this, as in PyTorch


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
        return self

    @cached_property
    def numpy(self):
        """NumPy's generator, made when the first number is drawn: ``numpy.random`` loads slowly."""
        return np.random.default_rng(self.seeded_with)

    def seed(self):
        """Start again from a seed nobody can foresee; returns the seed."""
        self.manual_seed(int.from_bytes(os.urandom(8), "little"))
        return self.seeded_with

    def initial_seed(self):
        """The seed that the generator was last started from."""
        return self.seeded_with

    def get_state(self):
        """The state as a tensor of bytes, for :meth:`set_state`."""
        state = self.numpy.bit_generator.state
        words = [state["state"]["state"], state["state"]["inc"], self.seeded_with,
                 state["has_uint32"], state["uinteger"]]  # fmt: skip
        data = b"".join(word.to_bytes(16, "little") for word in words)
        return result(np.frombuffer(data, np.uint8).copy(), None)

    def set_state(self, state):
        """Go on from a state that :meth:`get_state` gave; returns the generator."""
        data = state._data.tobytes()
        words = [int.from_bytes(data[i : i + 16], "little") for i in range(0, len(data), 16)]
        self.manual_seed(words[2])
        self.numpy.bit_generator.state = {
            "bit_generator": "PCG64", "state": {"state": words[0], "inc": words[1]},
            "has_uint32": words[3], "uinteger": words[4],
        }  # fmt: skip
        return self


default_generator = Generator()
default_generator.seed()


manual_seed, seed = default_generator.manual_seed, default_generator.seed
initial_seed, get_rng_state = default_generator.initial_seed, default_generator.get_state


def set_rng_state(state):
    """Go on from a state that :func:`get_rng_state` gave."""
    default_generator.set_state(state)


# ---------------------------------------------------------------------- arrays
# The distributions, each as ``draw(numpy_generator, shape, dtype, parameters)``.


def numpy_generator(generator):
    """The NumPy generator behind ``generator`` (None: the default one)."""
    if generator is None:
        generator = default_generator
    if not isinstance(generator, Generator):
        raise TypeError(
            f"argument 'generator' must be torch.Generator, not {type(generator).__name__}. "
            "Make one with torch.Generator().manual_seed(0)."
        )
    return generator.numpy


def uniform_array(shape, dtype, low, high, generator):
    """Numbers from ``low`` (included) to ``high`` (excluded)."""
    if not dtype.is_floating_point:
        raise not_implemented_for("check_uniform_bounds", dtype)
    if low > high:
        raise RuntimeError(
            f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}"
        )
    unit = numpy_generator(generator).random(shape, dtype=dtype.numpy)
    return (low + (high - low) * unit).astype(dtype.numpy, copy=False)


def normal_array(shape, dtype, mean, std, generator):
    """Numbers of the normal distribution with this mean and standard deviation."""
    if not dtype.is_floating_point:
        raise not_implemented_for("normal_kernel_cpu", dtype)
    if np.any(np.asarray(std) < 0):
        raise RuntimeError(f"normal expects std >= 0.0, but found std {np.min(std):g}")
    standard = numpy_generator(generator).standard_normal(shape, dtype=dtype.numpy)
    return (mean + std * standard).astype(dtype.numpy, copy=False)


def integer_array(shape, dtype, low, high, generator):
    """Whole numbers from ``low`` (included) to ``high`` (excluded)."""
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    return numpy_generator(generator).integers(low, high, shape).astype(dtype.numpy)


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
    return leaf(numpy_generator(generator).permutation(n).astype(kind.numpy), device, requires_grad)


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


def bernoulli(input, *, generator=None):
    """1 with the probability that each element of ``input`` gives, else 0."""
    p = input._data
    if not ((p >= 0) & (p <= 1)).all():
        raise RuntimeError(
            "Expected p_in >= 0 && p_in <= 1 to be true, but got false: "
            "the elements are probabilities, from 0 to 1."
        )
    drawn = numpy_generator(generator).random(p.shape) < p
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
    random, weights = numpy_generator(generator), np.atleast_2d(input._data).astype(np.float64)
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
    rows = [random.choice(weights.shape[1], num_samples, replacement, row / row.sum()) for row in weights]
    return result(np.array(rows, np.int64).reshape(*input.shape[:-1], num_samples), None)


rand_like = like("rand_like", "Like :func:`rand`", lambda x, kind: uniform_array(x.shape, kind, 0, 1, None))
randn_like = like("randn_like", "Like :func:`randn`", lambda x, kind: normal_array(x.shape, kind, 0, 1, None))


def randint_like(input, low, high=None, *, dtype=None, device=None, requires_grad=False):
    """Like :func:`randint`, with the shape and type of ``input``."""
    low, high = (0, low) if high is None else (low, high)
    return randint(low, high, tuple(input.shape), dtype=dtype or input.dtype, device=device,
                   requires_grad=requires_grad)  # fmt: skip
