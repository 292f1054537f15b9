"""The dealer's side of a feedback: filing it, adding to it, agreeing or saying why not (QF-1)."""

from portal.agreements import queries as agreements
from portal.audit.tags import Tag
from portal.drafts import steps as drafts
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Forbidden, Refused
from portal.kernel.findings import blocking
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.quality import queries, steps
from portal.quality.models import Feedback
from portal.quality.rules import (
    FEEDBACK,
    FeedbackAction,
    FeedbackDraft,
    FeedbackState,
    TalkKind,
    answer_by,
    check_closing,
    check_words,
)
from portal.quality.steps import Photos

#: Characters of somebody's words that a fact repeats.
_SAID = 200


@command(allow=Permission.FEEDBACK_FILE)
def file(actor: Actor, draft: FeedbackDraft, *, photos: Photos = (), draft_id: int | None = None) -> str:
    """File a feedback about any unit, batch or model of the manufacturer. Returns its number (XF-2026-000001).

    The clock of its first round starts today. `draft_id`: the saved draft that is finished with it. Raises Refused
    with what blocks (QF-1: unknown unit or model, found in the future, nothing said), RuleBroken AG-1 without an
    active agreement, FD-2 for a photo that is gone.
    """
    if actor.dealer_id is None:
        raise Forbidden
    agreement = agreements.in_force(actor.dealer_id)
    today = clock.today(actor.timezone)
    judged = queries.judge(draft, today, photos=len(photos))
    if blocks := blocking(judged.findings):
        raise Refused(blocks)
    assert judged.product is not None, "a draft that nothing blocks"
    kept = judged.draft
    number = numbering.take("XF", today.year)
    filed = Feedback(
        agreement_id=agreement.id,
        draft_id=draft_id,
        dealer_id=agreement.dealer_id,
        point_id=actor.point_id or agreement.dealer_id,
        number=number,
        state=FeedbackState.SUBMITTED,
        grade=kept.grade,
        subject=kept.subject,
        product_id=judged.product.id,
        model=kept.model,
        serial=kept.serial,
        batch=kept.batch,
        found_on=kept.found_on,
        used=kept.used,
        use_unit=kept.use_unit,
        units=kept.units,
        place=kept.place.strip(),
        conditions=kept.conditions.strip(),
        phenomenon=kept.phenomenon.strip(),
        measures=kept.measures.strip(),
        judgement=kept.judgement.strip(),
        suggestion=kept.suggestion.strip(),
        part=kept.part,
        repair_number=kept.repair_number,
        filed_on=today,
        filed_at=clock.now(),
        filed_by_id=actor.person_id,
        filed_by=actor.name,
        due_on=answer_by(today, agreements.terms_on(agreement.id, today).feedback_answer_days),
    )
    session().add(filed)
    session().flush()
    steps.say(actor, filed, TalkKind.FILED, photos=photos)
    drafts.finish(draft_id)
    steps.note(
        Tag.FEEDBACK_FILED,
        actor,
        filed,
        model=filed.model,
        serial=filed.serial,
        grade=f"FeedbackGrade.{filed.grade.name}",
        until=str(filed.due_on),
    )
    return number


@command(allow=Permission.FEEDBACK_FILE)
def tell(
    actor: Actor,
    number: str,
    text: str,
    *,
    question: bool = False,
    photos: Photos = (),
    seen_version: int | None = None,
) -> str:
    """Add to a feedback, or ask the manufacturer something. Returns the state.

    What the manufacturer asked for lets its clock run again, by the days longer that the question lay here. Raises
    RuleBroken QF-1 without words, and for an answered feedback: that one is agreed or objected to.
    """
    found = steps.seen(number, seen_version)
    found.state = FEEDBACK.advance(found.state, FeedbackAction.TELL)
    said = check_words(text, T("Say what you added."))
    steps.clock_runs(actor, found)
    steps.say(actor, found, TalkKind.QUESTION if question else TalkKind.TOLD, said, photos)
    steps.note(Tag.FEEDBACK_TOLD, actor, found, text=said[:_SAID])
    return found.state.value


@command(allow=Permission.FEEDBACK_FILE)
def agree(actor: Actor, number: str, *, text: str = "", seen_version: int | None = None) -> str:
    """Agree with the answer. Returns the state.

    Where the manufacturer proposed to close the feedback, it is closed with this; else this is the dealer's proposal,
    and the manufacturer confirms. Raises RuleBroken QF-1 when there is no answer to agree with.
    """
    found = steps.seen(number, seen_version)
    state = FEEDBACK.advance(found.state, FeedbackAction.AGREE)
    steps.say(actor, found, TalkKind.AGREED, text.strip())
    if found.offered:
        check_closing(found.grade, reported=queries.report_of(found.id) is not None)
        found.state, found.closed_on = FeedbackState.CLOSED, clock.today(actor.timezone)
        steps.note(Tag.FEEDBACK_CLOSED, actor, found, text=text.strip()[:_SAID])
    else:
        found.state = state
        steps.note(Tag.FEEDBACK_AGREED, actor, found, text=text.strip()[:_SAID])
    return found.state.value


@command(allow=Permission.FEEDBACK_FILE)
def object_to(
    actor: Actor, number: str, text: str, *, photos: Photos = (), seen_version: int | None = None
) -> int:
    """Say why the answer does not do. Returns the new round, whose clock starts today.

    Raises RuleBroken QF-1 without words or when there is no answer.
    """
    found = steps.seen(number, seen_version)
    state = FEEDBACK.advance(found.state, FeedbackAction.OBJECT)
    said = check_words(text, T("Say why the answer does not solve it."))
    found.state = state
    steps.next_round(actor, found)
    steps.say(actor, found, TalkKind.OBJECTED, said, photos)
    steps.note(Tag.FEEDBACK_OBJECTED, actor, found, text=said[:_SAID], until=str(found.due_on))
    return found.round


@command(allow=Permission.FEEDBACK_FILE)
def propose(actor: Actor, number: str, text: str, *, seen_version: int | None = None) -> str:
    """Propose to close a feedback that has no answer in this round: the problem is gone. Returns the state.

    The manufacturer confirms, or goes on. Raises RuleBroken QF-1 without words, or when it is answered or over.
    """
    found = steps.seen(number, seen_version)
    state = FEEDBACK.advance(found.state, FeedbackAction.PROPOSE)
    said = check_words(text, T("Say why it can be closed."))
    found.state, found.asked_on = state, None
    steps.say(actor, found, TalkKind.PROPOSED, said)
    steps.note(Tag.FEEDBACK_CLOSING_PROPOSED, actor, found, text=said[:_SAID])
    return state.value
