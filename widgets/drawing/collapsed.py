"""A graph with its scopes closed below a depth: boxes, arrows between them, frames around what is open."""

from dataclasses import dataclass, field, replace

from ..levels import Part, outermost
from ..trace import CONSTANT, FAILED, Edge, Node, Trace

SCOPE = "scope"
MOST = 1000  # boxes


@dataclass
class Frame:
    """What stands around the boxes of an open scope: their ids, and frames inside it."""

    name: str
    type: str
    nodes: list[str] = field(default_factory=list)
    frames: list["Frame"] = field(default_factory=list)

    def all(self):
        """The frames in it, from outside to inside, each after the one around it."""
        for frame in self.frames:
            yield frame
            yield from frame.all()


class Collapsed:
    """A trace of which scopes are open down to a depth; of those that are closed, alike ones in a row are one box.

    Attributes
    ----------
    nodes : list of Node, with ids of their own; closed scopes are of the kind ``"scope"``
    edges : list of Edge between them
    outputs : set of ids
    inside : dict, from the ids of closed scopes to how many operations are in them
    frame : Frame, of the whole
    """

    def __init__(self, trace: Trace, root: Part, depth: int):
        self.trace, self.nodes, self.inside = trace, [], {}
        self.boxes: dict[int, str] = {}  # of each node of the trace, the box that shows it
        self.used = {edge.producer for edge in trace.edges}
        self.frame = self._open(root, depth)
        self.outputs = {self.boxes[int(id[1:])] for id in trace.outputs}
        edges: dict = {}
        for number, edge in enumerate(trace.edges):
            start, end = (self.boxes[int(id[1:])] for id in (edge.producer, edge.consumer))
            if start != end:
                alone = {start, end}.isdisjoint(self.inside)
                flows = edge.flows or edges.get((start, end), edge).flows
                edges[(start, end, number) if alone else (start, end)] = Edge(end, 0, start, flows=flows)
        self.edges = list(edges.values())

    def _open(self, part, depth):
        frame = Frame(part.name, part.type)
        for each, *more in self._runs(part.members) if depth == 1 else ([each] for each in part.members):
            if isinstance(each, int):
                frame.nodes.append(self._add(self.trace.nodes[each], [each]))
            elif depth > 1:
                frame.frames.append(self._open(each, depth - 1))
            else:
                frame.nodes.append(self._close([each, *more]))
        return frame

    def _runs(self, members):
        """Alike scopes in a row together, all else by itself."""
        runs, latest, before = [], None, None
        for each in members:
            now = None if isinstance(each, int) else self._signature(each)
            if latest and now and agree(before, now):
                latest.append(each)
                continue
            runs.append([each])
            if now or self.trace.nodes[each].op:  # a leaf or a constant may lie between
                latest, before = runs[-1] if now else None, now
        return runs

    def _signature(self, member):
        """What alike scopes have in common: operations and shapes, and modules of the same classes."""
        if isinstance(member, int):
            node = self.trace.nodes[member]
            return (node.kind, node.op, node.shape)
        name = "" if member.kind in ("module", "round") and member.type else member.name
        inside = (each for each in member.members
                  if not (isinstance(each, int) and self.trace.nodes[each].kind == CONSTANT))  # fmt: skip
        return name, member.type, tuple(map(self._signature, inside))

    def _add(self, node, numbers):
        id = f"n{len(self.nodes)}"
        self.nodes.append(replace(node, id=id))
        self.boxes |= dict.fromkeys(numbers, id)
        return id

    def _close(self, parts):
        """Add the box of scopes in a row."""
        nodes, first, last = self.trace.nodes, parts[0], parts[-1]
        numbers = [number for part in parts for number in part.nodes()]
        results = self._results(last)
        value, size = (results[0].value, results[0].shape) if len(results) == 1 else (None, None)
        several = f" × {len(parts)}" if len(parts) > 1 else ""
        failed = any(nodes[number].kind == FAILED for number in numbers)
        name = f"{first.name} … {last.name}" if several else first.name
        id = self._add(
            Node(
                "", FAILED if failed else SCOPE, name, True, f"{first.type}{several}", shape=size, value=value
            ),
            numbers,
        )
        self.inside[id] = sum(nodes[number].op not in ("", "output") for number in numbers)
        return id

    def _results(self, part):
        """The values of a scope that are used outside it."""
        inside = {f"n{number}" for number in part.nodes()}
        found = {edge.producer: None for edge in self.trace.edges
                 if edge.producer in inside and edge.consumer not in inside}  # fmt: skip
        found |= dict.fromkeys(inside.intersection(self.trace.outputs))
        return [self.trace.node(id) for id in found]


def agree(a, b) -> bool:
    """Whether two signatures are the same, as far as both are known."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(agree, a, b))
    return a == b or None in (a, b)


def collapsed(trace: Trace, depth: int | None, most: int = MOST) -> Collapsed | None:
    """Close what is deeper than a depth, and of a graph that is too large as much as it takes.

    None for a graph of which nothing is to be closed.
    """
    if depth is None and len(trace.nodes) <= most:
        return None
    for root in (outermost(trace, divided=False), outermost(trace)):
        deepest = height(root)
        for level in range(min(depth or deepest, deepest), 0, -1):
            found = Collapsed(trace, root, level)
            if len(found.nodes) <= most:
                return found
    return found


def height(part: Part) -> int:
    """How deep scopes lie inside each other."""
    return 1 + max((height(each) for each in part.members if isinstance(each, Part)), default=0)
