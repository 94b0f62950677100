"""Derivatives without any rule: from values of the function alone.

The central difference ``(f(x + h) - f(x - h)) / 2h`` has an error of about ``h**2 |f'''| / 6``
from truncation and ``eps |f| / h`` from round-off (Nocedal and Wright, Numerical Optimization,
2nd ed., section 8.1). The complex step ``Im f(x + ih) / h`` has no round-off to speak of, but
needs an analytic ``f`` (Squire and Trapp, SIAM Review 40(1), 1998).

Functions here are given as ``evaluate(arrays) -> list of output arrays``. A Jacobian has the shape
(elements of the output, elements of the input).
"""

import numpy as np

COMPLEX_STEP = 1e-30


def slopes(evaluate, arrays, which, step, columns=None):
    """For each output its Jacobian by central differences, and how the two sides differ.

    The latter is the forward minus the backward difference, ``(f(x+h) - 2f(x) + f(x-h)) / h``:
    about ``h f''`` where the function is smooth, the change of slope at a kink. ``columns``
    are the flat positions of the elements to nudge, all by default.
    """
    here = _flat(evaluate(arrays))
    indices = _indices(arrays[which].shape, columns)
    found = [(np.zeros((y.size, len(indices))), np.zeros((y.size, len(indices)))) for y in here]
    for column, index in enumerate(indices):
        above, below = (_flat(evaluate(nudged(arrays, which, index, h))) for h in (step, -step))
        width = _width(arrays[which], index, step)
        for (central, sides), y, low, high in zip(found, here, below, above):
            with np.errstate(invalid="ignore", divide="ignore"):
                central[:, column] = (high - low) / width
                sides[:, column] = ((high - y) - (y - low)) / step
    return found


def one_sided(evaluate, arrays, which, index, step, output, output_index):
    """The backward and the forward difference of one output element by one input element."""
    low, here, high = (
        float(np.asarray(evaluate(nudged(arrays, which, index, h))[output])[output_index])
        for h in (-step, 0, step)
    )
    return (here - low) / step, (high - here) / step


def complex_step_jacobian(evaluate, arrays, which, columns=None):
    """Jacobians, or some columns of them, by the complex step; ``evaluate`` must be analytic."""
    arrays = [complex_array(array) for array in arrays]
    found = []
    for index in _indices(arrays[which].shape, columns):
        outputs = _flat(evaluate(nudged(arrays, which, index, 1j * COMPLEX_STEP)))
        found.append([np.imag(out) / COMPLEX_STEP for out in outputs])
    if not found:
        return [np.zeros((np.size(out), 0)) for out in evaluate(arrays)]
    return [np.stack(column, axis=1) for column in zip(*found)]


def complex_array(array):
    """Floating-point numbers as complex ones; anything else as it is."""
    real = getattr(array, "dtype", None) in (np.float64, np.float32)
    return np.asarray(array).astype(np.complex128) if real else array


def nudged(arrays, which, index, step):
    """The arrays with one element of one of them moved by ``step``."""
    arrays = list(arrays)
    moved = np.array(arrays[which])
    moved[index] += step
    arrays[which] = moved
    return arrays


def _indices(shape, columns):
    """The indices of the elements at these flat positions, or of all."""
    if columns is None:
        return list(np.ndindex(shape))
    return [tuple(map(int, np.unravel_index(flat, shape))) if shape else () for flat in columns]


def _width(array, index, step):
    """The distance between the two points that were really used, after rounding."""
    x, step = array[index], array.dtype.type(step)
    with np.errstate(invalid="ignore"):  # x may be infinite: then no point is near it
        return np.float64(x + step) - np.float64(x - step)


def _flat(outputs):
    return [np.asarray(out).ravel() for out in outputs]
