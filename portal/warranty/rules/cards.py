"""Warranty cards (WC-1 … WC-6): states, the checks at filing, lateness, the outcome of a review.

With `card_due_days` 30 a unit sold on 2026-01-31 has its card due on 2026-03-02: filed that day it is in
time, on 2026-03-03 late.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from portal.agreements.rules import LateCard, Span, Terms
from portal.kernel.calendar import Calendar
from portal.kernel.findings import Finding, Severity
from portal.kernel.period import last_day_within
from portal.kernel.text import T
from portal.kernel.transitions import Transitions
from portal.warranty.rules.phones import normalise_phone


class CardState(StrEnum):
    """WC-6."""

    #: Waits for the reviewer.
    SUBMITTED = "submitted"
    #: Waits for the dealer to add what is missing; the filing date stays the first one.
    SENT_BACK = "sent_back"
    ACCEPTED = "accepted"
    #: Accepted, but filed late: no fee, and no warranty unless waived or the terms recognise it (WC-2).
    ACCEPTED_LATE = "accepted_late"
    #: Final; the serial may be filed anew.
    REJECTED = "rejected"
    #: Accepted once and found falsified; final, the serial may be filed anew.
    VOID = "void"
    #: Taken back by the dealer before a decision; the serial may be filed anew.
    WITHDRAWN = "withdrawn"

    @property
    def tone(self) -> str:
        """The colour of its badge; finished cards are quiet."""
        return _TONES[self]


_TONES = {
    CardState.SUBMITTED: "info",
    CardState.SENT_BACK: "warn",
    CardState.ACCEPTED: "ok",
    CardState.ACCEPTED_LATE: "warn",
    CardState.REJECTED: "bad",
    CardState.VOID: "bad",
    CardState.WITHDRAWN: "mute",
}


class CardAction(StrEnum):
    ACCEPT = "accept"
    SEND_BACK = "send_back"
    RESUBMIT = "resubmit"
    REJECT = "reject"
    VOID = "void"
    WITHDRAW = "withdraw"


CARD = Transitions[CardState, CardAction](
    "WC-6",
    {
        (CardState.SUBMITTED, CardAction.ACCEPT): CardState.ACCEPTED,
        (CardState.SUBMITTED, CardAction.SEND_BACK): CardState.SENT_BACK,
        (CardState.SUBMITTED, CardAction.REJECT): CardState.REJECTED,
        (CardState.SENT_BACK, CardAction.RESUBMIT): CardState.SUBMITTED,
        (CardState.SENT_BACK, CardAction.REJECT): CardState.REJECTED,
        (CardState.ACCEPTED, CardAction.VOID): CardState.VOID,
        (CardState.ACCEPTED_LATE, CardAction.VOID): CardState.VOID,
        (CardState.SUBMITTED, CardAction.WITHDRAW): CardState.WITHDRAWN,
        (CardState.SENT_BACK, CardAction.WITHDRAW): CardState.WITHDRAWN,
    },
)

#: Cards that a reviewer or the dealer still has to do something about; they hold a settlement (ST-4).
UNDECIDED = frozenset({CardState.SUBMITTED, CardState.SENT_BACK})
#: Cards that make a unit sold.
IN_FORCE = frozenset({CardState.ACCEPTED, CardState.ACCEPTED_LATE})
#: Cards that keep their serial from being filed again (WC-1); the index of the table says the same.
REGISTERED = UNDECIDED | IN_FORCE


#: Decisions that tell the dealer why, by a coded reason and in words.
REASONED = frozenset({CardAction.SEND_BACK, CardAction.REJECT})
#: Working days in which the manufacturer means to decide a card (FD-4).
REVIEW_DAYS = 3


class RejectReason(StrEnum):
    """Why a card is rejected or sent back: the coded reasons that fit a card."""

    DUPLICATE = "duplicate"
    INSUFFICIENT_INFORMATION = "insufficient_information"
    UNCLEAR_PHOTO = "unclear_photo"
    SERIAL_MISMATCH = "serial_mismatch"
    NOT_OUR_PRODUCT = "not_our_product"


#: What the dealer can do about each reason.
CURES = MappingProxyType(
    {
        RejectReason.DUPLICATE: T("The unit is registered already; there is nothing more to do."),
        RejectReason.INSUFFICIENT_INFORMATION: T("Add what is missing, then file the card again."),
        RejectReason.UNCLEAR_PHOTO: T("Photograph plate and invoice again, sharp and in full."),
        RejectReason.SERIAL_MISMATCH: T("Compare the serial with the plate and correct it."),
        RejectReason.NOT_OUR_PRODUCT: T("Only units of this manufacturer are registered here."),
    }
)


def review_due(waiting_since: dt.date, calendar: Calendar) -> dt.date:
    """The last day on which the manufacturer means to decide a card that waits since a day (FD-4)."""
    return calendar.add_working_days(waiting_since, REVIEW_DAYS)


class PhotoKind(StrEnum):
    """What a photo of a card shows."""

    INVOICE = "invoice"
    PLATE = "plate"
    OTHER = "other"


#: Longest texts of a card, by field.
LONGEST = MappingProxyType({"customer": 60, "invoice": 60, "address": 200})


@dataclass(frozen=True)
class CardDraft:
    """What the dealer writes on a card (WC-1)."""

    serial: str
    sale_date: dt.date
    customer: str
    phone: str
    invoice: str
    #: The selling point that files: the dealer itself or a sub-dealer.
    point_id: int
    address: str = ""
    #: As read from the plate; None: not stated, nothing to compare.
    model: str | None = None


@dataclass(frozen=True)
class UnitFacts:
    """What the portal knows of the unit when a card is filed; another dealer's unit is not seen at all."""

    model: str
    shipped_on: dt.date
    received_on: dt.date
    #: The selling point that it was shipped to.
    point_id: int
    #: Whether it has a card in one of the states of REGISTERED.
    registered: bool = False
    #: Whether it was exchanged, credited or scrapped (RT-9).
    left_field: bool = False


