"""``show_images``: tensors as pictures, drawn so that every machine draws the same."""

import html
from collections.abc import Iterable, Sequence

import numpy as np

from autograd_core.printable import printable, quoted

from ..base import image, picture, whole
from ..libraries import library_of
from .graph_picture import ACCENT, COLOURS, LETTERS, LINE, PARTIAL

MOST_IMAGES, MOST_PIXELS = 100, 64
SIZE, SIGNED_SIZE = 56, 80  # pixels that an image is high, about
LEVELS = 16  # of grey, or sizes of squares
POSITIVE, NEGATIVE = ACCENT, COLOURS[PARTIAL]
CAPTION, GAP = 20, 12  # pixels
CHARACTER = 7.8


class Images:
    """Pictures in rows, with their labels: what :func:`show_images` returns."""

    def __init__(self, arrays: np.ndarray, labels: list[str], columns: int):
        self.arrays, self.labels, self.columns = arrays, labels, columns
        self.signed = bool((arrays < 0).any())

    def describe(self) -> str:
        """Return in words what is shown: the alternative text."""
        count, height, width = self.arrays.shape
        what = f"{count} image{'s' if count > 1 else ''} of {height} × {width} pixels"
        if self.signed:
            what += ", positive values as filled squares, negative ones as hollow squares"
        return what + (f": {', '.join(self.labels)}." if self.labels else ".")

    __repr__ = describe

    def svg(self) -> str:
        """Return all images as one SVG document."""
        count, rows, columns = self.arrays.shape
        pixel = max(2, round((SIGNED_SIZE if self.signed else SIZE) / rows))
        across, down = self.step(pixel)
        lines, margin = -(-count // self.columns), (across - GAP - columns * pixel) / 2
        parts = []
        for i, array in enumerate(self.arrays):
            x, y = GAP + (i % self.columns) * across + margin, GAP + (i // self.columns) * down
            parts.append(
                f'<g transform="translate({x:g} {y})">{self.drawn(array, pixel)}{self.caption(i, pixel)}</g>'
            )
        width, height = GAP + min(count, self.columns) * across, GAP + lines * down
        body = f"<g {LETTERS}>{''.join(parts)}</g>"
        return picture("Images", self.describe(), width, height, body)

    def step(self, pixel: int) -> tuple[int, int]:
        """From one image to the next, across and down, with room for the labels."""
        _, rows, columns = self.arrays.shape
        longest = max(map(len, self.labels), default=0)
        across = max(columns * pixel, round(longest * CHARACTER)) + GAP
        return across, rows * pixel + GAP + (CAPTION if self.labels else 0)

    def drawn(self, array: np.ndarray, pixel: int) -> str:
        """One image: grey squares, or squares whose size tells a number with a sign."""
        rows, columns = array.shape
        frame = f'<path d="M0 0H{columns * pixel}V{rows * pixel}H0Z" fill="none" stroke="{LINE}" stroke-width=".5"/>'
        return (self.squares if self.signed else self.greys)(array, pixel) + frame

    def greys(self, array: np.ndarray, pixel: int) -> str:
        low, high = self.arrays.min(), self.arrays.max()
        levels = np.rint(LEVELS * ((array - low) / ((high - low) or 1))).astype(int)
        parts = []
        for level in sorted(set(levels.flat) - {0}):
            grey = 255 - round(235 * level / LEVELS)
            runs = "".join(f"M{x * pixel} {y * pixel}h{n * pixel}v{pixel}h-{n * pixel}z"
                           for y, x, n in runs_of(levels == level))  # fmt: skip
            parts.append(f'<path d="{runs}" fill="#{grey:02x}{grey:02x}{grey:02x}"/>')
        return "".join(parts)

    def squares(self, array: np.ndarray, pixel: int) -> str:
        largest = np.abs(self.arrays).max()
        sizes = np.rint(LEVELS * np.sqrt(np.abs(array) / largest)).astype(int)
        paths = {True: [], False: []}
        for (y, x), size in np.ndenumerate(sizes):
            if size:
                side = round(size / LEVELS * (pixel - 1), 1)
                start = (pixel - side) / 2
                place = f"M{x * pixel + start:g} {y * pixel + start:g}h{side:g}v{side:g}h-{side:g}z"
                paths[bool(array[y, x] > 0)].append(place)
        return (
            f'<path d="{"".join(paths[True])}" fill="{POSITIVE}"/>'
            f'<path d="{"".join(paths[False])}" fill="none" stroke="{NEGATIVE}" stroke-width="1"/>'
        )

    def caption(self, i: int, pixel: int) -> str:
        """The label beneath an image."""
        if not self.labels:
            return ""
        _, rows, columns = self.arrays.shape
        return (f'<text x="{columns * pixel / 2:g}" y="{rows * pixel + 15}" text-anchor="middle">'
                f"{html.escape(self.labels[i])}</text>")  # fmt: skip

    def _repr_mimebundle_(self, **kwargs):
        svg = self.svg()
        return {"text/plain": self.describe(), "text/html": image(svg, self.describe()), "image/svg+xml": svg}


def show_images(images, labels: Sequence | None = None, *, columns: int = 10) -> Images:
    """Show tensors as pictures: grey from the least value (white) to the greatest (black).

    Where there are negative values, each pixel is a square: its area tells the size of the number,
    filled is positive and hollow is negative (a Hinton diagram).

    Parameters
    ----------
    images : tensor or array of shape (count, height, width), or (height, width) for one image
    labels : one for each image, written beneath it
    columns : how many stand side by side

    Raises
    ------
    TypeError : if the images are no numbers, or the labels no list
    ValueError : if the shape is another one, there are more than 100 images or 64 × 64 pixels,
        a value is not finite, or the labels are not as many as the images

    >>> show_images([[0.0, 1.0], [1.0, 0.5]])
    1 image of 2 × 2 pixels.
    """
    arrays = array_of(images)
    if arrays.ndim == 2:
        arrays = arrays[None]
    if arrays.ndim != 3 or not arrays.size:
        raise ValueError(
            f"images should have the shape (count, height, width), not {arrays.shape}; "
            "reshape(count, height, width) makes it so"
        )
    if len(arrays) > MOST_IMAGES or max(arrays.shape[1:]) > MOST_PIXELS:
        raise ValueError(
            f"at most {MOST_IMAGES} images of at most {MOST_PIXELS} × {MOST_PIXELS} pixels are "
            f"shown, not {len(arrays)} of {arrays.shape[1]} × {arrays.shape[2]}: images[:20] are some"
        )
    if not np.isfinite(arrays).all():
        raise ValueError("the images hold nan or infinite values, which have no grey")
    columns = whole("columns", columns, 1)
    if labels is not None and (isinstance(labels, str) or not isinstance(labels, Iterable)):
        raise TypeError(f"labels should be a list, one for each image, not {quoted(labels)}")
    names = [] if labels is None else [text_of(label) for label in labels]
    if labels is not None and len(names) != len(arrays):
        raise ValueError(f"{len(names)} labels for {len(arrays)} images")
    return Images(arrays, names, columns)


def array_of(images) -> np.ndarray:
    """Return a tensor of either library, an array or a list as an array of float64."""
    try:
        images = library_of(images).array(images)
    except TypeError:
        pass
    except Exception as error:  # a tensor that has no data
        raise TypeError(f"these images hold no numbers that can be read: {printable(error)}") from error
    try:
        return np.asarray(images, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(
            "images should be a tensor or an array of numbers, or lists of them of one length, not "
            f"{quoted(images)}"
        ) from error


def text_of(label) -> str:
    """Return a label as text in one line; of a tensor with one element its number."""
    try:
        return printable(label.item() if hasattr(label, "item") else label)
    except Exception:  # a tensor of several elements, a number of too many digits
        return quoted(label)


def runs_of(mask: np.ndarray):
    """Yield (row, first column, length) of each run of true values in a row.

    >>> list(runs_of(np.array([[True, True, False, True]])))
    [(0, 0, 2), (0, 3, 1)]
    """
    for y, row in enumerate(mask):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(int), [0]])))
        for first, end in edges.reshape(-1, 2):
            yield y, int(first), int(end - first)
