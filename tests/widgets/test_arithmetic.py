"""What a learner types is read as a number, or the learner is told why not."""

import json
from pathlib import Path

import pytest

from widgets.answers.arithmetic import Unreadable, read

CASES = json.loads((Path(__file__).parents[1] / "answers.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:20])
def test_the_table_that_the_browser_reads_too(case):
    if "value" in case:
        assert read(case["text"]) == pytest.approx(case["value"], rel=1e-6, abs=1e-15)
        return
    with pytest.raises(Unreadable) as said:
        read(case["text"])
    assert str(said.value) == case["problem"]


def test_no_text_is_run_as_code():
    for text in ("__import__('os')", "[].__class__", "lambda: 1", "1 if 1 else 2", "2;3", "1<2"):
        with pytest.raises(Unreadable):
            read(text)
