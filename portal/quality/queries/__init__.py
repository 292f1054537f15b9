"""Reading what quality declared."""

from portal.quality.queries.batches import (
    batch,
    batches_of,
    counts,
    declared,
    find,
    is_declared,
    listing,
    units_affected,
)

__all__ = [
    "batch",
    "batches_of",
    "counts",
    "declared",
    "find",
    "is_declared",
    "listing",
    "units_affected",
]
