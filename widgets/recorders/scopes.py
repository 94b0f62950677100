"""The scopes of a trace: the calls of modules and functions, and the rounds, that its operations belong to."""

from collections import Counter, defaultdict
from math import prod

from ..trace import CONSTANT, Scope


def scopes_of(nodes, edges, outputs, ways, parameters, name):
    """Return the scopes of a trace, the outer ones first.

    Parameters
    ----------
    nodes, edges, outputs : those of the trace
    ways : dict, from the id of an operation to the calls that made it, the outermost first: pairs of a
        kind and a number
    parameters : set of ids of the leaves that are parameters
    name : function of such a pair, that returns name and class, and of a round which one of how many it is
    """
    counts = Counter(call for way in ways.values() for call in way)
    ways = {id: tuple(call for call in way if call[0] == "module" or counts[call] > 1)
            for id, way in ways.items()}  # fmt: skip
    order = list(dict.fromkeys(call for way in ways.values() for call in way))
    inside = defaultdict(dict)  # from a call to the ids of its operations
    for id, way in ways.items():
        for call in way:
            inside[call][id] = None
    users, operands = defaultdict(list), defaultdict(list)
    for edge in edges:
        users[edge.producer].append(edge.consumer)
        operands[edge.consumer].append(edge.producer)
    homes = dict(ways)
    for node in nodes:
        number = node.kind == CONSTANT and not node.named
        if (number or node.id in parameters) and users[node.id]:
            homes[node.id] = common([homes.get(user, ()) for user in users[node.id]])
    own = defaultdict(list)
    for node in nodes:
        if homes.get(node.id):
            own[homes[node.id][-1]].append(node.id)
    index = {call: number for number, call in enumerate(order)}
    outer = {call: index[way[i - 1]] if i else -1 for way in ways.values() for i, call in enumerate(way)}
    names = {call: name(*call) for call in order}
    of, so_far = Counter((call[0], *each[:2]) for call, each in names.items()), Counter()
    sizes = {node.id: prod(node.shape or ()) for node in nodes if node.id in parameters}
    operations = {node.id for node in nodes if node.op not in ("", "output")}
    found = []
    for call, (title, type, *which) in names.items():
        here, alike = inside[call], (call[0], title, type)
        used = dict.fromkeys(producer for id in here for producer in operands[id])
        so_far[alike] += 1
        if not which:  # a round knows it
            which = (so_far[alike], of[alike]) if call[0] == "module" else (1, 1)
        found.append(Scope(
            *alike, outer[call], *which,  # kind, name and type, and which call of how many
            nodes=tuple(own[call]),
            inputs=tuple(id for id in used if id not in here and call not in homes.get(id, ())
                         and id not in parameters),
            outputs=tuple(id for id in here if id in outputs or any(user not in here for user in users[id])),
            operations=len(here.keys() & operations),
            parameters=sum(sizes[id] for id in used if id in parameters),
        ))  # fmt: skip
    return tuple(found)


def common(ways):
    """The calls with which all these ways begin."""
    shared = []
    for calls in zip(*ways, strict=False):
        if len(set(calls)) > 1:
            break
        shared.append(calls[0])
    return tuple(shared)
