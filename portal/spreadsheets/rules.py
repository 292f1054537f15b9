"""Tables that people send: headers under any customary name, a verdict for every row before anything is saved.

A file becomes a `Sheet` of plain text, whatever it was (see `reading`), so CSV and XLSX are judged alike.
`match` finds the header row, also below title rows, and `judge` parses each row below it. Messages name the row
as the spreadsheet counts it and the column as the header calls it. The feature that imports adds what its own
rules say about a row with `RowVerdict.refuse`.
"""

import dataclasses
import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portal.kernel import money
from portal.kernel.errors import RuleBroken
from portal.kernel.text import T

#: The header is looked for in so many rows from the top.
HEADER_WITHIN = 20
#: What fills a column that the file does not have, and an empty cell of a column that may be empty.
EMPTY = None
_GUARD = re.compile(r"'(?=[=+\-@\t\r＝＋－＠])")
_LOST_DIGITS = re.compile(r"[0-9](\.[0-9]+)?[eE]\+[0-9]+")


class FileRefused(RuleBroken):
    """The file as a whole can't be read; nothing of it was taken."""

    def __init__(self, text: T) -> None:
        super().__init__("FILE", text, field="file")


class CellProblem(ValueError):
    """A cell's text is not what its column holds; `text` says what it should be."""

    def __init__(self, text: T) -> None:
        super().__init__(str(text))
        self.text = text


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `number` is the one that the spreadsheet shows at its left."""

    number: int
    cells: tuple[str, ...]

    @property
    def blank(self) -> bool:
        return not any(self.cells)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as plain text; numbers are written without grouping, dates as ISO."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """What an import takes. `needed`: the file must have the column, and no cell of it may be empty."""

    key: str
    label: T
    parse: Callable[[str], Any]
    #: Other names that people give it, in any language; the label's English is one already.
    names: tuple[str, ...] = ()
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row, or with one cell of it."""

    row: int
    column: T | None
    text: T

    @property
    def sentence(self) -> T:
        """`Row 7, Sale date: …`, translated where it is shown."""
        if self.column is None:
            return T("Row {row}: {problem}", row=self.row, problem=self.text)
        return T("Row {row}, {column}: {problem}", row=self.row, column=self.column, problem=self.text)


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """A row with its values by column key, and everything that is wrong with it."""

    number: int
    values: Mapping[str, Any]
    problems: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems

    def refuse(self, text: T, column: Column | None = None) -> "RowVerdict":
        """The same row with one problem more."""
        problem = Problem(self.number, column.label if column else None, text)
        return dataclasses.replace(self, problems=(*self.problems, problem))


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet whose header was found: where each column stands, and what is not known."""

    rows: tuple[Row, ...]
    places: Mapping[str, int]
    #: Headers that nothing is read from; worth telling, since one may be a misspelt column.
    unknown: tuple[str, ...]


def normalise(header: str) -> str:
    """A header without what people add to it: case, spaces, marks of need, a unit in brackets."""
    plain = unicodedata.normalize("NFKC", header).casefold()
    plain = re.sub(r"\([^()]*\)|\[[^\[\]]*\]|【[^】]*】", "", plain)
    return re.sub(r"[\s*:_\-./、]", "", plain)


def match(sheet: Sheet, columns: Sequence[Column]) -> Table:
    """Find the header: the first row that has all needed columns.

    Raises FileRefused that names the missing columns, or the one that the header has twice.
    """
    names = {normalise(name): column for column in columns for name in (column.label.msgid, *column.names)}
    needed = [column for column in columns if column.needed]
    best: tuple[int, list[Column]] = (-1, needed)
    for index, row in enumerate(sheet.rows[:HEADER_WITHIN]):
        found = [names.get(normalise(cell)) for cell in row.cells]
        missing = [column for column in needed if column not in found]
        if not missing:
            return _table(sheet, index, found)
        if len(missing) < len(best[1]) or best[0] < 0:
            best = (index, missing)
    if not any(not row.blank for row in sheet.rows):
        raise FileRefused(T("The file is empty."))
    raise FileRefused(
        T(
            "These columns are missing: {columns}. Take the template, or name them so.",
            columns=_listed(best[1]),
        )
    )


def _table(sheet: Sheet, index: int, found: Sequence[Column | None]) -> Table:
    places: dict[str, int] = {}
    for place, column in enumerate(found):
        if column is not None:
            if column.key in places:
                raise FileRefused(T("The header has the column {column} twice.", column=column.label))
            places[column.key] = place
    header = sheet.rows[index].cells
    unknown = tuple(cell for cell, column in zip(header, found, strict=True) if cell and column is None)
    return Table(tuple(row for row in sheet.rows[index + 1 :] if not row.blank), places, unknown)


def _listed(columns: Sequence[Column]) -> T:
    listed = columns[0].label
    for column in columns[1:]:
        listed = T("{first}, {second}", first=listed, second=column.label)
    return listed


def judge(table: Table, columns: Sequence[Column]) -> list[RowVerdict]:
    """Parse every row; a cell that can't be parsed is a problem of its row and has no value."""
    return [_judge(row, table.places, columns) for row in table.rows]


