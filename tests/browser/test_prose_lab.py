"""What a lesson says is set in lines of some 80 characters in JupyterLab, however wide the window is."""

import shutil

import pytest

from tests.notebooks.lessons import all_lessons

WIDE = {"width": 1440, "height": 900}

# How many characters stand in each line of the prose that fills three lines or more, but for the last.
LINES = """() => [...document.querySelectorAll(".jp-RenderedMarkdown > p")].flatMap((paragraph) => {
  const lines = new Map(), range = document.createRange();
  const words = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
  for (let text = words.nextNode(); text; text = words.nextNode())
    for (let i = 0; i < text.length; i += 1) {
      range.setStart(text, i);
      range.setEnd(text, i + 1);
      const { height, bottom } = range.getBoundingClientRect(), line = Math.round(bottom / 8);
      if (height) lines.set(line, (lines.get(line) ?? 0) + 1);
    }
  return lines.size < 3 ? [] : [...lines.values()].slice(0, -1);
})"""


@pytest.mark.exhaustive
@pytest.mark.parametrize("number", ["00", "04"])
def test_prose_has_lines_of_some_80_characters(lab_page, server, number):
    (lesson,) = (path for path in all_lessons() if path.name.startswith(number))
    shutil.copy(lesson, server.notebooks / lesson.name)
    lab_page.set_viewport_size(WIDE)
    server.open(lab_page, lesson.name)
    lab_page.locator(".jp-RenderedMarkdown > p").first.wait_for()
    lab_page.wait_for_timeout(500)
    lines = lab_page.evaluate(LINES)
    assert len(lines) > 5
    assert 60 < sum(lines) / len(lines) < 86 and max(lines) <= 100, lines
