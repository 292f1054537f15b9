"""Signals of falsified cards for the manufacturer's reviewer (WC-4); dealers never see them (TN-2).

Each signal is a pure function of the card and the dealer's other cards; it is silent or says what it found,
with the cards behind it. A card's score is the sum of the weights, at most 100; the queue is sorted by it.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from portal.kernel.findings import Evidence, Finding, Severity
from portal.kernel.period import Quarter
from portal.kernel.text import T


class Signal(StrEnum):
    """What may be wrong; ordered by weight."""

    PHOTO_REUSED = "photo_reused"
    CUSTOMER_IS_STAFF = "customer_is_staff"
    RETURNED_AFTER_SALE = "returned_after_sale"
    SAME_PHONE = "same_phone"
    SAME_INVOICE = "same_invoice"
    SERIAL_RUN = "serial_run"
    SAME_DAY = "same_day"
    QUARTER_BURST = "quarter_burst"


#: What each signal adds to the score.
WEIGHTS = MappingProxyType(
    {
        Signal.PHOTO_REUSED: 50,
        Signal.CUSTOMER_IS_STAFF: 40,
        Signal.RETURNED_AFTER_SALE: 30,
        Signal.SAME_PHONE: 30,
        Signal.SAME_INVOICE: 25,
        Signal.SERIAL_RUN: 20,
        Signal.SAME_DAY: 15,
        Signal.QUARTER_BURST: 10,
    }
)

#: Score from which a card is not accepted in bulk: somebody opens it first.
FLAGGED = 25
#: Cards with one phone, this one included, from which it is suspicious.
PHONE_CARDS = 3
#: Cards with one invoice but another customer's phone, from which it is suspicious.
INVOICE_OTHERS = 2
#: Units on one invoice of one customer beyond which even that is suspicious.
INVOICE_UNITS = 10
#: Cards of one sale day, the days before and after that they are compared with, and their least share.
DAY_CARDS, DAY_SPAN, DAY_SHARE = 5, 15, 0.5
#: Cards filed in the last days of a quarter, and their least share of the quarter's cards.
BURST_CARDS, BURST_DAYS, BURST_SHARE = 5, 5, 0.5
#: Serials in an unbroken run, sold within this many days of each other.
RUN_CARDS, RUN_SPAN = 5, 3
#: Days between sale and return within which a return says something about the sale.
RETURN_DAYS = 15
#: Bits of 64 by which two photos may differ and still be the same picture.
PHOTO_BITS = 6
#: Cards named as evidence of one signal.
SHOWN = 5


@dataclass(frozen=True)
class CardSeen:
    """A card as the signals look at it; live ones only (neither rejected nor void)."""

    number: str
    serial: str
    sale_date: dt.date
    filed_on: dt.date
    customer: str
    #: As kept (`normalise_phone`).
    phone: str
    invoice: str
    #: 64-bit perceptual hashes of its photos.
    photos: tuple[int, ...] = ()


@dataclass(frozen=True)
class Surroundings:
    """What a card is compared with: all of one dealer."""

    others: Sequence[CardSeen] = ()
    staff_names: frozenset[str] = frozenset()
    staff_phones: frozenset[str] = frozenset()
    #: The day on which the unit was reported for return, if it was.
    returned_on: dt.date | None = None


@dataclass(frozen=True)
class Risk:
    """The reviewer's view: 0–100 and what it is made of."""

    score: int
    findings: tuple[Finding, ...]
    signals: tuple[Signal, ...]


def assess_risk(card: CardSeen, around: Surroundings) -> Risk:
    """All signals of WC-4 about one card, the heaviest first. A card is never compared with itself."""
    others = [other for other in around.others if other.number != card.number]
    around = Surroundings(others, around.staff_names, around.staff_phones, around.returned_on)
    found = [(signal, finding) for signal in Signal for finding in _CHECKS[signal](card, around)]
    score = min(100, sum(WEIGHTS[signal] for signal, _ in found))
    return Risk(score, tuple(finding for _, finding in found), tuple(signal for signal, _ in found))


def distance(one: int, other: int) -> int:
    """In how many bits two perceptual hashes differ."""
    return (one ^ other).bit_count()


def longest_run(serials: Sequence[str], around: str) -> list[str]:
    """The unbroken run of serials that contains `around`: same prefix and width, numbers one apart, in order.

    Of A7, A8, A9, A11, B8 the run around A8 is A7, A8, A9.
    """
    known = {parts: serial for serial in (*serials, around) if (parts := _split(serial))}
    middle = _split(around)
    if middle is None:
        return [around]
    prefix, width, number = middle
    low = high = number
    while (prefix, width, low - 1) in known:
        low -= 1
    while (prefix, width, high + 1) in known:
        high += 1
    return [known[prefix, width, at] for at in range(low, high + 1)]


