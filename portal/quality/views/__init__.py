"""Pages of quality."""

from portal.quality.views import batches

__all__ = ["batches", "pages"]

pages = [batches.pages]
