"""Shipping units and confirming their receipt (SH-1)."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.catalogue import queries, steps
from portal.catalogue.models import Delivery, Unit
from portal.catalogue.rules import check_receipt, check_shipment, normalise_serial
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Refused, RuleBroken
from portal.kernel.findings import blocking
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.tenants import queries as tenants


@command(allow=Permission.UNITS_SHIP)
def ship_units(
    actor: Actor,
    dealer_code: str,
    model: str,
    serials: Sequence[str],
    *,
    batch: str = "",
    shipped_on: dt.date,
    delivery_note: str = "",
) -> str:
    """Record units of one model that went to a dealer or sub-dealer. Returns the delivery's number.

    Raises RuleBroken SH-1 for a serial that was shipped before, is listed twice or can't be one, for a day to
    come and a model that is not made any more; AG-1 when the dealer has no active agreement.
    """
    kept = [normalise_serial(serial) for serial in serials]
    if not kept:
        raise RuleBroken("SH-1", T("List at least one serial."), field="serials")
    product = queries.product(model)
    if not product.active:
        raise RuleBroken(
            "SH-1", T("Model {model} is not shipped any more.", model=product.model), field="model"
        )
    known = queries.known_serials(kept)
    today = clock.today(actor.timezone)
    seen: set[str] = set()
    for serial in kept:
        found = check_shipment(
            serial, known=serial in known, shipped_on=shipped_on, today=today, repeated=serial in seen
        )
        if blocks := blocking(found):
            raise Refused(blocks)
        seen.add(serial)
    delivery = steps.open_delivery(
        actor, tenants.dealer(dealer_code), shipped_on=shipped_on, delivery_note=delivery_note
    )
    steps.load(delivery, [(product.id, serial, batch) for serial in kept])
    steps.record_shipment(actor, delivery, len(kept))
    return delivery.number


@command(allow=Permission.UNITS_RECEIVE)
def receive_units(actor: Actor, serials: Sequence[str], *, on: dt.date) -> int:
    """Confirm that units of the dealer or its sub-dealers arrived on a day. Returns how many.

    Raises RuleBroken SH-1 for a serial that is not among the dealer's units, one whose receipt is confirmed
    already, a day before the shipment and a day to come; then none is received.
    """
    kept = dict.fromkeys(normalise_serial(serial) for serial in serials)
    found = queries.units_by_serial(kept)
    for serial in kept:
        if serial not in found:
            raise RuleBroken(
                "SH-1", T("Serial {serial} is not among your units.", serial=serial), field="serials"
            )
    return _receive(actor, list(found.values()), on)


@command(allow=Permission.UNITS_RECEIVE)
def receive_delivery(actor: Actor, number: str, *, on: dt.date) -> int:
    """Confirm the receipt of all units of a delivery that are not received yet. Returns how many."""
    delivery = queries.delivery(number)
    waiting = [unit for unit in queries.units_of_delivery(delivery.id) if unit.received_on is None]
    if not waiting:
        raise RuleBroken("SH-1", T("Everything in delivery {number} is received.", number=number))
    return _receive(actor, waiting, on)


def _receive(actor: Actor, units: Sequence[Unit], on: dt.date) -> int:
    if not units:
        raise RuleBroken("SH-1", T("List at least one serial."), field="serials")
    today = clock.today(actor.timezone)
    for unit in units:
        if unit.received_on is not None:
            raise RuleBroken(
                "SH-1",
                T(
                    "Receipt of serial {serial} was confirmed for {day}.",
                    serial=unit.serial,
                    day=unit.received_on,
                ),
                field="serials",
            )
        if blocks := blocking(check_receipt(unit.shipped_on, on, today)):
            raise Refused(blocks)
    for unit in units:
        unit.received_on = on
    session().flush()
    for delivery_id in sorted({unit.delivery_id for unit in units}):
        of_delivery = [unit for unit in units if unit.delivery_id == delivery_id]
        record(
            Tag.UNITS_RECEIVED,
            actor,
            session().scalars(sa.select(Delivery.number).where(Delivery.id == delivery_id)).one(),
            dealer_id=of_delivery[0].dealer_id,
            point_id=of_delivery[0].point_id,
            units=len(of_delivery),
            received_on=str(on),
        )
    return len(units)