def _judge(row: Row, places: Mapping[str, int], columns: Sequence[Column]) -> RowVerdict:
    values: dict[str, Any] = {}
    problems = []
    for column in columns:
        place = places.get(column.key)
        text = row.cells[place] if place is not None and place < len(row.cells) else ""
        if not text:
            values[column.key] = EMPTY
            if column.needed:
                problems.append(Problem(row.number, column.label, T("is empty")))
            continue
        try:
            values[column.key] = column.parse(text)
        except CellProblem as problem:
            problems.append(Problem(row.number, column.label, problem.text))
    return RowVerdict(row.number, values, tuple(problems))


def repeated(verdicts: Iterable[RowVerdict], column: Column) -> list[RowVerdict]:
    """The verdicts with a problem on each row whose value in `column` stood in an earlier row already."""
    first: dict[Any, int] = {}
    judged = []
    for verdict in verdicts:
        value = verdict.values.get(column.key)
        if value is None or first.setdefault(value, verdict.number) == verdict.number:
            judged.append(verdict)
        else:
            again = T("{value} stands in row {row} already", value=value, row=first[value])
            judged.append(verdict.refuse(again, column))
    return judged


def unguarded(text: str) -> str:
    """A cell of an exported CSV without the apostrophe that kept it from being a formula."""
    return _GUARD.sub("", text, count=1) if _GUARD.match(text) else text


# Parsers: text of a cell → value; each raises CellProblem. Wide digits and signs count as the narrow ones.


def _narrow(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).strip()


def text(limit: int) -> Callable[[str], str]:
    """Text of at most `limit` characters."""

    def parse(cell: str) -> str:
        if _LOST_DIGITS.fullmatch(cell):
            raise CellProblem(
                T("{value} is a long number that lost digits; format the column as text", value=cell)
            )
        if len(cell) > limit:
            raise CellProblem(T("is longer than {limit} characters", limit=limit))
        return cell

    return parse


def amount(cell: str) -> Decimal:
    """Money with at most two decimals."""
    try:
        return money.parse_money(_narrow(cell))
    except ValueError:
        raise CellProblem(T("{value} is not an amount such as 1234.50", value=cell)) from None


def whole(minimum: int, maximum: int) -> Callable[[str], int]:
    """A whole number from `minimum` to `maximum`."""

    def parse(cell: str) -> int:
        plain = _narrow(cell)
        if not re.fullmatch(r"-?[0-9]{1,12}", plain) or not minimum <= int(plain) <= maximum:
            limits = {"minimum": minimum, "maximum": maximum}
            raise CellProblem(
                T("{value} is not a whole number from {minimum} to {maximum}", value=cell, **limits)
            )
        return int(plain)

    return parse


_DAY = re.compile(
    r"([0-9]{4})(?:([-/.])([0-9]{1,2})\2([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日|([0-9]{2})([0-9]{2}))"
)


def day(cell: str) -> dt.date:
    """`2026-11-12`, `2026/11/12`, `2026.11.12`, `20261112`, `2026年11月12日`, each also with midnight after it."""
    found = _DAY.fullmatch(re.sub(r"[ T]00:00(:00)?$", "", _narrow(cell)))
    if found:
        month, date = (found[a] or found[b] or found[c] for a, b, c in ((3, 5, 7), (4, 6, 8)))
        try:
            return dt.date(int(found[1]), int(month), int(date))
        except ValueError:
            pass
    raise CellProblem(T("{value} is not a date such as 2026-11-12", value=cell))


def choice(meanings: Mapping[str, Any]) -> Callable[[str], Any]:
    """One of several words, in any of their languages: `{"yes": True, "是": True}`."""
    known = {normalise(word): meaning for word, meaning in meanings.items()}

    def parse(cell: str) -> Any:
        if normalise(cell) not in known:
            raise CellProblem(T("{value} is none of: {words}", value=cell, words=", ".join(meanings)))
        return known[normalise(cell)]

    return parse
