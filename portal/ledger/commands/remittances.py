"""Recording remittances, one by one and from a file, and taking them back (ST-11, ST-1)."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.agreements.rules import BaseKind
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.drafts import steps as drafts
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.ledger import queries, steps
from portal.ledger.models import Fund, Remittance
from portal.ledger.rules import (
    EntryKind,
    check_open,
    check_remittance,
    counting_quarter,
    share_delta,
)


@command(allow=Permission.REMITTANCES_WRITE)
def record_remittance(actor: Actor, dealer_id: int, *, date: dt.date, amount: Decimal, bank_ref: str) -> str:
    """Record money that a dealer paid; its share is granted at once (ST-1). Returns the number.

    Raises RuleBroken ST-11 for a reference that is known, a date to come or before the agreement, an amount that
    is not positive.
    """
    today = clock.today(actor.timezone)
    agreement = agreements.in_force(dealer_id, action=False)
    check_remittance(agreement.span, agreement.number, date, today, amount)
    if queries.remittance_by_reference(bank_ref) is not None:
        raise RuleBroken(
            "ST-11",
            T("A remittance with bank reference {ref} is recorded already.", ref=bank_ref),
            field="bank_ref",
        )
    remittance = Remittance(number=numbering.take("HK", date.year), amount=amount, bank_ref=bank_ref)
    _grant(actor, agreement, steps.lock_fund(agreement), remittance, date)
    _record(actor, remittance)
    return remittance.number


@command(allow=Permission.REMITTANCES_WRITE, silent=True)
def keep_file(actor: Actor, filename: str, rows: Sequence[tuple[int, Sequence[str]]]) -> int:
    """Keep the rows of a file of remittances until somebody decides about their verdicts. Returns the draft's id."""
    return drafts.keep(
        actor, queries.FILE, {"name": filename, "rows": [[n, list(cells)] for n, cells in rows]}
    )


@command(allow=Permission.REMITTANCES_WRITE)
def import_remittances(actor: Actor, draft_id: int, *, seen_good: int) -> list[str]:
    """Record the good rows of a kept file, all at once; the others are left out. Returns the numbers.

    `seen_good`: how many good rows the person was shown; Conflict when it is another number now. Raises NotFound for
    a file that is not kept any more, RuleBroken ST-11 when no row is good.
    """
    good = [
        verdict
        for verdict in queries.judge_kept(draft_id, clock.today(actor.timezone)).verdicts
        if verdict.ok
    ]
    if len(good) != seen_good:
        raise Conflict(T("The verdicts have changed since you looked. Look at the file again."))
    if not good:
        raise RuleBroken("ST-11", T("No row of this file can be recorded."))
    rows = []
    for verdict in good:
        values = verdict.values
        date: dt.date = values["date"]
        remittance = Remittance(
            number=numbering.take("HK", date.year), amount=values["amount"], bank_ref=values["bank_ref"]
        )
        rows.append((agreements.in_force(values["dealer_id"], action=False), remittance, date))
    # First every number, then every fund in one order, the facts last: nobody waits for somebody who waits for him.
    held = {agreement.id: agreement for agreement, _, _ in rows}
    funds = {agreement_id: steps.lock_fund(held[agreement_id]) for agreement_id in sorted(held)}
    for agreement, remittance, date in rows:
        _grant(actor, agreement, funds[agreement.id], remittance, date)
    drafts.finish(draft_id)
    for _, remittance, _ in rows:
        _record(actor, remittance)
    return [remittance.number for _, remittance, _ in rows]


@command(allow=Permission.REMITTANCES_WRITE)
def reverse_remittance(actor: Actor, number: str, *, reason: str = "") -> str:
    """Take a remittance back by a reversal that refers to it and counts today. Returns the reversal's number.

    Raises RuleBroken ST-11 when it is a reversal or was reversed already.
    """
    today = clock.today(actor.timezone)
    original = queries.remittance(number)
    if original.is_reversal or queries.is_reversed(original.id):
        raise RuleBroken("ST-11", T("Remittance {number} was reversed already.", number=number))
    agreement = agreements.by_id(original.agreement_id)
    reversal = Remittance(
        number=numbering.take("HK", today.year),
        amount=-original.amount,
        bank_ref=original.bank_ref,
        is_reversal=True,
        reverses_id=original.id,
        reason=reason,
    )
    _grant(actor, agreement, steps.lock_fund(agreement), reversal, today)
    record(
        Tag.REMITTANCE_REVERSED,
        actor,
        original.number,
        dealer_id=agreement.dealer_id,
        reversal=reversal.number,
        amount=str(original.amount),
        reason=reason,
    )
    return reversal.number


def _record(actor: Actor, remittance: Remittance) -> None:
    record(
        Tag.REMITTANCE_RECORDED,
        actor,
        remittance.number,
        dealer_id=remittance.dealer_id,
        amount=str(remittance.amount),
        bank_ref=remittance.bank_ref,
        date=str(remittance.date),
    )


def _grant(actor: Actor, agreement: Agreement, fund: Fund, remittance: Remittance, date: dt.date) -> None:
    """Save the remittance in the quarter that it counts in and post what each remittance share grants for it."""
    quarter = counting_quarter(date, fund.frozen_until)
    check_open(quarter, fund.closed_until)
    before = queries.remitted(agreement.id, quarter)
    remittance.agreement_id, remittance.dealer_id = agreement.id, agreement.dealer_id
    remittance.date, remittance.quarter = date, quarter
    remittance.actor, remittance.at = actor.name, clock.now()
    session().add(remittance)
    session().flush()
    terms = agreements.terms_for(agreement.id, quarter)
    for place, rate in enumerate(terms.remittance_rates):
        steps.post(
            actor,
            fund,
            EntryKind.GRANT,
            share_delta(rate, before, remittance.amount),
            source=f"{remittance.number}:grant:{place}",
            date=date,
            document=remittance.number,
            basis=BaseKind.REMITTANCE_SHARE.value,
            quarter=quarter,
        )
