"""What is said about random numbers."""

import numpy as np


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
    return RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")


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