def _split(serial: str) -> tuple[str, int, int] | None:
    match = re.fullmatch(r"(.*?)([0-9]+)", serial)
    return (match[1], len(match[2]), int(match[2])) if match else None


def _finding(text: T, cards: Sequence[CardSeen] = ()) -> Finding:
    evidence = tuple(Evidence(card.number, f"/cards/{card.number}") for card in cards[:SHOWN])
    return Finding("WC-4", Severity.WARNING, text, evidence=evidence)


def _photo_reused(card: CardSeen, around: Surroundings) -> Iterator[Finding]:
    same = [
        other
        for other in around.others
        if any(distance(one, two) <= PHOTO_BITS for one in card.photos for two in other.photos)
    ]
    if same:
        yield _finding(T("A photo of this card is on other cards too: {count}.", count=len(same)), same)


def _customer_is_staff(card: CardSeen, around: Surroundings) -> Iterator[Finding]:
    if card.phone in around.staff_phones:
        yield _finding(T("The customer's phone is that of a person at the dealer."))
    elif card.customer.strip().casefold() in {name.strip().casefold() for name in around.staff_names}:
        yield _finding(T("The customer has the name of a person at the dealer."))


def _returned_after_sale(card: CardSeen, around: Surroundings) -> Iterator[Finding]:
    if around.returned_on is None:
        return
    days = (around.returned_on - card.sale_date).days
    if 0 <= days <= RETURN_DAYS:
        yield _finding(T("Days from the sale to the report of a return: {days}.", days=days))


def _same_phone(card: CardSeen, around: Surroundings) -> Iterator[Finding]:
    same = [other for other in around.others if other.phone == card.phone]
    if len(same) + 1 >= PHONE_CARDS:
        yield _finding(T("The same phone is on {count} other cards.", count=len(same)), same)


def _same_invoice(card: CardSeen, around: Surroundings) -> Iterator[Finding]:
    same = [other for other in around.others if other.invoice == card.invoice]
    strangers = [other for other in same if other.phone != card.phone]
    if len(strangers) >= INVOICE_OTHERS:
        yield _finding(
            T("The same invoice is on {count} cards of other customers.", count=len(strangers)), strangers
        )
    elif len(same) + 1 > INVOICE_UNITS:
        yield _finding(T("The same invoice is on {count} other cards.", count=len(same)), same)


def _serial_run(card: CardSeen, around: Surroundings) -> Iterator[Finding]:
    near = {
        other.serial: other
        for other in around.others
        if abs((other.sale_date - card.sale_date).days) <= RUN_SPAN
    }
    run = longest_run(list(near), card.serial)
    if len(run) >= RUN_CARDS:
        yield _finding(
            T(
                "{count} serials in an unbroken run, {first} to {last}, were sold within days.",
                count=len(run),
                first=run[0],
                last=run[-1],
            ),
            [near[serial] for serial in run if serial in near],
        )


def _same_day(card: CardSeen, around: Surroundings) -> Iterator[Finding]:
    near = [other for other in around.others if abs((other.sale_date - card.sale_date).days) <= DAY_SPAN]
    same = [other for other in near if other.sale_date == card.sale_date]
    count = len(same) + 1
    if count >= DAY_CARDS and count >= DAY_SHARE * (len(near) + 1):
        yield _finding(
            T(
                "{count} of {all} cards of these weeks have the sale date {day}.",
                count=count,
                all=len(near) + 1,
                day=card.sale_date,
            ),
            same,
        )


def _quarter_burst(card: CardSeen, around: Surroundings) -> Iterator[Finding]:
    quarter = Quarter.of(card.filed_on)
    start = quarter.last - dt.timedelta(days=BURST_DAYS - 1)
    if card.filed_on < start:
        return
    filed = [other for other in around.others if other.filed_on in quarter]
    late = [other for other in filed if other.filed_on >= start]
    count = len(late) + 1
    if count >= BURST_CARDS and count >= BURST_SHARE * (len(filed) + 1):
        yield _finding(
            T(
                "{count} of {all} cards of {quarter} were filed in its last {days} days.",
                count=count,
                all=len(filed) + 1,
                quarter=quarter,
                days=BURST_DAYS,
            ),
            late,
        )


_CHECKS: MappingProxyType[Signal, Callable[[CardSeen, Surroundings], Iterator[Finding]]] = MappingProxyType(
    {
        Signal.PHOTO_REUSED: _photo_reused,
        Signal.CUSTOMER_IS_STAFF: _customer_is_staff,
        Signal.RETURNED_AFTER_SALE: _returned_after_sale,
        Signal.SAME_PHONE: _same_phone,
        Signal.SAME_INVOICE: _same_invoice,
        Signal.SERIAL_RUN: _serial_run,
        Signal.SAME_DAY: _same_day,
        Signal.QUARTER_BURST: _quarter_burst,
    }
)
