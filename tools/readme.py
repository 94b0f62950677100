"""Write the parts of README.md and of docs that are made from something else.

`python -m tools.readme` (which `make notebooks` runs) rewrites what stands between the marks
`<!-- generated: NAME -->` and `<!-- end -->`, and draws README's pictures; a test compares.
"""

import importlib
import inspect
import io
import json
import re
import textwrap
import tomllib
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

from autograd_core.autograd.graph import INSIDE_A_TENSOR
from tools import house
from tools.install import LESSONS
from tools.links import PROJECT, binder_badge, binder_link, hub_link, repository, site_link

README = PROJECT / "README.md"
TEACHING = PROJECT / "docs" / "teaching.md"
ARCHITECTURE = PROJECT / "docs" / "architecture.md"
NAMES = PROJECT / "docs" / "pytorch.md"
HOSTS = PROJECT / "docs" / "hosts.md"
EXERCISES = PROJECT / "docs" / "exercises.toml"
PICTURE = PROJECT / "docs" / "worked-example.svg"
WATCHED = PROJECT / "docs" / "watched-model.svg"
SECTION = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def clone() -> str:
    """Return the two commands."""
    where = repository()
    return f"```sh\ngit clone {where.url} && cd {where.repository}\nmake lab\n```"


def lessons() -> str:
    """Return a table of the lessons: number, title, where it is open without an installation."""
    rows = ["| | lesson | without installing |", "|---|---|---|"]
    for path in notebooks():
        number = path.name[:2]
        link = f"[site]({site_link(path.name)}) · [Binder]({binder_link(path.name)})"
        rows.append(f"| {number} | [{title(path)}](notebooks/{path.name}) | {link} |")
    return "\n".join(rows)


def hosts() -> str:
    """Return in which hosts widgets work, as the table of hosts has it (`make hosts` writes that)."""
    rows = [(f"{name} {version}".strip(), works.split(", ")) for name, version, works, *_ in table_of_hosts()]
    live = [name for name, works in rows if "the kernel follows" in works]
    pages = [name for name, works in rows if "a step" in works and name not in live]
    told = (
        f"The widgets work in {', '.join(live)}, and without a kernel in pages by {', '.join(pages)}. "
        "[docs/hosts.md](docs/hosts.md) has what was tried in each of them, and what does not work there."
    )
    return textwrap.fill(told, 110)


def table_of_hosts() -> list[list[str]]:
    """Return the rows of the table of hosts."""
    lines = SECTION.search(HOSTS.read_text(encoding="utf-8"))[0].splitlines()
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("|")][2:]


def notebooks() -> list[Path]:
    """Return the paths of the lessons, first to last."""
    return sorted((PROJECT / "notebooks").glob("[0-9][0-9]-*.ipynb"))


def cells(path: Path, kind: str) -> list[dict]:
    """Return a notebook's cells of a kind, ``"markdown"`` or ``"code"``."""
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in found if cell["cell_type"] == kind]


def title(path: Path) -> str:
    """Return a notebook's title: its first heading, without the number."""
    for cell in cells(path, "markdown"):
        heading = re.search(r"^# +(.+)$", "".join(cell["source"]), re.MULTILINE)
        if heading:
            return re.sub(r"^\d\d\W+", "", heading[1]).strip()
    raise ValueError(f"{path.name} has no title: its first heading should start with '# '")


def course() -> str:
    """Return a table of the lessons: title, minutes, what who solved its exercises has shown."""
    shows = tomllib.loads(EXERCISES.read_text(encoding="utf-8"))
    rows = ["| | lesson | minutes | who solved its exercises |", "|---|---|---|---|"]
    for path in notebooks():
        number = path.name[:2]
        told = [shows.get(number, {}).get(name, "") for name in exercises(path)]
        listed = "; ".join(f"**{place}** {what}" for place, what in enumerate(told, 1) if what)
        link = f"[{title(path)}](../notebooks/{path.name})"
        rows.append(f"| {number} | {link} | {minutes(path)} | {listed} |")
    total = sum(map(minutes, notebooks()))
    return "\n".join([*rows, "", f"Together {total} minutes, about {round(total / 60)} hours."])


def minutes(path: Path) -> int:
    """Return how many minutes a lesson says that it takes: of a range the upper end."""
    first = "".join(cells(path, "markdown")[0]["source"])
    return int(re.search(r"(\d+) minutes", first)[1])


