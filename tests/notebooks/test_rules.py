"""Every lesson keeps every rule of a page, and every rule notices when a lesson breaks it."""

import warnings
from base64 import b64encode
from collections import Counter
from pathlib import Path

import nbformat
import pytest

from tests.notebooks import rules
from tests.notebooks.lessons import all_lessons, code_cells, markdown_cells, read, tags
from tests.notebooks.regenerate import WIDGET_VIEW
from widgets import Predict
from widgets.base import picture
from widgets.course.lessons import asked_in

LESSONS = all_lessons()
SAMPLE = next(lesson for lesson in LESSONS if lesson.name.startswith("01"))


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_lesson_keeps_the_rule(rule, lesson):
    """The docstring of each rule says what it wants."""
    told = list(rule(read(lesson), lesson))
    if told and rules.is_advice(rule, lesson):
        warnings.warn(f"advice for {lesson.name}, {rule.__name__}: {'; '.join(told)}", stacklevel=1)
    else:
        assert told == []


@pytest.mark.parametrize("lesson", LESSONS[1:9], ids=lambda path: path.stem)
def test_a_lesson_on_the_rules_asks_for_a_prediction_with_a_quiz_and_checks(lesson):
    called = set().union(*map(rules.called_at_top, code_cells(read(lesson))))
    assert {"GradientQuiz", "check", "verify"} <= called


BREAKS = []


def test_no_two_questions_have_the_same_id():
    asked = Counter(id for path in LESSONS for id in asked_in(read(path)))
    assert [id for id, count in asked.items() if count > 1] == []


def breaks(rule):
    """Mark a change to a good lesson that `rule` must notice."""

    def mark(change):
        BREAKS.append(pytest.param(rule, change, id=f"{rule.__name__}-{change.__name__}"))
        return change

    return mark


@pytest.mark.parametrize("rule, change", BREAKS)
def test_a_broken_lesson_is_noticed(rule, change):
    notebook = read(SAMPLE)
    change(notebook)
    assert list(rule(notebook, SAMPLE)) != []


def test_a_lesson_of_ones_own_may_depart_from_the_style_but_must_run_and_replay():
    must = {rule.__name__ for rule in rules.RULES if not rules.is_advice(rule, Path("20-mine.ipynb"))}
    assert must == {"run_in_order", "outputs_are_stored", "outputs_compare", "metadata", "navigation",
                    "links_resolve"}  # fmt: skip
    assert not any(rules.is_advice(rule, SAMPLE) for rule in rules.RULES)


def test_every_rule_is_shown_to_fail():
    assert {parameter.values[0] for parameter in BREAKS} == set(rules.RULES)


def text_with(notebook, part):
    """Return the first hand-written Markdown cell that contains `part`."""
    return next(c for c in rules.written_by_hand(notebook) if part in c.source)


def code_tagged(notebook, tag):
    """Return the first code cell with that tag."""
    return next(cell for cell in code_cells(notebook) if tag in tags(cell))


def first_print(notebook):
    """Return the first code cell that prints."""
    return next(cell for cell in code_cells(notebook) if "print" in cell.source)


@breaks(rules.few_words)
def more_words(notebook):
    notebook.cells[0].source += "word " * rules.MOST_WORDS


@breaks(rules.few_words)
def words_folded_away(notebook):
    details = f"\n\n<details><summary>More</summary>\n\n{'word ' * rules.MOST_WORDS}\n\n</details>"
    text_with(notebook, "<details>").source += details


@breaks(rules.few_code_cells)
def more_code_cells(notebook):
    notebook.cells += [nbformat.v4.new_code_cell("1")] * (rules.MOST_CODE_CELLS + 1)


@pytest.mark.parametrize("name, most", [("01-any", rules.MOST_CODE_CELLS),
                                        *rules.MOST_CODE_CELLS_OF.items()])  # fmt: skip
def test_one_code_cell_more_than_a_lesson_may_have_is_noticed(name, most):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell() for _ in range(most)])
    path = SAMPLE.with_name(f"{name}.ipynb")
    assert list(rules.few_code_cells(notebook, path)) == []
    notebook.cells.append(nbformat.v4.new_code_cell())
    assert list(rules.few_code_cells(notebook, path)) != []


