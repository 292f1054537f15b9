"""What a unit's coverage depends on, whichever dealer of the manufacturer it was shipped to (RP-12)."""

import datetime as dt
import json

import sqlalchemy as sa

from portal.agreements.models import TermsVersion, parsed
from portal.agreements.rules import TermsVersion as Version
from portal.agreements.rules import terms_in_force
from portal.catalogue import queries as catalogue
from portal.catalogue.models import Unit
from portal.catalogue.rules import received_on
from portal.kernel.across import look_across
from portal.kernel.errors import NotFound
from portal.warranty.models import Card, WarrantyEvent, WarrantyExtension
from portal.warranty.queries.filing import kept_serial
from portal.warranty.rules import (
    IN_FORCE,
    Clock,
    Coverage,
    Event,
    ExtensionState,
    Sale,
    read_clock,
)


def coverage(serial: str, on: dt.date) -> Coverage:
    """The coverage of a unit, under the terms that its agreement had on a day. Raises NotFound.

    The unit may have been shipped to another dealer: nothing of that dealer's customer or money is read. What was
    approved for a unit, and its days out of use, go over to the unit that it was exchanged for (WC-1).
    """
    rows = look_across(
        "coverage",
        sa.select(
            Unit.id,
            Unit.serial,
            Unit.product_id,
            Unit.agreement_id,
            Unit.dealer_id,
            Unit.batch,
            Unit.shipped_on,
            Unit.received_on,
            Unit.left_field_on,
            Unit.exchanged_from_id,
        ).where(Unit.serial == kept_serial(serial)),
    )
    if not rows:
        raise NotFound
    unit = rows[0]
    versions = _versions(unit.agreement_id)
    shipped_under = terms_in_force(versions, unit.shipped_on)
    product = catalogue.product_by_id(unit.product_id)
    serials = _chain(unit.serial, unit.exchanged_from_id)
    clock = _clock(serials, on)
    return Coverage(
        serial=unit.serial,
        model=product.model,
        batch=unit.batch,
        shipped_on=unit.shipped_on,
        received_on=received_on(unit.shipped_on, unit.received_on, shipped_under.deemed_receipt_days),
        months=product.months,
        components=catalogue.component_months(product.id),
        terms=terms_in_force(versions, on),
        sale=_sale(unit.serial),
        left_field_on=unit.left_field_on,
        extension_months=_extension(serials),
        prolonged_days=clock.prolonged_days,
        restarted_on=clock.restarted_on,
        failed_repairs=clock.failed_repairs,
        unit_id=unit.id,
        product_id=unit.product_id,
        agreement_id=unit.agreement_id,
        dealer_id=unit.dealer_id,
    )


def _sale(serial: str) -> Sale | None:
    rows = look_across(
        "coverage",
        sa.select(Card.number, Card.sale_date, Card.late, Card.waived).where(
            Card.serial == serial, Card.state.in_(IN_FORCE)
        ),
    )
    return Sale(*rows[0]) if rows else None


def _chain(serial: str, exchanged_from_id: int | None) -> list[str]:
    """The serial, and those of the units that it took the place of, newest first."""
    serials = [serial]
    while exchanged_from_id is not None:
        statement = sa.select(Unit.serial, Unit.exchanged_from_id).where(Unit.id == exchanged_from_id)
        earlier = look_across("coverage", statement)[0]
        serials.append(earlier.serial)
        exchanged_from_id = earlier.exchanged_from_id
    return serials


def _extension(serials: list[str]) -> int:
    """The months that were granted for these serials (EN-3)."""
    granted = sa.select(sa.func.sum(WarrantyExtension.months)).where(
        WarrantyExtension.serial.in_(serials), WarrantyExtension.state == ExtensionState.GRANTED
    )
    return look_across("coverage", granted)[0][0] or 0


def _clock(serials: list[str], on: dt.date) -> Clock:
    """The clock of these serials on a day (EN-13)."""
    entry = WarrantyEvent
    statement = (
        sa.select(entry.kind, entry.date, entry.document, entry.days, entry.withdrawn)
        .where(entry.serial.in_(serials))
        .order_by(entry.id)
    )
    return read_clock([Event(*row) for row in look_across("coverage", statement)], on)


def _versions(agreement_id: int) -> list[Version]:
    statement = (
        sa.select(TermsVersion.number, TermsVersion.starts, TermsVersion.terms)
        .where(TermsVersion.agreement_id == agreement_id)
        .order_by(TermsVersion.number)
    )
    return [
        Version(number, starts, parsed(json.dumps(terms)))
        for number, starts, terms in look_across("terms", statement)
    ]
