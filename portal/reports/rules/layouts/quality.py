"""维修质量信息反馈单, the quality feedback sheet: one line a feedback of the month (QF-1)."""

from portal.agreements.rules import FormKind
from portal.kernel.text import T
from portal.reports.rules.sheets import Column, Layout, Measure, Source

LAYOUT = Layout(
    FormKind.QUALITY,
    (
        Column("number", T("Number"), Measure.TEXT, width=30),
        Column("found_on", T("Found on"), Measure.TEXT, width=20),
        Column("model", T("Model"), Measure.TEXT, width=26),
        Column("subject", T("Serial or batch"), Measure.TEXT, width=30),
        Column("phenomenon", T("Phenomenon"), Measure.TEXT),
        Column("severity", T("Urgency"), Measure.TEXT, width=18),
        Column("units", T("Units")),
        Column("answered_on", T("Answered on"), Measure.TEXT, width=20),
        Column("state", T("State"), Measure.TEXT, width=20),
        Column("note", T("Note"), Measure.TEXT, Source.ENTERED, width=24),
    ),
)
