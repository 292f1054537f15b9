"""Pages of returns: the basket, the list, a request's own page, the warehouse, one unit."""

from portal.returns.views import acting, baskets, entries, lists, photos, requests, units, warehouse
from portal.returns.views.common import pages

__all__ = ["acting", "baskets", "lists", "pages", "photos", "requests", "units", "warehouse"]

entries.register()
