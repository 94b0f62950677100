"""Try every host of the widgets with a browser, and write what was seen into docs/hosts.md.

    python -m tools.hosts [NAME ...]       # all, or those whose names begin so; the other rows stay

Each is installed into an empty environment of its own, with what `hosts` in pyproject.toml names, and
shows one notebook, of which the same is asked everywhere (`CHECKS`). One that cannot be installed stands
as not tried. Ends with an error where something does not work that the host itself could do.
"""

import os
import socket
import subprocess
import sys
import time
import tomllib
import zlib
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from packaging.requirements import Requirement
from playwright.sync_api import Error, TimeoutError, sync_playwright

from tests.browser.chromium import LAUNCH_ARGS, find_or_install
from tests.browser.conftest import new_page
from tests.browser.lab import Server, free_port
from tools.links import PROJECT
from tools.readme import HOSTS, SECTION, table_of_hosts
from tools.wheel import built_wheel

CELLS = (
    """\
import traitlets
import autograd_core as torch
from widgets import BackwardStepper, GradientQuiz, Predict

w = torch.tensor(3.0, requires_grad=True)
stepper, twin = BackwardStepper(2 * w**2), BackwardStepper(2 * w**2)
both = traitlets.link((stepper, "step"), (twin, "step"))  # in the kernel
stepper""",
    "twin",
    'GradientQuiz(2 * w**2, ask=["w"])',
    'Predict("hosts.w", "What is the slope of 2 w² at 3?", lambda: 4 * 3.0)',
)
PATIENCE = 120  # seconds until a host is there, on a machine that is busy

# ---------------------------------------------------------------------- hosts


