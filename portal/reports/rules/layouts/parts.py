"""每月零件更换清单, the parts replacement list: one line a part and model."""

from portal.agreements.rules import FormKind
from portal.kernel.text import T
from portal.reports.rules.sheets import Column, Layout, Measure, Source

LAYOUT = Layout(
    FormKind.PARTS,
    (
        Column("code", T("Part no."), Measure.TEXT, width=26),
        Column("name", T("Part name"), Measure.TEXT, width=34),
        Column("model", T("Model"), Measure.TEXT, width=26),
        Column("replaced", T("Pieces replaced")),
        Column("in_warranty", T("In warranty")),
        Column("out_of_warranty", T("Out of warranty")),
        Column("amount", T("Amount"), Measure.MONEY, width=20),
        Column("fault", T("Main fault"), Measure.TEXT, width=40),
        Column("old_back", T("Old parts returned")),
        Column("note", T("Note"), Measure.TEXT, Source.ENTERED, width=24),
    ),
)
