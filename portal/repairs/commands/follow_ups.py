"""Follow-up calls (RP-8), and closing a request after them."""

from zoneinfo import ZoneInfo

from portal.agreements import queries as agreements
from portal.audit.tags import Tag
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.repairs.models.service import FollowUp, ServiceRequest
from portal.repairs.queries import records
from portal.repairs.queries import service as queries
from portal.repairs.rules.follow_ups import (
    LONGEST_OPINION,
    CallDraft,
    CallResult,
    check_call,
    completes,
)
from portal.repairs.rules.records import RepairState
from portal.repairs.rules.service import REQUEST, Area, Channel, ServiceAction, ServicePriority, ServiceState
from portal.repairs.steps import service as steps

#: What a request takes over from the record of a walk-in.
_FROM_RECORD = (
    "customer",
    "phone",
    "phone_hash",
    "phone_last4",
    "address",
    "serial",
    "model",
    "symptom",
    "technician",
)


@command(allow=Permission.REPAIRS_FILE)
def follow_up(actor: Actor, number: str, draft: CallDraft, *, seen_version: int | None = None) -> str:
    """Write down a follow-up call (RP-8). Returns the request's state.

    A call that nobody answered leaves the request where it is, until the third of its turn. After the second
    follow-up the request closes by itself unless the customer complained or a loaner is still out. Raises RuleBroken
    RP-8 for a call that can't be so, RP-2 when no call is due.
    """
    request = queries.get(number)
    steps.check_seen(request, seen_version)
    first = ServiceAction.FIRST_CALL in REQUEST.actions(request.state)
    action = ServiceAction.FIRST_CALL if first else ServiceAction.SECOND_CALL
    REQUEST.advance(request.state, action)
    check_call(draft)
    if max(len(draft.opinion), len(draft.note)) > LONGEST_OPINION:
        raise RuleBroken("RP-8", T("At most {most} characters.", most=LONGEST_OPINION), field="opinion")
    turn = 1 if first else 2
    tries = sum(call.turn == turn for call in queries.calls(request.id))
    _note(actor, request, draft, turn)
    if completes(draft.result, tries):
        today = clock.today(actor.timezone)
        if first:
            request.first_call_on = today
        else:
            request.second_call_on = today
        steps.move(actor, request, action)
    steps.tell(Tag.SERVICE_CALLED, actor, request, result=steps.word(draft.result), complaint=draft.complaint)
    if request.state is ServiceState.SECOND_FOLLOW_UP and not _open_ends(request):
        steps.move(actor, request, ServiceAction.CLOSE)
        steps.tell(Tag.SERVICE_CLOSED, actor, request)
    return request.state.value


@command(allow=Permission.REPAIRS_FILE)
def close_request(actor: Actor, number: str, *, note: str = "", seen_version: int | None = None) -> str:
    """Close a request after its calls. Returns the state.

    Raises RuleBroken RP-10 while a loaner is out, RP-8 when a customer who complained got no answer in words.
    """
    request = queries.get(number)
    steps.check_seen(request, seen_version)
    if any(lent.back_on is None for lent in queries.loaners(request.id)):
        raise RuleBroken("RP-10", T("A loaner is still out; take it back first."))
    if not note.strip() and any(call.complaint for call in queries.calls(request.id)):
        raise RuleBroken("RP-8", T("The customer complained: say what was done about it."), field="note")
    steps.move(actor, request, ServiceAction.CLOSE)
    request.note = note.strip()[:500] or request.note
    steps.tell(Tag.SERVICE_CLOSED, actor, request, note=note.strip()[:500])
    return request.state.value


@command(allow=Permission.REPAIRS_FILE)
def adopt(actor: Actor, record_number: str) -> str:
    """Open a request for the signed repair of a walk-in, so that its customer can be called (RP-8).

    Returns its number; it begins at the signature. Raises RuleBroken RP-8 for a record that has a request, is not
    signed, or names no phone number.
    """
    repair = records.get(record_number)
    if repair.request_number or queries.of_record(record_number) is not None:
        raise RuleBroken("RP-8", T("This repair has a service request already."))
    if repair.state is not RepairState.SIGNED or repair.signed_at is None:
        raise RuleBroken("RP-8", T("The customer has not signed this record."))
    if not repair.phone:
        raise RuleBroken("RP-8", T("This record names no phone number."))
    signed_on = repair.signed_at.astimezone(ZoneInfo(actor.timezone)).date()
    request = ServiceRequest(
        agreement_id=repair.agreement_id,
        dealer_id=repair.dealer_id,
        point_id=repair.point_id,
        number=numbering.take("BX", clock.today(actor.timezone).year),
        state=ServiceState.SIGNED,
        since=clock.now(),
        received_at=repair.filed_at,
        received_on=repair.filed_on,
        received_by=repair.filed_by,
        channel=Channel.COUNTER,
        way=repair.way,
        area=Area.URBAN,
        priority=ServicePriority.ORDINARY,
        **{name: getattr(repair, name) for name in _FROM_RECORD},
        words=repair.symptom_text,
        respond_hours=agreements.terms_on(repair.agreement_id, repair.filed_on).respond_hours,
        answered_at=repair.filed_at,
        done_on=repair.finished_on or repair.filed_on,
        signed_on=signed_on,
        repair_record=repair.number,
    )
    session().add(request)
    session().flush()
    steps.wind(actor, request)
    steps.publish(request)
    steps.tell(Tag.SERVICE_RECEIVED, actor, request, serial=request.serial, document=repair.number)
    return request.number


def _note(actor: Actor, request: ServiceRequest, draft: CallDraft, turn: int) -> None:
    session().add(
        FollowUp(
            request_id=request.id,
            agreement_id=request.agreement_id,
            dealer_id=request.dealer_id,
            point_id=request.point_id,
            turn=turn,
            called_on=clock.today(actor.timezone),
            result=CallResult(draft.result),
            grades={item.value: grade for item, grade in draft.grades.items()},
            complaint=draft.complaint,
            topic=draft.topic,
            opinion=draft.opinion.strip(),
            note=draft.note.strip(),
            person=actor.name,
            at=clock.now(),
        )
    )
    session().flush()


def _open_ends(request: ServiceRequest) -> bool:
    """Whether somebody has to look at a request before it closes."""
    complained = any(call.complaint for call in queries.calls(request.id))
    return complained or any(lent.back_on is None for lent in queries.loaners(request.id))
