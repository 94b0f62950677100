"""docs/architecture.md shows the house as its imports draw it."""

import pytest

from tools import house
from tools.readme import ARCHITECTURE, generated


def test_the_pictures_of_the_house_are_those_that_its_imports_draw():
    text = ARCHITECTURE.read_text(encoding="utf-8")
    assert generated(ARCHITECTURE) == text, "docs/architecture.md is out of date: `make notebooks`"


@pytest.mark.parametrize(
    "line",
    [
        "from . import below",
        "from .below import thing",
        "from widgets import below",
        "from widgets.below import thing",
        "import widgets.below",
        "def late():\n    from .below import thing",
        "importlib.import_module('widgets.below').thing",
        "import_module('widgets.below')",
    ],
)
def test_an_import_is_an_arrow_however_it_is_written(line, tmp_path):
    folder = tmp_path / "widgets"
    folder.mkdir()
    for name, text in {"__init__": "", "above": line, "below": ""}.items():
        (folder / f"{name}.py").write_text(text)
    assert "widgets/below.py" in house.arrows(tmp_path)["widgets/above.py"]


def test_a_circle_is_found_wherever_it_is_entered():
    graph = {"a": ["b"], "b": ["c"], "c": ["d"], "d": ["b"], "e": []}
    assert house.circles(graph) == [["b", "c", "d"]]
