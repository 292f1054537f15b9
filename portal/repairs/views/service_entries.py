"""Service requests in the navigation, on the home page, and where their numbers open."""

import datetime as dt
from zoneinfo import ZoneInfo

from flask import url_for

from portal.kernel import clock
from portal.kernel.actor import Actor, Side
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.repairs.queries import plans, service
from portal.repairs.rules.plans import REMIND_DAYS
from portal.repairs.rules.service import EscalationLevel
from portal.web import nav, numbers
from portal.web.nav import Item, Waiting

#: Escalated requests that the home page names one by one.
MOST = 5


@nav.add_waiting
def waiting(actor: Actor, today: dt.date) -> list[Waiting]:
    """For the desk what is overdue and which visits come; for the owner and the reviewer what was escalated."""
    found: list[Waiting] = []
    if actor.may(Permission.SERVICE_OVERSEE):
        found += _escalated(actor)
    if actor.side is Side.DEALER and actor.may(Permission.REPAIRS_FILE):
        overdue = service.count_overdue(clock.now())
        if overdue:
            found.append(
                Waiting(
                    T("Service requests overdue: {count}", count=overdue),
                    T("Take care of them"),
                    url_for("service.index", tab="overdue"),
                    overdue=True,
                    count=overdue,
                )
            )
        found += _visits(today)
    return found


def _escalated(actor: Actor) -> list[Waiting]:
    maker = actor.side is Side.MANUFACTURER
    level = EscalationLevel.REVIEWER if maker else EscalationLevel.OWNER
    return [
        Waiting(
            T("{dealer}: service request {number} was escalated to you", dealer=dealer, number=row.number)
            if maker
            else T("Service request {number} was escalated to you", number=row.number),
            T("Look at it"),
            url_for("service.show", number=row.number),
            due=row.due_at.astimezone(ZoneInfo(actor.timezone)).date() if row.due_at is not None else None,
            overdue=True,
        )
        for row, dealer in service.first_escalated(level, MOST)
    ]


def _visits(today: dt.date) -> list[Waiting]:
    count = plans.count_due(today + dt.timedelta(days=REMIND_DAYS))
    due = plans.next_due()
    if not count or due is None:
        return []
    return [
        Waiting(
            T("Planned visits to arrange: {count}", count=count),
            T("Arrange"),
            url_for("visits.index"),
            due=due,
            count=count,
        )
    ]


def _hot(actor: Actor) -> int:
    """What asks for action: for a dealer what is overdue, for the manufacturer what was escalated to it."""
    if actor.side is Side.MANUFACTURER:
        return service.count_escalated(EscalationLevel.REVIEWER)
    return service.count_overdue(clock.now())


def register() -> None:
    """Called once, when the views are imported."""
    numbers.add("BX", "service.show", Permission.REPAIRS_READ)
    numbers.add("FW", "service_cards.show", Permission.REPAIRS_READ)
    nav.add(
        Item(
            "service",
            T("Service requests"),
            "service.index",
            Permission.REPAIRS_READ,
            count=_hot,
            hot=True,
            icon="review",
            order=12,
        ),
        Item("service", T("Follow-up calls"), "follow_ups.index", Permission.REPAIRS_READ, order=16),
        Item("service", T("Planned visits"), "visits.index", Permission.REPAIRS_READ, order=17),
        Item("service", T("Service cards"), "service_cards.cards", Permission.REPAIRS_READ, order=18),
        Item("data", T("Service plans"), "service_plans.plans", Permission.REPAIRS_READ, order=60),
    )
