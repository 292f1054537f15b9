"""What a form holds, in the few words of a task list: how many records and lines, and the sums that say most."""

from portal.agreements.rules import FormKind
from portal.kernel.text import T
from portal.reports.rules.sheets import Layout, Sheet

#: Form → the sums that say most about it; columns that its layout does not have are left out.
_TELLING: dict[FormKind, tuple[str, ...]] = {
    FormKind.REPAIRS: ("received", "repaired"),
    FormKind.PARTS: ("replaced",),
    FormKind.SALES: ("in", "sold", "closing"),
}


def held(layout: Layout, sheet: Sheet) -> tuple[T, ...]:
    """How many records a form was compiled from, how many lines they make, the sums that say most."""
    numbers = len({one.number for one in sheet.records})
    if not numbers and not sheet.rows:
        return (T("Nothing happened this month"),)
    found = [T("Records compiled: {count}", count=numbers), T("Lines: {count}", count=len(sheet.rows))]
    telling = _TELLING.get(layout.kind, ())
    for column in layout.columns:
        if column.key in telling and (text := sheet.total.cells.get(column.key)):
            found.append(T("{what}: {count}", what=column.words, count=text))
    for column in layout.summary[:2]:
        if text := sheet.summary.get(column.key):
            found.append(T("{what}: {count}", what=column.words, count=text))
    return tuple(found)
