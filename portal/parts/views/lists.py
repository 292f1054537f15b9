"""What waits for shipping and what waits for a payment, across requests (PT-5, PT-6)."""

from flask import Response, request

from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.permissions import Permission
from portal.parts import queries
from portal.parts.rules import PaymentState
from portal.parts.views.common import pages, payments
from portal.tenants import queries as tenants
from portal.web.pages import page
from portal.web.routing import actor, here
from portal.web.tables import paged


@pages.get("/back-orders", allow=Permission.PARTS_READ)
def back_orders() -> Response:
    today = clock.today(actor().timezone)
    overdue = request.args.get("tab") == "overdue"
    dealers = tenants.dealers(holders_only=True)
    asked = {name: request.args.get(name, "").strip() for name in ("q", "dealer")}
    dealer_id = next((dealer.id for dealer in dealers if dealer.code == asked["dealer"]), None)
    statement = queries.back_orders(
        overdue_on=today if overdue else None, dealer_id=dealer_id, text=asked["q"]
    )
    return page(
        "parts/back_orders.html",
        fragment="listing",
        found=paged(statement),
        tabs=[
            {"label": _("All"), "url": here(tab=None), "current": not overdue},
            {"label": _("Overdue"), "url": here(tab="overdue"), "current": overdue},
        ],
        tab="overdue" if overdue else "",
        asked=asked,
        narrowed=any(asked.values()),
        dealer_options=[(dealer.code, f"{dealer.code} {dealer.name}") for dealer in dealers],
        manufacturer=actor().side is Side.MANUFACTURER,
        today=today,
    )


@payments.get("", allow=Permission.PARTS_PAYMENTS, side=Side.MANUFACTURER)
def index() -> Response:
    """What finance waits for: payments of bought parts, and what is to be paid back."""
    asked = request.args.get("tab", "")
    tab = PaymentState(asked) if asked in list(PaymentState) else PaymentState.OPEN
    text = request.args.get("q", "").strip()
    sums = {state: queries.payment_sum(state) for state in PaymentState}
    return page(
        "parts/payments.html",
        fragment="listing",
        found=paged(queries.payment_list(tab, text)),
        tabs=[
            {"label": label(state), "url": here(tab=state.value), "count": count, "current": state is tab}
            for state, (count, _amount) in sums.items()
        ],
        tab=tab.value,
        q=text,
        amount=abs(sums[tab][1]),
    )
