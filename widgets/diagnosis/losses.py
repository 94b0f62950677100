"""Findings about what a loss is given."""

from dataclasses import replace

import numpy as np

from ..reasons.finding import Finding
from ..reasons.reading import SAME, numbers, place_of
from ..words.numbers_as_text import number
from ..words.numbers_as_text import shape as shape_text

PAIRED = {"sub": "difference", "rsub": "difference", "mse_loss": "loss", "l1_loss": "loss", "smooth_l1_loss": "loss",
          "huber_loss": "loss", "binary_cross_entropy_with_logits": "loss", "mul": "product"}  # fmt: skip
RESHAPED = SAME - {"expand", "output", "clone", "to", "contiguous", "squeeze", "flatten"}


def huber(d):
    """Huber's loss, at its usual limit of 1."""
    return np.where(np.abs(d) < 1, d**2 / 2, np.abs(d) - 0.5)


AS_LOSS = {("sub", "pow", "mean"): np.square, ("sub", "square", "mean"): np.square, ("mse_loss",): np.square,
           ("sub", "abs", "mean"): np.abs, ("l1_loss",): np.abs,
           ("smooth_l1_loss",): huber, ("huber_loss",): huber}  # fmt: skip
AFTERWARDS = {"neg": np.negative, "sqrt": np.sqrt}  # what may come after the mean
TO_LOSS = set("sum mean pow square abs sqrt mul div mse_loss l1_loss smooth_l1_loss huber_loss".split())
BY_HAND = set(
    "relu threshold clamp clamp_min clamp_max log log1p exp neg rsub add sub where softplus logsigmoid log_sigmoid_forward maximum minimum tanh sigmoid expm1 gt lt ge le".split()
)
LOGITS = {"log_softmax": ("softmax", "cross_entropy", "a softmax"),
          "binary_cross_entropy_with_logits": ("sigmoid", "binary_cross_entropy_with_logits", "a sigmoid")}  # fmt: skip


def broadcast(evidence, reading):
    """Prediction and target of N×1 and N, of which every one meets every other."""
    if reading is None:
        return
    noted = {place_of(source): (shapes, parts) for source, shapes, parts in evidence.differences}
    told = set()  # lines: a loss made by hand broadcasts more than once
    for node in reading.ops:
        if node.op not in PAIRED or not ends_in_loss(reading, node):
            continue
        sides = [whole(reading, edge.producer, node) for edge in reading.operands[node.id]]
        shapes = [side.shape for side in sides]
        parts = [None if (found := numbers(side.value)) is None else found.ravel() for side in sides]
        if place_of(node.source) in noted:  # PyTorch's graph does not keep the shape of a constant
            shapes, parts = noted[place_of(node.source)]
        if len(shapes) != 2 or None in shapes or not crossed(*shapes):
            continue
        if any(side.op in RESHAPED or side.op == "index" or side.kind == "leaf" for side in sides):
            continue  # made so on purpose, to compare each with each, as with centres that are learned
        if (line := place_of(node.source) and node.source.line) in told:
            continue
        told.add(line)
        n, (a, b) = max(shapes[0]), map(shape_text, shapes)
        of = "products" if node.op == "mul" else "differences"
        yield Finding("broadcast", f"{reading.title(node)} broadcasts {a} with {b} to {n}×{n}: every prediction meets every target.",
                      node.source, f"{n * n} {of} are taken where {n} are meant.{meant(reading, node, parts, n)}",
                      reading.modules.get(node.id, ""), node.id)  # fmt: skip


def whole(reading, id, loss):
    """A node without the expansion by which a loss broadcast it; a constant that it expanded, by one row of it."""
    node, sides = reading.node(id), [reading.node(edge.producer) for edge in reading.operands[loss.id]]
    by_loss = [
        side.id for side in sides if side.op == "expand" and place_of(side.source) == place_of(loss.source)
    ]
    if id in by_loss:
        return reading.node(reading.operands[id][0].producer)
    if (
        (by_loss or loss.op != "sub")
        and node.kind == "constant"
        and len(node.shape or ()) == 2
        and node.value.data is not None
    ):
        rows = node.value.data
        if len(rows) > 1 and all(row == rows[0] for row in rows):
            return replace(
                node, shape=node.shape[1:], value=replace(node.value, shape=node.shape[1:], data=rows[0])
            )
    return node