@breaks(rules.short_cells)
def a_training_loop_with_another_line(notebook):
    notebook.cells.append(nbformat.v4.new_code_cell(rules.TRAINING_LOOP + "\nprint(loss)"))


@breaks(rules.short_cells)
def a_long_cell(notebook):
    first_print(notebook).source += "\n" * rules.MOST_LINES + "print(1)"


@breaks(rules.opening)
def a_title_without_number(notebook):
    notebook.cells[0].source = notebook.cells[0].source.replace("# ", "# The ", 1)


@breaks(rules.opening)
def no_minutes(notebook):
    notebook.cells[0].source = notebook.cells[0].source.replace("minutes", "moments")


@breaks(rules.opening)
def nothing_to_learn(notebook):
    notebook.cells[0].source = notebook.cells[0].source.replace("You'll learn", "Contents")


@breaks(rules.picture_before_code)
def code_first(notebook):
    notebook.cells.insert(1, nbformat.v4.new_code_cell("x = 1"))


@breaks(rules.predict_and_verify)
def no_prediction(notebook):
    for cell in notebook.cells:
        cell.source = cell.source.replace("**Predict**", "Look").replace("Predict(", "print(")


@breaks(rules.predict_and_verify)
def an_open_answer(notebook):
    notebook.cells.append(nbformat.v4.new_markdown_cell("**Predict** — what is it?"))


@breaks(rules.predict_and_verify)
def a_folded_answer(notebook):
    details = "<details><summary>Answer</summary>\n\n6\n\n</details>"
    notebook.cells.append(nbformat.v4.new_markdown_cell(f"**Predict** — what is it?\n\n{details}"))


@breaks(rules.predict_and_verify)
def a_quiz_that_does_not_follow(notebook):
    new = nbformat.v4
    notebook.cells.append(new.new_markdown_cell("**Predict** — answer the quiz."))
    notebook.cells += [new.new_code_cell("y"), new.new_code_cell("GradientQuiz(y)")]


@breaks(rules.predict_and_verify)
def nothing_verified(notebook):
    for cell in markdown_cells(notebook):
        cell.source = cell.source.replace("**Verify**", "Believe")


def asking(value, section, *shown, **options):
    """Return the cells of a section in which a value is asked for, below what it shows."""
    given = "".join(f", {name}={each!r}" for name, each in options.items())
    source = f"Predict('sample', 'What is it for x = 24?', lambda: ...{given})"
    thing = value if callable(value) else lambda: value
    asked = Predict("sample", "What is it for x = 24?", thing, **options)
    data = {kind: text for kind, text in asked._repr_mimebundle_()[0].items() if kind != WIDGET_VIEW}
    return [
        nbformat.v4.new_markdown_cell(section),
        nbformat.v4.new_code_cell("", outputs=[nbformat.v4.new_output("display_data", each) for each in shown]),
        nbformat.v4.new_code_cell(source, outputs=[nbformat.v4.new_output("display_data", data)]),
    ]  # fmt: skip


UP_OR_DOWN = {"choices": ["up", "down"]}
SVG = picture("A", "A", 9, 9, "<text>6.01</text>")
IMAGE = f'<img alt="at 6.01" src="data:image/svg+xml;base64,{b64encode(SVG.encode()).decode()}">'


@pytest.mark.parametrize(
    "value, section, shown, options, told",
    [
        (6.01, "## Section\n\n1·1.01 + 5 = 6.01, see [it](x.md)", [], {}, ["6.01"]),
        (-19.5745, "# It is −19.57", [], {}, ["−19.57"]),
        ([1.0, 12.0], "# a\n\nthere are 12", [], {}, ["12"]),
        (24.0, "# a", [], {}, ["24"]),  # in the question itself
        (6.01, "# a\n\n![about 6.01](b.png)", [], {}, ["6.01"]),
        (6.01, "# a", [{"text/plain": "tensor(6.0100)"}], {}, ["6.0100"]),
        (6.01, "# a", [{"image/svg+xml": SVG}], {}, ["6.01"]),
        (6.01, "# a", [{"text/html": IMAGE}], {}, ["6.01"]),
        (6.01, "# a", [], {"hints": ["6 + 0.01 = 6.01", "6.01"]}, ["6.01"]),
        ("up", "# a\n\nit goes UP", [], UP_OR_DOWN, ["up"]),
        (lambda: {}["key"], "# a\n\na KeyError comes", [], {}, ["KeyError"]),
        # and these give nothing away
        (6.01, "# It was 6.01\n\n## Next\n\n6.02, 1.6.01, 60.1, [a](6.01)", [], {}, []),
        (6.0, "# a\n\n6 of 6.0", [], {}, []),
        (-12.0, "# a\n\n12", [], {}, []),
        (6.01, "# a", [], {"hints": ["think", "6.01"]}, []),
        ("up", "# a\n\nup or down, supper", [], UP_OR_DOWN, []),
        ("up", "# a\n\nsupper", [], UP_OR_DOWN, []),
        (True, "# a\n\nTrue", [], {}, []),
    ],
)
def test_what_stands_above_a_prediction_is_compared_with_what_it_holds_back(
    value, section, shown, options, told, tmp_path
):
    notebook = nbformat.v4.new_notebook(cells=asking(value, section, *shown, **options))
    assert [text for _, text in rules.given_away(notebook, tmp_path)] == told


