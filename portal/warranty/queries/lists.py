"""Lists of cards for both sides, and the review queue with what only the manufacturer sees."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.agreements import queries as agreements
from portal.agreements.rules import terms_of_quarter
from portal.kernel.crypto import search_hash
from portal.kernel.db import session
from portal.kernel.money import ZERO
from portal.kernel.period import Quarter
from portal.ledger.models import Entry
from portal.tenants.models import Dealer
from portal.warranty.models import Card, CardRisk
from portal.warranty.queries.cards import fee_source
from portal.warranty.queries.filing import kept_serial
from portal.warranty.rules import FLAGGED, UNDECIDED, CardState, normalise_phone


class Sort(StrEnum):
    """Orders of the review queue."""

    WAITING = "waiting"
    RISK = "risk"


class Signals(StrEnum):
    """What the review queue is narrowed to."""

    FLAGGED = "flagged"
    CLEAR = "clear"


@dataclass(frozen=True)
class CardFilter:
    """What a list is narrowed to; everything left out means all."""

    states: Collection[CardState] = ()
    point_id: int | None = None
    model: str = ""
    #: Number, serial, invoice, a whole phone number or its last four digits.
    text: str = ""
    signals: Signals | None = None
    #: Cards that waited at this instant already: what somebody saw who ticks "all".
    waiting_at: dt.datetime | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        found: list[sa.ColumnElement[bool]] = []
        if self.states:
            found.append(Card.state.in_(self.states))
        if self.point_id is not None:
            found.append(sa.or_(Card.point_id == self.point_id, Card.dealer_id == self.point_id))
        if self.model:
            found.append(Card.model == self.model)
        if self.text:
            found.append(_matches(self.text))
        if self.waiting_at is not None:
            found.append(Card.waiting_since <= self.waiting_at)
        if self.signals is Signals.FLAGGED:
            found.append(CardRisk.score >= FLAGGED)
        elif self.signals is Signals.CLEAR:
            found.append(sa.func.coalesce(CardRisk.score, 0) < FLAGGED)
        return found


def _matches(text: str) -> sa.ColumnElement[bool]:
    serial = kept_serial(text)
    found = [
        Card.number == text.upper(),
        Card.serial.startswith(serial, autoescape=True),
        Card.invoice == text,
    ]
    if len(text) == 4 and text.isascii() and text.isdigit():
        found.append(Card.phone_last4 == text)
    with suppress(ValueError):
        found.append(Card.phone_hash == search_hash(normalise_phone(text)))
    return sa.or_(*found)


def listing(chosen: CardFilter) -> sa.Select[Card, Dealer]:
    """Cards with their selling points, the last filed first."""
    return (
        sa.select(Card, Dealer)
        .join(Dealer, Dealer.id == Card.point_id)
        .where(*chosen.conditions())
        .order_by(Card.filed_at.desc(), Card.id.desc())
    )


def first(statement: sa.Select[Card, Dealer], limit: int) -> list[tuple[Card, Dealer]]:
    """The first rows of a list, for an export."""
    return [(card, point) for card, point in session().execute(statement.limit(limit))]


def queue(chosen: CardFilter, sort: Sort) -> sa.Select[Card, Dealer, CardRisk]:
    """Cards with selling point and stored risk (None while it is not assessed), for the manufacturer's reviewer."""
    statement = (
        sa.select(Card, Dealer, CardRisk)
        .join(Dealer, Dealer.id == Card.point_id)
        .outerjoin(CardRisk, CardRisk.card_id == Card.id)
        .where(*chosen.conditions())
    )
    waiting = (Card.waiting_since, Card.id)
    if sort is Sort.RISK:
        return statement.order_by(sa.func.coalesce(CardRisk.score, 0).desc(), *waiting)
    return statement.order_by(*waiting)


def numbers(chosen: CardFilter, sort: Sort, *, limit: int) -> list[str]:
    """The numbers of the first `limit` cards of the queue."""
    return [row.Card.number for row in session().execute(queue(chosen, sort).limit(limit))]


def by_numbers(wanted: Iterable[str]) -> list[tuple[Card, Dealer, CardRisk | None]]:
    """These cards of the scope, the longest waiting first; unknown numbers are left out."""
    statement = queue(CardFilter(), Sort.WAITING).where(Card.number.in_(list(wanted)))
    return [(card, point, risk) for card, point, risk in session().execute(statement)]


