"""The dealer's way with a service request, from the customer's call to the signature (RP-1, RP-2, RP-10)."""

import datetime as dt

from portal.agreements import queries as agreements
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.repairs.models.service import FaultReport, Loaner, ServiceEscalation, ServiceRequest
from portal.repairs.queries import service as queries
from portal.repairs.rules.service import (
    LONGEST,
    REQUEST,
    EscalationLevel,
    ServiceAction,
    ServiceDraft,
    ServiceState,
    escalation,
)
from portal.repairs.steps import service as steps
from portal.repairs.steps.intake import arrange, fill, point_of
from portal.warranty.rules import local_digits


@command(allow=Permission.REPAIRS_FILE)
def receive(actor: Actor, draft: ServiceDraft, *, visit_id: int | None = None) -> str:
    """Take a customer's call (RP-1). Returns the request's number (BX-2026-000001).

    A service card of the unit or the customer is found by itself, and its response time rules the first clock
    (EN-11). `visit_id`: the planned visit that is arranged with it (RP-11). Raises RuleBroken RP-1 for what is
    missing or too long, WC-3 for a bad phone or an unknown serial, AG-1 without an active agreement, RP-11 for a
    visit that is not open.
    """
    assert actor.dealer_id is not None, "only dealers take calls"
    today = clock.today(actor.timezone)
    agreement = agreements.in_force(actor.dealer_id)
    request = ServiceRequest(
        agreement_id=agreement.id,
        dealer_id=agreement.dealer_id,
        point_id=point_of(actor, agreement.dealer_id, draft.point_id),
        state=ServiceState.RECEIVED,
        received_at=clock.now(),
        received_on=today,
        received_by=actor.name,
        since=clock.now(),
    )
    fill(request, draft, today)
    card = queries.card_for(request.serial, request.phone, today)
    request.service_card = card.number if card is not None else ""
    terms = agreements.terms_on(agreement.id, today)
    request.respond_hours = card.respond_hours if card is not None else terms.respond_hours
    request.number = numbering.take("BX", today.year)
    session().add(request)
    session().flush()
    steps.wind(actor, request)
    steps.publish(request)
    if visit_id is not None:
        arrange(request, visit_id)
    steps.tell(
        Tag.SERVICE_RECEIVED,
        actor,
        request,
        serial=request.serial,
        card=request.service_card,
    )
    return request.number


@command(allow=Permission.REPAIRS_FILE)
def correct_request(
    actor: Actor, number: str, draft: ServiceDraft, *, seen_version: int | None = None
) -> str:
    """Correct what intake wrote down while work is still to be done; the time of the call stays. Returns its number.

    The response time stays that of the intake. Raises RuleBroken like `receive`, RP-2 once the repair is over.
    """
    request = queries.get(number)
    steps.check_seen(request, seen_version)
    if ServiceAction.CANCEL not in REQUEST.actions(request.state):
        raise RuleBroken("RP-2", T("The repair is over; this can't be changed any more."))
    fill(request, draft, clock.today(actor.timezone))
    steps.wind(actor, request)
    steps.publish(request)
    steps.tell(Tag.SERVICE_CORRECTED, actor, request, serial=request.serial)
    return number


@command(allow=Permission.REPAIRS_FILE)
def triage(actor: Actor, number: str, *, note: str = "", seen_version: int | None = None) -> str:
    """The customer was answered, and somebody has to look at the unit: it waits for a technician. Returns the state."""
    request = _seen(number, seen_version)
    steps.move(actor, request, ServiceAction.TRIAGE)
    steps.tell(Tag.SERVICE_ANSWERED, actor, request, note=note.strip()[:300])
    return request.state.value


@command(allow=Permission.REPAIRS_FILE)
def solve(actor: Actor, number: str, *, note: str, seen_version: int | None = None) -> str:
    """The fault was solved without a visit (RP-2). Raises RuleBroken RP-2 without words on how. Returns the state."""
    request = _seen(number, seen_version)
    request.note = _words(note, "note", T("Say how it was solved."))
    steps.over(actor, request)
    steps.move(actor, request, ServiceAction.SOLVE)
    steps.tell(Tag.SERVICE_SOLVED, actor, request, note=request.note)
    return request.state.value


