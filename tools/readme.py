"""Write the parts of README.md that are made from something else.

`python -m tools.readme` (which `make notebooks` runs) rewrites what stands between the marks
`<!-- generated: NAME -->` and `<!-- end -->`, and draws README's picture; a test compares.
"""

import json
import re
from pathlib import Path

from tools.links import PROJECT, binder_badge, binder_link, repository

README = PROJECT / "README.md"
PICTURE = PROJECT / "docs" / "worked-example.svg"
SECTION = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def clone() -> str:
    """Return the two commands."""
    where = repository()
    return f"```sh\ngit clone {where.url} && cd {where.repository}\nmake lab\n```"


def lessons() -> str:
    """Return a table of the lessons: number, title, Binder link."""
    rows = ["| | lesson | without installing |", "|---|---|---|"]
    for path in sorted((PROJECT / "notebooks").glob("[0-9][0-9]-*.ipynb")):
        number = path.name[:2]
        link = f"[Binder]({binder_link(path.name)})"
        rows.append(f"| {number} | [{title(path)}](notebooks/{path.name}) | {link} |")
    return "\n".join(rows)


def title(path: Path) -> str:
    """Return a notebook's title: its first heading, without the number."""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        heading = re.search(r"^# +(.+)$", "".join(cell["source"]), re.MULTILINE)
        if cell["cell_type"] == "markdown" and heading:
            return re.sub(r"^\d\d\W+", "", heading[1]).strip()
    raise ValueError(f"{path.name} has no title: its first heading should start with '# '")


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


SECTIONS = {"badge": binder_badge, "clone": clone, "lessons": lessons}


def generated(text: str) -> str:
    """Return `text` with each generated section written anew."""
    return SECTION.sub(lambda mark: f"{mark[1]}{SECTIONS[mark[2]]()}\n{mark[3]}", text)


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
    README.write_text(generated(README.read_text(encoding="utf-8")), encoding="utf-8")
