"""Pages of parts requests: filing one, the list, a request's own page with decision, shipments and receipt."""

from portal.parts.views import acting, entries, filing, requests
from portal.parts.views.common import pages

__all__ = ["acting", "filing", "pages", "requests"]

entries.register()