def counts(chosen: CardFilter | None = None) -> dict[CardState, int]:
    """How many cards there are in each state, within what `chosen` narrows to."""
    conditions = chosen.conditions() if chosen else []
    statement = sa.select(Card.state, sa.func.count(Card.id)).group_by(Card.state)
    if chosen and chosen.signals:
        statement = statement.outerjoin(CardRisk, CardRisk.card_id == Card.id)
    return {row[0]: row[1] for row in session().execute(statement.where(*conditions))}


def count(*states: CardState) -> int:
    """How many cards are in one of these states."""
    return session().scalar(sa.select(sa.func.count(Card.id)).where(Card.state.in_(states))) or 0


def waiting_longest() -> dt.datetime | None:
    """Since when the card waits that waits longest for the reviewer."""
    return session().scalar(
        sa.select(sa.func.min(Card.waiting_since)).where(Card.state == CardState.SUBMITTED)
    )


def waiting_before(instant: dt.datetime) -> int:
    """How many cards have waited for the reviewer since before an instant."""
    statement = sa.select(sa.func.count(Card.id)).where(
        Card.state == CardState.SUBMITTED, Card.waiting_since < instant
    )
    return session().scalar(statement) or 0


def oldest_of_dealer(state: CardState) -> Sequence[Card]:
    """Cards in a state, those decided longest ago first; at most ten, for the home page."""
    statement = sa.select(Card).where(Card.state == state).order_by(Card.decided_on, Card.id).limit(10)
    return session().scalars(statement).all()


def fees(cards: Iterable[Card]) -> dict[int, Decimal]:
    """What an acceptance would grant for each of these cards, by card id (ST-1)."""
    wanted = list(cards)
    earned = _earned(card.serial for card in wanted)
    rates = _rates((card.agreement_id, Quarter.of(card.filed_on)) for card in wanted)
    return {
        card.id: ZERO
        if card.late or card.serial in earned
        else rates[card.agreement_id, Quarter.of(card.filed_on)]
        for card in wanted
    }


def fee_total(chosen: CardFilter) -> Decimal:
    """What accepting all undecided cards within `chosen` would grant."""
    paying = (Card.late.is_(False), Card.state.in_(UNDECIDED), *chosen.conditions())
    count: sa.Select[Any, Any, Any] = sa.select(
        Card.agreement_id, Card.filed_on, sa.func.count(Card.id)
    ).where(*paying)
    # Only a serial whose earlier card was made void can have earned its fee.
    earlier = aliased(Card)
    again: sa.Select[Any, Any, Any] = (
        sa.select(Card.agreement_id, Card.filed_on, Card.serial)
        .where(*paying)
        .where(sa.exists().where(earlier.unit_id == Card.unit_id, earlier.state == CardState.VOID))
    )
    if chosen.signals:
        count = count.outerjoin(CardRisk, CardRisk.card_id == Card.id)
        again = again.outerjoin(CardRisk, CardRisk.card_id == Card.id)
    cards: Counter[tuple[int, Quarter]] = Counter()
    for agreement_id, day, number in session().execute(count.group_by(Card.agreement_id, Card.filed_on)):
        cards[agreement_id, Quarter.of(day)] += number
    filed_again = session().execute(again).all()
    earned = _earned(serial for _, _, serial in filed_again)
    cards.subtract((place, Quarter.of(day)) for place, day, serial in filed_again if serial in earned)
    rates = _rates(cards)
    return sum((rates[place] * number for place, number in cards.items()), ZERO)


def _earned(serials: Iterable[str]) -> set[str]:
    """Which of these serials have earned their fee (ST-1: once per serial, ever)."""
    sources = {fee_source(serial): serial for serial in serials}
    known = session().scalars(sa.select(Entry.source).where(Entry.source.in_(list(sources))))
    return {sources[source] for source in known}


def _rates(places: Iterable[tuple[int, Quarter]]) -> dict[tuple[int, Quarter], Decimal]:
    """The fee of one card under each agreement in each quarter."""
    wanted = set(places)
    versions = agreements.versions_of({agreement_id for agreement_id, _ in wanted})
    return {
        (agreement_id, quarter): terms_of_quarter(versions[agreement_id], quarter).card_fee
        for agreement_id, quarter in wanted
    }
