"""What other modules may do in the ledger inside their command: lock a fund, post, hold, freeze, close."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.agreements.rules import BaseKind
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import step
from portal.kernel.db import session
from portal.kernel.period import Quarter
from portal.ledger import queries
from portal.ledger.models import Balance, CancelledFee, Entry, Fund, Line
from portal.ledger.rules import (
    CLOSING_KINDS,
    Account,
    EntryKind,
    belongs_to,
    check_open,
    counting_quarter,
    entry_lines,
)


def _insert(table: type[Fund] | type[Balance]) -> "sqlite.Insert | postgresql.Insert":
    if session().get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


@step
def lock_fund(agreement: Agreement) -> Fund:
    """Lock the fund of an agreement until the command ends; every movement and hold of its money begins here.

    Sums that are read after this can't change under the command, whoever races (PT-3). It is taken after the
    document's number and before anything is recorded, always in this order.
    """
    db_session = session()
    parties = {
        "agreement_id": agreement.id,
        "manufacturer_id": agreement.manufacturer_id,
        "dealer_id": agreement.dealer_id,
    }
    statement = (
        _insert(Fund)
        .values(**parties, version=1)
        .on_conflict_do_update(index_elements=["agreement_id"], set_={"version": Fund.version + 1})
        .returning(Fund.id)
    )
    fund_id = db_session.scalar(statement, execution_options={"goes_round": "ledger"})
    return db_session.scalars(
        sa.select(Fund).where(Fund.id == fund_id).execution_options(populate_existing=True)
    ).one()


@step
def post(
    actor: Actor,
    fund: Fund,
    kind: EntryKind,
    amount: Decimal,
    *,
    source: str,
    date: dt.date,
    document: str,
    basis: str | None = None,
    memo: str = "",
    quarter: Quarter | None = None,
) -> Entry | None:
    """Post one balanced entry over `amount` (negative: a reversal) into the locked fund; None when it is zero.

    It counts in the quarter of `date`, or in the next open one when that is frozen (MN-4); `quarter` says another
    one (closing entries, adjustments of a disputed statement). `source` is unique: the same fact posts once.
    Raises RuleBroken MN-4 for a closed quarter.
    """
    if amount == 0:
        return None
    counted = quarter or counting_quarter(date, fund.frozen_until)
    if kind not in CLOSING_KINDS:
        check_open(counted, fund.closed_until)
    entry = Entry(
        agreement_id=fund.agreement_id,
        dealer_id=fund.dealer_id,
        source=source,
        kind=kind,
        basis=basis,
        date=date,
        posted_on=clock.today(actor.timezone),
        quarter=counted,
        belongs_to=belongs_to(date, counted),
        document=document,
        memo=memo[:200],
        actor=actor.name,
        at=clock.now(),
    )
    db_session = session()
    db_session.add(entry)
    db_session.flush()
    for account, signed in entry_lines(kind, amount):
        db_session.add(Line(entry_id=entry.id, dealer_id=fund.dealer_id, account=account, amount=signed))
        _add_to_balance(fund, counted, account, signed)
    db_session.flush()
    if kind is EntryKind.GRANT and basis is not None:
        _cancel_too(actor, fund, entry, BaseKind(basis))
    return entry


@step
def cancel_fees(
    actor: Actor, fund: Fund, quarter: Quarter, *, number: str, reason: str, evidence: Sequence[str]
) -> None:
    """Cancel what the cancellable bases granted in a quarter, and whatever they grant in it later (ST-9).

    Raises RuleBroken MN-4 for a closed quarter.
    """
    check_open(quarter, fund.closed_until)
    today = clock.today(actor.timezone)
    found = CancelledFee(
        agreement_id=fund.agreement_id,
        dealer_id=fund.dealer_id,
        number=number,
        quarter=quarter,
        reason=reason,
        evidence=list(evidence),
        date=today,
        actor=actor.name,
        at=clock.now(),
    )
    session().add(found)
    session().flush()
    for basis in agreements.terms_for(fund.agreement_id, quarter).cancellable:
        _post_cancelled(actor, fund, found, basis, f"{number}:cancel:{basis.value}", today)


def _cancel_too(actor: Actor, fund: Fund, entry: Entry, basis: BaseKind) -> None:
    """A fee posted into a quarter that lost its fees is cancelled with it; one that is taken back gives that back."""
    found = queries.cancelled_fee(fund.agreement_id, entry.quarter)
    if found is None or basis not in agreements.terms_for(fund.agreement_id, entry.quarter).cancellable:
        return
    _post_cancelled(actor, fund, found, basis, f"{found.number}:{entry.id}:cancel", entry.date)


def _post_cancelled(
    actor: Actor, fund: Fund, found: CancelledFee, basis: BaseKind, source: str, date: dt.date
) -> None:
    post(
        actor,
        fund,
        EntryKind.CANCEL,
        queries.left_to_cancel(fund.agreement_id, found.quarter, basis),
        source=source,
        date=date,
        document=found.number,
        basis=basis.value,
        memo=found.reason,
        quarter=found.quarter,
    )


def _add_to_balance(fund: Fund, quarter: Quarter, account: Account, amount: Decimal) -> None:
    statement = _insert(Balance).values(
        agreement_id=fund.agreement_id,
        manufacturer_id=fund.manufacturer_id,
        dealer_id=fund.dealer_id,
        quarter=quarter,
        account=account,
        amount=amount,
    )
    session().execute(
        statement.on_conflict_do_update(
            index_elements=["agreement_id", "quarter", "account"],
            set_={"amount": Balance.amount + statement.excluded.amount},
        ),
        execution_options={"goes_round": "ledger"},
    )


@step
def freeze(fund: Fund, quarter: Quarter) -> None:
    """A statement of `quarter` is issued: whatever would be dated into it counts in the next one from now on."""
    fund.frozen_until = quarter if fund.frozen_until is None else max(fund.frozen_until, quarter)
    fund.disputed = None


@step
def dispute(fund: Fund, quarter: Quarter) -> None:
    """The statement of `quarter` is disputed: adjustments go into it until it is issued again."""
    fund.disputed = quarter


@step
def close(fund: Fund, quarter: Quarter) -> None:
    """`quarter` is closed for good (MN-4)."""
    fund.closed_until = quarter
