"""How a feedback ends: the service report, closing by both sides, and what time brings to one that waits (QF-1)."""

from portal.audit.tags import Tag
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.quality import queries, steps
from portal.quality.models import FeedbackReport
from portal.quality.rules import (
    FEEDBACK,
    FeedbackAction,
    Report,
    TalkKind,
    check_closing,
    check_report,
    check_words,
    is_overdue,
)

_SAID = 200


@command(allow=Permission.FEEDBACK_ANSWER)
def report(actor: Actor, number: str, said: Report, *, seen_version: int | None = None) -> str:
    """Write the service report (服务报告), or a newer one in its place. Returns the state.

    Raises RuleBroken QF-1 when something of it is missing, or before the feedback is taken on or after it is closed.
    """
    found = steps.seen(number, seen_version)
    state = FEEDBACK.advance(found.state, FeedbackAction.REPORT)
    check_report(said, clock.today(actor.timezone))
    session().add(
        FeedbackReport(
            feedback_id=found.id,
            dealer_id=found.dealer_id,
            point_id=found.point_id,
            found=said.found.strip(),
            cause=said.cause.strip(),
            corrective=said.corrective.strip(),
            units=said.units,
            verification=said.verification.strip(),
            done_on=said.done_on,
            person=actor.name,
            at=clock.now(),
        )
    )
    steps.note(Tag.FEEDBACK_REPORTED, actor, found, units=said.units)
    return state.value


@command(allow=Permission.FEEDBACK_ANSWER)
def offer(actor: Actor, number: str, *, text: str = "", seen_version: int | None = None) -> str:
    """Propose to close an answered feedback; the dealer confirms by agreeing. Returns the state.

    Raises RuleBroken QF-1 for a major one without its report, or when that was proposed already.
    """
    found = steps.seen(number, seen_version)
    state = FEEDBACK.advance(found.state, FeedbackAction.OFFER)
    if found.offered:
        raise RuleBroken("QF-1", T("It is proposed already; the dealer has to agree."))
    check_closing(found.grade, reported=queries.report_of(found.id) is not None)
    found.offered = True
    steps.say(actor, found, TalkKind.PROPOSED, text.strip())
    steps.note(Tag.FEEDBACK_CLOSING_PROPOSED, actor, found, text=text.strip()[:_SAID])
    return state.value


@command(allow=Permission.FEEDBACK_ANSWER)
def close(actor: Actor, number: str, *, text: str = "", seen_version: int | None = None) -> str:
    """Confirm what the dealer agreed with or proposed: the feedback is closed. Returns the state.

    Raises RuleBroken QF-1 for a major one without its service report, FE-1 for the person who filed it.
    """
    found = steps.seen(number, seen_version)
    state = FEEDBACK.advance(found.state, FeedbackAction.CLOSE)
    steps.check_other(actor, found)
    check_closing(found.grade, reported=queries.report_of(found.id) is not None)
    steps.say(actor, found, TalkKind.CLOSED, text.strip())
    found.state, found.closed_on = state, clock.today(actor.timezone)
    steps.note(Tag.FEEDBACK_CLOSED, actor, found, text=text.strip()[:_SAID])
    return state.value


@command(allow=Permission.FEEDBACK_ANSWER)
def go_on(actor: Actor, number: str, text: str, *, seen_version: int | None = None) -> int:
    """Not close what the dealer holds for done, with the reason: the next round begins today. Returns it."""
    found = steps.seen(number, seen_version)
    state = FEEDBACK.advance(found.state, FeedbackAction.GO_ON)
    said = check_words(text, T("Say why it is not done."))
    found.state = state
    steps.next_round(actor, found)
    steps.say(actor, found, TalkKind.WENT_ON, said)
    steps.note(Tag.FEEDBACK_WENT_ON, actor, found, text=said[:_SAID], until=str(found.due_on))
    return found.round


@command(allow=Permission.CLOCK)
def escalate(actor: Actor, feedback_id: int) -> int:
    """Tell the manufacturer's admin of an overdue answer, once a round. Returns the round.

    Raises RuleBroken QF-1 when it is not overdue, or was escalated in this round.
    """
    found = steps.seen(queries.by_id(feedback_id).number, None)
    if not is_overdue(found.state, found.due_on, clock.today(actor.timezone)):
        raise RuleBroken("QF-1", T("The answer is not overdue."))
    if found.escalated_round >= found.round:
        raise RuleBroken("QF-1", T("This round was escalated already."))
    found.escalated_round = found.round
    steps.note(Tag.FEEDBACK_ESCALATED, actor, found, until=str(found.due_on))
    return found.round
