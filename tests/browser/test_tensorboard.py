"""A real TensorBoard shows the graph of a stand-alone tensor, with its names."""

import os
import re
import signal
import subprocess
import sys

import pytest

import autograd_core
from tests.exhaustive import some_of
from tests.missing import need
from tests.oracle import torch as pytorch
from widgets import write_tensorboard_graph

SECONDS = 60


@pytest.fixture(params=some_of([autograd_core, pytorch]), ids=["autograd_core", "torch"])
def logdir(request, tmp_path):
    """A folder with the graph of one tensor."""
    need("tensorboard")
    torch = request.param
    weight = torch.tensor(2.0, requires_grad=True)
    bias = torch.tensor(0.5, requires_grad=True)
    hidden = (weight * 3 + bias).sin()
    loss = hidden * hidden
    write_tensorboard_graph(loss, tmp_path)
    return tmp_path


@pytest.fixture
def address(logdir):
    """The address of a TensorBoard server that shows the folder."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tensorboard.main", "--logdir", str(logdir), "--host", "127.0.0.1",
         "--port", "0", "--load_fast", "false"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        start_new_session=os.name == "posix",
    )  # fmt: skip
    try:
        said = iter(server.stderr.readline, "")
        yield next(found[0] for line in said if (found := re.search(r"http://127.0.0.1:\d+", line)))
    finally:
        if os.name == "posix":
            os.killpg(server.pid, signal.SIGTERM)
        else:
            server.terminate()
        server.wait(SECONDS)
        server.stderr.close()


def test_the_named_nodes_are_seen_in_the_browser(address, browser, photograph):
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    page.set_default_timeout(SECONDS * 1000)
    page.goto(f"{address}/#graphs")
    for name in ("weight", "bias", "hidden", "loss"):
        label = page.locator(f'g[data-name="{name}"] text', has_text=name).first
        label.wait_for(state="visible")
    page.wait_for_timeout(1000)  # the graph flies in; the photograph is for people only
    photograph(page, "tensorboard")
    context.close()
