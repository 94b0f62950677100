"""The widgets' scripts: no function is longer than a reader takes in at once."""

import re
from pathlib import Path

import pytest

WIDGETS = Path(__file__).parents[2] / "widgets"
MOST = 40  # lines of a function, with those of the functions inside it
NOT_CODE = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
    r"|(?<=[(,=:!&|?{};])\s*/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])*/[a-z]*",
    re.DOTALL,
)
TEXT_OF_TEMPLATE = re.compile(r"(?:\\.|\$(?!\{)|[^`\\$])*", re.DOTALL)
NO_FUNCTION = {"if", "for", "while", "switch", "catch", "with"}
PAIRS = {")": "(", "]": "[", "}": "{"}


def code_of(source: str) -> str:
    """A script in which comments, texts and regular expressions are blank, but as long as they were."""
    found, at, depths = [], 0, []  # depths: of braces, within each `${…}` that is open
    while at < len(source):
        if source[at] == "`" or (source[at] == "}" and depths and depths[-1] == 0):
            if source[at] == "}":
                depths.pop()
            end = TEXT_OF_TEMPLATE.match(source, at + 1).end()
            opens = source.startswith("${", end)
            depths += [0] if opens else []
            end += 2 if opens else 1
        elif other := NOT_CODE.match(source, at):
            end = other.end()
        else:
            if depths and source[at] in "{}":
                depths[-1] += 1 if source[at] == "{" else -1
            found.append(source[at])
            at += 1
            continue
        found.append(re.sub(r"[^\n]", " ", source[at:end]))
        at = end
    return "".join(found)


def functions_of(source: str):
    """Yield each function's first words and its lines: those with a body in brackets of any kind."""
    code, opened, partner = code_of(source), [], {}
    for place, sign in enumerate(code):
        if sign in "([{":
            opened.append(place)
        elif sign in PAIRS:
            start = opened.pop()
            assert code[start] == PAIRS[sign], f"unbalanced at {place}"
            partner[place], partner[start] = start, place
    for place in sorted(place for place in partner if code[place] in "([{"):
        before = code[:place].rstrip()
        if before.endswith("=>"):
            head = before[:-2].rstrip()
        elif code[place] == "{" and before.endswith(")"):
            head = before
        else:
            continue
        start = partner[len(head) - 1] if head.endswith(")") else len(head)
        name = re.search(r"[\w#$]*\s*(?:=\s*)?(?:async\s*)?$", code[max(0, start - 80) : start])[0].strip(
            " ="
        )
        if name not in NO_FUNCTION:
            yield name, code.count("\n", start, partner[place]) + 1


def test_functions_are_found_and_measured():
    source = """function a() {
  if (x) { y = `}${b.map((c) => { return `{${c}`; })}`; }
}
class D {
  e = /[{]\\//.exec(f) ? "{" : '('; // {
  get g() { return 1; }
  #h({ i }, [j] = []) {
    for (const k of l) {
      k();
    }
  }
}
const m = (n) => [
  n,
];
"""
    assert list(functions_of(source)) == [("a", 3), ("", 1), ("g", 1), ("#h", 5), ("m", 3)]


@pytest.mark.parametrize("path", sorted(WIDGETS.rglob("*.js")), ids=lambda path: path.name)
def test_no_function_is_long(path):
    functions = list(functions_of(path.read_text(encoding="utf-8")))
    assert functions
    assert [(name, lines) for name, lines in functions if lines > MOST] == []
