"""GradientQuiz in Python: what it asks, how it judges, what it remembers, what it hides."""

import json
import random
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import autograd_core
from tests.exhaustive import some_of
from tests.js.test_modules import node  # noqa: F401, a fixture
from tests.oracle import torch as pytorch
from tests.widgets import programs
from tests.widgets.test_slips import chain, earlier, layer, matrices, shared, squares, traced
from widgets import GradientQuiz, check, check_answer
from widgets.answers import book as book_module
from widgets.answers.arithmetic import texts_of
from widgets.answers.book import Book
from widgets.answers.notes import read
from widgets.answers.verdict import spelled, tolerance
from widgets.quiz.widget import RUNGS
from widgets.recorders.example import example
from widgets.trace import Trace
from widgets.words.numbers_as_text import number

SVG = "{http://www.w3.org/2000/svg}"
JUDGE_ALL = Path(__file__).parents[1] / "js" / "judge_all.mjs"


def quiz_of(program, ask=None, torch=autograd_core, **more):
    y, names = program(torch)
    return GradientQuiz(y, ask, names=names, **more)


# ---------------------------------------------------------------- what it asks


def test_it_asks_from_the_output_to_the_inputs():
    quiz = quiz_of(programs.worked_example)
    names = [question.name for question in quiz.questions]
    assert names.index("o3") < names.index("o2_1") < names.index("o1") < names.index("p1")
    assert "y" not in names and "3" not in names and len(names) == 17


def test_it_asks_for_the_ones_named_in_their_order():
    quiz = quiz_of(programs.worked_example, ask=["p1", "o1", "p3"])
    assert [question.asks for question in quiz.questions] == ["∂y/∂p1", "∂y/∂o1", "∂y/∂p3"]
    assert len(quiz_of(programs.worked_example, ask="p1").questions) == 1


@pytest.mark.parametrize(
    "ask, error, words",
    [
        (["q"], ValueError, "no tensor here is called 'q'. Those that receive a gradient: y, "),
        (["3"], ValueError, "3 is a constant: no gradient flows to it"),
        ([], ValueError, "there is no gradient to ask for"),
        ([autograd_core.tensor(1.0)], TypeError, "ask wants names, such as ask=\\['w'\\], not Tensor"),
    ],
)
def test_what_cannot_be_asked(ask, error, words):
    with pytest.raises(error, match=words):
        quiz_of(squares, ask=ask)


def test_a_large_tensor_is_left_out_or_if_it_is_named_refused():
    def large(torch):
        x = torch.ones(5, 5, requires_grad=True)
        k = torch.tensor(2.0, requires_grad=True)
        return (x * k).sum(), locals()

    quiz = quiz_of(large)
    assert [question.name for question in quiz.questions] == ["k"]
    told = "Too large to be asked for: x·k, x. A BackwardStepper shows their gradients."
    assert quiz.text().endswith(told) and quiz.data["left_out"] == told
    with pytest.raises(
        ValueError, match="x has more than 16 elements, .* ask about a smaller tensor, or see"
    ):
        quiz_of(large, ask=["x"])
    assert quiz_of(large, ask=["k"]).left_out() == quiz_of(squares).left_out() == ""


def test_a_tensor_of_three_dimensions_is_left_out_too():
    def deep(torch):
        x = torch.ones(2, 2, 2, requires_grad=True)
        return x.sum(), locals()

    with pytest.raises(ValueError, match="x has more than two dimensions"):
        quiz_of(deep, ask=["x"])
    with pytest.raises(ValueError, match="no gradient to ask for: .* Take a smaller example"):
        quiz_of(deep)


def test_a_gradient_that_is_no_number_is_not_asked_for():
    def infinite(torch):
        x = torch.tensor(0.0, requires_grad=True)
        k = torch.tensor(2.0, requires_grad=True)
        return x**0.5 + k * 3, locals()

    assert "x" not in [question.name for question in quiz_of(infinite).questions]


def test_arguments_that_do_not_exist_are_named():
    with pytest.raises(TypeError, match="GradientQuiz has no argument 'asks'. Besides ask, id and direction"):
        quiz_of(squares, asks=["x"])
    with pytest.raises(ValueError, match="direction must be one of"):
        quiz_of(squares, direction="up")


