"""Tables of plain text."""


def aligned(rows, left=(0,)) -> list[str]:
    """Return rows as lines whose columns stand below each other; those in ``left`` begin there.

    >>> aligned([("name", "size"), ("w", "12")])
    ['name  size', 'w       12']
    """
    widths = [max(map(len, column)) for column in zip(*rows)]
    places = [str.ljust if i in left else str.rjust for i in range(len(widths))]
    return ["  ".join(place(*each) for place, *each in zip(places, row, widths)).rstrip() for row in rows]
