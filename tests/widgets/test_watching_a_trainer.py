"""`watching()` around a Trainer of another file, with workers, replicas and processes: all comes out as without it."""

import os
import socket
import sys
import types
from contextlib import nullcontext
from functools import partial

import pytest

from tests.oracle import need_pytorch, torch
from tests.widgets.trainer import trained
from widgets import BackwardStepper, watching
from widgets.words.narration import narrate

WAYS = {
    "alone": {},
    "two workers": {"num_workers": 2},
    "workers that stay": {"num_workers": 2, "persistent_workers": True},
    "a worker of its own": pytest.param({"num_workers": 1, "multiprocessing_context": "spawn"},
                                        marks=pytest.mark.exhaustive),
    "replicas": {"wrap": torch.nn.DataParallel},
}  # fmt: skip


@pytest.fixture(autouse=True)
def a_main_module(monkeypatch):
    """Another process is told what runs here; a notebook's shell puts itself there."""
    need_pytorch()
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))


@pytest.mark.parametrize("iteration", [0, 2])
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_trainer_in_another_file_learns_the_same_and_its_pass_is_shown(way, iteration):
    plain, _ = trained(nullcontext(), **way)
    watched, seen = trained(watching(iteration), **way)
    assert watched == plain
    assert abs(seen.trace.node(seen.trace.outputs[0]).value.data - plain[0][iteration]) < 1e-6
    made = [node.source for node in seen.trace.nodes if node.op]
    assert {(source.label, "cross_entropy" in source.text) for source in made} == {("trainer.py", True)}
    where = [(event.kind, event.source.label) for event in seen.events]
    assert where.count(("backward", "trainer.py")) == where.count(("step", "trainer.py")) == 3
    paths = {scope.name.removeprefix("module.") for scope in seen.trace.scopes if scope.kind == "module"}
    assert paths >= {"0", "1", "3"}
    assert "complete gradient" in BackwardStepper(seen).transcript()


def test_a_cell_that_calls_a_trainer_shows_the_first_pass_of_its_loop():
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    try:
        shell.run_cell("%load_ext widgets\nfrom contextlib import nullcontext\n"
                       "from tests.widgets.trainer import trained").raise_error()  # fmt: skip
        result = shell.run_cell("%%backward\nlearned, _ = trained(nullcontext())")
        result.raise_error()
        assert isinstance(result.result, BackwardStepper)
        assert shell.user_ns["learned"] == trained(nullcontext())[0]
        labels = {node.source.label for node in result.result.trace.nodes if node.op}
        assert labels == {"trainer.py"}
    finally:
        shell.reset()


# ---------------------------------------------------------------------- several processes


def batches(rank):
    torch.manual_seed(rank + 1)
    return [(torch.randn(4, 2), torch.randint(3, (4,))) for _ in range(3)]


def one_of_two(rank, port, options, told):
    """What a process of two does: it learns without and with `watching`, and tells whether that is the same."""
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    torch.distributed.init_process_group("gloo", rank=rank, world_size=2)
    try:
        wrap = partial(torch.nn.parallel.DistributedDataParallel, **options)
        plain, _ = trained(nullcontext(), wrap, batches(rank))
        for number, blocks in enumerate([(watching(), watching()), (watching(1), watching(2)),
                                         (watching(), nullcontext())]):  # fmt: skip
            watched, seen = trained(blocks[rank], wrap, batches(rank))
            kept = seen and [step.accumulated.after.data for step in seen.trace.steps if step.accumulated]
            sentences = seen and [moment.sentence for moment in narrate(seen.trace)]
            told[rank, number] = watched == plain, kept, sentences
    finally:
        torch.distributed.destroy_process_group()


@pytest.mark.exhaustive
@pytest.mark.parametrize("options", [{}, {"find_unused_parameters": True}, {"static_graph": True},
                                     {"gradient_as_bucket_view": True}], ids=str)  # fmt: skip
def test_two_processes_that_share_their_gradients_learn_the_same(options):
    if not torch.distributed.is_available():
        pytest.skip("this PyTorch has no processes that share gradients")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with torch.multiprocessing.Manager() as manager:
        told = manager.dict()
        torch.multiprocessing.spawn(one_of_two, (port, options, told), nprocs=2)
        told = dict(told)
    assert len(told) == 6 and all(same for same, *_ in told.values())
    assert told[0, 0][1] == told[1, 0][1]  # what .grad is in the end, both have together
    assert (
        sum("after its hooks" in sentence for sentence in told[0, 0][2]) > 3
    )  # and it is not called a sum of what was sent here
