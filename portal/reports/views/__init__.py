"""Pages of the monthly forms: the dealer's months and forms (`hub`, `working`), what was submitted (`show`), the audit
(`review`), prints and spreadsheets (`papers`)."""

from portal.reports.views import entries, hub, papers, review, show, working
from portal.reports.views.common import pages

__all__ = ["entries", "hub", "pages", "papers", "review", "show", "working"]