def crossed(a, b) -> bool:
    """Whether two shapes are N×1 and N."""
    long, short = (a, b) if len(a) > len(b) else (b, a)
    return len(long) == len(short) + 1 and long[-1] == 1 and long[:-1] == short and short[-1:] > (1,)


def ends_in_loss(reading, node) -> bool:
    """Whether from a node on everything goes into one number, element by element as in a loss."""
    ahead, seen = [node.id], set()
    while ahead:
        if (id := ahead.pop()) in seen or id == reading.loss.id:
            continue
        seen.add(id)
        users = [edge.consumer for edge in reading.consumers[id]]
        if not users or any(reading.node(user).op not in TO_LOSS | SAME | BY_HAND for user in users):
            return False
        ahead += users
    return True


def meant(reading, node, parts, n) -> str:
    """The loss that it should have been, where all numbers are known."""
    loss = numbers(reading.loss.value)
    if loss is None:
        return ""
    then, now = on_diagonal(reading, n), float(loss.flat[0])
    if len(parts) == 2 and all(part is not None and len(part) == n for part in parts):
        ops, at = [node.op], node
        while at.id != reading.loss.id and len(users := reading.consumers[at.id]) == 1:
            at = reading.node(users[0].consumer)
            ops.append(at.op)
        how = AS_LOSS.get(tuple(ops)) if ops[-1] == "mean" or len(ops) == 1 else None
        if how is not None and np.isclose(how(np.subtract.outer(*parts)).mean(), now, rtol=1e-3):
            then = how(np.subtract(*parts)).mean()
    if then is None:
        return ""
    return f" The loss is {number(now)}; with equal shapes it is {number(float(then))}."


def on_diagonal(reading, n):
    """What the loss is of those elements alone in which each meets its own; None where it is not a mean or sum of them."""
    node, after = reading.loss, []
    while node.op in AFTERWARDS and len(reading.operands[node.id]) == 1:
        after.insert(0, AFTERWARDS[node.op])
        node = reading.node(reading.operands[node.id][0].producer)
    reduced = {"mean": np.mean, "sum": np.sum}.get(node.op)
    before = [reading.node(edge.producer) for edge in reading.operands[node.id]]
    if reduced is None or len(before) != 1 or before[0].value is None or before[0].value.data is None:
        return None
    found = np.asarray(before[0].value.data)
    if found.shape != (n, n):
        return None
    then = reduced(np.diagonal(found))
    for function in after:
        then = function(then)
    return then


def probabilities(evidence, reading):
    """A softmax or sigmoid before a loss that takes one itself."""
    if reading is None:
        return
    for node in reading.ops:
        if node.op not in LOGITS or not reading.operands[node.id]:
            continue
        before, loss, what = LOGITS[node.op]
        given = reading.behind(reading.operands[node.id][0].producer)
        if given.op == before and into_loss(reading, node):
            yield Finding("logits", f"{loss} takes logits, and is given what {what} made: {reading.title(given)}.",
                          given.source, spread(given), reading.modules.get(given.id, ""), given.id)  # fmt: skip


def into_loss(reading, node) -> bool:
    return node.op != "log_softmax" or any(
        reading.node(edge.consumer).op in ("nll_loss", "nll_loss2d", "nll_loss_nd", "cross_entropy", "gather", "neg", "mul", "index")
        for edge in reading.consumers[node.id])  # fmt: skip


def spread(given) -> str:
    """What becomes of probabilities where logits belong."""
    if given.op == "sigmoid":
        return "What lies between 0 and 1 becomes by another sigmoid a probability between 0.5 and 0.7311, whatever the model says."
    classes = given.shape[-1] if given.shape else 2
    most = number(np.e / (np.e + classes - 1))
    return f"What lies between 0 and 1 becomes by another softmax over {classes} classes a probability of {most} at most, however sure the model is."
