"""Pages of quality: defective batches, and feedback from its form to its end."""

from portal.quality.views import acting, batches, cases, common, entries, filing, lists

__all__ = ["acting", "batches", "cases", "filing", "lists", "pages"]

pages = [batches.pages, common.pages]

entries.register()
