"""The list of parts requests and a request's own page, for both sides."""

from collections.abc import Sequence
from typing import Any

from flask import Response, request, url_for

from portal.agreements import queries as agreements
from portal.audit import queries as audit
from portal.audit.tags import Tag
from portal.catalogue.rules import Supply
from portal.documents.render import render
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.period import Month
from portal.kernel.permissions import Permission
from portal.ledger import queries as ledger
from portal.parts import queries
from portal.parts.forms import CancelForm, DecideForm, EndForm, PaymentForm, RejectForm, ShipForm
from portal.parts.models import PartsRequest
from portal.parts.queries import Line, RequestFilter
from portal.parts.queries.sheet import request_sheet
from portal.parts.rules import REQUEST, TO_SHIP, RequestAction, RequestState, approved_total, request_total
from portal.parts.views.common import XLSX, pages
from portal.spreadsheets.writing import Kind, OutColumn, write_xlsx
from portal.tenants import queries as tenants
from portal.tenants.models import Dealer
from portal.web.forms import Form
from portal.web.pages import download, page
from portal.web.routing import absolute, actor, here
from portal.web.tables import paged

#: The tabs of the list: states that belong together.
TABS: dict[str, tuple[RequestState, ...]] = {
    "decide": (RequestState.SUBMITTED,),
    "ship": tuple(sorted(TO_SHIP)),
    "way": (RequestState.SHIPPED, RequestState.PARTLY_CANCELLED),
    "done": (RequestState.RECEIVED, RequestState.REJECTED, RequestState.CANCELLED),
    "all": (),
}


@pages.get("", allow=Permission.PARTS_READ)
def index() -> Response:
    dealers = tenants.dealers(holders_only=True)
    asked, wanted = _asked(dealers)
    tab = _tab()
    found = paged(queries.inbox(wanted, oldest_first=tab in ("decide", "ship")))
    count, amount = queries.inbox_sum(wanted)
    return page(
        "parts/index.html",
        fragment="listing",
        found=found,
        count=count,
        amount=amount,
        tabs=_tabs(tab),
        tab=tab,
        asked={"q": "", "dealer": "", "month": ""} | asked,
        narrowed=asked,
        dealer_options=[(dealer.code, f"{dealer.code} {dealer.name}") for dealer in dealers],
        manufacturer=actor().side is Side.MANUFACTURER,
        today=clock.today(actor().timezone),
    )


@pages.get("/list.xlsx", allow=Permission.PARTS_READ)
def export() -> Response:
    """The list as a spreadsheet, with what it is narrowed to."""
    asked, wanted = _asked(tenants.dealers(holders_only=True))
    columns = [
        OutColumn(_("Number"), width=18),
        OutColumn(_("Filed on"), Kind.DAY, 12),
        OutColumn(_("Dealer code"), width=12),
        OutColumn(_("Dealer"), width=30),
        OutColumn(_("State"), width=14),
        OutColumn(_("Lines"), Kind.WHOLE, 8),
        OutColumn(_("Needed by"), Kind.DAY, 12),
        OutColumn(_("Total"), Kind.MONEY),
        OutColumn(_("Beyond the quota"), Kind.MONEY),
        OutColumn(_("Express surcharge"), Kind.MONEY),
    ]
    rows = [
        (row.number, row.filed_on, dealer.code, dealer.name, label(row.state), lines, row.needed_by, row.total,
         row.excess, row.express)
        for row, dealer, lines in queries.all_requests(wanted)
    ]  # fmt: skip
    content = write_xlsx(
        columns,
        rows,
        title=_("Parts requests"),
        filters=_(", ").join([_titles()[_tab()], *asked.values()]),
        generated=clock.now(),
        timezone=actor().timezone,
    )
    return download(content, name="parts-requests.xlsx", media_type=XLSX)


@pages.get("/<number:number>", allow=Permission.PARTS_READ)
def show(number: str) -> Response:
    return show_page(number)


@pages.get("/<number:number>/request.pdf", allow=Permission.PARTS_READ)
def sheet(number: str) -> Response:
    """The request on paper, in three copies."""
    view = request_sheet(queries.get(number), absolute(url_for(".show", number=number)))
    content = render("documents/parts_request.html", view)
    return download(content, name=f"{number}.pdf", media_type="application/pdf", inline=True)


