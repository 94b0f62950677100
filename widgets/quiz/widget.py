"""GradientQuiz: predict each gradient before it is shown, and be told which mistake you made."""

import contextlib
import re
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import traitlets

from autograd_core.printable import UNPRINTABLE, quoted

from ..answers.arithmetic import Unreadable, array_of, read_at, texts_of
from ..answers.backward_pass import BackwardPass, has_data
from ..answers.book import Book, book
from ..answers.slips import mistakes, no_slopes
from ..answers.verdict import NONE, NOT_ANSWERED, SAID, Verdict, judged, key, spelled
from ..base import State, Widget, picture, whole
from ..drawing.graph_picture import COMPLETE, NOTHING, ZERO, draw
from ..drawing.layout import DIRECTIONS
from ..mathematics.written import code_written
from ..outputs import in_notebook, weakly
from ..stepper.content import flat
from ..stepper.widget import recorded
from ..trace import BACKWARD, CONSTANT, Node
from ..words.narration import narrate, one_line
from ..words.numbers_as_text import brief, full, is_zero, rows
from .hints import hints_for, working

VERSION = 1  # of what result() returns
NO_ID = "quiz"  # what a quiz is called that has no id
MOST_CELLS = 16  # elements that a learner can be asked to type
LARGE = (f"has more than {MOST_CELLS} elements, too many to type: ask about a smaller tensor, or "
         "see the gradient in a BackwardStepper")  # fmt: skip
DEEP = ("has more than two dimensions, too many for rows and columns: ask about one of two, or see "
        "the gradient in a BackwardStepper")  # fmt: skip
MOST_NAMED = 3  # of what is left out
RUNGS = 3  # hints before the answer
MOST_LINES_AS_TEXT = 40
WORDS = {NOTHING: "hidden", COMPLETE: "found", ZERO: "exactly zero"}
ASKED = "?"  # in place of a gradient
UNTOUCHED = {"attempts": [], "hints": 0, "shown": False}
_latest = None  # gives the quiz that was made last, while it is there


@dataclass(frozen=True)
class Question:
    """One gradient that is asked for.

    Attributes
    ----------
    number : int, index of the node in ``Trace.nodes``
    node : Node
    name : str, what the learner calls the node
    asks : str, ``"∂y/∂x"``
    wanted : array, the gradient
    mistakes : list of Mistake
    hints : tuple of str, from a question to think about to the numbers
    working : str, how the gradient comes about, shown once it is settled
    """

    number: int
    node: Node
    name: str
    asks: str
    wanted: np.ndarray
    mistakes: list
    hints: tuple
    working: str

    def judge(self, given) -> Verdict:
        """Say whether an array is right, and what may have gone wrong."""
        return judged(given, self.wanted, self.mistakes)

    def read(self, texts) -> np.ndarray:
        """Return the answer that texts, one for each element, stand for.

        Raises Unreadable for a text that is no number.
        """
        places = zip(np.ndindex(self.wanted.shape), texts, strict=True)
        return np.reshape([read_at(*each) for each in places], self.wanted.shape)

    def kept(self, answers) -> dict:
        """Return what was answered, in full; raises ValueError or TypeError for anything else."""
        if not isinstance(answers, dict) or answers.keys() - UNTOUCHED.keys():
            raise ValueError(f"answers to {self.name} must be like {UNTOUCHED}, not {quoted(answers)}")
        attempts, hints, shown = (UNTOUCHED | answers).values()
        if not isinstance(attempts, list) or not isinstance(shown, bool):
            raise TypeError(f"answers to {self.name} must be like {UNTOUCHED}, not {quoted(answers)}")
        for texts in attempts:
            if not (isinstance(texts, list) and all(isinstance(text, str) for text in texts)):
                raise TypeError(f"an attempt at {self.name} must be a list of texts, not {quoted(texts)}")
            if len(texts) != self.wanted.size:
                raise ValueError(
                    f"an attempt at {self.name} must have {self.wanted.size} texts, not {len(texts)}"
                )
            self.read(texts)
        seen = [[re.sub(UNPRINTABLE, "", text) for text in texts] for texts in attempts]
        return {"attempts": seen, "hints": whole(f"hints to {self.name}", hints, 0, RUNGS), "shown": shown}

    def taken_up(self, note) -> dict:
        """Return the answers that a note in the answer book tells of, up to the first right one.

        An attempt that would be judged otherwise was one at another question of this id.
        """
        attempts = []
        for each in note["attempts"]:
            texts = each["answer"] if isinstance(each["answer"], list) else [each["answer"]]
            with contextlib.suppress(ValueError):  # another number of texts, or none of a number
                if self.judge(self.read(texts)).passed == each["right"]:
                    attempts.append(texts)
                    if each["right"]:
                        break
        return {"attempts": attempts, "hints": min(note["hints"], RUNGS), "shown": note["shown"]}

    def content(self) -> dict:
        """What the browser needs to ask and to judge."""
        return {
            "node": self.number,
            "id": self.node.id,
            "name": self.name,
            "asks": self.asks,
            "shape": list(self.wanted.shape),
            "answer": spelled(self.wanted),
            **key(self.wanted, self.mistakes),
            "hints": list(self.hints),
            "working": self.working,
        }


