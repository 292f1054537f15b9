"""What old parts and stock put into navigation, search and the home page."""

import datetime as dt

from flask import url_for

from portal.kernel import clock
from portal.kernel.actor import Actor, Side
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.parts.queries import old_parts
from portal.parts.queries import stock as stocks
from portal.parts.queries.old_parts import DebtFilter
from portal.parts.rules.old_parts import SOON, BatchState
from portal.web import nav, numbers
from portal.web.nav import Item, Waiting


def _due_soon(who: Actor) -> int:
    """Old parts that a dealer should send now."""
    if not who.may(Permission.OLD_PARTS_SEND):
        return 0
    today = clock.today(who.timezone)
    return old_parts.count_debts(DebtFilter(open_only=True, until=today + dt.timedelta(days=SOON)))


def _to_count(who: Actor) -> int:
    """Batches that the warehouse waits for or has to count."""
    if not who.may(Permission.OLD_PARTS_RECEIVE):
        return 0
    counts = old_parts.count_batches()
    return counts.get(BatchState.SHIPPED, 0) + counts.get(BatchState.ARRIVED, 0)


def _low(who: Actor) -> int:
    return stocks.count_low(stocks.point_of(who)) if who.may(Permission.STOCK_WRITE) else 0


def waiting(who: Actor, today: dt.date) -> list[Waiting]:
    """Old parts due soon and overdue, batches that are not sent, to be received or counted; stock below its minimum."""
    if who.side is Side.DEALER:
        return [*_to_send(who, today), *_to_refill(who)]
    if who.side is not Side.MANUFACTURER:
        return []
    received = _to_receive() if who.may(Permission.OLD_PARTS_RECEIVE) else []
    return [*received, *_to_price(who, today)]


def _to_price(who: Actor, today: dt.date) -> list[Waiting]:
    """Parts whose cost somebody has to enter before what is overdue can be charged."""
    if not who.may(Permission.CATALOGUE_WRITE):
        return []
    return [
        Waiting(
            T("Overdue old part {part} is not charged: it has no cost", part=code),
            T("Enter the cost"),
            url_for("part_list.show", code=code),
        )
        for code in old_parts.without_cost(today)
    ]


def _to_send(who: Actor, today: dt.date) -> list[Waiting]:
    if not who.may(Permission.OLD_PARTS_SEND):
        return []
    found = []
    soon = DebtFilter(open_only=True, until=today + dt.timedelta(days=SOON))
    if pieces := old_parts.open_pieces(soon):
        first = old_parts.first_due() or today
        found.append(
            Waiting(
                T("Old parts to send back soon: {count}", count=pieces),
                T("Send back"),
                url_for("oldparts.index", tab="soon"),
                due=first,
                overdue=first < today,
                count=pieces,
            )
        )
    if packed := old_parts.count_batches().get(BatchState.PACKED, 0):
        url = url_for("oldparts.batches", tab="packed")
        found.append(
            Waiting(
                T("Batches of old parts not sent yet: {count}", count=packed), T("Send"), url, count=packed
            )
        )
    return found


def _to_refill(who: Actor) -> list[Waiting]:
    if not (count := _low(who)):
        return []
    url = url_for("stock.index", tab="low")
    return [Waiting(T("Parts below their minimum: {count}", count=count), T("Look"), url, count=count)]


def _to_receive() -> list[Waiting]:
    counts = old_parts.count_batches()
    found = []
    if count := counts.get(BatchState.SHIPPED, 0):
        url = url_for("oldparts.batches", tab="way")
        found.append(
            Waiting(
                T("Batches of old parts on their way: {count}", count=count), T("Receive"), url, count=count
            )
        )
    if count := counts.get(BatchState.ARRIVED, 0):
        url = url_for("oldparts.batches", tab="count")
        found.append(
            Waiting(
                T("Batches of old parts wait to be counted: {count}", count=count),
                T("Count"),
                url,
                count=count,
            )
        )
    return found


def register() -> None:
    """Register all of it; called once, when the views are imported."""
    nav.add(
        Item(
            "work",
            T("Old parts"),
            "oldparts.index",
            Permission.PARTS_READ,
            side=Side.DEALER,
            count=_due_soon,
            hot=True,
            icon="parts",
            order=22,
        ),
        Item(
            "work",
            T("Parts in stock"),
            "stock.index",
            Permission.STOCK_READ,
            side=Side.DEALER,
            count=_low,
            icon="product",
            order=23,
        ),
        Item(
            "todo",
            T("Old parts"),
            "oldparts.batches",
            Permission.PARTS_READ,
            side=Side.MANUFACTURER,
            count=_to_count,
            hot=True,
            icon="parts",
            order=24,
        ),
    )
    nav.add_waiting(waiting)
    numbers.add("OP", "oldparts.show", Permission.PARTS_READ)
    numbers.add("PD", "stock.counted", Permission.STOCK_READ)
