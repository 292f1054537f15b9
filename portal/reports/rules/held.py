"""What a form holds, in the few words of a task list: records and lines of its table, the sums that say most."""

from portal.agreements.rules import FormKind
from portal.kernel.text import T
from portal.reports.rules.papers import printed
from portal.reports.rules.sheets import SUMMARY, Layout, Sheet

#: Form → the sums that say most about it; columns that its layout does not have are left out.
_TELLING: dict[FormKind, tuple[str, ...]] = {
    FormKind.REPAIRS: ("received", "repaired"),
    FormKind.PARTS: ("replaced",),
    FormKind.SALES: ("in", "sold", "closing"),
}


def held(layout: Layout, sheet: Sheet) -> tuple[T, ...]:
    """How many records a form was compiled from, how many lines they make, the sums that say most."""
    numbers = len({one.number for one in sheet.records if one.row != SUMMARY})
    if not numbers and not sheet.rows:
        return (T("Nothing happened this month"),)
    telling = _TELLING.get(layout.kind, ())
    sums = [(c, sheet.total.cells.get(c.key)) for c in layout.columns if c.key in telling]
    beside = [(c, sheet.summary.get(c.key)) for c in layout.summary[:2]]
    return (
        T("Records compiled: {count}", count=numbers),
        T("Lines: {count}", count=len(sheet.rows)),
        *(T("{what}: {count}", what=c.words, count=printed(text, c)) for c, text in sums + beside if text),
    )
