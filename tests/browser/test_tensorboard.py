"""A real TensorBoard shows the graph of a stand-alone tensor, with its names."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import autograd_core
import pytest

from tests.missing import missing
from tests.oracle import torch as pytorch
from widgets import write_tensorboard_graph

try:
    import tensorboard  # noqa: F401
except ImportError:
    missing("TensorBoard", ".venv/bin/python -m pip install tensorboard")

SECONDS = 60


@pytest.fixture(params=[autograd_core, pytorch], ids=["autograd_core", "torch"])
def logdir(request, tmp_path):
    """A folder with the graph of one tensor."""
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
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "tensorboard.main", "--logdir", str(logdir), "--host", "127.0.0.1",
         "--port", str(port), "--load_fast", "false"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=os.name == "posix",
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(server, f"{address}/data/plugins_listing")
        yield address
    finally:
        if os.name == "posix":
            os.killpg(server.pid, signal.SIGTERM)
        else:
            server.terminate()
        server.wait(SECONDS)


def wait_for(server, address):
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        assert server.poll() is None, "TensorBoard has ended by itself"
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise TimeoutError(f"TensorBoard does not answer within {SECONDS} s")


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
