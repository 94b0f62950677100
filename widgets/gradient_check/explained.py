"""Why derivatives are wrong, or no numbers: what passes no gradient on, and where nan begins. With the line."""

from ..reasons.cuts import LEAVES_GRAPH, ON_PURPOSE, cut_in_words, explaining
from ..reasons.numbers import not_finite
from ..reasons.reading import Reading
from ..recorders import record
from ..recorders.watched import watching


def lost(function) -> dict[str, str]:
    """For inputs of which a part of a function passes no gradient on: the sentence that says so."""
    cuts = {}

    def look(leaves, returned):
        inputs = {id(leaf): name for leaf, name in zip(leaves, function.names, strict=True)}
        for cut in seen.cuts:
            if cut.goes_on and (cut.quiet or cut.function in ON_PURPOSE | LEAVES_GRAPH):
                for name in {inputs.get(id(leaf())) for leaf in cut.leaves} - {None}:
                    cuts.setdefault(name, []).append(cut)

    with watching() as seen:
        function.traced(look)
    found = {name: explaining(some) for name, some in cuts.items()}
    return {name: f"a part of {function.name} does not pass its gradient on to {name}: {cut_in_words(cut)}, "
            f"line {cut.source.line}" for name, cut in found.items()}  # fmt: skip


def broken(function, output: int, index: tuple) -> str:
    """Where the gradient of one element of an output begins to be no number, and why."""

    def look(leaves, returned):
        found = function.found(returned)[function.chosen[output]]
        names = dict(zip(function.names, leaves, strict=True))
        return record(found.sum() if function.mixed else found[index] if index else found, names)

    with watching():
        trace = function.traced(look)
    finding = next(not_finite(None, Reading(trace)), None)
    if finding is None:
        return ""
    place = f" (line {finding.where.line})" if finding.where else ""
    what = finding.what.partition(", but")[2].rstrip(".")
    return f"{function.name} is finite, but{what}{place}. {finding.why} {finding.cure}".rstrip(". ")
