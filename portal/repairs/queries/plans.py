"""Reading service plans, cards and planned visits (EN-11, RP-11)."""

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa

from portal.kernel.crypto import search_hash
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.repairs.models.plans import CardVisit, DealerPlan, PlannedVisit, ServiceCard, ServicePlan
from portal.repairs.models.service import ServiceRequest
from portal.repairs.rules.plans import VISITS_OPEN, ServiceCardState, VisitState
from portal.tenants.models import Dealer
from portal.warranty.rules import normalise_phone


def plans(*, offered: bool = False) -> list[ServicePlan | DealerPlan]:
    """The plans of the scope, the manufacturer's first, each by its response time; `offered`: only those."""
    found: list[ServicePlan | DealerPlan] = []
    for kind in (ServicePlan, DealerPlan):
        statement = sa.select(kind).order_by(kind.respond_hours, kind.code)
        if offered:
            statement = statement.where(kind.offered.is_(True))
        found += session().scalars(statement)
    return found


def plan(code: str, *, own: bool) -> ServicePlan | DealerPlan | None:
    """A plan by its code: `own` the dealer's, else the manufacturer's."""
    if own:
        return session().scalars(sa.select(DealerPlan).where(DealerPlan.code == code)).one_or_none()
    return session().scalars(sa.select(ServicePlan).where(ServicePlan.code == code)).one_or_none()


def card(number: str) -> ServiceCard:
    """A service card of the scope by its number. Raises NotFound."""
    found = session().scalars(sa.select(ServiceCard).where(ServiceCard.number == number)).one_or_none()
    if found is None:
        raise NotFound
    return found


def cards(state: ServiceCardState | None, text: str, today: dt.date) -> sa.Select[ServiceCard, Dealer]:
    """Service cards with their points, the newest first.

    `text`: part of number or serial, or the holder's phone: whole, or its last four digits.
    """
    statement = sa.select(ServiceCard, Dealer).join(Dealer, Dealer.id == ServiceCard.point_id)
    if state is not None:
        statement = statement.where(_is(state, today))
    if text:
        statement = statement.where(_says(text))
    return statement.order_by(ServiceCard.id.desc())


def _is(state: ServiceCardState, today: dt.date) -> sa.ColumnElement[bool]:
    """The condition of each state, as `rules.plans.card_state` says it."""
    if state is ServiceCardState.CANCELLED:
        return ServiceCard.cancelled_on.is_not(None)
    running = sa.and_(ServiceCard.cancelled_on.is_(None), ServiceCard.ends >= today)
    if state is ServiceCardState.EXPIRED:
        return sa.and_(ServiceCard.cancelled_on.is_(None), ServiceCard.ends < today)
    if state is ServiceCardState.USED_UP:
        return sa.and_(running, ServiceCard.used >= ServiceCard.visits)
    return sa.and_(running, ServiceCard.used < ServiceCard.visits)


def _says(text: str) -> sa.ColumnElement[bool]:
    said = [column.icontains(text, autoescape=True) for column in (ServiceCard.number, ServiceCard.serial)]
    if text.isascii() and text.isdigit() and len(text) == 4:
        said.append(ServiceCard.phone_last4 == text)
    with suppress(ValueError):
        said.append(ServiceCard.phone_hash == search_hash(normalise_phone(text)))
    return sa.or_(*said)


def card_counts(today: dt.date) -> dict[ServiceCardState, int]:
    """How many cards of the scope are in each state on a day."""
    columns = [sa.func.count(sa.case((_is(state, today), 1))) for state in ServiceCardState]
    row = session().execute(sa.select(*columns).select_from(ServiceCard)).one()
    return dict(zip(ServiceCardState, row, strict=True))


def uses(card_id: int) -> list[tuple[CardVisit, str]]:
    """The visits that a card has used up, with the number of the request each, oldest first."""
    statement = (
        sa.select(CardVisit, ServiceRequest.number)
        .join(ServiceRequest, ServiceRequest.id == CardVisit.request_id)
        .where(CardVisit.card_id == card_id)
        .order_by(CardVisit.id)
    )
    return [(row[0], row[1]) for row in session().execute(statement)]


@dataclass(frozen=True)
class VisitFilter:
    """What a list of planned visits is narrowed to; what is empty narrows nothing."""

    states: tuple[VisitState, ...] = tuple(sorted(VISITS_OPEN))
    until: dt.date | None = None
    text: str = ""


def visits(wanted: VisitFilter) -> sa.Select[PlannedVisit, Dealer, str | None, str | None]:
    """Planned visits with their points, the number of their card and of their request; the next due first."""
    statement = (
        sa.select(PlannedVisit, Dealer, ServiceCard.number, ServiceRequest.number)
        .join(Dealer, Dealer.id == PlannedVisit.point_id)
        .outerjoin(ServiceCard, ServiceCard.id == PlannedVisit.card_id)
        .outerjoin(ServiceRequest, ServiceRequest.id == PlannedVisit.request_id)
        .where(PlannedVisit.state.in_(wanted.states))
    )
    if wanted.until is not None:
        statement = statement.where(PlannedVisit.due_on <= wanted.until)
    if wanted.text:
        statement = statement.where(PlannedVisit.serial.icontains(wanted.text, autoescape=True))
    return statement.order_by(PlannedVisit.due_on, PlannedVisit.id)


def visit(visit_id: int) -> PlannedVisit:
    """A planned visit of the scope. Raises NotFound."""
    found = session().get(PlannedVisit, visit_id)
    if found is None:
        raise NotFound
    return found


def visits_of_card(card_id: int) -> Sequence[PlannedVisit]:
    """The planned visits of a card, the next due first."""
    statement = sa.select(PlannedVisit).where(PlannedVisit.card_id == card_id)
    return session().scalars(statement.order_by(PlannedVisit.due_on, PlannedVisit.id)).all()


def count_due(until: dt.date) -> int:
    """Planned visits that nothing has been arranged for and that are due by a day."""
    statement = (
        sa.select(sa.func.count())
        .select_from(PlannedVisit)
        .where(PlannedVisit.state == VisitState.PLANNED, PlannedVisit.due_on <= until)
    )
    return session().scalar(statement) or 0


def next_due() -> dt.date | None:
    """The day that the next visit is due for which nothing has been arranged."""
    statement = sa.select(sa.func.min(PlannedVisit.due_on)).where(PlannedVisit.state == VisitState.PLANNED)
    return session().scalar(statement)