@breaks(rules.nothing_is_given_away)
def the_answer_in_a_picture_that_it_shows(notebook):
    notebook.cells[-1:-1] = asking(6.01, "# a\n\n![it](images/sample.svg) about 6.01")


@breaks(rules.nothing_is_given_away)
def a_wrong_answer_in_the_code(notebook):
    notebook.cells.append(nbformat.v4.new_code_cell('Predict("a", "?", f, slips={3: "the last pass alone"})'))


@breaks(rules.exercises)
def no_exercises(notebook):
    notebook.cells = [cell for cell in notebook.cells if rules.STUB not in tags(cell)]


@breaks(rules.exercises)
def a_stub_that_is_answered(notebook):
    solution = code_tagged(notebook, rules.SOLUTION)
    code_tagged(notebook, rules.STUB).outputs = solution.outputs


@breaks(rules.exercises)
def a_solution_that_fails(notebook):
    data = code_tagged(notebook, rules.SOLUTION).outputs[0].data
    data["text/plain"] = data["text/plain"].replace("right", "not yet")


@breaks(rules.exercises)
def a_solution_in_the_open(notebook):
    code_tagged(notebook, rules.SOLUTION).metadata.jupyter.source_hidden = False


@breaks(rules.exercises)
def a_solution_whose_first_line_gives_it_away(notebook):
    solution = code_tagged(notebook, rules.SOLUTION)
    solution.source = "answer = 4\n" + solution.source


@breaks(rules.exercises)
def an_easier_check_for_the_solution(notebook):
    code_tagged(notebook, rules.SOLUTION).source += "\ncheck(1, lambda x: x, 1.0)"


@breaks(rules.exercises)
def a_solution_that_would_be_noted_as_the_learners(notebook):
    code_tagged(notebook, rules.SOLUTION).source += "\ncheck(1, lambda x: x, 1.0, id='01.1')"


@breaks(rules.ids)
def an_id_in_a_lesson_that_does_not_name_itself(notebook):
    code_cells(notebook)[0].source = "check(1, lambda x: x, 1.0, id='01.1')"


@breaks(rules.ids)
def an_id_of_another_lesson(notebook):
    code_cells(notebook)[0].source = 'lesson("01")\ncheck(1, lambda x: x, 1.0, id="02.1")'


@breaks(rules.exercises)
def hints_left_out(notebook):
    stub = code_tagged(notebook, rules.STUB)
    del notebook.cells[notebook.cells.index(stub) + 1]


@breaks(rules.recall)
def a_question_less(notebook):
    cell = text_with(notebook, "## Recall")
    cell.source = rules.DETAILS.sub("", cell.source, count=1)


@breaks(rules.plain_summaries)
def code_marks_in_a_summary(notebook):
    cell = text_with(notebook, "<summary>")
    cell.source = cell.source.replace("<summary>", "<summary>`x`: ")


@breaks(rules.navigation)
def an_older_title_in_the_bar(notebook):
    notebook.cells[-1].source = notebook.cells[-1].source.replace(" · ", " · The ")


@breaks(rules.navigation)
def a_badge_for_another_lesson(notebook):
    notebook.cells[1].source = notebook.cells[1].source.replace(SAMPLE.name, "99-other.ipynb")


@breaks(rules.navigation)
def no_bar(notebook):
    del notebook.cells[-1]


