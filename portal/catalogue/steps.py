"""What shipping consists of; a unit that leaves the field, and one that takes its place (RT-5, RT-9)."""

import datetime as dt
from collections.abc import Iterable

from portal.agreements import queries as agreements
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.catalogue import queries
from portal.catalogue.models import Delivery, Unit
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import step
from portal.kernel.db import session
from portal.kernel.errors import RuleBroken
from portal.kernel.text import T
from portal.tenants.models import Dealer


@step
def open_delivery(actor: Actor, point: Dealer, *, shipped_on: dt.date, delivery_note: str = "") -> Delivery:
    """A new delivery to a dealer or sub-dealer, under the agreement of the one that holds it.

    Raises RuleBroken AG-1 when there is no active agreement.
    """
    agreement = agreements.in_force(point.holder_id)
    delivery = Delivery(
        agreement_id=agreement.id,
        dealer_id=point.holder_id,
        point_id=point.id,
        number=numbering.take("SH", shipped_on.year),
        shipped_on=shipped_on,
        delivery_note=delivery_note,
        person=actor.name,
        at=clock.now(),
    )
    session().add(delivery)
    session().flush()
    return delivery


@step
def load(delivery: Delivery, units: Iterable[tuple[int, str, str]]) -> None:
    """Units of a delivery: (product id, serial as it is kept, batch) each, checked before (SH-1)."""
    session().add_all(
        Unit(
            agreement_id=delivery.agreement_id,
            dealer_id=delivery.dealer_id,
            point_id=delivery.point_id,
            delivery_id=delivery.id,
            product_id=product_id,
            serial=serial,
            batch=batch,
            shipped_on=delivery.shipped_on,
        )
        for product_id, serial, batch in units
    )
    session().flush()


@step
def record_shipment(actor: Actor, delivery: Delivery, units: int) -> None:
    """The fact that so many units were shipped with a delivery."""
    record(
        Tag.UNITS_SHIPPED,
        actor,
        delivery.number,
        dealer_id=delivery.dealer_id,
        point_id=delivery.point_id,
        units=units,
        shipped_on=str(delivery.shipped_on),
        delivery_note=delivery.delivery_note,
    )


@step
def leave_field(unit: Unit, day: dt.date) -> None:
    """The unit is gone for good: exchanged, credited or scrapped (RT-9)."""
    unit.left_field_on = day
    session().flush()


@step
def exchange(unit: Unit, new_serial: str, day: dt.date) -> Unit:
    """A new unit takes the place of `unit`, which leaves the field on `day` (RT-5).

    It takes over selling point, delivery, model, batch, day of shipment and receipt, so that whatever is counted from
    these goes on. `new_serial` is in the spelling that is kept. Raises RuleBroken SH-1 when it was shipped before.
    """
    if queries.known_serials([new_serial]):
        raise RuleBroken(
            "SH-1", T("Serial {serial} was shipped before.", serial=new_serial), field="new_serial"
        )
    leave_field(unit, day)
    handed_over = Unit(
        agreement_id=unit.agreement_id,
        dealer_id=unit.dealer_id,
        point_id=unit.point_id,
        delivery_id=unit.delivery_id,
        product_id=unit.product_id,
        serial=new_serial,
        batch=unit.batch,
        shipped_on=unit.shipped_on,
        received_on=unit.received_on,
        exchanged_from_id=unit.id,
    )
    session().add(handed_over)
    session().flush()
    return handed_over
