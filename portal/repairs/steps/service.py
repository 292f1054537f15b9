"""Moving a service request: its state, clock and public status, its card's visit; what a record does to it."""

from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import step
from portal.kernel.db import session
from portal.kernel.errors import Conflict, RuleBroken
from portal.kernel.text import T
from portal.repairs.models.plans import CardVisit, PlannedVisit, ServiceCard
from portal.repairs.models.service import RepairStatus, ServiceRequest
from portal.repairs.queries import service as queries
from portal.repairs.rules.plans import VisitState
from portal.repairs.rules.service import (
    REQUEST,
    TO_DONE,
    ServiceAction,
    ServiceState,
    due_at,
)
from portal.tenants import queries as tenants


def check_seen(seen: ServiceRequest | ServiceCard | PlannedVisit, seen_version: int | None) -> None:
    """OL-1: raises Conflict when the row changed since the person looked at it."""
    if seen_version is not None and seen.version != seen_version:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))


@step
def move(actor: Actor, request: ServiceRequest, action: ServiceAction) -> None:
    """Take a request to its next state (RP-2); whatever its clock is counted from has been noted before.

    Raises RuleBroken RP-2 when the action isn't possible in its state.
    """
    request.state = REQUEST.advance(request.state, action)
    request.since = clock.now()
    if request.answered_at is None and action is not ServiceAction.CANCEL:
        request.answered_at = clock.now()
    wind(actor, request)
    publish(request)


@step
def wind(actor: Actor, request: ServiceRequest) -> None:
    """Set a request's clock by its state and the terms of the day of its intake (AG-2)."""
    terms = agreements.terms_on(request.agreement_id, request.received_on)
    request.due_at = due_at(request.state, request.course, terms, actor.timezone, tenants.calendar())


@step
def publish(request: ServiceRequest) -> None:
    """Let the public look-up know the state (RP-9)."""
    secret = queries.secret(request.manufacturer_id, request.number, request.phone_last4)
    known = session().scalars(
        sa.select(RepairStatus).where(
            RepairStatus.manufacturer_id == request.manufacturer_id, RepairStatus.number == request.number
        )
    )
    status = known.one_or_none()
    if status is None:
        status = RepairStatus(manufacturer_id=request.manufacturer_id, number=request.number)
        session().add(status)
    status.secret, status.state = secret, request.state


def word(member: StrEnum) -> str:
    """An enum member as facts record it: its label is looked up when it is read."""
    return f"{type(member).__name__}.{member.name}"


@step
def tell(tag: Tag, actor: Actor, request: ServiceRequest, **data: Any) -> None:
    """Record the fact of a request."""
    session().flush()
    record(tag, actor, request.number, dealer_id=request.dealer_id, point_id=request.point_id, **data)


@step
def begin(actor: Actor, request: ServiceRequest) -> None:
    """Begin the work, and use up a visit of the service card that the request names (EN-11).

    Raises RuleBroken RP-2, and EN-11 when the card has no visit left.
    """
    request.started_at = clock.now()
    move(actor, request, ServiceAction.START)
    if request.service_card:
        use_visit(actor, request)


@step
def use_visit(actor: Actor, request: ServiceRequest) -> None:
    """Use up one visit, whoever else wants the last one at the same moment; raises RuleBroken EN-11 if there is none.

    The card counts by one conditional update; that a request uses only one visit, the key of CardVisit holds.
    """
    today = clock.today(actor.timezone)
    card_id = session().scalar(
        sa.update(ServiceCard)
        .where(
            ServiceCard.number == request.service_card,
            ServiceCard.used < ServiceCard.visits,
            ServiceCard.starts <= today,
            ServiceCard.ends >= today,
            ServiceCard.cancelled_on.is_(None),
        )
        .values(used=ServiceCard.used + 1, version=ServiceCard.version + 1)
        .returning(ServiceCard.id)
        .execution_options(synchronize_session=False)
    )
    if card_id is None:
        raise RuleBroken(
            "EN-11",
            T("Service card {card} has no visit left today; begin without it.", card=request.service_card),
            field="without_card",
        )
    session().add(
        CardVisit(
            card_id=card_id,
            request_id=request.id,
            dealer_id=request.dealer_id,
            point_id=request.point_id,
            used_on=today,
            person=actor.name,
            at=clock.now(),
        )
    )


@step
def over(actor: Actor, request: ServiceRequest) -> None:
    """The repair is over: note the day; a planned visit that was arranged with this request is done (RP-11)."""
    today = clock.today(actor.timezone)
    request.done_on = today
    for visit in queries.visits_of(request.id):
        visit.state, visit.done_on = VisitState.DONE, today
        visit.record = request.repair_record or request.number


@step
def record_filed(
    actor: Actor, request_number: str, record_number: str, *, technician: str = "", resolved: bool = True
) -> None:
    """A repair record answers this request: the work was begun, and if it succeeded it is done (RP-2, RP-10).

    Nothing is refused for the request's sake: a card without a visit left is taken off, a request that is further
    along keeps its state and remembers the record. Raises NotFound for a request that is not of the scope.
    """
    request = queries.get(request_number)
    request.repair_record = record_number
    request.technician = request.technician or technician
    actions = TO_DONE.get(request.state, ())
    for action in actions if resolved else actions[:-1]:
        if action is ServiceAction.START:
            _begin_anyhow(actor, request)
            continue
        if action is ServiceAction.FINISH:
            over(actor, request)
        move(actor, request, action)
    tell(Tag.SERVICE_MOVED, actor, request, state=word(request.state), document=record_number)


def _begin_anyhow(actor: Actor, request: ServiceRequest) -> None:
    try:
        begin(actor, request)
    except RuleBroken as refused:
        if refused.rule != "EN-11":
            raise
        request.service_card = ""


@step
def record_signed(actor: Actor, request_number: str) -> None:
    """The customer signed the record that answers this request: the follow-up begins (RP-2, RP-5)."""
    request = queries.get(request_number)
    if request.state is ServiceState.DONE:
        request.signed_on = clock.today(actor.timezone)
        move(actor, request, ServiceAction.SIGN)
        tell(Tag.SERVICE_SIGNED, actor, request, document=request.repair_record)
