"""Shipments with their lines and receipts."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.parts.models import (
    DifferenceCase,
    PartsLine,
    PartsRequest,
    PartsSubstitute,
    Receipt,
    Reshipment,
    Shipment,
    ShipmentLine,
)
from portal.parts.queries.requests import get
from portal.parts.rules import ARRIVING


@dataclass(frozen=True)
class Sent:
    """One line of a shipment; `receipt` is None until the dealer confirmed it."""

    row: ShipmentLine
    line: PartsLine
    substitute: PartsSubstitute | None
    receipt: Receipt | None
    #: Pieces of its differences, those found after the receipt too.
    differing: int

    @property
    def supplied(self) -> PartsLine | PartsSubstitute:
        """What was sent: the substitute if there is one, else the part that was asked for."""
        return self.substitute or self.line

    @property
    def good(self) -> int:
        """Pieces received in good order; 0 while nobody has counted."""
        return 0 if self.receipt is None else min(self.receipt.pieces, self.row.pieces - self.differing)

    @property
    def missing(self) -> int:
        """Pieces that were sent and not received in good order; 0 while nobody has counted."""
        return 0 if self.receipt is None else self.row.pieces - self.good


@dataclass(frozen=True)
class Parcel:
    """A shipment with its lines."""

    shipment: Shipment
    lines: tuple[Sent, ...]
    #: The number of the difference that it makes good, if it was sent again.
    makes_good: str | None = None

    @property
    def receipt(self) -> Receipt | None:
        """The receipt of its first line: all lines are confirmed together."""
        return self.lines[0].receipt if self.lines else None

    @property
    def missing(self) -> int:
        return sum(line.missing for line in self.lines)


def parcels_of(request_id: int) -> list[Parcel]:
    """The shipments of a request, oldest first."""
    return _parcels(Shipment.request_id == request_id)


def parcel(number: str) -> Parcel:
    """A shipment of the scope by its number. Raises NotFound."""
    found = _parcels(Shipment.number == number)
    if not found:
        raise NotFound
    return found[0]


def parcel_of(request_number: str, number: str) -> Parcel:
    """A shipment of this request. Raises NotFound."""
    found = parcel(number)
    if found.shipment.request_id != get(request_number).id:
        raise NotFound
    return found


def _parcels(wanted: sa.ColumnElement[bool]) -> list[Parcel]:
    differing = (
        sa.select(sa.func.coalesce(sa.func.sum(DifferenceCase.pieces), 0))
        .where(DifferenceCase.shipment_line_id == ShipmentLine.id)
        .correlate(ShipmentLine)
        .scalar_subquery()
    )
    rows = session().execute(
        sa.select(
            Shipment, ShipmentLine, PartsLine, PartsSubstitute, Receipt, differing, Reshipment.difference_id
        )
        .join(ShipmentLine, ShipmentLine.shipment_id == Shipment.id)
        .join(PartsLine, PartsLine.id == ShipmentLine.line_id)
        .outerjoin(PartsSubstitute, PartsSubstitute.line_id == PartsLine.id)
        .outerjoin(Receipt, Receipt.shipment_line_id == ShipmentLine.id)
        .outerjoin(Reshipment, Reshipment.shipment_id == Shipment.id)
        .where(wanted)
        .order_by(Shipment.id, PartsLine.place)
    )
    shipments: dict[int, tuple[Shipment, int | None]] = {}
    lines: dict[int, list[Sent]] = defaultdict(list)
    for shipment, row, line, substitute, receipt, pieces, difference_id in rows:
        shipments[shipment.id] = shipment, difference_id
        lines[shipment.id].append(Sent(row, line, substitute, receipt, int(pieces)))
    numbers = _numbers(case for _, case in shipments.values() if case is not None)
    return [
        Parcel(shipment, tuple(lines[found]), numbers.get(case or 0))
        for found, (shipment, case) in shipments.items()
    ]


def _numbers(difference_ids: Iterable[int]) -> dict[int, str]:
    wanted = list(difference_ids)
    if not wanted:
        return {}
    statement = sa.select(DifferenceCase.id, DifferenceCase.number).where(DifferenceCase.id.in_(wanted))
    return {row.id: row.number for row in session().execute(statement)}


def all_received(request_id: int) -> bool:
    """Whether the dealer confirmed every shipment of a request."""
    open_line = session().scalar(
        sa.select(ShipmentLine.id)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .outerjoin(Receipt, Receipt.shipment_line_id == ShipmentLine.id)
        .where(Shipment.request_id == request_id, Receipt.id.is_(None))
        .limit(1)
    )
    return open_line is None


def to_receive() -> list[tuple[Shipment, str]]:
    """Shipments of the scope whose receipt nobody confirmed yet with their requests' numbers, oldest first."""
    statement = (
        sa.select(Shipment, PartsRequest.number)
        .join(PartsRequest, PartsRequest.id == Shipment.request_id)
        .where(_arriving(), ~_counted().exists())
        .order_by(Shipment.id)
    )
    return [(shipment, number) for shipment, number in session().execute(statement)]


def count_to_receive() -> int:
    """How many those are."""
    statement = (
        sa.select(sa.func.count())
        .select_from(Shipment)
        .join(PartsRequest, PartsRequest.id == Shipment.request_id)
        .where(_arriving(), ~_counted().exists())
    )
    return session().scalar(statement) or 0


def _counted() -> sa.Select[int]:
    return (
        sa.select(Receipt.id)
        .join(ShipmentLine, ShipmentLine.id == Receipt.shipment_line_id)
        .where(ShipmentLine.shipment_id == Shipment.id)
        .correlate(Shipment)
    )


def _arriving() -> sa.ColumnElement[bool]:
    """Something of the request may be on its way; what is sent again comes whatever its state."""
    again = sa.select(Reshipment.id).where(Reshipment.shipment_id == Shipment.id).correlate(Shipment)
    return sa.or_(PartsRequest.state.in_(ARRIVING), again.exists())
