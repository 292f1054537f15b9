"""Recording sales and results, one by one and from a file, taking them back, granting their shares (ST-1, NW-7)."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.drafts import steps as drafts
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, RuleBroken
from portal.kernel.money import ZERO, round_money
from portal.kernel.period import Quarter
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.ledger import queries, steps
from portal.ledger.models import Fund, RecordedFigure
from portal.ledger.rules import (
    EntryKind,
    FigureKind,
    check_figure,
    check_open,
    check_sales,
    counting_quarter,
    rates_of,
    sales_quarter,
    share_delta,
)


@command(allow=Permission.FIGURES_WRITE)
def record_sales(
    actor: Actor, dealer_id: int, *, amount: Decimal, date: dt.date | None = None, note: str = ""
) -> str:
    """Record settled sales of a dealer (without a date: today's). Returns the number.

    Their share is granted with the year's fourth quarter, or the agreement's last. Raises RuleBroken ST-1 for a date
    to come or outside the agreement, for an amount that is not positive.
    """
    today = clock.today(actor.timezone)
    agreement = agreements.in_force(dealer_id, action=False)
    day = date or today
    check_sales(agreement.span, agreement.number, day, today, amount=amount)
    row = _new(actor, agreement, FigureKind.SALES, day, income=amount, cost=ZERO, note=note)
    _count(actor, agreement, steps.lock_fund(agreement), row)
    _record(actor, row)
    return row.number


@command(allow=Permission.FIGURES_WRITE)
def record_result(
    actor: Actor,
    dealer_id: int,
    *,
    income: Decimal,
    cost: Decimal,
    date: dt.date | None = None,
    note: str = "",
) -> str:
    """Record what a service point took in and what it cost in a period (without a date: today). Returns the number.

    The share of income less cost is granted at once, below zero when the cost is higher. Raises RuleBroken ST-1 for a
    date to come or outside the agreement, for an amount below zero.
    """
    today = clock.today(actor.timezone)
    agreement = agreements.in_force(dealer_id, action=False)
    day = date or today
    check_figure(agreement.span, agreement.number, day, today, income=income, cost=cost)
    row = _new(actor, agreement, FigureKind.RESULT, day, income=income, cost=cost, note=note)
    _count(actor, agreement, steps.lock_fund(agreement), row)
    _record(actor, row)
    return row.number


@command(allow=Permission.FIGURES_WRITE)
def reverse_figure(actor: Actor, number: str, *, reason: str) -> str:
    """Take recorded sales or a result back by a negative record of today. Returns its number.

    Raises RuleBroken ST-1 without a reason, when it is a reversal or was reversed already.
    """
    if not reason.strip():
        raise RuleBroken("ST-1", T("Say why; both parties read it."), field="text")
    original = queries.figure(number)
    if original.is_reversal or queries.reversing(original.id) is not None:
        raise RuleBroken("ST-1", T("{number} was reversed already.", number=number))
    agreement = agreements.by_id(original.agreement_id)
    row = _new(
        actor,
        agreement,
        original.kind,
        clock.today(actor.timezone),
        income=-original.income,
        cost=-original.cost,
        note=original.note,
    )
    # Sales of a year stay that year's, whenever they are taken back.
    row.year, row.is_reversal, row.reverses_id, row.reason = original.year, True, original.id, reason.strip()
    _count(actor, agreement, steps.lock_fund(agreement), row)
    record(
        Tag.FIGURE_REVERSED,
        actor,
        original.number,
        dealer_id=agreement.dealer_id,
        reversal=row.number,
        amount=str(original.amount),
        reason=reason.strip(),
    )
    return row.number


@command(allow=Permission.CLOCK, silent=True)
def grant_sales(actor: Actor, agreement_id: int) -> None:
    """The quarter that grants the share of a year's sales has begun: grant it for what waits (ST-1)."""
    agreement = agreements.by_id(agreement_id)
    fund = steps.lock_fund(agreement)
    for row in queries.waiting_sales(agreement_id):
        if _is_due(actor, agreement, row):
            _count_sales(actor, agreement, fund, row)


@command(allow=Permission.FIGURES_WRITE, silent=True)
def keep_figures(
    actor: Actor, kind: FigureKind, filename: str, rows: Sequence[tuple[int, Sequence[str]]]
) -> int:
    """Keep the rows of a file until somebody decides about their verdicts. Returns the draft's id."""
    kept = {"name": filename, "kind": kind.value, "rows": [[n, list(cells)] for n, cells in rows]}
    return drafts.keep(actor, queries.FIGURES_FILE, kept)


@command(allow=Permission.FIGURES_WRITE)
def import_figures(actor: Actor, draft_id: int, *, seen_good: int) -> list[str]:
    """Record the good rows of a kept file, all at once; the others are left out. Returns the numbers.

    `seen_good`: how many good rows the person was shown; Conflict when it is another number now. Raises NotFound for
    a file that is not kept any more, RuleBroken ST-1 when no row is good.
    """
    judged = queries.judge_kept_figures(draft_id, clock.today(actor.timezone))
    if len(judged.good) != seen_good:
        raise Conflict(T("The verdicts have changed since you looked. Look at the file again."))
    if not judged.good:
        raise RuleBroken("ST-1", T("No row of this file can be recorded."))
    held: dict[int, Agreement] = {}
    rows = []
    for verdict in judged.good:
        values = verdict.values
        agreement = agreements.in_force(values["dealer_id"], action=False)
        held[agreement.id] = agreement
        amounts = {"income": values["income"], "cost": values.get("cost") or ZERO}
        note = values.get("note") or ""
        rows.append(_new(actor, agreement, judged.kind, values["date"], note=note, **amounts))
    # First every number, then every fund in one order, the facts last: nobody waits for somebody who waits for him.
    funds = {agreement_id: steps.lock_fund(held[agreement_id]) for agreement_id in sorted(held)}
    for row in rows:
        _count(actor, held[row.agreement_id], funds[row.agreement_id], row)
    drafts.finish(draft_id)
    for row in rows:
        _record(actor, row)
    return [row.number for row in rows]


def _new(
    actor: Actor,
    agreement: Agreement,
    kind: FigureKind,
    date: dt.date,
    *,
    income: Decimal,
    cost: Decimal,
    note: str,
) -> RecordedFigure:
    return RecordedFigure(
        agreement_id=agreement.id,
        dealer_id=agreement.dealer_id,
        kind=kind,
        number=numbering.take(kind.prefix, date.year),
        date=date,
        year=date.year,
        income=income,
        cost=cost,
        note=note.strip()[:200],
        actor=actor.name,
        at=clock.now(),
    )


def _record(actor: Actor, row: RecordedFigure) -> None:
    record(
        Tag.FIGURE_RECORDED,
        actor,
        row.number,
        dealer_id=row.dealer_id,
        amount=str(row.amount),
        date=str(row.date),
        note=row.note,
    )


def _count(actor: Actor, agreement: Agreement, fund: Fund, row: RecordedFigure) -> None:
    """Save the figure and post what it grants, as far as its time has come."""
    session().add(row)
    session().flush()
    if row.kind is FigureKind.RESULT:
        _count_result(actor, agreement, fund, row)
    elif _is_due(actor, agreement, row):
        _count_sales(actor, agreement, fund, row)


def _is_due(actor: Actor, agreement: Agreement, row: RecordedFigure) -> bool:
    """Whether the quarter that grants the share of its year's sales has begun."""
    return clock.today(actor.timezone) >= sales_quarter(row.year, agreement.span).first


def _count_sales(actor: Actor, agreement: Agreement, fund: Fund, row: RecordedFigure) -> None:
    """Each share of the year's sales, by the terms of the quarter that grants it; an issued one has passed it on."""
    granting = sales_quarter(row.year, agreement.span)
    day = max(row.date, granting.first)
    before = queries.sales_counted(agreement.id, row.year)
    row.quarter = counting_quarter(day, fund.frozen_until)
    check_open(row.quarter, fund.closed_until)
    session().flush()
    for place, rate in enumerate(rates_of(agreements.terms_for(agreement.id, granting), row.kind.basis)):
        _grant(actor, fund, row, place, share_delta(rate, before, row.income), day)


def _count_result(actor: Actor, agreement: Agreement, fund: Fund, row: RecordedFigure) -> None:
    """Each share of the result, rounded by itself; a reversal takes back what was granted, whatever the terms say."""
    row.quarter = counting_quarter(row.date, fund.frozen_until)
    check_open(row.quarter, fund.closed_until)
    session().flush()
    if row.reverses_id is not None:
        original = queries.figure_by_id(row.reverses_id)
        shares = [-moved.amount for moved in queries.of_document(original.number)]
    else:
        ratios = rates_of(agreements.terms_for(agreement.id, row.quarter), row.kind.basis)
        shares = [round_money(ratio * row.amount) for ratio in ratios]
    for place, amount in enumerate(shares):
        _grant(actor, fund, row, place, amount, row.date)


def _grant(actor: Actor, fund: Fund, row: RecordedFigure, place: int, amount: Decimal, day: dt.date) -> None:
    quarter: Quarter | None = row.quarter
    steps.post(
        actor,
        fund,
        EntryKind.GRANT,
        amount,
        source=f"{row.number}:grant:{place}",
        date=day,
        document=row.number,
        basis=row.kind.basis.value,
        memo=row.note,
        quarter=quarter,
    )
