"""Adjusting a fund, with a reason that both parties read."""

from flask import Response, request, url_for

from portal.kernel.actor import Side
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.ledger import commands
from portal.ledger.forms import AdjustForm
from portal.ledger.views.common import pages
from portal.tenants import queries as tenants
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


def _page(form: AdjustForm, status: int = 200) -> Response:
    return page("ledger/adjust.html", status=status, form=form)
