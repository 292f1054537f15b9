"""Long statements: their details as a listing, many rows to one row of the table.

A table of cells costs several boxes for each line; from `LONG` lines on that is what printing takes its time and memory
for. A listing joins the lines of a month, at most `CHUNK` at a time, into four cells with one line of text for each
row, so a page takes more rows and a row a fraction of the time. Names are cut to one line; the attached data and the
spreadsheet have them whole.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from portal.documents.rules.statement import Line, MonthGroup, Part, StatementView, by_month, detail_parts

#: Statements with more detail lines than this are printed as a listing.
LONG = 150
#: Lines in one row of a listing; a row is never broken over two pages.
CHUNK = 12
#: Narrow characters that the description has room for.
_ROOM = 58


@dataclass(frozen=True, slots=True)
class Block:
    """Some lines of a month, joined: number, date and document; item and description; quantity and price; amount."""

    left: str
    middle: str
    counted: str
    amounts: str
    #: The month that ends with this block, with all its lines; None when the month goes on.
    month: MonthGroup | None


def is_long(view: StatementView) -> bool:
    """Whether the details are printed as a listing."""
    return sum(len(view.lines(part)) for part in detail_parts(view)) > LONG


def listing(lines: Sequence[Line]) -> Iterator[Block]:
    """The lines of one part in blocks, month by month, numbered through."""
    number = 0
    for month in by_month(lines):
        for start in range(0, len(month.lines), CHUNK):
            chunk = month.lines[start : start + CHUNK]
            yield Block(
                "\n".join(_left(number + place, line) for place, line in enumerate(chunk, start=1)),
                "\n".join(_cut(_said(line)) for line in chunk),
                "\n".join(_counted(line) for line in chunk),
                "\n".join(_money(line.amount) for line in chunk),
                month if start + CHUNK >= len(month.lines) else None,
            )
            number += len(chunk)


def counts(part: Part, view: StatementView) -> bool:
    """Whether the lines of a part have quantities."""
    return any(line.quantity is not None for line in view.lines(part))


def _left(number: int, line: Line) -> str:
    return f"{number:04d}  {line.date[5:]}  {line.document}"


def _said(line: Line) -> str:
    late = f"（归属 {line.belongs_to}）" if line.belongs_to else ""
    return f"{line.item}　{line.text}{late}" if line.item else f"{line.text}{late}"


def _counted(line: Line) -> str:
    if line.quantity is None or line.unit_price is None:
        return "\u00a0"
    return f"{line.quantity} × {_money(line.unit_price)}"


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}".replace("-", "−")


def _cut(text: str) -> str:
    """As much of a text as one line has room for; a wide character counts two. Breaks in it become blanks."""
    room, kept = _ROOM, ""
    for character in " ".join(text.split("\n")):
        room -= 2 if ord(character) > 0x2E7F else 1
        if room < 0:
            return f"{kept}…"
        kept += character
    return kept or "\u00a0"
