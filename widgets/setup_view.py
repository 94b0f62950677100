"""The live view of `check_setup()`: it can only be seen where widgets work."""

import traitlets

from .base import Widget, picture
from .graph_picture import LETTERS


class SetupView(Widget, module="setup"):
    """Says whether widgets work here, which the kernel alone cannot know.

    Attributes
    ----------
    seen : dict, what the browser said of itself: ``{"name": "JupyterLab", "version": "4.6"}``
    """

    seen = traitlets.Dict().tag(sync=True)

    def __init__(self, setup):
        problems = [[part.name, part.trouble, part.remedy] for part in setup.problems]
        rows = setup.rows() if setup.details else []
        super().__init__({
            "ok": setup.ok, "sentence": setup.describe(), "problems": problems, "rows": rows,
        })  # fmt: skip

    def describe(self) -> str:
        return self.data["sentence"]

    def svg(self) -> str:
        words = f'<text x="16" y="30" font-size="13" {LETTERS}>{"✓" if self.data["ok"] else "!"}</text>'
        return picture("Setup", self.describe(), 600, 48, words)
