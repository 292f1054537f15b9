"""Which characters the document faces can draw, and what happens to the others.

The own faces hold what documents normally need. A rare character in a name (喆, 堃) adds the faces that hold
all other Han characters; only such documents pay for them. What even these lack (emoji) is printed as the
geta mark 〓, the printer's sign for a missing type; the data attached to the document keeps the original.
Control and direction characters are dropped: they draw nothing, and could turn a line around.
"""

import unicodedata
from collections.abc import Collection
from pathlib import Path

from fontTools.ttLib import TTFont

MISSING = "〓"
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}


def coverage(face: Path) -> frozenset[int]:
    """The code points that the face in this file draws."""
    with TTFont(face, lazy=True) as font:
        return frozenset(font.getBestCmap())


def printable(text: str, drawn: Collection[int]) -> str:
    """`text` as it can be printed with glyphs for `drawn`: newlines stay, what can't be drawn becomes 〓."""
    rest = {character for character in set(text) if ord(character) not in drawn and character != "\n"}
    if not rest:
        return text
    table = {ord(c): "" if unicodedata.category(c) in _INVISIBLE else MISSING for c in rest}
    return text.translate(table)


def lacking(text: str, drawn: Collection[int]) -> bool:
    """Whether `text` has a visible character that is not in `drawn`."""
    return any(
        ord(character) not in drawn and unicodedata.category(character) not in _INVISIBLE
        for character in set(text)
    )