@pytest.mark.parametrize("torch", [autograd_core, pytorch], ids=["engine", "pytorch"])
def test_both_engines_are_asked_the_same(torch):
    quiz = quiz_of(programs.worked_example, ["o3", "o1", "p1", "p3"], torch)
    assert [number(float(question.wanted)) for question in quiz.questions] == [
        "8", "1.0875", "19.5745", "−0.9488"
    ]  # fmt: skip
    assert quiz.check_answer("p1", -19.5745).mistakes == ("sign",)
    assert quiz.check_answer("o1", "0.8759").mistakes == ("overwrote",)


def test_a_trace_that_was_stored_can_be_asked_about():
    trace = Trace.from_json(traced(squares).to_json())
    assert GradientQuiz(trace, ["x"]).check_answer("x", 39)


def test_an_output_of_several_elements():
    def several(torch):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        return x * x, locals()

    y, names = several(autograd_core)
    quiz = GradientQuiz(y, names=names, gradient=autograd_core.tensor([1.0, 10.0]))
    assert quiz.questions[0].asks == "the gradient of x"
    assert quiz.check_answer("x", [2, 40])


@pytest.mark.exhaustive
def test_a_long_chain_is_asked_about():
    def chain_of_300(torch):
        x = torch.tensor(0.5, requires_grad=True)
        y = x
        for _ in range(100):
            y = (y * x + x).sin()
        return y, {"x": x, "y": y}

    quiz = quiz_of(chain_of_300, ["x"])
    wanted = float(quiz.questions[0].wanted)
    assert quiz.check_answer("x", -wanted).mistakes == ("sign",) and quiz.check_answer("x", wanted)


# ---------------------------------------------------------------- how it judges


def test_right_says_the_tolerance_that_was_used():
    quiz = quiz_of(programs.worked_example, ["p1", "o1"])
    assert str(quiz.check_answer("p1", "6.52485*3")) == "right: 19.5745, within 0.02"
    near = float(tolerance(quiz.questions[0].wanted))
    for factor, right in ((0.99, True), (1.01, False)):
        assert quiz.check_answer("p1", float(quiz.questions[0].wanted) + factor * near).passed == right


@pytest.mark.parametrize("answer, words", [
    (42, "42 is the value of y, not a slope"),
    ("1/12", "this is 1 divided by the slope: it tells how far p moves for each unit of the output"),
    (6, "6 is what p·p sends for one use alone"),  # the value of p, too, but a slip is likelier
])  # fmt: skip
def test_a_value_in_place_of_a_slope_and_a_slope_upside_down_are_named(answer, words):
    said = quiz_of(squares, ask="p").check_answer("p", answer)
    assert repr(said).startswith(f"not yet: {words}") and len(said.mistakes) == 1


def test_what_a_tensor_gives_the_output_directly_does_not_come_by_way_of_it_alone():
    def direct(torch):
        w = torch.tensor(3.0, requires_grad=True)
        b = torch.tensor(2.0, requires_grad=True)
        u = w * b
        y = u**2 + w
        return y, locals()

    assert str(quiz_of(direct, ask="w").check_answer("w", 1)) == (
        "not yet: 1 is what w gives y directly, without the path through u: w is used twice, "
        "and what comes back from each use adds up"
    )


def test_the_value_of_the_output_is_as_likely_as_another_output_in_a_rule():
    def scaled(torch):
        x = torch.tensor([1.0, 2.0, 3.0])
        k = torch.tensor(2.0, requires_grad=True)
        yy = (x * k).sum()
        return yy, locals()

    said = quiz_of(scaled, ask="k").check_answer("k", 12)
    assert set(said.mistakes) == {"output", "value"}
    assert "ambiguous" in str(said) and "12 is the value of yy, not a slope" in str(said)


@pytest.mark.parametrize("answer, words", [
    (11.9, "it is close, but too small: if something was rounded, more digits are needed"),
    (12.1, "it is close, but too large: if something was rounded, more digits are needed"),
    (12.3, "it is too large"),
])  # fmt: skip
def test_an_answer_within_a_hundredth_is_told_to_be_close(answer, words):
    said = quiz_of(squares, ask="p").check_answer("p", answer)
    assert repr(said).startswith(f"not yet: {words}") and not said


def test_a_small_gradient_is_not_taken_for_0():
    def faint(torch):
        x = torch.tensor(1e-4, requires_grad=True)
        return x * x, locals()

    quiz = quiz_of(faint)
    assert not quiz.check_answer("x", 0) and not quiz.check_answer("x", 1e-4)
    assert quiz.check_answer("x", 2e-4)


