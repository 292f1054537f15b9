"""Pages of the settlement: quarters and runs for finance, statements, disputes, cancelled fees, endings for both."""

from portal.settlement.views import (
    cancellations,
    disputes,
    endings,
    entries,
    quarters,
    runs,
    statements,
    write_offs,
)

#: `entries` and `runs` register what they have when they are imported.
pages = [
    cancellations.pages,
    endings.pages,
    quarters.pages,
    statements.pages,
    disputes.pages,
    write_offs.pages,
]

__all__ = ["entries", "pages", "runs"]
