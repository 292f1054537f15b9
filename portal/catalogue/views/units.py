"""Units: the list, shipping, and a unit's page (SH-1, QF-5)."""

from typing import Any

from flask import Response, url_for

from portal.agreements import queries as agreements
from portal.catalogue import commands, queries
from portal.catalogue.forms import ShipForm, given
from portal.catalogue.views.lists import MOST, asked, export
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.spreadsheets.writing import Kind, OutColumn
from portal.tenants import queries as tenants
from portal.web.pages import done, page
from portal.web.routing import Pages, actor, here
from portal.web.tables import paged

pages = Pages("units", __name__, prefix="/units")
READ, SHIP = Permission.UNITS_READ, Permission.UNITS_SHIP


@pages.get("", allow=READ)
def index() -> Response:
    found = paged(queries.units(**_asked()))
    tabs = (("", _("All")), ("open", _("Not confirmed yet")), ("received", _("Received")))
    return page(
        "catalogue/units.html",
        fragment="listing",
        found=found,
        deemed=queries.deemed_days(row[0] for row in found.rows),
        tabs=[
            {"label": text, "url": here(state=state or None), "current": asked("state") == state}
            for state, text in tabs
        ],
        q=asked(),
        state=asked("state"),
        model=asked("model"),
        dealer=asked("dealer"),
        products=queries.products(),
        dealers=tenants.dealers(),
        today=clock.today(actor().timezone),
    )


@pages.get("/export.xlsx", allow=READ)
def download() -> Response:
    columns = [
        OutColumn(_("Serial number"), width=22),
        OutColumn(_("Model"), width=14),
        OutColumn(_("Designation"), width=24),
        OutColumn(_("Batch"), width=14),
        OutColumn(_("Dealer code"), width=12),
        OutColumn(_("Dealer"), width=28),
        OutColumn(_("Delivery"), width=18),
        OutColumn(_("Ship date"), Kind.DAY, 12),
        OutColumn(_("Received on"), Kind.DAY, 12),
    ]
    rows = [
        (
            unit.serial,
            product.model,
            product.title,
            unit.batch,
            dealer.code,
            dealer.name,
            number,
            unit.shipped_on,
            unit.received_on,
        )
        for unit, product, dealer, number in queries.rows_of_units(MOST, **_asked())
    ]
    filters = " ".join(filter(None, (asked("state"), asked("model"), asked("dealer"), asked())))
    return export("units", _("Units"), columns, rows, filters)


@pages.get("/<serial>", allow=READ)
def show(serial: str) -> Response:
    unit = queries.unit(serial)
    product = queries.product_by_id(unit.product_id)
    agreement = agreements.by_id(unit.agreement_id)
    return page(
        "catalogue/unit.html",
        unit=unit,
        product=product,
        components=queries.components_of(product.id),
        point=tenants.dealer_by_id(unit.point_id),
        delivery=queries.delivery_by_id(unit.delivery_id),
        agreement=agreement,
        deemed=queries.deemed_days([unit])[unit.id],
        today=clock.today(actor().timezone),
        sections=queries.unit_sections(actor(), unit),
    )


@pages.get("/ship", allow=SHIP, side=Side.MANUFACTURER)
def ship() -> Response:
    form = _ship_form()
    form.shipped_on.data = clock.today(actor().timezone)
    return page("catalogue/ship.html", form=form)


@pages.post("/ship", allow=SHIP, side=Side.MANUFACTURER)
def ship_post() -> Response:
    form = _ship_form()
    number = form.submit(
        lambda: commands.ship_units(
            actor(),
            form.dealer.data,
            form.model.data,
            form.listed,
            batch=form.batch.data or "",
            shipped_on=given(form.shipped_on),
            delivery_note=form.delivery_note.data or "",
            key=form.submit_key,
        )
    )
    if number is None:
        return page("catalogue/ship.html", status=form.status, form=form)
    return done(url_for("deliveries.show", number=number), T("Delivery {number} is recorded.", number=number))


def _ship_form() -> ShipForm:
    return ShipForm(dealers=tenants.dealers(), products=queries.products(active_only=True))


def _asked() -> dict[str, Any]:
    """What the address narrows the list to; an unknown model or dealer narrows it to nothing."""
    models = {product.model: product.id for product in queries.products()}
    points = {dealer.code: dealer.id for dealer in tenants.dealers()}
    return {
        "received": {"open": False, "received": True}.get(asked("state")),
        "product_id": models.get(asked("model"), 0) if asked("model") else None,
        "point_id": points.get(asked("dealer"), 0) if asked("dealer") else None,
        "text": asked(),
    }