def due_on(sale_date: dt.date, terms: Terms) -> dt.date:
    """The last day on which a card of this sale is in time (WC-2, TM-1)."""
    return last_day_within(sale_date, terms.card_due_days)


def is_late(sale_date: dt.date, filed_on: dt.date, terms: Terms) -> bool:
    """WC-2; `filed_on` is the day of the first filing, `terms` those in force on it."""
    return filed_on > due_on(sale_date, terms)


def accept(state: CardState, *, late: bool) -> CardState:
    """The state after a reviewer accepts; a late card is accepted late, waived or not. RuleBroken WC-6."""
    accepted = CARD.advance(state, CardAction.ACCEPT)
    return CardState.ACCEPTED_LATE if late else accepted


def counts_for_fee(state: CardState) -> bool:
    """ST-1: cards filed in time and accepted earn the fee; a waiver gives the warranty back, not the fee."""
    return state is CardState.ACCEPTED


def check_card(
    draft: CardDraft,
    unit: UnitFacts | None,
    *,
    points: frozenset[int],
    span: Span,
    terms: Terms,
    today: dt.date,
) -> list[Finding]:
    """Every finding about a card about to be filed, in a fixed order; the first that blocks names the rule.

    unknown serial, another selling point's, out of the field (WC-3) → registered (WC-1) → sale date in the
    future, before shipment, outside the agreement (WC-3) → model (WC-3) → phone (WC-3) → customer, invoice
    (WC-1) → in time or late (WC-2, never blocks).

    `points`: the filing point and its sub-dealers; `span`: days of the agreement; `terms`: those of `today`.
    """
    return [
        *check_unit(draft.serial, unit, points=points),
        *_about_sale_date(draft, unit, span, today),
        *_about_model(draft, unit),
        *_about_customer(draft),
        *_about_lateness(draft, terms, today),
    ]


def in_order(found: Sequence[Finding]) -> list[Finding]:
    """The findings with a word about all that was checked and is right, where nothing blocks (FD-2)."""
    if any(finding.severity is Severity.BLOCKS for finding in found):
        return list(found)
    return [*found, Finding("WC-3", Severity.NOTE, T("Serial, shipment, sale date and phone are in order."))]


def _block(rule: str, text: T, field: str, cure: T | None = None) -> Finding:
    return Finding(rule, Severity.BLOCKS, text, field=field, cure=cure)


