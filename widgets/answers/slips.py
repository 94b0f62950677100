"""Which mistake gives this answer? A catalogue, worked out from what really happened.

A `Trace` tells what each operation received and sent. A function of the catalogue says what an
operation would have sent had one thing gone wrong there; then the rest of the backward pass is
done again, so that a slip far from the gradient asked for is found too. No answer is typed in.
"""

import ast
from collections.abc import Iterator
from contextlib import suppress

import numpy as np

from ..mathematics.algebra import is_negative, without
from ..mathematics.code import with_parts
from ..mathematics.evaluate import Unknown
from ..mathematics.written import Piece, written
from ..trace import CONSTANT
from ..words.narration import bracketed, has_data
from ..words.numbers_as_text import full, number, shape, times
from .backward_pass import Arrival, BackwardPass, array, parts, same, summed, together
from .verdict import Mistake, fits, secretive

CATALOGUE = {  # the likelier ones first
    "sign": "wrong sign",
    "overwrote": "overwrote instead of added",
    "incoming": "forgot the incoming gradient",
    "local": "forgot the local derivative",
    "output": "used the output where the input belongs, or the input for the output",
    "place": "took a local derivative at the input of the whole, not of the operation",
    "power": "power rule slip",
    "swapped": "swapped operands",
    "unsummed": "forgot to sum over what was broadcast",
    "transpose": "forgot a transpose",
    "stale": "stale gradient from an earlier pass",
    "added": "added along a path instead of multiplied",
    "multiplied": "multiplied over paths instead of added",
}
ORDER = list(CATALOGUE)
NEAR, FAR = 0, 1  # a slip where the gradient arrives is likelier than one on the way there,
RARE = 2  # and that than one that hardly anybody makes
NO_SLIP = 4  # what is no slip with a rule is named if nothing else fits
MOST_ARRIVALS = 8  # contributions to one node that are looked at one by one
MOST_FAR = 40  # nodes on the way to it,
MOST_CARRIED = 4000  # and steps that are done again, from there to it

SIGN_EASILY_LOST = {"sin", "cos"}  # operations of which the derivative's sign is easily mistaken

PARTIAL = ("incoming", "local")  # slips that tell a number, which may be one of several that are added
SWAPPABLE = {"div", "pow"}  # operations of which the operands are taken for each other;
LIKE_A_PRODUCT = {"mul", "dot"}  # a constant for a tensor in these only
# What a power sends per unit of incoming gradient after a slip, and how that comes about.
POWER_SLIPS = [
    (lambda a, n: a ** (n - 1), "the exponent {n} was not brought down as a factor"),
    (lambda a, n: n * a**n, "the exponent was left at {n}, and the power rule lowers it by 1"),
    (lambda a, n: n * a ** (n + 1), "the exponent {n} was raised by 1, and should be lowered"),
    (lambda a, n: n * a, "only the exponent {n} was brought down, and no power is left"),
]
RARELY = ("should be lowered", "no power is left")  # these ends of a sentence are of rare ones
EXPONENTS = {"sqrt": 0.5, "square": 2.0, "reciprocal": -1.0, "rsqrt": -0.5}  # of operations


def mistakes(passed: BackwardPass, id: str, far: bool = True) -> list[Mistake]:
    """Return the answers that likely mistakes give, to the question for a node's gradient.

    An answer that is right within the tolerance is not among them, nor is 0, which whoever has
    no answer gives.

    Parameters
    ----------
    passed : BackwardPass
    id : id of the node
    far : whether a mistake may have happened on the way to the node

    >>> from widgets.recorders.example import example
    >>> [(each.kind, float(each.value)) for each in mistakes(BackwardPass(example()), "n1")]
    [('sign', -24.0), ('incoming', 2.0), ('local', 12.0), ('output', 72.0), ('swapped', 36.0), \
('stale', 25.0), ('stale', 1.0), ('overwrote', 12.0), ('output', 144.0), ('added', 15.0), \
('added', 14.0), ('added', 14.0)]
    """
    wanted, kept = passed.gradients[id], list[Mistake]()
    with np.errstate(all="ignore"):  # what overflows, or is no number, is left out below
        found = [*near(passed, id), *(on_the_way(passed, id) if far else ()), *confused(passed, id)]
    for each in found:
        known = [one.value for one in kept if (one.kind, one.words) == (each.kind, each.words)]
        usable = np.all(np.isfinite(each.value)) and each.value.any()
        if usable and not any(fits(each.value, value) for value in [wanted, *known]):
            kept.append(secretive(each, wanted))
    return sorted(kept, key=lambda each: (each.rank, ORDER.index(each.kind)))


