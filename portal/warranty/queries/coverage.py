"""What a unit's coverage depends on, whichever dealer of the manufacturer it was shipped to (RP-12)."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

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
    Coverage,
    Event,
    ExtensionState,
    Sale,
    read_clock,
)

#: Serials asked for in one statement; databases limit the number of values.
_CHUNK = 500


def coverage(serial: str, on: dt.date) -> Coverage:
    """The coverage of a unit, under the terms that its agreement had on a day. Raises NotFound.

    The unit may have been shipped to another dealer: nothing of that dealer's customer or money is read. What was
    approved for a unit, and its days out of use, go over to the unit that it was exchanged for (WC-1). The end of the
    agreement ends no unit's coverage (EN-10).
    """
    found = coverages([serial], on)
    if not found:
        raise NotFound
    return found[kept_serial(serial)]


def coverages(serials: Iterable[str], on: dt.date) -> dict[str, Coverage]:
    """The same for many units, by serial as it is kept; serials that were never shipped are left out."""
    found: dict[str, Coverage] = {}
    versions: dict[int, list[Version]] = {}
    remaining = iter(dict.fromkeys(map(kept_serial, serials)))
    while chunk := list(islice(remaining, _CHUNK)):
        units = _units(chunk)
        versions |= _versions({unit.agreement_id for unit in units} - versions.keys())
        found |= _covered(units, versions, on)
    return found


def _covered(
    units: list[Any], versions: Mapping[int, list[Version]], on: dt.date
) -> Iterator[tuple[str, Coverage]]:
    products = catalogue.products_by_id()
    components = {key: catalogue.component_months(key) for key in {unit.product_id for unit in units}}
    chains = {unit.serial: _chain(unit.serial, unit.exchanged_from_id) for unit in units}
    everything = [serial for chain in chains.values() for serial in chain]
    sales, granted, events = _sales(list(chains)), _granted(everything), _events(everything)
    for unit in units:
        known = versions[unit.agreement_id]
        shipped_under = terms_in_force(known, unit.shipped_on)
        clock = read_clock((event for serial in chains[unit.serial] for event in events[serial]), on)
        yield (
            unit.serial,
            Coverage(
                serial=unit.serial,
                model=products[unit.product_id].model,
                batch=unit.batch,
                shipped_on=unit.shipped_on,
                received_on=received_on(unit.shipped_on, unit.received_on, shipped_under.deemed_receipt_days),
                months=products[unit.product_id].months,
                components=components[unit.product_id],
                terms=terms_in_force(known, on),
                sale=sales.get(unit.serial),
                left_field_on=unit.left_field_on,
                extension_months=sum(granted.get(serial, 0) for serial in chains[unit.serial]),
                prolonged_days=clock.prolonged_days,
                restarted_on=clock.restarted_on,
                failed_repairs=clock.failed_repairs,
                unit_id=unit.id,
                product_id=unit.product_id,
                agreement_id=unit.agreement_id,
                dealer_id=unit.dealer_id,
            ),
        )


def _units(serials: list[str]) -> list[Any]:
    """The units with these serials, whoever has them."""
    statement = sa.select(
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
    ).where(Unit.serial.in_(serials))
    return list(look_across("coverage", statement))


def _chain(serial: str, exchanged_from_id: int | None) -> list[str]:
    """The serial, and those of the units that it took the place of, newest first; exchanges are rare."""
    serials = [serial]
    while exchanged_from_id is not None:
        statement = sa.select(Unit.serial, Unit.exchanged_from_id).where(Unit.id == exchanged_from_id)
        earlier = look_across("coverage", statement)[0]
        serials.append(earlier.serial)
        exchanged_from_id = earlier.exchanged_from_id
    return serials


def _sales(serials: list[str]) -> dict[str, Sale]:
    """What the cards in force say (WC-1: one for a serial)."""
    statement = sa.select(Card.serial, Card.number, Card.sale_date, Card.late, Card.waived).where(
        Card.serial.in_(serials), Card.state.in_(IN_FORCE)
    )
    return {serial: Sale(*rest) for serial, *rest in look_across("coverage", statement)}


def _granted(serials: list[str]) -> dict[str, int]:
    """The months that were granted for these serials (EN-3)."""
    statement = (
        sa.select(WarrantyExtension.serial, sa.func.sum(WarrantyExtension.months))
        .where(WarrantyExtension.serial.in_(serials), WarrantyExtension.state == ExtensionState.GRANTED)
        .group_by(WarrantyExtension.serial)
    )
    return {row[0]: row[1] for row in look_across("coverage", statement)}


def _events(serials: list[str]) -> dict[str, list[Event]]:
    """The entries of the clocks of these serials, as they were written (EN-13)."""
    entry = WarrantyEvent
    statement = (
        sa.select(entry.serial, entry.kind, entry.date, entry.document, entry.days, entry.withdrawn)
        .where(entry.serial.in_(serials))
        .order_by(entry.id)
    )
    found: dict[str, list[Event]] = defaultdict(list)
    for serial, *rest in look_across("coverage", statement):
        found[serial].append(Event(*rest))
    return found


def _versions(agreement_ids: set[int]) -> dict[int, list[Version]]:
    """The terms of these agreements, oldest first."""
    statement = (
        sa.select(TermsVersion.agreement_id, TermsVersion.number, TermsVersion.starts, TermsVersion.terms)
        .where(TermsVersion.agreement_id.in_(agreement_ids))
        .order_by(TermsVersion.number)
    )
    found: dict[int, list[Version]] = defaultdict(list)
    for agreement_id, number, starts, terms in look_across("terms", statement):
        found[agreement_id].append(Version(number, starts, parsed(json.dumps(terms))))
    return found
