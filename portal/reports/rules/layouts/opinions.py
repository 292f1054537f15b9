"""顾客意见统计表, the customer comments summary: one line an opinion."""

from portal.agreements.rules import FormKind
from portal.kernel.text import T
from portal.reports.rules.sheets import Column, Layout, Measure, Source

LAYOUT = Layout(
    FormKind.OPINIONS,
    (
        Column("number", T("Number"), Measure.TEXT, width=30),
        Column("on", T("Date"), Measure.TEXT, width=20),
        Column("source", T("Source"), Measure.TEXT, width=24),
        Column("topic", T("Topic"), Measure.TEXT, width=26),
        Column("opinion", T("Opinion"), Measure.TEXT),
        Column("model", T("Model"), Measure.TEXT, width=26),
        Column("complaints", T("Complaints")),
        Column("handled", T("How it was handled"), Measure.TEXT, Source.ENTERED, width=40),
        Column("answered", T("Answered"), Measure.TEXT, Source.ENTERED, width=18),
    ),
)
