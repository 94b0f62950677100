"""A Jupyter kernel that is given cells as JupyterLab gives them: each with the id it has there."""

import os
import time
from pathlib import Path

from jupyter_client import KernelManager

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60


class Kernel:
    """A kernel of its own, without a browser.

    Attributes
    ----------
    closed : set of the ids of all models that the browser was told to let go of
    """

    def __init__(self):
        self.manager = KernelManager(kernel_name="python3", transport="ipc")
        self.manager.start_kernel(env=os.environ | {"PYTHONPATH": str(ROOT)}, cwd=ROOT)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=SECONDS)
        self.closed = set()

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def run(self, code, cell=None, *, raises=False) -> str:
        """Run a cell; return what it prints. Without an id the cell is one of a host that has none."""
        told = self.execute(code, {"cellId": cell} if cell else {})
        return self.printed(told, raises)

    def ask(self, expression) -> str:
        """Return what an expression evaluates to, as text; no cell runs for that."""
        return self.printed(self.execute(f"print({expression})", silent=True))

    def execute(self, code, metadata=None, silent=False) -> list:
        content = {"code": code, "silent": silent, "store_history": not silent,
                   "user_expressions": {}, "allow_stdin": False, "stop_on_error": False}  # fmt: skip
        return self.tell("execute_request", content, metadata)

    @staticmethod
    def printed(told, raises=False) -> str:
        errors = [c["ename"] + ": " + c["evalue"] for kind, c in told if kind == "error"]
        assert bool(errors) == raises, errors
        return "".join(c["text"] for kind, c in told if kind == "stream").strip()

    def state_of(self, model) -> dict:
        """What a page that is loaded again is told of a model; an empty dict if it is gone."""
        content = {"comm_id": model, "data": {"method": "request_state"}}
        told = self.tell("comm_msg", content)
        states = [c["data"]["state"] for kind, c in told
                  if kind == "comm_msg" and c["comm_id"] == model and "state" in c["data"]]  # fmt: skip
        return states[0] if states else {}

    def tell(self, kind, content, metadata=None) -> list:
        """Send a message; return the type and content of each that it leads to."""
        message = self.client.session.msg(kind, content, metadata=metadata)
        self.client.shell_channel.send(message)
        told, deadline = [], time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            heard = self.client.get_iopub_msg(timeout=SECONDS)
            if heard["msg_type"] == "comm_close":
                self.closed.add(heard["content"]["comm_id"])
            if heard["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            if heard["msg_type"] == "status" and heard["content"]["execution_state"] == "idle":
                return told
            told.append((heard["msg_type"], heard["content"]))
        raise TimeoutError(f"the kernel did not answer {kind}")
