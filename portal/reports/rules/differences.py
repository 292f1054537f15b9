"""What changed between two states of a form: between submissions, or in the records since one (MF-2)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from portal.kernel.period import Month
from portal.reports.rules.sheets import (
    SUMMARY,
    Column,
    Earlier,
    Layout,
    Record,
    Row,
    Sheet,
    Source,
    number,
    sums,
    written,
)


@dataclass(frozen=True)
class Difference:
    """One cell that reads differently, with the records that made it so."""

    row: str
    column: str
    was: str
    now: str
    #: Records that count now and did not before, or count differently.
    added: tuple[str, ...] = ()
    #: Records that counted before and do not any more, or count differently.
    gone: tuple[str, ...] = ()


def since(layout: Layout, before: Sheet, after: Sheet) -> list[Difference]:
    """What the records say differently by now: compiled figures and texts, whatever the dealer put into the cells.

    Rows in the order of `after`, those that are gone next, the figures beside the table last; columns in the layout's
    order. Of a row that came or went only the figures are told: its texts are no change of anything.
    """
    old, new = sums(before.records), sums(after.records)
    lasting = {row.key for row in before.rows} & {row.key for row in after.rows}
    return [
        Difference(row, column.key, was, now, *_moved(before.records, after.records, row, column.key))
        for row in _keys(before.rows, after.rows)
        for column in layout.columns
        if column.source is Source.COMPILED and (column.measure.is_number or row in lasting)
        for was, now in [
            _compiled(column, row, old, before.rows, new, after.rows),
        ]
        if was != now
    ] + _beside(before, after, [one for one in layout.summary if one.source is Source.COMPILED])


def between(layout: Layout, before: Sheet, after: Sheet) -> list[Difference]:
    """What two submissions show differently in any column, the dealer's entries included."""
    old, new = ({row.key: row.cells for row in sheet.rows} for sheet in (before, after))
    return [
        Difference(row, column.key, was, now, *_moved(before.records, after.records, row, column.key))
        for row in _keys(before.rows, after.rows)
        for column in layout.shown
        for was, now in [(old.get(row, {}).get(column.key, ""), new.get(row, {}).get(column.key, ""))]
        if was != now
    ] + _beside(before, after, layout.summary)


def _beside(before: Sheet, after: Sheet, columns: Iterable[Column]) -> list[Difference]:
    """Figures beside the table as they were written: those of old submissions have no records of their own."""
    return [
        Difference(SUMMARY, column.key, was, now, *_moved(before.records, after.records, SUMMARY, column.key))
        for column in columns
        for was, now in [[_written(sheet, column) for sheet in (before, after)]]
        if was != now
    ]


def _written(sheet: Sheet, column: Column) -> str:
    """A count that is left out is none."""
    text = sheet.summary.get(column.key, "")
    is_count = column.source is Source.COMPILED and column.measure.is_number
    return written(number(text), column.measure) if is_count else text


def corrections(month: Month, found: Iterable[Difference], carried: Sequence[Earlier]) -> list[Earlier]:
    """What of a month's differences no later form has told yet (MF-2).

    `carried`: what the forms since told about this month, oldest first. A figure that went back to what was submitted
    is told as such.
    """
    told: dict[tuple[str, str], Earlier] = {}
    for one in carried:
        first = told.get((one.row, one.column), one)
        told[one.row, one.column] = Earlier(month, one.row, one.column, first.was, one.now)
    now = {(one.row, one.column): one for one in found}
    rows = []
    for key in [*now, *(key for key in told if key not in now)]:
        submitted = now[key].was if key in now else told[key].was
        known = told[key].now if key in told else submitted
        current = now[key].now if key in now else submitted
        if known != current:
            rows.append(Earlier(month, *key, known, current))
    return rows


def _keys(before: Sequence[Row], after: Sequence[Row]) -> list[str]:
    new = [row.key for row in after]
    return new + [row.key for row in before if row.key not in set(new)]


def _compiled(
    column: Column,
    row: str,
    old: dict[tuple[str, str], Decimal],
    before: Sequence[Row],
    new: dict[tuple[str, str], Decimal],
    after: Sequence[Row],
) -> tuple[str, str]:
    if column.measure.is_number:
        zero = Decimal(0)
        return (
            written(old.get((row, column.key), zero), column.measure),
            written(new.get((row, column.key), zero), column.measure),
        )
    texts = [
        {one.key: one.cells.get(column.key, "") for one in rows}.get(row, "") for rows in (before, after)
    ]
    return texts[0], texts[1]


def _moved(
    before: Sequence[Record], after: Sequence[Record], row: str, column: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Numbers that came into one figure and that left it."""
    # A record may count twice, as a request does whose customer was asked twice.
    old, new = (
        Counter((one.number, one.value) for one in records if (one.row, one.column) == (row, column))
        for records in (before, after)
    )
    return tuple(sorted({name for name, _ in new - old})), tuple(sorted({name for name, _ in old - new}))
