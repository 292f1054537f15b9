"""The signals of falsified cards (WC-4), from the manufacturer's side only."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from portal.kernel.db import session
from portal.tenants.models import Dealer, Membership, Person
from portal.warranty.models import Card, CardPhoto, CardRisk
from portal.warranty.rules import (
    REGISTERED,
    UNDECIDED,
    CardSeen,
    Risk,
    Surroundings,
    assess_risk,
    normalise_phone,
)

#: Cards sold within this many days of each other are compared.
WINDOW = dt.timedelta(days=400)


def risk_of(card: Card) -> Risk:
    """The signals about one card, judged now."""
    seen = _seen(card.dealer_id, card.sale_date, card.sale_date)
    mine = next((other for other in seen if other.number == card.number), None)
    if mine is None:
        return Risk(0, (), ())
    names, phones = _staff(card.dealer_id)
    return assess_risk(mine, Surroundings(seen, names, phones))


def risks_of_dealer(dealer_id: int) -> dict[int, Risk]:
    """The signals about every undecided card of a dealer, by card id."""
    waiting = {
        number: (card_id, sold)
        for card_id, number, sold in session().execute(
            sa.select(Card.id, Card.number, Card.sale_date).where(
                Card.dealer_id == dealer_id, Card.state.in_(UNDECIDED)
            )
        )
    }
    if not waiting:
        return {}
    days = [sold for _, sold in waiting.values()]
    seen = _seen(dealer_id, min(days), max(days))
    names, phones = _staff(dealer_id)
    around = Surroundings(seen, names, phones)
    return {waiting[card.number][0]: assess_risk(card, around) for card in seen if card.number in waiting}


def stored_risks(card_ids: Iterable[int]) -> dict[int, CardRisk]:
    """What was assessed of these cards, by card id; nothing for anybody but the manufacturer."""
    statement = sa.select(CardRisk).where(CardRisk.card_id.in_(list(card_ids)))
    return {row.card_id: row for row in session().scalars(statement)}


def _seen(dealer_id: int, first: dt.date, last: dt.date) -> Sequence[CardSeen]:
    """The live cards of a dealer sold around these days."""
    cards = (
        session()
        .scalars(
            sa.select(Card).where(
                Card.dealer_id == dealer_id,
                Card.state.in_(REGISTERED),
                # The sale of an exchanged unit is judged once.
                Card.inherited_from_id.is_(None),
                Card.sale_date.between(first - WINDOW, last + WINDOW),
            )
        )
        .all()
    )
    pictures: dict[int, list[int]] = defaultdict(list)
    for card_id, fingerprint in session().execute(
        sa.select(CardPhoto.card_id, CardPhoto.fingerprint)
        .join(Card, Card.id == CardPhoto.card_id)
        .where(Card.dealer_id == dealer_id, Card.sale_date.between(first - WINDOW, last + WINDOW))
    ):
        pictures[card_id].append(int(fingerprint, 16))
    return [
        CardSeen(
            number=card.number,
            serial=card.serial,
            sale_date=card.sale_date,
            filed_on=card.filed_on,
            customer=card.customer,
            phone=card.phone,
            invoice=card.invoice,
            photos=tuple(pictures[card.id]),
        )
        for card in cards
    ]


def _staff(dealer_id: int) -> tuple[frozenset[str], frozenset[str]]:
    """Names and phones of the people at a dealer and its sub-dealers."""
    rows = (
        session()
        .execute(
            sa.select(Person.name, Person.phone)
            .join(Membership, Membership.person_id == Person.id)
            .join(Dealer, Dealer.organisation_id == Membership.organisation_id)
            .where(sa.or_(Dealer.id == dealer_id, Dealer.parent_id == dealer_id))
        )
        .all()
    )
    return frozenset(name for name, _ in rows), frozenset(filter(None, (_kept(phone) for _, phone in rows)))


def _kept(phone: str) -> str | None:
    try:
        return normalise_phone(phone)
    except ValueError:
        return None
