"""JupyterLab and Notebook 7, served from private folders and driven through their own commands."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat

from tests.notebooks.kernels import TRANSPORT, folder_for_sockets
from tests.oracle import need_pytorch_for

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60
TRIES = 3  # a port that was free may be taken when the server comes to it
QUIET = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}

READY = """async (path) => {
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  while (!window.jupyterapp) await wait(20);
  await window.jupyterapp.restored;
  let panel;
  while (!(panel = window.jupyterapp.shell.currentWidget)?.context) await wait(20);
  await panel.context.ready;
  await panel.sessionContext.ready;
  const kernel = () => panel.sessionContext.session?.kernel;
  while (kernel()?.connectionStatus !== "connected" || kernel().status !== "idle") await wait(20);
}"""

CLOSE = """async () => {
  for (const panel of [...jupyterapp.shell.widgets("main")]) {
    void panel.sessionContext?.shutdown();
    panel.dispose();
  }
  await jupyterapp.commands.execute("apputils:change-theme", { theme: "JupyterLab Light" });
}"""

ASK = """async (code) => {
  const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
  let said = "";
  const future = kernel.requestExecute({ code, store_history: false });
  future.onIOPub = ({ header, content }) => {
    if (header.msg_type === "stream") said += content.text;
    if (header.msg_type === "error") said += content.traceback.join("\\n");
  };
  await future.done;
  return said.trim();
}"""

ERRORS = """() => window.jupyterapp.shell.currentWidget.content.widgets.flatMap(
  (cell) => (cell.model.toJSON().outputs ?? []).filter((output) => output.output_type === "error")
    .map((error) => error.traceback.join("\\n")))"""

CELLS = """() => window.jupyterapp.shell.currentWidget.content.widgets.map(
  (cell) => [cell.model.type, cell.model.sharedModel.source])"""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Server:
    """A Jupyter server with folders, settings and a port of its own."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.notebooks = folder / "notebooks"
        self.notebooks.mkdir()
        self.token = secrets.token_hex(8)
        self.runtime = folder_for_sockets("kernel-00000000-0000-0000-0000-000000000000-ipc-00")
        self.log = (folder / "server.log").open("w")
        environment = self.environment()
        for _ in range(TRIES):
            self.port = free_port()
            self.process = subprocess.Popen(
                self.command(), env=environment, stdout=self.log, stderr=subprocess.STDOUT
            )
            if self.answers():
                return
        raise RuntimeError("JupyterLab did not start:\n" + (folder / "server.log").read_text())

    def command(self):
        return [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
            f"--ServerApp.root_dir={self.notebooks}",
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            f"--KernelManager.transport={TRANSPORT}",
            "--ServerApp.jpserver_extensions={'notebook': True}",
            f"--IdentityProvider.token={self.token}",
            "--LabApp.expose_app_in_browser=True",
            "--JupyterNotebookApp.expose_app_in_browser=True",
        ]  # fmt: skip

    def environment(self):
        settings = self.folder / "settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True)
        (settings / "notification.jupyterlab-settings").write_text(json.dumps(QUIET))
        own = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
        }
        paths = {name: str(self.folder / folder) for name, folder in own.items()}
        paths["JUPYTER_RUNTIME_DIR"] = str(self.runtime)
        # Our extension as it is here, whatever is installed.
        extension = {"JUPYTER_PATH": str(ROOT / "share" / "jupyter")}
        python = {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
        return os.environ | paths | extension | python

    def answers(self):
        """Wait until it does; say so if it does not, because somebody else has taken its port."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                urllib.request.urlopen(f"{self.address}/api/status?token={self.token}", timeout=5)
                return True
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        self.process.kill()
        return False

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()
        shutil.rmtree(self.runtime, ignore_errors=True)

    def shut_down(self, name):
        """End the session of a notebook, kernel and all, as closing it for good does."""
        for session in self.sessions():
            if session["path"] == name:
                self.call(f"/api/sessions/{session['id']}", "DELETE")

    def sessions(self):
        return json.load(self.call("/api/sessions"))

    def call(self, path, method="GET"):
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(self.address + path, method=method, headers=headers)
        return urllib.request.urlopen(request, timeout=20)

    def write(self, name, *sources, outputs=None):
        """Write a notebook of code cells; ``outputs`` gives one list of outputs for each."""
        need_pytorch_for("\n".join(sources))
        cells = [nbformat.v4.new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(sources)]
        for cell, given in zip(cells, outputs or [], strict=False):
            cell.outputs, cell.execution_count = given, 1
        notebook = nbformat.v4.new_notebook(cells=cells)
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
        nbformat.write(notebook, self.notebooks / name)
        return name

    def open(self, page, name, where="lab"):
        """Open a notebook in ``"lab"`` or ``"notebook"`` (Notebook 7): a `Lesson`.

        In a page that shows JupyterLab already it is opened there, as by a double click.
        """
        lesson = Lesson(page)
        if where == "lab" and page.url.startswith(f"{self.address}/lab"):
            lesson.command("docmanager:open", path=name)
        else:
            # In a workspace of its own, a page that is reloaded finds its own notebook only.
            paths = {"lab": f"lab/workspaces/{name[:-6]}/tree/{name}", "notebook": f"notebooks/{name}"}
            page.goto(f"{self.address}/{paths[where]}?token={self.token}")
        lesson.wait()
        return lesson


class Lesson:
    """A notebook that is open in a page."""

    def __init__(self, page):
        self.page = page

    def wait(self):
        """Wait until the notebook and its kernel will listen."""
        self.page.evaluate(READY)

    def close(self):
        """Leave JupyterLab as it was found: no notebook open, its kernel ended, the theme light."""
        self.page.evaluate(CLOSE)

    def command(self, name, **arguments):
        """Let the application do what one of its menu entries does."""
        return self.page.evaluate(
            "async ([name, arguments]) => { await jupyterapp.commands.execute(name, arguments); }",
            [name, arguments],
        )

    def run(self):
        """Run all cells; raise what they raise."""
        self.command("notebook:run-all-cells")
        if raised := self.page.evaluate(ERRORS):
            raise AssertionError("\n".join(raised))

    def ask(self, code) -> str:
        """Run code in the kernel, not in a cell; return what it prints."""
        return self.page.evaluate(ASK, code)

    def cells(self):
        """The type and the text of each cell."""
        return self.page.evaluate(CELLS)

    def theme(self, name):
        """Choose ``"Light"`` or ``"Dark"``."""
        self.command("apputils:change-theme", theme=f"JupyterLab {name}")
        light = str(name == "Light").lower()
        self.page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")
        self.page.wait_for_timeout(300)  # the style sheet itself has no signal


class Shown:
    """A notebook with a widget in it, driven as a learner would.

    A subclass names the widget's ``kind``, the CSS class of its views without ``ag-``.
    """

    kind = ""

    def __init__(self, server, page, *sources, where="lab"):
        name = f"{where}-{self.kind}-{len(list(server.notebooks.iterdir()))}.ipynb"
        self.page = page
        self.lesson = server.open(page, server.write(name, *sources), where)
        self.start()

    def start(self):
        """Run the notebook, and wait until the widget is there."""
        self.lesson.run()
        self.view.wait_for()

    @property
    def views(self):
        return self.page.locator(f".ag-{self.kind}[data-ready]")

    @property
    def view(self):
        return self.views.first

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def wait_until(self, is_so, what):
        """Wait until the kernel and the page agree, which takes them a moment."""
        deadline = time.monotonic() + 15
        while not is_so():
            assert time.monotonic() < deadline, what
            self.page.wait_for_timeout(50)

    def expect_in_kernel(self, expression, seen):
        """Wait until the kernel prints of an expression what is seen in the page.

        ``seen``: that text, or a function that reads it.
        """
        read = seen if callable(seen) else lambda: seen
        self.wait_until(
            lambda: self.lesson.ask(f"print({expression})") == read(),
            f"the kernel says otherwise: {expression}",
        )

    def in_light(self):
        """Choose the light theme, if a test before has left the dark one."""
        if self.page.locator('body[data-jp-theme-light="false"]').count():
            self.lesson.theme("Light")
        return self
