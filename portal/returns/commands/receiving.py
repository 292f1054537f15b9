"""The warehouse's count: scanning what came, quarantine for what came unasked, looking at units (RT-4, RT-6)."""

from collections.abc import Sequence

from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.catalogue import queries as catalogue
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.returns import queries, steps
from portal.returns.models import OpenReturn, QuarantinedUnit, ReturnReceipt, ReturnRequest
from portal.returns.queries import Line
from portal.returns.rules import (
    ARRIVING,
    AT_WAREHOUSE,
    NOTE,
    RETURN,
    Condition,
    Packing,
    Release,
    ReturnAction,
    ReturnState,
    Stray,
    Verdict,
    check_receiving,
)
from portal.warranty.queries import kept_serial


@command(allow=Permission.RETURNS_RECEIVE)
def receive(
    actor: Actor,
    number: str,
    serials: Sequence[str],
    *,
    condition: Condition = Condition.GOOD,
    complete: bool = True,
    packing: Packing = Packing.ORIGINAL,
    note: str = "",
    seen_version: int | None = None,
) -> str:
    """Count units of one request as received. Returns the state.

    Raises RuleBroken RT-1 for a unit that was not approved and sent, RT-3 for one that is counted already, or no unit.
    """
    found = queries.locked(number)
    steps.check_seen(found, seen_version)
    lines = {line.row.serial: line for line in queries.lines_of(found)}
    wanted = list(dict.fromkeys(kept_serial(serial) for serial in serials))
    if not wanted:
        raise RuleBroken("RT-3", T("Scan at least one unit."), field="serial")
    for serial in wanted:
        line = lines.get(serial)
        check_receiving(
            found.state,
            line is not None and bool(line.approved) and line.lost is None,
            received=line is not None and line.receipt is not None,
            serial=serial,
        )
    for serial in wanted:
        _take_in(actor, found, lines[serial], condition, complete=complete, packing=packing, note=note)
    steps.note(Tag.RETURN_RECEIVED, actor, found, serials=wanted)
    return found.state.value


@command(allow=Permission.RETURNS_RECEIVE)
def scan(
    actor: Actor,
    serial: str,
    *,
    condition: Condition = Condition.GOOD,
    complete: bool = True,
    packing: Packing = Packing.ORIGINAL,
    note: str = "",
) -> dict[str, str]:
    """Take in one unit as it is scanned, whichever request it belongs to; what came unasked goes into quarantine.

    Returns `{"outcome": "received" | "again" | "quarantined" | "lies_there", "serial": …, "number": …}`; `again`: it is
    counted already, `lies_there`: it is in quarantine already; neither changes anything.
    Raises RuleBroken WC-3 for an empty scan.
    """
    kept = kept_serial(serial)[:40]
    if not kept:
        raise RuleBroken("WC-3", T("Scan or type a serial."), field="serial")
    named = queries.of_unit(kept)
    for request, _row in named:
        if request.state not in ARRIVING:
            continue
        found = queries.locked(request.number)
        line = queries.line_of(found, kept)
        if line.waits:
            return {"outcome": "again", "serial": kept, "number": found.number}
        if line.expected and found.state in ARRIVING:
            _take_in(actor, found, line, condition, complete=complete, packing=packing, note=note)
            steps.note(Tag.RETURN_RECEIVED, actor, found, serials=[kept])
            return {"outcome": "received", "serial": kept, "number": found.number}
    if (lying := queries.in_quarantine(kept)) is not None:
        return {"outcome": "lies_there", "serial": kept, "number": lying.number}
    return _put_aside(actor, kept, named[0][0] if named else None, note)


def _take_in(
    actor: Actor,
    found: ReturnRequest,
    line: Line,
    condition: Condition,
    *,
    complete: bool,
    packing: Packing,
    note: str,
) -> None:
    if found.state is ReturnState.SETTLED:
        # It follows in a second parcel, after the request had let go of it.
        session().add(
            OpenReturn(
                line_id=line.row.id,
                dealer_id=line.row.dealer_id,
                point_id=line.row.point_id,
                serial=line.row.serial,
            )
        )
    found.state = RETURN.advance(found.state, ReturnAction.RECEIVE)
    session().add(
        ReturnReceipt(
            line_id=line.row.id,
            dealer_id=line.row.dealer_id,
            point_id=line.row.point_id,
            condition=condition,
            complete=complete,
            packing=packing,
            note=note.strip()[:NOTE],
            received_on=clock.today(actor.timezone),
            person=actor.name,
            at=clock.now(),
        )
    )
    session().flush()


