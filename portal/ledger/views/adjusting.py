"""Adjusting a fund, with a reason that both parties read."""

from flask import Response, request, url_for

from portal.kernel.actor import Side
from portal.kernel.errors import NotFound
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.ledger import commands, queries
from portal.ledger.forms import AdjustForm
from portal.ledger.rules import EntryKind
from portal.ledger.views.common import pages
from portal.tenants import queries as tenants
from portal.web import numbers
from portal.web.pages import done, page
from portal.web.routing import actor


@pages.get("/adjustments/new", allow=Permission.LEDGER_ADJUST, side=Side.MANUFACTURER)
def adjustment() -> Response:
    return _page(
        AdjustForm(dealers=tenants.dealers(holders_only=True), dealer=request.args.get("dealer", ""))
    )


@pages.post("/adjustments/new", allow=Permission.LEDGER_ADJUST, side=Side.MANUFACTURER)
def adjust() -> Response:
    form = AdjustForm(dealers=tenants.dealers(holders_only=True))
    number = form.submit(
        lambda: commands.adjust(
            actor(),
            tenants.dealer(form.dealer.data).id,
            amount=form.signed,
            reason=form.reason.data,
            key=form.submit_key,
        )
    )
    if number is None:
        return _page(form, form.status)
    return done(
        url_for("ledger.quota", dealer=form.dealer.data), T("Adjustment {number} is posted.", number=number)
    )


@pages.get("/adjustments/<number:number>", allow=Permission.LEDGER_READ)
def show_adjustment(number: str) -> Response:
    """An adjustment by its number: on to its posting. Not found for what posted nothing."""
    found = queries.of_document(number)
    if not found or found[0].entry.kind is not EntryKind.ADJUST:
        raise NotFound
    return done(url_for("ledger.entry", entry_id=found[0].entry.id))


def _page(form: AdjustForm, status: int = 200) -> Response:
    return page("ledger/adjust.html", status=status, form=form)


numbers.add("TZ", "ledger.show_adjustment", Permission.LEDGER_READ)
