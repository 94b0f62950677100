"""Findings about gradients that are not there, or are 0."""

import ast
from collections import defaultdict
from math import prod

import numpy as np

from ..reasons.cuts import cut_in_words, explaining
from ..reasons.finding import Finding
from ..reasons.numbers import CURES, OTHERWISE, at
from ..reasons.reading import SAME, numbers, zero
from ..recorders.graph import source_of
from ..words.numbers_as_text import counted, number, roughly
from ..words.numbers_as_text import shape as shape_text

LINEAR = set("mm bmm addmm baddbmm mv addmv dot matmul linear convolution".split())
PRODUCTS = LINEAR | {"mul", "div"}
STAIRS = set("round floor ceil trunc fix sign sgn heaviside floor_divide zeros_like fill".split())
DRAWN = {"normal", "bernoulli", "poisson", "uniform", "exponential"}
FIXED = {"softmax": "Its elements add up to 1", "native_layer_norm": "Its mean is fixed", "native_batch_norm": "Its mean is fixed",
         "native_group_norm": "Its mean is fixed"}  # fmt: skip
ROUND_OFF = 1e-5
DYING = {"relu", "gelu", "silu", "mish"}
MOST_NAMES = 4


def named(names) -> str:
    """Several names in a sentence."""
    names = list(names)
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def no_gradient(evidence, reading):
    """Parameters that the loss should reach and does not."""
    if (
        reading is None
        or evidence.failure is not None
        or any("Checkpoint" in n.backward for n in reading.ops)
    ):
        return
    groups = defaultdict(list)
    replaced = {name for name, alike in evidence.strays if alike} | set(evidence.replaced)
    for each in evidence.parameters:
        if each.trains and not each.node and not each.had and each.wanted and each.name not in replaced:
            cut = explaining([cut for cut in each.cuts if cut.goes_on])
            groups[cut or ("unused" if each.used is False else "apart")].append(each.name)
    for reason, names in groups.items():
        what = f"{named(names)}: no gradient. "
        if reason == "unused":
            yield Finding("no gradient", f"{what}The loss does not depend on it, and its module was never called.",
                          why=f"{counted(len(names), 'parameter')} of modules that were not at work.",
                          cure="Call the module in forward(), or leave it out of the model.")  # fmt: skip
        elif reason == "apart":
            yield Finding("no gradient", f"{what}The loss does not depend on it.",
                          why="No way leads through the graph from the loss to it.",
                          cure="Use what the module returns; nn.Parameter(tensor) inside forward() begins anew.")  # fmt: skip
        else:
            yield Finding("no gradient", f"{what}Used, but {cut_in_words(reason)}.", source_of(reason.source),
                          "No way leads through the graph from the loss to it.")  # fmt: skip


def no_leaf(evidence, reading):
    """What one takes for a parameter, and is made from one that nobody holds."""
    for id in evidence.orphans:
        users = [reading.node(edge.consumer) for edge in reading.consumers[id]]
        if len(users) != 1 or reading.modules.get(users[0].id):
            continue
        user = users[0]
        name = user.name if user.named else assigned(user.source)
        if name:
            yield Finding(
                "no gradient", f"{name} is not a leaf: its .grad stays None.", user.source,
                f"The gradient goes to the tensor of shape {shape_text(reading.node(id).shape)} that {name} was made "
                "from, and nothing holds that one any more.", "", user.id,
                f"Make the leaf last: {name} = {name}.detach().requires_grad_(), or nn.Parameter(...) around it all.",
            )  # fmt: skip


def assigned(source) -> str:
    """The variable that an expression's value is given to in its line, ``""`` if it is another value."""
    try:
        (statement,) = ast.parse(source.text.strip()).body
    except (AttributeError, SyntaxError, ValueError):
        return ""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return ""
    whole = source.expression is None or ast.unparse(statement.value) == ast.unparse(
        ast.parse(source.expression)
    )
    return ast.unparse(statement.targets[0]) if whole else ""


# ---------------------------------------------------------------------- exactly 0


