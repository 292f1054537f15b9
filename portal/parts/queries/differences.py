"""Differences at receipt with their lines, answers and shipments (PT-7)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import aliased, undefer

from portal.kernel.calendar import Calendar
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.money import ZERO
from portal.parts.models import (
    DifferenceAnswer,
    DifferenceCase,
    DifferencePhoto,
    PartsLine,
    PartsRequest,
    PartsSubstitute,
    Reshipment,
    Shipment,
    ShipmentLine,
)
from portal.parts.rules import DifferenceOutcome, DifferenceState, answer_due, difference_state


@dataclass(frozen=True)
class Difference:
    """A difference with what it is about and how far it is."""

    row: DifferenceCase
    answer: DifferenceAnswer | None
    line: PartsLine
    substitute: PartsSubstitute | None
    request_number: str
    shipment_number: str
    #: The shipment that brought the pieces again.
    sent_again: str | None

    @property
    def line_id(self) -> int:
        return self.line.id

    @property
    def supplied(self) -> PartsLine | PartsSubstitute:
        """The part that was sent."""
        return self.substitute or self.line

    @property
    def state(self) -> DifferenceState:
        """How far the case is."""
        outcome = None if self.answer is None else self.answer.outcome
        return difference_state(outcome, sent_again=self.sent_again is not None)

    def due(self, calendar: Calendar) -> dt.date | None:
        """The last day on which the manufacturer means to answer (FD-4); None: it has."""
        return answer_due(self.row.filed_on, calendar) if self.answer is None else None


_AGAIN = aliased(Shipment)
Row = tuple[DifferenceCase, DifferenceAnswer | None, PartsLine, PartsSubstitute | None, str, str, str | None]


def _cases(*wanted: sa.ColumnElement[bool]) -> sa.Select[*Row]:
    return (
        sa.select(
            DifferenceCase,
            DifferenceAnswer,
            PartsLine,
            PartsSubstitute,
            PartsRequest.number.label("request"),
            Shipment.number.label("shipment"),
            _AGAIN.number.label("again"),
        )
        .join(ShipmentLine, ShipmentLine.id == DifferenceCase.shipment_line_id)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .join(PartsLine, PartsLine.id == ShipmentLine.line_id)
        .join(PartsRequest, PartsRequest.id == PartsLine.request_id)
        .outerjoin(PartsSubstitute, PartsSubstitute.line_id == PartsLine.id)
        .outerjoin(DifferenceAnswer, DifferenceAnswer.difference_id == DifferenceCase.id)
        .outerjoin(Reshipment, Reshipment.difference_id == DifferenceCase.id)
        .outerjoin(_AGAIN, _AGAIN.id == Reshipment.shipment_id)
        .where(*wanted)
    )


def case_of(row: Row) -> Difference:
    """A row of `difference_list` as a value."""
    return Difference(*row)


def first_shipment(case: Difference) -> str:
    """The shipment that first brought the pieces of a difference, however often they were sent again."""
    number = case.shipment_number
    while earlier := session().execute(_cases(_AGAIN.number == number)).one_or_none():
        number = Difference(*earlier).shipment_number
    return number


def difference(number: str) -> Difference:
    """A difference of the scope by its number. Raises NotFound."""
    found = session().execute(_cases(DifferenceCase.number == number)).one_or_none()
    if found is None:
        raise NotFound
    return Difference(*found)


def differences_of(request_id: int) -> list[Difference]:
    """The differences of a request, oldest first."""
    rows = session().execute(_cases(PartsLine.request_id == request_id).order_by(DifferenceCase.id))
    return [Difference(*row) for row in rows]


#: What a state means for a statement of `_cases`.
_STATES: dict[DifferenceState, sa.ColumnElement[bool]] = {
    DifferenceState.OPEN: DifferenceAnswer.id.is_(None),
    DifferenceState.TO_RESHIP: sa.and_(
        DifferenceAnswer.outcome == DifferenceOutcome.RESHIP, Reshipment.id.is_(None)
    ),
}


def difference_list(state: DifferenceState | None = None, dealer_id: int | None = None) -> sa.Select[*Row]:
    """The differences of the scope, newest first; in one state that waits (oldest first), of one dealer."""
    wanted = [_STATES[state]] if state else []
    if dealer_id is not None:
        wanted.append(DifferenceCase.dealer_id == dealer_id)
    return _cases(*wanted).order_by(DifferenceCase.id if state else DifferenceCase.id.desc())


def count_differences(state: DifferenceState | None = None) -> int:
    """How many differences of the scope are in a state that waits, or at all."""
    statement = (
        sa.select(sa.func.count())
        .select_from(DifferenceCase)
        .outerjoin(DifferenceAnswer, DifferenceAnswer.difference_id == DifferenceCase.id)
        .outerjoin(Reshipment, Reshipment.difference_id == DifferenceCase.id)
    )
    return session().scalar(statement.where(_STATES[state]) if state else statement) or 0


def oldest_difference() -> dt.date | None:
    """Since when the difference of the scope waits that waits longest for an answer."""
    statement = sa.select(sa.func.min(DifferenceCase.filed_on)).outerjoin(
        DifferenceAnswer, DifferenceAnswer.difference_id == DifferenceCase.id
    )
    return session().scalar(statement.where(_STATES[DifferenceState.OPEN]))


def credited(agreement_id: int) -> Decimal:
    """What the fund got back for differences."""
    statement = (
        sa.select(sa.func.sum(DifferenceAnswer.credit))
        .join(DifferenceCase, DifferenceCase.id == DifferenceAnswer.difference_id)
        .where(DifferenceCase.agreement_id == agreement_id)
    )
    return session().scalar(statement) or ZERO


def photos_of(difference_id: int) -> Sequence[DifferencePhoto]:
    """A difference's photos without their content."""
    return (
        session()
        .scalars(
            sa.select(DifferencePhoto)
            .where(DifferencePhoto.difference_id == difference_id)
            .order_by(DifferencePhoto.id)
        )
        .all()
    )


def difference_photo(number: str, photo_id: int) -> DifferencePhoto:
    """One photo of a difference with its content. Raises NotFound."""
    found = (
        session()
        .scalars(
            sa.select(DifferencePhoto)
            .join(DifferenceCase, DifferenceCase.id == DifferencePhoto.difference_id)
            .where(DifferenceCase.number == number, DifferencePhoto.id == photo_id)
            .options(undefer(DifferencePhoto.content))
        )
        .one_or_none()
    )
    if found is None:
        raise NotFound
    return found
