"""What parts requests, their payments and differences put into navigation, search and the home page."""

import datetime as dt

from flask import url_for

from portal.kernel.actor import Actor, Side
from portal.kernel.period import Month
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.parts import queries
from portal.parts.queries.reconciliation import waiting_months
from portal.parts.rules import (
    TO_SHIP,
    DifferenceState,
    PaymentState,
    RequestState,
    answer_due,
    latest_months,
)
from portal.parts.views.months import BACK
from portal.tenants import queries as tenants
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


def waiting(who: Actor, today: dt.date) -> list[Waiting]:
    """Requests to decide and to ship; shipments whose receipt is to be confirmed."""
    if who.side is Side.DEALER:
        return (_arriving() if who.may(Permission.PARTS_FILE) else []) + _to_pay(who) + _months(who, today)
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
    return found + _manufacturers(who, today)


def _manufacturers(who: Actor, today: dt.date) -> list[Waiting]:
    """Differences to answer and to send again, payments to confirm, the months to reconcile."""
    found = []
    if who.may(Permission.PARTS_DECIDE) and (oldest := queries.oldest_difference()) is not None:
        due, count = answer_due(oldest, tenants.calendar()), queries.count_differences(DifferenceState.OPEN)
        text = T("Differences at receipt wait for an answer: {count}", count=count)
        url = url_for("differences.index", tab="open")
        found.append(Waiting(text, T("Answer"), url, due=due, overdue=due < today, count=count))
    if who.may(Permission.PARTS_SHIP) and (count := queries.count_differences(DifferenceState.TO_RESHIP)):
        text = T("Parts wait to be sent again: {count}", count=count)
        found.append(Waiting(text, T("Ship"), url_for("differences.index", tab="again"), count=count))
    if who.may(Permission.PARTS_PAYMENTS):
        if count := queries.payment_sum(PaymentState.OPEN)[0]:
            text = T("Payments for bought parts to confirm: {count}", count=count)
            found.append(Waiting(text, T("Confirm"), url_for("parts_payments.index"), count=count))
        if count := queries.payment_sum(PaymentState.BACK)[0]:
            text = T("Payments for bought parts to pay back: {count}", count=count)
            found.append(
                Waiting(text, T("Pay back"), url_for("parts_payments.index", tab="back"), count=count)
            )
    return found + _months(who, today)


def _months(who: Actor, today: dt.date) -> list[Waiting]:
    """The months whose parts the reader's side has not confirmed as they are now (PT-11)."""
    if not who.may(Permission.PARTS_RECONCILE):
        return []
    months = latest_months(Month.of(today), BACK)
    if not (count := len(waiting_months(months[0], months[-1], who.side))):
        return []
    text = T("Monthly lists of parts wait for your confirmation: {count}", count=count)
    return [Waiting(text, T("Check"), url_for("parts_months.index"), count=count)]


def _arriving() -> list[Waiting]:
    return [
        Waiting(
            T("Shipment {shipment} of {number} is on its way", shipment=shipment.number, number=number),
            T("Confirm receipt"),
            url_for("parts.show", number=number, _anchor=shipment.number),
        )
        for shipment, number in queries.to_receive()
    ]


def _to_pay(who: Actor) -> list[Waiting]:
    """Requests whose bought parts wait for the dealer's payment."""
    if not who.may(Permission.PARTS_RECONCILE):
        return []
    return [
        Waiting(
            T("{amount} for bought parts of {number} are to be paid", amount=row.bought, number=row.number),
            T("Look"),
            url_for("parts.show", number=row.number, _anchor="payment"),
        )
        for row in queries.to_pay()
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
    nav.add(
        Item(
            "todo",
            T("Differences at receipt"),
            "differences.index",
            Permission.PARTS_DECIDE,
            side=Side.MANUFACTURER,
            count=lambda _who: queries.count_differences(DifferenceState.OPEN),
            hot=True,
            order=26,
        ),
        Item(
            "money",
            T("Payments for parts"),
            "parts_payments.index",
            Permission.PARTS_PAYMENTS,
            side=Side.MANUFACTURER,
            order=45,
        ),
        Item(
            "money", T("Monthly reconciliation"), "parts_months.index", Permission.PARTS_RECONCILE, order=46
        ),
    )
    nav.add_waiting(waiting)
    numbers.add("BL", "parts.show", Permission.PARTS_READ)
    numbers.add("CY", "differences.show", Permission.PARTS_READ)