class GradientQuiz(Widget, module="quiz"):
    """Ask for gradients before they are shown, and name the likely mistake in a wrong answer.

    Parameters
    ----------
    y : tensor or Trace
        A tensor, of `autograd_core` or of PyTorch, is recorded by `widgets.record`, which
        runs its backward pass; a `Trace` is used as it is.
    ask : list of str, or None
        Names of the tensors whose gradients are asked for, in this order. None: every tensor
        that receives a gradient, in the order of the backward pass, if it is small enough to
        type (at most 16 elements); what is larger is said to be left out.
    id : str, the quiz's own, such as ``"03.quiz"``, under which the answer book notes what is
        answered: the gradient of x as ``"03.quiz.x"``. When the cell runs again, the quiz stands
        where it stood; what a notebook stores of it is always unanswered.
    direction : ``"vertical"`` or ``"horizontal"``, the way the graph runs at first
    **recording
        Passed on to `widgets.record`: ``names``, ``gradient``, …

    Attributes
    ----------
    answers : dict, from the id of a node to ``{"attempts": …, "hints": …, "shown": …}``:
        what was typed, a text for each element, how many hints were opened, and whether the
        answer was shown. Follows the learner.
    question : int, which question is open, from 0. Follows the learner.
    questions : list of Question
    trace : Trace

    Raises ValueError if there is nothing to ask, or a name is not that of a tensor that
    receives a gradient, TypeError for an argument that does not exist, and whatever recording
    the tensor raises.

    >>> from widgets.recorders.example import example
    >>> quiz = GradientQuiz(example(), ask=["p", "x"])
    >>> quiz.describe()
    'Question 1 of 2: what is ∂y/∂p? 0 of 2 answered.'
    >>> quiz.check_answer("p", 6)
    not yet: 6 is what p·p sends for one use alone: p is used twice, and what comes back from each use adds up
    >>> quiz.check_answer("p", "2*6")
    right: 12, within 0.02
    """

    answers = State({})
    question = State(0)
    direction = traitlets.Enum(list(DIRECTIONS), "vertical").tag(sync=True)

    def __init__(
        self,
        y: Any,
        ask: Iterable[str] | None = None,
        *,
        id: str | None = None,
        direction: str = "vertical",
        **recording: Any,
    ) -> None:
        global _latest
        if direction not in list(DIRECTIONS):
            raise ValueError(f"direction must be one of {list(DIRECTIONS)}, not {quoted(direction)}")
        if not (id is None or isinstance(id, str)):
            raise TypeError(f'id wants a text, such as "03.quiz", not {type(id).__name__}')
        if isinstance(ask, str):
            ask = [ask]
        if not (ask is None or isinstance(ask, Iterable)):
            raise TypeError(f"ask wants names, such as ask=['w'], not {type(ask).__name__}")
        self.trace = recorded(y, recording, "GradientQuiz", "ask, id and direction")
        self.id, self.book = id or NO_ID, book() if id else Book(NO_ID)
        self.backward_pass = BackwardPass(self.trace)
        self.questions = self._questions(ask)
        super().__init__(self._content(), direction=direction)
        self._unanswered = super().stored()
        self._take_up()
        self.observe(weakly(self._note), "answers")
        _latest = weakref.ref(self) if in_notebook() else lambda: self  # else nothing shows it

    # ------------------------------------------------------------------ what is asked

    def _questions(self, ask) -> list[Question]:
        small = [self.trace.node(id) for id in self._receiving() if not self._why_not(id)]
        asked = small if ask is None else [self._named(name) for name in ask]
        if not asked:
            raise ValueError(
                "there is no gradient to ask for: a quiz needs a backward pass in which a tensor "
                f"of at most {MOST_CELLS} elements, in rows and columns, receives a gradient. Take "
                "a smaller example, or see this one in a BackwardStepper"
            )
        ids, self.everything = {node.id for node in asked}, ask is None
        return [self._question(node, ids) for node in asked]

    def _receiving(self) -> list[str]:
        """The ids of all nodes but the outputs that the backward pass reaches, in its order."""
        order = [step.node for step in self.trace.steps if step.phase == BACKWARD]
        return [id for id in dict.fromkeys(order) if id not in self.trace.outputs]

    def left_out(self) -> str:
        """Say which gradients are not asked for as they are too large; ``""`` if none is."""
        if not self.everything:
            return ""
        titles = self.backward_pass.teller.titles
        names = [titles[id] for id in self._receiving() if self._why_not(id) in (LARGE, DEEP)]
        if not names:
            return ""
        more = len(names) - MOST_NAMED
        told = ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
        return f"Too large to be asked for: {told}. A BackwardStepper shows their gradients."

    def _why_not(self, id) -> str:
        """Why a node's gradient cannot be asked for; ``""`` if it can."""
        gradient = self.backward_pass.gradients.get(id)
        if self.trace.node(id).kind == CONSTANT:
            return "is a constant: no gradient flows to it"
        if gradient is None:
            step = next((s for s in self.trace.steps if s.node == id and s.phase == BACKWARD), None)
            if step is None or not step.gradient or has_data(step.gradient):
                return "receives no gradient"
        if gradient is None or gradient.size > MOST_CELLS:
            return LARGE
        if gradient.ndim > 2:
            return DEEP
        if gradient.size == 0:
            return "has no elements"
        return "" if np.all(np.isfinite(gradient)) else "has a gradient that is not finite"

    def _named(self, name) -> Node:
        """The node of a name that was asked for."""
        if not isinstance(name, str):
            raise TypeError(f"ask wants names, such as ask=['w'], not {type(name).__name__}")
        titles = self.backward_pass.teller.titles
        matching = [node for node in self.trace.nodes if name in (node.name, titles[node.id])]
        if not matching:
            known = [titles[id] for id in self.backward_pass.gradients]
            raise ValueError(
                f"no tensor here is called {quoted(name)}. Those that receive a gradient: "
                f"{', '.join(dict.fromkeys(known))}"
            )
        possible = [node for node in matching if not self._why_not(node.id)]
        if not possible:
            raise ValueError(f"{name} {self._why_not(matching[0].id)}")
        return possible[0]

    def _question(self, node, asked) -> Question:
        passed = self.backward_pass
        given = asked | set(self.trace.outputs)
        far = not self.everything and not given.issuperset(passed.before(node.id))
        slips = mistakes(passed, node.id, far)
        return Question(
            number=int(node.id[1:]),
            node=node,
            name=self._name(node),
            asks=self._asks(node),
            wanted=passed.gradients[node.id],
            mistakes=slips + no_slopes(passed, node.id, slips),
            hints=hints_for(passed, node),
            working=working(passed, node),
        )

    def _name(self, node) -> str:
        """What to call a node: by its expression, unless that is what several are called."""
        titles = self.backward_pass.teller.titles
        several = list(titles.values()).count(titles[node.id]) > 1
        return node.name if several else titles[node.id]

    def _asks(self, node) -> str:
        """What is asked for, as it is written: ``∂y/∂x``."""
        output, name = self.trace.node(self.trace.outputs[0]), self._name(node)
        if output.shape:
            return f"the gradient of {name}"
        simple = re.fullmatch(r"[\w.\[\]]+|[\w.]+\([^()]*\)|\(.*\)", name)
        return f"∂{self.backward_pass.teller.term(output.id)}/∂{name if simple else f'({name})'}"

    def _content(self) -> dict:
        return {
            "graph": flat(self.trace, narrate(self.trace)),
            "arrivals": [
                [arrival.sent.edge for arrival in self.backward_pass.arrivals[each.node.id]]
                for each in self.questions
            ],
            "at_work": [self._at_work(each) for each in self.questions],
            "gradients": [self._gradient(node) for node in self.trace.nodes],
            "outputs": [int(id[1:]) for id in self.trace.outputs],
            "questions": [each.content() for each in self.questions],
            "left_out": self.left_out(),
            "lesson": self.book.lesson,
            "id": self.id,
        }

    def _gradient(self, node) -> list | None:
        """How a node's gradient is drawn: its state, its text, its rows; None if there is none."""
        for step in self.trace.steps:
            if step.node == node.id and step.phase == BACKWARD and step.gradient is not None:
                state = ZERO if is_zero(step.gradient) else COMPLETE
                return [state, brief(step.gradient), rows(step.gradient)]
        return None

    def _at_work(self, question) -> list[int]:
        """The tensors whose elements one needs for an answer: operands of whoever sends."""
        senders = [arrival.sender.id for arrival in self.backward_pass.arrivals[question.node.id]]
        nodes = [edge.producer for id in dict.fromkeys(senders) for edge in self.trace.operands(id)]
        return [int(id[1:]) for id in dict.fromkeys([*nodes, *senders])]

    # ------------------------------------------------------------------ what was answered

    @question.accepts
    def _question_exists(self, question):
        return whole("question", question, 0, len(self.questions) - 1)

    @answers.accepts
    def _answers_are_answers(self, given):
        """Keep what answers to these questions look like, in the order of the questions."""
        if not isinstance(given, dict):
            raise TypeError(f"answers must be a dictionary from ids to answers, not {quoted(given)}")
        asked = {each.node.id for each in self.questions}
        unknown = [name for name in given if name not in asked]
        if unknown:
            raise ValueError(f"answers to questions that were not asked: {quoted(unknown)}")
        return {each.node.id: each.kept(given[each.node.id])
                for each in self.questions if each.node.id in given}  # fmt: skip

    def _noted_as(self, question) -> str:
        """The id of a question in the answer book."""
        return f"{self.id}.{question.name}"

    def _take_up(self):
        """Stand where the answer book says that this quiz stood."""
        notes = self.book.notes()
        ours = {each.node.id: each.taken_up(notes[self._noted_as(each)])
                for each in self.questions if self._noted_as(each) in notes}  # fmt: skip
        self.answers = {id: answers for id, answers in ours.items() if answers != UNTOUCHED}
        waiting = (i for i, each in enumerate(self.questions) if not self._is_settled(each))
        self.question = next(waiting, 0)

    def _note(self, change):
        """Note in the answer book what is new."""
        self.book.ask(*map(self._noted_as, self.questions))
        for question in self.questions:
            id, key = question.node.id, self._noted_as(question)
            before, now = (answers.get(id, UNTOUCHED) for answers in (change.old, change.new))
            for texts in now["attempts"][len(before["attempts"]) :]:
                verdict = question.judge(question.read(texts))
                answer = texts if question.wanted.ndim else texts[0]
                self.book.attempt(key, answer, verdict.passed, verdict.message, verdict.mistakes)
            if now["hints"] > before["hints"]:
                self.book.hint(key, now["hints"])
            if now["shown"] and not before["shown"]:
                self.book.shown(key)

    def stored(self):
        """Return what a notebook keeps of the quiz: the questions, and nothing that was answered."""
        return self._unanswered

    def _answers_to(self, question) -> dict:
        return self.answers.get(question.node.id, UNTOUCHED)

    def _verdicts(self, question) -> list[Verdict]:
        attempts = self._answers_to(question)["attempts"]
        return [question.judge(question.read(texts)) for texts in attempts]

    def _is_right(self, question) -> bool:
        return any(verdict.passed for verdict in self._verdicts(question)[-1:])

    def _is_settled(self, question) -> bool:
        return self._answers_to(question)["shown"] or self._is_right(question)

    def check_answer(self, name: str, value) -> Verdict:
        """Answer the question for a tensor's gradient, and return what became of it.

        The answer counts as one given in the widget, unless it cannot be read, has another
        shape, or the question is settled.

        Parameters
        ----------
        name : str, of the tensor
        value : number, text such as ``"2*3*0.5"``, or for a tensor nested lists of these, an
            array or a tensor; ``...`` is not answered yet

        Raises ValueError for a name that was not asked for.
        """
        question = self._asked(name)
        if value is ...:
            return Verdict(False, NOT_ANSWERED)
        if value is None:
            return Verdict(False, NONE)
        try:
            given, (texts, shape) = array_of(value, question.wanted.shape), texts_of(value)
        except Unreadable as problem:
            return Verdict(False, f"cannot be read: {problem}")
        verdict = question.judge(given)
        if shape == question.wanted.shape:  # of another the widget has no fields for it
            if not self._is_settled(question):
                own = self._answers_to(question)
                self._keep(question, attempts=[*own["attempts"], texts])
            self.question = self.questions.index(question)
        return verdict

    def _keep(self, question, **changes):
        self.answers = self.answers | {question.node.id: self._answers_to(question) | changes}

    def _asked(self, name) -> Question:
        for question in self.questions:
            if name in (question.node.name, question.name, question.asks):
                return question
        known = ", ".join(question.name for question in self.questions)
        raise ValueError(f"this quiz does not ask for {quoted(name)}. It asks for: {known}")

    def hint(self, name: str) -> str:
        """Open the next hint to a question and return it; after the last, the same again.

        Raises ValueError for a name that was not asked for.
        """
        question = self._asked(name)
        opened = min(self._answers_to(question)["hints"] + 1, RUNGS)
        if not self._is_settled(question):
            self._keep(question, hints=opened)
        return question.hints[opened - 1]

    def show_answer(self, name: str) -> str:
        """Give a question up: return its answer, which counts as shown unless it was right.

        Raises ValueError for a name that was not asked for.
        """
        question = self._asked(name)
        if not self._is_settled(question):
            self._keep(question, shown=True)
        return f"{question.asks} = {spelled(question.wanted)}"

    # ------------------------------------------------------------------ what is to be told

    def result(self) -> dict:
        """Return what was answered, for a teacher: counts, and every attempt with its verdict."""
        questions = [self._result(each) for each in self.questions]
        return {
            "version": VERSION,
            "engine": self.trace.engine,
            "asked": len(questions),
            "answered": sum(each["right"] for each in questions),
            "first_try": sum(first_try(each) for each in questions),
            "shown": sum(each["shown"] for each in questions),
            "questions": questions,
        }

    def _result(self, question) -> dict:
        own = self._answers_to(question)
        attempts = [
            {
                "answer": texts if question.wanted.ndim else texts[0],
                "right": verdict.passed,
                "verdict": verdict.message,
                "mistakes": list(verdict.mistakes),
            }
            for texts, verdict in zip(own["attempts"], self._verdicts(question), strict=True)
        ]
        return {
            "name": question.name,
            "asks": question.asks,
            "attempts": attempts,
            "hints": own["hints"],
            "shown": own["shown"],
            "right": self._is_right(question),
        }

    def export(self, path) -> Path:
        """Write a copy of the answer book, or without an id of what was answered here; return the path.

        A book that is there already is added to. Raises OSError where the file cannot be written,
        ValueError where something else is there.
        """
        return self.book.copy(path)

    def progress(self) -> str:
        """Say how many questions are answered: ``3 of 7 answered, 2 at the first try``."""
        result = self.result()
        return ", ".join(sentence.format(**result) for count, sentence in SAID["progress"] if result[count])

    def _standing(self, question) -> str:
        """How a question stands, to be read after it; ``""`` if nothing was done yet."""
        if self._answers_to(question)["shown"]:
            return SAID["shown"].format(answer=spelled(question.wanted))
        verdicts = self._verdicts(question)
        return verdicts[-1].message if verdicts else ""

    def describe(self) -> str:
        """Return the open question, how it stands, and the progress, as the status line says it."""
        question = self.questions[self.question]
        standing = self._standing(question)
        opening = SAID["told" if standing else "asked"].format(
            number=self.question + 1,
            count=len(self.questions),
            asks=question.asks,
            said=standing[:1].upper() + standing[1:],
        )
        return f"{opening} {self.progress()}."

    def text(self) -> str:
        """Return what is known, all questions and how they stand."""
        told = [known_of(node, self.backward_pass.teller.titles) for node in self.trace.nodes]
        known = [f"  {line}" for line in told if line]
        asked = [
            f"{'>' if number == self.question else ' '} {each.asks} = {self._standing(each) or '?'}"
            for number, each in enumerate(self.questions)
        ]
        known = known if len(known) <= MOST_LINES_AS_TEXT else []
        left_out = [f"  {each}" for each in [self.left_out()] if each]
        return "\n".join([*known, *asked, f"  {self.progress()}", *left_out])

    def svg(self) -> str:
        """Return the graph with what is found and what is asked, as an SVG document."""
        question = self.questions[self.question]
        arriving = self.backward_pass.arrivals[question.node.id]
        rules = [SimpleNamespace(edge=arrival.sent.edge) for arrival in arriving]
        moment = SimpleNamespace(node=question.number, rules=rules, sentence=self.describe())
        drawing = draw(self.data["graph"], self.direction, self.standing(), moment, WORDS)
        return picture("Gradient quiz", moment.sentence, *drawing)

    def standing(self) -> list[tuple[bool, str, str, str]]:
        """For each node: (value there, state, gradient or ``"?"``, ``""``)."""
        settled = {each.number: self._is_settled(each) for each in self.questions}
        over = all(settled.values())
        found = []
        for number, gradient in enumerate(self.data["gradients"]):
            known = settled.get(number, over or number in self.data["outputs"])
            state, text, _ = gradient if gradient and known else (NOTHING, "", None)
            found.append((True, state, text or (ASKED if number in settled else ""), ""))
        return found


