"""What a finding is."""

from typing import NamedTuple

from ..trace import Source


class Finding(NamedTuple):
    """One thing that is wrong.

    Attributes
    ----------
    kind : str, a key of `WORDS`
    what : str, in one sentence
    where : Source or None, the line
    why : str, the numbers that show it
    part : str, the module or parameter, ``""`` where that is not known
    node : str, id of the node of the trace at which a stepper shows it, or ``""``
    cure : str, what to do, where that is another than the usual cure of its kind
    sizes : tuple of pairs: layers and the sizes of their gradients, where a chart shows them
    """

    kind: str
    what: str
    where: Source | None = None
    why: str = ""
    part: str = ""
    node: str = ""
    cure: str = ""
    sizes: tuple = ()

    def sentences(self) -> list[str]:
        """The finding as text: what, where, why, what to do."""
        return [self.what, *filter(None, (self.place(), self.why, self.cure or WORDS[self.kind]))]

    def place(self) -> str:
        found = [self.part] if self.part else []
        if self.where is not None:
            found.append(f"{self.where.label}, line {self.where.line}")
        marked = marked_part(self.where)
        return ", ".join(found) + (f": `{marked}`" if marked else "")


def marked_part(source) -> str:
    """The sub-expression of a place in the code; the line where columns are not known."""
    if source is None or not source.text:
        return ""
    if source.column is None:
        return source.text.strip()
    lines = source.text.split("\n")
    lines[-1] = lines[-1][: source.end_column]
    lines[0] = lines[0][source.column :]
    return " ".join(line.strip() for line in lines)


# What is usually done about it.
WORDS = {
    "element 0": "Compute the loss where gradients are recorded, from what has requires_grad=True.",
    "in place": "Write an operation that makes a new tensor (y = y + 1, not y += 1), or change a .clone().",
    "second time": "Run the forward pass again before each backward(), and hand on .detach() of what an iteration "
    "leaves to the next one.",
    "not finite": "",
    "no gradient": "Leave out what cuts the graph there, or freeze the parameter: requires_grad_(False).",
    "zero gradient": "",
    "rule": "",
    "optimizer": "Make the optimizer after the model is complete, of all its parameters.",
    "loop": "In each iteration: zero_grad(), forward pass, backward(), step().",
    "broadcast": "Give both the same shape: prediction.squeeze(-1), or target.unsqueeze(-1).",
    "logits": "Hand over the scores as they are: the loss does it itself.",
    "depth": "",
    "memory": "Add up numbers: total += loss.item(), or keep loss.detach().",
    "mode": "Call model.train() before training and model.eval() before evaluation.",
}
