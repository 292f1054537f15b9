"""Old parts: what is owed, the batches that bring it, a batch's own page, its box list and tags (PT-9)."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.audit import queries as audit
from portal.documents.render import render
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.permissions import Permission
from portal.parts.queries import old_parts as queries
from portal.parts.queries import papers
from portal.parts.queries.old_parts import DebtFilter
from portal.parts.rules.old_parts import BATCH, SOON, BatchAction, BatchState
from portal.parts.views.old_part_forms import ArriveForm, SendForm, UnpackForm, tag_parts
from portal.parts.views.stock import XLSX
from portal.spreadsheets.writing import Kind, OutColumn, write_xlsx
from portal.tenants import queries as tenants
from portal.tenants.models import Dealer
from portal.web.forms import Form
from portal.web.pages import download, page
from portal.web.routing import Pages, actor, here
from portal.web.tables import paged

pages = Pages("oldparts", __name__, prefix="/oldparts")

#: The tabs of the batches: states that belong together.
BATCHES: dict[str, tuple[BatchState, ...]] = {
    "packed": (BatchState.PACKED,),
    "way": (BatchState.SHIPPED,),
    "count": (BatchState.ARRIVED,),
    "done": (BatchState.COUNTED, BatchState.CANCELLED),
    "all": (),
}


@pages.get("", allow=Permission.PARTS_READ)
def index() -> Response:
    """What is owed: open, due soon, overdue, charged, everything."""
    dealers = tenants.dealers(holders_only=True)
    asked, wanted = _asked(dealers)
    found = paged(queries.debts(wanted))
    return page(
        "oldparts/index.html",
        fragment="listing",
        found=found,
        owed=queries.with_clearings(found.rows),
        pieces=queries.open_pieces(wanted),
        tabs=_tabs(),
        tab=_tab(),
        asked={"q": "", "dealer": ""} | asked,
        narrowed=asked,
        dealers={dealer.id: dealer for dealer in dealers},
        dealer_options=[(dealer.code, f"{dealer.code} {dealer.name}") for dealer in dealers],
        manufacturer=actor().side is Side.MANUFACTURER,
        today=_today(),
    )


@pages.get("/list.xlsx", allow=Permission.PARTS_READ)
def export() -> Response:
    """The same list as a spreadsheet, with what it is narrowed to."""
    dealers = tenants.dealers(holders_only=True)
    asked, wanted = _asked(dealers)
    names = {dealer.id: dealer for dealer in dealers}
    today = _today()
    columns = [
        OutColumn(_("Dealer code"), width=12),
        OutColumn(_("Dealer"), width=26),
        OutColumn(_("Part"), width=16),
        OutColumn(_("Name"), width=24),
        OutColumn(_("Document"), width=18),
        OutColumn(_("Owed since"), Kind.DAY, 12),
        OutColumn(_("To be back by"), Kind.DAY, 12),
        OutColumn(_("State"), width=14),
        OutColumn(_("Owed"), Kind.WHOLE, 8),
        OutColumn(_("Came back"), Kind.WHOLE, 8),
        OutColumn(_("Charged"), Kind.WHOLE, 8),
        OutColumn(_("Still open"), Kind.WHOLE, 8),
        OutColumn(_("Amount charged"), Kind.MONEY),
    ]
    rows = [
        (names[one.row.dealer_id].code, names[one.row.dealer_id].name, one.row.code, one.row.name, one.row.document,
         one.row.since, one.row.due, label(one.standing(today)), one.row.pieces, one.returned, one.charged,
         one.row.left_open, one.amount)
        for one in queries.all_debts(wanted)
    ]  # fmt: skip
    content = write_xlsx(
        columns,
        rows,
        title=_("Old parts"),
        filters=_(", ").join([_titles()[_tab()], *asked.values()]),
        generated=clock.now(),
        timezone=actor().timezone,
    )
    return download(content, name="old-parts.xlsx", media_type=XLSX)


@pages.get("/batches", allow=Permission.PARTS_READ)
def batches() -> ResponseReturnValue:
    """The batches; a scanned tag or a whole number leads to its batch at once."""
    typed = request.args.get("q", "").strip()
    if read := tag_parts(typed):
        return redirect(url_for("oldparts.show", number=read[0], _anchor=f"line-{read[1]}"), 303)
    dealers = tenants.dealers(holders_only=True)
    code = request.args.get("dealer", "")
    dealer_id = next((dealer.id for dealer in dealers if dealer.code == code), None)
    tab = _batch_tab()
    found = paged(queries.batches(BATCHES[tab], dealer_id=dealer_id, text=typed))
    counts = queries.count_batches()
    titles = {
        "packed": _("Not sent yet"),
        "way": _("On the way"),
        "count": _("To count"),
        "done": _("Finished"),
        "all": _("All"),
    }
    return page(
        "oldparts/batches.html",
        fragment="listing",
        found=found,
        tabs=[
            {
                "label": titles[one],
                "url": here(tab=one),
                "count": sum(counts.get(state, 0) for state in states or BatchState),
                "current": one == tab,
            }
            for one, states in BATCHES.items()
        ],
        tab=tab,
        asked={"q": typed, "dealer": code},
        dealer_options=[(dealer.code, f"{dealer.code} {dealer.name}") for dealer in dealers],
        manufacturer=actor().side is Side.MANUFACTURER,
    )


@pages.get("/<number:number>", allow=Permission.PARTS_READ)
def show(number: str) -> Response:
    return show_page(number)


def show_page(number: str, *, status: int = 200, **forms: Form) -> Response:
    """A batch's page; `forms` holds the one that was refused, by its name: send, unpack or arrive."""
    batch = queries.batch(number)
    who, actions = actor(), BATCH.actions(batch.state)
    sends = who.side is Side.DEALER and who.may(Permission.OLD_PARTS_SEND)
    receives = who.side is Side.MANUFACTURER and who.may(Permission.OLD_PARTS_RECEIVE)
    shown = {
        "send": sends and BatchAction.SHIP in actions,
        "unpack": sends and BatchAction.CANCEL in actions,
        "arrive": receives and BatchAction.ARRIVE in actions,
    }
    items, cleared = queries.items_of(batch.id), queries.cleared_by(batch.id)
    return page(
        "oldparts/show.html",
        status=status,
        batch=batch,
        dealer=tenants.dealer_by_id(batch.dealer_id),
        items=items,
        cleared=cleared,
        surplus=", ".join(
            f"{code} × {pieces}" for code, pieces in queries.surplus_of(items, cleared).items()
        ),
        send=(forms.get("send") or SendForm(formdata=None, boxes=batch.boxes)) if shown["send"] else None,
        unpack=(forms.get("unpack") or UnpackForm(formdata=None)) if shown["unpack"] else None,
        arrive=(forms.get("arrive") or ArriveForm(formdata=None, arrived_on=_today()))
        if shown["arrive"]
        else None,
        counts=receives and BatchAction.COUNT in actions,
        refused=next((form for name, form in forms.items() if shown[name]), None),
        too_late=any(not shown[name] for name in forms),
        timeline=audit.timeline_view(number),
        manufacturer=who.side is Side.MANUFACTURER,
    )