class Host:
    """A place where notebooks are shown: how it is installed, started, and opened in a page."""

    name = ""
    packages: tuple[str, ...] = ()  # the version of the first is told
    live = True  # whether a kernel stands behind the page

    def __init__(self, folder: Path):
        self.folder = folder
        self.python = str(folder / "environment" / "bin" / "python")

    def installed(self, wheel) -> bool:
        """Install into an empty environment; whether that is possible here."""
        subprocess.run([sys.executable, "-m", "venv", self.folder / "environment"], check=True)
        wanted = [f"{wheel}[site]", *(requirements()[name] for name in self.packages)]
        return self.run("pip", "install", "--quiet", *wanted, check=False).returncode == 0

    def version(self) -> str:
        """The version of the host itself."""
        ask = f"from importlib.metadata import version; print(version('{self.packages[0]}'))"
        return subprocess.run([self.python, "-c", ask], capture_output=True, text=True).stdout.strip()

    def environment(self) -> dict[str, str]:
        """The variables of its programs: everything is its own, also what its users may have set."""
        path = os.pathsep.join([os.path.dirname(self.python), os.environ["PATH"]])
        given = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        own = {name: str(self.folder / "own") for name in (
            "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "XDG_CONFIG_HOME")}  # fmt: skip
        return given | own | {"PATH": path}

    def run(self, module, *arguments, check=True):
        """Run one of its programs in its folder."""
        command = [self.python, "-m", module, *map(str, arguments)]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment(), capture_output=True, check=check
        )

    def write(self) -> Path:
        """Write the notebook, not yet run."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in CELLS])
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.folder / "lesson.ipynb")
        return self.folder / "lesson.ipynb"

    def start(self):
        """Do what comes before a page is opened."""

    def open(self, page, scheme):
        """Show the notebook in a page, light or dark."""
        page.goto(self.address(scheme))

    def address(self, scheme) -> str:
        """Where the notebook is shown."""
        raise NotImplementedError

    def close(self):
        """End what was started."""


class InJupyter(Host):
    """JupyterLab, or Notebook 7."""

    def __init__(self, folder):
        super().__init__(folder)
        self.where = self.packages[0].removeprefix("jupyter")

    def start(self):
        host = self

        class Own(Server):
            def command(self):
                _, _, _, *options = super().command()
                options = [each for each in options if "jpserver_extensions" not in each]
                return [host.python, "-m", host.packages[0], *options]

            def environment(self):
                inherited = super().environment()
                return inherited | {"PYTHONPATH": "", "JUPYTER_PATH": "", "PATH": host.environment()["PATH"]}

        self.server = Own(self.folder)
        self.server.write("lesson.ipynb", *CELLS)

    def open(self, page, scheme):
        lesson = self.server.open(page, "lesson.ipynb", self.where)
        lesson.run()
        page.locator(".ag[data-ready]").first.wait_for()
        lesson.theme(scheme.title())

    def close(self):
        self.server.stop()


class JupyterLab(InJupyter):
    name = "JupyterLab"
    packages = ("jupyterlab",)


class Notebook(InJupyter):
    name = "Notebook"
    packages = ("notebook",)


class Served(Host):
    """A host with a server of its own."""

    def start(self):
        self.write()
        self.prepare()
        self.port = free_port()
        with open(self.folder / "server.log", "w") as log:
            self.process = subprocess.Popen([self.python, "-m", *self.command()], cwd=self.folder, stdout=log,
                                            stderr=subprocess.STDOUT, env=self.environment())  # fmt: skip
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError("it does not start")
            time.sleep(0.2)

    def prepare(self):
        """Do what comes between the notebook and the server."""

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self):
        with socket.socket() as asked:
            return asked.connect_ex(("127.0.0.1", self.port)) == 0

    def close(self):
        self.process.terminate()
        self.process.wait()


class Voila(Served):
    name = "Voilà"
    packages = ("voila",)

    def command(self):
        return ["voila", "lesson.ipynb", "--no-browser", f"--port={self.port}",
                "--VoilaConfiguration.allow_theme_override=YES"]  # fmt: skip

    def address(self, scheme):
        return f"http://127.0.0.1:{self.port}/?theme={scheme}"


class MarimoRun(Served):
    name = "marimo run"
    packages = ("marimo",)

    def prepare(self):
        settings = self.folder / "own" / "marimo" / "marimo.toml"
        settings.parent.mkdir(parents=True)
        settings.write_text('[display]\ntheme = "system"\n[runtime]\nauto_instantiate = true\n')
        self.run("marimo", "convert", "lesson.ipynb", "-o", "lesson.py")

    def command(self):
        kind = self.name.removeprefix("marimo ")
        return ["marimo", kind, "lesson.py", "--headless", "--no-token", "--port", str(self.port)]

    def address(self, scheme):
        return f"http://127.0.0.1:{self.port}"


class MarimoEdit(MarimoRun):
    name = "marimo edit"


class Pages(Host):
    """A tool that makes a page of a notebook, which is opened without a network."""

    live = False
    page = "lesson.html"

    def start(self):
        self.write()
        self.make()

    def executed(self):
        """Run the notebook and save it with its widgets' state, as JupyterLab does."""
        self.run("nbconvert", "--to", "notebook", "--execute", "--inplace", "lesson.ipynb")

    def make(self):
        raise NotImplementedError

    def address(self, scheme):
        return (self.folder / self.page).as_uri()


class Exporter(Pages):
    name = "nbconvert with our exporter"
    packages = ("nbconvert",)

    def make(self):
        self.run("widgets.publish", "lesson.ipynb")


class MystNb(Pages):
    name = "Sphinx with myst-nb"
    packages = ("myst-nb", "furo")
    page = "built/lesson.html"
    settings = 'extensions = ["myst_nb"]\nnb_execution_mode = "off"\nnb_custom_formats = {".ipynb": "widgets.publish.reads"}\n'

    def make(self):
        self.executed()
        settings = (
            self.settings + 'html_theme = "furo"\nroot_doc = "lesson"\nexclude_patterns = ["environment"]\n'
        )
        (self.folder / "conf.py").write_text(settings)
        self.run("sphinx", ".", "built")


class NbSphinx(MystNb):
    name = "Sphinx with nbsphinx"
    packages = ("nbsphinx", "furo")
    settings = 'extensions = ["nbsphinx"]\nnbsphinx_execute = "never"\nnbsphinx_custom_formats = {".ipynb": "widgets.publish.reads"}\n'


class NbGrader(Pages):
    name = "nbgrader's feedback"
    packages = ("nbgrader",)
    page = "feedback/ada/ps1/lesson.html"

    def make(self):
        (self.folder / "nbgrader_config.py").write_text(
            'c = get_config()\nc.CourseDirectory.course_id = "course"\n'
            'c.HTMLExporter.preprocessors = ["widgets.publish.AliveWidgets"]\n'
        )
        for step, before in (("source", "."), ("submitted/ada", "release/ps1")):
            (self.folder / step / "ps1").mkdir(parents=True)
            notebook = (self.folder / before / "lesson.ipynb").read_bytes()
            (self.folder / step / "ps1" / "lesson.ipynb").write_bytes(notebook)
            if step == "source":
                self.run("nbgrader", "generate_assignment", "ps1")
        for step in ("autograde", "generate_feedback"):
            self.run("nbgrader", step, "ps1")


ALL = [JupyterLab, Notebook, Voila, MarimoEdit, MarimoRun, Exporter, MystNb, NbSphinx, NbGrader]
BESIDE = [  # tried by hand, or claimed and not tried
    ["JupyterHub with nbgitpuller", "6.1.1", "ready, a step, the kernel follows, the quiz, a prediction, light, dark", "",
     "tried by hand, with nbgitpuller 1.3.0: its link fetched the lessons and opened one in JupyterLab"],
    ["Google Colab", "not tried", "", "", "a service, which could not be reached from where the others were tried"],
    ["VS Code", "not tried", "", "", "could not be installed where the others were tried"],
]  # fmt: skip


def requirements() -> dict[str, str]:
    """What `hosts` in pyproject.toml names, by the name of the package."""
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    return {Requirement(each).name: each for each in settings["project"]["optional-dependencies"]["hosts"]}


# ---------------------------------------------------------------------- checks


class Lacks(Exception):
    """What a host does not have, and why: nothing in the widgets could change it."""


def ready(host, page):
    host.open(page, "light")
    page.locator(".ag[data-ready]").nth(len(CELLS) - 1).wait_for(state="attached")


def step(host, page):
    stepper = page.locator(".ag-stepper").first
    before = stepper.get_attribute("data-step")
    stepper.get_by_role("button", name="Next").click()
    page.locator(f'.ag-stepper >> nth=0 >> css=:scope:not([data-step="{before}"])').wait_for()


def follows(host, page):
    if not host.live:
        raise Lacks("a page has no kernel")
    step = page.locator(".ag-stepper").first.get_attribute("data-step")
    page.locator(f'.ag-stepper >> nth=1 >> css=:scope[data-step="{step}"]').wait_for()


def quiz(host, page):
    answer(page.locator(".ag-quiz"))


def prediction(host, page):
    if not host.live and not isinstance(host, Exporter):
        raise Lacks("a notebook does not store what a prediction holds back")
    answer(page.locator(".ag-predict"))


def answer(asked):
    """Answer what a widget asks, and wait until it is judged."""
    field = asked.get_by_role("textbox").first
    field.fill("12")
    field.press("Enter")
    asked.get_by_text("right: 12").first.wait_for()


def light(host, page):
    assert looks(page, "light"), "the page is dark"


def dark(host, page):
    host.open(page, "dark")
    if not looks(page, "dark"):
        raise Lacks("its pages are always light, and so are the widgets on them")


def looks(page, scheme) -> bool:
    """Whether the ground beside a widget is as wanted; raises where the widget's own is not like it."""
    widget = page.locator(".ag-stepper").first
    widget.scroll_into_view_if_needed()
    page.wait_for_timeout(500)  # a theme's style sheet takes a moment
    box = widget.bounding_box()
    beside, inside = is_dark(page, box["x"] - 3, box["y"] + 20), is_dark(page, box["x"] + 4, box["y"] + 20)
    assert beside == inside, (
        f"a {'dark' if inside else 'light'} widget on a {'dark' if beside else 'light'} ground"
    )
    return beside == (scheme == "dark")


def is_dark(page, x, y) -> bool:
    """Whether one pixel of a page is dark, as it is drawn."""
    png = page.screenshot(clip={"x": max(x, 0), "y": y, "width": 1, "height": 1})
    start = png.index(b"IDAT") + 4
    size = int.from_bytes(png[start - 8 : start - 4], "big")
    return sum(zlib.decompressobj().decompress(png[start : start + size])[1:4]) < 3 * 128


CHECKS = {
    "light": {"ready": ready, "a step": step, "the kernel follows": follows, "the quiz": quiz,
              "a prediction": prediction, "light": light},
    "dark": {"dark": dark},
}  # fmt: skip

# ---------------------------------------------------------------------- what was seen


def tried(host: Host, browser, wheel) -> tuple[list[str], bool]:
    """What a row of the table says of a host, and whether all works that could."""
    if not host.installed(wheel):
        return [host.name, "not tried", "", "", "it cannot be installed here"], True
    works, lacks, all_well = [], [], True
    with closing(host):
        for name, why, ours in seen(host, browser):
            all_well &= not ours
            if why:
                lacks.append((name, why))
            else:
                works.append(name)
    reasons = "; ".join(f"{name}: {why}" for name, why in lacks)
    return [
        host.name,
        host.version(),
        ", ".join(works),
        ", ".join(name for name, _ in lacks),
        reasons,
    ], all_well


def seen(host, browser):
    """Yield of each check its name, why it does not hold (empty where it does), and whether that is ours."""
    try:
        host.start()
    except (subprocess.CalledProcessError, AssertionError, RuntimeError):
        yield "ready", "it does not start", True
        return
    for scheme, checks in CHECKS.items():
        shown = new_page(browser, color_scheme=scheme, offline=not host.live)
        with shown as page:
            page.set_default_timeout(PATIENCE * 1000)
            for name, check in checks.items():
                yield name, *outcome(check, host, page)
            if shown.errors:
                yield "its scripts", shown.errors.pop(0).splitlines()[0], True
                shown.errors.clear()


def outcome(check, host, page):
    try:
        check(host, page)
    except Lacks as lack:
        return str(lack), False
    except TimeoutError:
        return "it was not seen", True
    except (AssertionError, Error) as error:
        return str(error).splitlines()[0], True
    return "", False


def main(*names):
    """Try the hosts, and write the table; end with an error where something does not work."""
    rows = {row[0]: row for row in table_of_hosts()}
    wrong = []
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_or_install(), args=LAUNCH_ARGS)
        wheel = built_wheel(Path(folder))
        for kind in ALL:
            if names and not kind.name.lower().startswith(tuple(name.lower() for name in names)):
                continue
            print(kind.name, end=": ", flush=True)
            with TemporaryDirectory() as own:
                rows[kind.name], well = tried(kind(Path(own)), browser, wheel)
            print(*rows[kind.name][1:], sep=" | ", flush=True)
            write(rows)
            wrong += [] if well else [kind.name]
    if wrong:
        sys.exit(f"Something does not work in {', '.join(wrong)}.")


def write(rows):
    """Write the table: the hosts in their order, then those that stand beside them."""
    listed = [rows[kind.name] for kind in ALL if kind.name in rows] + BESIDE
    head = ["| host | version | what works | what does not | why |", "|---|---|---|---|---|"]
    table = "\n".join([*head, *(f"| {' | '.join(row)} |" for row in listed)])
    text = HOSTS.read_text(encoding="utf-8")
    HOSTS.write_text(SECTION.sub(lambda mark: f"{mark[1]}{table}\n{mark[3]}", text), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
