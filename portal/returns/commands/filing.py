"""The dealer's side: asking for a return, adding what was missing, taking it back, sending the units (RT-1 … RT-4)."""

from collections.abc import Mapping, Sequence

from portal.audit.tags import Tag
from portal.drafts import steps as drafts
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, Refused, RuleBroken
from portal.kernel.findings import blocking
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.returns import queries, steps
from portal.returns.models import OpenReturn, ReturnAnswer, ReturnedUnit, ReturnRequest, ReturnShipment
from portal.returns.queries import Judged
from portal.returns.rules import (
    FAULT,
    NOTE,
    RETURN,
    TEXT,
    ReturnAction,
    ReturnLine,
    ReturnState,
    check_request,
    check_shipping,
    explanation,
)


@command(allow=Permission.RETURNS_FILE)
def request(
    actor: Actor,
    lines: Sequence[ReturnLine],
    *,
    note: str = "",
    draft_id: int | None = None,
    shown: str | None = None,
) -> str:
    """Ask for units to be sent back. Returns the request's number (RMA-2026-000001).

    Each unit is classified today, and what it will cost whom is frozen with the words that explain it (RT-1, EN-12).
    `draft_id`: the saved draft that is finished with it; `shown`: `queries.shown_hash` of what the person saw. Raises
    Refused with what blocks: WC-3 (unknown serial, another dealer's, found before it was shipped), RT-1 (found in the
    future, left the field, in an open return); RuleBroken RT-1 for no unit or one listed twice, AG-1 without an active
    agreement; Conflict when somebody asks for the same unit at the same moment, or when classes or bearers are others
    than those that were shown.
    """
    agreement = queries.agreement_of(actor)
    today = clock.today(actor.timezone)
    judged = queries.judge(actor, lines, today)
    check_request([one.line for one in judged])
    if blocks := [finding for one in judged for finding in blocking(one.findings)]:
        raise Refused(blocks)
    if shown is not None and shown != queries.shown_hash(judged):
        raise Conflict(T("Who pays has changed since this page was drawn. Look at it again, then submit."))
    number = numbering.take("RMA", today.year)
    filed = ReturnRequest(
        agreement_id=agreement.id,
        draft_id=draft_id,
        dealer_id=agreement.dealer_id,
        point_id=actor.point_id or agreement.dealer_id,
        number=number,
        state=ReturnState.SUBMITTED,
        note=note.strip()[:TEXT],
        filed_on=today,
        filed_at=clock.now(),
        filed_by_id=actor.person_id,
        filed_by=actor.name,
        waiting_since=clock.now(),
    )
    session().add(filed)
    session().flush()
    for place, one in enumerate(judged, 1):
        steps.attach(actor, _write(filed, place, one), one.line.photos)
    drafts.finish(draft_id)
    steps.note(Tag.RETURN_FILED, actor, filed, units=len(judged))
    return number


def _write(filed: ReturnRequest, place: int, one: Judged) -> ReturnedUnit:
    """A judged line as it stays, and the hold on its unit."""
    assert one.classified is not None, "a line that nothing blocks"
    unit, outcome = one.classified.unit, one.classified.outcome
    row = ReturnedUnit(
        request_id=filed.id,
        dealer_id=filed.dealer_id,
        point_id=unit.point_id,
        place=place,
        unit_id=unit.id,
        serial=unit.serial,
        model=one.classified.model,
        found=one.line.found,
        cause=one.line.cause,
        fault=one.line.fault.strip()[:FAULT],
        packing=one.line.packing,
        repair_number=one.line.repair_number,
        cost_class=outcome.cost_class,
        explanation=explanation(outcome),
        **{column.value: bearer for column, bearer in one.classified.bearers.items()},
    )
    session().add(row)
    session().flush()
    session().add(
        OpenReturn(line_id=row.id, dealer_id=row.dealer_id, point_id=row.point_id, serial=row.serial)
    )
    session().flush()
    return row


@command(allow=Permission.RETURNS_FILE)
def answer(
    actor: Actor,
    number: str,
    *,
    text: str,
    repairs: Mapping[str, str] | None = None,
    photos: Mapping[str, Sequence[int]] | None = None,
    seen_version: int | None = None,
) -> str:
    """Add what the manufacturer asked for; the request waits for it again. Returns its state.

    `repairs`: serial → the repair record that shows the attempt; `photos`: serial → ids of waiting photos. Classes and
    bearers stay as they were filed. Raises RuleBroken RT-3 when nothing was asked, FD-2 without words.
    """
    found = _own(actor, number, seen_version)
    state = RETURN.advance(found.state, ReturnAction.ANSWER)
    if not text.strip():
        raise RuleBroken("FD-2", T("Say what you added."), field="text")
    rows = {line.row.serial: line.row for line in queries.lines_of(found)}
    named = {serial: repair for serial, repair in steps.spelled(repairs).items() if serial in rows and repair}
    session().add(
        ReturnAnswer(
            request_id=found.id,
            dealer_id=found.dealer_id,
            point_id=found.point_id,
            text=text.strip()[:TEXT],
            repairs=named,
            person=actor.name,
            at=clock.now(),
        )
    )
    for serial, ids in steps.spelled(photos).items():
        if serial in rows:
            steps.attach(actor, rows[serial], ids)
    found.state, found.waiting_since = state, clock.now()
    steps.note(Tag.RETURN_ANSWERED, actor, found, text=text.strip()[:NOTE])
    return state.value


@command(allow=Permission.RETURNS_FILE)
def cancel(actor: Actor, number: str, *, reason: str = "", seen_version: int | None = None) -> str:
    """Take a request back before its units are sent; they are free again. Returns its state.

    Raises RuleBroken RT-3 when it is too late, also when a unit in exchange was sent in advance.
    """
    found = _own(actor, number, seen_version)
    state = RETURN.advance(found.state, ReturnAction.CANCEL)
    if any(line.advance is not None for line in queries.lines_of(found)):
        raise RuleBroken("RT-3", T("A unit in exchange was sent in advance; the old one has to come back."))
    found.state = state
    steps.let_go(found)
    steps.note(Tag.RETURN_CANCELLED, actor, found, reason=reason.strip()[:NOTE])
    return state.value


@command(allow=Permission.RETURNS_FILE)
def ship(
    actor: Actor,
    number: str,
    *,
    carrier: str = "",
    waybill: str = "",
    cartons: int | None = None,
    note: str = "",
    seen_version: int | None = None,
) -> str:
    """Say that the approved units are on their way (RT-4). Returns the state.

    Raises RuleBroken RT-1 before the manufacturer has decided, RT-3 when the approval expired or there is none.
    """
    found = _own(actor, number, seen_version)
    today = clock.today(actor.timezone)
    found.state = check_shipping(found.state, found.expires_on, today)
    session().add(
        ReturnShipment(
            request_id=found.id,
            dealer_id=found.dealer_id,
            point_id=found.point_id,
            carrier=carrier.strip()[:60],
            waybill=waybill.strip()[:60],
            cartons=cartons,
            note=note.strip()[:NOTE],
            shipped_on=today,
            person=actor.name,
            at=clock.now(),
        )
    )
    steps.note(Tag.RETURN_SHIPPED, actor, found, carrier=carrier.strip(), waybill=waybill.strip())
    return found.state.value


def _own(actor: Actor, number: str, seen_version: int | None) -> ReturnRequest:
    if actor.dealer_id is None:
        raise Forbidden
    found = queries.locked(number)
    steps.check_seen(found, seen_version)
    return found
