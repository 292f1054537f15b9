"""Recorded sales and results: what feeds a share of sales or of profit (ST-1, NW-7)."""

from collections.abc import Sequence

from flask import Response, request, url_for

from portal.agreements import queries as agreements
from portal.audit import queries as audit
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.ledger import commands, queries
from portal.ledger.forms import FigureForm, ReverseForm
from portal.ledger.rules import FigureKind, sales_quarter
from portal.spreadsheets.writing import Kind, OutColumn, write_xlsx
from portal.tenants import queries as tenants
from portal.tenants.models import Dealer
from portal.web import nav, numbers
from portal.web.nav import Item
from portal.web.pages import done, download, page
from portal.web.routing import Pages, actor, here
from portal.web.tables import paged

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
pages = Pages("figures", __name__, prefix="/figures")


@pages.get("", allow=Permission.FIGURES_READ)
def index() -> Response:
    dealers = tenants.dealers(holders_only=True)
    asked, wanted = _asked(dealers)
    found = paged(queries.figure_list(wanted))
    count, amount = queries.figure_sum(wanted)
    tabs = [
        {
            "label": label(kind) if kind else _("All"),
            "url": here(kind=kind.value if kind else None),
            "current": wanted.kind is kind,
        }
        for kind in (None, *FigureKind)
    ]
    return page(
        "ledger/figures.html",
        fragment="listing",
        found=found,
        reversed_ones=queries.reversed_figures(row.id for row, _dealer in found.rows),
        count=count,
        amount=amount,
        tabs=tabs,
        dealer_options=[(dealer.code, f"{dealer.code} {dealer.name}") for dealer in dealers],
        manufacturer=actor().side is Side.MANUFACTURER,
        asked={"q": "", "dealer": "", "year": "", "kind": ""} | asked,
        narrowed=asked,
        FigureKind=FigureKind,
    )


@pages.get("/list.xlsx", allow=Permission.FIGURES_READ)
def export() -> Response:
    """The list as a spreadsheet, with what it is narrowed to."""
    asked, wanted = _asked(tenants.dealers(holders_only=True))
    columns = [
        OutColumn(_("Number")),
        OutColumn(_("Kind"), width=12),
        OutColumn(_("Date"), Kind.DAY, 12),
        OutColumn(_("Dealer code"), width=12),
        OutColumn(_("Dealer"), width=30),
        OutColumn(_("Income"), Kind.MONEY, 16),
        OutColumn(_("Costs"), Kind.MONEY, 16),
        OutColumn(_("Amount"), Kind.MONEY, 16),
        OutColumn(_("Counts in"), width=10),
        OutColumn(_("Note"), width=36),
    ]
    rows = [
        (row.number, label(row.kind), row.date, dealer.code, dealer.name, row.income, row.cost, row.amount,
         str(row.quarter or ""), row.reason or row.note)
        for row, dealer in queries.all_figures(wanted)
    ]  # fmt: skip
    content = write_xlsx(
        columns,
        rows,
        title=_("Sales and results"),
        filters=_(", ").join(asked.values()),
        generated=clock.now(),
        timezone=actor().timezone,
    )
    return download(content, name="figures.xlsx", media_type=XLSX)


@pages.get("/new", allow=Permission.FIGURES_WRITE, side=Side.MANUFACTURER)
def new() -> Response:
    form = FigureForm(
        dealers=tenants.dealers(holders_only=True),
        kind=request.args.get("kind", FigureKind.SALES.value),
        dealer=request.args.get("dealer", ""),
        date=clock.today(actor().timezone),
    )
    return page("ledger/figure_new.html", form=form)


@pages.post("/new", allow=Permission.FIGURES_WRITE, side=Side.MANUFACTURER)
def record() -> Response:
    form = FigureForm(dealers=tenants.dealers(holders_only=True))
    number = form.submit(lambda: _record(form))
    if number is None:
        return page("ledger/figure_new.html", status=form.status, form=form)
    return done(url_for(".show", number=number), T("{number} is recorded.", number=number))


def _record(form: FigureForm) -> str:
    dealer_id, note = tenants.dealer(form.dealer.data).id, form.note.data or ""
    if form.of is FigureKind.SALES:
        return commands.record_sales(
            actor(), dealer_id, amount=form.money, date=form.day, note=note, key=form.submit_key
        )
    return commands.record_result(
        actor(), dealer_id, income=form.money, cost=form.spent, date=form.day, note=note, key=form.submit_key
    )


@pages.get("/<number:number>", allow=Permission.FIGURES_READ)
def show(number: str) -> Response:
    return _show(number, ReverseForm())


@pages.post("/<number:number>/reverse", allow=Permission.FIGURES_WRITE, side=Side.MANUFACTURER)
def reverse(number: str) -> Response:
    form = ReverseForm()
    made = form.submit(
        lambda: commands.reverse_figure(actor(), number, reason=form.text.data, key=form.submit_key)
    )
    if made is None:
        return _show(number, form, form.status)
    return done(url_for(".show", number=number), T("{number} is reversed.", number=number))


def _show(number: str, form: ReverseForm, status: int = 200) -> Response:
    found = queries.figure(number)
    agreement = agreements.by_id(found.agreement_id)
    return page(
        "ledger/figure.html",
        status=status,
        figure=found,
        agreement=agreement,
        dealer=tenants.dealer_by_id(found.dealer_id),
        reversal=queries.reversing(found.id),
        original=queries.figure_by_id(found.reverses_id) if found.reverses_id is not None else None,
        waits_for=sales_quarter(found.year, agreement.span) if found.quarter is None else None,
        movements=queries.of_document(number),
        timeline=audit.timeline_view(number),
        form=form,
        FigureKind=FigureKind,
    )


def _asked(dealers: Sequence[Dealer]) -> tuple[dict[str, str], queries.FigureFilter]:
    """What the address narrows the list to: as it is written there, and as the query takes it."""
    asked = {
        name: value
        for name in ("q", "dealer", "year", "kind")
        if (value := request.args.get(name, "").strip())
    }
    kind, year, code = asked.get("kind", ""), asked.get("year", ""), asked.get("dealer", "")
    return asked, queries.FigureFilter(
        kind=FigureKind(kind) if kind in list(FigureKind) else None,
        dealer_id=next((dealer.id for dealer in dealers if dealer.code == code), None),
        text=asked.get("q", "")[:60],
        year=int(year) if year.isdecimal() and len(year) == 4 else None,
    )


nav.add(
    Item("money", T("Sales and results"), "figures.index", Permission.FIGURES_READ, icon="money", order=22)
)
for _kind in FigureKind:
    numbers.add(_kind.prefix, "figures.show", Permission.FIGURES_READ)
