"""Submitting, accepting and returning the forms of a month (MF-2, MF-4)."""

from collections.abc import Sequence

from portal.agreements import queries as agreements
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.canonical import content_hash
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, Refused, RuleBroken
from portal.kernel.findings import blocking
from portal.kernel.foureyes import check_four_eyes
from portal.kernel.period import Month
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.reports import queries
from portal.reports.models import FormRevision, MonthlyForm
from portal.reports.rules import FORM, FormAction, FormState, check_submission


@command(allow=Permission.FORMS_SUBMIT)
def submit(
    actor: Actor, month: Month, *, remarks: str = "", seen_hash: str | None = None, agreement: str = ""
) -> str:
    """Freeze the month's figures with their hash and hand them in. Returns the number.

    `seen_hash` is the hash of the figures that the page showed; other figures by now raise Conflict. `agreement`:
    the number of the agreement, where several touch the month. Raises RuleBroken MF-3 for a month that is not owed
    or not begun, MF-4 for one that is submitted already.
    """
    if actor.dealer_id is None:
        raise Forbidden
    today = clock.today(actor.timezone)
    found = queries.agreement_for(actor.dealer_id, month, agreement)
    terms = agreements.terms_for(found.id, month.quarter)
    if blocks := blocking(check_submission(month, found.span, terms, today)):
        raise Refused(blocks)
    figures = queries.compile_figures(found, month)
    if seen_hash is not None and seen_hash != content_hash(figures):
        raise Conflict(
            T("The figures have changed since this page was drawn. Look at them again, then submit.")
        )
    form = queries.get(found.id, month)
    if form is None:
        form = MonthlyForm(
            agreement_id=found.id,
            number=numbering.take("YB", month.year),
            month=month,
            revision=0,
            first_submitted_on=today,
            state=FormState.OWED,
        )
        session().add(form)
    form.state = FORM.advance(form.state, FormAction.SUBMIT)
    form.revision += 1
    form.submitted_on, form.submitted_by, form.prepared_by = today, actor.person_id, actor.name
    session().flush()
    session().add(
        FormRevision(
            form_id=form.id,
            revision=form.revision,
            figures=figures,
            remarks=remarks,
            hash=content_hash({"figures": figures, "remarks": remarks}),
            person=actor.name,
            at=clock.now(),
        )
    )
    record(Tag.FORM_SUBMITTED, actor, form.number, month=str(month), revision=form.revision)
    return form.number


@command(allow=Permission.FORMS_ACCEPT)
def accept(actor: Actor, number: str, *, seen_version: int | None = None) -> str:
    """Accept a month's forms as they were submitted. Raises RuleBroken MF-4, FE-1."""
    form = _decide(actor, number, FormAction.ACCEPT, seen_version)
    record(Tag.FORM_ACCEPTED, actor, form.number, dealer_id=form.dealer_id, month=str(form.month))
    return form.number


@command(allow=Permission.FORMS_ACCEPT)
def accept_plain(actor: Actor, numbers: Sequence[str]) -> dict[str, list[str]]:
    """Accept those of several forms that wait and carry no remarks (MF-4).

    Returns the numbers `accepted` and those `left` for somebody to read: with remarks, submitted by the actor (FE-1),
    or decided meanwhile.
    """
    done: dict[str, list[str]] = {"accepted": [], "left": []}
    for number in numbers:
        form = queries.by_number(number)
        own = form.submitted_by is not None and form.submitted_by == actor.person_id
        plain = form.state is FormState.SUBMITTED and not queries.revisions(form.id)[0].remarks
        if own or not plain:
            done["left"].append(number)
            continue
        _decide(actor, number, FormAction.ACCEPT, None)
        record(Tag.FORM_ACCEPTED, actor, number, dealer_id=form.dealer_id, month=str(form.month))
        done["accepted"].append(number)
    return done


@command(allow=Permission.FORMS_ACCEPT)
def send_back(actor: Actor, number: str, *, reason: str, seen_version: int | None = None) -> str:
    """Return a month's forms with a reason; the dealer corrects and submits again. Raises RuleBroken MF-4."""
    if not reason.strip():
        raise RuleBroken("MF-4", T("Say what has to be corrected."), field="reason")
    form = _decide(actor, number, FormAction.RETURN, seen_version)
    form.return_reason = reason.strip()
    record(
        Tag.FORM_RETURNED,
        actor,
        form.number,
        dealer_id=form.dealer_id,
        month=str(form.month),
        reason=reason.strip(),
    )
    return form.number


def _decide(actor: Actor, number: str, action: FormAction, seen_version: int | None) -> MonthlyForm:
    form = queries.by_number(number)
    if seen_version is not None and form.version != seen_version:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))
    if form.submitted_by is not None and actor.person_id is not None:
        check_four_eyes(form.submitted_by, actor.person_id)
    form.state = FORM.advance(form.state, action)
    form.decided_on, form.decided_by = clock.today(actor.timezone), actor.name
    form.return_reason = ""
    return form
