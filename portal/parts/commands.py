"""Requesting parts, deciding, cancelling, shipping and receiving them (PT-1 … PT-7, PT-10).

Each act that holds or moves money locks the agreement's fund first and reads the request after that, so that no two
of them judge the same balance (PT-3).
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, RuleBroken
from portal.kernel.foureyes import check_four_eyes
from portal.kernel.money import ZERO
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.ledger import steps as ledger
from portal.ledger.models import Fund
from portal.ledger.rules import EntryKind
from portal.parts import queries, rules
from portal.parts.models import PartsDecision, PartsLine, PartsRequest, Receipt, Shipment, ShipmentLine
from portal.parts.queries import Line
from portal.parts.rules import REQUEST, Purpose, RequestAction, RequestLine, RequestState, Shipping

STALE = T("Somebody else changed this just now. Look at it again, then decide.")


@command(allow=Permission.PARTS_FILE)
def request(
    actor: Actor,
    pieces: Mapping[str, int],
    *,
    purpose: Purpose = Purpose.STOCK,
    purpose_note: str = "",
    needed_by: dt.date | None = None,
    shipping: Shipping = Shipping.ORDINARY,
    express: Decimal = ZERO,
    consent: bool = False,
    shown_excess: Decimal | None = None,
) -> str:
    """File a parts request of the actor's dealer: `pieces` are part → pieces. Returns its number.

    Its whole fund amount is reserved (PT-3) at the prices of today (PT-10). `express` is the surcharge that the first
    shipment charges to the dealer (PT-4). `consent`: the dealer agrees to what the quota doesn't cover;
    `shown_excess`: the amount that it saw when it agreed. Raises RuleBroken PT-1, PT-2, PT-5, PT-10, AG-1.
    """
    if actor.dealer_id is None:
        raise Forbidden
    today = clock.today(actor.timezone)
    agreement = agreements.in_force(actor.dealer_id)
    if today not in agreement.span:
        raise RuleBroken("AG-1", T("Agreement {number} does not cover today.", number=agreement.number))
    priced = queries.priced(pieces, today)
    lines = tuple(line for _, line in priced)
    rules.check_request(lines, express)
    if needed_by is not None and needed_by < today:
        raise RuleBroken("PT-1", T("The parts can't be needed before today."), field="needed_by")
    number = numbering.take("BL", today.year)
    fund = ledger.lock_fund(agreement)
    cover = queries.cover(agreement, rules.request_total(lines), today)
    rules.check_consent(cover.excess, consent=consent, shown=shown_excess)
    filed = PartsRequest(
        agreement_id=agreement.id,
        number=number,
        state=RequestState.SUBMITTED,
        purpose=purpose,
        purpose_note=purpose_note,
        needed_by=needed_by,
        shipping=shipping,
        express=express if shipping is Shipping.EXPRESS else ZERO,
        total=cover.total,
        available=cover.available,
        covered=cover.covered,
        excess=cover.excess,
        filed_on=today,
        filed_at=clock.now(),
        filed_by=actor.person_id,
        filer=actor.name,
    )
    session().add(filed)
    session().flush()
    session().add_all(
        PartsLine(
            request_id=filed.id,
            place=place,
            part_id=part.id,
            code=part.code,
            name=part.name,
            unit=part.unit,
            supply=part.supply,
            price=line.price,
            asked=line.asked,
        )
        for place, (part, line) in enumerate(priced, start=1)
    )
    session().flush()
    ledger.post(
        actor, fund, EntryKind.HOLD, cover.total, source=f"{number}:hold", date=today, document=number
    )
    record(
        Tag.PARTS_FILED,
        actor,
        number,
        dealer_id=agreement.dealer_id,
        total=str(cover.total),
        excess=str(cover.excess),
        lines=len(lines),
    )
    return number


@command(allow=Permission.PARTS_DECIDE)
def decide(
    actor: Actor,
    number: str,
    approved: Mapping[str, int],
    *,
    reasons: Mapping[str, str] | None = None,
    seen_version: int | None = None,
) -> str:
    """Decide a request line by line: part → pieces; a part that is not named gets none (PT-6). Returns the state.

    What is not approved is released at once. `reasons`: part → why it gets fewer. Raises RuleBroken PT-3, FE-1.
    """
    found, fund, lines = _locked(number, seen_version)
    if found.filed_by is not None and actor.person_id is not None:
        check_four_eyes(found.filed_by, actor.person_id)
    before = _rules(lines)
    state, after = rules.decide(found.state, before, _spelled(approved))
    now = clock.now()
    session().add_all(
        PartsDecision(
            line_id=line.row.id,
            dealer_id=found.dealer_id,
            approved=decided.decided,
            reason=(reasons or {}).get(line.row.code, ""),
            actor=actor.name,
            at=now,
        )
        for line, decided in zip(lines, after, strict=True)
    )
    _release(
        actor, fund, found, rules.held(found.state, before) - rules.held(state, after), f"{number}:decide"
    )
    found.state = state
    session().flush()
    record(
        Tag.PARTS_DECIDED,
        actor,
        number,
        dealer_id=found.dealer_id,
        state=state.value,
        approved=str(rules.approved_total(after)),
        total=str(found.total),
    )
    return state.value


@command(allow=Permission.PARTS_FILE)
def cancel(actor: Actor, number: str, *, reason: str = "", seen_version: int | None = None) -> str:
    """Cancel what was not shipped yet; it is released (PT-3). Returns the state. Raises RuleBroken PT-3."""
    found, fund, lines = _locked(number, seen_version)
    state = REQUEST.advance(found.state, RequestAction.CANCEL)
    values = _rules(lines)
    released = rules.held(found.state, values) - rules.held(state, values)
    _release(actor, fund, found, released, f"{number}:cancel")
    found.state = state
    session().flush()
    record(
        Tag.PARTS_CANCELLED,
        actor,
        number,
        dealer_id=found.dealer_id,
        state=state.value,
        released=str(released),
        reason=reason,
    )
    return state.value


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
    found, fund, lines = _locked(number, seen_version)
    before, pieces = _rules(lines), _spelled(pieces)
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
    _release(actor, fund, found, rules.held(found.state, before) - rules.held(state, after), shipment_number)
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
    found_pieces = sent if counted is None else _spelled(counted)
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


def _locked(number: str, seen_version: int | None) -> tuple[PartsRequest, Fund, tuple[Line, ...]]:
    """The request with its fund locked, read after the lock. Raises NotFound, Conflict (OL-1)."""
    agreement: Agreement = agreements.by_id(queries.agreement_of(number))
    fund = ledger.lock_fund(agreement)
    found = queries.get(number)
    if seen_version is not None and found.version != seen_version:
        raise Conflict(STALE)
    return found, fund, queries.lines_of(found.id)


def _rules(lines: Iterable[Line]) -> tuple[RequestLine, ...]:
    return tuple(line.rule for line in lines)


def _spelled(pieces: Mapping[str, int]) -> dict[str, int]:
    """The codes as they are kept, whatever somebody typed."""
    return {code.strip().upper(): count for code, count in pieces.items()}


def _release(actor: Actor, fund: Fund, found: PartsRequest, amount: Decimal, fact: str) -> None:
    """Give back what a request no longer holds; nothing when that is nothing."""
    ledger.post(
        actor,
        fund,
        EntryKind.RELEASE,
        amount,
        source=f"{fact}:release",
        date=clock.today(actor.timezone),
        document=found.number,
    )
