"""Putting a request together on the way through the yard: units one by one, saved as a draft (RT-1)."""

from dataclasses import replace

from portal.drafts import steps as drafts
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.errors import Refused
from portal.kernel.findings import blocking
from portal.kernel.permissions import Permission
from portal.returns import queries
from portal.returns.rules import TEXT, ReturnLine, check_request


@command(allow=Permission.RETURNS_FILE, silent=True)
def put_in(actor: Actor, serial: str, *, draft_id: int | None = None) -> int:
    """Put a unit that can go back into a basket, or into a new one. Returns the draft's id.

    Raises Refused with what blocks the unit (WC-3, RT-1), RuleBroken RT-1 for one that is in it already, AG-1 without
    an active agreement.
    """
    queries.agreement_of(actor)
    today = clock.today(actor.timezone)
    basket = queries.basket(draft_id) if draft_id is not None else None
    judged = queries.judge(actor, [ReturnLine(serial, today)], today)[0]
    if blocks := blocking(judged.findings):
        raise Refused(blocks)
    lines = (*(basket.lines if basket else ()), judged.line)
    check_request(lines)
    note = basket.note if basket else ""
    return drafts.keep(actor, queries.DRAFT, queries.as_data(lines, note), draft_id=draft_id)


@command(allow=Permission.RETURNS_FILE, silent=True)
def describe(actor: Actor, draft_id: int, line: ReturnLine) -> int:
    """Keep what was said of a unit in a basket. Returns the draft's id. Raises Refused with what blocks it then."""
    basket = queries.basket(draft_id)
    before = basket.line(line.serial)
    judged = queries.judge(actor, [line], clock.today(actor.timezone))[0]
    if blocks := blocking(judged.findings):
        raise Refused(blocks)
    lines = tuple(replace(line) if one is before else one for one in basket.lines)
    return drafts.keep(actor, queries.DRAFT, queries.as_data(lines, basket.note), draft_id=draft_id)


@command(allow=Permission.RETURNS_FILE, silent=True)
def take_out(actor: Actor, draft_id: int, serial: str) -> int:
    """Take a unit out of a basket. Returns the draft's id. Raises NotFound."""
    basket = queries.basket(draft_id)
    gone = basket.line(serial)
    lines = tuple(line for line in basket.lines if line is not gone)
    return drafts.keep(actor, queries.DRAFT, queries.as_data(lines, basket.note), draft_id=draft_id)


@command(allow=Permission.RETURNS_FILE, silent=True)
def note_down(actor: Actor, draft_id: int, note: str) -> int:
    """Keep the dealer's words to the whole request. Returns the draft's id."""
    basket = queries.basket(draft_id)
    return drafts.keep(
        actor, queries.DRAFT, queries.as_data(basket.lines, note.strip()[:TEXT]), draft_id=draft_id
    )
