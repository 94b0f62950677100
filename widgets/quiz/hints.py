"""Three rungs of hints to a gradient: a question to think about, the rule, the numbers."""

import re

from ..answers.backward_pass import Arrival, BackwardPass, array
from ..answers.verdict import spelled
from ..mathematics.algebra import case_of, same, without
from ..mathematics.code import names_in
from ..mathematics.written import CASES, Piece, code_written, written
from ..trace import Node
from ..words.narration import bracketed, has_data, in_numbers, listed
from ..words.numbers_as_text import shape, times

LONGEST = 60  # characters of an expression that is told


def hints_for(passed: BackwardPass, node: Node) -> tuple[str, str, str]:
    """Return the three hints to the gradient of a node.

    >>> from widgets.recorders.example import example
    >>> passed = BackwardPass(example())
    >>> for hint in hints_for(passed, passed.trace.node("n1")): print(hint)
    w is used once, in p = x·w. How fast does p change with w, and how much does y care about p?
    p sends to w: g·x, where g is the gradient of p.
    p sends to w: 12·2.
    """
    arrivals = passed.arrivals[node.id]
    if not arrivals:
        start = f"The backward pass starts at {passed.called(node.id)}."
        return (f"{start} How much does a number change when it itself changes by 1?",
                f"{start} Its gradient is the one that backward() was given, or 1.",
                f"{start} How was backward() called, with a gradient or without?")  # fmt: skip
    return think(passed, node, arrivals), symbols(passed, node), numbers(passed, node)


def think(passed: BackwardPass, node: Node, arrivals: list[Arrival]) -> str:
    """Ask for what matters here: how often the node is used, and how its shape changes."""
    name, output = passed.called(node.id), passed.called(passed.trace.outputs[0])
    answer = token(passed.gradients[node.id])
    users = [each.by if re.search(answer, made(each)) else made(each) for each in arrivals]
    if len(users) > 1:
        return (f"{name} is used {times(len(users))}, in {listed(users)}. What does each of them "
                "send back, and what happens to these amounts?")  # fmt: skip
    used = f"{name} is used once, in {users[0]}."
    arrival, sender = arrivals[0], arrivals[0].by
    if arrival.is_product:
        return (f"{used} Which product, of the gradient of {sender} and the other matrix, has the "
                f"shape of {name}, {shape(node.shape)}?")  # fmt: skip
    if arrival.sent.summed_axes:
        return (f"{used} {name} was broadcast to the shape {shape(arrival.sender.shape)}: how many "
                f"elements of {sender} does one element of {name} reach?")  # fmt: skip
    if sender == output:
        return f"{used} How fast does {sender} change with {name}?"
    return (f"{used} How fast does {sender} change with {name}, and how much does {output} care "
            f"about {sender}?")  # fmt: skip


def symbols(passed: BackwardPass, node: Node) -> str:
    """Tell each rule in the learner's names; a constant that is the answer is called so."""
    told, answer = [], passed.gradients[node.id]
    for arrival in passed.arrivals[node.id]:
        sender = arrival.by
        said = re.sub(token(answer), "the constant", rule(arrival))
        told.append(f"{sender} sends to {arrival.to}: {said}{summing(arrival)}, "
                    f"where g is the gradient of {sender}")  # fmt: skip
    return sentences(told, passed.called(node.id))


def numbers(passed: BackwardPass, node: Node) -> str:
    """Tell each rule with the numbers put in, not worked out."""
    answer, arrivals = passed.gradients[node.id], passed.arrivals[node.id]
    if len(arrivals) == 1 and unfinished(arrivals[0], answer) == "g":
        return origin(passed, arrivals[0], answer)
    told = [f"{each.by} sends to {each.to}: {unfinished(each, answer)}" for each in arrivals]
    return sentences(told, passed.called(node.id))


def origin(passed: BackwardPass, arrival: Arrival, answer) -> str:
    """Tell where a gradient comes from that is passed on as it is."""
    through, sent = [arrival.by], "g"
    while sent == "g" and len(before := passed.arrivals[arrival.sender.id]) == 1:
        arrival, sent = before[0], unfinished(before[0], answer)
        if sent == "g":
            through.append(arrival.by)
    on = f"{listed(through)} {'sends on what it receives' if len(through) == 1 else 'send on what they receive'}"
    if sent != "g":
        return f"{on}. {arrival.by} sends to {arrival.to}: {sent}."
    if before:
        return f"{on}: first find the gradient of {arrival.by}."
    return f"{on}, and the backward pass starts at {arrival.by}."


