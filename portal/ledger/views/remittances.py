"""Remittances: what dealers paid, recorded and taken back (ST-11)."""

from collections.abc import Sequence

from flask import Response, request, url_for

from portal.agreements import queries as agreements
from portal.audit import queries as audit
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.period import Month
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.ledger import commands, queries
from portal.ledger.forms import RemittanceForm, ReverseForm
from portal.spreadsheets.writing import Kind, OutColumn, write_xlsx
from portal.tenants import queries as tenants
from portal.tenants.models import Dealer
from portal.web import nav, numbers
from portal.web.nav import Item
from portal.web.pages import done, download, page
from portal.web.routing import Pages, actor, here
from portal.web.tables import paged

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
pages = Pages("remittances", __name__, prefix="/remittances")


@pages.get("", allow=Permission.REMITTANCES_READ)
def index() -> Response:
    dealers = tenants.dealers(holders_only=True)
    asked, wanted = _asked(dealers)
    found = paged(queries.remittance_list(wanted))
    count, amount = queries.remittance_sum(wanted)
    tabs = [
        {"label": _("All"), "url": here(kind=None), "current": not wanted.reversals},
        {"label": _("Reversals"), "url": here(kind="reversal"), "current": wanted.reversals},
    ]
    return page(
        "ledger/remittances.html",
        fragment="listing",
        found=found,
        reversed_ones=queries.reversed_among(row.id for row, _dealer in found.rows),
        count=count,
        amount=amount,
        tabs=tabs,
        dealers=dealers,
        dealer_options=[(dealer.code, f"{dealer.code} {dealer.name}") for dealer in dealers],
        manufacturer=actor().side is Side.MANUFACTURER,
        asked={"q": "", "dealer": "", "month": "", "kind": ""} | asked,
        narrowed=asked,
    )


@pages.get("/list.xlsx", allow=Permission.REMITTANCES_READ)
def export() -> Response:
    """The list as a spreadsheet, with what it is narrowed to."""
    asked, wanted = _asked(tenants.dealers(holders_only=True))
    columns = [
        OutColumn(_("Number")),
        OutColumn(_("Value date"), Kind.DAY, 12),
        OutColumn(_("Dealer code"), width=12),
        OutColumn(_("Dealer"), width=30),
        OutColumn(_("Bank reference"), width=24),
        OutColumn(_("Counts in"), width=10),
        OutColumn(_("Reversal"), width=10),
        OutColumn(_("Amount"), Kind.MONEY, 16),
    ]
    rows = [
        (row.number, row.date, dealer.code, dealer.name, row.bank_ref, str(row.quarter),
         _("yes") if row.is_reversal else "", row.amount)
        for row, dealer in queries.all_remittances(wanted)
    ]  # fmt: skip
    content = write_xlsx(
        columns,
        rows,
        title=_("Remittances"),
        filters=_(", ").join(asked.values()),
        generated=clock.now(),
        timezone=actor().timezone,
    )
    return download(content, name="remittances.xlsx", media_type=XLSX)


@pages.get("/new", allow=Permission.REMITTANCES_WRITE, side=Side.MANUFACTURER)
def new() -> Response:
    form = RemittanceForm(
        dealers=tenants.dealers(holders_only=True),
        dealer=request.args.get("dealer", ""),
        date=clock.today(actor().timezone),
    )
    return page("ledger/remit.html", form=form)


@pages.post("/new", allow=Permission.REMITTANCES_WRITE, side=Side.MANUFACTURER)
def record() -> Response:
    form = RemittanceForm(dealers=tenants.dealers(holders_only=True))
    number = form.submit(
        lambda: commands.record_remittance(
            actor(),
            tenants.dealer(form.dealer.data).id,
            date=form.day,
            amount=form.money,
            bank_ref=form.bank_ref.data,
            key=form.submit_key,
        )
    )
    if number is None:
        return page("ledger/remit.html", status=form.status, form=form)
    return done(url_for(".show", number=number), T("Remittance {number} is recorded.", number=number))


@pages.get("/<number:number>", allow=Permission.REMITTANCES_READ)
def show(number: str) -> Response:
    return _show(number, ReverseForm())


@pages.post("/<number:number>/reverse", allow=Permission.REMITTANCES_WRITE, side=Side.MANUFACTURER)
def reverse(number: str) -> Response:
    form = ReverseForm()
    made = form.submit(
        lambda: commands.reverse_remittance(actor(), number, reason=form.text.data, key=form.submit_key)
    )
    if made is None:
        return _show(number, form, form.status)
    return done(url_for(".show", number=number), T("Remittance {number} is reversed.", number=number))


def _show(number: str, form: ReverseForm, status: int = 200) -> Response:
    found = queries.remittance(number)
    agreement = agreements.by_id(found.agreement_id)
    return page(
        "ledger/remittance.html",
        status=status,
        remittance=found,
        agreement=agreement,
        dealer=tenants.dealer_by_id(found.dealer_id),
        reversal=queries.reversal_of(found.id),
        original=queries.remittance_by_reference(found.bank_ref) if found.is_reversal else None,
        movements=queries.of_document(number),
        timeline=audit.timeline_view(number),
        form=form,
    )


def _asked(dealers: Sequence[Dealer]) -> tuple[dict[str, str], queries.RemittanceFilter]:
    """What the address narrows the list to: as it is written there, and as the query takes it."""
    asked = {
        name: value
        for name in ("q", "dealer", "month", "kind")
        if (value := request.args.get(name, "").strip())
    }
    code = asked.get("dealer", "")
    return asked, queries.RemittanceFilter(
        dealer_id=next((dealer.id for dealer in dealers if dealer.code == code), None),
        text=asked.get("q", ""),
        month=_month(asked.get("month", "")),
        reversals=asked.get("kind") == "reversal",
    )


def _month(text: str) -> Month | None:
    """A month in an address; None for what is none."""
    try:
        return Month.parse(text)
    except ValueError:
        return None


nav.add(
    Item("money", T("Remittances"), "remittances.index", Permission.REMITTANCES_READ, icon="money", order=20)
)
numbers.add("HK", "remittances.show", Permission.REMITTANCES_READ)
