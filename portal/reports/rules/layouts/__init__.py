"""The customary columns of each monthly form (ux.md 8), one file a form."""

from collections.abc import Mapping
from types import MappingProxyType

from portal.agreements.rules import FormKind
from portal.reports.rules.layouts import opinions, parts, quality, repairs, sales, satisfaction, summary
from portal.reports.rules.sheets import Layout

LAYOUTS: Mapping[FormKind, Layout] = MappingProxyType(
    {
        layout.kind: layout
        for layout in (
            repairs.LAYOUT,
            parts.LAYOUT,
            satisfaction.LAYOUT,
            opinions.LAYOUT,
            sales.LAYOUT,
            quality.LAYOUT,
            summary.LAYOUT,
        )
    }
)