def _put_aside(actor: Actor, serial: str, request: ReturnRequest | None, note: str) -> dict[str, str]:
    unit = catalogue.find_unit(serial)
    stray = Stray.UNKNOWN if unit is None else Stray.UNASKED
    number = ""
    if request is not None and request.state is not ReturnState.CANCELLED:
        number = request.number
        stray = Stray.NOT_SHIPPED if request.state is ReturnState.APPROVED else Stray.NOT_APPROVED
    session().add(
        QuarantinedUnit(
            serial=serial,
            stray=stray,
            number=number,
            dealer_id=unit.dealer_id if unit is not None else None,
            note=note.strip()[:NOTE],
            arrived_on=clock.today(actor.timezone),
            person=actor.name,
            at=clock.now(),
        )
    )
    session().flush()
    record(
        Tag.QUARANTINE_TAKEN,
        actor,
        number or serial,
        dealer_id=unit.dealer_id if unit is not None else None,
        point_id=unit.point_id if unit is not None else None,
        serial=serial,
        why=f"Stray.{stray.name}",
    )
    return {"outcome": "quarantined", "serial": serial, "number": number}


@command(allow=Permission.RETURNS_RECEIVE)
def count(actor: Actor, number: str, *, listed: bool, note: str = "", seen_version: int | None = None) -> str:
    """Finish the count of a request (RT-4). Returns its number.

    `listed`: a proper list came with the units. With one, what it names and nobody counted stays missing, and the two
    sides look for it; without one the count stands: what was not counted was not sent, and is free again.
    Raises RuleBroken RT-3 before anything was counted, or when it was finished before.
    """
    found = queries.locked(number)
    steps.check_seen(found, seen_version)
    if found.state not in AT_WAREHOUSE | {ReturnState.SETTLED} or found.counted_on is not None:
        raise RuleBroken("RT-3", T("There is no count to finish."))
    lines = queries.lines_of(found)
    if not any(line.receipt for line in lines):
        raise RuleBroken("RT-3", T("There is no count to finish."))
    missing = [line.row.serial for line in lines if line.expected]
    found.counted_on, found.listed = clock.today(actor.timezone), listed
    if not listed:
        steps.let_go(found, missing)
    steps.note(
        Tag.RETURN_COUNTED,
        actor,
        found,
        counted=sum(line.receipt is not None for line in lines),
        missing=missing,
        listed=listed,
        note=note.strip()[:NOTE],
    )
    return number


@command(allow=Permission.RETURNS_INSPECT)
def inspect(actor: Actor, number: str, serial: str, *, text: str, seen_version: int | None = None) -> str:
    """Say what was found on a unit that came (RT-6: batch defects go to quality first). Returns the state.

    Inspected when every unit that waits was looked at. Raises RuleBroken RT-3 for a unit that is not there or has its
    disposition, FD-2 without words.
    """
    found = queries.locked(number)
    steps.check_seen(found, seen_version)
    line = queries.line_of(found, kept_serial(serial))
    if found.state not in AT_WAREHOUSE or not line.waits:
        raise RuleBroken("RT-3", T("{serial} does not wait for an inspection.", serial=line.row.serial))
    if not text.strip():
        raise RuleBroken("FD-2", T("Say what was found."), field="text")
    steps.say(actor, found, Verdict.INSPECTED, row=line.row, text=text)
    session().flush()
    waiting = [other for other in queries.lines_of(found) if other.waits]
    if found.state is ReturnState.RECEIVED and all(other.inspection for other in waiting):
        found.state = RETURN.advance(found.state, ReturnAction.INSPECT)
    steps.note(Tag.RETURN_INSPECTED, actor, found, serial=line.row.serial, text=text.strip()[:200])
    return found.state.value


@command(allow=Permission.RETURNS_RECEIVE)
def release(actor: Actor, quarantined_id: int, how: Release, *, note: str = "") -> str:
    """Let a unit leave quarantine. Returns its serial.

    TAKEN_IN counts it for the approved return that names it by now: RuleBroken RT-1 when there is none. Raises
    RuleBroken RT-3 when it has left already.
    """
    lying = queries.quarantined(quarantined_id)
    if lying.released_on is not None:
        raise RuleBroken("RT-3", T("This unit has left quarantine already."))
    if how is Release.TAKEN_IN:
        _take_from_quarantine(actor, lying)
    lying.released_on, lying.release = clock.today(actor.timezone), how
    lying.release_note = note.strip()[:NOTE]
    session().flush()
    record(
        Tag.QUARANTINE_RELEASED,
        actor,
        lying.number or lying.serial,
        dealer_id=lying.dealer_id,
        serial=lying.serial,
        how=f"Release.{how.name}",
        note=note.strip()[:NOTE],
    )
    return lying.serial


def _take_from_quarantine(actor: Actor, lying: QuarantinedUnit) -> None:
    for request, _row in queries.of_unit(lying.serial):
        found = queries.locked(request.number)
        line = queries.line_of(found, lying.serial)
        if found.state in ARRIVING and line.expected:
            lying.number = found.number
            _take_in(
                actor,
                found,
                line,
                Condition.GOOD,
                complete=True,
                packing=Packing.ORIGINAL,
                note=lying.note,
            )
            steps.note(Tag.RETURN_RECEIVED, actor, found, serials=[lying.serial])
            return
    raise RuleBroken("RT-1", T("No approved return that is on its way names {serial}.", serial=lying.serial))
