"""Filling in and preparing a form before it is submitted (MF-1)."""

from collections.abc import Sequence

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.agreements.rules import FormKind
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, RuleBroken
from portal.kernel.period import Month
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.reports import queries
from portal.reports.models import FormEntry, MonthlyForm
from portal.reports.rules import (
    FORM,
    LAYOUTS,
    LONGEST_REMARKS,
    MISSING,
    Entry,
    EntryDraft,
    FormAction,
    FormState,
    kept_entries,
    kinds_owed,
)


@command(allow=Permission.FORMS_PREPARE)
def save(
    actor: Actor,
    month: Month,
    kind: FormKind,
    drafts: Sequence[EntryDraft],
    *,
    remarks: str = "",
    agreement: str = "",
    seen_version: int | None = None,
) -> int:
    """Keep what the dealer put into the cells of a form, and its remarks; what is left out is taken back.

    A cell that says the same as the records is no correction. A form that was prepared has to be prepared anew.
    Returns how many cells are kept. Raises RuleBroken MF-1 beside a cell that can't be, MF-3 for a form that is not
    owed, MF-4 for one that is submitted, Conflict when somebody saved it meanwhile.
    """
    found, form = working(actor, month, kind, agreement, seen_version)
    if len(remarks) > LONGEST_REMARKS:
        raise RuleBroken(
            "MF-1", T("This has more than {longest} characters.", longest=LONGEST_REMARKS), field="remarks"
        )
    form.state = FORM.advance(form.state, FormAction.CHANGE)
    plain = queries.live(found, month, kind, ())
    kept = kept_entries(LAYOUTS[kind], plain, drafts, actor.name)
    changed = _keep(form, kept) or form.remarks != remarks
    form.remarks = remarks
    if changed:
        form.prepared_on, form.prepared_by = None, ""
    session().flush()
    corrected = [f"{one.row}: {one.was} → {one.value}" for one in kept if one.reason]
    record(Tag.FORM_SAVED, actor, subject(found, form), kind=kind.value, corrected=corrected, cells=len(kept))
    return len(kept)


@command(allow=Permission.FORMS_PREPARE)
def prepare(
    actor: Actor, month: Month, kind: FormKind, *, agreement: str = "", seen_version: int | None = None
) -> None:
    """Say that a form is complete: the owner may submit it. Raises RuleBroken MF-3, MF-4, Conflict."""
    found, form = working(actor, month, kind, agreement, seen_version)
    form.state = FORM.advance(form.state, FormAction.PREPARE)
    form.prepared_on, form.prepared_by = clock.today(actor.timezone), actor.name
    session().flush()
    record(Tag.FORM_PREPARED, actor, subject(found, form), kind=kind.value)


def working(
    actor: Actor, month: Month, kind: FormKind, agreement: str, seen_version: int | None = None
) -> tuple[Agreement, MonthlyForm]:
    """The dealer's agreement and its form of a month, made if nobody worked on it yet.

    Raises Forbidden for the manufacturer, RuleBroken MF-3 for a form that is not owed or a month that has not begun,
    Conflict when the form changed since `seen_version` (0: nobody had worked on it).
    """
    if actor.dealer_id is None:
        raise Forbidden
    found = queries.agreement_for(actor.dealer_id, month, agreement)
    forms = queries.of_month(found.id, month)
    terms = agreements.terms_for(found.id, month.quarter)
    owed = kinds_owed(month, found.span, terms)
    single = forms.get(FormKind.SUMMARY)
    if kind not in owed or (single is not None and single.state not in MISSING):
        raise RuleBroken("MF-3", T("This form is not owed for {month}.", month=month))
    if clock.today(actor.timezone) < month.first:
        raise RuleBroken("MF-3", T("{month} has not begun yet.", month=month))
    form = forms.get(kind)
    if seen_version is not None and seen_version != (form.version if form else 0):
        raise Conflict(T("Somebody else changed this form just now. Look at it again."))
    if form is None:
        form = MonthlyForm(
            agreement_id=found.id, month=month, kind=kind, state=FormState.OWED, revision=0, prepared_by=""
        )
        session().add(form)
        session().flush()
    return found, form


def subject(agreement: Agreement, form: MonthlyForm) -> str:
    """What the log calls a form: its number, before it has one the agreement and the month."""
    return form.number or f"{agreement.number} {form.month}"


def _keep(form: MonthlyForm, kept: Sequence[Entry]) -> bool:
    """Make the form's entries those of `kept`; whether anything is new."""
    known = {
        (row.row, row.column): row
        for row in session().scalars(sa.select(FormEntry).where(FormEntry.form_id == form.id))
    }
    wanted = {(one.row, one.column): one for one in kept}
    changed = False
    for key, row in known.items():
        one = wanted.get(key)
        if one is None or (row.value, row.was, row.reason) != (one.value, one.was, one.reason):
            session().delete(row)
            changed = True
        else:
            del wanted[key]
    session().flush()
    for one in wanted.values():
        changed = True
        session().add(
            FormEntry(
                form_id=form.id,
                row=one.row,
                column=one.column,
                value=one.value,
                was=one.was,
                reason=one.reason,
                person=one.person,
                at=clock.now(),
            )
        )
    return changed
