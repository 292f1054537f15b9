"""What a monthly form consists of: columns, rows, the records behind each figure, what the dealer added (MF-1).

A form's numbers are never typed and never stored apart from their records: `Compiled` lists the records with the row
and column that each counts in, `make` adds them up. So every figure opens to exactly the records that it is the sum of.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any, Self

from portal.agreements.rules import FormKind
from portal.kernel.findings import Finding
from portal.kernel.money import CENT
from portal.kernel.period import Month
from portal.kernel.text import T

#: The row of figures that no single row has: corrections and remarks may name it.
TOTAL = "total"
#: Stands for a row where a figure beside the table is meant, one of `Layout.summary`.
SUMMARY = "summary"


class Measure(StrEnum):
    """What a column holds."""

    TEXT = "text"
    #: Whole things: units, calls, pieces.
    COUNT = "count"
    #: Money, two places.
    MONEY = "money"
    #: A mean with two places.
    MEAN = "mean"
    #: A share in percent with one place.
    PERCENT = "percent"

    @property
    def is_number(self) -> bool:
        return self is not Measure.TEXT


class Source(StrEnum):
    """Where the cells of a column come from."""

    #: From the month's records; a correction keeps the old value and has a reason.
    COMPILED = "compiled"
    #: From the dealer: what no record holds.
    ENTERED = "entered"
    #: Worked out of other columns of the row.
    DERIVED = "derived"
    #: From other months, or how a record went on after its own: what changes there is no difference of this month.
    CARRIED = "carried"


@dataclass(frozen=True)
class Column:
    """One column of a form."""

    key: str
    words: T
    measure: Measure = Measure.COUNT
    source: Source = Source.COMPILED
    #: The columns whose records are behind a derived figure.
    of: tuple[str, ...] = ()
    #: Those of them that are taken off.
    less: tuple[str, ...] = ()
    #: The months whose forms a figure comes from, of the form's own month; None: it has none of other months.
    back: Callable[[Month], Sequence[Month]] | None = None
    #: Whether the last row adds it up.
    is_summed: bool = True
    #: Only there to derive others from.
    is_hidden: bool = False
    #: The members that a text column's cells name by value, so that pages say them in the reader's language.
    names: type[StrEnum] | None = None
    #: Millimetres on paper; None: what is left.
    width: int | None = None

    @property
    def may_be_corrected(self) -> bool:
        """Whether the dealer may put another number, with a reason (MF-1)."""
        return (
            self.source is Source.COMPILED
            and self.measure in (Measure.COUNT, Measure.MONEY)
            and not self.is_hidden
        )


@dataclass(frozen=True)
class Record:
    """One record that counts in one figure."""

    row: str
    column: str
    #: The document, or a unit's serial.
    number: str
    on: dt.date
    value: Decimal = Decimal(1)
    #: What a reader recognises it by; no customer's name or phone.
    words: str = ""


@dataclass(frozen=True)
class Row:
    """One line: every column's cell as text, empty where there is nothing to say."""

    key: str
    cells: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Compiled:
    """What the records of a month say: rows in their order with their text and carried cells, records, sums."""

    rows: tuple[Row, ...] = ()
    records: tuple[Record, ...] = ()
    #: Figures of the whole form beside its table that are no sums of records, such as the follow-up rate, and the
    #: zeros of those that are: key of `Layout.summary` → text.
    summary: Mapping[str, str] = field(default_factory=dict)
    #: Carried cells of the row of sums that are no sums, such as last month's overall mean.
    total: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """What the dealer put into one cell: what no record holds, or another figure than the compiled one."""

    row: str
    column: str
    value: str
    #: The compiled figure that it replaces; empty in a column that the dealer fills.
    was: str = ""
    reason: str = ""
    person: str = ""


@dataclass(frozen=True)
class Earlier:
    """A figure of an earlier month that reads differently by now (MF-2)."""

    month: Month
    row: str
    column: str
    was: str
    now: str


Cells = dict[str, str]


def month_before(month: Month) -> Sequence[Month]:
    """The month that a figure is compared with."""
    return [month.previous]


def year_before(month: Month) -> Sequence[Month]:
    """The same month of the year before."""
    return [month + -12]


def _nothing(_cells: Cells) -> Cells:
    return {}


