"""The one form that a month had before its six forms: shown as it was submitted, never owed anew."""

from portal.agreements.rules import FormKind
from portal.kernel.text import T
from portal.reports.rules.sheets import Column, Layout, Measure

LAYOUT = Layout(
    FormKind.SUMMARY,
    (
        Column("figure", T("Figure"), Measure.TEXT),
        Column("value", T("Value"), Measure.TEXT),
    ),
    has_total=False,
    is_landscape=False,
)
