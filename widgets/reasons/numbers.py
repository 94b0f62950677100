"""Finding: numbers that are not finite, and the operation where they begin."""

from math import prod

import numpy as np

from autograd_core.core.node import Operation

from ..trace import OP
from ..words.numbers_as_text import number
from .finding import Finding
from .reading import bad, element, first, numbers

CURES = {
    "sqrt": "Keep away from 0: (x + 1e-12).sqrt().",
    "rsqrt": "Keep away from 0: (x + 1e-12).rsqrt().",
    "norm": "Keep away from 0: (x.square().sum() + 1e-12).sqrt().",
    "log": "Keep away from 0: log(x.clamp(min=1e-12)); of a softmax take log_softmax, of a sigmoid logsigmoid.",
    "div": "Keep away from 0: a / (b + 1e-12), or a / b.clamp(min=1e-12).",
    "reciprocal": "Keep away from 0: 1 / x.clamp(min=1e-12).",
    "exp": "Take the largest away first, or use logsumexp, log_softmax, softplus, which do.",
    "pow": "Keep away from 0: (x + 1e-12) ** p.",
    "acos": "Stay inside of -1 … 1: x.clamp(-1 + 1e-6, 1 - 1e-6).",
    "asin": "Stay inside of -1 … 1: x.clamp(-1 + 1e-6, 1 - 1e-6).",
    "softmax": "Leave at least one element of each row unmasked.",
    "atan2": "Keep away from (0, 0): atan2(y, x + 1e-12), or choose the operands before it with where.",
    "hypot": "Keep away from (0, 0): (x * x + y * y + 1e-12).sqrt().",
    "atanh": "Stay inside of -1 … 1: x.clamp(-1 + 1e-6, 1 - 1e-6).",
    "erfinv": "Stay inside of -1 … 1: x.clamp(-1 + 1e-6, 1 - 1e-6).",
    "logit": "Stay inside of 0 … 1: torch.logit(x, eps=1e-6); or let the loss take logits.",
    "xlogy": "Keep the number whose logarithm is taken away from 0: xlogy(x, y.clamp(min=1e-12)).",
    "special_entr": "Keep away from 0: entr(x.clamp(min=1e-12)).",
    "linalg_svd": "Its derivative divides by the differences of singular values, and is infinite where two are equal: "
    "use svdvals, or add a little noise.",
    "linalg_eigh": "Its derivative divides by the differences of eigenvalues, and is infinite where two are equal: "
    "use eigvalsh, or add a little noise.",
    "linalg_inv_ex": "Keep the matrix from being singular: A + 1e-6 * I, or torch.linalg.solve.",
    "nll_loss": "Leave out batches without a target that counts.",
    "mean": "Leave out what is empty.",
}
CURES |= {
    name: CURES["log"].partition(";")[0].replace("log(", f"{name}(") + "." for name in ("log2", "log10")
}
CURES["log1p"] = "Keep away from -1: log1p(x.clamp(min=-1 + 1e-6))."
NEGATIVE = {
    "sqrt": "Keep what comes in from being negative: x.clamp(min=1e-12).sqrt().",
    "rsqrt": "Keep what comes in from being negative: x.clamp(min=1e-12).rsqrt().",
    "log": "Keep what comes in from being negative: x.clamp(min=1e-12).log().",
    "pow": "Keep what comes in from being negative: x.clamp(min=1e-12) ** p.",
}
GROWING = {"mul", "mm", "bmm", "addmm", "linear", "convolution", "add", "sub", "sum", "mean", "cumsum", "prod", "square",
           "exp", "matmul", "mv", "dot", "mse_loss", "cumprod", "linalg_vector_norm", "norm", "std", "var"}  # of finite numbers infinite only where the outcome is too large  # fmt: skip
POWERS = {"pow", "square"}
FINITE_AT_POLE = {"sqrt", "asin", "acos", "acosh", "atan2", "xlogy", "special_entr", "pow"}
BRANCH = "Choose the operand before the function, not the outcome after it: f(where(good, x, 1.0))."
OTHERWISE = "Look at the size of what comes in there: smaller inputs, weights or learning rate."


