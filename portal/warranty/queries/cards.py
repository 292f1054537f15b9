"""Reading cards: one by its number or unit, and the counts that other modules need."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import undefer

from portal.agreements import queries as agreements
from portal.catalogue import queries as catalogue
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.findings import Finding
from portal.kernel.money import ZERO
from portal.kernel.period import Month, Quarter
from portal.ledger.models import Entry, Line
from portal.ledger.rules import Account
from portal.warranty.models import Card, CardDecision, CardPhoto
from portal.warranty.queries.filing import filing_of, kept_serial
from portal.warranty.rules import REGISTERED, UNDECIDED, CardDraft, CardState, local_digits


def get(number: str) -> Card:
    """A card of the scope by its number. Raises NotFound."""
    found = session().scalars(sa.select(Card).where(Card.number == number)).one_or_none()
    if found is None:
        raise NotFound
    return found


def filed_from(draft_id: int) -> list[str]:
    """The numbers of the cards that were filed from a draft. Raises NotFound when there are none."""
    found = list(session().scalars(sa.select(Card.number).where(Card.draft_id == draft_id).order_by(Card.id)))
    if not found:
        raise NotFound
    return found


def live_card(serial: str) -> Card | None:
    """The card of a serial that waits for a decision or is in force (WC-1: there is at most one)."""
    statement = sa.select(Card).where(Card.serial == kept_serial(serial), Card.state.in_(REGISTERED))
    return session().scalars(statement).one_or_none()


def card_of_unit(serial: str) -> Card | None:
    """The live card of a serial, else the last one that was filed for it."""
    live = live_card(serial)
    if live is not None:
        return live
    statement = sa.select(Card).where(Card.serial == kept_serial(serial)).order_by(Card.id.desc()).limit(1)
    return session().scalars(statement).one_or_none()


def cards_of_unit(unit_id: int) -> Sequence[Card]:
    """Every card that was filed for a unit, newest first."""
    return session().scalars(sa.select(Card).where(Card.unit_id == unit_id).order_by(Card.id.desc())).all()


def serials(numbers: Iterable[str]) -> dict[str, str]:
    """The serials of cards by their numbers; numbers that are none are left out."""
    rows = session().execute(sa.select(Card.number, Card.serial).where(Card.number.in_(list(numbers))))
    return {row.number: row.serial for row in rows}


def draft_of(card: Card) -> CardDraft:
    """What the dealer wrote on a card."""
    return CardDraft(
        serial=card.serial,
        sale_date=card.sale_date,
        customer=card.customer,
        phone=local_digits(card.phone),
        invoice=card.invoice,
        point_id=card.point_id,
        address=card.address,
    )


def findings_of(card: Card) -> list[Finding]:
    """The findings that the dealer saw at filing, judged again by the facts of now (FD-2)."""
    return filing_of(card).check(draft_of(card))


def photos(card_id: int) -> Sequence[CardPhoto]:
    """A card's photos without their content."""
    return (
        session()
        .scalars(sa.select(CardPhoto).where(CardPhoto.card_id == card_id).order_by(CardPhoto.id))
        .all()
    )


def photo(number: str, photo_id: int) -> CardPhoto:
    """One photo of a card with its content. Raises NotFound."""
    found = (
        session()
        .scalars(
            sa.select(CardPhoto)
            .join(Card, Card.id == CardPhoto.card_id)
            .where(Card.number == number, CardPhoto.id == photo_id)
            .options(undefer(CardPhoto.content))
        )
        .one_or_none()
    )
    if found is None:
        raise NotFound
    return found


def decisions(card_id: int) -> Sequence[CardDecision]:
    """What the manufacturer decided about a card, oldest first."""
    statement = sa.select(CardDecision).where(CardDecision.card_id == card_id).order_by(CardDecision.id)
    return session().scalars(statement).all()


def fee_source(serial: str) -> str:
    """The ledger's source of a serial's fee: one per serial, ever (ST-1)."""
    return f"card-fee:{serial}"


