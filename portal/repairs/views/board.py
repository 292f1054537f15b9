"""The board of service requests: the list by state and clock, for both sides."""

import datetime as dt
from typing import Any

from flask import Response, request

from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.permissions import Permission
from portal.repairs.queries import service as queries
from portal.repairs.queries.service import ServiceFilter
from portal.repairs.rules.service import EscalationLevel, ServiceState, due_words, time_left
from portal.spreadsheets.writing import Kind, OutColumn, write_xlsx
from portal.tenants import queries as tenants
from portal.warranty.rules import mask_name, mask_phone
from portal.web.pages import download, page
from portal.web.routing import Pages, actor, here
from portal.web.tables import paged

pages = Pages("service", __name__, prefix="/service")
#: Rows of one export.
MOST = 5000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
S = ServiceState
#: The tabs that are states: those that belong together.
TABS: dict[str, tuple[ServiceState, ...]] = {
    "triage": (S.RECEIVED, S.TRIAGED),
    "work": (S.DISPATCHED, S.IN_PROGRESS),
    "parts": (S.WAITING_PARTS,),
    "sign": (S.DONE,),
    "calls": (S.SIGNED, S.SOLVED_REMOTELY, S.FIRST_FOLLOW_UP, S.SECOND_FOLLOW_UP),
    "over": (S.CLOSED, S.CANCELLED),
}


@pages.get("", allow=Permission.REPAIRS_READ)
def index() -> Response:
    now = clock.now()
    dealers = tenants.dealers(holders_only=True)
    chosen = _asked(now)
    return page(
        "service/index.html",
        fragment="listing",
        found=paged(queries.listing(chosen, now)),
        tabs=_tabs(now),
        tab=_tab(),
        q=request.args.get("q", ""),
        dealer=request.args.get("dealer", ""),
        dealer_options=[("", _("All dealers")), *((one.code, f"{one.code} {one.name}") for one in dealers)],
        narrowed={name: value for name in ("q", "dealer") if (value := request.args.get(name, "").strip())},
        manufacturer=actor().side is Side.MANUFACTURER,
        mask_name=mask_name,
        mask_phone=mask_phone,
        symptoms={row.code: row for row in queries.symptoms()},
        left=lambda due: time_left(due, now),
        due_words=lambda due: due_words(due, actor().timezone),
    )


@pages.get("/list.xlsx", allow=Permission.REPAIRS_READ)
def export() -> Response:
    """The list as it is narrowed, with the same columns; customers stay masked (PII-1)."""
    now = clock.now()
    columns = [
        OutColumn(_("Number"), width=18),
        OutColumn(_("State"), width=14),
        OutColumn(_("Priority"), width=10),
        OutColumn(_("Selling point"), width=24),
        OutColumn(_("Call taken"), Kind.DAY, 12),
        OutColumn(_("To be done by"), width=18),
        OutColumn(_("Customer"), width=12),
        OutColumn(_("Phone"), width=14),
        OutColumn(_("Serial"), width=20),
        OutColumn(_("Model"), width=12),
        OutColumn(_("Symptom"), width=30),
        OutColumn(_("Technician"), width=12),
        OutColumn(_("Repair record"), width=18),
    ]
    rows = [
        (
            row.number,
            label(row.state),
            label(row.priority),
            point.name,
            row.received_on,
            due_words(row.due_at, actor().timezone) if row.due_at is not None else "",
            mask_name(row.customer),
            mask_phone(row.phone),
            row.serial,
            row.model,
            row.words,
            row.technician,
            row.repair_record,
        )
        for row, point in queries.first(queries.listing(_asked(now), now), MOST)
    ]
    content = write_xlsx(
        columns,
        rows,
        title=_("Service requests"),
        filters=request.query_string.decode()[:200],
        generated=now,
        timezone=actor().timezone,
    )
    return download(content, name=f"service-{clock.today(actor().timezone)}.xlsx", media_type=XLSX)


def _tab() -> str:
    """The tab of the address; without one, what nobody has finished."""
    asked = request.args.get("tab", "")
    return asked if asked in TABS or asked in ("all", "overdue", "escalated") else "open"


def _level() -> EscalationLevel:
    """Which escalations the reader has to do with."""
    return EscalationLevel.REVIEWER if actor().side is Side.MANUFACTURER else EscalationLevel.OWNER


def _asked(now: dt.datetime) -> ServiceFilter:
    """What the address narrows the list to."""
    tab, code = _tab(), request.args.get("dealer", "").strip()
    open_states = tuple(state for state in ServiceState if state not in TABS["over"])
    dealers = {one.code: one.id for one in tenants.dealers(holders_only=True)} if code else {}
    return ServiceFilter(
        states=TABS.get(tab, open_states if tab == "open" else ()),
        overdue_at=now if tab == "overdue" else None,
        escalated=_level() if tab == "escalated" else None,
        dealer_id=dealers.get(code, 0) if code else None,
        text=request.args.get("q", "").strip()[:60],
    )


def _tabs(now: dt.datetime) -> list[dict[str, Any]]:
    counts = queries.counts()
    everything = sum(counts.values())
    titles = {
        "open": (_("Not finished"), everything - sum(counts.get(state, 0) for state in TABS["over"])),
        "overdue": (_("Overdue"), queries.count_overdue(now)),
        "escalated": (_("Escalated"), queries.count_escalated(_level())),
        "triage": (_("To dispatch"), None),
        "work": (_("In work"), None),
        "parts": (_("Waiting for parts"), None),
        "sign": (_("To be signed"), None),
        "calls": (_("To follow up"), None),
        "over": (_("Over"), None),
        "all": (_("All"), everything),
    }
    return [
        {
            "label": title,
            "url": here(tab=tab if tab != "open" else None),
            "count": count if count is not None else sum(counts.get(state, 0) for state in TABS[tab]),
            "current": tab == _tab(),
        }
        for tab, (title, count) in titles.items()
    ]
