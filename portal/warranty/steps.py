"""What filing, reviewing and returns have in common: photos, signals, fees that go back, cards that follow a unit."""

import datetime as dt
from collections.abc import Sequence

from portal.agreements import queries as agreements
from portal.agreements.rules import BaseKind
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.catalogue.models import Unit
from portal.drafts import steps as drafts
from portal.jobs.steps import ask
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import step
from portal.kernel.db import session
from portal.kernel.errors import Conflict
from portal.kernel.text import T
from portal.ledger import steps as ledger
from portal.ledger.rules import EntryKind
from portal.warranty import queries
from portal.warranty.models import Card, CardPhoto, WarrantyEvent
from portal.warranty.rules import IN_FORCE, EventKind, PhotoKind

#: Kinds of saved drafts: one card, and a file of many.
ONE, MANY = "warranty.card", "warranty.cards"
#: A photo of a form: what it shows, and the upload that holds it.
Photo = tuple[PhotoKind, int]


def check_seen(card: Card, seen_version: int | None) -> None:
    """OL-1: raises Conflict when the card changed since the person looked at it."""
    if seen_version is not None and card.version != seen_version:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))


@step
def attach(actor: Actor, card: Card, photos: Sequence[Photo]) -> None:
    """Move uploaded photos into a card. Raises RuleBroken FD-2 when one is no longer there."""
    taken = drafts.take_uploads([upload_id for _, upload_id in photos])
    for (kind, _), (content, fingerprint) in zip(photos, taken, strict=True):
        session().add(
            CardPhoto(
                card_id=card.id,
                dealer_id=card.dealer_id,
                point_id=card.point_id,
                kind=kind,
                content=content,
                fingerprint=fingerprint,
                person=actor.name,
                at=clock.now(),
            )
        )


@step
def ask_for_signals(actor: Actor, card: Card) -> None:
    """Have the signals of the dealer's undecided cards judged anew: this card came, changed or went (WC-4).

    A job of the manufacturer's, since what it writes is the manufacturer's alone: the dealer who files may not
    even store it. The queue can sort by the stored score; the evidence is judged when a card is opened.
    """
    session().flush()
    ask(
        actor,
        "warranty.assess",
        key=f"warranty.assess:{card.number}:{card.version}",
        for_manufacturer=True,
        dealer_id=card.dealer_id,
    )


@step
def take_fee_back(actor: Actor, card: Card, *, cause: str, memo: str) -> bool:
    """Take back today the fee that this card earned; whether there was one to take.

    `cause` completes the source of the posting (`void:BXK-…`, `credit`). What was taken back once, by whatever cause,
    is not taken back again; a card that earned nothing gives nothing back, that of an exchange unit neither.
    """
    entry = queries.fee_entry(card.serial)
    if entry is None or entry.document != card.number or queries.fee_taken_back(card.serial):
        return False
    fund = ledger.lock_fund(agreements.by_id(card.agreement_id))
    ledger.post(
        actor,
        fund,
        EntryKind.GRANT,
        -queries.fee_posted(entry),
        source=f"{queries.fee_source(card.serial)}:{cause}",
        date=clock.today(actor.timezone),
        document=card.number,
        basis=BaseKind.CARD_FEE.value,
        memo=memo,
    )
    return True


@step
def end_by_credit(actor: Actor, unit: Unit, document: str) -> None:
    """A unit was credited: its card stops counting today, and what it earned is taken back (RT-8)."""
    card = queries.live_card(unit.serial)
    if card is None:
        return
    card.ended_on = clock.today(actor.timezone)
    taken = take_fee_back(actor, card, cause="credit", memo=document)
    record(
        Tag.CARD_ENDED,
        actor,
        card.number,
        dealer_id=card.dealer_id,
        point_id=card.point_id,
        serial=card.serial,
        document=document,
        fee_taken_back=taken,
    )


def needs_number(unit: Unit) -> bool:
    """Whether `follow_exchange` will write a new card, whose number must be taken before a fund is locked."""
    card = queries.live_card(unit.serial)
    return card is not None and card.state in IN_FORCE


@step
def follow_exchange(actor: Actor, old: Unit, new: Unit, *, number: str | None, document: str) -> None:
    """The card of an exchanged unit follows to the unit handed over (WC-1, RT-8).

    A card in force is continued by a new one with `number`: same sale, same lateness, no fee, and the old one stays as
    history. A card that waits for a decision moves over itself. The warranty goes on from the old sale either way.
    """
    card = queries.live_card(old.serial)
    if card is None:
        return
    if card.state in IN_FORCE:
        assert number is not None, "taken before, see needs_number"
        card = _continued(card, new, number)
    else:
        card.unit_id, card.serial = new.id, new.serial
        session().flush()
    record(
        Tag.CARD_INHERITED,
        actor,
        card.number,
        dealer_id=card.dealer_id,
        point_id=card.point_id,
        serial=new.serial,
        old_serial=old.serial,
        document=document,
    )


#: What a continued card takes over as it is.
_CONTINUED = (
    "agreement_id", "dealer_id", "point_id", "model", "sale_date", "filed_on", "filed_at", "filed_by_id", "filed_by",
    "waiting_since", "customer", "phone", "phone_hash", "phone_last4", "address", "invoice", "state", "late", "waived",
    "waiver_reason", "decided_on", "decided_by",
)  # fmt: skip


def _continued(card: Card, new: Unit, number: str) -> Card:
    kept = {name: getattr(card, name) for name in _CONTINUED}
    made = Card(**kept, number=number, unit_id=new.id, serial=new.serial, inherited_from_id=card.id)
    session().add(made)
    session().flush()
    return made


@step
def note_event(
    actor: Actor,
    serial: str,
    kind: EventKind,
    date: dt.date,
    *,
    document: str,
    dealer_id: int,
    point_id: int,
    days: int = 0,
    withdrawn: bool = False,
) -> None:
    """An entry of a unit's clock under three guarantees (EN-13); whether it counts, the unit's terms say.

    Repairs note PROLONGED with the `days` that the unit was in the workshop, dated the day it was handed back, and
    FAILED_REPAIR on that day if a performance fault was not put right. Where handing in and handing back are told
    apart: PAUSED on the first day, RESUMED on the last, both with the same `document`. Returns note RESTARTED on the
    day of an exchange, for the new serial. A document that is corrected notes the same kind again, the last entry
    counts; one that is taken back notes it `withdrawn`.

    `document`: its number (WX-…, RMA-…); `dealer_id` and `point_id`: of the document, not of the unit (RP-12).
    """
    session().add(
        WarrantyEvent(
            dealer_id=dealer_id,
            point_id=point_id,
            serial=queries.kept_serial(serial),
            kind=kind,
            date=date,
            days=days,
            document=document,
            withdrawn=withdrawn,
            person=actor.name,
            at=clock.now(),
        )
    )
    session().flush()
