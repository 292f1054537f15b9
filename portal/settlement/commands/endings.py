"""Handing residual duties to the manufacturer (AG-3)."""

from decimal import Decimal

from portal.agreements import queries as agreements
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.ledger import steps as money
from portal.ledger.rules import EntryKind, adjusting_quarter
from portal.settlement import queries
from portal.settlement.models import DutyHandover
from portal.settlement.rules import (
    HANDOVER,
    HandoverAction,
    HandoverState,
    by_expiry,
    check_settled_amount,
)


@command(allow=Permission.LEDGER_ADJUST)
def offer_handover(actor: Actor, agreement_number: str, *, amount: Decimal, reason: str) -> str:
    """Offer to take over the residual duties of an agreement that ends, against an amount. Returns the number.

    The units still in warranty today are counted into the offer. Raises RuleBroken AG-3 for an agreement without a
    last day or whose final settlement is closed, without a reason, for an amount that is not above zero, while another
    offer waits or holds.
    """
    agreement = agreements.get(agreement_number)
    if agreement.ends is None:
        raise RuleBroken("AG-3", T("The agreement has no last day; end it first."))
    check_settled_amount(amount)
    if not reason.strip():
        raise RuleBroken("AG-3", T("Say what is taken over; both parties read it."), field="reason")
    today = clock.today(actor.timezone)
    number = numbering.take("YJ", today.year)
    # The lock lets two offers wait for each other.
    money.lock_fund(agreement)
    if queries.live_handover(agreement.id) is not None:
        raise RuleBroken("AG-3", T("A handover of this agreement waits or holds already."))
    units = queries.residual_duties(agreement, today)
    session().add(
        DutyHandover(
            agreement_id=agreement.id,
            dealer_id=agreement.dealer_id,
            number=number,
            state=HandoverState.OFFERED,
            amount=amount,
            reason=reason.strip()[:300],
            on=today,
            units=len(units),
            months=[[str(row.month), row.units] for row in by_expiry(unit.last for unit in units)],
            offerer=actor.name,
            offered_at=clock.now(),
        )
    )
    session().flush()
    record(
        Tag.HANDOVER_OFFERED,
        actor,
        number,
        dealer_id=agreement.dealer_id,
        amount=str(amount),
        units=len(units),
        reason=reason.strip(),
    )
    return number


@command(allow=Permission.STATEMENTS_ANSWER)
def agree_handover(actor: Actor, number: str, *, seen_version: int | None = None) -> str:
    """The dealer agrees: the amount is taken from its fund by an adjustment of today. Returns the number.

    Raises RuleBroken AG-3 when it does not wait any more, Conflict when it changed.
    """
    found = _seen(number, seen_version)
    agreement = agreements.by_id(found.agreement_id)
    fund = money.lock_fund(agreement)
    today = clock.today(actor.timezone)
    _answer(actor, found, HandoverAction.AGREE, "")
    money.post(
        actor,
        fund,
        EntryKind.ADJUST,
        -found.amount,
        source=f"{number}:adjust",
        date=min(today, agreement.ends or today),
        document=number,
        memo=found.reason,
        quarter=adjusting_quarter(min(today, agreement.ends or today), fund.frozen_until, fund.disputed),
    )
    record(Tag.HANDOVER_AGREED, actor, number, dealer_id=found.dealer_id, amount=str(found.amount))
    return number


@command(allow=Permission.STATEMENTS_ANSWER)
def decline_handover(actor: Actor, number: str, *, reason: str, seen_version: int | None = None) -> str:
    """The dealer keeps its duties. Raises RuleBroken AG-3 without a reason or when it does not wait any more."""
    if not reason.strip():
        raise RuleBroken("AG-3", T("Say why you decline."), field="reason")
    found = _seen(number, seen_version)
    _answer(actor, found, HandoverAction.DECLINE, reason)
    record(Tag.HANDOVER_DECLINED, actor, number, dealer_id=found.dealer_id, reason=reason.strip())
    return number


@command(allow=Permission.LEDGER_ADJUST)
def withdraw_handover(actor: Actor, number: str, *, seen_version: int | None = None) -> str:
    """The manufacturer takes its offer back. Raises RuleBroken AG-3 when it does not wait any more."""
    found = _seen(number, seen_version)
    _answer(actor, found, HandoverAction.WITHDRAW, "")
    record(Tag.HANDOVER_WITHDRAWN, actor, number, dealer_id=found.dealer_id)
    return number


def _seen(number: str, seen_version: int | None) -> DutyHandover:
    found = queries.handover(number)
    if seen_version is not None and found.version != seen_version:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))
    return found


def _answer(actor: Actor, found: DutyHandover, action: HandoverAction, text: str) -> None:
    found.state = HANDOVER.advance(found.state, action)
    found.answerer, found.answered_at, found.answer = actor.name, clock.now(), text.strip()[:300]
