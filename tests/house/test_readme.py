"""README.md claims nothing that was not tried."""

import contextlib
import io
import re

import pytest

from tests.oracle import need_pytorch
from tools.links import PROJECT, binder_link
from tools.readme import PICTURE, README, SECTIONS, WATCHED, generated, picture, title, watched

TEXT = README.read_text(encoding="utf-8")


def blocks(language):
    """Return the code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


def test_generated_sections_are_up_to_date():
    assert generated(README) == TEXT, "README.md is out of date: run `make notebooks`"


def test_the_pictures_are_up_to_date():
    assert PICTURE.read_text(encoding="utf-8") == picture(), "run `make notebooks`"
    assert WATCHED.read_text(encoding="utf-8") == watched(), "run `make notebooks`"


def test_every_generated_section_is_used():
    assert set(re.findall(r"<!-- generated: (\w+) -->", TEXT)) == set(SECTIONS[README])


def test_every_lesson_is_in_the_table():
    for path in (PROJECT / "notebooks").glob("*.ipynb"):
        assert f"[{title(path)}](notebooks/{path.name})" in TEXT
        assert binder_link(path.name) in TEXT


def test_links_within_the_project_lead_somewhere():
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT)
    assert targets
    assert [target for target in targets if not (PROJECT / target).exists()] == []


def test_the_engine_is_shown_in_twenty_lines():
    *_, program = blocks("python")
    assert len(program.splitlines()) <= 20


def test_the_first_screen_has_ten_lines_for_those_with_a_model_and_what_they_then_see():
    first_screen, heading, _ = TEXT.partition("\n## Start\n")
    program = blocks("python")[0]
    assert heading and len(program.splitlines()) <= 10
    after = first_screen.partition(program)[2]
    assert f"](docs/{WATCHED.name})" in after


def test_those_lines_run_with_pytorch_when_the_imports_are_its_own():
    need_pytorch()
    program = blocks("python")[0]
    for ours, theirs in [
        ("import autograd_core as torch", "import torch"),
        ("from autograd_core import nn", "from torch import nn"),
    ]:
        assert ours in program
        program = program.replace(ours, theirs)
    names = {"__name__": "readme"}
    exec(
        compile(program.replace("\nBackwardStepper(", "\nshown = BackwardStepper("), "README.md", "exec"),
        names,
    )
    assert names["shown"].trace.engine == "torch"
    modules = [scope.type for scope in names["shown"].trace.scopes if scope.kind == "module"]
    assert modules == ["Sequential", "Conv2d", "ReLU", "Flatten", "Linear"]


@pytest.mark.parametrize("program", blocks("python"))
def test_programs_print_what_their_comments_say(program):
    """Run a block; what each `print(...)  # text` promises is what it prints."""
    promised = re.findall(r"^ *print\(.*\)  # (.+)$", program, re.MULTILINE)
    assert promised
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(program, "README.md", "exec"), {"__name__": "readme"})
    assert printed.getvalue().splitlines() == promised


def test_the_make_targets_it_names_exist():
    named = set(re.findall(r"`make (\w+)|^make (\w+)", TEXT, re.MULTILINE))
    makefile = (PROJECT / "Makefile").read_text()
    for target in filter(None, sum(named, ())):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
