"""The manufacturer's decision: approve unit by unit, ask for more, exchange in advance; what expires (RT-2, RT-3)."""

from collections.abc import Collection, Mapping

from portal.agreements import queries as agreements
from portal.audit.tags import Tag
from portal.catalogue import queries as catalogue
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import RuleBroken
from portal.kernel.foureyes import check_four_eyes
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.returns import queries, steps
from portal.returns.models import ReturnAdvance, ReturnRequest
from portal.returns.rules import (
    REPAIR_FIRST,
    RETURN,
    ReturnAction,
    ReturnReason,
    ReturnState,
    Verdict,
    approved_until,
    check_decision,
)
from portal.warranty import steps as cards
from portal.warranty.queries import kept_serial


@command(allow=Permission.RETURNS_DECIDE)
def decide(
    actor: Actor,
    number: str,
    approve: Collection[str],
    *,
    waive_repair: bool = False,
    reasons: Mapping[str, ReturnReason] | None = None,
    text: str = "",
    texts: Mapping[str, str] | None = None,
    seen_version: int | None = None,
) -> str:
    """Decide a request: the serials in `approve` may be sent, the rest is rejected (RT-3). Returns the state.

    Approved when any unit is; the approval holds `return_approval_days` days. `waive_repair`: the repair attempt of
    those that need one and have none is waived. `reasons`, `texts`: serial → why it was rejected; `text`: to the
    dealer, about all. Raises RuleBroken RT-2 without attempt or waiver, RT-3 for a request that is decided, FE-1.
    """
    found = _open(actor, number, seen_version)
    wanted = {kept_serial(serial) for serial in approve}
    state = RETURN.advance(found.state, ReturnAction.APPROVE if wanted else ReturnAction.REJECT)
    lines = queries.lines_of(found)
    asked = queries.asked(lines)
    check_decision(asked, wanted, waive_repair=waive_repair)
    why, words = steps.spelled(reasons), steps.spelled(texts)
    for line, judged in zip(lines, asked, strict=True):
        serial = line.row.serial
        approved = serial in wanted
        steps.say(
            actor,
            found,
            Verdict.APPROVED if approved else Verdict.REJECTED,
            row=line.row,
            reason=None if approved else why.get(serial, ReturnReason.OTHER),
            text=words.get(serial) or text,
            waived=approved and judged.cost_class in REPAIR_FIRST and not judged.attempted,
        )
    today = clock.today(actor.timezone)
    found.state, found.decided_on = state, today
    if wanted:
        terms = agreements.terms_on(found.agreement_id, today)
        found.expires_on = approved_until(today, terms)
    steps.let_go(found, [line.row.serial for line in lines if line.row.serial not in wanted])
    steps.note(
        Tag.RETURN_APPROVED if wanted else Tag.RETURN_REJECTED,
        actor,
        found,
        approved=len(wanted),
        rejected=len(lines) - len(wanted),
        until=str(found.expires_on or ""),
        text=text.strip()[:200],
    )
    return state.value


@command(allow=Permission.RETURNS_DECIDE)
def ask(
    actor: Actor, number: str, *, reason: ReturnReason, text: str, seen_version: int | None = None
) -> str:
    """Send a request back to the dealer for more. Returns the state. RuleBroken RT-3, FD-2 without words."""
    found = _open(actor, number, seen_version)
    state = RETURN.advance(found.state, ReturnAction.ASK)
    if not text.strip():
        raise RuleBroken("FD-2", T("Say what is missing."), field="text")
    found.state = state
    steps.say(actor, found, Verdict.ASKED, reason=reason, text=text)
    steps.note(Tag.RETURN_ASKED, actor, found, code=f"ReturnReason.{reason.name}", text=text.strip()[:200])
    return state.value


@command(allow=Permission.RETURNS_DISPOSE)
def send_ahead(
    actor: Actor, number: str, serial: str, new_serial: str, *, seen_version: int | None = None
) -> str:
    """Exchange an approved unit before it comes back, where the terms allow it. Returns the new serial.

    The unit in exchange takes over at once, card and warranty with it; the costs follow with the disposition, when the
    old unit is there. Such an approval does not expire. Raises RuleBroken RT-5 where the terms don't allow it, RT-3 for
    a unit that is not approved or has come already, SH-1 for a serial that was shipped before.
    """
    found = queries.get(number)
    line = queries.line_of(found, kept_serial(serial))
    old = catalogue.unit(line.row.serial)
    card_number = numbering.take("BXK", clock.today(actor.timezone).year) if cards.needs_number(old) else None
    found = queries.locked(number)
    steps.check_seen(found, seen_version)
    line = queries.line_of(found, line.row.serial)
    today = clock.today(actor.timezone)
    if not agreements.terms_on(found.agreement_id, today).advance_exchange:
        raise RuleBroken("RT-5", T("The terms don't allow an exchange in advance."))
    if (
        found.state not in (ReturnState.APPROVED, ReturnState.SHIPPED)
        or not line.expected
        or line.advance is not None
    ):
        raise RuleBroken("RT-3", T("Only an approved unit that has not come yet is exchanged in advance."))
    new = steps.hand_over(actor, found, old, new_serial, card_number=card_number)
    session().add(
        ReturnAdvance(
            line_id=line.row.id,
            dealer_id=line.row.dealer_id,
            point_id=line.row.point_id,
            unit_id=new.id,
            new_serial=new.serial,
            sent_on=today,
            person=actor.name,
            at=clock.now(),
        )
    )
    steps.note(Tag.RETURN_SENT_AHEAD, actor, found, serial=old.serial, new_serial=new.serial)
    return new.serial


@command(allow=Permission.CLOCK)
def expire(actor: Actor, request_id: int) -> str:
    """Let an approval whose last day is over expire; its units are free again (RT-3). Returns the state."""
    found = queries.locked(queries.by_id(request_id).number)
    found.state = RETURN.advance(found.state, ReturnAction.EXPIRE)
    steps.let_go(found)
    steps.note(Tag.RETURN_EXPIRED, actor, found, until=str(found.expires_on))
    return found.state.value


def _open(actor: Actor, number: str, seen_version: int | None) -> ReturnRequest:
    found = queries.locked(number)
    steps.check_seen(found, seen_version)
    if found.filed_by_id is not None and actor.person_id is not None:
        check_four_eyes(found.filed_by_id, actor.person_id)
    return found
