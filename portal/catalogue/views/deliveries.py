"""Deliveries: what came with which delivery note, and the dealer's receipt (SH-1)."""

import datetime as dt

from flask import Response, url_for

from portal.audit import queries as audit
from portal.catalogue import commands, queries
from portal.catalogue.forms import ReceiveForm, given
from portal.catalogue.views.lists import asked
from portal.kernel import clock
from portal.kernel.actor import Actor, Side
from portal.kernel.i18n import gettext as _
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.tenants import queries as tenants
from portal.web.forms import new_key
from portal.web.nav import Waiting
from portal.web.pages import done, page
from portal.web.routing import Pages, actor, here
from portal.web.tables import paged

pages = Pages("deliveries", __name__, prefix="/deliveries")
READ, RECEIVE = Permission.UNITS_READ, Permission.UNITS_RECEIVE


@pages.get("", allow=READ)
def index() -> Response:
    found = paged(queries.deliveries(open_only=asked("state") == "open", text=asked()))
    tabs = (("", _("All")), ("open", _("Not confirmed yet")))
    return page(
        "catalogue/deliveries.html",
        fragment="listing",
        found=found,
        loads=queries.loads(delivery.id for delivery, _point in found.rows),
        tabs=[
            {"label": text, "url": here(state=state or None), "current": asked("state") == state}
            for state, text in tabs
        ],
        q=asked(),
        state=asked("state"),
    )


@pages.get("/<number:number>", allow=READ)
def show(number: str) -> Response:
    form = ReceiveForm(waiting=[])
    form.received_on.data = clock.today(actor().timezone)
    return _show(number, form)


@pages.post("/<number:number>/receive", allow=RECEIVE, side=Side.DEALER)
def receive(number: str) -> Response:
    units = queries.units_of_delivery(queries.delivery(number).id)
    form = ReceiveForm(waiting=[unit.serial for unit in units])
    count = form.submit(lambda: _receive(number, form))
    if count is None:
        return _show(number, form, status=form.status)
    return done(url_for(".show", number=number), T("Receipt of {count} units is confirmed.", count=count))


def _receive(number: str, form: ReceiveForm) -> int:
    """Only the ticked units, or all that wait when none is ticked."""
    if form.serials.data:
        return commands.receive_units(
            actor(), form.serials.data, on=given(form.received_on), key=form.submit_key
        )
    return commands.receive_delivery(actor(), number, on=given(form.received_on), key=form.submit_key)


def _show(number: str, form: ReceiveForm, *, status: int = 200) -> Response:
    delivery = queries.delivery(number)
    return page(
        "catalogue/delivery.html",
        status=status,
        delivery=delivery,
        point=tenants.dealer_by_id(delivery.point_id),
        load=queries.loads([delivery.id])[delivery.id],
        deemed=queries.deemed_on(delivery),
        listing=paged(queries.units(delivery_id=delivery.id), size=50, endpoint=".show"),
        form=form,
        key=new_key(),
        today=clock.today(actor().timezone),
        facts=audit.timeline_view(delivery.number),
    )


def waiting(who: Actor, today: dt.date) -> list[Waiting]:
    """Deliveries whose receipt the dealer may still confirm before they count as received."""
    if who.side is not Side.DEALER or not who.may(RECEIVE) or who.dealer_id is None:
        return []
    return [
        Waiting(
            T("Delivery {number}: {units} units to receive", number=one.number, units=one.units),
            T("Confirm receipt"),
            url_for("deliveries.show", number=one.number),
            due=one.deemed_on,
            count=one.units,
        )
        for one in queries.expected(who.dealer_id, today)
    ]


def expected(who: Actor) -> int:
    """How many deliveries wait, for the navigation."""
    if who.side is not Side.DEALER or who.dealer_id is None:
        return 0
    return len(queries.expected(who.dealer_id, clock.today(who.timezone)))
