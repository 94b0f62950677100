"""The release of PyTorch that this engine follows, which a script may compare with others."""

import re


class TorchVersion(str):
    """A version as text. It is compared with others, ``"2.1"`` or ``(2, 1)``, by its numbers."""

    __slots__ = ()

    def __lt__(self, other):
        return _numbers(self) < _numbers(other)

    def __le__(self, other):
        return _numbers(self) <= _numbers(other)

    def __gt__(self, other):
        return _numbers(self) > _numbers(other)

    def __ge__(self, other):
        return _numbers(self) >= _numbers(other)


def _numbers(version):
    """As many numbers as a release has: ``2.1`` is ``2.1.0``."""
    if isinstance(version, str):
        version = re.findall(r"\d+", version.partition("+")[0])
    return [*map(int, version), 0, 0, 0][:3]


__version__ = TorchVersion("2.15.0+autograd.core")
