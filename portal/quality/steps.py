"""What the commands of feedback have in common: what is said, the photos with it, the next round, the fact."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from portal.agreements import queries as agreements
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.drafts import steps as drafts
from portal.kernel import clock
from portal.kernel.actor import Actor, Side
from portal.kernel.command import step
from portal.kernel.db import session
from portal.kernel.errors import Conflict
from portal.kernel.foureyes import check_four_eyes
from portal.kernel.text import T
from portal.quality import queries
from portal.quality.models import Feedback, FeedbackEntry, FeedbackPhoto
from portal.quality.rules import FeedbackPhotoKind, TalkKind, answer_by, prolonged

#: What a draft of a feedback is called, and the photos of a contribution: (kind, waiting photo).
DRAFT = "quality.feedback"
Photos = Sequence[tuple[FeedbackPhotoKind, int]]


def seen(number: str, seen_version: int | None) -> Feedback:
    """A feedback, locked, as the person saw it (OL-1). Raises NotFound, Conflict."""
    found = queries.locked(number)
    if seen_version is not None and found.version != seen_version:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))
    return found


def check_other(actor: Actor, feedback: Feedback) -> None:
    """Nobody decides what they filed. Raises RuleBroken FE-1."""
    if feedback.filed_by_id is not None and actor.person_id is not None:
        check_four_eyes(feedback.filed_by_id, actor.person_id)


@step
def say(
    actor: Actor, feedback: Feedback, kind: TalkKind, text: str = "", photos: Photos = (), **answer: Any
) -> FeedbackEntry:
    """Note what a side says in the present round, with its photos. Raises RuleBroken FD-2 for a photo that is gone."""
    party = {"dealer_id": feedback.dealer_id, "point_id": feedback.point_id}
    entry = FeedbackEntry(
        feedback_id=feedback.id,
        round=feedback.round,
        side=Side.DEALER if actor.dealer_id is not None else Side.MANUFACTURER,
        kind=kind,
        text=text,
        person_id=answer.pop("person_id", actor.person_id),
        person=answer.pop("person", actor.name),
        said_on=clock.today(actor.timezone),
        at=clock.now(),
        **party,
        **answer,
    )
    session().add(entry)
    session().flush()
    kinds = [photo_kind for photo_kind, _upload in photos]
    taken = drafts.take_uploads([upload for _kind, upload in photos])
    for photo_kind, (content, fingerprint) in zip(kinds, taken, strict=True):
        session().add(
            FeedbackPhoto(
                entry_id=entry.id,
                kind=photo_kind,
                content=content,
                fingerprint=fingerprint,
                person=entry.person,
                at=clock.now(),
                **party,
            )
        )
    return entry


def due_from(feedback: Feedback, day: dt.date) -> dt.date:
    """The last day of the answer to a round that begins on a day, by the terms of that day."""
    return answer_by(day, agreements.terms_on(feedback.agreement_id, day).feedback_answer_days)


@step
def next_round(actor: Actor, feedback: Feedback) -> None:
    """Begin the next round: its clock starts today, nothing of the last one is offered any more."""
    feedback.round += 1
    feedback.due_on = due_from(feedback, clock.today(actor.timezone))
    feedback.asked_on, feedback.offered = None, False


@step
def clock_runs(actor: Actor, feedback: Feedback) -> None:
    """The question that the dealer had is over; the days that it took are added to the term."""
    if feedback.asked_on is not None:
        feedback.due_on = prolonged(feedback.due_on, feedback.asked_on, clock.today(actor.timezone))
        feedback.asked_on = None


@step
def note(tag: Tag, actor: Actor, feedback: Feedback, *, internal: bool = False, **data: Any) -> None:
    """Record a fact about a feedback; both parties see it, an `internal` one the manufacturer alone."""
    session().flush()
    whose = {} if internal else {"dealer_id": feedback.dealer_id, "point_id": feedback.point_id}
    record(tag, actor, feedback.number, **whose, **data)
