"""Units that were sent and never came: lost on the way, or missing after the count (RT-4, RT-9)."""

from collections.abc import Sequence

from portal.audit.tags import Tag
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.returns import queries, steps
from portal.returns.rules import RETURN, ReturnAction, ReturnState, Verdict
from portal.warranty.queries import kept_serial


@command(allow=Permission.RETURNS_DECIDE)
def let_go(
    actor: Actor, number: str, serials: Sequence[str], *, reason: str, seen_version: int | None = None
) -> str:
    """Wait no longer for approved units that never came; both sides read why. Returns the state.

    They are in an open return no more and can be asked for again; nothing is posted. What turns up all the same goes
    into quarantine. The request is settled when none of its units is waited for and none lies in the warehouse.
    Raises RuleBroken RT-3 for a unit that was counted, is not approved or is let go already, for no unit, and for a
    request that is not on its way; FD-2 without a reason.
    """
    found = queries.locked(number)
    steps.check_seen(found, seen_version)
    state = RETURN.advance(found.state, ReturnAction.LET_GO)
    expected = {line.row.serial: line for line in queries.lines_of(found) if line.expected}
    gone = list(dict.fromkeys(kept_serial(serial) for serial in serials))
    if not gone:
        raise RuleBroken("RT-3", T("Choose at least one unit."), field="serial")
    for serial in gone:
        if serial not in expected:
            raise RuleBroken("RT-3", T("{serial} is not waited for.", serial=serial), field="serial")
    if not reason.strip():
        raise RuleBroken("FD-2", T("Say why it is not waited for any longer."), field="text")
    for serial in gone:
        steps.say(actor, found, Verdict.NOT_ARRIVED, row=expected[serial].row, text=reason)
    session().flush()
    steps.let_go(found, gone)
    if not any(line.expected or line.waits for line in queries.lines_of(found)):
        state = ReturnState.SETTLED
    found.state = state
    steps.note(Tag.RETURN_LET_GO, actor, found, serials=gone, reason=reason.strip()[:200])
    return state.value
