"""Reading service requests: one by its number, the board, what is overdue, the public status."""

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa

from portal.kernel import clock
from portal.kernel.crypto import search_hash
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.repairs.models.plans import PlannedVisit, ServiceCard
from portal.repairs.models.records import FaultCode
from portal.repairs.models.service import (
    FaultReport,
    FollowUp,
    Loaner,
    RepairStatus,
    ServiceEscalation,
    ServiceRequest,
)
from portal.repairs.rules.faults import FaultKind
from portal.repairs.rules.plans import VISITS_OPEN
from portal.repairs.rules.service import EscalationLevel, ServicePriority, ServiceState
from portal.tenants.models import Dealer, Organisation
from portal.warranty.rules import normalise_phone

_PRESSING = sa.case(
    (ServiceRequest.priority == ServicePriority.CRITICAL, 0),
    (ServiceRequest.priority == ServicePriority.URGENT, 1),
    else_=2,
)


def get(number: str) -> ServiceRequest:
    """A request of the scope by its number. Raises NotFound."""
    found = session().scalars(sa.select(ServiceRequest).where(ServiceRequest.number == number)).one_or_none()
    if found is None:
        raise NotFound
    return found


def of_record(number: str) -> ServiceRequest | None:
    """The request that a repair record answers, or that was opened for its follow-up."""
    statement = sa.select(ServiceRequest).where(ServiceRequest.repair_record == number)
    return session().scalars(statement.order_by(ServiceRequest.id).limit(1)).one_or_none()


@dataclass(frozen=True)
class ServiceFilter:
    """What a list of requests is narrowed to; what is empty narrows nothing."""

    states: tuple[ServiceState, ...] = ()
    #: Only those whose clock has run out at this instant.
    overdue_at: dt.datetime | None = None
    #: Only those that were escalated to this level and still wait in the same state.
    escalated: EscalationLevel | None = None
    dealer_id: int | None = None
    #: Part of the number or serial, the technician, or the customer's phone: whole, or its last four digits.
    text: str = ""


def listing(wanted: ServiceFilter, now: dt.datetime) -> sa.Select[ServiceRequest, Dealer]:
    """Requests with their points: overdue first, then by priority, then by the instant that they are due at."""
    late = sa.case((ServiceRequest.due_at < now, 0), (ServiceRequest.due_at.is_not(None), 1), else_=2)
    statement = sa.select(ServiceRequest, Dealer).join(Dealer, Dealer.id == ServiceRequest.point_id)
    return _narrowed(statement, wanted).order_by(
        late, _PRESSING, ServiceRequest.due_at, ServiceRequest.id.desc()
    )


def _narrowed(
    statement: sa.Select[ServiceRequest, Dealer], wanted: ServiceFilter
) -> sa.Select[ServiceRequest, Dealer]:
    if wanted.states:
        statement = statement.where(ServiceRequest.state.in_(wanted.states))
    if wanted.overdue_at is not None:
        statement = statement.where(ServiceRequest.due_at < wanted.overdue_at)
    if wanted.escalated is not None:
        statement = statement.where(_present(wanted.escalated))
    if wanted.dealer_id is not None:
        statement = statement.where(ServiceRequest.dealer_id == wanted.dealer_id)
    if wanted.text:
        statement = statement.where(_says(wanted.text))
    return statement


def _says(text: str) -> sa.ColumnElement[bool]:
    said = [
        column.icontains(text, autoescape=True)
        for column in (ServiceRequest.number, ServiceRequest.serial, ServiceRequest.technician)
    ]
    if text.isascii() and text.isdigit() and len(text) == 4:
        said.append(ServiceRequest.phone_last4 == text)
    with suppress(ValueError):
        said.append(ServiceRequest.phone_hash == search_hash(normalise_phone(text)))
    return sa.or_(*said)


def _present(level: EscalationLevel) -> sa.ColumnElement[bool]:
    """Whether a request was escalated to `level` by the clock that it still has."""
    said = sa.exists().where(
        ServiceEscalation.request_id == ServiceRequest.id,
        ServiceEscalation.state == ServiceRequest.state,
        ServiceEscalation.due_at == ServiceRequest.due_at,
        ServiceEscalation.level == level,
    )
    # Only what is overdue can have been escalated: there is an index for that.
    return sa.and_(ServiceRequest.due_at < clock.now(), said)


def first(
    statement: sa.Select[ServiceRequest, Dealer], most: int
) -> Sequence[sa.Row[ServiceRequest, Dealer]]:
    """The first rows of a list, for an export."""
    return session().execute(statement.limit(most)).all()


def counts() -> dict[ServiceState, int]:
    """How many requests of the scope are in each state."""
    statement = sa.select(ServiceRequest.state, sa.func.count()).group_by(ServiceRequest.state)
    return {row[0]: row[1] for row in session().execute(statement)}


def count_overdue(now: dt.datetime) -> int:
    """Requests whose clock has run out."""
    statement = sa.select(sa.func.count()).select_from(ServiceRequest).where(ServiceRequest.due_at < now)
    return session().scalar(statement) or 0


def count_escalated(level: EscalationLevel) -> int:
    """Requests that were escalated to a level and still wait."""
    statement = sa.select(sa.func.count()).select_from(ServiceRequest).where(_present(level))
    return session().scalar(statement) or 0