def check_answer(name: str, value, quiz: GradientQuiz | None = None) -> Verdict:
    """Answer a question of a quiz in plain code, where the widget cannot be used.

    Parameters
    ----------
    name : str, of the tensor whose gradient is asked for
    value : number, text such as ``"3/4"``, or for a tensor nested lists of these
    quiz : GradientQuiz; the one made last, if it is left out

    Raises ValueError if there is no quiz, or it does not ask for this gradient.

    >>> from widgets.recorders.example import example
    >>> quiz = GradientQuiz(example(), ask=["w"])
    >>> check_answer("w", -24)
    not yet: the size is right, and the sign is wrong
    """
    quiz = quiz or (_latest and _latest())
    if quiz is None:
        raise ValueError("there is no quiz yet: make one with GradientQuiz(y)")
    return quiz.check_answer(name, value)


def known_of(node: Node, titles) -> str:
    """What is known of a node before the backward pass: ``o1 = p1·x + 1 = 4``."""
    if node.value is None or (node.kind == CONSTANT and not node.named):
        return ""
    made = code_written(one_line(titles.made(node)))
    called = node.name if node.named else titles[node.id]
    parts = ["" if called == f"({made})" else called, made, full(node.value)]
    return " = ".join(part for i, part in enumerate(parts) if part and part not in parts[:i])


def first_try(result: dict) -> bool:
    """Whether a question was answered at the first try, without the answer having been shown."""
    return result["right"] and len(result["attempts"]) == 1
