"""The life of an agreement: put in force, suspended, resumed, ended; a draft given up (AG-1, AG-3)."""

import datetime as dt

import sqlalchemy as sa

from portal.agreements import queries
from portal.agreements.models import Agreement
from portal.agreements.rules import AGREEMENT, UNBORN, AgreementAction, check_last_day
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.tenants.models import Dealer


@command(allow=Permission.AGREEMENTS_WRITE)
def activate(actor: Actor, number: str, *, seen_version: int | None = None) -> str:
    """Put a drafted agreement in force. Raises RuleBroken AG-1 when it overlaps another one of the dealer."""
    agreement = _seen(number, seen_version)
    _refuse_overlap(agreement, agreement.ends)
    _advance(actor, agreement, AgreementAction.ACTIVATE, "")
    record(Tag.AGREEMENT_ACTIVATED, actor, agreement.number, dealer_id=agreement.dealer_id)
    return agreement.number


@command(allow=Permission.AGREEMENTS_WRITE)
def discard(actor: Actor, number: str, *, reason: str = "", seen_version: int | None = None) -> str:
    """Give a draft up; its number stays. Raises RuleBroken AG-1 when it is no draft, Conflict when it changed."""
    agreement = _seen(number, seen_version)
    _advance(actor, agreement, AgreementAction.DISCARD, reason)
    record(Tag.AGREEMENT_DISCARDED, actor, number, dealer_id=agreement.dealer_id, reason=reason.strip())
    return number


@command(allow=Permission.AGREEMENTS_WRITE)
def suspend(actor: Actor, number: str, *, reason: str, seen_version: int | None = None) -> str:
    """Stop new business for a time: nothing new is filed, what was filed goes on (AG-1).

    Raises RuleBroken AG-1 without a reason or when the agreement is not active, Conflict when it changed.
    """
    agreement = _seen(number, seen_version)
    _advance(actor, agreement, AgreementAction.SUSPEND, _reason(reason))
    record(Tag.AGREEMENT_SUSPENDED, actor, number, dealer_id=agreement.dealer_id, reason=reason.strip())
    return number


@command(allow=Permission.AGREEMENTS_WRITE)
def resume(actor: Actor, number: str, *, reason: str = "", seen_version: int | None = None) -> str:
    """Let a suspended agreement go on. Raises RuleBroken AG-1 when it is not suspended, Conflict when it changed."""
    agreement = _seen(number, seen_version)
    _advance(actor, agreement, AgreementAction.RESUME, reason)
    record(Tag.AGREEMENT_RESUMED, actor, number, dealer_id=agreement.dealer_id, reason=reason.strip())
    return number


@command(allow=Permission.AGREEMENTS_WRITE)
def terminate(
    actor: Actor, number: str, *, last_day: dt.date, reason: str, seen_version: int | None = None
) -> str:
    """End an agreement with a last day, today or later; it is terminated on the day after. Returns its number.

    Until then another last day may be set. Raises RuleBroken AG-3 for a day before today, AG-1 without a reason, when
    the agreement is not in force or would then overlap another one, Conflict when it changed.
    """
    agreement = _seen(number, seen_version)
    why = _reason(reason)
    AGREEMENT.advance(agreement.state, AgreementAction.TERMINATE)
    today = clock.today(actor.timezone)
    check_last_day(agreement.span, last_day, today)
    _refuse_overlap(agreement, last_day)
    agreement.ends, agreement.state_reason, agreement.state_on = last_day, why, today
    record(
        Tag.AGREEMENT_TERMINATED,
        actor,
        number,
        dealer_id=agreement.dealer_id,
        last_day=str(last_day),
        reason=why,
    )
    return number


@command(allow=Permission.CLOCK)
def end(actor: Actor, agreement_id: int) -> str:
    """The last day of an agreement is past: it is terminated. Returns its number."""
    agreement = queries.by_id(agreement_id)
    agreement.state = AGREEMENT.advance(agreement.state, AgreementAction.TERMINATE)
    agreement.state_on = clock.today(actor.timezone)
    record(
        Tag.AGREEMENT_ENDED,
        actor,
        agreement.number,
        dealer_id=agreement.dealer_id,
        last_day=str(agreement.ends),
    )
    return agreement.number


def _seen(number: str, seen_version: int | None) -> Agreement:
    agreement = queries.get(number)
    if seen_version is not None and agreement.version != seen_version:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))
    return agreement


def _advance(actor: Actor, agreement: Agreement, action: AgreementAction, reason: str) -> None:
    agreement.state = AGREEMENT.advance(agreement.state, action)
    agreement.state_reason, agreement.state_on = reason.strip()[:300], clock.today(actor.timezone)


def _reason(text: str) -> str:
    if not text.strip():
        raise RuleBroken("AG-1", T("Say why; both parties read it."), field="reason")
    return text.strip()[:300]


def _refuse_overlap(agreement: Agreement, last_day: dt.date | None) -> None:
    """AG-1: no day has two agreements of one dealer; ended ones count until their last day. Raises RuleBroken AG-1."""
    # Two agreements of one dealer that change at the same moment would not see each other.
    session().scalars(sa.select(Dealer.id).where(Dealer.id == agreement.dealer_id).with_for_update()).one()
    for other in queries.of_dealer(agreement.dealer_id):
        if (
            other.id != agreement.id
            and other.state not in UNBORN
            and other.span.touches(agreement.starts, last_day or dt.date.max)
        ):
            raise RuleBroken(
                "AG-1", T("It overlaps agreement {number} of the same dealer.", number=other.number)
            )
