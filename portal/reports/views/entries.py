"""Where monthly forms stand in the navigation, and what of them waits on the home page."""

import datetime as dt

from flask import url_for

from portal.kernel.actor import Actor, Side
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.reports import queries
from portal.reports.rules import FormState, is_near
from portal.web import nav
from portal.web.nav import Item, Waiting


@nav.add_waiting
def waiting(actor: Actor, today: dt.date) -> list[Waiting]:
    """For the dealer each month that was returned or is due soon; for the reviewer the forms to accept."""
    if actor.side is Side.DEALER and actor.may(Permission.FORMS_PREPARE):
        return [
            Waiting(
                T("Monthly forms of {month} were returned", month=row.month)
                if row.state is FormState.RETURNED
                else T("Monthly forms of {month}", month=row.month),
                T("Submit"),
                url_for("reports.month", month=str(row.month)),
                due=row.due,
                overdue=row.late > 0,
            )
            for row in reversed(queries.owed_by(actor.dealer_id or 0, today))
            if row.state is FormState.RETURNED or (row.missing and is_near(row.due, today))
        ]
    if actor.side is Side.MANUFACTURER and actor.may(Permission.FORMS_ACCEPT):
        count, oldest = queries.count(FormState.SUBMITTED), queries.oldest_to_accept()
        if oldest is not None:
            url = url_for("reports.review", quarter=str(oldest.month.quarter))
            return [
                Waiting(T("Monthly forms to accept: {count}", count=count), T("Review"), url, count=count)
            ]
    return []


nav.add(
    Item(
        "work",
        T("Monthly forms"),
        "reports.hub",
        Permission.FORMS_READ,
        side=Side.DEALER,
        count=lambda _actor: queries.count(FormState.RETURNED),
        hot=True,
        order=40,
    ),
    Item(
        "todo",
        T("Monthly forms"),
        "reports.review",
        Permission.FORMS_READ,
        side=Side.MANUFACTURER,
        count=lambda _actor: queries.count(FormState.SUBMITTED),
        order=30,
    ),
)
