"""The live view of `check_setup()`: it can only be seen where widgets work."""

from autograd_core.printable import quoted

from ..base import State, Widget, all_printable, picture
from ..drawing.graph_picture import LETTERS


class SetupView(Widget, module="setup"):
    """Says whether widgets work here, which the kernel alone cannot know.

    Attributes
    ----------
    seen : dict, what the browser said of itself: ``{"name": "JupyterLab", "version": "4.6"}``
    """

    seen = State({})

    @seen.accepts
    def _seen_is_text(self, seen):
        if not (isinstance(seen, dict) and all(isinstance(text, str) for text in [*seen, *seen.values()])):
            raise TypeError(f"seen is where the browser says it is, not {quoted(seen)}")
        return all_printable(seen)

    def __init__(self, setup):
        problems = [[part.name, part.trouble, part.remedy] for part in setup.problems]
        rows = setup.rows() if setup.details else []
        super().__init__({
            "ok": setup.ok, "sentence": setup.describe(), "problems": problems, "rows": rows,
        })  # fmt: skip

    def describe(self) -> str:
        return self.data["sentence"]

    def svg(self) -> str:
        words = f'<text x="16" y="30" {LETTERS}>{"✓" if self.data["ok"] else "!"}</text>'
        return picture("Setup", self.describe(), 600, 48, words)
