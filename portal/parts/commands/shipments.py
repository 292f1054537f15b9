"""Shipping the parts of a request: approved ones, and those that make good a difference (PT-4 … PT-7)."""

from collections.abc import Mapping

from portal.agreements import queries as agreements
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.catalogue.rules import Supply
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import RuleBroken
from portal.kernel.money import ZERO
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.ledger import steps as ledger
from portal.ledger.rules import EntryKind
from portal.parts import queries, rules, steps
from portal.parts.commands.common import locked, release, rules_of, spelled
from portal.parts.models import Reshipment, Shipment, ShipmentLine
from portal.parts.rules import DifferenceState


@command(allow=Permission.PARTS_SHIP)
def ship(
    actor: Actor,
    number: str,
    pieces: Mapping[str, int],
    *,
    carrier: str = "",
    waybill: str = "",
    note: str = "",
    late_reason: str = "",
    seen_version: int | None = None,
) -> str:
    """Ship approved parts of a request: part → pieces (PT-6). Returns the shipment's number.

    What was held for them becomes a draw of today; exchange parts make the dealer owe the old ones (PT-9); the first
    shipment charges the express surcharge to the dealer (PT-4). Bought parts wait for `confirm_payment` (PT-5).
    `late_reason`: why they leave after the last day to ship. Raises RuleBroken PT-3, PT-5, PT-6.
    """
    today = clock.today(actor.timezone)
    shipment_number = numbering.take("FH", today.year)
    found, fund, lines = locked(number, seen_version)
    before, pieces = rules_of(lines), spelled(pieces)
    due = queries.bill_of(found, lines)
    state, after = rules.ship(found.state, before, pieces, paid=due is not None and due.settled)
    cost, express = rules.shipment_cost(before, pieces), rules.express_due(found.surcharge, before)
    shipment = Shipment(
        agreement_id=found.agreement_id,
        request_id=found.id,
        dealer_id=found.dealer_id,
        number=shipment_number,
        carrier=carrier,
        waybill=waybill,
        note=note,
        late_reason=late_reason if found.ship_due is not None and today > found.ship_due else "",
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
        if (count := pieces.get(line.supplied.code, 0))
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
    exchanged = {
        line.part: pieces[line.part]
        for line in before
        if line.supply is Supply.EXCHANGE and pieces.get(line.part, 0)
    }
    steps.owe_old_parts(
        actor,
        agreements.by_id(found.agreement_id),
        exchanged,
        document=number,
        source=shipment_number,
        day=today,
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


@command(allow=Permission.PARTS_SHIP)
def ship_again(
    actor: Actor, difference_number: str, *, carrier: str = "", waybill: str = "", note: str = ""
) -> str:
    """Send the pieces of a difference again (PT-7). Returns the shipment's number.

    They were drawn, paid for and owed with the first shipment, so this one costs nothing. Raises RuleBroken PT-7 when
    the answer was another one, or they left already.
    """
    today = clock.today(actor.timezone)
    shipment_number = numbering.take("FH", today.year)
    case = queries.difference(difference_number)
    found, _fund, _lines = locked(case.request_number, None)
    case = queries.difference(difference_number)
    if case.state is not DifferenceState.TO_RESHIP:
        raise RuleBroken("PT-7", T("Difference {number} is not to be sent again.", number=difference_number))
    shipment = Shipment(
        agreement_id=found.agreement_id,
        request_id=found.id,
        dealer_id=found.dealer_id,
        number=shipment_number,
        carrier=carrier,
        waybill=waybill,
        note=note,
        cost=ZERO,
        shipped_on=today,
        actor=actor.name,
        at=clock.now(),
    )
    session().add(shipment)
    session().flush()
    session().add_all(
        [
            ShipmentLine(
                shipment_id=shipment.id,
                line_id=case.line_id,
                dealer_id=found.dealer_id,
                pieces=case.row.pieces,
            ),
            Reshipment(difference_id=case.row.id, shipment_id=shipment.id, dealer_id=found.dealer_id),
        ]
    )
    session().flush()
    record(
        Tag.PARTS_RESHIPPED,
        actor,
        case.request_number,
        dealer_id=found.dealer_id,
        number=difference_number,
        shipment=shipment_number,
        carrier=carrier,
        waybill=waybill,
    )
    return shipment_number