@pages.get("/<number:number>/list.pdf", allow=Permission.PARTS_READ)
def box_list(number: str) -> Response:
    """The list that goes into the box."""
    view = papers.box_list(queries.batch(number), _today())
    return _pdf(render("documents/old_part_list.html", view), f"{number}.pdf")


@pages.get("/<number:number>/tags.pdf", allow=Permission.PARTS_READ)
def tags(number: str) -> Response:
    """One tag for each piece, to be cut and tied on."""
    view = papers.tags(queries.batch(number), _today())
    return _pdf(render("documents/old_part_tags.html", view), f"{number}-tags.pdf")


def _pdf(content: bytes, name: str) -> Response:
    return download(content, name=name, media_type="application/pdf", inline=True)


def _today() -> dt.date:
    return clock.today(actor().timezone)


def _batch_tab() -> str:
    """The tab of the address; without one what waits for the reader, else all."""
    asked = request.args.get("tab", "")
    if asked in BATCHES:
        return asked
    return "count" if actor().may(Permission.OLD_PARTS_RECEIVE) and not request.args.get("q") else "all"


def _titles() -> dict[str, str]:
    return {
        "open": _("Still open"),
        "soon": _("Due within %(days)s days", days=SOON),
        "overdue": _("Overdue"),
        "charged": _("Charged"),
        "all": _("All"),
    }


def _tab() -> str:
    asked = request.args.get("tab", "")
    return asked if asked in _titles() else "open"


def _narrow(tab: str, today: dt.date) -> dict[str, Any]:
    """What a tab narrows the debts to."""
    found: dict[str, dict[str, Any]] = {
        "open": {"open_only": True},
        "soon": {"open_only": True, "until": today + dt.timedelta(days=SOON)},
        "overdue": {"open_only": True, "until": today - dt.timedelta(days=1)},
        "charged": {"charged": True},
        "all": {},
    }
    return found[tab]


def _tabs() -> list[dict[str, Any]]:
    today = _today()
    return [
        {
            "label": title,
            "url": here(tab=tab),
            "count": queries.count_debts(DebtFilter(**_narrow(tab, today))) if tab != "all" else None,
            "current": tab == _tab(),
        }
        for tab, title in _titles().items()
    ]


def _asked(dealers: Sequence[Dealer]) -> tuple[dict[str, str], DebtFilter]:
    """What the address narrows the list to: as it is written there, and as the query takes it."""
    asked = {name: value for name in ("q", "dealer") if (value := request.args.get(name, "").strip())}
    dealer = next((one.id for one in dealers if one.code == asked.get("dealer", "")), None)
    return asked, DebtFilter(dealer_id=dealer, text=asked.get("q", ""), **_narrow(_tab(), _today()))
