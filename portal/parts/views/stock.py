"""A dealer's stock: what is there, what to ask for next, what moved it, counting it (PT-8)."""

import datetime as dt
from typing import Any

from flask import Response, request, url_for

from portal.audit import queries as audit
from portal.catalogue import queries as catalogue
from portal.documents.render import render
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.parts import commands
from portal.parts.queries import papers
from portal.parts.queries import stock as queries
from portal.parts.queries.stock import Kept
from portal.parts.rules.stock import USE_DAYS
from portal.parts.views.stock_forms import CountForm, MinimumForm, SendBackForm
from portal.spreadsheets.writing import Kind, OutColumn, write_xlsx
from portal.web.pages import done, download, page
from portal.web.routing import Pages, actor, here
from portal.web.tables import paged, sliced

pages = Pages("stock", __name__, prefix="/stock")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("", allow=Permission.STOCK_READ, side=Side.DEALER)
def index() -> Response:
    kept = queries.kept(_point(), _today())
    shown, asked = _shown(kept)
    suggested = queries.suggestions(kept)
    return page(
        "stock/index.html",
        fragment="listing",
        found=sliced(shown, size=50),
        asked={"q": asked},
        tabs=[
            {"label": title, "url": here(tab=tab), "count": len(_tab_of(kept, tab)), "current": tab == _tab()}
            for tab, title in _titles().items()
        ],
        tab=_tab(),
        suggested=suggested,
        request_url=url_for("parts.new", part=[f"{code}:{pieces}" for code, pieces in suggested.items()])
        if suggested
        else None,
        counted_on=queries.last_counted(_point()),
        days=USE_DAYS,
    )


@pages.get("/list.xlsx", allow=Permission.STOCK_READ, side=Side.DEALER)
def export() -> Response:
    """The same list as a spreadsheet."""
    shown, asked = _shown(queries.kept(_point(), _today()))
    columns = [
        OutColumn(_("Part"), width=16),
        OutColumn(_("Name"), width=26),
        OutColumn(_("In stock"), Kind.WHOLE, 10),
        OutColumn(_("Minimum stock"), Kind.WHOLE, 10),
        OutColumn(_("Used in %(days)s days", days=USE_DAYS), Kind.WHOLE, 12),
        OutColumn(_("On order"), Kind.WHOLE, 10),
        OutColumn(_("Suggestion"), Kind.WHOLE, 10),
    ]
    rows = [
        (one.part.code, one.part.title, one.need.stock, one.need.minimum, one.need.used, one.need.on_order,
         one.need.suggestion)
        for one in shown
    ]  # fmt: skip
    return _sheet(
        columns, rows, _("Parts in stock"), _(", ").join(filter(None, [_titles()[_tab()], asked])), "stock"
    )


@pages.get("/counts", allow=Permission.STOCK_READ, side=Side.DEALER)
def counts() -> Response:
    return page("stock/counts.html", found=paged(queries.stocktakes(_point())))


@pages.get("/counts/<number:number>", allow=Permission.STOCK_READ, side=Side.DEALER)
def counted(number: str) -> Response:
    stocktake, lines = queries.stocktake(number)
    return page("stock/counted.html", stocktake=stocktake, lines=lines, timeline=audit.timeline_view(number))


@pages.get("/count", allow=Permission.STOCK_WRITE, side=Side.DEALER)
def count() -> Response:
    return _count_page(CountForm(formdata=None, kept=queries.kept(_point(), _today())))


@pages.post("/count", allow=Permission.STOCK_WRITE, side=Side.DEALER)
def book() -> Response:
    form = CountForm()
    number = form.submit(
        lambda: commands.count_stock(
            actor(),
            form.counted,
            seen=form.seen,
            reasons=form.reasons,
            note=form.note.data or "",
            key=form.submit_key,
        )
    )
    if number is None:
        form.redraw(queries.pieces_of(_point(), form.counted))
        return _count_page(form, form.status)
    return done(url_for("stock.counted", number=number), T("Count {number} is booked.", number=number))


@pages.get("/count.pdf", allow=Permission.STOCK_READ, side=Side.DEALER)
def count_sheet() -> Response:
    """The sheet to be printed and filled in by hand."""
    view = papers.count_sheet(actor(), queries.kept(_point(), _today()), _today())
    content = render("documents/stock_sheet.html", view)
    return download(content, name="stock-count.pdf", media_type="application/pdf", inline=True)


