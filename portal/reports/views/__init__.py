"""Pages of the monthly forms: the dealer's months and forms (`hub`, `working`), what was submitted (`show`), the audit
(`review`, `audit`, `sampling`), prints and spreadsheets (`papers`)."""

from portal.reports.views import audit, entries, hub, papers, review, sampling, show, working
from portal.reports.views.common import pages

__all__ = ["audit", "entries", "hub", "pages", "papers", "review", "sampling", "show", "working"]
