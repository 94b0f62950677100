"""Finding: gradients that fade or grow from layer to layer."""

from math import log10, prod, sqrt

from ..reasons.finding import Finding
from ..reasons.reading import bad
from ..words.figures import norm_of
from ..words.numbers_as_text import roughly
from .gradients import LINEAR

FACTOR, LAYERS = 1e6, 5  # between the two ends of so many layers that is too much
MOST = 8  # norms that are told


def depth(evidence, reading):
    """Sizes of the gradient along the layers, from the loss down to the first one."""
    if reading is None or any(bad(reading.gradients.get(leaf.id)) for leaf in reading.leaves):
        return
    layers = [(node, size) for node in reading.ops if node.op in LINEAR
              if (size := typical(reading.gradients.get(node.id)))]  # fmt: skip
    if len(layers) < LAYERS:
        return
    (first, low), (last, high) = layers[0], layers[-1]
    between = [size for _, size in layers]
    if max(high / low, low / high) < FACTOR or sum(steps_down(between)) < 0.7 * (len(between) - 1):
        return
    fades = low < high
    shown = between[:: max(1, -(-len(between) // MOST))]
    each = abs(log10(high / low)) / (len(layers) - 1)
    names = [reading.modules.get(node.id) or reading.title(node) for node in (last, first)]
    yield Finding(
        "depth", f"The gradient {'vanishes' if fades else 'explodes'} on its way back from {names[0]} to {names[1]}.", first.source,
        f"Its typical element, from the first layer to the last: {', '.join(map(roughly, shown))}. That is a factor of "
        f"{roughly(10**each)} for each of {len(layers)} layers.", names[1], first.id,
        "Use ReLU or GELU, nn.init.kaiming_* or xavier_*, normalization or residual connections; in a recurrent net an LSTM."
        if fades else "Use nn.init.kaiming_* or xavier_*, normalization, a smaller gain; clip_grad_norm_ keeps a step short.",
        tuple((reading.modules.get(node.id) or reading.title(node), size) for node, size in layers),
    )  # fmt: skip


def typical(value) -> float:
    """The root of the mean square of a gradient's elements; 0 where it is not known."""
    norm = None if bad(value) else norm_of(value)
    return norm / sqrt(prod(value.shape)) if norm else 0.0


def steps_down(sizes) -> list[bool]:
    """For each layer whether the gradient goes the way there that it goes as a whole."""
    up = sizes[-1] > sizes[0]
    return [b >= a if up else b <= a for a, b in zip(sizes, sizes[1:])]
