"""One feedback with everything that was said about it, and what is known of a subject before it is filed (QF-1)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import undefer

from portal.catalogue import queries as catalogue
from portal.catalogue.models import Product
from portal.drafts import queries as drafts
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.findings import Finding
from portal.quality.models import (
    Feedback,
    FeedbackEntry,
    FeedbackPhoto,
    FeedbackProposal,
    FeedbackReport,
)
from portal.quality.queries import batches
from portal.quality.rules import (
    OPEN,
    FeedbackDraft,
    FeedbackSubject,
    SubjectFacts,
    check_feedback,
    time_in_use,
)
from portal.warranty import queries as warranty


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


@dataclass(frozen=True)
class Judged:
    """A draft as it would be filed, with what is found about it; `product` is None where the subject is unknown."""

    draft: FeedbackDraft
    product: Product | None
    findings: Sequence[Finding]


def judge(draft: FeedbackDraft, today: dt.date, *, photos: int = 0) -> Judged:
    """What filing a draft today would find.

    A unit may be any one of the manufacturer's (RP-12): its model and batch are taken from its shipment, its time in
    use from the sale on its card where nothing was typed. The draft comes back in the spelling that is kept.
    """
    product, kept = _resolved(draft, today)
    part = kept.part.strip().upper()
    part_known = not part or bool(catalogue.parts_by_code([part])) or _is_component(product, part)
    facts = SubjectFacts(
        known=product is not None,
        shipped=product is not None and bool(batches.units_affected(product.id, kept.batch)),
        declared=product is not None and bool(kept.batch) and batches.is_declared(product.id, kept.batch),
        part_known=part_known,
        photos=photos,
        open_number=_open_about(kept) if product is not None else "",
    )
    return Judged(kept, product, check_feedback(kept, facts, today))


def _is_component(product: Product | None, code: str) -> bool:
    return product is not None and code in catalogue.component_months(product.id)


def _resolved(draft: FeedbackDraft, today: dt.date) -> tuple[Product | None, FeedbackDraft]:
    kept = replace(draft, repair_number=draft.repair_number.strip().upper(), part=draft.part.strip())
    if draft.subject is FeedbackSubject.UNIT:
        kept = replace(kept, model="", batch="")
        found = warranty.coverages([draft.serial], today)
        if not draft.serial.strip() or not found:
            return None, kept
        (unit,) = found.values()
        kept = replace(kept, serial=unit.serial, model=unit.model, batch=unit.batch, units=draft.units)
        if draft.used is None and unit.sale is not None:
            used = time_in_use(unit.sale.sale_date, draft.found_on)
            if used is not None:
                kept = replace(kept, used=used[0], use_unit=used[1])
        return catalogue.product_by_id(unit.product_id), kept
    batch = draft.batch.strip() if draft.subject is FeedbackSubject.BATCH else ""
    kept = replace(kept, serial="", batch=batch)
    try:
        product = catalogue.product(draft.model)
    except NotFound:
        return None, kept
    return product, replace(kept, model=product.model)


def _open_about(draft: FeedbackDraft) -> str:
    """The number of an open feedback of the scope about the same; of a model as a whole none is looked for."""
    if draft.subject is FeedbackSubject.UNIT:
        same = Feedback.serial == draft.serial
    elif draft.subject is FeedbackSubject.BATCH:
        same = sa.and_(
            Feedback.model == draft.model,
            Feedback.batch == draft.batch,
            Feedback.subject == FeedbackSubject.BATCH,
        )
    else:
        return ""
    statement = sa.select(Feedback.number).where(same, Feedback.state.in_(OPEN)).order_by(Feedback.id)
    return session().scalars(statement.limit(1)).one_or_none() or ""
