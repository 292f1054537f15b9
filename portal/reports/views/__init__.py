"""Pages of the monthly forms: the dealer's hub and forms (`hub`, `show`), the manufacturer's audit (`review`)."""

from portal.reports.views import entries, hub, review, show
from portal.reports.views.common import pages

__all__ = ["entries", "hub", "pages", "review", "show"]
