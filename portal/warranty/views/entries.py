"""Where warranty cards show up elsewhere: the navigation and the home page."""

import datetime as dt
from zoneinfo import ZoneInfo

from flask import url_for

from portal.kernel.actor import Actor, Side
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.warranty import queries
from portal.warranty.rules import CardState, review_due
from portal.web import nav, numbers
from portal.web.nav import Item, Waiting


@nav.add_waiting
def waiting(actor: Actor, today: dt.date) -> list[Waiting]:
    """For the reviewer the queue, for the dealer each card that was sent back."""
    if actor.may(Permission.CARDS_REVIEW):
        return _for_reviewer(actor, today)
    if actor.may(Permission.CARDS_FILE):
        return [
            Waiting(
                T("Card {number}, serial {serial}, was sent back", number=card.number, serial=card.serial),
                T("Add what is missing"),
                url_for("warranty.correct", number=card.number),
            )
            for card in queries.oldest_of_dealer(CardState.SENT_BACK)
        ]
    return []


def _for_reviewer(actor: Actor, today: dt.date) -> list[Waiting]:
    since = queries.waiting_longest()
    if since is None:
        return []
    due = review_due(since.astimezone(ZoneInfo(actor.timezone)).date())
    count = queries.count(CardState.SUBMITTED)
    return [
        Waiting(
            T("Warranty cards to review: {count}", count=count),
            T("Review"),
            url_for("card_review.queue"),
            due=due,
            overdue=due < today,
            count=count,
        )
    ]


nav.add(
    Item(
        "todo",
        T("Card review"),
        "card_review.queue",
        Permission.CARDS_REVIEW,
        side=Side.MANUFACTURER,
        count=lambda _actor: queries.count(CardState.SUBMITTED),
        hot=True,
        bottom=2,
        icon="review",
        short=T("Review"),
        order=10,
    ),
    Item(
        "work",
        T("Warranty cards"),
        "warranty.index",
        Permission.CARDS_READ,
        side=Side.DEALER,
        count=lambda _actor: queries.count(CardState.SENT_BACK),
        hot=True,
        bottom=2,
        icon="card",
        short=T("Cards"),
        order=10,
    ),
    Item(
        "work", T("Warranty cards"), "warranty.index", Permission.CARDS_READ, side=Side.MANUFACTURER, order=10
    ),
)

numbers.add("BXK", "warranty.show", Permission.CARDS_READ)
