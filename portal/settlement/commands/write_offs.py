"""Paying approved claims by deduction from what the dealer owes for goods (ST-10, FE-1)."""

from collections.abc import Collection

from portal.agreements import queries as agreements
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, RuleBroken
from portal.kernel.foureyes import check_four_eyes
from portal.kernel.money import ZERO, total
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.ledger import steps as money
from portal.settlement import queries
from portal.settlement.models import WriteOff, WriteOffLine
from portal.settlement.rules import WRITE_OFF, WriteOffAction, WriteOffState


@command(allow=Permission.CLAIMS_WRITE_OFF)
def prepare_write_off(
    actor: Actor, dealer_id: int, *, entries: Collection[int] | None = None, note: str = ""
) -> str:
    """Put claims of a dealer that the fund paid on a notice. Returns its number.

    `entries`: ids of the claims' postings; None takes all that stand on no notice. Raises RuleBroken ST-10 when one of
    them can't be written off (any more), or when they don't come to more than zero.
    """
    agreement = agreements.in_force(dealer_id, action=False)
    today = clock.today(actor.timezone)
    number = numbering.take("HX", today.year)
    # The lock lets two notices over the same claims wait for each other.
    money.lock_fund(agreement)
    known = {claim.entry.id: claim for claim in queries.open_claims(agreement.id)}
    chosen = sorted(known if entries is None else set(entries))
    if any(entry_id not in known for entry_id in chosen):
        raise RuleBroken("ST-10", T("One of these claims stands on another notice already."), field="entries")
    amount = total(known[entry_id].amount for entry_id in chosen)
    if amount <= ZERO:
        raise RuleBroken("ST-10", T("Choose claims that come to more than zero."), field="entries")
    notice = WriteOff(
        agreement_id=agreement.id,
        dealer_id=agreement.dealer_id,
        number=number,
        state=WriteOffState.PREPARED,
        amount=amount,
        note=note.strip()[:300],
        prepared_by=actor.person_id,
        preparer=actor.name,
        prepared_on=today,
    )
    session().add(notice)
    session().flush()
    for entry_id in chosen:
        entry = known[entry_id].entry
        session().add(
            WriteOffLine(
                write_off_id=notice.id,
                dealer_id=agreement.dealer_id,
                entry_id=entry.id,
                document=entry.document,
                date=entry.date,
                quarter=entry.quarter,
                amount=known[entry_id].amount,
            )
        )
    session().flush()
    record(Tag.WRITE_OFF_PREPARED, actor, number, amount=str(amount), claims=len(chosen))
    return number


@command(allow=Permission.CLAIMS_WRITE_OFF)
def issue_write_off(actor: Actor, number: str, *, seen_version: int | None = None) -> str:
    """Issue a notice to the dealer. Returns its number.

    Raises RuleBroken FE-1 for the person who prepared it, ST-10 when it does not wait, Conflict when it changed.
    """
    notice = _seen(actor, number, seen_version)
    if notice.prepared_by is not None and actor.person_id is not None:
        check_four_eyes(notice.prepared_by, actor.person_id)
    notice.state = WRITE_OFF.advance(notice.state, WriteOffAction.ISSUE)
    notice.issuer, notice.issued_on = actor.name, clock.today(actor.timezone)
    record(Tag.WRITE_OFF_ISSUED, actor, number, dealer_id=notice.dealer_id, amount=str(notice.amount))
    return number


@command(allow=Permission.STATEMENTS_ANSWER)
def confirm_write_off(actor: Actor, number: str, *, seen_version: int | None = None) -> str:
    """The dealer agrees with the deduction. Raises RuleBroken ST-10 when it does not wait, Conflict when it changed."""
    notice = _seen(actor, number, seen_version)
    _answer(actor, notice, WriteOffAction.CONFIRM)
    record(Tag.WRITE_OFF_CONFIRMED, actor, number, dealer_id=notice.dealer_id, amount=str(notice.amount))
    return number


@command(allow=Permission.STATEMENTS_ANSWER)
def object_to_write_off(actor: Actor, number: str, *, reason: str, seen_version: int | None = None) -> str:
    """The dealer objects. Raises RuleBroken ST-10 without a reason or when it does not wait, Conflict."""
    if not reason.strip():
        raise RuleBroken("ST-10", T("Say what is wrong with the notice."), field="reason")
    notice = _seen(actor, number, seen_version)
    _answer(actor, notice, WriteOffAction.OBJECT)
    notice.objection = reason.strip()[:500]
    record(Tag.WRITE_OFF_OBJECTED, actor, number, dealer_id=notice.dealer_id, reason=reason.strip())
    return number


@command(allow=Permission.CLAIMS_WRITE_OFF)
def withdraw_write_off(actor: Actor, number: str, *, seen_version: int | None = None) -> str:
    """Take a notice back that the dealer has not confirmed; its claims can stand on another one. Returns its number.

    Raises RuleBroken ST-10 for a confirmed one, Conflict when it changed.
    """
    notice = _seen(actor, number, seen_version)
    shown = queries.is_shown(notice)
    notice.state = WRITE_OFF.advance(notice.state, WriteOffAction.WITHDRAW)
    for line in queries.write_off_lines(notice.id):
        line.released = True
    dealer_id = notice.dealer_id if shown else None
    record(Tag.WRITE_OFF_WITHDRAWN, actor, number, dealer_id=dealer_id, amount=str(notice.amount))
    return number


def _seen(actor: Actor, number: str, seen_version: int | None) -> WriteOff:
    notice = queries.write_off(number, actor.side)
    if seen_version is not None and notice.version != seen_version:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))
    return notice


def _answer(actor: Actor, notice: WriteOff, action: WriteOffAction) -> None:
    notice.state = WRITE_OFF.advance(notice.state, action)
    notice.answerer, notice.answered_on = actor.name, clock.today(actor.timezone)
