"""The sheet of a feedback as values for printing, as both sides may read it (ux.md 8, document 6)."""

from collections.abc import Sequence

from portal.catalogue import queries as catalogue
from portal.catalogue.models import Product
from portal.documents.render import picture_name
from portal.documents.rules import Bilingual, Party, Role
from portal.documents.words import NOTHING, both
from portal.quality import queries
from portal.quality.models import Feedback, FeedbackEntry, FeedbackPhoto
from portal.quality.rules import (
    FeedbackGrade,
    TalkKind,
    UseUnit,
    shown_state,
)
from portal.quality.rules.papers import (
    FEEDBACK_SHEET,
    MOST_PHOTOS,
    AnswerBlock,
    FeedbackSheetView,
    PhotoBlock,
    ReportBlock,
    TalkRow,
)
from portal.tenants import queries as tenants

_USED = {UseUnit.DAYS: ("天", "days"), UseUnit.MONTHS: ("个月", "months")}


def product_of(feedback: Feedback) -> Product:
    """The product that it is about."""
    return catalogue.product_by_id(feedback.product_id)


def pictures(feedback: Feedback) -> list[FeedbackPhoto]:
    """The photos that the sheet shows, with their content."""
    return queries.contents(feedback.id, MOST_PHOTOS)


def sheet(feedback: Feedback, photos: Sequence[FeedbackPhoto], url: str) -> FeedbackSheetView:
    """The feedback as the customary sheet; it says what is known by now, and nothing that waits for release."""
    entries = queries.entries(feedback.id)
    days = {entry.id: str(entry.said_on) for entry in entries}
    point = tenants.dealer_by_id(feedback.point_id)
    answer = _last(entries, TalkKind.ANSWER)
    taken = _last(entries, TalkKind.TAKEN_ON)
    return FeedbackSheetView(
        title=FEEDBACK_SHEET,
        number=feedback.number,
        issuer=tenants.manufacturer().name,
        issued_on=str(entries[-1].said_on if entries else feedback.filed_on),
        roles=_roles(feedback, taken, answer),
        dealer=Party.of(point, bank=False),
        dealer_code=point.code,
        state=both(shown_state(feedback.state, to_dealer=True)),
        major=feedback.grade is FeedbackGrade.MAJOR,
        model=feedback.model,
        product=product_of(feedback).name,
        serial=feedback.serial,
        batch=feedback.batch,
        found_on=str(feedback.found_on),
        filed_on=str(feedback.filed_on),
        late=(feedback.filed_on - feedback.found_on).days,
        used=_used(feedback),
        units=feedback.units,
        place=feedback.place,
        conditions=feedback.conditions,
        phenomenon=feedback.phenomenon,
        measures=feedback.measures,
        judgement=feedback.judgement,
        suggestion=feedback.suggestion,
        part=feedback.part,
        repair_number=feedback.repair_number,
        in_charge=feedback.in_charge,
        taken_on=str(taken.said_on) if taken else "",
        round=feedback.round,
        answer=_answer(answer),
        report=_report(feedback),
        talk=tuple(_talk(entry) for entry in entries if entry.kind is not TalkKind.FILED),
        photos=tuple(
            PhotoBlock(name=picture_name(one.content), title=both(one.kind), on=days[one.entry_id])
            for one in photos
        ),
        closed_on=str(feedback.closed_on or ""),
        url=url,
    )


def _last(entries: Sequence[FeedbackEntry], kind: TalkKind) -> FeedbackEntry | None:
    return next((entry for entry in reversed(entries) if entry.kind is kind), None)


def _roles(feedback: Feedback, taken: FeedbackEntry | None, answer: FeedbackEntry | None) -> tuple[Role, ...]:
    return (
        Role(Bilingual("反馈人", "Reported by"), feedback.filed_by, str(feedback.filed_on)),
        Role(
            Bilingual("受理人", "Taken on by"),
            taken.person if taken else "",
            str(taken.said_on) if taken else "",
        ),
        Role(
            Bilingual("分析人", "Analysed by"),
            answer.person if answer else "",
            str(answer.said_on) if answer else "",
        ),
        Role(
            Bilingual("批准", "Released by"),
            answer.released_by if answer else "",
            str(answer.said_on) if answer and answer.released_by else "",
        ),
    )


def _used(feedback: Feedback) -> Bilingual:
    if feedback.used is None:
        return NOTHING
    chinese, english = _USED[feedback.use_unit]
    return Bilingual(f"{feedback.used} {chinese}", f"{feedback.used} {english}")


def _answer(said: FeedbackEntry | None) -> AnswerBlock | None:
    if said is None:
        return None
    return AnswerBlock(
        cause=said.cause,
        corrective=said.corrective,
        department=said.department,
        complete_on=str(said.complete_on or ""),
        on=str(said.said_on),
    )


def _report(feedback: Feedback) -> ReportBlock | None:
    row = queries.report_of(feedback.id)
    if row is None:
        return None
    return ReportBlock(
        found=row.found,
        cause=row.cause,
        corrective=row.corrective,
        units=row.units,
        verification=row.verification,
        done_on=str(row.done_on),
        person=row.person,
    )


def _talk(entry: FeedbackEntry) -> TalkRow:
    said = "\n".join(filter(None, (entry.text, entry.cause, entry.corrective)))
    return TalkRow(
        round=entry.round,
        on=str(entry.said_on),
        side=both(entry.side),
        kind=both(entry.kind),
        person=entry.person,
        text=said,
    )