def not_finite(evidence, reading):
    """The first operation, forward or backward, that makes of finite numbers what is none."""
    if reading is None or reading.trace.failure:
        return
    if kind := bad(reading.loss.value):
        node = beginning(reading, reading.loss, kind)
        yield from forward(reading, node, kind)
        return
    broken = [leaf.name for leaf in reading.leaves if bad(reading.gradients.get(leaf.id))]
    if broken:
        yield from backward(reading, broken)


def beginning(reading, node, kind):
    """Where numbers that are not finite come from, on the way to a node: the earliest one of finite operands."""
    seen = set()
    while node.id not in seen:
        seen.add(node.id)
        operands = known_behind(reading, node)
        worse = [each for each in operands if bad(each.value) and not meant(each)]
        if not worse:
            return node
        node = min(worse, key=lambda each: ("nan" not in bad(each.value), int(each.id[1:])))
    return node


def known_behind(reading, node) -> list:
    """The nearest nodes behind one whose numbers are known: PyTorch keeps those alone that a derivative needs."""
    found, ahead = [], [edge.producer for edge in reading.operands[node.id]]
    for id in ahead:
        part = reading.node(id)
        if part.kind == OP and part.value is None:
            ahead += [edge.producer for edge in reading.operands[id] if edge.producer not in ahead]
        else:
            found.append(part)
    return found


def meant(node) -> bool:
    """Whether infinities are put in on purpose: by a mask, or as a constant."""
    if bad(node.value) != "inf":
        return False
    return node.kind == "constant" or fills(node)


def fills(node) -> bool:
    """Whether an operation is a mask, which puts a number in."""
    row = Operation.named.get(node.backward)
    return bool(row and row.fills)


def forward(reading, node, kind):
    """The finding of a forward pass whose numbers begin to be bad at a node."""
    kind, title = bad(node.value) or kind, reading.title(node)
    if node.kind != OP:
        yield Finding("not finite", f"{node.name if node.named else 'A constant'} holds {kind} before anything is computed.", node.source,
                      f"The loss is {number(loss_of(reading))}.", "", node.id,
                      "Look where it comes from: data (nan in a table), or a step that was too long.")  # fmt: skip
        return
    parts = [reading.node(edge.producer) for edge in reading.operands[node.id]]
    given = next((part for part in parts if part.kind != OP and bad(part.value)), None)
    if kind == "inf" and given is not None:
        yield from forward(reading, given, kind)
    elif node.op == "softmax" and fills(parts[0]) and parts[0].value is None:
        yield Finding("not finite", f"{title} is the first operation that is known to give {kind}.", node.source,
                      "It gives nan throughout for a row of which every element is masked: 0/0.",
                      reading.modules.get(node.id, ""), node.id, CURES["softmax"])  # fmt: skip
    elif hidden_behind(parts) and (known := limit(reading, node, kind, whole=True)) is not None:
        yield Finding("not finite", f"{title} is the first operation that is known to give {kind}.", node.source, known[0],
                      reading.modules.get(node.id, ""), node.id, known[1])  # fmt: skip
    elif (hidden := next((part for part in parts if beyond(reading, part)), None)) is not None:
        word, (there, known) = beyond(reading, hidden)
        told = "has no value" if word == "outside" else "is infinite"
        yield Finding("not finite", f"{reading.title(hidden)} is the first operation that gives {kind}.", hidden.source,
                      f"{hidden.op} {told}{at(hidden, there, known)}.", reading.modules.get(hidden.id, ""), hidden.id,
                      cure_of(hidden.op, word))  # fmt: skip
    elif hidden_behind(parts):
        yield Finding("not finite", f"{title} is the first operation that is known to give {kind}.", node.source,
                      "What came in there was not kept: it may have begun just before.",
                      reading.modules.get(node.id, ""), node.id, OTHERWISE)  # fmt: skip
    else:
        why, cure = reason(reading, node, kind)
        yield Finding("not finite", f"{title} is the first operation whose outcome is {kind}.", node.source, why,
                      reading.modules.get(node.id, ""), node.id, cure)  # fmt: skip


def loss_of(reading):
    found = numbers(reading.loss.value)
    return float(found.flat[0])


def hidden_behind(parts) -> bool:
    """Whether an operand was made by an operation whose outcome was not kept."""
    return any(part.kind == OP and part.value is None for part in parts)