def test_a_gradient_of_exactly_0():
    def dead(torch):
        x = torch.tensor(-1.0, requires_grad=True)
        return x.relu() * 3, locals()

    quiz = quiz_of(dead, ["x"])
    assert not quiz.check_answer("x", 0.001)
    assert str(quiz.check_answer("x", 0)) == "right: 0, within 1e−9"


@pytest.mark.parametrize(
    "value, words",
    [
        (..., "not answered yet"),
        (None, "was backward() called"),
        ("0,5", "cannot be read: is the comma a decimal point? Then write 0.5"),
        ("", "cannot be read: nothing is written yet"),
        ("2*", "cannot be read: something is missing at the end"),
        ("1/0", "cannot be read: this divides by zero"),
        (float("nan"), "cannot be read: nan is no finite number: was something divided by 0?"),
        (float("inf"), "cannot be read: inf is no finite number"),
        ("nan", "cannot be read: “nan” is not known here"),
        ([1, None], "cannot be read: [1]: a number is wanted, not None"),
        ([[1, "2*"]], "cannot be read: [0, 1]: something is missing at the end"),
        ("(" * 90 + "1", "cannot be read: this is nested too deeply to read"),
        (True, "cannot be read: a number is wanted, not a bool"),
        ({}, "cannot be read: a number is wanted, not a dict"),
        ([[1, 2], [3]], "cannot be read: rows of one length are wanted"),
        ([39], "one number is wanted, not a list"),
    ],
)
def test_what_is_no_answer_gets_kind_words_and_does_not_count(value, words):
    quiz = GradientQuiz(example(), ["x"])
    verdict = quiz.check_answer("x", value)
    assert not verdict and words in str(verdict)
    assert quiz.result()["questions"][0]["attempts"] == []


@pytest.mark.parametrize("text", ["[2, 4]", "2, 4", "2,4", "2 4", "(2,4)", ""])
def test_one_text_is_no_tensor_and_how_several_are_given_is_said(text):
    x = autograd_core.tensor([1.0, 2.0], requires_grad=True)
    quiz = GradientQuiz((x * x).sum())
    for verdict in (quiz.check_answer("x", text), check(text, lambda x: (x * x).sum(), x)):
        assert not verdict and "a text is one number: give several as a list, [1, 2]" in str(verdict)
    assert quiz.check_answer("x", ["2", "2*2"])


def test_answers_for_tensors():
    quiz = quiz_of(layer, ["b", "h", "s"])
    right = quiz.questions[0].wanted
    for answer in (right, right.tolist(), autograd_core.tensor(right), [f"{x}*1" for x in right]):
        assert quiz.questions[0].judge(quiz.questions[0].read(texts_of(answer)[0]))
    assert "[1]: “x” is not known here" in str(quiz.check_answer("b", [1, "x"]))
    assert quiz.check_answer("b", quiz.questions[1].wanted).mistakes == ("unsummed",)
    assert quiz.check_answer("b", right)


WAYS = 40


def random_program(seed):
    """A small program of scalars and its quiz, for all that receives a gradient."""
    choose = random.Random(seed)
    leaves = [autograd_core.tensor(choose.uniform(-2, 2), requires_grad=True) for _ in range(2)]
    values = [*leaves]
    unary = [lambda a: a.sin(), lambda a: a.tanh(), lambda a: a * 3, lambda a: a ** 2 + 1,
             lambda a: (a * a + 1) ** 0.5, lambda a: -a, lambda a: a.exp() / 5]  # fmt: skip
    binary = [lambda a, b: a * b, lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a / (b * b + 1)]
    for _ in range(choose.randint(2, 5)):
        a, b = choose.choice(values), choose.choice(values)
        values.append(choose.choice(unary)(a) if choose.random() < 0.5 else choose.choice(binary)(a, b))
    y = values[-1] * values[-1] + leaves[0] * leaves[1]
    return GradientQuiz(y, names={"a": leaves[0], "b": leaves[1], "y": y})


