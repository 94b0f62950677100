"""Predict in Python: what it asks, what it holds back, how it judges, what it remembers."""

import base64
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

import autograd_core
from tests.js.test_modules import node  # noqa: F401, a fixture
from tests.oracle import torch as pytorch
from widgets import Predict
from widgets.answers import book as books
from widgets.predict.held import digest
from widgets.predict.widget import HELD_BACK

PREDICT_ALL = Path(__file__).parents[1] / "js" / "predict_all.mjs"
LIBRARIES = pytest.mark.parametrize("torch", [autograd_core, pytorch], ids=["engine", "pytorch"])


@pytest.fixture(autouse=True)
def empty_book(monkeypatch):
    """Each test has a book of its own."""
    monkeypatch.setattr(books, "_book", books.Book())


def predict(thing, question="What is it?", id="test", **options):
    return Predict(id, question, thing if callable(thing) else lambda: thing, **options)


def fails():
    return {}["key"]


# ---------------------------------------------------------------- what can be asked


@pytest.mark.parametrize(
    "value, options, right, wrong",
    [
        (6.0, {}, ["6", "2*3", 6, "6.001"], ["-6", "None", "7", "ValueError"]),
        (True, {}, [True, "True", "true"], [False]),
        (None, {}, ["None", "none", None], ["0", "x"]),
        ("PowBackward0", {}, ["PowBackward0", '"powbackward0"'], ["MulBackward0", "3"]),
        ((6.0, 6.01), {}, [("6", "6.01")], [(6, 6)]),
        ({"a = 1": 6, "a = 2": 7}, {}, [[6, 7]], [[7, 6]]),
        (-2.5, {"ask": "sign"}, ["negative"], ["positive", "zero"]),
        ((2, 3), {"ask": "shape"}, ["(2, 3)", "2×3", "[2,3]", (2, 3)], ["(3, 2)", "6"]),
        (["c", "b", "a"], {"ask": "order"}, [["c", "b", "a"]], [["c", "a", "b"], ["a", "b", "c"]]),
        (0.06, {"choices": [0.01, 0.03, 0.06]}, ["0.06"], ["0.01"]),
        (False, {"choices": {"larger": True, "smaller": False}}, ["smaller"], ["larger"]),
        (fails, {}, ["KeyError", "key error", KeyError], ["LookupError", "IndexError", "3", "Exception"]),
        (lambda: print("tensor(3.)"), {}, ["tensor(3.)"], ["tensor(2.)"]),
        (float("nan"), {}, ["nan"], ["0"]),
    ],
)
def test_it_asks_for_values_of_many_kinds(value, options, right, wrong):
    for answer in right:
        assert predict(value, id=f"right {answer}", **options).answer(answer), answer
    for answer in wrong:
        verdict = predict(value, id=f"wrong {answer}", **options).answer(answer)
        assert not verdict and str(verdict).startswith(("not yet", "not so")), answer


@pytest.mark.parametrize(
    "count, right, wrong",
    [(4, "4", "4.003"), (2410, "64*32+32+320+10", "2411"), ([3, 2], [3, 2], [3, 2.001])],
)
def test_whole_numbers_are_counted(count, right, wrong):
    asked = predict(count)
    assert not asked.answer(wrong)
    assert "within" not in asked.answer(right).message and asked.right


@LIBRARIES
def test_it_asks_for_tensors_their_elements_and_their_shapes(torch):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    (x**2).sum().backward()
    assert predict(lambda: x.grad, id="all").answer([[2, 4], [6, "2*4"]])
    assert predict(lambda: x.grad[1, 0], id="one").answer(6)
    assert predict(lambda: x.grad.shape, id="shape").answer("2, 2")
    assert predict(lambda: x, id="asked", ask="shape").answer(x.shape)
    assert predict(lambda: x.requires_grad, id="bool").answer(True)
    assert predict(lambda: x.dtype, id="type").answer("torch.float32")
    assert predict(lambda: x.T.backward(), id="error").answer("RuntimeError")


def test_what_is_there_later_does_not_change_it():
    x = autograd_core.tensor([1.0, 2.0], requires_grad=True)
    (x**2).sum().backward()
    asked = predict(lambda: x.grad)
    x.grad.zero_()
    assert asked.answer([2, 4])