@pages.get("/count.xlsx", allow=Permission.STOCK_READ, side=Side.DEALER)
def count_file() -> Response:
    """The same as a spreadsheet."""
    columns = [
        OutColumn(_("Part"), width=16),
        OutColumn(_("Name"), width=26),
        OutColumn(_("Unit"), width=8),
        OutColumn(_("By the books"), Kind.WHOLE, 12),
        OutColumn(_("Counted"), Kind.WHOLE, 12),
        OutColumn(_("Why they differ"), width=30),
    ]
    rows = [
        (one.part.code, one.part.title, one.part.unit, one.need.stock, None, "")
        for one in queries.kept(_point(), _today())
    ]
    return _sheet(columns, rows, _("Count of the stock"), "", "stock-count")


@pages.get("/parts/<code>", allow=Permission.STOCK_READ, side=Side.DEALER)
def show(code: str) -> Response:
    return _part_page(code)


@pages.post("/parts/<code>/minimum", allow=Permission.STOCK_WRITE, side=Side.DEALER)
def set_minimum(code: str) -> Response:
    queries.one(_point(), code)
    form = MinimumForm()
    changed = form.submit(
        lambda: commands.set_minimums(actor(), {code: form.minimum.data}, key=form.submit_key)
    )
    if changed is None:
        return _part_page(code, status=form.status, minimum=form)
    return done(url_for("stock.show", code=code), T("The minimum of {part} is saved.", part=code))


@pages.post("/parts/<code>/send-back", allow=Permission.STOCK_WRITE, side=Side.DEALER)
def send_back(code: str) -> Response:
    queries.one(_point(), code)
    form = SendBackForm()
    left = form.submit(
        lambda: commands.send_back_stock(
            actor(), code, form.pieces.data, note=form.note.data, key=form.submit_key
        )
    )
    if left is None:
        return _part_page(code, status=form.status, back=form)
    return done(url_for("stock.show", code=code), T("{left} of {part} are left.", left=left, part=code))


def _part_page(
    code: str, *, status: int = 200, minimum: MinimumForm | None = None, back: SendBackForm | None = None
) -> Response:
    stock, part = queries.one(_point(), code)
    return page(
        "stock/part.html",
        status=status,
        stock=stock,
        part=part,
        need=queries.need_of(_point(), part, _today()),
        found=paged(queries.movements(stock.id), endpoint="stock.show"),
        minimum=minimum or MinimumForm(formdata=None, minimum=stock.minimum),
        back=back or SendBackForm(formdata=None),
        refused=minimum or back,
        writes=actor().may(Permission.STOCK_WRITE),
        days=USE_DAYS,
    )


def _count_page(form: CountForm, status: int = 200) -> Response:
    kept = {one.part.code: one for one in queries.kept(_point(), _today())}
    known = [part for part in catalogue.parts(active_only=True) if part.code not in kept]
    return page("stock/count.html", status=status, form=form, kept=kept, known=known)


def _sheet(columns: list[OutColumn], rows: list[Any], title: str, filters: str, name: str) -> Response:
    content = write_xlsx(
        columns, rows, title=title, filters=filters, generated=clock.now(), timezone=actor().timezone
    )
    return download(content, name=f"{name}.xlsx", media_type=XLSX)


def _point() -> int:
    return queries.point_of(actor())


def _today() -> dt.date:
    return clock.today(actor().timezone)


def _titles() -> dict[str, str]:
    return {"all": _("All"), "low": _("Below the minimum"), "suggested": _("Suggested to request")}


def _tab() -> str:
    asked = request.args.get("tab", "")
    return asked if asked in _titles() else "all"


def _tab_of(kept: list[Kept], tab: str) -> list[Kept]:
    if tab == "low":
        return [one for one in kept if one.need.is_low]
    if tab == "suggested":
        return [one for one in kept if one.need.suggestion and one.part.active]
    return kept


def _shown(kept: list[Kept]) -> tuple[list[Kept], str]:
    """What the address narrows the list to: its tab, and a part's code or a part of its name."""
    asked = request.args.get("q", "").strip()
    found = _tab_of(kept, _tab())
    if asked:
        wanted = asked.upper()
        found = [one for one in found if wanted in one.part.code or wanted in one.part.title.upper()]
    return found, asked
