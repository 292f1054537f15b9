"""What parts requests put into navigation, search and the home page."""

import datetime as dt

from flask import url_for

from portal.kernel.actor import Actor, Side
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.parts import queries
from portal.parts.rules import TO_SHIP, RequestState
from portal.web import nav, numbers
from portal.web.nav import Item, Waiting


def _to_do(who: Actor) -> int:
    """Requests that wait for the manufacturer's people: to be decided, to be shipped."""
    states: set[RequestState] = set()
    if who.may(Permission.PARTS_DECIDE):
        states.add(RequestState.SUBMITTED)
    if who.may(Permission.PARTS_SHIP):
        states |= TO_SHIP
    return queries.count_in(states) if states else 0


def _to_receive(who: Actor) -> int:
    return queries.count_to_receive() if who.may(Permission.PARTS_FILE) else 0


def waiting(who: Actor, _today: dt.date) -> list[Waiting]:
    """Requests to decide and to ship; shipments whose receipt is to be confirmed."""
    if who.side is Side.DEALER:
        return _arriving() if who.may(Permission.PARTS_FILE) else []
    if who.side is not Side.MANUFACTURER:
        return []
    found = []
    if who.may(Permission.PARTS_DECIDE) and (count := queries.count_in([RequestState.SUBMITTED])):
        url = url_for("parts.index", tab="decide")
        found.append(
            Waiting(
                T("Parts requests wait for a decision: {count}", count=count), T("Decide"), url, count=count
            )
        )
    if who.may(Permission.PARTS_SHIP) and (count := queries.count_in(TO_SHIP)):
        url = url_for("parts.index", tab="ship")
        text = T("Parts requests wait to be shipped: {count}", count=count)
        found.append(Waiting(text, T("Ship"), url, count=count))
    return found


def _arriving() -> list[Waiting]:
    return [
        Waiting(
            T("Shipment {shipment} of {number} is on its way", shipment=shipment.number, number=number),
            T("Confirm receipt"),
            url_for("parts.show", number=number, _anchor=shipment.number),
        )
        for shipment, number in queries.to_receive()
    ]


def register() -> None:
    """Register all of it; called once, when the views are imported."""
    nav.add(
        Item(
            "todo",
            T("Parts requests"),
            "parts.index",
            Permission.PARTS_READ,
            side=Side.MANUFACTURER,
            count=_to_do,
            hot=True,
            bottom=3,
            icon="parts",
            short=T("Requests"),
            order=20,
        ),
        Item(
            "work",
            T("Parts requests"),
            "parts.index",
            Permission.PARTS_READ,
            side=Side.DEALER,
            count=_to_receive,
            bottom=3,
            icon="parts",
            short=T("Requests"),
            order=20,
        ),
    )
    nav.add_waiting(waiting)
    numbers.add("BL", "parts.show", Permission.PARTS_READ)
