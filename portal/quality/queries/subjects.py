"""What is known of the subject of a feedback, and what is found about one before it is filed (QF-1, RP-12)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from portal.catalogue import queries as catalogue
from portal.catalogue.models import Product
from portal.kernel.db import session
from portal.kernel.errors import NotFound, Refused
from portal.kernel.findings import Finding, blocking
from portal.quality.models import Feedback
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


@dataclass(frozen=True)
class Subject:
    """A unit, a batch of a model, or a model, as it exists; serial and batch in the spelling that is kept."""

    product: Product
    serial: str = ""
    batch: str = ""
    #: Of a unit: the sale on its card.
    sold_on: dt.date | None = None
    #: Its batch is declared defective.
    declared: bool = False
    #: An open feedback of the scope about the same; of a model as a whole none is looked for.
    open_number: str = ""


@dataclass(frozen=True)
class Judged:
    """A draft as it would be filed, with what is found about it; `product` is None where the subject is unknown."""

    draft: FeedbackDraft
    product: Product | None
    findings: Sequence[Finding]


def subject_of(serial: str, model: str, batch: str, today: dt.date) -> Subject | None:
    """The unit with a serial, whoever it was shipped to (RP-12), else the batch of a model, or the model; or None."""
    if serial.strip():
        return _unit(serial, today)
    try:
        product = catalogue.product(model)
    except NotFound:
        return None
    kept = batch.strip()
    declared = bool(kept) and batches.is_declared(product.id, kept)
    return Subject(product, batch=kept, declared=declared, open_number=_open_about("", product.model, kept))


def _unit(serial: str, today: dt.date) -> Subject | None:
    found = warranty.coverages([serial], today)
    if not found:
        return None
    (unit,) = found.values()
    return Subject(
        catalogue.product_by_id(unit.product_id),
        serial=unit.serial,
        batch=unit.batch,
        sold_on=unit.sale.sale_date if unit.sale else None,
        declared=bool(unit.batch) and batches.is_declared(unit.product_id, unit.batch),
        open_number=_open_about(unit.serial, unit.model, unit.batch),
    )


def _open_about(serial: str, model: str, batch: str) -> str:
    if not serial and not batch:
        return ""
    same = [Feedback.serial == serial, Feedback.model == model, Feedback.state.in_(OPEN)]
    if not serial:
        same.append(Feedback.batch == batch)
    statement = sa.select(Feedback.number).where(*same).order_by(Feedback.id).limit(1)
    return session().scalars(statement).one_or_none() or ""


def judge(draft: FeedbackDraft, today: dt.date, *, photos: int = 0) -> Judged:
    """What filing a draft today would find.

    Of a unit, model and batch are taken from its shipment, the time in use from the sale on its card where nothing was
    typed. The draft comes back in the spelling that is kept.
    """
    about_unit, about_batch = (
        draft.subject is FeedbackSubject.UNIT,
        draft.subject is FeedbackSubject.BATCH,
    )
    kept = replace(
        draft,
        serial=draft.serial.strip() if about_unit else "",
        model="" if about_unit else draft.model.strip(),
        batch=draft.batch.strip() if about_batch else "",
        repair_number=draft.repair_number.strip().upper(),
        part=draft.part.strip(),
    )
    subject = subject_of(kept.serial, kept.model, kept.batch, today)
    if subject is None:
        return Judged(kept, None, check_feedback(kept, SubjectFacts(known=False, photos=photos), today))
    kept = replace(kept, serial=subject.serial, model=subject.product.model, batch=subject.batch)
    if kept.used is None and subject.sold_on is not None:
        used = time_in_use(subject.sold_on, kept.found_on)
        if used is not None:
            kept = replace(kept, used=used[0], use_unit=used[1])
    facts = SubjectFacts(
        known=True,
        shipped=not about_batch or bool(batches.units_affected(subject.product.id, subject.batch)),
        declared=subject.declared,
        part_known=_is_part(subject.product, kept.part),
        photos=photos,
        open_number=subject.open_number,
    )
    return Judged(kept, subject.product, check_feedback(kept, facts, today))


def _is_part(product: Product, code: str) -> bool:
    """Whether a code names a part or a component of the product; nothing typed is no stranger."""
    wanted = code.upper()
    if not wanted or catalogue.parts_by_code([wanted]):
        return True
    return wanted in catalogue.component_months(product.id)


def fileable(judged: Judged) -> bool:
    """True when nothing blocks it. Raises Refused with what does."""
    if blocks := blocking(judged.findings):
        raise Refused(blocks)
    return True