def check_unit(serial: str, unit: UnitFacts | None, *, points: frozenset[int]) -> list[Finding]:
    """The findings about the unit alone: unknown, another selling point's, out of the field, registered."""
    if unit is None:
        return [
            _block(
                "WC-3",
                T("Serial {serial} is not among the units shipped to you.", serial=serial),
                "serial",
                T("Compare it with the plate; if it is right, ask the manufacturer to record the shipment."),
            )
        ]
    found: list[Finding] = []
    if unit.point_id not in points:
        text = T("Serial {serial} was shipped to another selling point of this agreement.", serial=serial)
        found.append(
            _block("WC-3", text, "serial", T("The selling point that received the unit files its card."))
        )
    if unit.left_field:
        text = T(
            "Serial {serial} was exchanged, credited or scrapped; it can't be sold any more.", serial=serial
        )
        found.append(
            _block("WC-3", text, "serial", T("Register the unit that was handed over in its place."))
        )
    if unit.registered:
        text = T("Serial {serial} has a warranty card already.", serial=serial)
        found.append(
            _block("WC-1", text, "serial", T("Open the unit's page to see its card; one unit has one card."))
        )
    return found


def _about_sale_date(
    draft: CardDraft, unit: UnitFacts | None, span: Span, today: dt.date
) -> Iterator[Finding]:
    day = draft.sale_date
    if day > today:
        yield _block(
            "WC-3",
            T("The sale date {day} is in the future.", day=day),
            "sale_date",
            T("File the card when the unit is sold."),
        )
    if unit is not None and day < unit.shipped_on:
        yield _block(
            "WC-3",
            T(
                "The sale date {day} is before the unit's shipment on {shipped}.",
                day=day,
                shipped=unit.shipped_on,
            ),
            "sale_date",
            T("Take the date from the invoice."),
        )
    if day < span.starts:
        yield _block(
            "WC-3",
            T("The sale date {day} is before the agreement began, on {starts}.", day=day, starts=span.starts),
            "sale_date",
            T("Take the date from the invoice."),
        )
    if span.ends is not None and day > span.ends:
        yield _block(
            "WC-3",
            T("The sale date {day} is after the agreement ended, on {ends}.", day=day, ends=span.ends),
            "sale_date",
            T("Take the date from the invoice."),
        )


def _about_model(draft: CardDraft, unit: UnitFacts | None) -> Iterator[Finding]:
    if unit is not None and draft.model is not None and draft.model != unit.model:
        yield _block(
            "WC-3",
            T(
                "Serial {serial} is model {model}, not {given}.",
                serial=draft.serial,
                model=unit.model,
                given=draft.model,
            ),
            "model",
            T("Compare serial and model with the plate."),
        )


def _about_customer(draft: CardDraft) -> Iterator[Finding]:
    try:
        normalise_phone(draft.phone)
    except ValueError:
        yield _block(
            "WC-3",
            T("The customer's phone number is not a valid one."),
            "phone",
            T("Enter a mobile number, or a landline with its area code."),
        )
    if not draft.customer.strip():
        yield _block("WC-1", T("Enter the customer's name."), "customer")
    if not draft.invoice.strip():
        yield _block("WC-1", T("Enter the number of the invoice."), "invoice")
    for field, longest in LONGEST.items():
        if len(getattr(draft, field)) > longest:
            yield _block("WC-1", T("This has more than {longest} characters.", longest=longest), field)


def _about_lateness(draft: CardDraft, terms: Terms, today: dt.date) -> Iterator[Finding]:
    due = due_on(draft.sale_date, terms)
    days = (today - draft.sale_date).days
    if today > due:
        yield Finding(
            "WC-2",
            Severity.WARNING,
            T(
                "Filed on day {days} after the sale; due on {due}. It is late and earns no fee.",
                days=days,
                due=due,
            ),
            field="sale_date",
        )
        if terms.late_card is LateCard.NOT_RECOGNISED:
            yield Finding(
                "WC-2",
                Severity.WARNING,
                T("Repairs of this unit in warranty are not recognised unless the manufacturer waives it."),
                field="sale_date",
            )
    elif days >= 0:
        yield Finding(
            "WC-2",
            Severity.NOTE,
            T("Filed in time: day {days} of {limit}.", days=days, limit=terms.card_due_days),
            field="sale_date",
        )
