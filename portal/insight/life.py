"""The life of a unit, from its shipment to the day it left the field, as its reader may see it (QF-5)."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.catalogue.models import Unit
from portal.kernel.actor import Actor
from portal.kernel.db import session
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.quality.models import Feedback
from portal.repairs.models import Claim, Repair, RepairPart, ServiceRequest
from portal.repairs.rules import RepairState
from portal.returns.models import (
    ReturnAdvance,
    ReturnDisposition,
    ReturnedUnit,
    ReturnReceipt,
    ReturnRequest,
    ReturnShipment,
)
from portal.warranty.models import Card, CardDecision


@dataclass(frozen=True)
class Moment:
    """Something that happened to a unit on a day; `number` is the document that tells of it."""

    day: dt.date
    text: T
    number: str = ""


def life_of(actor: Actor, unit: Unit) -> list[Moment]:
    """Everything that is known of a unit, the newest first; only what lies in the actor's scope and permissions."""
    found = [*_shipment(unit)] if unit.exchanged_from_id is None else []
    if actor.may(Permission.CARDS_READ):
        found += _cards(unit, ZoneInfo(actor.timezone))
    if actor.may(Permission.REPAIRS_READ):
        found += [*_calls(unit), *_repairs(unit)]
    if actor.may(Permission.RETURNS_READ):
        found += [*_exchange(unit), *_returns(unit)]
    if actor.may(Permission.FEEDBACK_READ):
        found += _feedback(unit)
    if unit.left_field_on:
        found.append(Moment(unit.left_field_on, T("Left the field")))
    # Of one day, what was told of last happened last.
    return sorted(found, key=lambda moment: moment.day)[::-1]


def _shipment(unit: Unit) -> Iterator[Moment]:
    yield Moment(unit.shipped_on, T("Shipped to the dealer"))
    if unit.received_on:
        yield Moment(unit.received_on, T("Received by the dealer"))


def _feedback(unit: Unit) -> Iterator[Moment]:
    statement = sa.select(Feedback.number, Feedback.filed_on, Feedback.closed_on).where(
        Feedback.serial == unit.serial
    )
    for number, filed_on, closed_on in session().execute(statement.order_by(Feedback.id)):
        yield Moment(filed_on, T("A problem was reported"), number)
        if closed_on:
            yield Moment(closed_on, T("The reported problem is closed"), number)


def _exchange(unit: Unit) -> Iterator[Moment]:
    """A unit in exchange carries the shipment of the first one; it came itself on the day of the exchange."""
    if unit.exchanged_from_id is None:
        return
    of_old = (
        sa.select(ReturnedUnit.id, ReturnedUnit.serial, ReturnRequest.number)
        .join(ReturnRequest, ReturnRequest.id == ReturnedUnit.request_id)
        .where(ReturnedUnit.unit_id == unit.exchanged_from_id)
    )
    lines = {line: (serial, number) for line, serial, number in session().execute(of_old)}
    ahead = sa.select(ReturnAdvance.sent_on, ReturnAdvance.line_id).where(
        ReturnAdvance.line_id.in_(lines), ReturnAdvance.new_serial == unit.serial
    )
    later = sa.select(ReturnDisposition.disposed_on, ReturnDisposition.line_id).where(
        ReturnDisposition.line_id.in_(lines), ReturnDisposition.new_serial == unit.serial
    )
    came = session().execute(ahead).first() or session().execute(later).first()
    if came is not None:
        serial, number = lines[came.line_id]
        yield Moment(came[0], T("Handed over in exchange for {serial}", serial=serial), number)


def _cards(unit: Unit, zone: ZoneInfo) -> Iterator[Moment]:
    cards = session().scalars(sa.select(Card).where(Card.unit_id == unit.id).order_by(Card.id)).all()
    for card in cards:
        yield Moment(card.sale_date, T("Sold to a customer"), card.number)
        yield Moment(card.filed_on, T("Warranty card filed"), card.number)
    decisions = sa.select(CardDecision, Card.number).join(Card, Card.id == CardDecision.card_id)
    for decision, number in session().execute(
        decisions.where(CardDecision.card_id.in_([card.id for card in cards])).order_by(CardDecision.id)
    ):
        text = T("Warranty card: {decision}", decision=decision.decision)
        yield Moment(decision.at.astimezone(zone).date(), text, number)


def _calls(unit: Unit) -> Iterator[Moment]:
    calls = sa.select(ServiceRequest).where(ServiceRequest.serial == unit.serial).order_by(ServiceRequest.id)
    for call in session().scalars(calls):
        yield Moment(call.received_on, T("The customer called for service"), call.number)


def _repairs(unit: Unit) -> Iterator[Moment]:
    repairs = sa.select(Repair).where(Repair.serial == unit.serial).order_by(Repair.id)
    for repair in session().scalars(repairs):
        yield Moment(
            repair.filed_on, T("Repair recorded: {outcome}", outcome=repair.cost_class), repair.number
        )
        if repair.state is RepairState.VOID:
            yield Moment(repair.filed_on, T("Repair record taken back"), repair.number)
    fitted = (
        sa.select(Repair.filed_on, Repair.number, RepairPart.name, RepairPart.pieces)
        .join(Repair, sa.and_(Repair.id == RepairPart.repair_id, Repair.revision == RepairPart.revision))
        .where(Repair.serial == unit.serial, Repair.state != RepairState.VOID)
    )
    for day, number, name, pieces in session().execute(fitted.order_by(RepairPart.id)):
        yield Moment(day, T("Part fitted: {name} × {pieces}", name=name, pieces=pieces), number)
    claims = sa.select(Claim).where(Claim.serial == unit.serial, Claim.decided_on.is_not(None))
    for claim in session().scalars(claims.order_by(Claim.id)):
        if claim.decided_on is not None:
            yield Moment(claim.decided_on, T("Claim: {state}", state=claim.state), claim.number)


def _returns(unit: Unit) -> Iterator[Moment]:
    asked = (
        sa.select(ReturnRequest, ReturnedUnit)
        .join(ReturnedUnit, ReturnedUnit.request_id == ReturnRequest.id)
        .where(ReturnedUnit.serial == unit.serial)
        .order_by(ReturnRequest.id)
    )
    rows = session().execute(asked).all()
    numbers = {line.id: request.number for request, line in rows}
    for request, _line in rows:
        yield Moment(request.filed_on, T("Asked to be sent back"), request.number)
    of_requests = {request.id: request.number for request, _line in rows}
    for shipment in session().scalars(
        sa.select(ReturnShipment).where(ReturnShipment.request_id.in_(of_requests))
    ):
        yield Moment(shipment.shipped_on, T("Sent to the manufacturer"), of_requests[shipment.request_id])
    for receipt in session().scalars(sa.select(ReturnReceipt).where(ReturnReceipt.line_id.in_(numbers))):
        yield Moment(receipt.received_on, T("Received by the manufacturer"), numbers[receipt.line_id])
    ends = sa.select(ReturnDisposition).where(ReturnDisposition.line_id.in_(numbers))
    for end in session().scalars(ends):
        yield Moment(end.disposed_on, T("Returned unit: {end}", end=end.disposition), numbers[end.line_id])
