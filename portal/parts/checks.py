"""Parts requests against the ledger: what they hold and what was shipped is what was posted (PT-3)."""

from collections.abc import Iterator

import sqlalchemy as sa

from portal.agreements.models import Agreement
from portal.catalogue.models import Part
from portal.kernel.db import session
from portal.kernel.findings import Finding
from portal.kernel.money import ZERO, total
from portal.kernel.text import T
from portal.ledger import checks
from portal.ledger import queries as ledger
from portal.ledger.models import Entry, Line
from portal.ledger.rules import Account, EntryKind
from portal.parts import queries
from portal.parts.models import OldPartClearing, OldPartDebt, PartsRequest, Shipment, Stock, StockMovement
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
def payments(agreement: Agreement) -> Iterator[Finding]:
    """What a request says of its bought parts is what its lines cost and what was paid (PT-5)."""
    requests = session().scalars(
        sa.select(PartsRequest).where(
            PartsRequest.agreement_id == agreement.id, PartsRequest.bought.is_not(None)
        )
    )
    for request in requests.all():
        lines = [line.rule for line in queries.lines_of(request.id)]
        bought = total(line.bill(line.promised(request.state)) for line in lines)
        paid = [payment.amount for payment in queries.payments_of(request.id)]
        if (request.bought, request.paid) != (bought, total(paid) if paid else None):
            yield checks.wrong(
                T(
                    "Request {number} says {bought} for bought parts and {paid} paid; its lines and payments differ.",
                    number=request.number,
                    bought=request.bought or ZERO,
                    paid=request.paid or ZERO,
                )
            )


@checks.add
def draws(agreement: Agreement) -> Iterator[Finding]:
    """What was drawn and charged for parts is what the shipments cost, less what differences gave back (PT-7)."""
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
        (drawn or ZERO, total(shipment.cost for shipment in shipments) - queries.credited(agreement.id)),
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


@checks.add
def old_parts(agreement: Agreement) -> Iterator[Finding]:
    """What is open of old parts is what was owed less what was cleared; what was charged is posted (PT-9)."""
    cleared = (
        sa.select(sa.func.coalesce(sa.func.sum(OldPartClearing.pieces), 0))
        .where(OldPartClearing.debt_id == OldPartDebt.id)
        .scalar_subquery()
    )
    owed = sa.select(
        OldPartDebt.source, OldPartDebt.code, OldPartDebt.left_open, OldPartDebt.pieces - cleared
    )
    wrong = owed.where(
        OldPartDebt.agreement_id == agreement.id, OldPartDebt.left_open != OldPartDebt.pieces - cleared
    )
    for source, code, kept, found in session().execute(wrong):
        yield checks.wrong(
            T(
                "Old part {part} of {source}: {kept} are said to be open, {found} are.",
                part=code,
                source=source,
                kept=kept,
                found=found,
            )
        )
    charged = session().scalar(
        sa.select(sa.func.sum(OldPartClearing.amount))
        .join(OldPartDebt, OldPartDebt.id == OldPartClearing.debt_id)
        .where(OldPartDebt.agreement_id == agreement.id)
    )
    posted = session().scalar(
        sa.select(sa.func.sum(Line.amount))
        .join(Entry, Entry.id == Line.entry_id)
        .where(
            Entry.agreement_id == agreement.id,
            Entry.kind == EntryKind.DIRECT,
            Entry.basis == "old_part",
            Line.account == Account.DIRECT,
        )
    )
    if (charged or ZERO) != (posted or ZERO):
        yield checks.wrong(
            T(
                "Agreement {agreement}: {posted} is posted for old parts, {charged} was charged.",
                agreement=agreement.number,
                posted=posted or ZERO,
                charged=charged or ZERO,
            )
        )


@checks.add
def stock(agreement: Agreement) -> Iterator[Finding]:
    """What a selling point has of a part is the sum of what moved it (PT-8)."""
    moved = (
        sa.select(sa.func.coalesce(sa.func.sum(StockMovement.pieces), 0))
        .where(StockMovement.stock_id == Stock.id)
        .scalar_subquery()
    )
    wrong = (
        sa.select(Part.code, Stock.pieces, moved)
        .join(Part, Part.id == Stock.part_id)
        .where(Stock.dealer_id == agreement.dealer_id, Stock.pieces != moved)
    )
    for code, kept, found in session().execute(wrong):
        yield checks.wrong(
            T("Stock of {part}: {kept} are said to be there, {found} are.", part=code, kept=kept, found=found)
        )