def beyond(reading, node):
    """Where an operation whose outcome was not kept has none, or an infinite one; None where that is not known."""
    if node.kind != OP or node.value is not None or node.op in FINITE_AT_POLE:
        return None
    places = reading.places(node)
    return next(((word, places[word]) for word in ("outside", "pole") if word in places), None)


def limit(reading, node, kind, whole=False):
    """The place of its row at which an operation's outcome is bad, and the usual repair; None for none.

    With ``whole`` it is told only where that explains every bad element.
    """
    outcome = numbers(node.value)
    broken = np.isnan(outcome) if kind == "nan" else np.isinf(outcome)
    for word, told in (("outside", "has no value"), ("pole", "is infinite"), ("overflow", "is too large")):
        there, known = reading.places(node).get(word, (np.array(False), {}))
        if there.shape == broken.shape and node.value.data is not None:
            there = there & broken
        if not there.any() or (kind == "nan" and word == "overflow"):
            continue
        if whole and (word == "overflow" or there.shape != broken.shape or (broken & ~there).any()):
            continue
        if kind == "nan" and word == "pole":
            if node.op != "div":
                continue
            told = "is 0/0, which is nan," if "a" in known else "is 0/0, or of what is not finite already,"
        at_most = f" for {node.dtype}" if word == "overflow" else ""
        return f"{node.op} {told}{at_most}{at(node, there, known)}.", cure_of(node.op, word)
    return None


def reason(reading, node, kind):
    """Why finite operands give what is not finite, in numbers, and the usual repair."""
    if (known := limit(reading, node, kind)) is not None:
        return known
    if node.op == "softmax" and reading.operands[node.id]:
        return "A row is −∞ throughout: every element of it is masked, and 0/0 is nan.", CURES["softmax"]
    parts = [reading.node(edge.producer) for edge in reading.operands[node.id]]
    infinite = [part for part in parts if bad(part.value) == "inf"]
    if kind == "nan" and (why := of_nothing(node, parts)):
        return why, CURES.get(node.op, OTHERWISE)
    if kind == "nan" and infinite:
        names = " and ".join(reading.title(part) for part in infinite)
        if len(infinite) > 1 and node.op in ("sub", "add"):
            return f"{names} are both infinite, and inf − inf is nan.", OTHERWISE
        if node.op in ("mul", "mm", "bmm", "addmm"):
            return f"{names} is infinite and meets 0: 0·∞ is nan.", BRANCH
        return f"{names} is infinite.", OTHERWISE
    known = [f"{reading.title(part)} up to {number(float(abs(found).max()))}" for part in parts
             if (found := numbers(part.value)) is not None and found.size and found.dtype.kind in "fc"]  # fmt: skip
    if not known:
        return "What came in is not known any more: it may have begun just before.", OTHERWISE
    row = Operation.named.get(node.backward)
    if row and len(parts) < len(row.operands):  # PyTorch keeps a constant only where a derivative needs it
        return (
            f"Known of its operands: {', '.join(known)}. Another one was not kept, and may hold {kind}.",
            OTHERWISE,
        )
    finite = f"Its operands are finite ({', '.join(known)})"
    if kind == "inf" and node.op in GROWING:
        return f"{finite}: the outcome is too large for {node.dtype}.", OTHERWISE
    if node.op in ("std", "var") and prod(parts[0].shape) == prod(node.shape):
        return f"{node.op} of a single number divides by n − 1 = 0.", "Give it more numbers, or correction=0."
    return f"{finite}.", CURES.get(node.op, OTHERWISE)


def of_nothing(node, parts) -> str:
    """Why an average is one over nothing; ``""`` where it is not."""
    if node.op == "mean" and parts[0].shape is not None and not prod(parts[0].shape):
        return "It is the mean of no elements: 0/0 is nan."
    finite = all(not bad(part.value) for part in parts)
    counts = node.op in ("nll_loss", "nll_loss2d", "nll_loss_nd") and prod(node.shape or ()) == 1
    return (
        "No target counts (each is ignore_index, or its class has weight 0): the mean over none is 0/0."
        if counts and finite
        else ""
    )