@command(allow=Permission.REPAIRS_FILE)
def dispatch(actor: Actor, number: str, technician: str, *, seen_version: int | None = None) -> str:
    """Assign a technician, or another one before the work begins (RP-2). Returns the state."""
    request = _seen(number, seen_version)
    request.technician = _words(technician, "technician", T("Say who goes or repairs."))
    steps.move(actor, request, ServiceAction.DISPATCH)
    steps.tell(Tag.SERVICE_ASSIGNED, actor, request, technician=request.technician)
    return request.state.value


@command(allow=Permission.REPAIRS_FILE)
def start(actor: Actor, number: str, *, without_card: bool = False, seen_version: int | None = None) -> str:
    """Begin the work; it uses up a visit of the service card, if the request names one (EN-11). Returns the state.

    `without_card`: leave the card alone, also when its last visit went meanwhile. Raises RuleBroken RP-2, EN-11.
    """
    request = _seen(number, seen_version)
    if without_card:
        request.service_card = ""
    steps.begin(actor, request)
    steps.tell(Tag.SERVICE_MOVED, actor, request, state=steps.word(request.state), card=request.service_card)
    return request.state.value


@command(allow=Permission.REPAIRS_FILE)
def delay(
    actor: Actor, number: str, report: str, next_on: dt.date | None, *, seen_version: int | None = None
) -> str:
    """It can't be repaired now: write the fault report and promise a day (RP-10). Returns the state.

    Raises RuleBroken RP-10 without words or with a day that has passed.
    """
    request = _seen(number, seen_version)
    words = report.strip()
    if not words:
        raise RuleBroken("RP-10", T("Write down what was found and what is missing."), field="report")
    if len(words) > LONGEST["words"]:
        raise RuleBroken("RP-10", T("At most {most} characters.", most=LONGEST["words"]), field="report")
    if next_on is None or next_on < clock.today(actor.timezone):
        raise RuleBroken("RP-10", T("Promise a day that has not passed."), field="next_on")
    request.next_on = next_on
    steps.move(actor, request, ServiceAction.WAIT)
    session().add(
        FaultReport(
            request_id=request.id,
            dealer_id=request.dealer_id,
            point_id=request.point_id,
            words=words,
            next_on=next_on,
            person=actor.name,
            at=clock.now(),
        )
    )
    steps.tell(Tag.SERVICE_DELAYED, actor, request, on=str(next_on), reason=words)
    return request.state.value


@command(allow=Permission.REPAIRS_FILE)
def resume(actor: Actor, number: str, *, seen_version: int | None = None) -> str:
    """What was missing has come; the work goes on. Returns the state."""
    return _plain_move(actor, number, ServiceAction.RESUME, seen_version)


@command(allow=Permission.REPAIRS_FILE)
def finish(actor: Actor, number: str, *, seen_version: int | None = None) -> str:
    """The repair is done; a repair record may be filed later. Returns the state."""
    request = _seen(number, seen_version)
    steps.over(actor, request)
    steps.move(actor, request, ServiceAction.FINISH)
    steps.tell(Tag.SERVICE_MOVED, actor, request, state=steps.word(request.state))
    return request.state.value


@command(allow=Permission.REPAIRS_FILE)
def reopen(actor: Actor, number: str, *, reason: str, seen_version: int | None = None) -> str:
    """It was not repaired after all: the work goes on, or a technician has to go. Returns the state."""
    request = _seen(number, seen_version)
    words = _words(reason, "reason", T("Say why."))
    request.done_on = None
    steps.move(actor, request, ServiceAction.REOPEN)
    steps.tell(Tag.SERVICE_MOVED, actor, request, state=steps.word(request.state), reason=words)
    return request.state.value


@command(allow=Permission.REPAIRS_FILE)
def note_signature(actor: Actor, number: str, *, seen_version: int | None = None) -> str:
    """The customer signed on paper for a repair without a record in the portal. Returns the state.

    A record that is signed in the portal signs its request by itself. Raises RuleBroken RP-5 while the record of the
    request waits for its own signature.
    """
    request = _seen(number, seen_version)
    if request.repair_record:
        raise RuleBroken(
            "RP-5",
            T(
                "Repair record {number} is to be signed; this follows by itself.",
                number=request.repair_record,
            ),
        )
    request.signed_on = clock.today(actor.timezone)
    steps.move(actor, request, ServiceAction.SIGN)
    steps.tell(Tag.SERVICE_SIGNED, actor, request)
    return request.state.value


