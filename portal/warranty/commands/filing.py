"""The dealer's side: filing cards, adding what was missing, taking one back (WC-1 … WC-3)."""

from collections.abc import Sequence
from typing import Any

from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.catalogue.models import Unit
from portal.drafts import queries as saved_drafts
from portal.drafts import steps as drafts
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.crypto import search_hash
from portal.kernel.db import session
from portal.kernel.errors import Refused, RuleBroken
from portal.kernel.findings import blocking
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.warranty import queries, steps
from portal.warranty.models import Card
from portal.warranty.queries import Filing
from portal.warranty.rules import CARD, CardAction, CardDraft, CardState, is_late, normalise_phone
from portal.warranty.steps import Photo

#: Cards that one bulk filing takes.
MOST = 1000


@command(allow=Permission.CARDS_FILE, silent=True)
def begin(actor: Actor, serial: str, *, draft_id: int | None = None) -> int:
    """Begin a card with the serial of a unit that can have one; or correct the serial of a draft. Returns its id.

    Raises Refused with what blocks the unit (WC-3, WC-1), RuleBroken AG-1 without an active agreement.
    """
    filing = queries.filing(actor, [serial], clock.today(actor.timezone))
    if blocks := blocking(filing.check_unit(serial)):
        raise Refused(blocks)
    data = saved_drafts.get(draft_id, steps.ONE).data if draft_id is not None else {}
    kept = {**data, "serial": queries.kept_serial(serial)}
    return drafts.keep(actor, steps.ONE, kept, draft_id=draft_id)


@command(allow=Permission.CARDS_FILE)
def file(actor: Actor, draft: CardDraft, *, photos: Sequence[Photo] = (), draft_id: int | None = None) -> str:
    """File a card. Returns its number (BXK-2026-000001).

    `photos`: uploads that become the card's; `draft_id`: the saved draft that is finished with it.
    Raises Refused with what blocks: WC-3 (unknown serial, another selling point's, dates, model, phone) and WC-1
    (registered already, something missing); RuleBroken AG-1 without an active agreement. Conflict when somebody
    files the same serial at the same moment.
    """
    filing = queries.filing(actor, [draft.serial], clock.today(actor.timezone))
    queries.fileable(filing, draft)
    card = _open(actor, filing, draft, draft_id)
    steps.attach(actor, card, photos)
    drafts.finish(draft_id)
    steps.ask_for_signals(actor, card)
    _record_filing(actor, card, photos=len(photos))
    return card.number


@command(allow=Permission.CARDS_FILE)
def file_bulk(
    actor: Actor, rows: Sequence[CardDraft], *, keep_good: bool, draft_id: int | None = None
) -> dict[str, Any]:
    """File many cards at once (WC-6): the good rows, or none unless all are good.

    Returns `{"filed": [number, …], "refused": how many}`. A serial that stands twice counts once. Raises Refused
    with all that blocks (each finding names its line, from 1) when `keep_good` is off and something blocks, or when
    no row is good; RuleBroken WC-6 for more than MOST rows or none.
    """
    if not 0 < len(rows) <= MOST:
        raise RuleBroken("WC-6", T("One file holds 1 to {most} cards.", most=MOST))
    filing = queries.filing(actor, [row.serial for row in rows], clock.today(actor.timezone))
    judged = list(zip(rows, filing.check_rows(rows), strict=True))
    good = [row for row, found in judged if not blocking(found)]
    if len(good) < len(rows) and not (keep_good and good):
        raise Refused([finding for _, found in judged for finding in blocking(found)])
    cards = [_open(actor, filing, row, draft_id) for row in good]
    drafts.finish(draft_id)
    steps.ask_for_signals(actor, cards[-1])
    for card in cards:
        _record_filing(actor, card, photos=0)
    return {"filed": [card.number for card in cards], "refused": len(rows) - len(good)}


@command(allow=Permission.CARDS_FILE)
def resubmit(
    actor: Actor,
    number: str,
    draft: CardDraft,
    *,
    photos: Sequence[Photo] = (),
    seen_version: int | None = None,
) -> str:
    """File a card again that the reviewer sent back; the day of its first filing stays (WC-2). Returns its number.

    Raises Refused like `file`, RuleBroken WC-6 when it was not sent back, Conflict when it changed meanwhile.
    """
    card = queries.get(number)
    steps.check_seen(card, seen_version)
    state = CARD.advance(card.state, CardAction.RESUBMIT)
    filing = queries.filing_of(card, draft.serial)
    queries.fileable(filing, draft)
    _fill(card, filing, draft)
    card.state, card.waiting_since = state, clock.now()
    steps.attach(actor, card, photos)
    steps.ask_for_signals(actor, card)
    record(
        Tag.CARD_RESUBMITTED,
        actor,
        card.number,
        dealer_id=card.dealer_id,
        point_id=card.point_id,
        serial=card.serial,
        photos=len(photos),
    )
    return card.number


@command(allow=Permission.CARDS_FILE)
def withdraw(actor: Actor, number: str, *, reason: str = "", seen_version: int | None = None) -> str:
    """Take a card back before it is decided; its serial may be filed anew. Returns its number.

    Raises RuleBroken WC-6 when it is decided, Conflict when it changed meanwhile.
    """
    card = queries.get(number)
    steps.check_seen(card, seen_version)
    card.state = CARD.advance(card.state, CardAction.WITHDRAW)
    steps.ask_for_signals(actor, card)
    record(
        Tag.CARD_WITHDRAWN,
        actor,
        card.number,
        dealer_id=card.dealer_id,
        point_id=card.point_id,
        serial=card.serial,
        reason=reason,
    )
    return card.number


def _open(actor: Actor, filing: Filing, draft: CardDraft, draft_id: int | None) -> Card:
    card = Card(
        draft_id=draft_id,
        agreement_id=filing.agreement.id,
        dealer_id=filing.agreement.dealer_id,
        number=numbering.take("BXK", filing.day.year),
        state=CardState.SUBMITTED,
        filed_on=filing.day,
        filed_at=clock.now(),
        filed_by_id=actor.person_id,
        filed_by=actor.name,
        waiting_since=clock.now(),
    )
    _fill(card, filing, draft)
    session().add(card)
    session().flush()
    return card


def _fill(card: Card, filing: Filing, draft: CardDraft) -> None:
    """Write what the dealer filled in; the draft has been checked."""
    unit = filing.unit(draft.serial)
    assert unit is not None, "a checked draft names a known unit"
    phone = normalise_phone(draft.phone)
    card.unit_id, card.serial, card.model = unit.id, unit.serial, filing.product(unit).model
    card.point_id = _selling_point(unit, draft)
    card.sale_date = draft.sale_date
    card.customer, card.address, card.invoice = (
        draft.customer.strip(),
        draft.address.strip(),
        draft.invoice.strip(),
    )
    card.phone, card.phone_hash, card.phone_last4 = phone, search_hash(phone), phone[-4:]
    card.late = is_late(draft.sale_date, filing.day, filing.terms)


def _selling_point(unit: Unit, draft: CardDraft) -> int:
    """A sub-dealer's unit is sold there, so that its people see the card; the holder's own also by a sub-dealer."""
    return draft.point_id if unit.point_id == unit.dealer_id else unit.point_id


def _record_filing(actor: Actor, card: Card, *, photos: int) -> None:
    record(
        Tag.CARD_FILED,
        actor,
        card.number,
        dealer_id=card.dealer_id,
        point_id=card.point_id,
        serial=card.serial,
        sale_date=str(card.sale_date),
        late=card.late,
        photos=photos,
    )
