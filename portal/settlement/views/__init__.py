"""Pages of the settlement: quarters and runs for finance, statements, disputes, cancelled fees for both parties."""

from portal.settlement.views import cancellations, disputes, entries, quarters, runs, statements

#: `entries` and `runs` register what they have when they are imported.
pages = [cancellations.pages, quarters.pages, statements.pages, disputes.pages]

__all__ = ["entries", "pages", "runs"]
