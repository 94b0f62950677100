"""`diagnose`: what is wrong with a forward and backward pass, where, why, and what to do."""

import html
import textwrap
from typing import Any

import traitlets

from ..base import State, Widget, picture, whole
from ..drawing.depth import over_depth
from ..drawing.graph_picture import LETTERS
from ..libraries.undisturbed import undisturbed
from ..reasons.finding import WORDS, marked_part
from ..trace import BACKWARD
from ..words.names import caller
from ..words.numbers_as_text import counted
from .asked import loss_of, models_of, optimizers_of
from .evidence import gathered, looked_at
from .table import findings, notes

ERRORS = "in place", "second time", "element 0"  # kinds of findings that explain an error
COLUMNS, LINE = 96, 22  # of the still picture: characters, pixels


def diagnose(loss: Any, model: Any = None, optimizer: Any = None) -> "Diagnosis":
    """Tell what is wrong with a forward and backward pass: where the gradient went, and what to do.

    Nothing of yours is changed: where no backward pass has run, the gradients are taken aside and
    the graph is kept.

    Parameters
    ----------
    loss : tensor of `autograd_core` or of PyTorch, or what `watching` saw
        Let the forward pass run under ``with watching():``, else there are no lines, modules and cuts.
    model, optimizer : what should learn, and what moves it, or lists of them
        Without them those that were at work are taken.

    Returns a `Diagnosis`: a report for Jupyter, and with ``describe()`` for everywhere.

    >>> import autograd_core as torch
    >>> from widgets import watching
    >>> x = torch.tensor([0.0, 4.0], requires_grad=True)
    >>> with watching():
    ...     loss = (x * 0).sqrt().sum()
    >>> diagnose(loss).findings[0].why
    'The derivative of sqrt at x = 0 at [0] is infinite.'
    """
    return Diagnosis(gathered(loss_of(loss), models_of(model, loss), optimizers_of(optimizer)))


class Diagnosis(Widget, module="diagnose"):
    """The report of `diagnose`.

    Attributes
    ----------
    findings : list of Finding, worst first
    notes : list of str, what is told besides
    asked : int, the number of the finding whose debugger is asked for, 0 for none. Follows the reader.
    opened : dict, for that finding the model of a stepper, or why there is none
    """

    asked = State(0)
    opened = traitlets.Dict().tag(sync=True, ours=True)

    def __init__(self, evidence):
        self.evidence, self.trace = evidence, evidence.trace
        self.findings, self.notes = findings(evidence), notes(evidence)
        super().__init__({
            "sentence": self.sentence(), "looked": extent(evidence), "notes": self.notes,
            "findings": [shown(each) | {"opens": bool(self.node(each))} for each in self.findings],
        })  # fmt: skip

    @asked.accepts
    def _finding_exists(self, asked):
        return whole("asked", asked, 0, len(self.findings))

    @traitlets.observe("asked")
    def _open(self, change):
        """Show the stepper that a button of the view asks for; it is kept as long as it is shown."""
        told, self._stepper = {}, None
        if self.asked:
            try:
                self._stepper = self.stepper(self.asked)
                told = {"model": self._stepper.model_id}
            except Exception as error:  # the loss is gone, or its graph
                told = {"said": f"It cannot be opened any more: {error}"}
        self.opened = told | {"finding": self.asked}

    def node(self, finding) -> str:
        """The operation at which a stepper shows a finding: its own, or the first one of its line; ``""`` for none."""
        nodes = self.trace.nodes if self.trace is not None and self.trace.steps else ()
        line = finding.where and (finding.where.label, finding.where.line)
        there = (each.id for each in nodes if each.source and (each.source.label, each.source.line) == line)
        return finding.node or next(there, "")

    def sentence(self) -> str:
        failure = self.evidence.failure
        found = counted(len(self.findings), "finding") if self.findings else "Nothing found"
        if failure is None or any(each.kind in ERRORS for each in self.findings):
            return found
        message = failure.message.partition("\n")[0].rstrip(".")
        told = f"{failure.kind}: {message}" if message else failure.kind
        return f"The block raised an error, which no finding explains: {told}. {found}"

    def describe(self) -> str:
        lines = [f"{self.sentence()}. {extent(self.evidence)}"]
        lines += [
            f"{number}. {' '.join(map(ended, each.sentences()))}"
            for number, each in enumerate(self.findings, 1)
        ]
        return "\n".join([*lines, *(f"Note: {ended(note)}" for note in self.notes)])

    def __repr__(self):
        return f"<Diagnosis: {self.sentence()}>"

    def stepper(self, number: int = 1):
        """Return a `BackwardStepper` at the operation of a finding, counted from 1.

        Raises ValueError where a finding is about no operation of the graph.
        """
        from ..stepper.widget import BackwardStepper

        node = self.node(self.findings[number - 1])
        if not node:
            raise ValueError(f"finding {number} is about no operation that a stepper could show")
        loss = self.evidence.root and self.evidence.root()
        trace = self.trace if loss is None else undisturbed(lambda: looked_at(loss, caller(), rules=True))[0]
        steps = trace.steps
        back = [i for i, step in enumerate(steps, 1) if step.node == node and step.phase == BACKWARD]
        ahead = [i for i, step in enumerate(steps, 1) if step.node == node]
        return BackwardStepper(trace, step=(back or ahead)[0])

    def svg(self) -> str:
        lines = [part for line in self.describe().split("\n") for part in textwrap.wrap(line, COLUMNS)]
        rows = [f'<text x="16" y="{30 + LINE * i}" {LETTERS}>{html.escape(line)}</text>'
                for i, line in enumerate(lines)]  # fmt: skip
        return picture("Diagnosis", self.sentence(), 820, 24 + LINE * len(lines), "".join(rows))


def ended(text) -> str:
    """A sentence with its full stop."""
    return text if text[-1:] in ".?!" else f"{text}."


def shown(finding) -> dict:
    """A finding as its view shows it."""
    source, marked = finding.where, marked_part(finding.where)
    line = " ".join(source.text.split()) if source is not None else ""
    return {
        "what": finding.what, "part": finding.part, "why": finding.why, "cure": finding.cure or WORDS[finding.kind],
        "place": f"{source.label}, line {source.line}" if source is not None else "",
        "line": line.partition(marked) if marked and marked in line else [line, "", ""],
        "depth": over_depth(list(finding.sizes)) if finding.sizes else None,
    }  # fmt: skip


def extent(evidence) -> str:
    """What was looked at."""
    trace, parts = evidence.trace, []
    if trace is not None:
        parts.append(counted(sum(node.kind == "op" for node in trace.nodes), "operation"))
    parts.append(counted(len(evidence.parameters), "parameter"))
    passes = sum(event.kind == "backward" for event in evidence.events)
    if passes:
        parts.append(counted(passes, "backward pass", "backward passes"))
    return f"Looked at {', '.join(parts)}."
