"""Sending old parts back, counting them, and charging what did not come back (PT-9).

What clears or charges a debt locks the fund of its agreement first, so that a batch and the day's work never take the
same pieces.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.catalogue.models import Part
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.ledger import steps as ledger
from portal.ledger.rules import EntryKind
from portal.parts import steps
from portal.parts.commands.common import STALE, spelled
from portal.parts.models.old_parts import (
    OldPartBatch,
    OldPartCount,
    OldPartDebt,
    OldPartItem,
)
from portal.parts.queries import old_parts as queries
from portal.parts.rules import old_parts as rules
from portal.parts.rules.old_parts import BATCH, BatchAction, BatchState, ClearingKind, Counted


@command(allow=Permission.OLD_PARTS_SEND)
def pack_old_parts(actor: Actor, pieces: Mapping[int, int], *, boxes: int = 1, note: str = "") -> str:
    """List old parts that the actor's dealer sends back: debt → pieces. Returns the batch's number.

    Raises RuleBroken PT-9 for pieces that are not owed, or that another batch under way lists.
    """
    if actor.dealer_id is None:
        raise Forbidden
    today = clock.today(actor.timezone)
    agreement = agreements.in_force(actor.dealer_id, action=False)
    # The counter is held until the end: of two batches at once, the second sees what the first lists.
    number = numbering.take("OP", today.year)
    owed = {found.row.id: found for found in queries.owed_by(actor.dealer_id, open_only=True)}
    rules.check_list(pieces, {debt_id: found.listable for debt_id, found in owed.items()})
    batch = OldPartBatch(
        agreement_id=agreement.id,
        number=number,
        state=BatchState.PACKED,
        boxes=boxes,
        note=note,
        packed_on=today,
        packer=actor.name,
    )
    session().add(batch)
    session().flush()
    listed = [(debt_id, pieces[debt_id]) for debt_id in owed if pieces.get(debt_id, 0)]
    session().add_all(
        OldPartItem(batch_id=batch.id, place=place, debt_id=debt_id, pieces=count)
        for place, (debt_id, count) in enumerate(listed, start=1)
    )
    session().flush()
    record(
        Tag.OLD_PARTS_PACKED,
        actor,
        number,
        dealer_id=actor.dealer_id,
        pieces=sum(count for _, count in listed),
    )
    return number


@command(allow=Permission.OLD_PARTS_SEND)
def unpack_old_parts(actor: Actor, number: str, *, reason: str = "", seen_version: int | None = None) -> str:
    """Take a batch apart that was not sent; its debts can be listed anew. Returns the state."""
    batch = _batch(number, seen_version)
    batch.state = BATCH.advance(batch.state, BatchAction.CANCEL)
    session().flush()
    record(Tag.OLD_PARTS_UNPACKED, actor, number, dealer_id=batch.dealer_id, reason=reason)
    return batch.state.value


@command(allow=Permission.OLD_PARTS_SEND)
def send_old_parts(
    actor: Actor, number: str, *, carrier: str, waybill: str, boxes: int = 1, seen_version: int | None = None
) -> str:
    """The batch has left, with this carrier and waybill. Returns the state. Raises RuleBroken PT-9."""
    batch = _batch(number, seen_version)
    batch.state = BATCH.advance(batch.state, BatchAction.SHIP)
    batch.carrier, batch.waybill, batch.boxes = carrier, waybill, boxes
    batch.shipped_on = clock.today(actor.timezone)
    session().flush()
    record(
        Tag.OLD_PARTS_SENT,
        actor,
        number,
        dealer_id=batch.dealer_id,
        carrier=carrier,
        waybill=waybill,
        boxes=boxes,
    )
    return batch.state.value


@command(allow=Permission.OLD_PARTS_RECEIVE)
def arrive_old_parts(
    actor: Actor, number: str, *, on: dt.date | None = None, seen_version: int | None = None
) -> str:
    """The batch is at the warehouse since `on` (today); what came in time is not charged before it is counted.

    Returns the state. Raises RuleBroken PT-9 for a day before the batch was listed or sent, or after today.
    """
    today = clock.today(actor.timezone)
    batch = _batch(number, seen_version)
    batch.state = BATCH.advance(batch.state, BatchAction.ARRIVE)
    left = batch.shipped_on or batch.packed_on or today
    if not left <= (on or today) <= today:
        raise RuleBroken(
            "PT-9", T("It arrived between {first} and {last}.", first=left, last=today), field="arrived_on"
        )
    batch.arrived_on = on or today
    session().flush()
    record(Tag.OLD_PARTS_ARRIVED, actor, number, dealer_id=batch.dealer_id, on=str(batch.arrived_on))
    return batch.state.value


@command(allow=Permission.OLD_PARTS_RECEIVE)
def count_old_parts(
    actor: Actor,
    number: str,
    counted: Mapping[int, Counted],
    *,
    unlisted: Mapping[str, Counted] | None = None,
    seen_version: int | None = None,
) -> dict[str, int]:
    """Count and grade a batch that has arrived: line → what was found; `unlisted`: part → what no line names.

    What matches clears the debts that the list names, then the oldest of the same part. Returns part → matching pieces
    that clear nothing, because no debt is open (any more): what is charged stays charged. Raises RuleBroken PT-9.
    """
    batch = _batch(number, seen_version)
    batch.state = BATCH.advance(batch.state, BatchAction.COUNT)
    items = {item.place: item for item in queries.items_of(batch.id)}
    extra = _known(unlisted or {})
    nothing = Counted(0, 0)
    found = {place: counted.get(place, nothing) for place in items}
    rules.check_count(
        [item.listed for item in items.values()] + [0] * len(extra),
        [*found.values(), *(entry for _, entry in extra)],
        [*(f"{rules.LINE}{place}" for place in items), *(part.code for part, _ in extra)],
    )
    rows = {row.place: row for row in _rows(batch.id)}
    listed: dict[int, int] = {}
    came: dict[str, int] = {}
    for place, item in items.items():
        assert item.debt is not None, "nothing is counted before the lines that the dealer listed"
        entry = found[place]
        came[item.code] = came.get(item.code, 0) + entry.matching
        listed[item.debt.id] = entry.matching
        _note_down(actor, batch, place, rows[place].id, item.debt.part_id, item.code, item.name, entry)
    for place, (part, entry) in enumerate(extra, start=len(items) + 1):
        came[part.code] = came.get(part.code, 0) + entry.matching
        _note_down(actor, batch, place, None, part.id, part.code, part.name, entry)
    return _clear(actor, batch, came, listed)


@command(allow=Permission.OLD_PARTS_RECEIVE)
def receive_old_parts(
    actor: Actor,
    dealer_id: int,
    pieces: Mapping[str, int],
    *,
    reusable: Mapping[str, int] | None = None,
    note: str = "",
) -> str:
    """Count old parts that a dealer brings without a list: part → pieces that match. Returns the batch's number.

    They clear the oldest debts first; more than owed is kept with the batch as surplus. Raises RuleBroken PT-9 for an
    unknown part or for nothing at all.
    """
    today = clock.today(actor.timezone)
    agreement = agreements.in_force(dealer_id, action=False)
    good = {code.strip().upper(): count for code, count in (reusable or {}).items()}
    entries = {
        code: Counted(count, count, good.get(code, 0)) for code, count in spelled(pieces).items() if count
    }
    parts = _known(entries)
    if not parts:
        raise RuleBroken("PT-9", T("Count at least one old part."), field="pieces")
    rules.check_count(
        [entry.came for _, entry in parts], [entry for _, entry in parts], [part.code for part, _ in parts]
    )
    number = numbering.take("OP", today.year)
    batch = OldPartBatch(
        agreement_id=agreement.id,
        dealer_id=dealer_id,
        number=number,
        state=BatchState.COUNTED,
        note=note,
        arrived_on=today,
    )
    session().add(batch)
    session().flush()
    for place, (part, entry) in enumerate(parts, start=1):
        _note_down(actor, batch, place, None, part.id, part.code, part.name, entry)
    _clear(actor, batch, {part.code: entry.matching for part, entry in parts}, {})
    return number


@command(allow=Permission.CLOCK)
def charge_old_part(actor: Actor, debt_id: int) -> str:
    """Charge the dealer for what did not come back, at the cost of the debt's day. Returns the amount.

    Posted directly, not into the fund, dated the day after the last one (MN-4). Raises Conflict when there is nothing
    to charge (any more).
    """
    today = clock.today(actor.timezone)
    agreement_id = (
        session().scalars(sa.select(OldPartDebt.agreement_id).where(OldPartDebt.id == debt_id)).one()
    )
    fund = ledger.lock_fund(agreements.by_id(agreement_id))
    debt = session().scalars(sa.select(OldPartDebt).where(OldPartDebt.id == debt_id)).one()
    pieces = rules.to_charge(debt.left_open, debt.due, queries.waiting(debt), today)
    cost = queries.cost_of(debt)
    if not pieces or cost is None:
        raise Conflict(STALE)
    amount, place = cost * pieces, queries.last_place(debt_id) + 1
    ledger.post(
        actor,
        fund,
        EntryKind.DIRECT,
        amount,
        source=f"{debt.source}:{debt.code}:old_part:{place}",
        basis="old_part",
        date=rules.charge_day(debt.due),
        document=debt.document,
        memo=f"{debt.code} × {pieces}",
    )
    steps.clear_debt(actor, debt, ClearingKind.CHARGED, pieces, rules.charge_day(debt.due), cost=cost)
    record(
        Tag.OLD_PART_CHARGED,
        actor,
        debt.document,
        dealer_id=debt.dealer_id,
        part=debt.code,
        pieces=pieces,
        cost=str(cost),
        amount=str(amount),
    )
    return str(amount)


def _batch(number: str, seen_version: int | None) -> OldPartBatch:
    """The batch, as the person saw it. Raises NotFound, Conflict (OL-1)."""
    found = queries.batch(number)
    if seen_version is not None and found.version != seen_version:
        raise Conflict(STALE)
    return found


def _rows(batch_id: int) -> Sequence[OldPartItem]:
    return session().scalars(sa.select(OldPartItem).where(OldPartItem.batch_id == batch_id)).all()


def _known(counted: Mapping[str, Counted]) -> list[tuple[Part, Counted]]:
    """The parts that were counted, in their order. Raises RuleBroken PT-9 for one that does not exist."""
    parts = queries.parts_named(counted)
    found = []
    for code, entry in counted.items():
        part = parts.get(code.strip().upper())
        if part is None:
            raise RuleBroken("PT-9", T("There is no part {part}.", part=code), field=code)
        found.append((part, entry))
    return found


def _note_down(
    actor: Actor,
    batch: OldPartBatch,
    place: int,
    item_id: int | None,
    part_id: int,
    code: str,
    name: str,
    entry: Counted,
) -> None:
    session().add(
        OldPartCount(
            batch_id=batch.id,
            dealer_id=batch.dealer_id,
            place=place,
            item_id=item_id,
            part_id=part_id,
            code=code,
            name=name,
            came=entry.came,
            matching=entry.matching,
            reusable=entry.reusable,
            note=entry.note,
        )
    )


def _clear(
    actor: Actor, batch: OldPartBatch, came: Mapping[str, int], listed: Mapping[int, int]
) -> dict[str, int]:
    """Clear debts with what came, finish the batch and record it. Part → pieces that cleared nothing."""
    owing = queries.open_debts(batch.dealer_id, came)
    _lock(debt.agreement_id for debt in owing)
    debts = {debt.id: debt for debt in queries.open_debts(batch.dealer_id, came)}
    cleared, surplus = rules.allocate([queries.value(debt) for debt in debts.values()], came, listed)
    today = clock.today(actor.timezone)
    day = batch.arrived_on or today
    for debt_id, pieces in cleared.items():
        steps.clear_debt(actor, debts[debt_id], ClearingKind.RETURNED, pieces, day, batch_id=batch.id)
    batch.counted_on, batch.counter = today, actor.name
    session().flush()
    record(
        Tag.OLD_PARTS_COUNTED,
        actor,
        batch.number,
        dealer_id=batch.dealer_id,
        cleared=sum(cleared.values()),
        surplus=sum(surplus.values()),
    )
    return surplus


def _lock(agreement_ids: Iterable[int]) -> None:
    """Lock the funds of these agreements, always in the same order."""
    for agreement in sorted(agreements.by_ids(set(agreement_ids)), key=lambda found: found.id):
        ledger.lock_fund(agreement)
