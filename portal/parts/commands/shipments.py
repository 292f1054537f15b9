"""Shipping the parts of a request and confirming their receipt (PT-4 … PT-7)."""

from collections.abc import Mapping

import sqlalchemy as sa

from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.ledger import steps as ledger
from portal.ledger.rules import EntryKind
from portal.parts import queries, rules
from portal.parts.commands.common import locked, release, rules_of, spelled
from portal.parts.models import PartsRequest, Receipt, Shipment, ShipmentLine
from portal.parts.rules import REQUEST, RequestAction


@command(allow=Permission.PARTS_SHIP)
def ship(
    actor: Actor,
    number: str,
    pieces: Mapping[str, int],
    *,
    carrier: str = "",
    waybill: str = "",
    note: str = "",
    seen_version: int | None = None,
) -> str:
    """Ship approved parts of a request: part → pieces (PT-6). Returns the shipment's number.

    What was held for them becomes a draw of today; the first shipment charges the express surcharge to the dealer
    (PT-4). Raises RuleBroken PT-3, PT-5, PT-6.
    """
    today = clock.today(actor.timezone)
    shipment_number = numbering.take("FH", today.year)
    found, fund, lines = locked(number, seen_version)
    before, pieces = rules_of(lines), spelled(pieces)
    state, after = rules.ship(found.state, before, pieces, paid=False)
    cost, express = rules.shipment_cost(before, pieces), rules.express_due(found.express, before)
    shipment = Shipment(
        agreement_id=found.agreement_id,
        request_id=found.id,
        dealer_id=found.dealer_id,
        number=shipment_number,
        carrier=carrier,
        waybill=waybill,
        note=note,
        cost=cost,
        express=express,
        shipped_on=today,
        actor=actor.name,
        at=clock.now(),
    )
    session().add(shipment)
    session().flush()
    session().add_all(
        ShipmentLine(shipment_id=shipment.id, line_id=line.row.id, dealer_id=found.dealer_id, pieces=count)
        for line in lines
        if (count := pieces.get(line.row.code, 0))
    )
    release(actor, fund, found, rules.held(found.state, before) - rules.held(state, after), shipment_number)
    for kind, amount in ((EntryKind.DRAW, cost), (EntryKind.DIRECT, express)):
        ledger.post(
            actor,
            fund,
            kind,
            amount,
            source=f"{shipment_number}:{kind.value}",
            basis="express" if kind is EntryKind.DIRECT else None,
            date=today,
            document=number,
            memo=shipment_number,
        )
    found.state = state
    session().flush()
    record(
        Tag.PARTS_SHIPPED,
        actor,
        number,
        dealer_id=found.dealer_id,
        shipment=shipment_number,
        state=state.value,
        drawn=str(cost),
        express=str(express),
        carrier=carrier,
        waybill=waybill,
    )
    return shipment_number


@command(allow=Permission.PARTS_FILE)
def receive(
    actor: Actor,
    shipment_number: str,
    counted: Mapping[str, int] | None = None,
    *,
    notes: Mapping[str, str] | None = None,
) -> str:
    """Confirm the receipt of a shipment: part → pieces in good order; None: all as sent (PT-7). Returns its number.

    `notes`: part → what was short, wrong or damaged. Raises RuleBroken PT-3 when it was confirmed before, PT-7 for
    more than was sent.
    """
    parcel = queries.parcel(shipment_number)
    if parcel.receipt is not None:
        raise RuleBroken("PT-3", T("The receipt of {number} is confirmed already.", number=shipment_number))
    sent = {line.line.code: line.row.pieces for line in parcel.lines}
    found_pieces = sent if counted is None else spelled(counted)
    rules.check_receipt(sent, found_pieces)
    today, now = clock.today(actor.timezone), clock.now()
    session().add_all(
        Receipt(
            shipment_line_id=line.row.id,
            pieces=found_pieces.get(line.line.code, 0),
            note=(notes or {}).get(line.line.code, ""),
            received_on=today,
            actor=actor.name,
            at=now,
        )
        for line in parcel.lines
    )
    session().flush()
    request_id = parcel.shipment.request_id
    found = session().scalars(sa.select(PartsRequest).where(PartsRequest.id == request_id)).one()
    if RequestAction.RECEIVE in REQUEST.actions(found.state) and queries.all_received(request_id):
        found.state = REQUEST.advance(found.state, RequestAction.RECEIVE)
    record(
        Tag.PARTS_RECEIVED,
        actor,
        found.number,
        dealer_id=found.dealer_id,
        shipment=shipment_number,
        missing=sum(sent.values()) - sum(found_pieces.values()),
        state=found.state.value,
    )
    return shipment_number
