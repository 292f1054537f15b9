"""What a card is judged by at its filing, read once for one card or for a thousand (WC-1 … WC-3)."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.agreements.rules import Terms
from portal.catalogue import queries as catalogue
from portal.catalogue.models import Product, Unit
from portal.catalogue.rules import normalise_serial
from portal.kernel.actor import Actor
from portal.kernel.db import session
from portal.kernel.errors import Forbidden, Refused, RuleBroken
from portal.kernel.findings import Finding, Severity, blocking
from portal.kernel.text import T
from portal.tenants import queries as tenants
from portal.warranty.models import Card
from portal.warranty.rules import REGISTERED, CardDraft, UnitFacts, check_card, check_unit


def kept_serial(text: str) -> str:
    """A serial in the spelling that is kept; what can't be a serial stays as typed and is found nowhere."""
    try:
        return normalise_serial(text)
    except RuleBroken:
        return text.strip()


@dataclass(frozen=True)
class Filing:
    """The agreement, its terms of the day, and the units that cards are filed for."""

    agreement: Agreement
    terms: Terms
    #: The filing point and its sub-dealers.
    points: frozenset[int]
    day: dt.date
    units: Mapping[str, Unit]
    products: Mapping[int, Product]
    #: Serials that have a card waiting or in force.
    registered: frozenset[str]

    def unit(self, serial: str) -> Unit | None:
        """The unit with this serial, in any spelling, if the filing dealer may see it."""
        return self.units.get(kept_serial(serial))

    def product(self, unit: Unit) -> Product:
        return self.products[unit.product_id]

    def facts(self, serial: str) -> UnitFacts | None:
        """What the rules look at."""
        unit = self.unit(serial)
        if unit is None:
            return None
        return UnitFacts(
            model=self.product(unit).model,
            shipped_on=unit.shipped_on,
            received_on=catalogue.received_day(unit, self.terms),
            point_id=unit.point_id,
            registered=unit.serial in self.registered,
            left_field=unit.left_field,
        )

    def check_unit(self, serial: str) -> list[Finding]:
        """The findings about a unit before anything else is known of the card."""
        return check_unit(kept_serial(serial), self.facts(serial), points=self.points)

    def check(self, draft: CardDraft) -> list[Finding]:
        """Every finding about a draft, in the rules' order."""
        return check_card(
            replace(draft, serial=kept_serial(draft.serial)),
            self.facts(draft.serial),
            points=self.points,
            span=self.agreement.span,
            terms=self.terms,
            today=self.day,
        )

    def check_rows(self, rows: Sequence[CardDraft]) -> list[list[Finding]]:
        """The findings about each of many drafts, with their line (from 1); a serial counts once (WC-6)."""
        seen: set[str] = set()
        judged = []
        for line, row in enumerate(rows, 1):
            found = self.check(row)
            serial = kept_serial(row.serial)
            if serial in seen:
                text = T("Serial {serial} stands in this file twice.", serial=serial)
                found.append(Finding("WC-1", Severity.BLOCKS, text, field="serial"))
            if not blocking(found):
                seen.add(serial)
            judged.append([replace(finding, line=line) for finding in found])
        return judged


def fileable(filing: Filing, draft: CardDraft) -> list[Finding]:
    """The findings about a draft that may be filed. Raises Refused with everything that blocks it."""
    found = filing.check(draft)
    if blocks := blocking(found):
        raise Refused(blocks)
    return found


def filing(actor: Actor, serials: Iterable[str], day: dt.date) -> Filing:
    """What cards that a dealer's person files on `day` are judged by. RuleBroken AG-1 without an active agreement."""
    if actor.dealer_id is None:
        raise Forbidden
    own = [actor.point_id] if actor.point_id else [dealer.id for dealer in tenants.dealers()]
    return _read(agreements.in_force(actor.dealer_id), frozenset(own), serials, day, but=None)


def filing_of(card: Card, serial: str | None = None) -> Filing:
    """What a filed card is judged by: the day of its first filing and the terms of that day.

    `serial`: the one that a dealer corrects it to.
    """
    wanted = [card.serial] if serial is None else [card.serial, serial]
    agreement = agreements.by_id(card.agreement_id)
    return _read(agreement, tenants.points_of(card.dealer_id), wanted, card.filed_on, but=card)


def _read(
    agreement: Agreement, points: frozenset[int], serials: Iterable[str], day: dt.date, *, but: Card | None
) -> Filing:
    units = catalogue.units_by_serial(kept_serial(serial) for serial in serials)
    return Filing(
        agreement=agreement,
        terms=agreements.terms_on(agreement.id, day),
        points=points,
        day=day,
        units=units,
        products=catalogue.products_by_id(),
        registered=registered_serials(units, but=but),
    )


def registered_serials(serials: Iterable[str], *, but: Card | None = None) -> frozenset[str]:
    """Which of these serials (as they are kept) have a card waiting or in force, other than `but`."""
    wanted = list(serials)
    found: set[str] = set()
    for start in range(0, len(wanted), 500):
        statement = sa.select(Card.serial).where(
            Card.serial.in_(wanted[start : start + 500]), Card.state.in_(REGISTERED)
        )
        if but is not None:
            statement = statement.where(Card.id != but.id)
        found.update(session().scalars(statement))
    return frozenset(found)
