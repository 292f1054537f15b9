"""Where warranty cards show up elsewhere: the navigation and the home page."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for

from portal.catalogue import queries as catalogue
from portal.catalogue.models import Unit
from portal.catalogue.queries import UnitSection
from portal.kernel import clock
from portal.kernel.actor import Actor, Side
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.tenants import queries as tenants
from portal.warranty import queries
from portal.warranty.rules import REGISTERED, CardState, mask_name, mask_phone, review_due
from portal.warranty.views.coverage import judged
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
    due = review_due(since.astimezone(ZoneInfo(actor.timezone)).date(), tenants.calendar())
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


def unit_section(actor: Actor, unit: Unit) -> dict[str, Any] | None:
    """The cards of a unit, who would pay for a repair today, and its longer warranties (EN-3, EN-14)."""
    if not actor.may(Permission.CARDS_READ):
        return None
    cards = queries.cards_of_unit(unit.id)
    live = next((card for card in cards if card.state in REGISTERED), None)
    today = clock.today(actor.timezone)
    in_field = not unit.left_field
    return {
        "cards": cards,
        "serial": unit.serial,
        "in_field": in_field,
        "may_file": live is None and in_field and actor.may(Permission.CARDS_FILE),
        "extensions": queries.extensions_of(unit.id),
        "may_ask": in_field and actor.may(Permission.EXTENSIONS_ASK),
        "may_extend": in_field and actor.may(Permission.EXTENSIONS_DECIDE),
        "mask_name": mask_name,
        "mask_phone": mask_phone,
        "covered": judged(queries.coverage(unit.serial, today), today) if in_field else None,
    }


catalogue.add_unit_section(
    UnitSection(T("Warranty and cards"), "warranty/_unit_section.html", unit_section, order=10)
)
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
