"""Text from outside, made fit to be shown: names, messages, file names, lines of code, answers."""

import re
import reprlib

# What has no look of its own, changes that of what stands around it, or is no character: controls
# (with those of terminals), marks of direction, of width zero and fillers, lone surrogates. The
# joiners U+200C and U+200D stay: without them Persian, Hindi and many an emoji are written wrongly.
# A pattern for re, which compiles it when it is first needed.
UNPRINTABLE = (
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


NO_REPR = r"<(\w+) instance\b[^<>]* at 0x\w+>"  # what reprlib writes where there is none


def printable(text, keep="") -> str:
    r"""Return text as XML, HTML, DOT, JSON and a terminal can hold it.

    Each character that has no look of its own, or hides others, becomes what Python writes for
    it, unless it is one of ``keep``.

    >>> printable("a\nb \x1b[31m\ud800"), printable("a\nb", keep="\n")
    ('a\\nb \\x1b[31m\\ud800', 'a\nb')
    """
    text = str(text)
    if text.isascii() and text.isprintable():
        return text
    return re.sub(UNPRINTABLE, lambda found: found[0] if found[0] in keep else escaped(found[0]), text)


def escaped(character) -> str:
    """A character as Python writes it in a string: ``\\n``, ``\\x1b``, ``\\ufeff``."""
    return character.encode("unicode_escape").decode("ascii")


def quoted(value, longest=60) -> str:
    """Return what somebody gave as a message quotes it: as Python writes it, printable, and short.

    >>> quoted("3"), quoted(2**70), quoted([0] * 99, 20)
    ("'3'", '1180591620717411303424', '[0, 0, 0, 0, 0, 0, …')
    """
    shortened = reprlib.Repr()  # a long list is not written out only to be cut off
    shortened.maxstring = shortened.maxother = shortened.maxlong = 2 * longest
    shortened.maxlist = shortened.maxtuple = shortened.maxdict = shortened.maxset = longest // 3
    try:
        text = re.sub(NO_REPR, r"something of type \1", printable(shortened.repr(value)))
    except Exception:  # a number of too many digits, or an object of somebody's own
        text = f"something of type {type(value).__name__}"
    return text if len(text) <= longest else text[: longest - 1] + "…"
