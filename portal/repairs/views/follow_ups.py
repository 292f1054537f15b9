"""The month's follow-up calls: rate against the minimum, grades, opinions (RP-8), for both sides."""

from typing import Any

from flask import Response, request, url_for

from portal.agreements import queries as agreements
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.errors import NotFound
from portal.kernel.period import Month
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.repairs.commands import follow_ups as commands
from portal.repairs.queries import follow_ups as queries
from portal.repairs.queries import records
from portal.tenants import queries as tenants
from portal.tenants.models import Dealer
from portal.web.forms import Form
from portal.web.pages import done, page
from portal.web.routing import Pages, actor
from portal.web.tables import sliced

pages = Pages("follow_ups", __name__, prefix="/follow-ups")


@pages.get("", allow=Permission.REPAIRS_READ)
def index() -> Response:
    """For a dealer its own month, for the manufacturer every dealer's; `?dealer=` opens one of them."""
    month = _month()
    code = request.args.get("dealer", "").strip()
    if actor().side is Side.DEALER or code:
        return _one(tenants.dealer(code) if code else tenants.dealer_by_id(_own()), month)
    newest = agreements.newest_of(dealer.id for dealer in tenants.dealers(holders_only=True))
    rates = queries.rates([agreement.id for agreement in newest.values()], month)
    rows = [
        (dealer, rates[newest[dealer.id].id])
        for dealer in tenants.dealers(holders_only=True)
        if dealer.id in newest
    ]
    rows.sort(key=lambda row: (row[1].is_enough, -row[1].missing, row[0].code))
    return page(
        "service/follow_ups.html",
        fragment="listing",
        found=sliced(rows, size=50),
        short=sum(not rate.is_enough for _dealer, rate in rows),
        **_frame(month),
    )


@pages.post("/walk-ins/<number:number>", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def adopt(number: str) -> Response:
    """Open the follow-up of a walk-in's repair record and go on to its call."""
    records.get(number)
    form = Form()
    opened = form.submit(lambda: commands.adopt(actor(), number, key=form.submit_key))
    if opened is None:
        return _one(tenants.dealer_by_id(_own()), _month(), form, form.status)
    return done(
        url_for("service.call", number=opened), T("Service request {number} is taken.", number=opened)
    )


def _own() -> int:
    point_id = actor().point_id or actor().dealer_id
    if point_id is None:
        raise NotFound
    return point_id


def _one(dealer: Dealer, month: Month, form: Form | None = None, status: int = 200) -> Response:
    agreement = agreements.newest_of([dealer.holder_id]).get(dealer.holder_id)
    if agreement is None:
        raise NotFound
    calls = queries.follow_ups_in(agreement.id, month)
    graded = queries.satisfaction_in(agreement.id, month)
    return page(
        "service/follow_ups_of.html",
        status=status,
        form=form,
        open_=Form(formdata=None),
        walk_ins=queries.walk_ins_to_call(agreement.id, month)
        if actor().may(Permission.REPAIRS_FILE)
        else [],
        dealer=dealer,
        rate=queries.rate(agreement.id, month),
        means=graded,
        answers=sum(bool(call.grades) for call in calls),
        complaints=sum(call.complaint for call in calls),
        opinions=[call for call in calls if call.opinion or call.complaint],
        manufacturer=actor().side is Side.MANUFACTURER,
        **_frame(month),
    )


def _frame(month: Month) -> dict[str, Any]:
    today = Month.of(clock.today(actor().timezone))
    return {
        "month": month,
        "months": [(str(today + -back), str(today + -back)) for back in range(13)],
    }


def _month() -> Month:
    """The month of the address; without one, or with nonsense, the present one."""
    try:
        return Month.parse(request.args.get("month", ""))
    except ValueError:
        return Month.of(clock.today(actor().timezone))
