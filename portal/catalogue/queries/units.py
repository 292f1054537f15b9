"""Units and the deliveries that they came with."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import sqlalchemy as sa

from portal.agreements.rules import Terms
from portal.catalogue.models import Delivery, Unit
from portal.catalogue.queries import items
from portal.catalogue.rules import normalise_serial, received_on, warranty_months
from portal.kernel.db import session
from portal.kernel.errors import NotFound, RuleBroken

#: Serials asked for in one statement; databases limit the number of values.
_CHUNK = 500


def unit(serial: str) -> Unit:
    """A unit of the scope by its serial, in any spelling. Raises NotFound."""
    found = find_unit(serial)
    if found is None:
        raise NotFound
    return found


def find_unit(serial: str) -> Unit | None:
    """The same; None when the serial is unknown, belongs to somebody else, or can't be one."""
    try:
        kept = normalise_serial(serial)
    except RuleBroken:
        return None
    return session().scalars(sa.select(Unit).where(Unit.serial == kept)).one_or_none()


def units_by_serial(serials: Iterable[str]) -> dict[str, Unit]:
    """The units of the scope with these serials (as they are kept) that exist, by serial."""
    found: dict[str, Unit] = {}
    for chunk in _chunks(serials):
        found.update(
            (row.serial, row) for row in session().scalars(sa.select(Unit).where(Unit.serial.in_(chunk)))
        )
    return found


def known_serials(serials: Iterable[str]) -> set[str]:
    """Which of these serials (as they are kept) were shipped before."""
    known: set[str] = set()
    for chunk in _chunks(serials):
        known.update(session().scalars(sa.select(Unit.serial).where(Unit.serial.in_(chunk))))
    return known


def _chunks(serials: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(dict.fromkeys(serials))
    while chunk := list(islice(remaining, _CHUNK)):
        yield chunk


def received_day(unit: Unit, terms: Terms) -> dt.date:
    """The day on which a unit counts as received (SH-1); `terms` of its agreement on the day of shipment."""
    return received_on(unit.shipped_on, unit.received_on, terms.deemed_receipt_days)


def warranty_of(unit: Unit, component: str | None = None) -> int:
    """The months of warranty of a unit, or of one of its components (EN-1)."""
    product = items.product_by_id(unit.product_id)
    return warranty_months(product.months, items.component_months(product.id), component)


@dataclass(frozen=True)
class Shipped:
    """A delivery as lists show it."""

    delivery: Delivery
    units: int
    #: Units whose receipt nobody confirmed yet.
    open: int


def delivery(number: str) -> Delivery:
    """A delivery of the scope by its number. Raises NotFound."""
    found = session().scalars(sa.select(Delivery).where(Delivery.number == number)).one_or_none()
    if found is None:
        raise NotFound
    return found


def deliveries(*, open_only: bool = False, point_id: int | None = None) -> list[Shipped]:
    """Deliveries of the scope, newest first, with their units and how many of these are not received yet."""
    counted = sa.func.count(Unit.id)
    waiting = sa.func.count(Unit.id).filter(Unit.received_on.is_(None))
    statement = (
        sa.select(Delivery, counted, waiting)
        .join(Unit, Unit.delivery_id == Delivery.id)
        .group_by(Delivery.id)
        .order_by(Delivery.shipped_on.desc(), Delivery.id.desc())
    )
    if open_only:
        statement = statement.having(waiting > 0)
    if point_id is not None:
        statement = statement.where(Delivery.point_id == point_id)
    return [Shipped(*row) for row in session().execute(statement)]


def units_of_delivery(delivery_id: int) -> Sequence[Unit]:
    """The units of a delivery by serial."""
    return (
        session().scalars(sa.select(Unit).where(Unit.delivery_id == delivery_id).order_by(Unit.serial)).all()
    )
