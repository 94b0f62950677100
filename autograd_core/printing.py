"""How tensors are printed, chosen by the user. The text itself is made in core/printing.py."""

import math
from contextlib import contextmanager

from .core.printing import options

_PROFILES: dict[str, dict] = {
    "default": dict(precision=4, threshold=1000, edgeitems=3, linewidth=80),
    "short": dict(precision=2, threshold=1000, edgeitems=2, linewidth=80),
    "full": dict(precision=4, threshold=math.inf, edgeitems=3, linewidth=80),
}


def set_printoptions(
    precision=None, threshold=None, edgeitems=None, linewidth=None, profile=None, sci_mode=None
):
    """Choose how tensors are printed from now on; what is not given stays as it is.

    precision: digits after the decimal point (4).
    threshold: tensors of more elements than this are summarised with ``...`` (1000).
    edgeitems: how many elements a summary shows at each end of a dimension (3).
    linewidth: characters in a line (80).
    profile: ``"default"``, ``"short"`` or ``"full"``; other arguments override its values.
    sci_mode: True or False forces scientific notation on or off. None, also when not given,
        lets the numbers decide.

    Raises ValueError for an unknown profile.

    >>> set_printoptions(precision=2)
    >>> torch.tensor([1.12345])
    tensor([1.12])
    >>> set_printoptions(profile="default")
    """
    if profile is not None and profile not in _PROFILES:
        raise ValueError(f"profile must be one of {', '.join(_PROFILES)}, not {profile!r}.")
    given = dict(precision=precision, threshold=threshold, edgeitems=edgeitems, linewidth=linewidth)
    changes = _PROFILES.get(profile or "", {}) | {k: v for k, v in given.items() if v is not None}
    for name, value in changes.items():
        setattr(options, name, value)
    options.sci_mode = sci_mode


def get_printoptions():
    """The options now in force, as a dict that `set_printoptions` takes as keyword arguments.

    >>> get_printoptions()["linewidth"]
    80
    """
    return dict(vars(options))


@contextmanager
def printoptions(**changes):
    """Print with other options inside a ``with`` block; takes what `set_printoptions` takes.

    >>> with printoptions(sci_mode=True):
    ...     print(torch.tensor([1.5]))
    tensor([1.5000e+00])
    """
    before = get_printoptions()
    try:
        set_printoptions(**changes)
        yield
    finally:
        set_printoptions(**before)
