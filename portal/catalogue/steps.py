"""What shipping consists of: a delivery to a selling point, and units loaded onto it."""

import datetime as dt
from collections.abc import Iterable

from portal.agreements import queries as agreements
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.catalogue.models import Delivery, Unit
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import step
from portal.kernel.db import session
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
