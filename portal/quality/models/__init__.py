"""The tables of quality."""

from portal.quality.models.batches import DefectiveBatch

__all__ = ["DefectiveBatch"]