@dataclass(frozen=True)
class Layout:
    """The customary columns of one form and how its worked-out cells come about."""

    kind: FormKind
    #: The first one is the row's own name.
    columns: tuple[Column, ...]
    #: The cells of the derived columns from those of a row; also asked for the row of sums.
    derive: Callable[[Cells], Cells] = _nothing
    #: Titles of `Compiled.summary`, in their order, with what each measures.
    summary: tuple[Column, ...] = ()
    has_total: bool = True
    #: Whether the dealer may add a row, such as a model that was sold without any record.
    adds_rows: bool = False
    is_landscape: bool = True
    #: What follows from all rows together, the dealer's entries included: into `Sheet.summary` or the row of sums.
    finish: Callable[["Sheet"], "Sheet"] = lambda sheet: sheet
    #: What the form itself makes a reader look at.
    check: Callable[["Sheet"], list[Finding]] = lambda _sheet: []

    @property
    def shown(self) -> tuple[Column, ...]:
        """The columns that pages and papers print."""
        return tuple(column for column in self.columns if not column.is_hidden)

    def columns_of(self, row: str) -> tuple[Column, ...]:
        """The columns that a row has; of `SUMMARY`: the figures beside the table."""
        return self.summary if row == SUMMARY else self.columns

    def column(self, key: str, row: str = TOTAL) -> Column:
        """A column by its key; a figure beside the table for the row `SUMMARY`. Raises KeyError."""
        return next((one for one in self.columns_of(row) if one.key == key), None) or _missing(key)


def _missing(key: str) -> Column:
    raise KeyError(key)


