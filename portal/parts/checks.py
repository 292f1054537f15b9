"""Parts requests against the ledger: what they hold and what was shipped is what was posted (PT-3)."""

from collections.abc import Iterator

import sqlalchemy as sa

from portal.agreements.models import Agreement
from portal.kernel.db import session
from portal.kernel.findings import Finding
from portal.kernel.money import ZERO, total
from portal.kernel.text import T
from portal.ledger import checks
from portal.ledger import queries as ledger
from portal.ledger.models import Entry, Line
from portal.ledger.rules import Account, EntryKind
from portal.parts import queries
from portal.parts.models import Shipment
from portal.parts.rules import held


@checks.add
def reserves(agreement: Agreement) -> Iterator[Finding]:
    """What the fund reserves is what open requests still ask of it, request by request."""
    posted = dict(ledger.held_by_document(agreement.id))
    asked = {
        request.number: held(request.state, [line.rule for line in queries.lines_of(request.id)])
        for request in queries.open_requests(agreement.id)
    }
    for number in sorted(posted.keys() | {number for number, amount in asked.items() if amount}):
        if posted.get(number, ZERO) != asked.get(number, ZERO):
            yield checks.wrong(
                T(
                    "Request {number} reserves {posted} of the fund, its lines ask for {asked}.",
                    number=number,
                    posted=posted.get(number, ZERO),
                    asked=asked.get(number, ZERO),
                )
            )


@checks.add
def draws(agreement: Agreement) -> Iterator[Finding]:
    """What was drawn and charged for parts is what the shipments cost."""
    shipments = session().scalars(sa.select(Shipment).where(Shipment.agreement_id == agreement.id)).all()
    drawn = session().scalar(
        sa.select(sa.func.sum(Line.amount))
        .join(Entry, Entry.id == Line.entry_id)
        .where(Entry.agreement_id == agreement.id, Line.account == Account.DRAWN)
    )
    express = session().scalar(
        sa.select(sa.func.sum(Line.amount))
        .join(Entry, Entry.id == Line.entry_id)
        .where(
            Entry.agreement_id == agreement.id,
            Entry.kind == EntryKind.DIRECT,
            Entry.basis == "express",
            Line.account == Account.DIRECT,
        )
    )
    for posted, cost in (
        (drawn or ZERO, total(shipment.cost for shipment in shipments)),
        (express or ZERO, total(shipment.express for shipment in shipments)),
    ):
        if posted != cost:
            yield checks.wrong(
                T(
                    "Agreement {agreement}: {posted} is posted for shipments that cost {cost}.",
                    agreement=agreement.number,
                    posted=posted,
                    cost=cost,
                )
            )
