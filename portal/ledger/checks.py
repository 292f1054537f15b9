"""Does the ledger add up? Balances are rebuilt from their lines and compared, with what other modules know (MN-3).

Other modules register what they can compare with their own records; the checks run in one tenant's scope and change
nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.kernel.db import session
from portal.kernel.findings import Finding, Severity
from portal.kernel.money import ZERO, share, total
from portal.kernel.period import Quarter
from portal.kernel.text import T
from portal.ledger import queries
from portal.ledger.models import Balance, CancelledFee, Entry, Fund, Line, Remittance
from portal.ledger.rules import SIDES, Account

Check = Callable[[Agreement], Iterator[Finding]]
_checks: list[Check] = []


def add(check: Check) -> Check:
    """Register a check of one agreement; decorates a function of another module's `checks`."""
    if check not in _checks:
        _checks.append(check)
    return check


def check() -> list[Finding]:
    """Everything in the scope that doesn't add up; empty when all is well."""
    found = list(_entries())
    for agreement in session().scalars(sa.select(Agreement).order_by(Agreement.id)):
        for one in _checks:
            found += one(agreement)
    return found


def wrong(text: T) -> Finding:
    """A finding of these checks."""
    return Finding("MN-3", Severity.BLOCKS, text)


def _entries() -> Iterator[Finding]:
    """Each entry has two lines, on the accounts of its kind, that sum to zero."""
    lines: dict[int, dict[Account, Decimal]] = defaultdict(dict)
    for entry_id, account, amount in session().execute(sa.select(Line.entry_id, Line.account, Line.amount)):
        lines[entry_id][account] = amount
    for entry_id, kind, source in session().execute(
        sa.select(Entry.id, Entry.kind, Entry.source).order_by(Entry.id)
    ):
        sides = lines[entry_id]
        if total(sides.values()) != ZERO or set(sides) != set(SIDES[kind]):
            yield wrong(
                T(
                    "Entry {source} is not balanced: its lines sum to {sum}.",
                    source=source,
                    sum=total(sides.values()),
                )
            )


@add
def _balances(agreement: Agreement) -> Iterator[Finding]:
    """A balance is the sum of its lines."""
    rows = session().execute(
        sa.select(Entry.quarter, Line.account, sa.func.sum(Line.amount))
        .join(Line, Line.entry_id == Entry.id)
        .where(Entry.agreement_id == agreement.id)
        .group_by(Entry.quarter, Line.account)
    )
    rebuilt = {(quarter, account): amount for quarter, account, amount in rows}
    kept = {
        (row.quarter, row.account): row.amount
        for row in session().scalars(sa.select(Balance).where(Balance.agreement_id == agreement.id))
    }
    for quarter, account in sorted(rebuilt.keys() | kept.keys()):
        sums, known = rebuilt.get((quarter, account), ZERO), kept.get((quarter, account), ZERO)
        if sums != known:
            yield wrong(
                T(
                    "Agreement {agreement}, {quarter}: the balance of {account} is {kept}, its postings sum to {sum}.",
                    agreement=agreement.number,
                    quarter=quarter,
                    account=account,
                    kept=known,
                    sum=sums,
                )
            )


@add
def _closed(agreement: Agreement) -> Iterator[Finding]:
    """A closed quarter holds no money any more."""
    until = session().scalar(sa.select(Fund.closed_until).where(Fund.agreement_id == agreement.id))
    if until is None:
        return
    left = sa.select(Balance).where(
        Balance.agreement_id == agreement.id, Balance.account == Account.FUND, Balance.quarter <= until
    )
    for row in session().scalars(left):
        if row.amount != ZERO:
            yield wrong(
                T(
                    "Agreement {agreement}: the fund of closed quarter {quarter} still holds {amount}.",
                    agreement=agreement.number,
                    quarter=row.quarter,
                    amount=row.amount,
                )
            )


@add
def _grants(agreement: Agreement) -> Iterator[Finding]:
    """What remittances granted in a quarter is the rounded share of their sum (ST-1)."""
    remitted = session().execute(
        sa.select(Remittance.quarter, sa.func.sum(Remittance.amount))
        .where(Remittance.agreement_id == agreement.id)
        .group_by(Remittance.quarter)
    )
    granted: dict[Quarter, Decimal] = defaultdict(lambda: ZERO)
    for quarter, amount in session().execute(
        sa.select(Entry.quarter, sa.func.sum(Line.amount))
        .join(Line, Line.entry_id == Entry.id)
        .where(
            Entry.agreement_id == agreement.id,
            Entry.basis == "remittance_share",
            Line.account == Account.GRANTED,
        )
        .group_by(Entry.quarter)
    ):
        granted[quarter] = -amount
    for quarter, amount in remitted:
        rates = agreements.terms_for(agreement.id, quarter).remittance_rates
        expected = total(share(amount, rate) for rate in rates)
        if granted[quarter] != expected:
            yield wrong(
                T(
                    "Agreement {agreement}, {quarter}: remittances granted {granted}, their share is {expected}.",
                    agreement=agreement.number,
                    quarter=quarter,
                    granted=granted[quarter],
                    expected=expected,
                )
            )


@add
def _cancelled(agreement: Agreement) -> Iterator[Finding]:
    """A quarter that lost its fees has lost all of them (ST-9)."""
    statement = sa.select(CancelledFee).where(CancelledFee.agreement_id == agreement.id)
    for row in session().scalars(statement.order_by(CancelledFee.quarter)):
        for basis in agreements.terms_for(agreement.id, row.quarter).cancellable:
            left = queries.left_to_cancel(agreement.id, row.quarter, basis)
            if left != ZERO:
                yield wrong(
                    T(
                        "Agreement {agreement}, {quarter}: {amount} of the cancelled fees are not taken back.",
                        agreement=agreement.number,
                        quarter=row.quarter,
                        amount=left,
                    )
                )
