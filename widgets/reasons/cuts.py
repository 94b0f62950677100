"""Calls through which no gradient flows, and in which words that is told."""

LEAVES_GRAPH = set("item tolist numpy array float int bool index complex number".split())
ON_PURPOSE = {"detach", "detach_", "data", "tensor", "as_tensor", "new_tensor"}
STEPS = {"argmax", "argmin", "long", "int", "short", "byte", "bool", "sign", "to", "type", "one_hot"}


def explaining(cuts):
    """The cut that explains best why nothing came through: rather one on purpose than a number that was read."""

    def rank(cut):
        return 0 if cut.quiet or cut.function in ON_PURPOSE else 2 if cut.function in LEAVES_GRAPH else 1

    return min(cuts, key=rank, default=None)


def cut_in_words(cut) -> str:
    """What a cut does to the graph."""
    written = " ".join(cut.source.expression.split())
    code = f"`{written or cut.function}`"
    if cut.quiet:
        return f"{code} was computed where nothing is recorded (no_grad, or inference mode)"
    if cut.function in LEAVES_GRAPH and not (cut.function in STEPS and f".{cut.function}(" in written):
        return f"{code} turns it into plain numbers"
    if cut.function in ("tensor", "as_tensor", "new_tensor"):
        return f"{code} makes a new tensor of the old one's numbers"
    if cut.function in ON_PURPOSE:
        return f"{code} cuts it off the graph"
    if cut.function in STEPS:
        return f"{code} moves in steps, through which no gradient flows"
    return f"{code} passes no gradient on: its outcome moves in steps"
