"""The manufacturer's side: deciding cards, forgiving lateness; and showing a masked number (WC-2, WC-5, PII-1)."""

from portal.agreements import queries as agreements
from portal.agreements.rules import BaseKind
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import RuleBroken
from portal.kernel.foureyes import check_four_eyes
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.ledger import steps as ledger
from portal.ledger.rules import EntryKind
from portal.warranty import queries, steps
from portal.warranty.models import Card, CardDecision
from portal.warranty.rules import (
    CARD,
    CardAction,
    CardState,
    RejectReason,
    accept,
    check_words,
    counts_for_fee,
    local_digits,
)

_TAGS = {
    CardAction.ACCEPT: Tag.CARD_ACCEPTED,
    CardAction.SEND_BACK: Tag.CARD_SENT_BACK,
    CardAction.REJECT: Tag.CARD_REJECTED,
    CardAction.VOID: Tag.CARD_VOIDED,
}


@command(allow=Permission.CARDS_REVIEW)
def review(
    actor: Actor,
    number: str,
    decision: CardAction,
    *,
    reason: RejectReason | None = None,
    text: str = "",
    waive_late: bool = False,
    seen_version: int | None = None,
) -> str:
    """Decide a card: accept, send back, reject or void (WC-5). Returns the state that it is in then.

    An accept of a late card makes it accepted late; `waive_late` forgives the lateness (the warranty is recognised,
    there is still no fee). Accepted in time, the card earns the fee of the quarter of its filing, once per serial
    ever; a void takes back today what this card earned (ST-1). Sending back and rejecting need `reason`, sending
    back, voiding and waiving need `text`: WC-5, WC-2. Raises RuleBroken WC-6 for a state in which it can't be
    decided so, FE-1 when the person filed it, Conflict when it changed meanwhile.
    """
    card = queries.get(number)
    steps.check_seen(card, seen_version)
    if card.filed_by_id is not None and actor.person_id is not None:
        check_four_eyes(card.filed_by_id, actor.person_id)
    state = CARD.advance(card.state, decision)
    if decision is CardAction.ACCEPT:
        state = accept(card.state, late=card.late)
    waived = waive_late and state is CardState.ACCEPTED_LATE
    check_words(decision, reason, text, waived=waived)
    if counts_for_fee(state):
        _grant_fee(actor, card)
    if decision is CardAction.VOID:
        steps.take_fee_back(actor, card, cause=f"void:{card.number}", memo=text)
    card.state = state
    card.waived = card.waived or waived
    if waived:
        card.waiver_reason = text[:300]
    _decide(actor, card, decision, reason, text, waived=waived)
    if decision is not CardAction.ACCEPT:
        steps.ask_for_signals(actor, card)
    record(
        _TAGS[decision],
        actor,
        card.number,
        dealer_id=card.dealer_id,
        point_id=card.point_id,
        serial=card.serial,
        state=f"CardState.{state.name}",
        code=f"RejectReason.{reason.name}" if reason else "",
        reason=text,
        waived=waived,
    )
    return state.value


@command(allow=Permission.CARDS_REVIEW)
def waive(actor: Actor, number: str, *, text: str, seen_version: int | None = None) -> str:
    """Forgive the lateness of a card that was accepted late, with a reason (WC-2). Returns its number.

    The warranty of the unit is recognised from then on; the card earns no fee. Raises RuleBroken WC-6 when the
    card is not accepted late or was waived before.
    """
    card = queries.get(number)
    steps.check_seen(card, seen_version)
    if card.state is not CardState.ACCEPTED_LATE or card.waived:
        raise RuleBroken("WC-6", T("Only a card that was accepted late, and not waived yet, can be waived."))
    check_words(CardAction.ACCEPT, None, text, waived=True)
    card.waived, card.waiver_reason = True, text[:300]
    _decide(actor, card, CardAction.ACCEPT, None, text, waived=True)
    record(
        Tag.CARD_WAIVED,
        actor,
        card.number,
        dealer_id=card.dealer_id,
        point_id=card.point_id,
        serial=card.serial,
        reason=text,
    )
    return card.number


@command(allow=Permission.CARDS_REVEAL)
def reveal(actor: Actor, number: str, *, reason: str) -> str:
    """The customer's whole phone number as it is dialled; that it was shown, to whom and why, is recorded (PII-1).

    A look by the manufacturer's people is no business of the dealer's: it could tell of a suspicion (TN-2).
    Raises RuleBroken PII-1 without a reason.
    """
    card = queries.get(number)
    if not reason.strip():
        raise RuleBroken("PII-1", T("Say what the number is needed for."), field="reason")
    record(Tag.CARD_REVEALED, actor, card.number, serial=card.serial, reason=reason.strip())
    return local_digits(card.phone)


def _grant_fee(actor: Actor, card: Card) -> None:
    fund = ledger.lock_fund(agreements.by_id(card.agreement_id))
    ledger.post(
        actor,
        fund,
        EntryKind.GRANT,
        queries.fee_of(card),
        source=queries.fee_source(card.serial),
        date=card.filed_on,
        document=card.number,
        basis=BaseKind.CARD_FEE.value,
        memo=card.serial,
    )


def _decide(
    actor: Actor, card: Card, decision: CardAction, reason: RejectReason | None, text: str, *, waived: bool
) -> None:
    """Note the decision on the card and in its history."""
    text = text.strip()[:500]
    card.decided_on, card.decided_by = clock.today(actor.timezone), actor.name
    card.reason, card.reason_text = reason, text
    session().add(
        CardDecision(
            card_id=card.id,
            dealer_id=card.dealer_id,
            point_id=card.point_id,
            decision=decision,
            reason=reason,
            text=text,
            waived=waived,
            person_id=actor.person_id,
            person=actor.name,
            at=clock.now(),
        )
    )