def no_slopes(passed: BackwardPass, id: str, slips=()) -> list[Mistake]:
    """Return the answers to the question for a number's gradient that are no slopes of it.

    The output's value is as likely as another operation's output that was used in a rule, where
    both are the same number; ``slips`` are the mistakes with rules.

    >>> from widgets.recorders.example import example
    >>> for each in no_slopes(BackwardPass(example()), "n2"): print(each.words)
    42 is the value of y, not a slope
    6 is the value of p, not a slope
    this is 1 divided by the slope: it tells how far p moves for each unit of the output, not the \
other way round
    """
    wanted, found = passed.gradients[id], []
    if wanted.shape or not wanted:
        return []
    for node in map(passed.trace.node, (passed.trace.outputs[0], id)):
        if has_data(node.value):
            value = array(node.value)
            name = passed.called(node.id)
            words = f"{number(float(value))} is the value of {name}, not a slope"
            alike = [each.rank for each in slips if each.kind == "output" and node.id != id
                     and f"output, {name} = " not in each.words and fits(each.value, value)]  # fmt: skip
            found.append(Mistake("value", words, value, min(alike, default=NO_SLIP)))
    with np.errstate(all="ignore"):
        found.append(Mistake("inverse", upside_down(passed.called(id)), 1 / wanted, NO_SLIP))
    found = [secretive(each, wanted) for each in found]
    return [each for each in found if np.isfinite(each.value) and not fits(each.value, wanted)]


def upside_down(name: str) -> str:
    """Say that an answer is 1 divided by the slope."""
    return (f"this is 1 divided by the slope: it tells how far {name} moves for each unit of the "
            "output, not the other way round")  # fmt: skip


# ---------------------------------------------------------------------- where a slip happens


def near(passed: BackwardPass, id: str) -> Iterator[Mistake]:
    """Yield what goes wrong where the gradient of a node arrives."""
    total, arrivals = passed.gradients[id], together(passed.arrivals[id])
    if arrivals:
        yield Mistake("sign", "the size is right, and the sign is wrong", -total, NEAR)
    for kind, words, change in changes(passed, id):
        if change.shape == total.shape:
            yield Mistake(kind, words, total + change, NEAR + rarity(words))
    if len(arrivals) == 1:  # then what arrives may have another shape than it should
        for kind, words, sent in slips(arrivals[0]):
            if sent.shape != total.shape:
                yield Mistake(kind, words, sent, NEAR)
    yield from stale(passed, id)