@dataclass(frozen=True)
class Sheet:
    """One form with all its figures, as it is shown, printed and frozen."""

    rows: tuple[Row, ...]
    total: Row
    summary: Mapping[str, str]
    records: tuple[Record, ...]
    entries: tuple[Entry, ...] = ()
    earlier: tuple[Earlier, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values, as they are stored and hashed (MF-2)."""
        return {
            "rows": [[row.key, dict(row.cells)] for row in self.rows],
            "total": dict(self.total.cells),
            "summary": dict(self.summary),
            "records": [
                [one.row, one.column, one.number, one.on.isoformat(), str(one.value), one.words]
                for one in self.records
            ],
            "entries": [
                [one.row, one.column, one.value, one.was, one.reason, one.person] for one in self.entries
            ],
            "earlier": [[str(one.month), one.row, one.column, one.was, one.now] for one in self.earlier],
        }

    @classmethod
    def of_json(cls, data: Mapping[str, Any]) -> Self:
        """A sheet as it was frozen."""
        return cls(
            rows=tuple(Row(key, cells) for key, cells in data["rows"]),
            total=Row(TOTAL, data["total"]),
            summary=data["summary"],
            records=tuple(
                Record(row, column, number, dt.date.fromisoformat(on), Decimal(value), words)
                for row, column, number, on, value, words in data["records"]
            ),
            entries=tuple(Entry(*one) for one in data["entries"]),
            earlier=tuple(Earlier(Month.parse(month), *rest) for month, *rest in data["earlier"]),
        )

    def cell(self, row: str, column: str) -> str:
        """One cell, also of `TOTAL` and `SUMMARY`. Raises KeyError for a row that is not there."""
        if row in (TOTAL, SUMMARY):
            return {TOTAL: self.total.cells, SUMMARY: self.summary}[row].get(column, "")
        return {one.key: one for one in self.rows}[row].cells.get(column, "")

    def name(self, layout: Layout, row: str) -> StrEnum | str:
        """What a line is called: its first cell, a member by its label; its key where several lines share that cell."""
        first = layout.columns[0]
        texts = {one.key: one.cells.get(first.key, "") for one in self.rows}
        text = texts.get(row, "")
        if not text or list(texts.values()).count(text) > 1:
            return row
        members = {member.value: member for member in first.names or ()}
        return members.get(text, text)

    def entry(self, row: str, column: str) -> Entry | None:
        """What the dealer put into a cell, if anything."""
        return next((one for one in self.entries if (one.row, one.column) == (row, column)), None)

    def behind(self, layout: Layout, row: str, column: str) -> list[Record]:
        """The records that a figure is the sum of, in the order of their days; of `TOTAL`: those of all rows.

        A figure beside the table is the sum of its own, or worked out of others beside it or of columns of the table.
        """
        wanted = {(row, key) for key in (column, *layout.column(column, row).of)}
        if row == SUMMARY:
            beside = {one.key for one in layout.summary}
            wanted = {(SUMMARY if key in beside else TOTAL, key) for _row, key in wanted}
        found = [
            one
            for one in self.records
            if (one.row, one.column) in wanted or (one.row != SUMMARY and (TOTAL, one.column) in wanted)
        ]
        return sorted(found, key=lambda one: (one.on, one.number, one.row))


def written(value: Decimal, measure: Measure) -> str:
    """A number as its cell holds it, rounded half up (MN-2)."""
    if measure is Measure.COUNT:
        return str(int(value))
    places = {Measure.PERCENT: Decimal("0.1")}.get(measure, CENT)
    return str(value.quantize(places, ROUND_HALF_UP))


def signed(value: Decimal, measure: Measure) -> str:
    """A difference as its cell holds it: with its sign, unless there is none."""
    text = written(value, measure)
    return f"+{text}" if value > 0 else text


def number(text: str | None) -> Decimal:
    """The number of a cell; zero where it is empty."""
    return Decimal(text) if text else Decimal(0)


def sums(records: Iterable[Record]) -> dict[tuple[str, str], Decimal]:
    """The figures that records add up to, by row and column."""
    found: dict[tuple[str, str], Decimal] = {}
    for one in records:
        found[one.row, one.column] = found.get((one.row, one.column), Decimal(0)) + one.value
    return found


def make(
    layout: Layout, compiled: Compiled, entries: Sequence[Entry] = (), earlier: Sequence[Earlier] = ()
) -> Sheet:
    """The form: records added up, the dealer's entries in their cells, derived columns and the row of sums worked out.

    An entry for a row that is not compiled adds the row where the layout allows it, else it is left out: its row is
    gone since it was typed. Nor is a correction kept that the records say by now.
    """
    figures = sums(compiled.records)
    known = {row.key for row in compiled.rows}
    rows = list(compiled.rows)
    if layout.adds_rows:
        name = layout.columns[0].key
        added = sorted({entry.row for entry in entries} - known - {TOTAL, SUMMARY})
        rows += [Row(key, {name: key}) for key in added]
        known |= set(added)
    kept = tuple(one for one in entries if one.row in known and not _is_told(layout, figures, one))
    typed = {(entry.row, entry.column): entry.value for entry in kept}
    made = []
    for row in rows:
        cells = dict(row.cells)
        for column in layout.columns:
            if column.measure.is_number and column.source is Source.COMPILED:
                cells[column.key] = written(figures.get((row.key, column.key), Decimal(0)), column.measure)
            if (row.key, column.key) in typed:
                cells[column.key] = typed[row.key, column.key]
        made.append(Row(row.key, cells | layout.derive(cells)))
    sheet = Sheet(
        rows=tuple(made),
        total=_total(layout, made, compiled.total),
        summary={**compiled.summary, **_beside(layout, figures)},
        records=compiled.records,
        entries=kept,
        earlier=tuple(earlier),
    )
    return layout.finish(sheet)


def _beside(layout: Layout, figures: Mapping[tuple[str, str], Decimal]) -> Cells:
    """The figures beside the table that records add up to."""
    columns = {column.key: column for column in layout.summary}
    return {
        key: written(figure, columns[key].measure) for (row, key), figure in figures.items() if row == SUMMARY
    }


def _is_told(layout: Layout, figures: Mapping[tuple[str, str], Decimal], entry: Entry) -> bool:
    figure = figures.get((entry.row, entry.column), Decimal(0))
    return bool(entry.reason) and entry.value == written(figure, layout.column(entry.column).measure)


def _total(layout: Layout, rows: Sequence[Row], carried: Mapping[str, str]) -> Row:
    if not layout.has_total:
        return Row(TOTAL)
    cells = dict(carried)
    for column in layout.columns:
        if column.source is Source.DERIVED or not column.is_summed:
            continue
        if column.measure not in (Measure.COUNT, Measure.MONEY):
            continue
        values = [row.cells.get(column.key, "") for row in rows]
        # Where nobody typed anything, and no month is there to compare with, the sum is as empty as its cells.
        if column.source is Source.COMPILED or any(values):
            cells[column.key] = written(sum(map(number, values), Decimal(0)), column.measure)
    return Row(TOTAL, cells | layout.derive(cells))
