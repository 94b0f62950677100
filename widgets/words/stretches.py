"""A closed scope in words: what all the steps that are taken in it at a stretch have done."""

from ..levels import Level, Levels, Part, Stop
from ..trace import BACKWARD, LEAF, Contribution, Value
from .figures import norm_of
from .narration import Moment, Rule, Titles, listed, total
from .numbers_as_text import brief, counted, number, shape

MOST_NAMED = 4  # of the parameters in which something is left


def stretch(levels: Levels, at: Level, stop: Stop, titles: Titles) -> Moment:
    """Tell the steps of a stop at a scope that is closed on a level: what came in, what is sent on, what stays."""
    trace = levels.trace
    level = levels[stop.box - levels.count]
    part, outputs = level.part, {f"n{number}" for number in level.outputs}
    name, steps = called(part), trace.steps[stop.first - 1 : stop.step]
    phase, several = steps[0].phase, f"{stop.first}–{stop.step}" if len(steps) > 1 else f"{stop.step}"
    when = f"Step{'s' if len(steps) > 1 else ''} {several} of {len(trace.steps)}, {phase}: "
    if phase != BACKWARD:
        values = [trace.node(step.node) for step in steps if step.node in outputs]
        shown = [sized(node.value) if node.value else shape(node.shape or ()) for node in values]
        said = f"gives {listed(shown)}" if shown else f"works out {counted(len(steps), 'value')}"
        return Moment(phase, stop.box, f"{when}{name} {said}.", f"{name} {said}")
    inside = set(part.nodes())
    received = [step.gradient for step in steps if step.gradient and step.node in outputs]
    sent: dict[str, list[Contribution]] = {}
    left: dict[str, list[Contribution]] = {}
    for step in steps:
        for each in step.contributions:
            producer = trace.edges[each.edge].producer
            if each.value is None:
                continue
            if int(producer[1:]) not in inside:
                box = levels.seen(int(producer[1:]), at)
                to = titles[producer] if box < levels.count else called(levels[box - levels.count].part)
                sent.setdefault(to, []).append(each)
            elif trace.node(producer).kind == LEAF:
                left.setdefault(titles[producer], []).append(each)
    said = []
    if received:
        said.append(f"receives {listed([sized(each) for each in received])}")
    if sent:
        said.append(f"sends {listed([f'{what(all_)} to {to}' for to, all_ in sent.items()])}")
    if left:
        named = [f"{sized(all_[-1].after)} in {to}" for to, all_ in left.items()]
        more = [f"{len(named) - MOST_NAMED} more"] if len(named) > MOST_NAMED else []
        said.append(f"leaves {listed([*named[:MOST_NAMED], *more])}")
    if not said:
        kept = all(trace.node(step.node).kind == LEAF for step in steps)
        gradients = counted(len(steps), "gradient")
        said.append(f"keeps {gradients} in its leaves" if kept else f"works out {gradients}")
    rules = tuple(Rule(all_[-1].edge, to, "", what(all_), "", total(all_[-1]) if all_[-1].of > 1 else "")
                  for to, all_ in (sent | left).items())  # fmt: skip
    return Moment(phase, stop.box, f"{when}{name} {listed(said)}.", f"{name} {said[0]}", rules)


def called(part: Part) -> str:
    """A scope by its name and its class."""
    return f"{part.name} ({part.type})" if part.type else part.name


def what(contributions) -> str:
    """What is sent to one place: its value, or how often something is."""
    return sized(contributions[0].value) if len(contributions) == 1 else f"{len(contributions)} contributions"


def sized(value: Value | None) -> str:
    """A value, and how large it is where its elements are not said.

    >>> sized(Value((), "float64", 2.0)), sized(Value((2, 2), "float64", [[3.0, 0.0], [0.0, 4.0]]))
    ('2', '2×2 of norm 5')
    """
    text, norm = brief(value, 40), norm_of(value)
    said = value is not None and (not value.shape or text.startswith("["))
    return text if said or norm is None else f"{text} of norm {number(norm)}"
