"""Confirming the receipt of shipments, reporting what was short, wrong or damaged, answering it (PT-7)."""

import datetime as dt
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.catalogue.rules import Supply
from portal.drafts import steps as drafts
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import command, step
from portal.kernel.db import session
from portal.kernel.errors import NotFound, RuleBroken
from portal.kernel.money import ZERO
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.ledger import steps as ledger
from portal.ledger.models import Fund
from portal.ledger.rules import EntryKind
from portal.parts import queries, rules, steps
from portal.parts.commands.common import locked, spelled
from portal.parts.models import DifferenceAnswer, DifferenceCase, DifferencePhoto, PartsRequest, Receipt
from portal.parts.queries import Sent
from portal.parts.rules import (
    REQUEST,
    DifferenceKind,
    DifferenceOutcome,
    DifferenceState,
    RequestAction,
    RequestLine,
)

#: A difference of one part: what is wrong, in words, and the uploads of its photos.
Difference = tuple[DifferenceKind, str, Sequence[int]]


@command(allow=Permission.PARTS_FILE)
def receive(
    actor: Actor,
    shipment_number: str,
    counted: Mapping[str, int] | None = None,
    *,
    notes: Mapping[str, str] | None = None,
    kinds: Mapping[str, DifferenceKind] | None = None,
    photos: Mapping[str, Sequence[int]] | None = None,
) -> str:
    """Confirm the receipt of a shipment: part → pieces in good order; None: all as sent (PT-7). Returns its number.

    What is missing of a line opens a case that the manufacturer answers; `notes`, `kinds`, `photos`: part → what was
    wrong (short, if nothing is said), uploads that show it. Good pieces go into the dealer's stock (PT-8). Raises
    RuleBroken PT-3 when it was confirmed before, PT-7 for more than was sent.
    """
    today, now = clock.today(actor.timezone), clock.now()
    parcel = queries.parcel(shipment_number)
    if parcel.receipt is not None:
        raise RuleBroken("PT-3", T("The receipt of {number} is confirmed already.", number=shipment_number))
    sent = {line.supplied.code: line.row.pieces for line in parcel.lines}
    good = sent if counted is None else spelled(counted)
    rules.check_receipt(sent, good)
    notes, kinds, photos = notes or {}, kinds or {}, photos or {}
    for line in parcel.lines:
        code = line.supplied.code
        if missing := line.row.pieces - good.get(code, 0):
            told = kinds.get(code, DifferenceKind.SHORT), notes.get(code, ""), photos.get(code, ())
            _open_case(actor, parcel.shipment.agreement_id, line, missing, told, today)
    session().add_all(
        Receipt(
            shipment_line_id=line.row.id,
            pieces=good.get(line.supplied.code, 0),
            note=notes.get(line.supplied.code, ""),
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
    steps.take_in(actor, good, document=found.number, note=shipment_number)
    record(
        Tag.PARTS_RECEIVED,
        actor,
        found.number,
        dealer_id=found.dealer_id,
        shipment=shipment_number,
        missing=sum(sent.values()) - sum(good.values()),
        state=found.state.value,
    )
    return shipment_number


@command(allow=Permission.PARTS_FILE)
def report_difference(
    actor: Actor,
    shipment_number: str,
    part: str,
    pieces: int,
    *,
    kind: DifferenceKind,
    note: str,
    photos: Sequence[int] = (),
) -> str:
    """Report pieces that were received and turned out wrong or damaged afterwards (PT-7). Returns the case's number.

    They leave the dealer's stock. Raises RuleBroken PT-7 when the days for it are over, or for more than were good.
    """
    today = clock.today(actor.timezone)
    parcel = queries.parcel(shipment_number)
    line = next((line for line in parcel.lines if line.supplied.code == part.strip().upper()), None)
    if line is None:
        raise NotFound
    if line.receipt is None:
        raise RuleBroken("PT-7", T("Confirm the receipt first."))
    days = agreements.terms_on(parcel.shipment.agreement_id, today).receipt_difference_days
    rules.check_late_report(
        line.receipt.received_on, today, days, part=line.supplied.code, good=line.good, pieces=pieces
    )
    number = _open_case(actor, parcel.shipment.agreement_id, line, pieces, (kind, note, photos), today)
    request_id = parcel.shipment.request_id
    found = session().scalars(sa.select(PartsRequest).where(PartsRequest.id == request_id)).one()
    steps.take_in(actor, {line.supplied.code: -pieces}, document=found.number, note=number)
    record(
        Tag.PARTS_DIFFERENCE_REPORTED,
        actor,
        found.number,
        dealer_id=found.dealer_id,
        number=number,
        part=line.supplied.code,
        pieces=pieces,
    )
    return number


@step
def _open_case(
    actor: Actor, agreement_id: int, line: Sent, pieces: int, told: Difference, today: dt.date
) -> str:
    number = numbering.take("CY", today.year)
    kind, note, photos = told
    case = DifferenceCase(
        agreement_id=agreement_id,
        shipment_line_id=line.row.id,
        number=number,
        kind=kind,
        pieces=pieces,
        note=note,
        filed_on=today,
        actor=actor.name,
        at=clock.now(),
    )
    session().add(case)
    session().flush()
    session().add_all(
        DifferencePhoto(difference_id=case.id, content=content, person=actor.name, at=clock.now())
        for content, _fingerprint in drafts.take_uploads(photos)
    )
    session().flush()
    return number


@command(allow=Permission.PARTS_DECIDE)
def answer_difference(actor: Actor, number: str, outcome: DifferenceOutcome, *, reason: str = "") -> str:
    """Answer a difference: credit it, have it sent again, or refuse it with a reason (PT-7). Returns the case's state.

    A credit gives back exactly what the pieces cost: to the fund what they drew, today; of bought parts what was paid
    for them is to be paid back; of exchange parts the old ones are owed no longer. Raises RuleBroken PT-7.
    """
    today = clock.today(actor.timezone)
    rules.check_answer(outcome, reason)
    case = queries.difference(number)
    found, fund, lines = locked(case.request_number, None)
    case = queries.difference(number)
    if case.state is not DifferenceState.OPEN:
        raise RuleBroken("PT-7", T("Difference {number} is answered already.", number=number))
    line = next(line for line in lines if line.row.id == case.line_id)
    drawn = line.rule.cost(case.row.pieces) if outcome is DifferenceOutcome.CREDIT else ZERO
    session().add(
        DifferenceAnswer(
            difference_id=case.row.id,
            dealer_id=found.dealer_id,
            outcome=outcome,
            reason=reason,
            credit=drawn,
            answered_on=today,
            actor=actor.name,
            at=clock.now(),
        )
    )
    session().flush()
    if outcome is DifferenceOutcome.CREDIT:
        _credit(actor, fund, found, line.rule, case, today)
    record(
        Tag.PARTS_DIFFERENCE_ANSWERED,
        actor,
        found.number,
        dealer_id=found.dealer_id,
        number=number,
        outcome=outcome.value,
        credit=str(drawn),
        reason=reason,
    )
    return queries.difference(number).state.value


@step
def _credit(
    actor: Actor,
    fund: Fund,
    found: PartsRequest,
    line: RequestLine,
    case: queries.Difference,
    today: dt.date,
) -> None:
    number, pieces = case.row.number, case.row.pieces
    ledger.post(
        actor,
        fund,
        EntryKind.DRAW,
        -line.cost(pieces),
        source=f"{number}:draw",
        date=today,
        document=found.number,
        memo=number,
    )
    if line.supply is Supply.PURCHASE:
        due = queries.bill_of(found, queries.lines_of(found.id))
        found.bought = None if due is None else due.due
    if line.supply is Supply.EXCHANGE:
        first = queries.first_shipment(case)
        steps.release_old_parts(actor, first, {line.part: pieces}, document=number, day=today)
    session().flush()