def exercises(path: Path) -> Iterator[str]:
    """Yield the names of a lesson's exercises: their cells' ids without "exercise-"."""
    for cell in cells(path, "code"):
        if "exercise" in cell["metadata"].get("tags", []):
            yield cell["id"].removeprefix("exercise-")


def binder() -> str:
    """Return the address that opens a lesson on Binder, to be copied."""
    return f"```text\n{binder_link(notebooks()[0].name)}\n```"


def hub() -> str:
    """Return the address by which a JupyterHub fetches the lessons, to be copied."""
    return f"```text\n{hub_link(notebooks()[0].name)}\n```"


def install_here() -> str:
    """Return the line that installs engine and widgets without a clone, in whatever there is."""
    where = repository()
    return f'```sh\npip install "git+{where.url}@{where.ref}"\n```'


def install() -> str:
    """Return the command that installs, without a clone, all that the lessons need."""
    where = repository()
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = f"{settings['project']['name']}[{','.join(LESSONS)}]"
    return f'```sh\npython -m pip install "{wanted} @ git+{where.url}@{where.ref}"\n```'


def picture() -> str:
    """Return the graph of the worked example after its backward pass, as SVG."""
    import autograd_core as torch
    from widgets import make_dot

    p1 = torch.tensor(1.0, requires_grad=True)
    p2_1 = torch.tensor(2.0, requires_grad=True)
    p2_2 = torch.tensor(3.0, requires_grad=True)
    p3 = torch.tensor(1.5, requires_grad=True)
    x = 3
    o1 = (p1 * x) ** 2 + 1
    o2_1 = (p2_1 * o1) ** 0.5 - 4
    o2_2 = (p2_2 * o1).sin()
    o3 = (p3 * (o2_1 + 2 * o2_2) + 9) ** 0.3
    y = 8 * o3
    y.backward(retain_graph=True)  # so that the values in between can still be shown
    return make_dot(y, direction="LR").svg()


def watched() -> str:
    """Return what README's first program shows, in the middle of its backward pass, as SVG."""
    import autograd_core

    program = re.search(
        r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    names: dict = {}
    autograd_core.manual_seed(0)
    with redirect_stdout(io.StringIO()):
        exec(
            program[1].replace(
                "BackwardStepper(seen)", 'stepper = BackwardStepper(seen, direction="horizontal")'
            ),
            names,
        )
    names["stepper"].step = 17
    return names["stepper"].svg()


PLACES = ["torch", "torch.Tensor", "torch.nn", "torch.nn.functional", "torch.nn.init", "torch.nn.utils", "torch.optim",
          "torch.optim.lr_scheduler", "torch.utils.data", "torch.autograd", "torch.autograd.functional",
          "torch.autograd.graph", "torch.func", "torch.linalg", "torch.cuda", "torch.backends.cudnn",
          "torch.backends.mps"]  # fmt: skip
NOT_THEIRS = {"check_gradients", "GradcheckError"}  # the engine's own


def names() -> str:
    """Return a table of PyTorch's names that the engine has, by place; of a tensor the operators too."""
    rows = ["| place | names |", "|---|---|"]
    for place in PLACES:
        found = importlib.import_module("autograd_core")
        for part in place.split(".")[1:]:
            found = getattr(found, part)
        given = sorted(sorted(public(found) - NOT_THEIRS), key=str.lower)
        rows.append(f"| `{place}` | {' '.join(f'`{name}`' for name in given)} |")
    return "\n".join(rows)


def public(place: object) -> set[str]:
    """Return the names that a program may use of a module or class."""
    own = getattr(place, "__all__", None) or set(dir(place)) - INSIDE_A_TENSOR
    return {name for name in own if name[0] != "_" and not inspect.ismodule(getattr(place, name))}


SECTIONS = {
    README: {
        "badge": binder_badge,
        "install_here": install_here,
        "clone": clone,
        "hosts": hosts,
        "lessons": lessons,
    },
    TEACHING: {"course": course, "binder": binder, "hub": hub, "install": install, "clone": clone},
    NAMES: {"names": names},
    ARCHITECTURE: {"engine": lambda: house.drawn("autograd_core"), "widgets": lambda: house.drawn("widgets")},
}


def generated(document: Path) -> str:
    """Return a document with each of its generated sections written anew."""
    text, sections = document.read_text(encoding="utf-8"), SECTIONS[document]
    return SECTION.sub(lambda mark: f"{mark[1]}{sections[mark[2]]()}\n{mark[3]}", text)


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
    WATCHED.write_text(watched(), encoding="utf-8")
    for document in SECTIONS:
        document.write_text(generated(document), encoding="utf-8")