@command(allow=Permission.REPAIRS_FILE)
def cancel_request(actor: Actor, number: str, *, reason: str, seen_version: int | None = None) -> str:
    """The customer needs nothing any more (RP-2). Raises RuleBroken RP-2 without a reason. Returns the state."""
    request = _seen(number, seen_version)
    request.note = _words(reason, "reason", T("Say why."))
    steps.move(actor, request, ServiceAction.CANCEL)
    for visit in queries.visits_of(request.id):
        arrange(None, visit.id)
    steps.tell(Tag.SERVICE_CANCELLED, actor, request, reason=request.note)
    return request.state.value


@command(allow=Permission.REPAIRS_FILE)
def lend(actor: Actor, number: str, unit: str, *, seen_version: int | None = None) -> int:
    """Hand over a loaner while the work is not done (RP-10). Returns its id."""
    request = _seen(number, seen_version)
    if ServiceAction.CANCEL not in REQUEST.actions(request.state):
        raise RuleBroken("RP-10", T("The repair is over; no unit is lent for it any more."))
    lent = Loaner(
        request_id=request.id,
        dealer_id=request.dealer_id,
        point_id=request.point_id,
        unit=_words(unit, "unit", T("Say which unit is lent."), most=60),
        out_on=clock.today(actor.timezone),
    )
    session().add(lent)
    session().flush()
    steps.tell(Tag.SERVICE_LENT, actor, request, serial=lent.unit)
    return lent.id


@command(allow=Permission.REPAIRS_FILE)
def take_back(actor: Actor, number: str, loaner_id: int, *, note: str = "") -> str:
    """The loaner came back (RP-10). Raises RuleBroken RP-10 when it is back already. Returns the request's number."""
    request = queries.get(number)
    lent = queries.loaner(request.id, loaner_id)
    if lent.back_on is not None:
        raise RuleBroken("RP-10", T("This unit is back already."))
    lent.back_on, lent.note = clock.today(actor.timezone), note.strip()[:200]
    steps.tell(Tag.SERVICE_LOANER_BACK, actor, request, serial=lent.unit, note=lent.note)
    return number


@command(allow=Permission.CARDS_REVEAL)
def reveal_customer(actor: Actor, number: str, *, reason: str) -> str:
    """The customer's whole phone number as it is dialled; that it was shown, to whom and why, is recorded (PII-1).

    A dealer's look concerns the dealer, the manufacturer's only itself (TN-2). Raises RuleBroken PII-1 without a
    reason.
    """
    request = queries.get(number)
    if not reason.strip():
        raise RuleBroken("PII-1", T("Say what the number is needed for."), field="reason")
    record(Tag.SERVICE_REVEALED, actor, request.number, reason=reason.strip()[:300])
    return local_digits(request.phone)


@command(allow=Permission.CLOCK)
def escalate(actor: Actor, number: str) -> str:
    """Tell whoever has to be told now that a request is overdue, once for each clock and level (RP-2).

    Returns the level, "" when nobody has to be told: doing it twice changes nothing.
    """
    request = queries.get(number)
    level = (
        escalation(request.due_at, clock.now(), queries.told(request)) if request.due_at is not None else None
    )
    if level is None or request.due_at is None:
        return ""
    session().add(
        ServiceEscalation(
            request_id=request.id,
            dealer_id=request.dealer_id,
            point_id=request.point_id,
            state=request.state,
            due_at=request.due_at,
            level=EscalationLevel(level),
            at=clock.now(),
        )
    )
    steps.tell(
        Tag.SERVICE_ESCALATED, actor, request, state=steps.word(request.state), level=steps.word(level)
    )
    return level.value


def _seen(number: str, seen_version: int | None) -> ServiceRequest:
    request = queries.get(number)
    steps.check_seen(request, seen_version)
    return request


def _plain_move(actor: Actor, number: str, action: ServiceAction, seen_version: int | None) -> str:
    request = _seen(number, seen_version)
    steps.move(actor, request, action)
    steps.tell(Tag.SERVICE_MOVED, actor, request, state=steps.word(request.state))
    return request.state.value


def _words(text: str, field: str, missing: T, *, most: int = 500) -> str:
    words = text.strip()
    most = LONGEST.get(field, most)
    if not words:
        raise RuleBroken("RP-2", missing, field=field)
    if len(words) > most:
        raise RuleBroken("RP-2", T("At most {most} characters.", most=most), field=field)
    return words
