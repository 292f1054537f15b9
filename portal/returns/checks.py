"""Dispositions against the ledger: what was posted for returns is what their units cost (RT-5)."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import sqlalchemy as sa

from portal.agreements.models import Agreement
from portal.agreements.rules import Bearer
from portal.kernel.db import session
from portal.kernel.findings import Finding
from portal.kernel.money import ZERO
from portal.kernel.text import T
from portal.ledger import checks
from portal.ledger.models import Entry, Line
from portal.ledger.rules import Account
from portal.returns.models import ReturnDisposition, ReturnedUnit, ReturnRequest
from portal.returns.rules import charges

_ACCOUNTS = {Account.CHARGED: Bearer.FUND, Account.DIRECT: Bearer.DEALER}


@checks.add
def charged(agreement: Agreement) -> Iterator[Finding]:
    """Request by request: what the fund and the dealer were charged is what the dispositions say."""
    posted: dict[tuple[str, Bearer], Decimal] = defaultdict(lambda: ZERO)
    rows = session().execute(
        sa.select(Entry.document, Line.account, Line.amount)
        .join(Line, Line.entry_id == Entry.id)
        .where(
            Entry.agreement_id == agreement.id,
            Entry.basis == "return",
            Line.account.in_(list(_ACCOUNTS)),
        )
    )
    for document, account, amount in rows:
        posted[document, _ACCOUNTS[account]] += amount
    cost: dict[tuple[str, Bearer], Decimal] = defaultdict(lambda: ZERO)
    disposed = session().execute(
        sa.select(ReturnRequest.number, ReturnedUnit, ReturnDisposition)
        .join(ReturnedUnit, ReturnedUnit.request_id == ReturnRequest.id)
        .join(ReturnDisposition, ReturnDisposition.line_id == ReturnedUnit.id)
        .where(ReturnRequest.agreement_id == agreement.id)
    )
    for number, row, disposition in disposed:
        for charge in charges(row.bearers, disposition.costs):
            if charge.posted:
                cost[number, charge.bearer] += charge.amount
    for number, bearer in sorted(posted.keys() | cost.keys()):
        if posted[number, bearer] != cost[number, bearer]:
            yield checks.wrong(
                T(
                    "Return {number}: {posted} is posted for dispositions that cost {cost}.",
                    number=number,
                    posted=posted[number, bearer],
                    cost=cost[number, bearer],
                )
            )