def zero_gradients(evidence, reading):
    """Parameters whose gradient is 0 throughout, and the operation that made it so."""
    if reading is None:
        return
    groups = defaultdict(list)
    for leaf in reading.leaves:
        gradient = reading.gradients.get(leaf.id)
        if gradient is not None and prod(leaf.shape or ()) and zero(gradient):
            found = {silent(reading, *pair) for pair in killers(reading, leaf.id)}
            found = tuple(sorted(found, key=lambda pair: int(pair[0].id[1:])))
            if found:
                groups[found].append(leaf.name)
    merged = defaultdict(list)  # of an operation that sends 0 to several operands the names together
    for found, names in groups.items():
        node, edge = found[-1]
        if told := killed(reading, node, edge):
            merged[node.id, told] += names
    for (id, (why, cure)), names in merged.items():
        node = reading.node(id)
        yield Finding("zero gradient", f"{named(names)}: the gradient is exactly 0.", node.source, why,
                          reading.modules.get(node.id, ""), node.id, cure)  # fmt: skip


def constant(evidence, reading):
    """A softmax, or a normalization, of which the loss takes what is the same whatever comes in."""
    for node in reading.ops if reading is not None else ():
        step, fixed = reading.steps.get(node.id), FIXED.get(node.op)
        if fixed is None or step is None or step.gradient is None or zero(step.gradient):
            continue
        received = numbers(step.gradient)
        sent = next((numbers(each.value) for each in step.contributions if each.value is not None), None)
        if sent is None or not sent.size or not alike(received, numbers(node.value), node.op):
            continue
        if abs(sent).max() <= ROUND_OFF * abs(received).max():
            title = reading.title(node)
            yield Finding("zero gradient", f"What the loss takes of {title} is the same for any input: no gradient is left but round-off.",
                          node.source, f"{fixed}, and every element gets the same gradient, {number(float(received.flat[0]))}; what is "
                          f"sent on is {roughly(float(abs(sent).max()))} at most.", reading.modules.get(node.id, ""), node.id,
                          "Let the loss compare single elements with a target: their sum or mean says nothing.")  # fmt: skip


def alike(received, outcome, op) -> bool:
    """Whether a gradient is the same for all elements that an operation keeps the sum of."""
    if received is None or not received.size:
        return False
    if op == "softmax" and outcome is not None and outcome.shape == received.shape and received.ndim:
        axes = [axis for axis, size in enumerate(outcome.shape)  # of a single element it is told as such
                if size > 1 and np.allclose(outcome.sum(axis), 1, atol=1e-4)]  # fmt: skip
        return any(np.ptp(received, axis).max() <= ROUND_OFF * abs(received).max() for axis in axes)
    return bool(np.ptp(received) <= ROUND_OFF * abs(received).max())


def killers(reading, id):
    """The operations that received a gradient and sent 0 on, on the ways to a node."""
    seen, found, ahead = {id}, set(), [id]
    while ahead:
        for edge in reading.consumers[ahead.pop()]:
            step = reading.steps.get(edge.consumer)
            if step is None:
                continue
            received = step.gradients if step.gradient is None else [step.gradient]
            if not all(zero(each) for each in received if each is not None):
                found.add((reading.node(edge.consumer), edge))
            elif edge.consumer not in seen:
                seen.add(edge.consumer)
                ahead.append(edge.consumer)
    return found


def silent(reading, node, edge):
    """Where an operation sends 0 because a dead ReLU is its other operand, that one, else itself."""
    for other in reading.operands[node.id]:
        factor = reading.behind(other.producer)
        if node.op in PRODUCTS and other.slot != edge.slot and factor.op in DYING and zero(factor.value):
            return factor, reading.operands[factor.id][0]
    return node, edge


