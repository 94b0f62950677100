"""What `make bench` measures can be run, and the page says it of what is wanted."""

import re

import pytest

from benchmarks.__main__ import DOCS, TARGETS
from benchmarks.first import FIRST, seconds
from benchmarks.work import OURS, WORK
from tests.exhaustive import some_of

PAGE = DOCS.read_text()


@pytest.mark.parametrize("name", [name for name in WORK if "1 000 000" not in name])
def test_our_work_runs_forward_and_backward(name):
    run = WORK[name][OURS]()
    run()
    run()  # as often as it is wanted


@pytest.mark.parametrize("name", some_of([name for name in FIRST if "PyTorch" not in name], 3))
def test_what_one_waits_for_in_a_fresh_kernel_is_timed(name):
    assert seconds(name) > 0


@pytest.mark.parametrize(
    ("name", "peer"), [(name, peer) for name, peers in TARGETS.items() for peer in peers]
)
def test_each_target_has_its_ratio_and_its_verdict_on_the_page(name, peer):
    row = re.search(rf"^\| {re.escape(name)} \| {re.escape(peer)} \|(.*)\|$", PAGE, re.M)
    value, *_, target, verdict = (cell.strip() for cell in row[1].split("|"))
    assert float(target) == TARGETS[name][peer]
    assert verdict == ("reached" if float(value) <= float(target) else "missed")
