"""The list of return requests, for both sides."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request

from portal.agreements.rules import CostColumn
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.period import Month
from portal.kernel.permissions import Permission
from portal.returns import queries
from portal.returns.queries import ReturnFilter
from portal.returns.rules import AT_WAREHOUSE, ReturnState, decide_by
from portal.returns.views.common import pages
from portal.spreadsheets.writing import Kind, OutColumn, write_xlsx
from portal.tenants import queries as tenants
from portal.tenants.models import Dealer
from portal.web.pages import download, page
from portal.web.routing import actor, here
from portal.web.tables import paged

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Units of one export.
MOST = 5000
#: The tabs of the list: states that belong together.
TABS: dict[str, tuple[ReturnState, ...]] = {
    "decide": (ReturnState.SUBMITTED,),
    "info": (ReturnState.NEEDS_INFO,),
    "send": (ReturnState.APPROVED,),
    "way": (ReturnState.SHIPPED,),
    "dispose": tuple(sorted(AT_WAREHOUSE)),
    "done": (ReturnState.SETTLED, ReturnState.REJECTED, ReturnState.EXPIRED, ReturnState.CANCELLED),
    "all": (),
    # Of any state: what the manufacturer answered with less than was asked lately.
    "answered": (),
}
#: Tabs in which what came first stands first.
_WAITING = ("decide", "info", "send", "way", "dispose")


@pages.get("", allow=Permission.RETURNS_READ)
def index() -> Response:
    dealers = tenants.dealers(holders_only=True)
    asked, wanted = _asked(dealers)
    tab = _tab()
    manufacturer = actor().side is Side.MANUFACTURER
    return page(
        "returns/index.html",
        fragment="listing",
        found=paged(queries.inbox(wanted, oldest_first=tab in _WAITING)),
        tabs=_tabs(tab),
        tab=tab,
        asked={"q": "", "dealer": "", "month": ""} | asked,
        narrowed=asked,
        dealer_options=[(dealer.code, f"{dealer.code} {dealer.name}") for dealer in dealers],
        manufacturer=manufacturer,
        baskets=queries.baskets() if actor().may(Permission.RETURNS_FILE) and not manufacturer else [],
        today=_today(),
        decide_by=_decide_by(),
    )


def _decide_by() -> Callable[[dt.datetime], dt.date]:
    """Until when a request that waits since an instant is decided (RT-7)."""
    zone, calendar = ZoneInfo(actor().timezone), tenants.calendar()
    return lambda since: decide_by(since.astimezone(zone).date(), calendar)


@pages.get("/list.xlsx", allow=Permission.RETURNS_READ)
def export() -> Response:
    """Every unit of the requests in the list, with what it is narrowed to."""
    asked, wanted = _asked(tenants.dealers(holders_only=True))
    rows = queries.rows_of(wanted, MOST)
    gone = queries.dispositions_of(row.id for _request, _point, row in rows)
    columns = [
        OutColumn(_("Number"), width=18),
        OutColumn(_("Filed on"), Kind.DAY, 12),
        OutColumn(_("Dealer"), width=28),
        OutColumn(_("State"), width=14),
        OutColumn(_("Serial"), width=20),
        OutColumn(_("Model"), width=12),
        OutColumn(_("Fault found on"), Kind.DAY, 12),
        OutColumn(_("Cause"), width=12),
        OutColumn(_("Class"), width=14),
        *(OutColumn(f"{label(column)} · {_('borne by')}", width=14) for column in CostColumn),
        OutColumn(_("What became of it"), width=16),
        *(OutColumn(label(column), Kind.MONEY) for column in CostColumn),
    ]
    listed = [
        (
            filed.number,
            filed.filed_on,
            point.name,
            label(filed.state),
            row.serial,
            row.model,
            row.found,
            label(row.cause),
            label(row.cost_class),
            *(label(bearer) for bearer in row.bearers.values()),
            label(gone[row.id].disposition) if row.id in gone else "",
            *(gone[row.id].costs.values() if row.id in gone else [None] * len(CostColumn)),
        )
        for filed, point, row in rows
    ]
    content = write_xlsx(
        columns,
        listed,
        title=_("Returns"),
        filters=_(", ").join([_titles()[_tab()], *asked.values()]),
        generated=clock.now(),
        timezone=actor().timezone,
    )
    return download(content, name=f"returns-{clock.today(actor().timezone)}.xlsx", media_type=XLSX)


def _tab() -> str:
    """The tab of the address; without one what waits for the reader, else all."""
    asked = request.args.get("tab", "")
    if asked in TABS:
        return asked
    who = actor()
    if who.may(Permission.RETURNS_DECIDE):
        return "decide"
    return "way" if who.may(Permission.RETURNS_RECEIVE) else "all"


def _titles() -> dict[str, str]:
    return {
        "decide": _("To decide"),
        "info": _("To be completed"),
        "send": _("To be sent"),
        "way": _("On the way"),
        "dispose": _("At the warehouse"),
        "done": _("Finished"),
        "all": _("All"),
        "answered": _("Not as asked, lately"),
    }


def _tabs(current: str) -> list[dict[str, Any]]:
    counts, lately = queries.counts(), queries.count_of(queries.answered_lately(_today()))
    return [
        {
            "label": title,
            "url": here(tab=tab),
            "count": lately if tab == "answered" else _sum(counts, TABS[tab]),
            "current": tab == current,
        }
        for tab, title in _titles().items()
    ]


def _sum(counts: Mapping[ReturnState, int], states: tuple[ReturnState, ...]) -> int:
    return sum(counts.get(state, 0) for state in states or ReturnState)


def _today() -> dt.date:
    return clock.today(actor().timezone)


def _asked(dealers: Sequence[Dealer]) -> tuple[dict[str, str], ReturnFilter]:
    """What the address narrows the list to: as it is written there, and as the query takes it."""
    asked = {
        name: value for name in ("q", "dealer", "month") if (value := request.args.get(name, "").strip()[:60])
    }
    code = asked.get("dealer", "")
    return asked, ReturnFilter(
        states=TABS[_tab()],
        dealer_id=next((dealer.id for dealer in dealers if dealer.code == code), None),
        text=asked.get("q", ""),
        month=_month(asked.get("month", "")),
        answered_since=queries.answered_lately(_today()).answered_since if _tab() == "answered" else None,
    )


def _month(text: str) -> Month | None:
    """A month in an address; None for what is none."""
    try:
        return Month.parse(text)
    except ValueError:
        return None
