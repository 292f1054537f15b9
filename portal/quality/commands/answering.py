"""The manufacturer's side of a feedback: taking it on, asking, answering, a second person's release (QF-1, FE-1)."""

from typing import Any

from portal.audit.tags import Tag
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import RuleBroken
from portal.kernel.foureyes import check_four_eyes
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.quality import queries, steps
from portal.quality.models import Feedback, FeedbackProposal
from portal.quality.rules import (
    FEEDBACK,
    LENGTHS,
    Answer,
    FeedbackAction,
    FeedbackGrade,
    FeedbackPhotoKind,
    FeedbackState,
    TalkKind,
    check_answer,
    check_words,
)
from portal.quality.steps import Photos

_SAID = 200


@command(allow=Permission.FEEDBACK_ANSWER)
def take_on(actor: Actor, number: str, *, in_charge: str = "", seen_version: int | None = None) -> str:
    """Take a feedback on (受理), with the person in charge, who may be changed later. Returns the state."""
    found = steps.seen(number, seen_version)
    found.state = FEEDBACK.advance(found.state, FeedbackAction.TAKE_ON)
    found.in_charge = in_charge.strip()[: LENGTHS["in_charge"]] or actor.name
    steps.say(actor, found, TalkKind.TAKEN_ON, found.in_charge)
    steps.note(Tag.FEEDBACK_TAKEN_ON, actor, found, text=found.in_charge)
    return found.state.value


@command(allow=Permission.FEEDBACK_ANSWER)
def ask(actor: Actor, number: str, text: str, *, photos: Photos = (), seen_version: int | None = None) -> str:
    """Ask the dealer for more; the clock stands still until it says more. Returns the state."""
    found = steps.seen(number, seen_version)
    state = FEEDBACK.advance(found.state, FeedbackAction.ASK)
    said = check_words(text, T("Say what is missing."))
    found.state, found.asked_on = state, clock.today(actor.timezone)
    steps.say(actor, found, TalkKind.QUESTION, said, photos)
    steps.note(Tag.FEEDBACK_ASKED, actor, found, text=said[:_SAID])
    return state.value


@command(allow=Permission.FEEDBACK_ANSWER)
def inform(
    actor: Actor, number: str, text: str, *, photos: Photos = (), seen_version: int | None = None
) -> str:
    """Let the dealer know something in between; it is no answer, the clock runs on. Returns the state."""
    found = steps.seen(number, seen_version)
    found.state = FEEDBACK.advance(found.state, FeedbackAction.INFORM)
    said = check_words(text, T("Write what the dealer should know."))
    steps.say(actor, found, TalkKind.TOLD, said, photos)
    steps.note(Tag.FEEDBACK_INFORMED, actor, found, text=said[:_SAID])
    return found.state.value


@command(allow=Permission.FEEDBACK_ANSWER)
def answer(
    actor: Actor, number: str, said: Answer, *, photos: Photos = (), seen_version: int | None = None
) -> str:
    """Answer a feedback. Returns the state: answered, or of a major one waiting for its release (FE-1).

    Until then it is the manufacturer's own (TN-2). With `said.offers` it proposes to close the feedback. Raises
    RuleBroken QF-1 without cause or measures, or when it should close a major one that has no service report; FE-1
    for a person who filed it.
    """
    found = steps.seen(number, seen_version)
    steps.check_other(actor, found)
    major = found.grade is FeedbackGrade.MAJOR
    state = FEEDBACK.advance(found.state, FeedbackAction.WRITE if major else FeedbackAction.ANSWER)
    check_answer(said, found.grade, reported=queries.report_of(found.id) is not None)
    steps.clock_runs(actor, found)
    found.state = state
    if not major:
        _give(actor, found, said, photos)
        return state.value
    session().add(
        FeedbackProposal(
            feedback_id=found.id,
            round=found.round,
            cause=said.cause.strip(),
            corrective=said.corrective.strip(),
            department=said.department.strip(),
            complete_on=said.complete_on,
            offers=said.offers,
            photos=[upload for _kind, upload in photos],
            person_id=actor.person_id,
            person=actor.name,
            at=clock.now(),
        )
    )
    steps.note(Tag.FEEDBACK_ANSWER_WRITTEN, actor, found, internal=True)
    return state.value