@pytest.mark.parametrize(
    "arguments, options, error, words",
    [
        (("id", "question", 3.0), {}, TypeError, "as a function, .*lambda: x.grad, not float"),
        (("", "question", list), {}, TypeError, "id of a Predict must be a text"),
        (("id", None, list), {}, TypeError, "question of a Predict must be a text"),
        (("id", "question", list), {"ask": "colour"}, ValueError, "ask must be one of"),
        (("id", "question", lambda: np.ones(17)), {}, ValueError, 'too much to type.*ask="shape"'),
        (
            ("id", "question", lambda: 3),
            {"choices": [1, 2]},
            ValueError,
            r"one of the choices .* must be '?3",
        ),
        (("id", "question", lambda: 3), {"choices": [3]}, ValueError, "choices must be two or more"),
        (("id", "question", lambda: "a"), {"ask": "sign"}, ValueError, "only a number has a sign"),
        (("id", "question", lambda: [1, 2]), {"ask": "sign"}, ValueError, "only one number has a sign"),
        (("id", "question", lambda: 3), {"ask": "order"}, TypeError, "an order is a list"),
        (("id", "question", lambda: ["a", "a"]), {"ask": "order"}, ValueError, "all different"),
        (("id", "question", lambda: missing), {}, NameError, "missing"),  # noqa: F821
        (("id", "question", fails), {"choices": [1, 2]}, KeyError, "key"),
    ],
)
def test_what_cannot_be_asked_is_said(arguments, options, error, words):
    with pytest.raises(error, match=words):
        Predict(*arguments, **options)


@pytest.mark.parametrize(
    "value, options, answer, words",
    [
        (6.0, {}, "2*", "something is missing at the end"),
        (6.0, {}, [6], "one number is wanted here"),
        ([1.0, 2.0], {}, 3, "numbers in the shape (2,) are wanted here"),
        ({"before": 6, "after": 7}, {}, ["6", ""], "after: nothing is written yet"),
        (True, {}, "perhaps", "choose one of: True, False"),
        ("a", {}, " ", "nothing is written yet"),
        ((2,), {"ask": "shape"}, "two", "a shape is written (2, 3)"),
        (["b", "a"], {"ask": "order"}, ["a"], "the order is wanted of"),
    ],
)
def test_what_cannot_be_read_is_no_attempt(value, options, answer, words):
    asked = predict(value, **options)
    verdict = asked.answer(answer)
    assert not verdict and str(verdict).startswith("cannot be read: ")
    assert words in str(verdict) and asked.attempts == []


# ---------------------------------------------------------------- commit, then see


def test_the_first_wrong_answer_is_told_what_is_wrong_the_second_what_it_is():
    asked = predict(6.01)
    assert str(asked.answer(7)) == "not yet: it is too large. Try once more, or have the value shown"
    assert not asked.settled and asked.standing()["value"] == ""
    assert str(asked.answer(5)) == "not so: it is too small. It is 6.01"
    assert asked.settled and asked.standing()["value"] == "6.01" and not asked.right
    assert books.book().of("test")["shown"]  # it counts as done where progress is told
    assert asked.answer(6.01) and not asked.right  # too late to count


def test_of_two_choices_the_first_wrong_answer_leaves_one_so_it_is_shown():
    asked = predict(True)
    told = asked.answer(False)
    assert str(told) == "not so. It is True" and "<b>✗ Not so</b>. It is True" in told._repr_html_()
    assert asked.standing()["said"] == "not so"  # there is no "yet" where nothing can be answered any more
    three = predict(-1, ask="sign", id="three")
    assert str(three.answer("zero")) == "not yet. Try once more, or have the value shown"


def test_i_do_not_know_is_an_answer():
    asked = predict(6.0)
    assert asked.show() == "6" and asked.settled and not asked.right
    assert [each["right"] for each in books.book().of("test")["attempts"]] == [None]
    assert asked.standing()["state"] == "shown" and asked.standing()["value"] == "6"


def test_a_wrong_answer_of_ones_own_is_told_in_ones_own_words():
    asked = predict(5.0, slips={3: "that is this pass alone", "1/2": "no"})
    assert str(asked.answer("3")).startswith("not yet: that is this pass alone. Try")
    choice = predict(False, id="c", choices={"up": True, "down": False}, slips={"up": "look again"})
    assert str(choice.answer("up")) == "not so: look again. It is down"


@LIBRARIES
def test_a_wrong_gradient_is_told_which_slip_gives_it(torch):
    x = torch.tensor(3.0, requires_grad=True)
    y = 2 * x**2
    asked = Predict("slope", "What is `x.grad`?", lambda: x.grad, of=y)
    assert "the exponent 2 was not brought down" in str(asked.answer(6)) and asked.answer(12)
    z = x**3
    asked = Predict("again", "And now?", lambda: x.grad, of=z)
    assert "this pass alone" in str(asked.answer(27))
    assert "12 is what an earlier pass left in x.grad" in str(asked.answer(12))
    assert asked.held.printed == "39"


