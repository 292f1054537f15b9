"""顾客意见统计表, the customer comments summary: one line an opinion, the topics counted below.

Whether an opinion is answered follows from whether anything is said about how it was handled, by the record or by the
dealer; praise needs no answer.
"""

from enum import StrEnum

from portal.agreements.rules import FormKind
from portal.kernel.text import T
from portal.repairs.rules.follow_ups import OpinionTopic
from portal.reports.rules.sheets import Cells, Column, Layout, Measure, Source


class OpinionSource(StrEnum):
    """Where an opinion was heard."""

    FIRST_CALL = "first_call"
    SECOND_CALL = "second_call"


class Answered(StrEnum):
    """Whether an opinion has its answer (是否回复)."""

    YES = "yes"
    NOT_YET = "not_yet"
    NOT_NEEDED = "not_needed"


def _derive(cells: Cells) -> Cells:
    if "topic" not in cells:
        return {}
    if cells.get("handled"):
        return {"answered": Answered.YES.value}
    is_praise = cells["topic"] == OpinionTopic.PRAISE and cells.get("complaints") == "0"
    return {"answered": (Answered.NOT_NEEDED if is_praise else Answered.NOT_YET).value}


LAYOUT = Layout(
    FormKind.OPINIONS,
    (
        Column("number", T("Number"), Measure.TEXT, width=30),
        Column("on", T("Date"), Measure.TEXT, width=20),
        Column("source", T("Source"), Measure.TEXT, names=OpinionSource, width=22),
        Column("topic", T("Topic"), Measure.TEXT, names=OpinionTopic, width=24),
        Column("opinion", T("Opinion"), Measure.TEXT),
        Column("model", T("Model"), Measure.TEXT, width=24),
        Column("opinions", T("Comments"), width=15),
        Column("complaints", T("Complaints"), width=15),
        Column("handled", T("How it was handled"), Measure.TEXT, Source.ENTERED, width=44),
        Column("answered", T("Reply given"), Measure.TEXT, Source.DERIVED, names=Answered, width=18),
    ),
    derive=_derive,
    summary=tuple(Column(topic.value, T(f"OpinionTopic.{topic.name}")) for topic in OpinionTopic),
)