def _give(
    actor: Actor,
    found: Feedback,
    said: Answer,
    photos: Photos,
    proposal: FeedbackProposal | None = None,
) -> None:
    """The dealer reads the answer from now on; of a major one it is its writer's, released by the actor."""
    writer: dict[str, Any] = {"person_id": proposal.person_id, "person": proposal.person} if proposal else {}
    found.offered = said.offers
    found.answered_on = found.answered_on or clock.today(actor.timezone)
    steps.say(
        actor,
        found,
        TalkKind.ANSWER,
        photos=photos,
        cause=said.cause.strip(),
        corrective=said.corrective.strip(),
        department=said.department.strip(),
        complete_on=said.complete_on,
        released_by=actor.name if proposal else "",
        **writer,
    )
    steps.note(Tag.FEEDBACK_ANSWERED, actor, found, text=said.corrective.strip()[:_SAID])


@command(allow=Permission.FEEDBACK_RELEASE)
def release(actor: Actor, number: str, *, seen_version: int | None = None) -> str:
    """Release the answer to a major feedback that another person wrote (FE-1). Returns the state.

    Raises RuleBroken FE-1 for its writer, and for the person who filed the feedback.
    """
    found = steps.seen(number, seen_version)
    state = FEEDBACK.advance(found.state, FeedbackAction.RELEASE)
    proposal = _judged(actor, found)
    proposal.released, proposal.judged_by = True, actor.name
    found.state = state
    said = Answer(
        cause=proposal.cause,
        corrective=proposal.corrective,
        department=proposal.department,
        complete_on=proposal.complete_on,
        offers=proposal.offers,
    )
    photos = [(FeedbackPhotoKind.DETAIL, one) for one in queries.waiting_photos(proposal)]
    _give(actor, found, said, photos, proposal)
    return state.value


@command(allow=Permission.FEEDBACK_RELEASE)
def hold_back(actor: Actor, number: str, text: str, *, seen_version: int | None = None) -> str:
    """Give an answer that waits for release back to its writer, with what should change. Returns the state."""
    found = steps.seen(number, seen_version)
    state = FEEDBACK.advance(found.state, FeedbackAction.HOLD_BACK)
    said = check_words(text, T("Say what should change in the answer."))
    proposal = _judged(actor, found)
    proposal.released, proposal.judged_by, proposal.judged_text = False, actor.name, said
    found.state = state
    steps.note(Tag.FEEDBACK_ANSWER_HELD_BACK, actor, found, internal=True, text=said[:_SAID])
    return state.value


def _judged(actor: Actor, found: Feedback) -> FeedbackProposal:
    """The answer that waits, for a person who may judge it."""
    steps.check_other(actor, found)
    proposal = queries.waiting_proposal(found.id)
    if proposal is None:
        raise RuleBroken("QF-1", T("No answer waits for release."))
    if proposal.person_id is not None and actor.person_id is not None:
        check_four_eyes(proposal.person_id, actor.person_id)
    return proposal


@command(allow=Permission.FEEDBACK_ANSWER)
def upgrade(actor: Actor, number: str, reason: str, *, seen_version: int | None = None) -> str:
    """Make an ordinary feedback a major one, with a reason. Returns the state.

    What was answered as an ordinary one is answered anew, in the next round. Raises RuleBroken QF-1 without a reason
    or for one that is major already.
    """
    found = steps.seen(number, seen_version)
    if found.grade is FeedbackGrade.MAJOR:
        raise RuleBroken("QF-1", T("This feedback is a major one already."))
    state = FEEDBACK.advance(found.state, FeedbackAction.UPGRADE)
    said = check_words(reason, T("Say why it is a major one."))
    found.grade = FeedbackGrade.MAJOR
    steps.say(actor, found, TalkKind.UPGRADED, said)
    if state is FeedbackState.IN_WORK and found.state is not FeedbackState.IN_WORK:
        steps.next_round(actor, found)
    found.state = state
    steps.note(Tag.FEEDBACK_UPGRADED, actor, found, reason=said[:_SAID])
    return state.value
