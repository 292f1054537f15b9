"""Where claims show up elsewhere: the navigation and the home page."""

import datetime as dt
from zoneinfo import ZoneInfo

from flask import url_for

from portal.kernel.actor import Actor, Side
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.repairs import queries
from portal.repairs.rules.claims import ClaimState
from portal.tenants import queries as tenants
from portal.warranty.rules import review_due
from portal.web import nav
from portal.web.nav import Item, Waiting


@nav.add_waiting
def waiting(actor: Actor, today: dt.date) -> list[Waiting]:
    """For the reviewer the queue, for the dealer each claim that was returned."""
    if actor.may(Permission.CLAIMS_DECIDE):
        return _for_reviewer(actor, today)
    if actor.side is Side.DEALER and actor.may(Permission.REPAIRS_FILE):
        return [
            Waiting(
                T("Claim {number}, serial {serial}, was returned", number=claim.number, serial=claim.serial),
                T("Answer"),
                url_for("claims.say", number=claim.number, says="answer"),
            )
            for claim in queries.oldest_claims(ClaimState.NEEDS_INFO)
        ]
    return []


def _for_reviewer(actor: Actor, today: dt.date) -> list[Waiting]:
    since = queries.claims_waiting_since()
    if since is None:
        return []
    due = review_due(since.astimezone(ZoneInfo(actor.timezone)).date(), tenants.calendar())
    count = queries.claim_count(ClaimState.SUBMITTED)
    text = T("Warranty claims to review: {count}", count=count)
    return [
        Waiting(text, T("Review"), url_for("claim_review.queue"), due=due, overdue=due < today, count=count)
    ]


nav.add(
    Item(
        "todo",
        T("Claim review"),
        "claim_review.queue",
        Permission.CLAIMS_DECIDE,
        side=Side.MANUFACTURER,
        count=lambda _actor: queries.claim_count(ClaimState.SUBMITTED),
        hot=True,
        icon="review",
        short=T("Claims"),
        order=12,
    ),
    Item(
        "service",
        T("Warranty claims"),
        "claims.index",
        Permission.REPAIRS_READ,
        side=Side.DEALER,
        count=lambda _actor: queries.claim_count(ClaimState.NEEDS_INFO),
        hot=True,
        icon="review",
        short=T("Claims"),
        order=14,
    ),
    Item(
        "service",
        T("Warranty claims"),
        "claims.index",
        Permission.REPAIRS_READ,
        side=Side.MANUFACTURER,
        order=14,
    ),
)