@breaks(rules.alternative_text)
def a_figure_without_words(notebook):
    cell = text_with(notebook, "![")
    cell.source = cell.source.replace("![", "![](images/01-model.svg)![", 1)


@breaks(rules.alternative_text)
def a_figure_whose_words_tell_what_it_leaves_open(notebook):
    cell = text_with(notebook, "![")
    cell.source = cell.source.replace("![", "![The slope is 4711. ", 1)


@breaks(rules.alternative_text)
def an_html_figure_without_words(notebook):
    notebook.cells[2].source += '\n\n<img src="images/01-model.svg">'


@breaks(rules.alternative_text)
def a_shown_picture_without_words(notebook):
    show(notebook, {"text/html": '<img src="data:image/svg+xml;base64,PHN2Zy8+">'})


@breaks(rules.alternative_text)
def a_shown_svg_without_title(notebook):
    show(notebook, {"image/svg+xml": "<svg></svg>"})


@breaks(rules.alternative_text)
def a_shown_png(notebook):
    show(notebook, {"image/png": "iVBORw0KGgo="})


@breaks(rules.links_resolve)
def a_link_to_nowhere(notebook):
    notebook.cells[0].source += "\n\nSee [another lesson](98-not-there.ipynb)."


@breaks(rules.links_resolve)
def a_picture_that_is_not_there(notebook):
    notebook.cells[0].source += "\n\n![A picture of a thing](images/98-not-there.svg)"


@breaks(rules.links_resolve)
def an_insecure_link(notebook):
    notebook.cells[0].source += '\n\n<a href="http://example.org">here</a>'


@breaks(rules.plain_code)
def a_semicolon(notebook):
    first_print(notebook).source += ";"


@breaks(rules.plain_code)
def a_semicolon_before_a_comment(notebook):
    first_print(notebook).source += ";  # quiet"


@breaks(rules.plain_code)
def an_install(notebook):
    first_print(notebook).source = "%pip install numpy"


@breaks(rules.plain_code)
def an_output_widget(notebook):
    first_print(notebook).source = "import ipywidgets\nout = ipywidgets.Output()"


@breaks(rules.plain_code)
def a_display_id(notebook):
    first_print(notebook).source = "display(1, display_id=True)"


@breaks(rules.metadata)
def stored_widget_state(notebook):
    notebook.metadata["widgets"] = {}


@breaks(rules.metadata)
def one_id_for_two_cells(notebook):
    notebook.cells[3].id = notebook.cells[2].id


@breaks(rules.metadata)
def an_id_drawn_at_random(notebook):
    notebook.cells[3].id = "5bea7db2"


@breaks(rules.metadata)
def a_timed_cell(notebook):
    first_print(notebook).metadata["execution"] = {"iopub.status.busy": "2020-01-01T00:00:00Z"}


@breaks(rules.run_in_order)
def a_cell_run_twice(notebook):
    code_cells(notebook)[1].execution_count += 1


@breaks(rules.run_in_order)
def a_cell_not_run(notebook):
    code_cells(notebook)[-1].execution_count = None


@breaks(rules.outputs_are_stored)
def stripped_outputs(notebook):
    first_print(notebook).outputs = []


@breaks(rules.outputs_are_stored)
def a_check_without_its_verdict(notebook):
    code_tagged(notebook, rules.STUB).outputs = []


@breaks(rules.outputs_compare)
def a_widget_view(notebook):
    show(notebook, {WIDGET_VIEW: {"model_id": "1"}})


@breaks(rules.outputs_compare)
def all_right_on_another_machine(notebook):
    show(notebook, {"text/plain": "All right"})
    for cell in notebook.cells:
        if cell.get("outputs") and "All right" in str(cell.outputs):
            cell.source = "from widgets import check_setup\n\ncheck_setup()"


@breaks(rules.outputs_compare)
def an_address(notebook):
    show(notebook, {"text/plain": "<object at 0x7f3a5c0d1e10>"})


@breaks(rules.outputs_compare)
def a_cell_that_fails(notebook):
    error = nbformat.v4.new_output("error", ename="E", evalue="e", traceback=[])
    first_print(notebook).outputs = [error]


def show(notebook, data):
    """Store one more output with the first cell that prints."""
    first_print(notebook).outputs.append(nbformat.v4.new_output("display_data", data))
