"""The parts of a month line by line, and who confirmed them (PT-11)."""

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa

from portal.kernel.actor import Side
from portal.kernel.db import session
from portal.kernel.period import Month
from portal.parts.models import (
    DifferenceAnswer,
    DifferenceCase,
    PartsLine,
    PartsRequest,
    PartsSubstitute,
    Reconciliation,
    Reshipment,
    Shipment,
    ShipmentLine,
)
from portal.parts.rules import DifferenceOutcome, RequestLine
from portal.parts.rules.reconciliation import MonthLine

#: Agreement and month.
Key = tuple[int, Month]


def month_lines(agreement_id: int, month: Month) -> list[MonthLine]:
    """What was shipped and credited of an agreement in a month, by day and number."""
    return months_lines([agreement_id], month, month).get((agreement_id, month), [])


def months_lines(agreement_ids: Iterable[int], first: Month, last: Month) -> dict[Key, list[MonthLine]]:
    """The same for several agreements and months; those without any are left out."""
    ids, within = list(agreement_ids), (first.first, last.last)
    shipped = (
        sa.select(
            Shipment.agreement_id,
            Shipment.shipped_on,
            Shipment.number,
            PartsRequest.number.label("request"),
            PartsLine,
            PartsSubstitute,
            ShipmentLine.pieces,
        )
        .join(ShipmentLine, ShipmentLine.shipment_id == Shipment.id)
        .join(PartsLine, PartsLine.id == ShipmentLine.line_id)
        .join(PartsRequest, PartsRequest.id == Shipment.request_id)
        .outerjoin(PartsSubstitute, PartsSubstitute.line_id == PartsLine.id)
        .outerjoin(Reshipment, Reshipment.shipment_id == Shipment.id)
        .where(Shipment.agreement_id.in_(ids), Shipment.shipped_on.between(*within), Reshipment.id.is_(None))
    )
    credited = (
        sa.select(
            DifferenceCase.agreement_id,
            DifferenceAnswer.answered_on,
            DifferenceCase.number,
            PartsRequest.number.label("request"),
            PartsLine,
            PartsSubstitute,
            -DifferenceCase.pieces,
        )
        .join(DifferenceAnswer, DifferenceAnswer.difference_id == DifferenceCase.id)
        .join(ShipmentLine, ShipmentLine.id == DifferenceCase.shipment_line_id)
        .join(PartsLine, PartsLine.id == ShipmentLine.line_id)
        .join(PartsRequest, PartsRequest.id == PartsLine.request_id)
        .outerjoin(PartsSubstitute, PartsSubstitute.line_id == PartsLine.id)
        .where(
            DifferenceCase.agreement_id.in_(ids),
            DifferenceAnswer.answered_on.between(*within),
            DifferenceAnswer.outcome == DifferenceOutcome.CREDIT,
        )
    )
    found: dict[Key, list[MonthLine]] = {}
    for statement in (shipped, credited):
        for agreement_id, day, act, document, asked, other, pieces in session().execute(statement):
            line = _line(asked, other)
            cost = RequestLine(line.code, line.supply, line.price, pieces).cost(pieces)
            found.setdefault((agreement_id, Month.of(day)), []).append(
                MonthLine(
                    day, act, document, line.code, line.name, line.unit, line.supply, pieces, line.price, cost
                )
            )
    for lines in found.values():
        lines.sort(key=lambda line: (line.date, line.act, line.code))
    return found


def _line(asked: PartsLine, other: PartsSubstitute | None) -> PartsLine | PartsSubstitute:
    return asked if other is None else other


def confirmations(agreement_id: int, month: Month) -> dict[Side, Reconciliation]:
    """The latest confirmation of each party."""
    return confirmations_of([agreement_id], month, month).get((agreement_id, month), {})


def confirmations_of(
    agreement_ids: Iterable[int], first: Month, last: Month
) -> dict[Key, dict[Side, Reconciliation]]:
    """The same for several agreements and months."""
    statement = (
        sa.select(Reconciliation)
        .where(
            Reconciliation.agreement_id.in_(list(agreement_ids)), Reconciliation.month.between(first, last)
        )
        .order_by(Reconciliation.place)
    )
    found: dict[Key, dict[Side, Reconciliation]] = {}
    for row in session().scalars(statement):
        found.setdefault((row.agreement_id, row.month), {})[row.side] = row
    return found


def waiting_months(first: Month, last: Month, side: Side) -> dict[Key, dt.datetime]:
    """The lists of the scope that wait for a side, with when each changed last.

    Something was shipped or credited in the month, and this side did not confirm it, or not since it changed.
    """
    within = (first.first, last.last)
    shipped = (
        sa.select(Shipment.agreement_id, Shipment.shipped_on, sa.func.max(Shipment.at))
        .outerjoin(Reshipment, Reshipment.shipment_id == Shipment.id)
        .where(Shipment.shipped_on.between(*within), Reshipment.id.is_(None))
        .group_by(Shipment.agreement_id, Shipment.shipped_on)
    )
    credited = (
        sa.select(DifferenceCase.agreement_id, DifferenceAnswer.answered_on, sa.func.max(DifferenceAnswer.at))
        .join(DifferenceAnswer, DifferenceAnswer.difference_id == DifferenceCase.id)
        .where(
            DifferenceAnswer.answered_on.between(*within),
            DifferenceAnswer.outcome == DifferenceOutcome.CREDIT,
        )
        .group_by(DifferenceCase.agreement_id, DifferenceAnswer.answered_on)
    )
    own = (
        sa.select(Reconciliation.agreement_id, Reconciliation.month, sa.func.max(Reconciliation.at))
        .where(Reconciliation.month.between(first, last), Reconciliation.side == side)
        .group_by(Reconciliation.agreement_id, Reconciliation.month)
    )
    changed: dict[Key, dt.datetime] = {}
    for statement in (shipped, credited):
        for agreement_id, day, at in session().execute(statement):
            key = (agreement_id, Month.of(day))
            changed[key] = max(at, changed.get(key, at))
    for agreement_id, month, at in session().execute(own):
        if (key := (agreement_id, month)) in changed and at >= changed[key]:
            del changed[key]
    return changed