def cure_of(op, word) -> str:
    """The usual repair of an operation that is asked for what it has not, or of which too much comes out."""
    if word == "outside":
        return NEGATIVE.get(op) or CURES.get(op, OTHERWISE)
    return OTHERWISE if word == "overflow" and op in POWERS else CURES.get(op, OTHERWISE)


def at(node, there, known) -> str:
    """The operands at the first of some elements: `` at x = 0``."""
    operands = [f"{name} = {first(array, there)}{element(node.value, there)}" for name, array in known.items()
                if name != "y" and array.shape in (there.shape, ())]  # fmt: skip
    return f" at {' and '.join(operands)}" if operands else ""


# ---------------------------------------------------------------------- backward


def backward(reading, broken):
    """The finding of a pass that has a finite loss, and gradients that are not."""
    for step in reading.steps.values():
        if any(bad(each) for each in (step.gradient, *step.gradients)):
            continue
        for sent in step.contributions:
            if kind := bad(sent.value):
                node, edge = reading.node(step.node), reading.trace.edges[sent.edge]
                why, cure = slope(reading, node, edge, step.gradient, sent.value)
                yield Finding(
                    "not finite", f"The loss is finite, but the gradient of {', '.join(broken[:4])} is not: {reading.title(node)} "
                    f"is the first operation that sends {kind} back.", node.source, why,
                    reading.modules.get(node.id, ""), node.id, cure,
                )  # fmt: skip
                return
    yield Finding("not finite", f"The gradient of {', '.join(broken[:4])} is not finite, and the loss is.",
                  why="Where it begins is not known.", cure=OTHERWISE)  # fmt: skip


def slope(reading, node, edge, received, sent):
    """Why an operation sends what is not finite, and the usual repair."""
    kind = bad(sent)
    places = reading.places(node)
    by_branch = chosen_later(reading, node.id)
    if "pole" in places or "outside" in places or "overflow" in places:
        word = next(word for word in ("pole", "outside", "overflow") if word in places)
        there, known = places[word]
        there = narrowed(there, sent, kind)
        steep = f"The derivative of {node.op}{at(node, there, known)} is {'nan' if word == 'outside' else 'infinite'}"
        if kind == "nan" and word == "pole" and not arrives_as_zero(received, there):
            return f"The derivative of {node.op}{at(node, there, known)} is 0/0.", CURES.get(
                node.op, OTHERWISE
            )
        if kind == "nan":
            times = "nan" if word == "outside" else "∞"
            whence = (
                f": it is from the branch of {by_branch} not taken, and 0·{times} is nan"
                if by_branch
                else f", and 0·{times} is nan"
            )
            return (
                f"{steep}. The gradient that arrives there is 0{whence}.",
                BRANCH if by_branch else CURES.get(node.op, BRANCH),
            )
        return f"{steep}.", cure_of(node.op, word)
    if kind == "nan" and "kink" in places:
        return f"{node.op} has no derivative{at(node, *places['kink'])}: it is 0/0 there.", CURES.get(
            node.op, OTHERWISE
        )
    if node.op == "pow" and edge.slot == 1 and kind == "nan":
        return (
            "The derivative of pow in its exponent takes the logarithm of the base, which is negative.",
            NEGATIVE["pow"],
        )
    return f"What arrives is finite, what {node.op} sends is {kind}.", CURES.get(node.op, OTHERWISE)


def narrowed(there, sent, kind):
    """Of some elements those of which a gradient that is sent is bad, if its elements are known one by one."""
    found = numbers(sent)
    if sent.data is None or np.shape(found) != there.shape:
        return there
    less = there & (np.isnan(found) if kind == "nan" else np.isinf(found))
    return less if less.any() else there


def arrives_as_zero(received, there) -> bool:
    """Whether a gradient is known to be 0 at some elements, or is not known one by one."""
    found = numbers(received)
    if received is None or received.data is None or np.shape(found) != there.shape:
        return found is None or bool((found == 0).any())
    return not found[there].any()


def chosen_later(reading, id, depth=20) -> str:
    """The `where` through which an outcome goes, ``""`` for none."""
    for _ in range(depth):
        users = [reading.node(edge.consumer) for edge in reading.consumers[id]]
        for user in users:
            if user.op == "where":
                return reading.title(user)
        if len(users) != 1:
            return ""
        id = users[0].id
    return ""
