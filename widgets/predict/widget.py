"""Predict: the learner commits to an answer, then the value is shown."""

import base64
import contextlib
import html
import io
import json
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from autograd_core.printable import printable, quoted

from ..answers.arithmetic import Unreadable
from ..answers.book import book
from ..answers.verdict import NOT_ANSWERED, Verdict
from ..base import Widget, picture
from ..drawing.graph_picture import LETTERS, LINE, MUTED, QUIET
from ..stepper.widget import recorded
from .diagnosis import slips_in
from .held import ASKED, SAID, Numbers, digest, held_back

HELD_BACK = "application/vnd.see-the-gradient.held-back"  # the digests of what is not shown
WIDTH, LINE_HEIGHT = 600, 20
OPEN, WRONG, RIGHT, SHOWN = "open", "wrong", "right", "shown"


class Predict(Widget, module="predict"):
    """Ask for a value before it is shown.

    The value is worked out when the cell runs, and held back until the learner has committed to
    an answer: it stands in no output that is stored with the notebook. A wrong answer is told
    what may have gone wrong; after a second one, or when asked for, the value is shown.

    Parameters
    ----------
    id : str, the question's own in the whole course, such as ``"05-sign"``
    question : str; what stands between backticks is shown as code
    thing : function of no arguments
        Returns what is asked for: a number, a tensor of at most 16 elements, True or False, a
        text, None, a shape, or several numbers as a tuple or, with labels, as a dictionary. What
        it prints is held back too and, if it returns nothing, is what is asked for. So is an
        error that it raises: its name is asked for. (A NameError is raised: something is missing.)
    choices : list, or dictionary from what is offered to the value that it stands for
    ask : ``"value"``, ``"sign"`` of a number, ``"shape"`` of a tensor, or ``"order"``: then the
        thing returns a list of texts, which are offered in another order
    hints : texts, which are opened one after the other
    slips : dictionary from a wrong answer to what is said of it
    of : tensor or Trace
        The output whose gradient the thing tells, as ``of=y`` beside ``lambda: x.grad``. Its backward
        pass is run before, as a quiz does it, and a wrong answer is told which slip gives it.

    Attributes
    ----------
    right : bool, whether the last answer was right: for an autograder
    attempts : list of the answers, a text for each field

    Raises TypeError or ValueError for a thing that is no function, or that cannot be asked for so.

    >>> predict = Predict("doctest-area", "A square of side 3: what is its area?", lambda: 3.0**2)
    >>> predict.answer("3+3")
    not yet: it is too small. Try once more, or have the value shown
    >>> predict.answer("3*3"), predict.right
    (right: 9, within 0.009, True)
    """

    def __init__(
        self,
        id: str,
        question: str,
        thing: Callable,
        *,
        choices: Iterable | Mapping | None = None,
        ask: str = "value",
        hints: str | Iterable[str] = (),
        slips: Mapping[Any, str] | None = None,
        of: Any = None,
    ) -> None:
        for name, text in (("id", id), ("question", question)):
            if not isinstance(text, str) or not text.strip():
                raise TypeError(f"{name} of a Predict must be a text, not {quoted(text)}")
        if not callable(thing):
            raise TypeError(
                "Predict takes what is asked for as a function, so that it can hold it back: "
                f"lambda: x.grad, not {type(thing).__name__}"
            )
        if ask not in ASKED:
            raise ValueError(f"ask must be one of {list(ASKED)}, not {quoted(ask)}")
        self.id, self.question = id, printable(question)
        self.hints = [hints] if isinstance(hints, str) else list(hints)
        trace = None if of is None else recorded(of, {}, "Predict", "of")
        self.held = held_back(outcome(thing), ask, choices, slips)
        if trace is not None and isinstance(self.held, Numbers):
            self.held.mistakes.extend(slips_in(trace, thing, self.held.wanted))
        super().__init__({
            "id": id, "question": self.question, "form": self.held.form, "hints": len(self.hints),
        })  # fmt: skip

    # ------------------------------------------------------------------ what was answered

    @property
    def noted(self) -> dict:
        """What the book has on this very question: from where its verdicts are those of now."""
        own = book().of(self.id)
        others = [i for i, each in enumerate(own["attempts"], 1) if not self.is_ours(each)]
        return own | {"attempts": own["attempts"][others[-1] :], "shown": False} if others else own

    def is_ours(self, attempt) -> bool:
        """Whether an attempt in the book is one at this question, which may have been changed since."""
        try:
            return attempt["right"] is None or self.held.judge(fields_of(attempt)).passed == attempt["right"]
        except ValueError:
            return False

    @property
    def attempts(self) -> list[list[str]]:
        """The answers that were given, a text for each field."""
        return [fields_of(each) for each in self.noted["attempts"] if each["right"] is not None]

    @property
    def right(self) -> bool:
        """Whether the last answer is right."""
        return any(self.held.judge(texts) for texts in self.attempts[-1:])

    @property
    def settled(self) -> bool:
        """Whether the value is shown."""
        own, attempts = self.noted, self.attempts
        given_up = own["shown"] or len(attempts) < len(own["attempts"])
        return given_up or self.right or len(attempts) >= self.held.tries

    def answer(self, value) -> Verdict:
        """Answer in plain code, where the widget cannot be used, and return what became of it.

        Parameters
        ----------
        value : number, text, True or False, an error or its name, a shape, nested lists, or for
            an order the list in that order; ``...`` is not answered yet
        """
        if value is ...:
            return Verdict(False, NOT_ANSWERED)
        try:
            texts = self.held.texts(value)
            verdict = self.held.judge(texts)
        except Unreadable as problem:
            return Verdict(False, f"cannot be read: {problem}")
        if self.settled:
            return verdict
        self._note(texts, verdict)
        self.tell()
        over = self.settled and not verdict
        told = SAID["over"].format(said=self.said(), value=self.held.printed) if over else self.said()
        return Verdict(verdict.passed, told, verdict.mistakes)

    def _note(self, texts, verdict):
        answer = texts[0] if len(texts) == 1 else texts
        book().attempt(self.id, answer, verdict.passed, verdict.message, verdict.mistakes)
        if self.settled and not verdict:
            book().shown(self.id)

    def hint(self) -> str:
        """Open the next hint and return it; after the last, the same again."""
        if not self.hints:
            return "there is no hint"
        if not self.settled:
            book().hint(self.id)
            self.tell()
        return self.opened[-1]

    @property
    def opened(self) -> list[str]:
        """The hints that are open."""
        return self.hints[: self.noted["hints"]]

    def show(self) -> str:
        """Say "I don't know": return the value, which counts as shown unless the answer was right."""
        if not self.settled:
            if not self.attempts:
                book().attempt(self.id, "", None, SAID["unknown"])
            book().shown(self.id)
            self.tell()
        return self.held.printed

    # ------------------------------------------------------------------ what is to be told

    def said(self) -> str:
        """Return how it stands, as the status line says it."""
        if not self.attempts:
            return SAID["unknown" if self.settled else "open"]
        told = self.held.judge(self.attempts[-1]).message
        if self.settled:
            return re.sub("^not yet", SAID["settled"], told)
        return SAID["again"].format(said=told)

    def standing(self) -> dict:
        """Return what the live view shows; the value only once it is settled."""
        attempts, settled = self.attempts, self.settled
        state = RIGHT if self.right else WRONG if attempts else SHOWN if settled else OPEN
        return {
            "texts": attempts[-1] if attempts else [],
            "state": state,
            "settled": settled,
            "said": self.said(),
            "value": self.held.printed if settled else "",
            "hints": self.opened,
        }

    def tell(self) -> None:
        """Tell the live views how it stands: as a message, which no notebook stores."""
        self.send(self.standing())

    def _handle_custom_msg(self, content, buffers):
        """Do what the learner did in a view, which anybody may pretend to be."""
        does = content.get("do") if isinstance(content, dict) else None
        texts = content.get("texts") if does == "commit" else None
        if does == "hint":
            self.hint()
        elif does == "show":
            self.show()
        elif isinstance(texts, list) and all(isinstance(text, str) for text in texts):
            with contextlib.suppress(ValueError):  # cannot be read, or for other fields
                verdict = self.held.judge(texts)
                if not self.settled:
                    self._note(texts, verdict)
        self.tell()

    # ------------------------------------------------------------------ what is stored

    def describe(self) -> str:
        """Return the question; never the answer, for this is stored with the notebook."""
        return f"Prediction: {self.question}"

    def text(self) -> str:
        """Return the question and what there is to choose from, and never the answer."""
        form = self.held.form
        lines = [f"{label} = ?" for label in form.get("labels", [])] or form.get("options") or ["?"]
        return "\n".join([self.describe(), *(f"  {line}" for line in lines)])

    def svg(self) -> str:
        """Return the question as a picture with a blank where the answer goes."""
        lines = textwrap.wrap(self.question.replace("`", ""), 72) or [""]
        words = [
            f'<text x="16" y="{28 + LINE_HEIGHT * i}" font-weight="600">{html.escape(line)}</text>'
            for i, line in enumerate(lines)
        ]
        top = 24 + LINE_HEIGHT * len(lines)
        options, labels = self.held.form.get("options"), self.held.form.get("labels")
        blanks = options or labels or [""]
        left = 16 + (9 * max(map(len, labels)) + 10 if labels else 0)
        for i, label in enumerate(blanks):
            words.append(mark(label, top + 32 * i) if options else blank(label, left, top + 32 * i))
        body = f"<g {LETTERS}>{''.join(words)}</g>"
        return picture("Prediction", self.describe(), WIDTH, top + 32 * len(blanks) + 8, body)

    def _repr_mimebundle_(self, **kwargs):
        """The unanswered question, and beside it the digests of what is held back."""
        shown, metadata = super()._repr_mimebundle_(**kwargs)
        digests = [digest(self.id, each) for each in (self.held.printed, *self.held.parts)]
        return shown | {HELD_BACK: " ".join(digests)}, metadata

    def page_state(self) -> dict:
        """What a page without a kernel needs, with the value so written that nobody reads it by chance."""
        held = base64.b64encode(json.dumps(self.key()).encode()).decode()
        state = super().page_state()
        answers = {"attempts": [], "hints": 0, "shown": False}
        return state | {"data": state["data"] | {"lesson": book().lesson}, "held": held, "answers": answers}

    def key(self) -> dict:
        """Return what is needed to judge answers and to show the value."""
        shown = {"printed": self.held.printed, "tries": self.held.tries, "hints": self.hints}
        return self.held.key() | shown


def outcome(thing: Callable) -> Any:
    """Return what a function returns, else what it prints, or the error that it raises."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            returned = thing()
    except NameError:
        raise
    except Exception as error:
        return error
    return printed.getvalue().strip() if returned is None and printed.getvalue() else returned


def fields_of(attempt) -> list[str]:
    """The texts of an attempt in the book, one for each field."""
    return attempt["answer"] if isinstance(attempt["answer"], list) else [attempt["answer"]]


def mark(option: str, top: float) -> str:
    """A mark beside an answer that can be chosen."""
    return (f'<circle cx="26" cy="{top + 12}" r="7" fill="{QUIET}" stroke="{LINE}"/>'
            f'<text x="44" y="{top + 17}">{html.escape(option)}</text>')  # fmt: skip


def blank(label: str, left: float, top: float) -> str:
    """A box for an answer, after what it is called if it is one of several."""
    named = f'<text x="16" y="{top + 17}">{html.escape(label)}</text>' if label else ""
    return (f'{named}<rect x="{left}" y="{top}" width="160" height="24" rx="6" fill="{QUIET}" stroke="{LINE}"/>'
            f'<text x="{left + 10}" y="{top + 17}" fill="{MUTED}">?</text>')  # fmt: skip