def test_hints_are_opened_one_by_one():
    asked = predict(6.0, hints=["first", "second"])
    assert asked.standing()["hints"] == [] and "first" not in json.dumps(asked.data)
    assert [asked.hint(), asked.hint(), asked.hint()] == ["first", "second", "second"]
    assert predict(6.0, id="none").hint() == "there is no hint"


def test_an_error_is_asked_for_by_name_and_its_relatives_are_told():
    asked = predict(lambda: 1 / 0)
    assert "a kind of ArithmeticError; which one?" in str(asked.answer("ArithmeticError"))
    asked.show()
    assert asked.standing()["value"] == "ZeroDivisionError: division by zero"


# ---------------------------------------------------------------- what is stored


def stored(asked):
    """All that a notebook may store of a Predict, as one text."""
    bundle, _ = asked._repr_mimebundle_()
    html = base64.b64decode(bundle["text/html"].partition("base64,")[2].partition('"')[0]).decode()
    state = json.dumps({name: str(value) for name, value in asked.get_state().items() if name != "_esm"})
    return "\n".join([*map(str, bundle.values()), html, state, repr(asked), asked.describe()])


@pytest.mark.parametrize("value, options, printed", [
    (12345.5, {}, "12345.5"), ("mystery", {}, "mystery"), (lambda: [1][977], {}, "IndexError"),
    ([11, 4321], {}, "4321"), ((7177, 72), {"ask": "shape"}, "7177"),
])  # fmt: skip
def test_until_one_has_committed_and_in_what_is_stored_even_after_it_is_nowhere(value, options, printed):
    asked = predict(value, **options)
    before = stored(asked)
    assert printed not in before
    asked.hint(), asked.show()
    assert printed in asked.standing()["value"] and printed not in stored(asked)
    assert asked._repr_mimebundle_()[0]["image/svg+xml"] in before


def test_what_is_printed_and_the_traceback_of_the_thing_are_held_back_too(capsys):
    predict(lambda: print("tensor(3.)"))
    assert capsys.readouterr() == ("", "")


def test_the_stored_output_carries_a_digest_of_the_value_salted_with_the_id():
    def digests(value, id="test"):
        return predict(value, id=id)._repr_mimebundle_()[0][HELD_BACK].split()

    assert digests(6.0)[0] == digest("test", "6") == digests(6)[0]
    assert digests(6.0)[0] != digests(6.01)[0] and digests(6.0) != digests(6.0, "other")
    assert digest("test", "19.6") in digests(19.5745)  # as nearly as an answer must be


def test_the_text_offers_what_there_is_to_choose_from():
    asked = predict(True, "Does `x` require grad?")
    assert asked.text() == "Prediction: Does `x` require grad?\n  True\n  False"
    assert predict({"a = 1": 2.0}, id="l").text().endswith("  a = 1 = ?")


def test_the_stored_picture_has_a_box_for_a_value_and_a_mark_for_a_choice():
    values = Predict("boxes", "What are they?", lambda: {"L1": 3.0, "the second": 6.0}).svg()
    choices = Predict("marks", "Which?", lambda: "a", choices=["a", "b", "c"]).svg()
    assert (values.count('width="160"'), values.count("<circle")) == (2, 0)
    assert (choices.count('width="160"'), choices.count("<circle")) == (0, 3)
    assert ">the second<" in values


def test_a_page_without_a_kernel_holds_the_value_so_that_nobody_reads_it_by_chance():
    page = predict("mystery value").page()
    assert "mystery" not in page
    assert b'"printed": "mystery value"' in base64.b64decode(page.partition('"held": "')[2].partition('"')[0])


CASES = [
    (6.01, {"hints": ["one"], "slips": {3: "that is a"}}, ["6.01", "6", "3", "None", "ValueError", "2*", "-6.01"]),
    ([1.0, 2.0], {}, [["1", "2"], ["1", "3"], ["2*", "3"], ["3", ","]]),
    ({"first": 1.0, "second": 6.0}, {}, [["1", "2"], ["3", "2"], ["1", "2*"], ["1", "6"]]),
    (True, {}, ["True", "False"]), (None, {}, ["None", "3", "zero", " "]),
    (-2.5, {"ask": "sign"}, ["negative", "zero"]), ("Pow", {"slips": {"Mul": "no"}}, ["'pow'", "mul", "x"]),
    ((2, 3), {"ask": "shape"}, ["2×3", "(3, 2)", "()", "two"]), (fails, {}, ["key error", "LookupError", "Exception"]),
    (["c", "b", "a"], {"ask": "order"}, [["c", "b", "a"], ["b", "c", "a"], ["a", "c", "b"]]),
]  # fmt: skip


