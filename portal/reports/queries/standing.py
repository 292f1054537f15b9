"""How each form of a month stands: its figures, what to look at, what changed since it was submitted (FD-2, MF-2)."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from portal.agreements.models import Agreement
from portal.agreements.rules import FormKind
from portal.kernel.canonical import content_hash
from portal.kernel.findings import Finding
from portal.kernel.period import Month
from portal.kernel.text import T
from portal.reports.models import FormRevision
from portal.reports.queries import figures, forms
from portal.reports.queries.months import OwedForm, month_of
from portal.reports.rules import LAYOUTS, MISSING, Difference, Sheet, held, judge


@dataclass(frozen=True)
class Standing:
    """One form of a month, as the dealer's task list and check page show it."""

    owed: OwedForm
    sheet: Sheet
    #: The submission that counts; None: still to be sent, the figures are those of now.
    revision: FormRevision | None
    #: Of the figures as they are shown: what `commands.submit` wants to have been seen.
    hash: str
    #: What the auditor will be made to look at, or is (FD-2).
    findings: tuple[Finding, ...]
    #: What the records say differently since the submission that counts.
    changed: tuple[Difference, ...] = ()

    @property
    def holds(self) -> tuple[T, ...]:
        """What the form holds, in a few words."""
        return held(LAYOUTS[self.owed.kind], self.sheet)


def standings(
    agreement: Agreement, month: Month, today: dt.date, kinds: Collection[FormKind] | None = None
) -> list[Standing]:
    """The forms of a month that are owed (only `kinds`, if given), in their customary order."""
    stands = month_of(agreement, month, today)
    if stands is None:
        return []
    return [_standing(agreement, month, one) for one in stands.forms if kinds is None or one.kind in kinds]


def _standing(agreement: Agreement, month: Month, owed: OwedForm) -> Standing:
    layout, form = LAYOUTS[owed.kind], owed.form
    if form is None or form.state in MISSING:
        sheet = figures.live(agreement, month, owed.kind, forms.entries(form.id) if form else ())
        remarks = form.remarks if form else ""
        found = judge(layout, sheet, remarks=remarks, late=owed.late, changed=())
        return Standing(owed, sheet, None, content_hash(sheet.as_json()), tuple(found))
    revision = forms.latest([form])[form.id]
    sheet = figures.frozen(revision)
    changed = figures.changed(agreement, form, revision)
    found = judge(layout, sheet, remarks=revision.remarks, late=form.days_late, changed=changed)
    return Standing(owed, sheet, revision, revision.hash, tuple(found), tuple(changed))
