"""Submitting the forms of a month, taking one back, submitting it anew (MF-2, MF-3)."""

from collections.abc import Mapping, Sequence

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.agreements.rules import FormKind
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.canonical import content_hash
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, Refused, RuleBroken
from portal.kernel.findings import Severity, blocking
from portal.kernel.period import Month
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.reports import queries
from portal.reports.commands.preparing import working
from portal.reports.models import FormRevision, MonthlyForm
from portal.reports.rules import (
    FORM,
    LAYOUTS,
    FormAction,
    Sheet,
    check_submission,
    days_late,
    due_on,
    judge,
)
from portal.tenants import queries as tenants


@command(allow=Permission.FORMS_SUBMIT)
def submit(
    actor: Actor,
    month: Month,
    kinds: Sequence[FormKind] | None = None,
    *,
    remarks: str = "",
    seen: Mapping[FormKind, str] | None = None,
    agreement: str = "",
) -> list[str]:
    """Freeze forms of a month with their hashes and hand them in: `kinds`, or all that are still missing.

    `remarks` go with those forms that have none of their own. `seen` are the hashes of the figures that the page
    showed; other figures by now raise Conflict. `agreement`: the number of the agreement, where several touch the
    month. Returns the numbers. Raises RuleBroken MF-3 for a form that is not owed or a month that has not begun,
    MF-4 for what is submitted already.
    """
    if actor.dealer_id is None:
        raise Forbidden
    today = clock.today(actor.timezone)
    found = queries.agreement_for(actor.dealer_id, month, agreement)
    terms = agreements.terms_for(found.id, month.quarter)
    if blocks := blocking(check_submission(month, found.span, terms, today, tenants.calendar())):
        raise Refused(blocks)
    stands = queries.month_of(found, month, today)
    missing = tuple(one.kind for one in stands.missing) if stands else ()
    if not missing:
        raise RuleBroken("MF-4", T("The forms of {month} are submitted already.", month=month))
    numbers = []
    for kind in kinds if kinds is not None else missing:
        _agreement, form = working(actor, month, kind, agreement)
        sheet = queries.live(found, month, kind)
        if seen is not None and seen.get(kind) != content_hash(sheet.as_json()):
            raise Conflict(
                T("The figures have changed since this page was drawn. Look at them again, then submit.")
            )
        form.state = FORM.advance(form.state, FormAction.SUBMIT)
        form.remarks = form.remarks or remarks
        if form.number is None:
            form.number = numbering.take("YB", month.year)
        if form.first_submitted_on is None:
            form.first_submitted_on = today
            form.due_on = due_on(month, terms, tenants.calendar())
            form.days_late = days_late(form.due_on, today)
        if not form.prepared_by:
            form.prepared_on, form.prepared_by = today, actor.name
        _freeze(actor, form, sheet)
        record(
            Tag.FORM_SUBMITTED,
            actor,
            form.number,
            kind=kind.value,
            month=str(month),
            revision=form.revision,
        )
        numbers.append(form.number)
    return numbers


@command(allow=Permission.FORMS_SUBMIT)
def resubmit(actor: Actor, number: str, *, reason: str, seen_version: int | None = None) -> str:
    """Submit a form anew with what the records say now, while the month is open; the old submission stays (MF-2).

    Raises RuleBroken MF-2 when nothing changed or the month's quarter is closed, MF-4 for a form that is not
    submitted, Conflict when it changed meanwhile.
    """
    form, found = _own(actor, number, seen_version)
    if not reason.strip():
        raise RuleBroken("MF-2", T("Say why the form is submitted again."), field="reason")
    if not queries.is_open(found.id, form.month):
        raise RuleBroken(
            "MF-2", T("{month} is closed. What changed goes into the next month.", month=form.month)
        )
    form.state = FORM.advance(form.state, FormAction.RESUBMIT)
    before = queries.latest([form])[form.id]
    sheet = queries.live(found, form.month, form.kind)
    if sheet == queries.frozen(before):
        raise RuleBroken("MF-2", T("Nothing has changed since the submission."))
    _freeze(actor, form, sheet)
    record(
        Tag.FORM_RESUBMITTED,
        actor,
        number,
        month=str(form.month),
        revision=form.revision,
        reason=reason.strip(),
    )
    return number


@command(allow=Permission.FORMS_SUBMIT)
def withdraw(actor: Actor, number: str, *, seen_version: int | None = None) -> str:
    """Take a submitted form back before it is decided, to correct and submit it again; lateness stays as it was.

    Raises RuleBroken MF-4 for one that is decided, Conflict when it changed meanwhile.
    """
    form, _found = _own(actor, number, seen_version)
    form.state = FORM.advance(form.state, FormAction.WITHDRAW)
    session().flush()
    record(Tag.FORM_WITHDRAWN, actor, number, month=str(form.month))
    return number


def _own(actor: Actor, number: str, seen_version: int | None) -> tuple[MonthlyForm, Agreement]:
    if actor.dealer_id is None:
        raise Forbidden
    form = queries.by_number(number)
    if seen_version is not None and form.version != seen_version:
        raise Conflict(T("Somebody else changed this form just now. Look at it again."))
    return form, agreements.by_id(form.agreement_id)


def _freeze(actor: Actor, form: MonthlyForm, sheet: Sheet) -> None:
    """Write the next revision of a form."""
    form.revision += 1
    form.submitted_on, form.submitted_by = clock.today(actor.timezone), actor.person_id
    form.reviewed_by = actor.name
    found = judge(LAYOUTS[form.kind], sheet, remarks=form.remarks, late=form.days_late, changed=())
    form.findings = sum(one.severity >= Severity.WARNING for one in found)
    session().flush()
    figures = sheet.as_json()
    session().add(
        FormRevision(
            form_id=form.id,
            revision=form.revision,
            figures=figures,
            remarks=form.remarks,
            hash=content_hash({"figures": figures, "remarks": form.remarks}),
            person=actor.name,
            at=clock.now(),
        )
    )
    session().flush()