def ways_to_write(value, choose):
    """A right answer as somebody may write it."""
    ways = [
        lambda: repr(value),
        lambda: number(value),
        lambda: f"{value:.4g}",
        lambda: f" {value:.6f} " if abs(value) > 0.01 else f"{value:.3e}",
        lambda: f"{value:.3e}".replace("-", "−"),
        lambda: str(Fraction(value).limit_denominator(10**6)) if abs(value) > 0.01 else repr(value),
        lambda: f"{value / 3!r}*3",
        lambda: f"{value - 1!r} + 1",
        lambda: f"-({-value!r})",
        lambda: f"{value / np.pi!r}·π",
        lambda: f"{value:.5e}".upper() if abs(value) > 0.01 else repr(value),
        lambda: f"({value * 2!r})/2",
    ]
    return choose.choice(ways)()


@pytest.mark.parametrize("count", some_of([25, 1_000]))
def test_no_right_answer_is_ever_called_wrong(count):
    for seed in range(count):
        quiz = random_program(seed)
        choose = random.Random(-seed - 1)
        for _ in range(WAYS):
            question = choose.choice(quiz.questions)
            text = ways_to_write(float(question.wanted), choose)
            verdict = question.judge(question.read([text]))
            assert verdict.passed, (seed, question.asks, float(question.wanted), text, verdict)