def show_page(number: str, *, status: int = 200, **forms: Form) -> Response:
    """A request's page; `forms` holds the refused one by its name: decide, reject, ship, cancel, end or payment."""
    found = queries.get(number)
    lines, parcels = queries.lines_of(found.id), queries.parcels_of(found.id)
    values = [line.rule for line in lines]
    who, actions = actor(), REQUEST.actions(found.state)
    decides = RequestAction.DECIDE in actions and who.may(Permission.PARTS_DECIDE)
    ships = RequestAction.SHIP in actions and who.may(Permission.PARTS_SHIP)
    files = who.side is Side.DEALER and who.may(Permission.PARTS_FILE)
    cancels = files and RequestAction.CANCEL in actions
    ends = found.state in TO_SHIP and who.may(Permission.PARTS_DECIDE)
    timeline = audit.timeline_view(number)
    agreement = agreements.by_id(found.agreement_id)
    reads = who.may(Permission.LEDGER_READ)
    today = clock.today(who.timezone)
    due = queries.bill_of(found, lines)
    pays = (
        who.may(Permission.PARTS_PAYMENTS)
        and due is not None
        and found.state is not RequestState.SUBMITTED
        and (due.paid is None or due.open != 0)
    )
    shippable = _shippable(lines, paid=due is not None and due.settled)
    ships = ships and (bool(shippable) or "ship" in forms)
    shown = {
        "decide": decides,
        "reject": decides,
        "ship": ships,
        "cancel": cancels,
        "end": ends,
        "payment": pays,
    }
    return page(
        "parts/show.html",
        status=status,
        request_=found,
        dealer=tenants.dealer_by_id(found.dealer_id),
        agreement=agreement,
        lines=lines,
        amount=approved_total(values) if lines[0].decision else request_total(values),
        to_ship=found.state in TO_SHIP,
        parcels=parcels,
        differences=queries.differences_of(found.id),
        bill=due,
        payments=queries.payments_of(found.id),
        payment=(forms.get("payment") or PaymentForm(formdata=None, paid_on=today)) if pays else None,
        late=bool(shippable) and found.ship_due is not None and today > found.ship_due,
        known=queries.choices(found.filed_on) if decides else [],
        decide=(forms.get("decide") or _decide_form(found, lines)) if decides else None,
        reject=forms.get("reject") or RejectForm(formdata=None),
        ship=(forms.get("ship") or ShipForm(formdata=None, usual=shippable)) if ships else None,
        receives=files,
        cancel=(forms.get("cancel") or CancelForm(formdata=None)) if cancels else None,
        end=(forms.get("end") or EndForm(formdata=None)) if ends else None,
        ended=next((said for said in timeline if said.tag is Tag.PARTS_ENDED), None),
        refused=next((form for name, form in forms.items() if shown[name]), None),
        too_late=any(not shown[name] for name in forms),
        movements=ledger.of_document(number) if reads else None,
        quota=queries.quota(agreement, today) if reads and who.side is Side.MANUFACTURER else None,
        timeline=timeline,
        today=today,
        manufacturer=who.side is Side.MANUFACTURER,
    )


def _decide_form(found: PartsRequest, lines: Sequence[Line]) -> DecideForm:
    """All as asked, to be lowered."""
    usual = [(line.row.code, line.row.asked) for line in lines]
    form = DecideForm(formdata=None, usual=usual)
    form.express.data = found.express
    return form


def _shippable(lines: Sequence[Line], *, paid: bool) -> list[tuple[str, int]]:
    """All that is approved and not shipped, to be lowered; bought parts only when they are paid."""
    return [
        (line.supplied.code, line.rule.open)
        for line in lines
        if line.rule.open and (paid or line.rule.supply is not Supply.PURCHASE)
    ]


def _tab() -> str:
    """The tab of the address; without one what waits for the reader, else all."""
    asked = request.args.get("tab", "")
    if asked in TABS:
        return asked
    if actor().may(Permission.PARTS_DECIDE):
        return "decide"
    return "ship" if actor().may(Permission.PARTS_SHIP) else "all"


def _titles() -> dict[str, str]:
    return {
        "decide": _("To decide"),
        "ship": _("To ship"),
        "way": _("On the way"),
        "done": _("Finished"),
        "all": _("All"),
    }


def _tabs(current: str) -> list[dict[str, Any]]:
    counts = queries.count_by_state()
    return [
        {
            "label": title,
            "url": here(tab=tab),
            "count": sum(counts.get(state, 0) for state in TABS[tab] or RequestState),
            "current": tab == current,
        }
        for tab, title in _titles().items()
    ]


def _asked(dealers: Sequence[Dealer]) -> tuple[dict[str, str], RequestFilter]:
    """What the address narrows the list to: as it is written there, and as the query takes it."""
    asked = {
        name: value for name in ("q", "dealer", "month") if (value := request.args.get(name, "").strip())
    }
    code = asked.get("dealer", "")
    return asked, RequestFilter(
        states=TABS[_tab()],
        dealer_id=next((dealer.id for dealer in dealers if dealer.code == code), None),
        text=asked.get("q", ""),
        month=_month(asked.get("month", "")),
    )


def _month(text: str) -> Month | None:
    """A month in an address; None for what is none."""
    try:
        return Month.parse(text)
    except ValueError:
        return None