def on_the_way(passed: BackwardPass, id: str) -> Iterator[Mistake]:
    """Yield what goes wrong on the way to a node and is then carried on to it."""
    yield from added(passed, id)
    most = max(1, MOST_CARRIED // len(passed.steps))
    for upstream in passed.before(id)[: min(MOST_FAR, most)]:
        for kind, words, change in [*changes(passed, upstream), *taken_as_1(passed, upstream),
                                    *misplaced(passed, upstream, id)]:  # fmt: skip
            try:
                carried = passed.carried(upstream, change, id)
            except Unknown:
                continue
            words = f"on the way, at {passed.called(upstream)}: {words}"
            yield Mistake(kind, words, passed.gradients[id] + carried, FAR + rarity(words))


def rarity(words: str) -> int:
    """How much less likely a slip is than others of its kind."""
    return RARE if words.endswith(RARELY) else 0


def taken_as_1(passed: BackwardPass, id: str) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield (kind, words, change of a gradient) for a last operation's slope that was left out."""
    arrivals = together(passed.arrivals[id])
    for arrival in arrivals[:MOST_ARRIVALS] if len(arrivals) > 1 else []:
        if arrival.is_pointwise and np.all(arrival.incoming == 1):
            words = f"how fast {arrival.by} changes with {arrival.to} was left out, or taken as 1"
            yield "local", words, np.ones_like(arrival.value) - arrival.value


def misplaced(passed: BackwardPass, id: str, start: str) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield (kind, words, change of a gradient) for a rule worked out at the value of `start`."""
    there = passed.trace.node(start).value
    if there is None or not has_data(there):
        return
    for arrival in together(passed.arrivals[id])[:MOST_ARRIVALS]:
        own = arrival.edge.symbol
        if follows_rule(arrival) and arrival.mentions(own) and there.shape == arrival.value_of(own).shape:
            words = (f"how fast {arrival.by} changes with {arrival.to} was taken at "
                     f"{arrival.equation(start)}, and not at {arrival.equation(arrival.edge.producer)}")  # fmt: skip
            sent = arrival.whole(arrival.incoming, arrival.ruled(**{own: array(there)}))
            yield "place", words, sent - arrival.value


def follows_rule(arrival: Arrival) -> bool:
    """Whether what was sent is what the formula says: not all may have been kept."""
    try:
        return arrival.is_pointwise and same(arrival.ruled(), arrival.local)
    except Unknown:
        return False


def stopped(passed: BackwardPass, id: str) -> Iterator[Mistake]:
    """Yield the slopes by what has a name on the way, from where one has to go on."""
    total, name, arrivals = passed.gradients[id], passed.called(id), passed.arrivals[id]
    beside = arrivals[0].edge.consumer if len(arrivals) == 1 else ""  # of which it is told already
    for upstream in passed.before(id)[:MOST_FAR]:
        slope, node = passed.gradients[upstream], passed.trace.node(upstream)
        if node.named and upstream != beside and slope.shape == total.shape and not np.all(slope == 1):
            words = (
                f"{its(slope)} is how fast the output changes with {node.name}: go on from there to {name}"
            )
            yield Mistake("local", words, slope, FAR)


def confused(passed: BackwardPass, id: str) -> Iterator[Mistake]:
    """Yield what comes of 1 or a sum in place of a slope or a product, or of the opposite."""
    total, arrivals = passed.gradients[id], together(passed.arrivals[id])
    yield from stopped(passed, id)
    for kind, words, change in taken_as_1(passed, id):
        yield Mistake(kind, words, total + change, FAR)
    if total.shape:
        return
    if len(arrivals) > 1:
        product = np.prod([arrival.value for arrival in arrivals])
        words = f"{its(product)} is what comes by each path, multiplied: over several paths it adds up"
        yield Mistake("multiplied", words, product, FAR)
    elif arrivals and arrivals[0].is_pointwise and not arrivals[0].incoming.shape:
        slopes = [arrivals[0].incoming, arrivals[0].local]
        if 1 not in slopes:
            total = np.sum(slopes, axis=0)
            both = f"{its(total)} is {its(slopes[0])} + {bracketed(its(slopes[1]))}"
            yield Mistake("added", f"{both}: along a path slopes multiply", total, FAR)


def changes(passed: BackwardPass, id: str) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield (kind, words, change of a node's gradient) for each slip where it arrives."""
    every = together(passed.arrivals[id])
    arrivals, forgotten = every[:MOST_ARRIVALS], []
    for arrival in arrivals:
        for kind, words, sent in slips(arrival):
            if sent.shape == arrival.value.shape:
                part = f"in what comes by way of {arrival.by}: " if len(every) > 1 and kind in PARTIAL else ""
                yield kind, part + words, sent - arrival.value
                forgotten += [sent - arrival.value] if kind == "incoming" else []
    if len(forgotten) == len(every) > 1:
        words = "how fast each of them changes was added up, without what it is multiplied by"
        yield "incoming", words, sum(forgotten)
    for arrival in arrivals:
        for words, change in not_all(passed, arrival, every, len(passed.arrivals[id])):
            yield "overwrote", words, change


def not_all(passed: BackwardPass, arrival, every, count: int) -> Iterator[tuple[str, np.ndarray]]:
    """Yield (words, change of a gradient) where one of ``count`` contributions alone was kept.

    Or where it was left out; if an operation sends several alike, one of them or all.
    """
    and_all = f"{arrival.to} is used {times(count)}, and what comes back from each use adds up"
    one, uses, total = arrival.value / arrival.uses, arrival.uses, passed.gradients[arrival.receiver.id]
    what, without = f"what comes by way of {arrival.by}", " alone"
    others = [each.sender.id for each in every if each is not arrival]
    if any(arrival.sender.id in passed.before(id) for id in others):  # they come by way of it too
        what = f"what {arrival.to} gives {arrival.by} directly"
        through = f"path through {passed.called(others[0])}" if len(others) == 1 else "other paths"
        without = f", without the {through}"
    if uses < count:
        yield f"{its(arrival.value)} is {what}{without}: {and_all}", arrival.value - total
    if uses > 1:
        yield f"{its(one)} is what {arrival.by} sends for one use alone: {and_all}", one - total
    if uses < count and count > 2:
        yield f"{what} is missing: {and_all}", -arrival.value
    if uses > 1 and count > 2:
        yield f"of what {arrival.by} sends, one use is missing: {and_all}", -one


def added(passed: BackwardPass, id: str) -> Iterator[Mistake]:
    """Yield the sum of the local derivatives, where one path of numbers leads to the output.

    Those that are 1 may be left out; of the others there must be two to add.
    """
    slopes = []
    while arrivals := together(passed.arrivals[id]):
        arrival = arrivals[0]
        if len(arrivals) > 1 or not arrival.is_pointwise or arrival.incoming.shape:
            return
        slopes.append(arrival.local)
        id = arrival.edge.consumer
    others = [slope for slope in slopes if slope != 1]
    if len(others) < 2 or not np.all(passed.gradients.get(id) == 1):
        return
    for total in map(np.asarray, (sum(slopes), sum(others))):
        words = f"{its(total)} is the sum of the steps' own slopes: along a path they multiply"
        yield Mistake("added", words, total, FAR)


def stale(passed: BackwardPass, id: str) -> Iterator[Mistake]:
    """Yield what ``.grad`` holds where an earlier pass had left something in it."""
    kept = passed.kept.get(id)
    if kept is None or not has_data(kept.before) or not has_data(kept.after):
        return
    name = passed.trace.node(id).name
    words = (f"{its(array(kept.after))} is what {name}.grad holds now, with the "
             f"{full(kept.before)} that an earlier pass left there; this pass alone is "
             "asked for")  # fmt: skip
    yield Mistake("stale", words, array(kept.after), NEAR)
    words = f"{its(array(kept.before))} is what an earlier pass left in {name}.grad"
    yield Mistake("stale", words, array(kept.before), NEAR)


# ---------------------------------------------------------------------- the catalogue


def slips(arrival: Arrival) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield (kind, words, what would have been sent) for each slip in one operation."""
    for slip in (incoming, local, sign, output, power, swapped, unsummed, transpose):
        with suppress(Unknown):  # the trace does not tell more
            for words, sent in slip(arrival):
                yield slip.__name__, words, np.asarray(sent, dtype=float)


def incoming(arrival):
    """The local derivative alone."""
    sent = arrival.again(np.ones_like(arrival.incoming))
    yield (f"{its(sent)} is only how fast {arrival.by} changes with {arrival.to}: multiply by how "
           f"fast the output changes with {arrival.by}"), sent  # fmt: skip


def local(arrival):
    """The incoming gradient alone: the chain rule's last factor is missing.

    Where the pass starts, with 1, that would not be said of an answer of 1.
    """
    if (
        arrival.incoming.shape == arrival.value.shape
        and arrival.is_pointwise
        and not np.all(arrival.incoming == 1)
    ):
        yield (f"{its(arrival.incoming)} is only how fast the output changes with {arrival.by}: "
               f"multiply by how fast {arrival.by} changes with {arrival.to}"), arrival.incoming  # fmt: skip


def sign(arrival):
    """A minus too many or too few.

    One number is easily hit by chance: there must be a minus in the rule, or its value, to lose.
    """
    has_minus = bool(arrival.rule and arrival.rule.local) and is_negative(arrival.rule.local)
    easily_lost = has_minus or arrival.sender.op in SIGN_EASILY_LOST
    if arrival.value.size > 1 or easily_lost or np.any(arrival.local < 0):
        yield f"the sign of what {arrival.by} sends is wrong", -arrival.value


def output(arrival):
    """The output where the input belongs, or the other way round."""
    if not follows_rule(arrival):
        raise Unknown
    own, y = arrival.edge.symbol, arrival.value_of("y")
    sender, receiver = map(arrival.equation, (arrival.edge.consumer, arrival.edge.producer))
    for edge in arrival.operands:
        if edge.symbol in arrival.values and arrival.mentions(edge.symbol):
            replaced = arrival.ruled(**{edge.symbol: y})
            operand = arrival.equation(edge.producer)
            words = f"the output, {sender}, was used where the input, {operand}, belongs"
            yield words, arrival.whole(arrival.incoming, replaced)
    if arrival.mentions("y"):
        replaced = arrival.ruled(y=arrival.value_of(own))
        words = f"the input, {receiver}, was used where the output, {sender}, belongs"
        yield words, arrival.whole(arrival.incoming, replaced)
    elif own == "x":
        words = f"the output, {sender}, was used where the local derivative belongs"
        yield words, arrival.whole(arrival.incoming, y)


def power(arrival):
    """A slip with the power rule."""
    exponent = EXPONENTS.get(arrival.sender.op)
    if arrival.sender.op == "pow" and arrival.edge.slot == 0:
        exponent = arrival.value_of("b")
    if exponent is None or np.size(exponent) != 1:
        raise Unknown
    base, exponent = arrival.value_of(arrival.edge.symbol), float(np.reshape(exponent, ()))
    for rule, words in POWER_SLIPS:
        sent = arrival.whole(arrival.incoming, rule(base, exponent))
        yield words.format(n=bracketed(number(exponent))), sent


def swapped(arrival):
    """One operand where the other belongs, in the rule, or the rule of the other.

    Of matrices also the factors in the other order.
    """
    op, own, rules = arrival.sender.op, arrival.edge.symbol, arrival.rules
    swappable = arrival.is_product or op in LIKE_A_PRODUCT or (op in SWAPPABLE and not has_constant(arrival))
    if arrival.uses > 1 or not swappable:  # used twice, they are the same
        raise Unknown
    words = f"the operands of {arrival.by} are swapped in its derivative by {arrival.to}"
    words += ", which is the other factor" if op in LIKE_A_PRODUCT else ""
    a, b = arrival.value_of("a"), arrival.value_of("b")
    other_way = {"a": b, "b": a} | ({"y": b**a} if op == "pow" else {})
    for symbol in filter(rules.get, ("a", "b")):
        yield from sent_by(words, arrival, rules[symbol], other_way if symbol == own else None)
    if arrival.is_product and own in rules:
        yield from sent_by(words, arrival, turned_round(rules[own]))


def turned_round(tree: ast.expr) -> ast.expr:
    """A rule with the factors of a product of matrices in the other order."""
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.MatMult):
        return ast.BinOp(tree.right, tree.op, tree.left)
    return with_parts(tree, turned_round)


def sent_by(words, arrival, rule, values=None):
    """Yield what another rule sends, if it can be worked out and the shapes allow it."""
    with suppress(Unknown):
        yield words, arrival.sent_by(rule, **(values or {}))


def has_constant(arrival) -> bool:
    """Whether an operand is a number in the program, such as the exponent of ``x ** 2``."""
    nodes = [arrival.teller.trace.node(edge.producer) for edge in arrival.operands]
    return any(node.kind == CONSTANT and not node.named for node in nodes)


def unsummed(arrival):
    """One of the elements that had been broadcast, their average, or all of them unsummed."""
    if not arrival.is_pointwise and arrival.sender.op != "addmm":
        raise Unknown
    local = arrival.local if arrival.is_pointwise else 1.0
    whole, wanted = arrival.incoming * local, arrival.value.shape
    if whole.size == arrival.value.size or not same(summed(whole, wanted), arrival.value):
        raise Unknown
    count = whole.size // arrival.value.size
    used = f"{arrival.to} was broadcast and is used {times(count)}"
    for part in parts(whole, wanted)[:MOST_ARRIVALS]:
        yield f"{used}: this is what one of them sends, and their sum is wanted", part
    average = arrival.value / count
    yield f"{used}: this is the average of what they send, and their sum is wanted", average
    for axis, left in one_axis(whole, wanted):
        too_few = f"summed over axis {axis} alone, {shape(whole.shape)} → {shape(left.shape)}"
        yield f"{used}: this is {too_few}", left
    still = f"{shape(whole.shape)} → {shape(wanted)}"
    yield f"{used}: what they send is still to be summed, {still}", whole


def one_axis(whole: np.ndarray, wanted: tuple) -> Iterator[tuple[int, np.ndarray]]:
    """Yield (axis, what is left) where one axis was summed over: not all, or another than the broadcast one."""
    for axis in range(whole.ndim):
        for keep in (False, True):
            left = whole.sum(axis=axis, keepdims=keep)
            if left.shape != wanted or not same(left, summed(whole, wanted)):
                yield axis, left


def transpose(arrival):
    """A matrix product's rule without its transpose, or the transpose of what is right."""
    rule = arrival.rule.whole if arrival.rule else arrival.rules.get(arrival.edge.symbol)
    if arrival.is_product and arrival.uses == 1 and rule is not None:
        names = {edge.symbol: Piece(arrival.teller.titles[edge.producer]) for edge in arrival.operands}
        words = (f"a transpose is missing: what {arrival.by} sends to {arrival.to} is "
                 f"{written(rule, names)}")  # fmt: skip
        yield from sent_by(words, arrival, without(without(rule, "transpose"), "swapaxes"))
    if arrival.value.ndim == 2:
        yield f"this is the transpose of the gradient of {arrival.to}", arrival.value.T


def its(value: np.ndarray) -> str:
    """A number, to begin a sentence with; of a tensor, ``this``."""
    return number(float(value)) if value.ndim == 0 else "this"