def first_escalated(level: EscalationLevel, most: int) -> list[tuple[ServiceRequest, str]]:
    """The requests that were escalated to a level and still wait, with their dealer, the longest overdue first."""
    statement = (
        sa.select(ServiceRequest, Dealer.name)
        .join(Dealer, Dealer.id == ServiceRequest.dealer_id)
        .where(_present(level))
        .order_by(ServiceRequest.due_at)
        .limit(most)
    )
    return [(row[0], row[1]) for row in session().execute(statement)]


def overdue(now: dt.datetime) -> list[str]:
    """The numbers of all requests whose clock has run out, oldest first."""
    statement = (
        sa.select(ServiceRequest.number).where(ServiceRequest.due_at < now).order_by(ServiceRequest.due_at)
    )
    return list(session().scalars(statement))


def told(request: ServiceRequest) -> dict[EscalationLevel, dt.datetime]:
    """Who was told, and when, that the present clock of a request has run out."""
    rows = session().execute(
        sa.select(ServiceEscalation.level, ServiceEscalation.at).where(
            ServiceEscalation.request_id == request.id,
            ServiceEscalation.state == request.state,
            ServiceEscalation.due_at == request.due_at,
        )
    )
    return {row[0]: row[1] for row in rows}


def escalations(request_id: int) -> Sequence[ServiceEscalation]:
    """Every escalation of a request, oldest first."""
    statement = (
        sa.select(ServiceEscalation)
        .where(ServiceEscalation.request_id == request_id)
        .order_by(ServiceEscalation.id)
    )
    return session().scalars(statement).all()


def fault_reports(request_id: int) -> Sequence[FaultReport]:
    """The fault reports of a request, newest first."""
    statement = (
        sa.select(FaultReport).where(FaultReport.request_id == request_id).order_by(FaultReport.id.desc())
    )
    return session().scalars(statement).all()


def loaners(request_id: int) -> Sequence[Loaner]:
    """The units lent for a request, oldest first."""
    statement = sa.select(Loaner).where(Loaner.request_id == request_id).order_by(Loaner.id)
    return session().scalars(statement).all()


def loaner(request_id: int, loaner_id: int) -> Loaner:
    """One of them. Raises NotFound."""
    found = session().get(Loaner, loaner_id)
    if found is None or found.request_id != request_id:
        raise NotFound
    return found


def calls(request_id: int) -> Sequence[FollowUp]:
    """The follow-up calls of a request, oldest first."""
    statement = sa.select(FollowUp).where(FollowUp.request_id == request_id).order_by(FollowUp.id)
    return session().scalars(statement).all()


def visits_of(request_id: int) -> Sequence[PlannedVisit]:
    """The planned visits that were arranged with a request and are still to be made."""
    statement = sa.select(PlannedVisit).where(
        PlannedVisit.request_id == request_id, PlannedVisit.state.in_(VISITS_OPEN)
    )
    return session().scalars(statement).all()


def earlier(request: ServiceRequest) -> Sequence[ServiceRequest]:
    """Other requests of the same unit, newest first; none for a request without a serial."""
    if not request.serial:
        return []
    statement = (
        sa.select(ServiceRequest)
        .where(ServiceRequest.serial == request.serial, ServiceRequest.id != request.id)
        .order_by(ServiceRequest.id.desc())
        .limit(5)
    )
    return session().scalars(statement).all()


def card_for(serial: str, phone: str, day: dt.date) -> ServiceCard | None:
    """The service card that entitles a unit or its holder on a day (EN-11); the quickest answer wins.

    A card that names a unit counts for that unit only; `phone` is in international form.
    """
    holder = sa.and_(ServiceCard.serial == "", ServiceCard.phone_hash == search_hash(phone))
    unit = sa.and_(ServiceCard.serial != "", ServiceCard.serial == serial)
    statement = (
        sa.select(ServiceCard)
        .where(
            sa.or_(holder, unit),
            ServiceCard.used < ServiceCard.visits,
            ServiceCard.starts <= day,
            ServiceCard.ends >= day,
            ServiceCard.cancelled_on.is_(None),
        )
        .order_by(ServiceCard.respond_hours, ServiceCard.ends, ServiceCard.id)
        .limit(1)
    )
    return session().scalars(statement).one_or_none()


def symptoms() -> Sequence[FaultCode]:
    """The symptoms that the manufacturer's list offers, by code (RP-3)."""
    statement = (
        sa.select(FaultCode)
        .where(FaultCode.kind == FaultKind.SYMPTOM, FaultCode.active.is_(True))
        .order_by(FaultCode.code)
    )
    return session().scalars(statement).all()


def symptom(code: str) -> FaultCode | None:
    """One of them, offered or not; None when the list has no such code."""
    statement = sa.select(FaultCode).where(FaultCode.kind == FaultKind.SYMPTOM, FaultCode.code == code)
    return session().scalars(statement).one_or_none()


def secret(manufacturer_id: int, number: str, digits: str) -> str:
    """Under which the public status of a request is kept: nobody finds it without number and digits (RP-9)."""
    return search_hash(f"repair:{manufacturer_id}:{number}:{digits}")


def status(maker: str, number: str, digits: str) -> RepairStatus | None:
    """The state of a repair for whoever knows its number and the phone's last four digits. Needs no scope.

    `maker`: the manufacturer's code. None for an unknown manufacturer, an unknown number and wrong digits alike.
    """
    manufacturer = (
        session().scalars(sa.select(Organisation.id).where(Organisation.code == maker)).one_or_none() or 0
    )
    return session().get(RepairStatus, secret(manufacturer, number, digits))
