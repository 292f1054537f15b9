"""One form as a grid of cells: what each shows, the records behind it, what may be put into it (MF-1, MF-4)."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum

from portal.kernel.i18n import label, translate
from portal.reports.forms import field_id
from portal.reports.models import FormRemark
from portal.reports.rules import (
    SUMMARY,
    TOTAL,
    Column,
    Difference,
    Entry,
    Layout,
    Measure,
    Row,
    Sheet,
    Source,
)
from portal.reports.rules.papers import printed
from portal.reports.rules.sheets import sums, written


@dataclass(frozen=True)
class Typed:
    """What stands in the fields of a grid that is filled in, and what is wrong with it."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cell:
    """One cell as it is drawn."""

    column: Column
    text: str
    #: Where the records behind the figure open; empty: there are none.
    behind: str = ""
    #: What the dealer put in the place of the compiled figure.
    entry: Entry | None = None
    #: The compiled figure that it replaces, as printed, and what the records say by now where that is another.
    was: str = ""
    by_now: str = ""
    #: Name of its field where something may be put in; empty: it is only read.
    field: str = ""
    value: str = ""
    reason: str = ""
    error: str = ""
    why_error: str = ""
    #: What the auditor said about it.
    remarks: tuple[FormRemark, ...] = ()
    #: What the records say differently since the submission.
    changed: Difference | None = None

    @property
    def id(self) -> str:
        return field_id(self.field)

    @property
    def why_id(self) -> str:
        return field_id(f"why@{self.field}")

    @property
    def is_fixed(self) -> bool:
        """Whether a figure of the records may be corrected here."""
        return bool(self.field) and self.column.source is Source.COMPILED


@dataclass(frozen=True)
class Line:
    """One line as it is drawn."""

    key: str
    name: str
    cells: tuple[Cell, ...]
    remarks: tuple[FormRemark, ...] = ()

    @property
    def opens(self) -> bool:
        """Whether there are records behind any of its figures."""
        return any(cell.behind for cell in self.cells)


@dataclass(frozen=True)
class Grid:
    """One form as it is drawn."""

    layout: Layout
    lines: tuple[Line, ...]
    total: Line | None
    #: The figures beside the table.
    beside: tuple[Cell, ...]
    #: Whether anything may be put in.
    is_open: bool

    @property
    def name(self) -> Column:
        return self.layout.shown[0]

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.layout.shown[1:]

    @property
    def has_moved(self) -> bool:
        """Whether the records say something else by now."""
        return any(
            cell.changed for cells in (self.beside, *(line.cells for line in self.lines)) for cell in cells
        )

    @property
    def sources(self) -> frozenset[Source]:
        """Where its cells come from, for the legend."""
        return frozenset(column.source for column in self.layout.shown)


def shown(column: Column, text: str) -> str:
    """A cell as people read it: members by their label, amounts grouped, a real minus."""
    if column.names is not None and text in {member.value for member in column.names}:
        return label(column.names(text))
    return printed(text, column)


def named(layout: Layout, sheet: Sheet, row: str) -> str:
    """What a line is called; the key of one that the form does not have, or that its first cell does not tell apart."""
    name = sheet.name(layout, row)
    return label(name) if isinstance(name, Enum) else name


def where(layout: Layout, sheet: Sheet, row: str, column: str) -> str:
    """A figure in words: line and column; empty for the form as a whole."""
    known = {one.key: one for one in layout.columns_of(row)}
    words = [named(layout, sheet, row)] if row and row not in (TOTAL, SUMMARY) else []
    words += [translate(known[column].words)] if column in known else []
    return " · ".join(words)


def grid(
    layout: Layout,
    sheet: Sheet,
    *,
    behind: Callable[[str, str], str],
    typed: Typed | None = None,
    remarks: Sequence[FormRemark] = (),
    changed: Sequence[Difference] = (),
) -> Grid:
    """Draw a sheet. `behind`: the address of the records behind row and column; `typed`: it may be filled in."""
    maker = _Maker(layout, sheet, behind, typed, remarks, changed)
    total = maker.line(sheet.total) if layout.has_total and sheet.rows else None
    lines = tuple(maker.line(row) for row in sheet.rows)
    return Grid(layout, lines, total, maker.beside(), typed is not None)


class _Maker:
    def __init__(
        self,
        layout: Layout,
        sheet: Sheet,
        behind: Callable[[str, str], str],
        typed: Typed | None,
        remarks: Sequence[FormRemark],
        changed: Sequence[Difference],
    ) -> None:
        self.layout, self.sheet, self.address, self.typed = layout, sheet, behind, typed
        self.figures = sums(sheet.records)
        self.entries = {(one.row, one.column): one for one in sheet.entries}
        self.counted = Counter((one.row, one.column) for one in sheet.records)
        for (row, column), count in list(self.counted.items()):
            if row != SUMMARY:
                self.counted[TOTAL, column] += count
        self.said: dict[tuple[str, str], list[FormRemark]] = defaultdict(list)
        for remark in remarks:
            self.said[remark.row, remark.column].append(remark)
        self.changed = {(one.row, one.column): one for one in changed}

    def line(self, row: Row) -> Line:
        name, *others = self.layout.shown
        return Line(
            row.key,
            shown(name, row.cells.get(name.key, "")),
            tuple(self._cell(row, column) for column in others),
            tuple(self.said[row.key, ""]),
        )

    def beside(self) -> tuple[Cell, ...]:
        known = [column for column in self.layout.summary if column.key in self.sheet.summary]
        return tuple(self._cell(Row(SUMMARY, self.sheet.summary), column) for column in known)

    def _opens(self, row: str, column: Column, text: str) -> bool:
        """Whether there is anything behind a figure: records of the month, or forms of other months."""
        if not column.measure.is_number or not text:
            return False
        return bool(self._records(row, column)) or (column.back is not None and text != "0")

    def _records(self, row: str, column: Column) -> int:
        if row == SUMMARY:
            return len(self.sheet.behind(self.layout, row, column.key))
        return sum(self.counted[row, one] for one in (column.key, *column.of))

    def _cell(self, row: Row, column: Column) -> Cell:
        key, text = (row.key, column.key), row.cells.get(column.key, "")
        entry = self.entries.get(key)
        is_empty = not text and (column.measure is Measure.TEXT or row.key == TOTAL)
        cell = Cell(
            column,
            "" if is_empty else shown(column, text),
            self.address(*key) if self._opens(row.key, column, text) else "",
            remarks=tuple(self.said[key]),
            changed=self.changed.get(key),
        )
        if entry and entry.reason:
            now = written(self.figures.get(key, Decimal(0)), column.measure)
            by_now = "" if now == entry.was else shown(column, now)
            cell = replace(cell, entry=entry, was=shown(column, entry.was), by_now=by_now)
        fills = column.source is Source.ENTERED or column.may_be_corrected
        if self.typed is None or row.key in (TOTAL, SUMMARY) or not fills:
            return cell
        name = f"{column.key}@{row.key}"
        return replace(
            cell,
            field=name,
            value=self.typed.values.get(name, ""),
            reason=self.typed.values.get(f"why@{name}", ""),
            error=self.typed.errors.get(name, ""),
            why_error=self.typed.errors.get(f"why@{name}", ""),
        )
