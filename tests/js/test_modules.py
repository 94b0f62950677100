"""The widgets' ES modules: their pure functions in Node, and what they are allowed to be."""

import inspect
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from autograd_core.printable import UNPRINTABLE
from tests.exhaustive import some_of
from tests.missing import missing
from widgets import BackwardStepper, Descent, GradientQuiz, Predict
from widgets.answers.arithmetic import read
from widgets.base import HERE as WIDGETS
from widgets.base import IMPORT, bundle

HERE = Path(__file__).parent
OLDEST = (20, 19)  # the first that sees by itself that a file is an ES module
ANSWERS = WIDGETS / "answers"
MODULES = sorted(str(path.relative_to(WIDGETS)) for path in WIDGETS.rglob("*.js"))


@pytest.fixture(scope="session")
def node():
    """The path of a Node that is new enough."""
    found = shutil.which("node")
    said = subprocess.run([found, "--version"], capture_output=True, text=True) if found else None
    version = tuple(map(int, re.findall(r"\d+", said.stdout)[:2])) if said else (0, 0)
    return found if version >= OLDEST else missing("Node 20.19", "install it from nodejs.org")


def test_pure_functions(node):
    files = sorted(map(str, HERE.glob("*.test.mjs")))
    ran = subprocess.run([node, "--test", *files], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout
    assert int(re.search(r"^# pass (\d+)", ran.stdout, re.MULTILINE)[1]) >= len(files)


@pytest.mark.parametrize("name", MODULES)
def test_a_bundle_is_one_valid_module(node, name):
    source = bundle(WIDGETS / name)
    assert not IMPORT.search(source)
    ran = subprocess.run(
        [node, "--input-type=module", "--check", "-"], input=source, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("name", MODULES)
def test_no_template_literal_runs_over_lines(name):
    """Their indentation would be lost in the bundle."""
    lines = (WIDGETS / name).read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.count("`") % 2 and not line.lstrip().startswith("*")] == []


@pytest.mark.parametrize("name", sorted({*MODULES} - {"alive.js", "publish/page/page.js"}))  # a page's own
def test_a_module_is_small_and_asks_nothing_of_the_network(name):
    source = (WIDGETS / name).read_text(encoding="utf-8")
    assert len(source.encode()) < 40_000
    for word in ("fetch(", "XMLHttpRequest", "innerHTML", "document.querySelector", "eval("):
        assert word not in source
    addresses = set(re.findall(r"https?://[^\"'\s]+", source))
    assert addresses <= {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize("name", ["arithmetic", "verdict"])
def test_python_and_the_browser_use_all_the_words_that_both_read(name):
    words = json.loads((ANSWERS / f"{name}.json").read_text(encoding="utf-8"))
    words |= words.pop("problems", {}) | words.pop("ways", {})
    script = (ANSWERS / f"{name}.js").read_text(encoding="utf-8")
    files = ANSWERS / f"{name}.py", WIDGETS / "quiz" / "widget.py"
    code = "".join(file.read_text(encoding="utf-8") for file in files)
    assert [word for word in words if f'"{word}"' not in code] == []
    assert [word for word in words if not re.search(rf'["]{word}["]|\.{word}\b', script)] == []


@pytest.mark.parametrize("widget", [BackwardStepper, GradientQuiz, Predict, Descent])
def test_a_style_sheet_keeps_to_its_own_classes(widget):
    rules = re.sub(r"/\*.*?\*/", "", widget._css, flags=re.DOTALL)
    selectors = re.findall(r"(?:^|[{}])\s*((?![@\s])[^{}]+)\{", rules)
    assert len(selectors) > 20
    foreign = [each for each in selectors if ".ag" not in each]
    assert foreign == []
    own = "ag-" + Path(inspect.getfile(widget)).parent.name
    assert rules.count(f".{own} ") == rules.count(f".ag.{own} ") > 5  # it outweighs what all share


@pytest.mark.parametrize("end", some_of([0x3100, 0x110000]))
def test_the_browser_overlooks_the_same_characters_in_an_answer_as_python(node, end):
    """Characters of which each leaves a 6 behind it what it is."""
    ask = f"""
      import {{ read }} from {(ANSWERS / "arithmetic.js").as_uri()!r};
      const found = [];
      for (let c = 0; c < {end}; c++) if (read(String.fromCodePoint(c) + "6").value === 6) found.push(c);
      console.log(JSON.stringify(found));"""
    ran = subprocess.run([node, "--input-type=module", "-"], input=ask, capture_output=True, text=True)
    overlooked = {chr(number) for number in json.loads(ran.stdout)}
    seen = {each for each in overlooked if not re.match(UNPRINTABLE, each)}
    assert overlooked - seen == set(re.findall(UNPRINTABLE, "".join(map(chr, range(end)))))
    assert {each for each in seen if not each.isspace()} == {"0", "+"}
    for each in seen:
        assert read(f"{each}6") == 6
