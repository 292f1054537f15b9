"""Pages of returns: the basket, the list, a request's own page, the warehouse, one unit."""

from portal.returns.views import acting, baskets, common, entries, lists, requests, units, warehouse

__all__ = ["acting", "baskets", "lists", "pages", "requests", "units"]

pages = [common.pages, warehouse.desk]

entries.register()
