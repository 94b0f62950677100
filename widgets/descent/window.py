"""What the picture of a descent shows: its ends, its axes, and what the sentences need to know."""

import math

import numpy as np

from autograd_core.printable import quoted

from ..drawing.chart import CHARACTER, Chart, axis
from .narration import Scene
from .objective import FARTHEST, Objective
from .samples import Samples, usual

LOOK_AHEAD, SETTLED = 60, 1e-2  # places looked at to choose what to show; times the first slope: flat
ROOM = 1.6  # times the way from the lowest point found to the farthest, on both sides
SLANTED = 100  # times as far along one parameter as along the other: two scales then
FAR = 1000  # times the picture's width: how far on both sides a path is followed
STRETCHED = 3  # times as high as wide, or the reverse: a map that is longer has no equal scales
WIDE, HIGH, SQUARE = 560, 300, 350  # pixels: of a curve's picture, and the longer side of a map's plot
LONGEST = 28  # characters of a name beside an axis


def limits(domain, objective: Objective, rate) -> tuple[list[float], list[float]]:
    """The low and the high ends of the picture, one for each parameter."""
    if domain is None:
        return chosen(objective, rate)
    pairs = [domain] if len(objective.names) == 1 and np.ndim(domain) == 1 else domain
    try:
        pairs = [(float(low), float(high)) for low, high in pairs]
    except (TypeError, ValueError, OverflowError):
        pairs = []
    if len(pairs) != len(objective.names) or not all(-FARTHEST < a < b < FARTHEST for a, b in pairs):
        wanted = "(low, high)" if len(objective.names) == 1 else "((low, high), (low, high))"
        raise ValueError(
            f"domain must be {wanted} with low < high, within ±{FARTHEST:g}, not {quoted(domain)}"
        )
    for name, x, (low, high) in zip(objective.names, objective.start, pairs):
        if not low <= x <= high:
            raise ValueError(f"domain {low:g} to {high:g} does not hold the start, {name} = {x:g}")
    low, high = zip(*pairs)
    return list(low), list(high)


def chosen(objective: Objective, rate) -> tuple[list[float], list[float]]:
    """Ends around the start and where descent leads."""
    start = np.array(objective.start)
    path = downhill(objective, rate)
    end, half = start, 2 * np.maximum(1, abs(start))
    if path is not None:
        end, half = path[-1], ROOM * abs(path - path[-1]).max(axis=0)
    alone = np.maximum(1, abs(end))
    half = np.where(half < 1e-12 * alone, alone, half)
    if half.max() < SLANTED * half.min():  # one scale for both: the gradient is square to the contours
        half = np.full_like(half, half.max())
    axes = [axis([a, b], "", whole=True) for a, b in zip(end - half, end + half)]
    return [tidy(each.low) for each in axes], [tidy(each.high) for each in axes]


def downhill(objective: Objective, rate) -> np.ndarray | None:
    """A way down from the start to where it is flat; None if none is found soon.

    The learning rate is doubled after a step that leads down, and is a quarter after one that does not.
    """
    path, (value, slopes) = [objective.start], objective(objective.start)
    flat = SETTLED * math.hypot(*slopes)
    for _ in range(LOOK_AHEAD):
        if math.hypot(*slopes) <= flat:
            return np.array(path)
        point = [x - rate * slope for x, slope in zip(path[-1], slopes)]
        if not np.isfinite(point).all():
            return None
        there = objective(point)
        if there[0] < value:
            path.append(point)
            value, slopes = there
        rate *= 2 if path[-1] is point else 0.25
    return None


def tidy(x: float) -> float:
    """A number without the traces of rounding."""
    return float(f"{x:.12g}")


def chart_of(samples: Samples, low, high, names, output) -> Chart:
    """The axes: parameter and value, or both parameters with equal scales for both."""
    if len(low) == 2:
        size = plot_size(high[0] - low[0], high[1] - low[1])
        x, y = (axis(ends, shortened(name, size[0])) for *ends, name in zip(low, high, names))
        return Chart(x, y).with_plot(*size)
    bottom, top = usual(samples.value)
    margin = 0.06 * (top - bottom)
    y = axis([bottom - margin, top + margin], shortened(output))
    return Chart(axis([low[0], high[0]], shortened(names[0])), y, WIDE, HIGH)


def plot_size(wide, high) -> tuple[int, int]:
    """Pixels of a map's plot: as many for one unit of either parameter, unless it were too narrow.

    >>> plot_size(4.0, 2.0), plot_size(1.0, 2.0), plot_size(100.0, 1.0)
    ((350, 175), (175, 350), (350, 350))
    """
    if not equal_scales(wide, high):
        return SQUARE, SQUARE
    return round(SQUARE * min(1, wide / high)), round(SQUARE * min(1, high / wide))


def equal_scales(wide, high) -> bool:
    """Whether both parameters of a map have the same scale."""
    return 1 / STRETCHED <= high / wide <= STRETCHED


def shortened(name: str, pixels=math.inf) -> str:
    """A name that fits beside an axis.

    >>> shortened("bias"), shortened("bias_of_the_last_layer", 100)
    ('bias', 'bias_of_the_…')
    """
    most = int(min(LONGEST, pixels / CHARACTER))
    return name if len(name) <= most else f"{name[: most - 1]}…"


def scene_of(samples: Samples, low, high, chart: Chart, names, output) -> Scene:
    """What the sentences need to know."""
    widths = [b - a for a, b in zip(low, high)]
    known = samples.value[np.isfinite(samples.value)]
    bottom, top = usual(samples.value) if len(low) == 2 else (chart.y.low, chart.y.high)
    reach = [(max(a - FAR * w, -FARTHEST), min(b + FAR * w, FARTHEST)) for a, b, w in zip(low, high, widths)]
    return Scene(
        names, output, widths, float(known.min()) if known.size else 0.0, top - bottom, reach,
        [[each.low, each.high] for each in (chart.x, chart.y)],
    )  # fmt: skip
