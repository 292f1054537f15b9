"""Pages of repairs for both sides."""

from portal.repairs.views import (
    amending,
    claim_bulk,
    claim_entries,
    claim_review,
    claims,
    entries,
    faults,
    filing,
    receipts,
    records,
)

#: All but the four whose pages stand here register what they have when they are imported.
pages = [records.pages, faults.pages, claims.pages, claim_review.pages]

__all__ = ["amending", "claim_bulk", "claim_entries", "entries", "filing", "pages", "receipts"]