def test_the_browser_judges_as_python_does(node):  # noqa: F811
    choose = random.Random(0)
    pairs = []
    for quiz in [quiz_of(p) for p in (programs.worked_example, shared, layer, matrices, earlier)]:
        for question in quiz.questions:
            answers = [question.wanted, question.wanted * 1.1, question.wanted - 3, -question.wanted * 2]
            answers += [m.value for m in question.mistakes if m.value.shape == question.wanted.shape]
            off = [question.wanted * factor for factor in (0.9, 1.3, 0, -1)]
            for answer in [*off, *choose.sample(answers, min(len(answers), 12))]:
                texts, _ = texts_of(answer)
                pairs.append((question, texts))
            pairs.append((question, ["1,5"] * question.wanted.size))
    sent = json.dumps([[question.content(), texts] for question, texts in pairs])
    ran = subprocess.run([node, str(JUDGE_ALL)], input=sent, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    for (question, texts), said in zip(pairs, json.loads(ran.stdout), strict=True):
        assert said == told(question, texts)


def told(question, texts):
    """What Python makes of an answer, in the browser's form."""
    try:
        verdict = question.judge(question.read(texts))
    except ValueError as problem:
        return {"problem": str(problem)}
    return {"passed": verdict.passed, "message": verdict.message, "mistakes": list(verdict.mistakes)}


def factors(torch):
    """At each of its tensors the answer is also a number of the program, or a gradient elsewhere."""
    x = torch.tensor(2.0, requires_grad=True)
    w = torch.tensor(6.0, requires_grad=True)
    p = x * w
    y = 8 * (p + 1)
    return y, {"x": x, "w": w, "p": p, "y": y}


@pytest.mark.parametrize("program", [factors, squares, chain, shared, programs.worked_example])
def test_neither_a_hint_nor_what_is_said_of_a_mistake_states_the_answer(program):
    for question in quiz_of(program).questions:
        answer = rf"(?<![\w.−]){re.escape(spelled(question.wanted))}(?![\w.])"
        said = [*question.hints, *(mistake.words for mistake in question.mistakes)]
        assert [text for text in said if re.search(answer, text)] == [], question.name


# ---------------------------------------------------------------- what it remembers


@pytest.fixture
def quiz():
    return GradientQuiz(example(), ["p", "x", "w"])


def test_attempts_hints_and_shown_answers_are_counted(quiz):
    quiz.check_answer("p", 6)
    quiz.check_answer("p", 12)
    quiz.check_answer("x", 39)
    assert quiz.describe() == (
        "Right: 39, within 0.04. Question 2 of 3, ∂y/∂x. 2 of 3 answered, 1 at the first try."
    )
    assert quiz.hint("w") == quiz.questions[2].hints[0]
    assert quiz.show_answer("w") == "∂y/∂w = 24"
    assert quiz.progress() == "2 of 3 answered, 1 at the first try, 1 shown"
    p, x, w = quiz.result()["questions"]
    assert [attempt["mistakes"] for attempt in p["attempts"]] == [["overwrote"], []]
    assert (p["right"], x["right"], w["right"]) == (True, True, False)
    assert (w["hints"], w["shown"], w["attempts"]) == (1, True, [])


def test_hints_lead_from_a_question_to_the_numbers(quiz):
    rungs = [quiz.hint("w") for _ in range(RUNGS + 1)]
    assert rungs[0].endswith("?") and "g·x" in rungs[1] and "12·2" in rungs[2]
    assert rungs[3] == rungs[2] and quiz.answers["n1"]["hints"] == RUNGS
    assert all("24" not in rung for rung in rungs)


@pytest.mark.parametrize(
    ("output", "last"),
    [
        (lambda x: (x * 1 + 5 - 7) ** 2, "send on what they receive. y sends to (x·1 + 5 − 7): 1·2·3."),
        (lambda x: (x + 3).sin() * 2, "sends on what it receives. (x + 3).sin() sends to (x + 3): 2·cos(8)."),
        (lambda x: (x - 4).pow(2), "(x − 4) sends on what it receives. y sends to (x − 4): "),
        (
            lambda x: (lambda u: u * u)(x - 4),
            "sends on what it receives: first find the gradient of (x − 4).",
        ),
        (lambda x: x + 3, "sends on what it receives, and the backward pass starts at y."),
    ],
)
def test_where_a_gradient_is_passed_on_the_last_hint_says_where_it_comes_from(output, last):
    x = autograd_core.tensor(5.0, requires_grad=True)
    y = output(x)
    (question,) = GradientQuiz(y, ask=["x"]).questions
    assert last in question.hints[2]


def test_a_settled_question_takes_no_more_attempts(quiz):
    quiz.check_answer("w", 24)
    assert not quiz.check_answer("w", 25)
    quiz.show_answer("w")
    result = quiz.result()["questions"][2]
    assert len(result["attempts"]) == 1 and result["right"] and not result["shown"]


def test_what_the_browser_sends_is_what_python_counts(quiz):
    quiz.answers = {"n2": {"attempts": [["2*3"], ["3*4"]], "hints": 2, "shown": False}}
    first = quiz.result()["questions"][0]
    assert [attempt["answer"] for attempt in first["attempts"]] == ["2*3", "3*4"]
    assert first["right"] and first["hints"] == 2


@pytest.mark.parametrize("answers", [
    {"n6": {"attempts": [], "hints": 0, "shown": False}},
    {"n2": {"attempts": [["import"]], "hints": 0, "shown": False}},
    {"n2": {"attempts": [["1", "2"]], "hints": 0, "shown": False}},
])  # fmt: skip
def test_answers_that_are_none_are_refused(quiz, answers):
    with pytest.raises(ValueError):
        quiz.answers = answers
    assert quiz.answers == {}


def test_a_question_that_does_not_exist(quiz):
    with pytest.raises(ValueError, match="from 0 to 2, not 3"):
        quiz.question = 3
    with pytest.raises(ValueError, match="this quiz does not ask for 'y'. It asks for: p, x, w"):
        quiz.check_answer("y", 1)


def test_the_result_tells_a_teacher_every_attempt(quiz):
    quiz.check_answer("p", "2*6")
    result = quiz.result()
    assert result["version"] == 1 and (result["asked"], result["answered"]) == (3, 1)
    assert result["questions"][0] == {
        "name": "p",
        "asks": "∂y/∂p",
        "attempts": [{"answer": "2*6", "right": True, "verdict": "right: 12, within 0.02", "mistakes": []}],
        "hints": 0,
        "shown": False,
        "right": True,
    }


def test_what_is_exported_is_an_answer_book_and_a_second_run_takes_nothing_away(quiz, tmp_path):
    quiz.check_answer("p", 6)
    quiz.check_answer("p", "2*6")
    path = quiz.export(tmp_path / "result.json")
    GradientQuiz(example(), ["p", "x", "w"]).export(path)
    notes = read(path.read_text("utf-8"))["quiz"]
    assert [each["answer"] for each in notes["quiz.p"]["attempts"]] == ["6", "2*6"]
    assert notes["quiz.p"]["right_at"] == 2 and notes["quiz.x"]["attempts"] == []


def test_an_export_does_not_overwrite_what_is_no_book(quiz, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match=r"notes\.txt is there already, and it is no JSON"):
        quiz.export(tmp_path / "notes.txt")


# ---------------------------------------------------------------- what the answer book remembers


@pytest.fixture
def noted(tmp_path, monkeypatch):
    """A function that makes the quiz, as its cell does when it runs; its book is on disk."""
    monkeypatch.setattr(book_module, "_book", Book("03", tmp_path / "answers"))
    return lambda: GradientQuiz(example(), ["p", "x", "w"], id="03.quiz")


def test_a_quiz_whose_cell_runs_again_stands_where_it_stood(noted):
    quiz = noted()
    quiz.check_answer("p", 6)
    quiz.check_answer("p", 12)
    quiz.hint("x")
    quiz.show_answer("w")
    again = noted()
    assert again.answers == quiz.answers and again.question == 1
    assert again.progress() == "1 of 3 answered, 0 at the first try, 1 shown"


def test_the_book_knows_what_the_browser_sent(noted):
    noted().set_state({"answers": {"n2": {"attempts": [["2*3"], ["3*4"]], "hints": 2, "shown": False}}})
    note = Book("03", book_module.book().folder).of("03.quiz.p")
    assert [(each["answer"], each["mistakes"]) for each in note["attempts"]] == [
        ("2*3", ["overwrote"]),
        ("3*4", []),
    ]
    assert (note["hints"], note["right_at"]) == (2, 2)


def test_what_a_notebook_stores_of_it_is_unanswered(noted):
    quiz = noted()
    before, _ = quiz._repr_mimebundle_()
    quiz.check_answer("p", 12)
    for answered in (quiz, noted()):
        after, _ = answered._repr_mimebundle_()
        assert [after[kind] == before[kind] for kind in ("text/plain", "text/html", "image/svg+xml")] == [
            True
        ] * 3
        assert "12" in answered.text()


def test_answers_to_another_question_of_that_id_are_not_taken_up(noted):
    x = autograd_core.tensor([1.0, 2.0], requires_grad=True)
    changed = GradientQuiz((x**3).sum(), ["x"], id="03.quiz")
    changed.check_answer("x", [3, 12])
    assert noted().answers == {}


def test_what_two_kernels_answered_is_taken_up_until_it_is_right(noted):
    one, other = noted(), noted()
    one.check_answer("p", 12)
    other.check_answer("p", 6)
    assert noted().answers["n2"]["attempts"] == [["12"]]


def test_an_id_that_is_no_text_is_refused():
    with pytest.raises(TypeError, match="id wants a text"):
        GradientQuiz(example(), id=3)


def test_check_answer_in_plain_code_asks_the_quiz_made_last(quiz):
    other = GradientQuiz(example(), ["w"])
    assert check_answer("w", 24) and other.answers and not quiz.answers
    assert check_answer("w", -24, quiz).mistakes == ("sign",) and quiz.answers


# ---------------------------------------------------------------- what it shows and hides


def answers_of(quiz):
    """The gradients that are asked for, as they are written, where no value is the same."""
    known = {number(float(each.value.data)) for each in quiz.trace.nodes if not each.shape}
    return {number(float(each.wanted)) for each in quiz.questions} - known


def test_nothing_shows_an_answer_before_it_is_given():
    quiz = quiz_of(programs.worked_example)
    shown = quiz.text() + quiz.describe() + quiz.svg() + repr(quiz)
    for answer in answers_of(quiz):
        assert answer not in shown
    assert shown.count("?") > 17


def test_what_is_answered_is_shown_and_no_more():
    quiz = quiz_of(programs.worked_example, ["p1", "p3"])
    quiz.check_answer("p1", 19.5745)
    shown = "".join(ElementTree.fromstring(quiz.svg()).itertext())
    assert "19.5745" in shown and "0.9488" not in shown and "1.0875" not in shown
    assert quiz.text().splitlines()[-3:] == [
        "> ∂y/∂p1 = right: 19.5745, within 0.02", "  ∂y/∂p3 = ?", "  1 of 2 answered, 1 at the first try"
    ]  # fmt: skip
    quiz.show_answer("p3")
    shown = "".join(ElementTree.fromstring(quiz.svg()).itertext())
    assert "−0.9488" in shown and "1.0875" in shown  # all over: everything is shown


@pytest.mark.parametrize("direction", ["vertical", "horizontal"])
def test_the_picture_says_what_describe_says(direction):
    quiz = quiz_of(layer, direction=direction)
    seen = set()
    for i in range(len(quiz.questions)):
        quiz.question = i
        tree = ElementTree.fromstring(quiz.svg())
        assert tree.find(f"{SVG}desc").text == quiz.describe()
        seen.add(quiz.svg())
    assert len(seen) == len(quiz.questions)


def test_the_text_tells_all_that_is_needed():
    quiz = quiz_of(layer, ["b"])
    lines = quiz.text().splitlines()
    assert "  W = [[0.3, −0.7], [1.1, 0.4]]" in lines and "  X = [[1, 2], [0.5, −1], [3, 0.2]]" in lines
    assert quiz._repr_mimebundle_()[0]["text/plain"] == quiz.text()
    assert lines[-2:] == ["> ∂y/∂b = ?", "  0 of 1 answered"]


@pytest.mark.parametrize("program", [
    programs.worked_example, programs.linear_layer, programs.custom_function, programs.two_outputs,
    programs.concatenation, programs.reductions, programs.choices, programs.indexing, chain, layer,
])  # fmt: skip
def test_every_question_has_three_different_hints_and_its_working(program):
    quiz = quiz_of(program)
    for question in quiz.questions:
        assert len(set(question.hints)) == RUNGS and all(question.hints)
        assert not question.hints[1].startswith(question.hints[2].rstrip("."))  # the last one tells more
        assert question.working
    assert "\n" not in quiz.describe()


HOLDS_ITSELF = []
HOLDS_ITSELF.append(HOLDS_ITSELF)


class Gone:
    def detach(self):
        raise RuntimeError("it has no data")


@pytest.mark.parametrize("value, words", [
    (10**400, "this is too large a number"), (-(10**400), "this is too large a number"),
    (10**5000, "this is too large a number"), (Fraction(10**400), "this is too large a number"),
    (Decimal("1e999"), "inf is no finite number"), (Decimal("NaN"), "nan is no finite number"),
    (Decimal("sNaN"), "this is no number"), (np.float32("inf"), "inf is no finite number"),
    (True, "a number is wanted, not a bool"), (b"12", "a number is wanted, not a bytes"),
    (12 + 0j, "a complex one: take its .real"), (Gone(), "this Gone holds none to be read"),
    (HOLDS_ITSELF, "nested too deeply"), ("1" * 100_000, "too long to read: at most 200"),
    ("1e999", "this is too large a number"), ("10**400", "this is too large a number"),
    ("nan", "“nan” is not known here"), ("٣", "“٣” cannot stand here"), ("\ufeff", "nothing is written"),
    ("1_000", "between two values a sign is missing"), ("\ud800", "nothing is written"),
], ids=lambda value: type(value).__name__)  # fmt: skip
def test_no_answer_breaks_a_quiz(value, words, tmp_path):
    quiz = GradientQuiz(example(), ask=["p"])
    verdict = quiz.check_answer("p", value)
    assert not verdict.passed and "cannot be read: " in verdict.message and words in verdict.message
    assert quiz.answers == {}
    json.loads(quiz.export(tmp_path / "result.json").read_text("utf-8"))


@pytest.mark.parametrize("value", [
    12, 12.0, np.int8(12), np.float16(12), Decimal(12), Fraction(12), "−12*−1", "\ufeff12", "12\u200b",
    np.array(12), "1.2e1",
], ids=repr)  # fmt: skip
def test_a_number_of_any_kind_is_the_same_answer(value):
    quiz = GradientQuiz(example(), ask=["p"])
    assert quiz.check_answer("p", value).passed and quiz.result()["answered"] == 1


@pytest.mark.parametrize(
    "name", [None, 3, "", "\ud800", ["p"], object()], ids=lambda each: type(each).__name__
)
def test_what_is_no_name_is_told_so(name):
    quiz = GradientQuiz(example(), ask=["p"])
    for ask in (lambda: quiz.check_answer(name, 1), lambda: quiz.hint(name), lambda: quiz.show_answer(name)):
        with pytest.raises(ValueError, match="this quiz does not ask for") as raised:
            ask()
        assert str(raised.value).isprintable()
    with pytest.raises(ValueError, match="direction must be one of"):
        GradientQuiz(example(), direction=name)
    with pytest.raises((TypeError, ValueError), match="ask wants names|no tensor here is called"):
        GradientQuiz(example(), ask=[name] if name != ["p"] else 3)


def test_a_small_tensor_that_is_used_in_large_ones_is_asked_for():
    x = autograd_core.tensor(2.0, requires_grad=True)
    y = (x * autograd_core.ones(5000)).sum() + x * 3
    quiz = GradientQuiz(y, ask=["x"])
    assert quiz.check_answer("x", 5003).passed