def killed(reading, node, edge):
    """Why an operation sends 0 to an operand, and what to do; None where that is as it should be."""
    title, places, y = reading.title(node), reading.places(node), numbers(node.value)
    if is_penalty(reading, node) and not (node.op in PRODUCTS and nothing_left(reading)):
        return None
    if node.op in ("relu", "threshold", "clamp_min") and (
        zero(node.value) or ("flat" in places and node.op != "relu")
    ):
        size = prod(node.shape[1:] if len(node.shape or ()) > 1 else node.shape or ())
        dead = "The only unit is" if size == 1 else f"All {size} units are"
        return (f"{dead} dead: {title} gives 0 for every input{largest(reading, edge)}, and its derivative "
                "there is 0.",
                "Lower the learning rate, initialize with nn.init.kaiming_*, or use LeakyReLU.")  # fmt: skip
    alone = node.op == "log_softmax" and not y.any() and (node.shape or ())[-1:] == (1,)
    if alone or (node.op == "softmax" and (y == 1).all()):
        if not nothing_left(reading):
            return None  # attention to a single key
        return (f"{title} is {0 if alone else 1} for any input: it is over a single element.",
                "Give it as many outputs as there are classes, or take a sigmoid.")  # fmt: skip
    if node.op in ("sigmoid", "tanh", "softmax", "hardtanh", "hardsigmoid", "erf") and "flat" in places:
        return (f"{title} is saturated: it gives {levels(y)}, where its derivative is 0 in {node.dtype}.",
                "Scale the inputs down (normalize data, smaller weights), or hand the scores to a loss on logits.")  # fmt: skip
    if node.op in ("clamp", "clamp_max", "hardtanh", "relu6"):
        return (f"{title} cuts every element off that a gradient arrives at: beyond its limits the outcome stays the same.",
                "Clamp later, or not at all: penalize values beyond the limits instead.")  # fmt: skip
    if node.op in ("where", "masked_fill", "maximum", "minimum"):
        return (f"{title} takes the other side for every element that a gradient arrives at.",
                "Look at the condition: is it the right way round?")  # fmt: skip
    if node.op in PRODUCTS:
        return multiplied(reading, node, edge, title)
    if node.op in DRAWN:
        return (f"{title} draws at random, and no gradient flows to what the draw depends on.",
                "Draw a noise that depends on nothing, and move it: mean + std * torch.randn_like(std), as rsample() does.")  # fmt: skip
    if "pole" in places and places["pole"][0].all():
        return (f"The derivative of {node.op}{at(node, *places['pole'])} is infinite, and 0 is sent instead.",
                CURES.get(node.op, OTHERWISE))  # fmt: skip
    if "flat" in places and all(places["flat"][0].flat) and node.op not in STAIRS:
        return (f"{title} is flat where its inputs are: its derivative is 0 in {node.dtype}.",
                "Scale the inputs down (normalize data, smaller weights and biases).")  # fmt: skip
    if "flat" in places and all(places["flat"][0].flat):
        return (f"{title} moves in steps: its derivative is 0 everywhere.",
                "Use a smooth function, or a straight-through estimator: x + (round(x) - x).detach().")  # fmt: skip
    return None


def nothing_left(reading) -> bool:
    """Whether the gradient of all leaves is 0."""
    return all(zero(reading.gradients.get(leaf.id)) for leaf in reading.leaves)


def is_penalty(reading, node) -> bool:
    """Whether an operation is a part of the loss that is 0 where all is well, as of a hinge: only means come after it."""
    while node.id != reading.loss.id:
        users = [reading.node(edge.consumer) for edge in reading.consumers[node.id]]
        if len(users) != 1 or reading.modules.get(node.id) or not zero(node.value):
            return False
        (node,) = users
        if node.op not in SAME | {"sum", "mean", "add", "mul", "div", "square", "pow"}:
            return False
        if node.op == "add":
            return True
    return True


def multiplied(reading, node, edge, title):
    """The same of a product: another operand is 0."""
    for other in reading.operands[node.id]:
        factor = reading.behind(other.producer)
        start = factor.kind == "leaf" or (
            factor.kind == "constant"
            and (node.op != "mul" or not factor.named or not factor.shape or node.id in reading.modules)
        )  # weights, the share of a loss, or a state
        if start and factor.kind == "constant" and node.op == "mul":  # of all that there is, nothing is left
            start = not nothing_left(reading)
        if other.slot != edge.slot and zero(factor.value) and not start:
            if factor.kind == "constant" and not factor.named:
                return (
                    f"{title} multiplies by 0: nothing is left of it.",
                    "Leave the factor out, or take another one.",
                )
            return (f"{title} multiplies by {reading.title(factor)}, which is 0 throughout.",
                    f"Look at what makes {reading.title(factor)} 0.")  # fmt: skip
    return None


def largest(reading, edge) -> str:
    x = numbers(reading.node(edge.producer).value)
    return "" if x is None or not x.size else f" (the largest is {number(float(x.max()))})"


def levels(y) -> str:
    """The numbers that an outcome takes, as far as they are few."""
    found = sorted({float(each) for each in y.flat})
    return (
        " and ".join(map(number, found)) if len(found) <= 2 else f"{number(found[0])} … {number(found[-1])}"
    )


def frozen(evidence):
    """A note: what is frozen on purpose."""
    names = [each.name for each in evidence.parameters if not each.trains]
    if names:
        yield f"Frozen by requires_grad=False: {named(names)}."
