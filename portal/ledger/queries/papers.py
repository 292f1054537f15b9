"""The quota statement, filled in from what the quota's page shows."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.agreements.rules import BaseKind, base_in_words, version_in_force
from portal.documents.rules import Bilingual, Party, quarter_words
from portal.documents.words import both, said
from portal.kernel.money import format_rate, total
from portal.kernel.period import Month, Quarter
from portal.ledger.queries.balances import figures
from portal.ledger.queries.entries import Running, Step, held_by_document, movements, running
from portal.ledger.queries.remittances import remittances
from portal.ledger.rules import Account, EntryKind, act_of, month_in, quota
from portal.ledger.rules.papers import TITLE, QuotaLine, QuotaMonth, QuotaStatement, check_statement
from portal.tenants import queries as tenants


def quota_statement(
    agreement: Agreement, period: Quarter | Month, *, today: dt.date, moment: str
) -> QuotaStatement:
    """How the quota of an agreement moved in a quarter or in one month of it, as far as it is posted now.

    `moment`: now, as it is printed. The requests that hold money are listed for the quarter of `today`.
    """
    quarter = period if isinstance(period, Quarter) else period.quarter
    months = (
        [period] if isinstance(period, Month) else [m for m in quarter.months if m <= _last(quarter, today)]
    )
    version = version_in_force(agreements.versions(agreement.id), quarter.last)
    moved = [running(agreement, month) for month in months]
    whole = isinstance(period, Quarter)
    view = QuotaStatement(
        title=TITLE,
        number=f"{agreement.number}-{period}",
        issuer=tenants.manufacturer().name,
        issued_on=str(today),
        currency=version.terms.currency,
        copies=(
            Bilingual("第一联　厂方", "Copy 1: manufacturer"),
            Bilingual("第二联　经销商", "Copy 2: dealer"),
        ),
        manufacturer=Party.of(tenants.manufacturer(), bank=False),
        dealer=Party.of(tenants.dealer_by_id(agreement.dealer_id), bank=False),
        agreement=agreement.number,
        terms_version=version.number,
        period=quarter_words(str(period))
        if whole
        else Bilingual(f"{period.year} 年 {months[0].number} 月", str(period)),
        moment=moment,
        bases=tuple(said(base_in_words(base)) for base in version.terms.bases),
        terms=_terms(agreement, quarter, moved[-1]) if whole else (),
        months=_months(agreement, quarter, moved, version.terms.remittance_rates),
        held=tuple(held_by_document(agreement.id)) if quarter == Quarter.of(today) else (),
    )
    check_statement(view)
    return view


def _last(quarter: Quarter, today: dt.date) -> Month:
    """The running month; of a quarter that has not begun its first, for something of today may count there."""
    return max(Month.of(today), quarter.months[0])


def _terms(agreement: Agreement, quarter: Quarter, last: Running) -> tuple[tuple[Bilingual, Decimal], ...]:
    """The formula at the quarter's end: what its requests held then is what its result lacks to the quota."""
    found = figures(agreement, quarter)
    formula = quota(quarter, found, opening=found.opening, reserved=found.result - last.ends)
    return tuple((both(account), amount) for account, amount in formula.terms)


def _months(
    agreement: Agreement, quarter: Quarter, moved: list[Running], rates: tuple[Decimal, ...]
) -> tuple[QuotaMonth, ...]:
    paid = remittances(agreement.id, quarter)
    granted = movements(agreement.id, quarter, Account.GRANTED)
    amounts = {row.number: f"{' + '.join(map(format_rate, rates))} × {row.amount:,.2f}" for row in paid}
    drawn = {
        act_of(move.entry.source): f"领用 Drawn {move.amount:,.2f}"
        for move in movements(agreement.id, quarter, Account.DRAWN)
    }
    found = []
    for one in moved:
        of_month = [row for row in paid if month_in(row.date, quarter) == one.month]
        found.append(
            QuotaMonth(
                month=str(one.month),
                begins=one.begins,
                ends=one.ends,
                remitted=total(row.amount for row in of_month),
                remittances=len(of_month),
                granted=-total(move.amount for move in granted if move.entry.month == one.month),
                lines=tuple(_line(step, amounts, drawn) for step in one.steps),
            )
        )
    return tuple(found)


def _line(step: Step, remitted: Mapping[str, str], drawn: Mapping[str, str]) -> QuotaLine:
    entry, note = step.entry, ""
    if entry.basis == BaseKind.REMITTANCE_SHARE:
        note = remitted.get(entry.document, "")
    elif EntryKind.DRAW in step.kinds:
        note = drawn.get(act_of(entry.source), "")
    elif EntryKind.ADJUST in step.kinds:
        note = entry.memo
    return QuotaLine(
        date=str(entry.posted_on),
        document=entry.document,
        text=said(step.text),
        note=note,
        plus=step.plus,
        minus=step.minus,
        left=step.left,
    )
