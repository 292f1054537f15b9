"""Pages of parts requests: filing, list, a request's own page; payments, differences, months; old parts, stock."""

from portal.parts.views import (
    acting,
    common,
    differences,
    entries,
    filing,
    lists,
    months,
    old_part_acts,
    old_part_entries,
    old_parts,
    receiving,
    requests,
    stock,
)

__all__ = [
    "acting",
    "differences",
    "filing",
    "lists",
    "months",
    "old_part_acts",
    "pages",
    "receiving",
    "requests",
]

pages = [
    common.pages,
    common.differences,
    common.payments,
    common.months,
    old_parts.pages,
    stock.pages,
]

entries.register()
old_part_entries.register()
