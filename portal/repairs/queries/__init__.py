"""Reading repairs."""

from portal.repairs.queries.records import (
    attempt,
    draft_of,
    earlier,
    fault_codes,
    filed_from,
    get,
    judge,
    parts_of,
    photo,
    photos,
    signature,
    signatures,
    versions,
)

__all__ = [
    "attempt",
    "draft_of",
    "earlier",
    "fault_codes",
    "filed_from",
    "get",
    "judge",
    "parts_of",
    "photo",
    "photos",
    "signature",
    "signatures",
    "versions",
]
