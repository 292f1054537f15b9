"""The figures of a form: as the records say now, and as they were frozen (MF-1, MF-2)."""

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.agreements.rules import FormKind
from portal.kernel.findings import Finding
from portal.kernel.period import Month
from portal.reports.models import FormRevision, MonthlyForm
from portal.reports.queries import forms
from portal.reports.queries.sheets import COMPILERS
from portal.reports.rules import (
    LAYOUTS,
    MISSING,
    Compiled,
    Difference,
    Earlier,
    Entry,
    Sheet,
    corrections,
    judge,
    make,
    since,
)

#: Months back whose later changes a form tells; older ones stay on their own month's page.
LOOK_BACK = 3


def compiled(agreement: Agreement, month: Month, kind: FormKind) -> Compiled:
    """What the records of a month say for one form."""
    return COMPILERS[kind](agreement, month) if kind in COMPILERS else Compiled()


def live(
    agreement: Agreement, month: Month, kind: FormKind, entries: tuple[Entry, ...] | None = None
) -> Sheet:
    """One form of a month as the records say now, with what the dealer put in (or with `entries`)."""
    if entries is None:
        form = forms.find(agreement.id, month, kind)
        entries = forms.entries(form.id) if form else ()
    return make(LAYOUTS[kind], compiled(agreement, month, kind), entries, earlier(agreement, month, kind))


def frozen(revision: FormRevision) -> Sheet:
    """A form as it was submitted."""
    return Sheet.of_json(revision.figures)


def frozen_or_live(agreement: Agreement, month: Month, kind: FormKind) -> Sheet:
    """A form as it stands: the last submission where one counts, else as the records say now."""
    form = forms.find(agreement.id, month, kind)
    if form is None or form.state in MISSING:
        return live(agreement, month, kind)
    return frozen(forms.latest([form])[form.id])


def changed(agreement: Agreement, form: MonthlyForm, revision: FormRevision) -> list[Difference]:
    """What the records say differently since a submission (MF-2); of a form that isn't compiled any more, nothing."""
    if form.kind not in COMPILERS:
        return []
    now = make(LAYOUTS[form.kind], compiled(agreement, form.month, form.kind))
    return since(LAYOUTS[form.kind], frozen(revision), now)


def earlier(agreement: Agreement, month: Month, kind: FormKind) -> list[Earlier]:
    """What the form of `month` tells about earlier months: figures that changed since those were submitted (MF-2).

    Of the last `LOOK_BACK` months, oldest first, what no form in between has told.
    """
    before = forms.in_months(agreement.id, [month + -back for back in range(LOOK_BACK, 0, -1)], kind)
    latest = forms.latest(before) if before else {}
    submitted = {form.month: (form, latest[form.id]) for form in before if form.revision}
    return [
        entry
        for one, (form, revision) in submitted.items()
        if form.state not in MISSING
        for entry in corrections(
            one,
            changed(agreement, form, revision),
            [
                row
                for _later, later in submitted.values()
                if later.at > revision.at
                for row in frozen(later).earlier
                if row.month == one
            ],
        )
    ]


def findings(form: MonthlyForm) -> list[Finding]:
    """What the auditor should look at in the last submission of a form (FD-1); empty for one never submitted."""
    revision = forms.latest([form]).get(form.id)
    if revision is None:
        return []
    found = agreements.by_id(form.agreement_id)
    return judge(
        LAYOUTS[form.kind],
        frozen(revision),
        remarks=revision.remarks,
        late=form.days_late,
        changed=changed(found, form, revision),
    )
