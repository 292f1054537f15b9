"""What a dealer may put into a form, and what a reader should look at (MF-1, MF-2, MF-4)."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from portal.kernel.errors import RuleBroken
from portal.kernel.findings import Finding, Severity
from portal.kernel.text import T
from portal.reports.rules.differences import Difference
from portal.reports.rules.sheets import (
    SUMMARY,
    TOTAL,
    Column,
    Entry,
    Layout,
    Measure,
    Sheet,
    Source,
    sums,
    written,
)

LONGEST_TEXT, LONGEST_REASON, LONGEST_REMARKS, LONGEST_ROW = 200, 300, 1000, 40
#: What one cell may hold at most.
MOST = Decimal(10) ** 10
#: Samples: at least so many records, and one in so many.
LEAST, ONE_IN = 3, 10


@dataclass(frozen=True)
class EntryDraft:
    """One cell as the dealer typed it."""

    row: str
    column: str
    value: str
    reason: str = ""

    @property
    def field(self) -> str:
        """The name of its field in the form."""
        return f"{self.column}@{self.row}"


def kept_entries(
    layout: Layout, compiled: Sheet, drafts: Iterable[EntryDraft], person: str
) -> tuple[Entry, ...]:
    """What is kept of a form's typed cells: those that say something else than the records.

    `compiled` is the form without any entry. Raises RuleBroken MF-1 beside the first field that can't be: a column
    that is worked out, a row that is not there, no number, a correction without a reason.
    """
    rows = {row.key for row in compiled.rows}
    kept: dict[tuple[str, str], Entry] = {}
    for draft in drafts:
        column = _column(layout, draft)
        value = _value(column, draft)
        may_be_new = (
            layout.adds_rows and draft.row not in (TOTAL, SUMMARY) and 0 < len(draft.row) <= LONGEST_ROW
        )
        if draft.row not in rows and not may_be_new:
            raise RuleBroken("MF-1", T("This line is not in the form any more."), field=draft.field)
        was = compiled.cell(draft.row, draft.column) if draft.row in rows else ""
        if column.source is Source.ENTERED:
            # What the form proposes needs no keeping.
            if value and value != was:
                kept[draft.row, draft.column] = Entry(draft.row, draft.column, value, "", "", person)
            continue
        if draft.row not in rows:
            was = written(Decimal(0), column.measure)
        if not value or value == was:
            continue
        reason = draft.reason.strip()
        if not reason:
            raise RuleBroken(
                "MF-1", T("Say why the figure is not {was}.", was=was), field=f"why@{draft.field}"
            )
        if len(reason) > LONGEST_REASON:
            raise RuleBroken("MF-1", _too_long(LONGEST_REASON), field=f"why@{draft.field}")
        kept[draft.row, draft.column] = Entry(draft.row, draft.column, value, was, reason, person)
    return tuple(kept[key] for key in sorted(kept))


def _column(layout: Layout, draft: EntryDraft) -> Column:
    for column in layout.columns:
        if column.key == draft.column and (column.may_be_corrected or column.source is Source.ENTERED):
            return column
    raise RuleBroken("MF-1", T("This figure follows from others; it can't be changed."), field=draft.field)


def _value(column: Column, draft: EntryDraft) -> str:
    text = draft.value.strip()
    if column.measure is Measure.TEXT:
        if len(text) > LONGEST_TEXT:
            raise RuleBroken("MF-1", _too_long(LONGEST_TEXT), field=draft.field)
        return text
    if not text:
        return ""
    try:
        value = Decimal(text.replace(",", "").replace("，", ""))
    except InvalidOperation:
        value = Decimal("NaN")
    places = 0 if column.measure is Measure.COUNT else 2
    if not value.is_finite() or not 0 <= value < MOST or value != round(value, places):
        words = (
            T("Enter a whole number, 0 or more.")
            if column.measure is Measure.COUNT
            else T("Enter an amount, 0.00 or more, with two places at most.")
        )
        raise RuleBroken("MF-1", words, field=draft.field)
    return written(value, column.measure)


def _too_long(longest: int) -> T:
    return T("This has more than {longest} characters.", longest=longest)


def judge(
    layout: Layout, sheet: Sheet, *, remarks: str, late: int, changed: Sequence[Difference]
) -> list[Finding]:
    """What the auditor should look at before accepting (FD-1); nothing worse than a note: it may be accepted unread.

    `changed`: what the records say differently since the submission; `late`: days after the due day. A correction is
    held against what the records of the sheet say, also where they said something else when it was typed.
    """
    found, counted = list(layout.check(sheet)), sums(sheet.records)
    for entry in sheet.entries:
        if entry.reason:
            column = layout.column(entry.column)
            text = T(
                "{row}, {column}: {value} instead of {was}. {reason}",
                row=sheet.name(layout, entry.row),
                column=column.words,
                value=entry.value,
                was=written(counted.get((entry.row, entry.column), Decimal(0)), column.measure),
                reason=entry.reason,
            )
            found.append(Finding("MF-1", Severity.WARNING, text))
    if changed:
        text = T("Figures that changed since the submission: {count}", count=len(changed))
        found.append(Finding("MF-2", Severity.WARNING, text))
    if sheet.earlier:
        text = T("Corrections of earlier months: {count}", count=len(sheet.earlier))
        found.append(Finding("MF-2", Severity.WARNING, text))
    if remarks:
        found.append(Finding("MF-1", Severity.WARNING, T("With remarks")))
    if late:
        found.append(Finding("MF-3", Severity.NOTE, T("Days late: {days}", days=late)))
    return found


def sample(numbers: Iterable[str], seed: str) -> list[str]:
    """The records that an auditor looks at (MF-4): one in ten, at least three, the same ones whenever it is asked.

    `seed` is the hash of the submission: nobody can know the sample before the figures are frozen, and nobody can
    draw again until the sample pleases.
    """
    known = sorted(set(numbers))
    size = max(LEAST, -(-len(known) // ONE_IN))
    chosen = sorted(known, key=lambda one: hashlib.sha256(f"{seed}:{one}".encode()).digest())[:size]
    return sorted(chosen)
