"""One feedback with everything that was said about it (QF-1)."""

from collections import defaultdict

import sqlalchemy as sa
from sqlalchemy.orm import undefer

from portal.drafts import queries as drafts
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.quality.models import (
    Feedback,
    FeedbackEntry,
    FeedbackPhoto,
    FeedbackProposal,
    FeedbackReport,
)


def feedback(number: str) -> Feedback:
    """A feedback of the scope by its number. Raises NotFound."""
    return _one(sa.select(Feedback).where(Feedback.number == number))


def locked(number: str) -> Feedback:
    """The same, locked until the command ends and read after the lock. Raises NotFound."""
    statement = sa.select(Feedback).where(Feedback.number == number)
    return _one(statement.with_for_update().execution_options(populate_existing=True))


def by_id(feedback_id: int) -> Feedback:
    """A feedback of the scope. Raises NotFound."""
    return _one(sa.select(Feedback).where(Feedback.id == feedback_id))


def filed_from(draft_id: int) -> str:
    """The number of the feedback that was filed from a draft. Raises NotFound."""
    return _one(sa.select(Feedback).where(Feedback.draft_id == draft_id)).number


def _one(statement: sa.Select[Feedback]) -> Feedback:
    found = session().scalars(statement).one_or_none()
    if found is None:
        raise NotFound
    return found


def entries(feedback_id: int) -> list[FeedbackEntry]:
    """What was said, in the order of time."""
    statement = sa.select(FeedbackEntry).where(FeedbackEntry.feedback_id == feedback_id)
    return list(session().scalars(statement.order_by(FeedbackEntry.id)))


def photos_of(feedback_id: int) -> dict[int, list[FeedbackPhoto]]:
    """Contribution → its photos, without their content."""
    statement = (
        sa.select(FeedbackPhoto)
        .join(FeedbackEntry, FeedbackEntry.id == FeedbackPhoto.entry_id)
        .where(FeedbackEntry.feedback_id == feedback_id)
        .order_by(FeedbackPhoto.id)
    )
    found: dict[int, list[FeedbackPhoto]] = defaultdict(list)
    for photo in session().scalars(statement):
        found[photo.entry_id].append(photo)
    return found


def contents(feedback_id: int, most: int) -> list[FeedbackPhoto]:
    """The first photos of a feedback with their content, for printing."""
    statement = (
        sa.select(FeedbackPhoto)
        .join(FeedbackEntry, FeedbackEntry.id == FeedbackPhoto.entry_id)
        .where(FeedbackEntry.feedback_id == feedback_id)
        .options(undefer(FeedbackPhoto.content))
        .order_by(FeedbackPhoto.id)
        .limit(most)
    )
    return list(session().scalars(statement))


def photo(number: str, photo_id: int) -> FeedbackPhoto:
    """A photo of a feedback with its content. Raises NotFound."""
    statement = (
        sa.select(FeedbackPhoto)
        .join(FeedbackEntry, FeedbackEntry.id == FeedbackPhoto.entry_id)
        .join(Feedback, Feedback.id == FeedbackEntry.feedback_id)
        .where(Feedback.number == number, FeedbackPhoto.id == photo_id)
        .options(undefer(FeedbackPhoto.content))
    )
    found = session().scalars(statement).one_or_none()
    if found is None:
        raise NotFound
    return found


def proposals(feedback_id: int) -> list[FeedbackProposal]:
    """The answers that were written for release, oldest first; a dealer's scope has none."""
    statement = sa.select(FeedbackProposal).where(FeedbackProposal.feedback_id == feedback_id)
    return list(session().scalars(statement.order_by(FeedbackProposal.id)))


def waiting_proposal(feedback_id: int) -> FeedbackProposal | None:
    """The answer that waits for release."""
    return next((row for row in proposals(feedback_id) if row.released is None), None)


def waiting_photos(proposal: FeedbackProposal) -> list[int]:
    """The photos of an answer that waits for release; some may have expired."""
    return drafts.known_uploads(proposal.photos)


def report_of(feedback_id: int) -> FeedbackReport | None:
    """The newest service report."""
    statement = (
        sa.select(FeedbackReport)
        .where(FeedbackReport.feedback_id == feedback_id)
        .order_by(FeedbackReport.id.desc())
        .limit(1)
    )
    return session().scalars(statement).one_or_none()
