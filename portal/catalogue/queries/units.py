"""Units and the deliveries that they came with."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.agreements.rules import Terms, terms_in_force
from portal.catalogue.models import Delivery, Product, Unit
from portal.catalogue.queries import items
from portal.catalogue.rules import normalise_serial, received_on, warranty_months
from portal.kernel.db import session
from portal.kernel.errors import NotFound, RuleBroken
from portal.tenants.models import Dealer

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


def exchange_chain(unit: Unit) -> list[Unit]:
    """The units that this one took the place of, the first one first, itself last (RT-9)."""
    chain = [unit]
    while (earlier := chain[0].exchanged_from_id) is not None:
        chain.insert(0, session().scalars(sa.select(Unit).where(Unit.id == earlier)).one())
    return chain


def exchanged_for(unit: Unit) -> Unit | None:
    """The unit that took the place of this one, if it was exchanged."""
    return session().scalars(sa.select(Unit).where(Unit.exchanged_from_id == unit.id)).one_or_none()


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


def delivery(number: str) -> Delivery:
    """A delivery of the scope by its number. Raises NotFound."""
    found = session().scalars(sa.select(Delivery).where(Delivery.number == number)).one_or_none()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Load:
    """How many units came with a delivery, and how many of them are not received yet."""

    units: int
    waiting: int


def loads(delivery_ids: Iterable[int]) -> dict[int, Load]:
    """Delivery → its load; a unit handed over in exchange later did not come with it."""
    statement = (
        sa.select(
            Unit.delivery_id,
            sa.func.count(Unit.id),
            sa.func.count(Unit.id).filter(Unit.received_on.is_(None)),
        )
        .where(Unit.delivery_id.in_(list(delivery_ids)), Unit.exchanged_from_id.is_(None))
        .group_by(Unit.delivery_id)
    )
    return {row[0]: Load(row[1], row[2]) for row in session().execute(statement)}


def delivery_by_id(delivery_id: int) -> Delivery:
    """A delivery of the scope. Raises NotFound."""
    found = session().scalars(sa.select(Delivery).where(Delivery.id == delivery_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def deliveries(
    *, open_only: bool = False, point_id: int | None = None, since: dt.date | None = None, text: str = ""
) -> sa.Select[Delivery, Dealer]:
    """Deliveries of the scope with their dealers, newest first; `open_only`: some units are not received yet.

    `since`: shipped on that day or later; `text` is a part of the number, or of the delivery note.
    """
    statement = (
        sa.select(Delivery, Dealer)
        .join(Dealer, Dealer.id == Delivery.point_id)
        .order_by(Delivery.shipped_on.desc(), Delivery.id.desc())
    )
    if open_only:
        open_units = sa.select(Unit.id).where(Unit.delivery_id == Delivery.id, Unit.received_on.is_(None))
        statement = statement.where(open_units.exists())
    if point_id is not None:
        statement = statement.where(Delivery.point_id == point_id)
    if since is not None:
        statement = statement.where(Delivery.shipped_on >= since)
    if text:
        columns = (Delivery.number, Delivery.delivery_note)
        statement = statement.where(sa.or_(*(column.icontains(text, autoescape=True) for column in columns)))
    return statement


def units_of_delivery(delivery_id: int) -> Sequence[Unit]:
    """The units of a delivery by serial."""
    statement = sa.select(Unit).where(Unit.delivery_id == delivery_id, Unit.exchanged_from_id.is_(None))
    return session().scalars(statement.order_by(Unit.serial)).all()


def units(
    *,
    received: bool | None = None,
    product_id: int | None = None,
    point_id: int | None = None,
    delivery_id: int | None = None,
    text: str = "",
) -> sa.Select[Unit, Product, Dealer, str]:
    """Units of the scope with product, selling point and delivery number, last shipped first.

    `text` is the beginning of a serial, a batch, or a delivery note.
    """
    statement = (
        sa.select(Unit, Product, Dealer, Delivery.number)
        .join(Product, Product.id == Unit.product_id)
        .join(Dealer, Dealer.id == Unit.point_id)
        .join(Delivery, Delivery.id == Unit.delivery_id)
        .order_by(Unit.shipped_on.desc(), Unit.id.desc())
    )
    if received is not None:
        statement = statement.where(Unit.received_on.is_not(None) if received else Unit.received_on.is_(None))
    for column, value in (
        (Unit.product_id, product_id),
        (Unit.point_id, point_id),
        (Unit.delivery_id, delivery_id),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if text:
        starts = Unit.serial.startswith(text.strip().upper(), autoescape=True)
        statement = statement.where(
            sa.or_(starts, Unit.batch == text.strip(), Delivery.delivery_note == text.strip())
        )
    return statement


def rows_of_units(limit: int, **chosen: Any) -> Sequence[Any]:
    """The rows of `units` for an export, at most `limit`."""
    return session().execute(units(**chosen).limit(limit)).all()


@dataclass(frozen=True)
class Expected:
    """A delivery that the dealer has not confirmed, while it may still say another day than the agreed one."""

    number: str
    shipped_on: dt.date
    units: int
    #: The day on which it counts as received.
    deemed_on: dt.date


def expected(dealer_id: int, today: dt.date) -> list[Expected]:
    """The deliveries to a dealer and its sub-dealers that wait to be confirmed, the most urgent first (SH-1)."""
    found: list[Expected] = []
    for agreement in agreements.of_dealer(dealer_id):
        days = agreements.terms_on(agreement.id, today).deemed_receipt_days
        since = today - dt.timedelta(days=days)
        statement = deliveries(open_only=True, since=since).where(Delivery.agreement_id == agreement.id)
        waiting = [row for row, _dealer in session().execute(statement)]
        counted = loads(row.id for row in waiting)
        found += [
            Expected(
                row.number, row.shipped_on, counted[row.id].waiting, received_on(row.shipped_on, None, days)
            )
            for row in waiting
        ]
    return sorted(found, key=lambda one: (one.deemed_on, one.number))


def deemed_on(delivery: Delivery) -> dt.date:
    """The day on which units of a delivery count as received unless the dealer confirms another one."""
    terms = agreements.terms_on(delivery.agreement_id, delivery.shipped_on)
    return received_on(delivery.shipped_on, None, terms.deemed_receipt_days)


def deemed_days(units: Iterable[Unit]) -> dict[int, dt.date]:
    """Unit → the day on which it is or counts as received, by the terms that ruled its shipment."""
    listed = list(units)
    versions = agreements.versions_of({unit.agreement_id for unit in listed})
    return {
        unit.id: received_day(unit, terms_in_force(versions[unit.agreement_id], unit.shipped_on))
        for unit in listed
    }