def working(passed: BackwardPass, node: Node) -> str:
    """Return how the gradient comes about, worked out: ``6 + 6 = 12``."""
    arrivals = passed.arrivals[node.id]
    answer = spelled(passed.gradients[node.id])
    if not arrivals:
        return f"The backward pass starts with {answer}."
    if len(arrivals) == 1:
        found = product(arrivals[0])
        passed_on = f"{arrivals[0].by} passes on what it receives, {answer}"
        return passed_on if found == answer else f"{found} = {answer}"
    sent = [bracketed(spelled(arrival.value)) if i else spelled(arrival.value)
            for i, arrival in enumerate(arrivals)]  # fmt: skip
    return f"{' + '.join(sent)} = {answer}"


def sentences(told: list[str], name: str) -> str:
    """Join what is told; where several are, their sum is the gradient."""
    if len(told) == 1:
        return f"{told[0]}."
    amount = "both" if len(told) == 2 else f"all {len(told)}"
    return f"{'; '.join(dict.fromkeys(told))}. The gradient of {name} is the sum of {amount}."


def rule(arrival: Arrival) -> str:
    """What an operation sends, in symbols."""
    if arrival.rule is None:
        return (arrival.edge.formula and arrival.edge.formula.text) or "what its own backward() returns"
    return spread(case(arrival), named(arrival))


def case(arrival: Arrival):
    """The rule, of which only the case is told that holds."""
    return case_of(arrival.rule.whole, arrival.values)[0]


def named(arrival: Arrival) -> dict[str, Piece]:
    """What the symbols of a rule are called; a letter would mean nothing to a learner."""
    teller = arrival.teller
    names = teller.names(arrival.sender)
    for symbol, id in teller.lettered(arrival.sender).items():
        called = teller.titles[id]
        alone = called.isidentifier() or called.startswith("(")
        names[symbol] = Piece(called) if alone else Piece(called, CASES)
    return names


def spread(tree, names) -> str:
    """Write a rule, saying in words what a sum does.

    >>> from ..mathematics.code import rule_in
    >>> spread(rule_in("expand(g) / 3"), {})
    'g/3 for each element'
    """
    each = without(tree, "expand")
    return written(each, names) + ("" if same(each, tree) else " for each element")


def summing(arrival: Arrival) -> str:
    """Say what is summed over, if anything is."""
    if not arrival.sent.summed_axes:
        return ""
    whole, left = shape(arrival.sender.shape), shape(arrival.value.shape)
    return f", summed over what was broadcast, {whole} → {left}"


def product(arrival: Arrival) -> str:
    """A rule with the numbers put in."""
    rule = arrival.rule
    if not has_data(arrival.step.gradient):
        return "what its own backward() makes of the gradients of its results"
    known = {"g": arrival.incoming} | arrival.values
    numbers = in_numbers(case(arrival), known) if rule and rule.local is not None else ""
    if numbers:
        return numbers
    if has_data(arrival.sent.local):
        factors = f"{spelled(arrival.incoming)} · {spelled(array(arrival.sent.local))}"
        return f"{factors}{summing(arrival)}"
    if rule is None:
        return f"what its backward() makes of g = {spelled(arrival.incoming)}"
    names = named(arrival)
    values = [f"{names.get(name, name)} = {spelled(value)}" for name, value in known.items()
              if name in names_in(rule.whole)]  # fmt: skip
    return f"{spread(case(arrival), names)}, with {listed(values)}{summing(arrival)}"


def unfinished(arrival: Arrival, answer) -> str:
    """A rule with the numbers put in, but for the one that is the answer already."""
    text = product(arrival)
    if not re.search(token(answer), text):
        return text
    said, values = re.sub(token(answer), "the constant", rule(arrival)), []
    if arrival.rule is not None:
        known, names, used = {"g": arrival.incoming} | arrival.values, named(arrival), names_in(case(arrival))
        values = [f"{names.get(name, name)} = {spelled(value)}" for name, value in known.items()
                  if name in used and spelled(value) != spelled(answer)]  # fmt: skip
    return f"{said}{', with ' if values else ''}{listed(values) if values else ''}{summing(arrival)}"


def token(answer) -> str:
    """A pattern for an answer as a number by itself."""
    return rf"(?<![\w.−]){re.escape(spelled(answer))}(?![\w.])"


def made(arrival: Arrival) -> str:
    """The operation that sends, with the expression that it is: ``p = x·w``."""
    node = arrival.sender
    expression = arrival.teller.titles.made(node)
    if not node.named or len(expression) > LONGEST or "\n" in expression:
        return arrival.by
    return f"{node.name} = {code_written(expression)}"
