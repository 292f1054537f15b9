"""Adjusting a fund (MN-3)."""

from decimal import Decimal

from portal.agreements import queries as agreements
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.errors import Conflict, RuleBroken
from portal.kernel.money import LIMIT, ZERO
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.ledger import steps
from portal.ledger.rules import EntryKind, adjusting_quarter


@command(allow=Permission.LEDGER_ADJUST)
def adjust(
    actor: Actor, dealer_id: int, *, amount: Decimal, reason: str, seen_version: int | None = None
) -> str:
    """Adjust a dealer's fund by a signed amount, with a reason that both parties read. Returns its number.

    It counts today; while a statement is disputed it goes into that statement (scenario.md).
    """
    today = clock.today(actor.timezone)
    if amount == ZERO or abs(amount) >= LIMIT:
        raise RuleBroken("MN-3", T("Enter an amount other than zero."), field="amount")
    agreement = agreements.in_force(dealer_id, action=False)
    number = numbering.take("TZ", today.year)
    fund = steps.lock_fund(agreement)
    if seen_version is not None and fund.version != seen_version + 1:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))
    steps.post(
        actor,
        fund,
        EntryKind.ADJUST,
        amount,
        source=f"{number}:adjust",
        date=today,
        document=number,
        memo=reason,
        quarter=adjusting_quarter(today, fund.frozen_until, fund.disputed),
    )
    record(Tag.FUND_ADJUSTED, actor, number, dealer_id=agreement.dealer_id, amount=str(amount), reason=reason)
    return number
