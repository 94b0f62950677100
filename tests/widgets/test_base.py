"""What every widget does, on the smallest one: the coin of the docstring of `widgets.base`."""

import base64
import importlib.util
import json
import os
import re
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from widgets.base import HERE, bundle, image

COIN = """import { frame, h } from "%s";
function render({ model, el }) {
  frame(el, { name: "coin", label: "Coin" }).ready();
}
export default { render };
"""
HOSTILE = '</script><img src=x onerror="hacked()">\'&'


CLASS = """import traitlets
from widgets.base import Widget, picture

class Coin(Widget, module="coin"):
    heads = traitlets.Bool(True).tag(sync=True)
    private = traitlets.Int(7)

    def __init__(self, sides=("tails", "heads")):
        super().__init__({"sides": list(sides)})

    def describe(self):
        return f"The coin shows {self.data['sides'][self.heads]}."

    def svg(self):
        return picture("Coin", self.describe(), 80, 40, '<circle r="15"/>')
"""


@pytest.fixture
def Coin(tmp_path, monkeypatch):
    (tmp_path / "coin.js").write_text(COIN % os.path.relpath(HERE / "base.js", tmp_path))
    return coin_of(tmp_path, monkeypatch)


def coin_of(folder, monkeypatch):
    """The class that a folder's widget.py holds."""
    (folder / "widget.py").write_text(CLASS)
    specification = importlib.util.spec_from_file_location("a_coin", folder / "widget.py")
    module = importlib.util.module_from_spec(specification)
    monkeypatch.setitem(sys.modules, "a_coin", module)
    specification.loader.exec_module(module)
    return module.Coin


def test_the_bundle_holds_view_picture_and_text(Coin):
    coin = Coin()
    shown, _ = coin._repr_mimebundle_()
    assert set(shown) == {
        "application/vnd.jupyter.widget-view+json", "text/plain", "text/html", "image/svg+xml"
    }  # fmt: skip
    assert shown["text/plain"] == coin.describe() == "The coin shows heads."
    source = re.fullmatch(r'<img alt="(.*)" src="data:image/svg\+xml;base64,(.*)">', shown["text/html"])
    assert source[1] == coin.describe()
    assert base64.b64decode(source[2]).decode() == shown["image/svg+xml"] == coin.svg()


def test_the_picture_and_the_text_follow_the_state(Coin):
    coin = Coin()
    before = coin._repr_mimebundle_()[0]
    coin.heads = False
    after = coin._repr_mimebundle_()[0]
    assert "tails" in after["text/plain"] and "tails" in after["image/svg+xml"]
    assert before["text/html"] != after["text/html"]


def test_no_text_holds_an_address_and_all_are_the_same_each_time(Coin):
    first, second = (Coin()._repr_mimebundle_()[0] for _ in range(2))
    for kind in ("text/plain", "text/html", "image/svg+xml"):
        assert first[kind] == second[kind]
        assert "0x" not in first[kind]
    assert repr(Coin()) == repr(Coin()) == "<Coin: The coin shows heads.>"


def test_the_picture_has_a_title_and_a_description(Coin):
    tree = ElementTree.fromstring(Coin().svg())
    space = {"svg": "http://www.w3.org/2000/svg"}
    assert tree.find("svg:title", space).text == "Coin"
    assert tree.find("svg:desc", space).text == "The coin shows heads."


def test_hostile_text_stays_text(Coin):
    coin = Coin(sides=[HOSTILE, HOSTILE])
    tree = ElementTree.fromstring(coin.svg())
    assert HOSTILE in tree.find("{http://www.w3.org/2000/svg}desc").text
    assert "<img src=x" not in coin._repr_mimebundle_()[0]["text/html"]
    page = coin.page()
    assert "<img src=x" not in page
    assert page.count("</script>") == 3


def test_the_page_holds_all_it_needs(Coin, tmp_path):
    coin = Coin()
    coin.heads = False
    path = coin.to_html(tmp_path / "coin.html")
    page = path.read_text(encoding="utf-8")
    state = json.loads(re.search(r'"application/json">(.*?)</script>', page)[1])
    assert state == {"data": {"sides": ["tails", "heads"]}, "heads": False}
    assert "class View" in page and "function standIn" in page
    assert not re.search(r'(src|href)="(?!data:)', page)
    assert 'lang="en"' in page and 'class="ag-alive" data-module="' in page and "<img alt=" in page


def test_a_file_that_cannot_be_written_is_an_os_error(Coin, tmp_path):
    with pytest.raises(OSError):
        Coin().to_html(tmp_path / "missing" / "coin.html")


def test_a_module_comes_after_what_it_imports_and_each_only_once(tmp_path):
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\nimport {\n  c,\n} from "./c.js";\na;\n')
    (tmp_path / "b.js").write_text('import { c } from "./c.js";\nb;\n')
    (tmp_path / "c.js").write_text("c;\n")
    assert bundle(tmp_path / "a.js").split() == ["c;", "b;", "a;"]


def test_what_python_reads_too_is_a_constant_before_the_module_that_imports_it(tmp_path):
    (tmp_path / "a.js").write_text('import WORDS from "./words.json" with { type: "json" };\nWORDS;\n')
    (tmp_path / "words.json").write_text('{\n  "one": "“1” // not a comment"\n}\n', encoding="utf-8")
    assert bundle(tmp_path / "a.js").splitlines() == [
        'const WORDS = {"one": "“1” // not a comment"};',
        "WORDS;",
    ]


def test_of_a_module_only_comments_are_left_out(tmp_path):
    lines = [
        "/** one */",
        "/**",
        " * more",
        " */",
        "a(); // two",
        "  /** @type {B} */ (b).c();",
        "/** three */",
        "d();",
    ]
    (tmp_path / "a.js").write_text("\n".join(lines) + "\n")
    assert bundle(tmp_path / "a.js").splitlines() == ["a();", "/** @type {B} */ (b).c();", "d();"]


def test_alternative_text_is_escaped():
    assert image("<svg/>", '"<&>"').startswith('<img alt="&quot;&lt;&amp;&gt;&quot;" src=')


def test_a_widget_finds_its_module_beside_its_class(tmp_path, monkeypatch):
    """One folder for a widget: what is there is taken, and what it shares comes from where it is."""
    (tmp_path / "coin").mkdir()
    (tmp_path / "base.js").write_text("base;\n")
    (tmp_path / "base.css").write_text(".base {}\n")
    (tmp_path / "coin" / "coin.js").write_text(
        'import { b } from "../base.js";\nimport { s } from "./side.js";\ncoin;\n'
    )
    (tmp_path / "coin" / "coin.css").write_text(".coin {}\n")
    (tmp_path / "coin" / "side.js").write_text('import { b } from "../base.js";\nside;\n')
    Coin = coin_of(tmp_path / "coin", monkeypatch)
    assert str(Coin._esm).split() == ["base;", "side;", "coin;"]
    assert re.findall(r"\.\w+", Coin._css) == [".base", ".coin"]