@pytest.mark.parametrize("texts, said", [
    (["3", "2"], "not yet: 1 of 2 is off: L2 is too small"),
    (["3", "−6"], "not yet: 1 of 2 is off: L2 has the wrong sign"),
    (["4", "2"], "not yet: 2 of 2 are off, most of all L2: it is too small"),
    (["7", "6"], "not yet: 1 of 2 is off: L1 is too large"),
])  # fmt: skip
def test_a_number_that_has_a_name_is_called_by_it(texts, said):
    assert predict({"L1": 3.0, "L2": 6.0}).held.judge(texts).message == said


def test_a_page_without_a_kernel_judges_as_python_does(node):  # noqa: F811
    sent, expected = [], []
    for number, (value, options, answers) in enumerate(CASES):
        for count, answer in enumerate([*([each] for each in answers), answers[:2], answers[1:3], []]):
            asked = predict(value, id=f"{number} {count}", **options)
            texts = [each if isinstance(each, list) else [each] for each in answer]
            verdicts = [str(asked.answer(each[0] if len(each) == 1 else each)) for each in texts]
            unread = [said.removeprefix("cannot be read: ") for said in verdicts if said.startswith("cannot")]
            sent.append(
                [
                    asked.held.form,
                    asked.key(),
                    {"attempts": texts if unread else asked.attempts, "hints": 0, "shown": False},
                ]
            )
            expected.append({"problem": unread[-1]} if unread else asked.standing())
    ran = subprocess.run([node, PREDICT_ALL], input=json.dumps(sent), capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    for case, said, wanted in zip(sent, json.loads(ran.stdout), expected, strict=True):
        assert said == wanted, case


NESTED = """import { nested } from "file://%s";
process.stdout.write(JSON.stringify(JSON.parse(process.argv[1]).map((args) => nested(...args))));"""


def test_what_was_predicted_is_written_as_the_value_is(node):  # noqa: F811
    values = [3.0, [1.0, 2.5], [[1.0], [2.0]], [[1.0, 2.0], [3.0, -4.0]], {"before": 6.0, "after": 6.01}]
    asked = [predict(value, id=f"nested {i}") for i, value in enumerate(values)]
    given = [[[f"{each:g}" for each in one.held.wanted.ravel()], one.held.form["shape"]] for one in asked]
    code = NESTED % (PREDICT_ALL.parents[2] / "widgets" / "predict" / "judge.js")
    ran = subprocess.run(
        [node, "--input-type=module", "-e", code, json.dumps(given)], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == [one.held.printed.replace("−", "-") for one in asked]


# ---------------------------------------------------------------- the live view and the book


def told(asked, message):
    """What the live view hears after it has said something."""
    heard = []
    asked.send = heard.append
    asked._handle_custom_msg(message, [])
    return heard[-1]


def test_the_live_view_is_told_the_value_only_after_committing():
    asked = predict(6.0)
    assert told(asked, {"do": "how"}) == {
        "texts": [], "state": "open", "settled": False, "value": "", "hints": [],
        "said": "Commit to an answer; then the value is shown",
    }  # fmt: skip
    assert told(asked, {"do": "commit", "texts": ["7"]})["state"] == "wrong"
    standing = told(asked, {"do": "commit", "texts": ["6"]})
    assert (standing["state"], standing["value"], standing["texts"]) == ("right", "6", ["6"])
    assert asked.right


@pytest.mark.parametrize("message", [
    None, [], {"do": "commit"}, {"do": "commit", "texts": "6"}, {"do": "commit", "texts": []},
    {"do": "commit", "texts": [6]}, {"do": "commit", "texts": ["6", "6"]}, {"do": "commit", "texts": ["2*"]},
    {"do": "__init__"},
])  # fmt: skip
def test_a_message_that_no_view_sends_changes_nothing(message):
    asked = predict(6.0)
    assert told(asked, message)["state"] == "open" and asked.attempts == []


def test_a_cell_that_runs_again_finds_its_answer_in_the_book_and_stores_the_question():
    first = predict(6.0)
    first.answer(7), first.answer(6)
    again = predict(6.0)
    assert again.right and again.standing()["value"] == "6"
    assert again._repr_mimebundle_()[0]["text/plain"] == predict(6.0, id="new").text()


def test_answers_to_what_was_another_question_do_not_count():
    predict(6.0).answer(6)
    other = predict(7.0)
    assert not other.settled and other.attempts == []
    other.answer(7)
    assert predict(7.0).right
    shape = predict((2, 3), ask="shape")
    assert not shape.settled