def fee_entry(serial: str) -> Entry | None:
    """The posting of a serial's fee, whichever card earned it."""
    return session().scalars(sa.select(Entry).where(Entry.source == fee_source(serial))).one_or_none()


def fee_posted(entry: Entry) -> Decimal:
    """The amount of a posted fee."""
    statement = sa.select(Line.amount).where(Line.entry_id == entry.id, Line.account == Account.FUND)
    return session().scalars(statement).one()


def fee_earned(card: Card) -> Decimal:
    """What this card has earned, whatever became of it later."""
    entry = fee_entry(card.serial)
    return fee_posted(entry) if entry is not None and entry.document == card.number else ZERO


def fee_of(card: Card) -> Decimal:
    """What an acceptance of this card grants: the fee of the quarter of its filing (ST-1), or nothing.

    Nothing for a late card, for a card whose unit was credited, and for a serial that has earned its fee, itself or by
    the unit in whose place it was handed over.
    """
    if card.late or card.ended_on is not None or _has_earned(card):
        return ZERO
    return agreements.terms_for(card.agreement_id, Quarter.of(card.filed_on)).card_fee


def _has_earned(card: Card) -> bool:
    """Whether the serial of a card, or one that it took the place of, had its fee: there is no second (ST-1)."""
    chain = catalogue.exchange_chain(catalogue.unit(card.serial))
    return any(fee_entry(unit.serial) is not None for unit in chain)


def fee_taken_back(serial: str) -> bool:
    """Whether the fee of a serial was taken back, by a void or by a credit."""
    beginning = f"{fee_source(serial)}:"
    found = sa.select(Entry.id).where(Entry.source.startswith(beginning, autoescape=True)).limit(1)
    return session().scalar(found) is not None


def cards_undecided(agreement_id: int, quarter: Quarter) -> int:
    """Cards filed in the quarter that still wait for the reviewer or the dealer; they hold a settlement (ST-4)."""
    return undecided_by_agreement([agreement_id], quarter).get(agreement_id, 0)


def undecided_by_agreement(agreement_ids: Iterable[int], quarter: Quarter) -> dict[int, int]:
    """The same for several agreements at once; those without such cards are left out."""
    statement = sa.select(Card.agreement_id, sa.func.count(Card.id)).where(
        Card.agreement_id.in_(list(agreement_ids)),
        Card.filed_on.between(quarter.first, quarter.last),
        Card.state.in_(UNDECIDED),
    )
    return dict(session().execute(statement.group_by(Card.agreement_id)).all())


@dataclass(frozen=True)
class MonthCards:
    """The cards filed in one month, by what has become of them; `filed` is their sum. Inherited ones were not filed."""

    filed: int = 0
    undecided: int = 0
    accepted: int = 0
    #: Accepted, but filed late.
    late: int = 0
    rejected: int = 0
    void: int = 0
    withdrawn: int = 0


_COLUMNS = {
    CardState.SUBMITTED: "undecided",
    CardState.SENT_BACK: "undecided",
    CardState.ACCEPTED: "accepted",
    CardState.ACCEPTED_LATE: "late",
    CardState.REJECTED: "rejected",
    CardState.VOID: "void",
    CardState.WITHDRAWN: "withdrawn",
}


def cards_in(agreement_id: int, month: Month) -> MonthCards:
    """The cards filed in a month under an agreement; what the monthly forms count (MF-1)."""
    counted = {"filed": 0, **dict.fromkeys(_COLUMNS.values(), 0)}
    for state, count in _by_state(agreement_id, month.first, month.last):
        counted["filed"] += count
        counted[_COLUMNS[state]] += count
    return MonthCards(**counted)


def _by_state(agreement_id: int, first: dt.date, last: dt.date) -> list[tuple[CardState, int]]:
    rows = session().execute(
        sa.select(Card.state, sa.func.count(Card.id))
        .where(
            Card.agreement_id == agreement_id,
            Card.filed_on.between(first, last),
            Card.inherited_from_id.is_(None),
        )
        .group_by(Card.state)
    )
    return [(state, count) for state, count in rows]
