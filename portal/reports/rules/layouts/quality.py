"""维修质量信息反馈单, the quality feedback sheet: one line a feedback filed in the month (QF-1).

How far a feedback has come since is shown, and is no difference of its month: the manufacturer answers in its time.
"""

from portal.agreements.rules import FormKind
from portal.kernel.text import T
from portal.quality.rules import FeedbackGrade, FeedbackState
from portal.reports.rules.sheets import Column, Layout, Measure, Source

LAYOUT = Layout(
    FormKind.QUALITY,
    (
        Column("number", T("Number"), Measure.TEXT, width=30),
        Column("found_on", T("Found on"), Measure.TEXT, width=20),
        Column("filed_on", T("Filed on"), Measure.TEXT, width=20),
        Column("model", T("Model"), Measure.TEXT, width=24),
        Column("subject", T("Serial or batch"), Measure.TEXT, width=28),
        Column("phenomenon", T("Phenomenon"), Measure.TEXT),
        Column("severity", T("Urgency"), Measure.TEXT, names=FeedbackGrade, width=16),
        Column("units", T("Units affected"), width=16),
        Column("answered_on", T("Answered on"), Measure.TEXT, Source.CARRIED, width=20),
        Column("state", T("State"), Measure.TEXT, Source.CARRIED, names=FeedbackState, width=20),
        Column("note", T("Note"), Measure.TEXT, Source.ENTERED, width=24),
    ),
    summary=(
        Column("feedbacks", T("Feedbacks")),
        Column("major", T("Major ones")),
        Column("answered", T("With an answer"), source=Source.CARRIED),
        Column("closed", T("Closed"), source=Source.CARRIED),
    ),
)
