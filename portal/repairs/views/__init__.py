"""Pages of repairs for both sides."""

from portal.repairs.views import (
    amending,
    board,
    claim_bulk,
    claim_entries,
    claim_review,
    claims,
    entries,
    faults,
    filing,
    follow_ups,
    plans,
    receipts,
    records,
    service,
    service_entries,
    track,
    visits,
)

#: All but the four whose pages stand here register what they have when they are imported.
pages = [
    records.pages,
    faults.pages,
    claims.pages,
    claim_review.pages,
    board.pages,
    follow_ups.pages,
    plans.plan_pages,
    plans.card_pages,
    visits.pages,
    track.pages,
]

__all__ = ["amending", "claim_bulk", "claim_entries", "entries", "filing", "pages", "receipts", "service"]

service_entries.register()
