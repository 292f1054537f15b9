"""Parts and the price list; what a part costs stays with the manufacturer (PT-10)."""

from flask import Response, url_for

from portal.audit import queries as audit
from portal.catalogue import commands, queries
from portal.catalogue.forms import PartChange, PartForm, PriceForm, given, seen
from portal.catalogue.models import Part
from portal.catalogue.views.lists import MOST, asked, export, in_use, use_tabs
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.spreadsheets.writing import Kind, OutColumn
from portal.web.pages import done, page
from portal.web.routing import Pages, actor
from portal.web.tables import paged

pages = Pages("part_list", __name__, prefix="/catalogue/parts")
READ, WRITE = Permission.CATALOGUE_READ, Permission.CATALOGUE_WRITE


@pages.get("", allow=READ)
def index() -> Response:
    found = paged(queries.part_listing(active=in_use(), text=asked()))
    today = clock.today(actor().timezone)
    ids = [part.id for part in found.rows]
    return page(
        "catalogue/parts.html",
        fragment="listing",
        found=found,
        tabs=use_tabs((_("Can be requested"), _("Discontinued"))),
        q=asked(),
        today=today,
        prices=queries.prices_on(today, ids),
        coming=queries.prices_to_come(today, ids),
    )


@pages.get("/export.xlsx", allow=READ)
def download() -> Response:
    today = clock.today(actor().timezone)
    prices = queries.prices_on(today)
    parts = queries.matching_parts(active=in_use(), text=asked(), limit=MOST)
    columns = [
        OutColumn(_("Part number"), width=18),
        OutColumn(_("Designation"), width=30),
        OutColumn(_("Unit of count"), width=10),
        OutColumn(_("Supply"), width=16),
        OutColumn(_("Price (CNY)"), Kind.MONEY, 14),
    ]
    rows = [(part.code, part.title, part.unit, label(part.supply), prices.get(part.id)) for part in parts]
    filters = _("Prices of %(day)s", day=today)
    return export("parts", _("Price list of parts"), columns, rows, f"{filters} {asked()}".strip())


@pages.get("/new", allow=WRITE, side=Side.MANUFACTURER)
def new() -> Response:
    return _form(PartForm(unit=_("pc"), starts=clock.today(actor().timezone)))


@pages.post("/new", allow=WRITE, side=Side.MANUFACTURER)
def add() -> Response:
    form = PartForm()
    code = form.submit(
        lambda: commands.add_part(
            actor(),
            code=form.code.data,
            name=form.name.data,
            name_en=form.name_en.data or "",
            unit=form.unit.data,
            supply=form.chosen_supply,
            price=given(form.price),
            cost=form.cost.data,
            starts=given(form.starts),
            key=form.submit_key,
        )
    )
    if code is None:
        return _form(form, status=form.status)
    return done(url_for(".show", code=code), T("Part {code} is added.", code=code))


@pages.get("/<code>", allow=READ)
def show(code: str) -> Response:
    part = queries.part(code)
    manufacturer = actor().side is Side.MANUFACTURER
    today = clock.today(actor().timezone)
    return page(
        "catalogue/part.html",
        part=part,
        price=queries.prices_on(today, [part.id]).get(part.id),
        versions=queries.price_history(part.id, today),
        costs=queries.costs_of(part.id) if manufacturer else [],
        facts=audit.timeline_view(part.code) if manufacturer else [],
    )


@pages.get("/<code>/edit", allow=WRITE, side=Side.MANUFACTURER)
def edit(code: str) -> Response:
    part = queries.part(code)
    form = PartChange(obj=part)
    form.fits.data = ", ".join(part.fits)
    return _form(form, code=part.code)


@pages.post("/<code>/edit", allow=WRITE, side=Side.MANUFACTURER)
def change(code: str) -> Response:
    form = PartChange()
    changed = form.submit(
        lambda: commands.change_part(
            actor(),
            code,
            name=form.name.data,
            name_en=form.name_en.data or "",
            unit=form.unit.data,
            supply=form.chosen_supply,
            active=form.active.data,
            fits=form.models,
            seen_version=seen(form),
            key=form.submit_key,
        )
    )
    if changed is None:
        return _form(form, code=queries.part(code).code, status=form.status)
    return done(url_for(".show", code=changed), T("Part {code} is changed.", code=changed))


@pages.get("/<code>/price", allow=WRITE, side=Side.MANUFACTURER)
def new_price(code: str) -> Response:
    part = queries.part(code)
    form = PriceForm(version=str(queries.price_rows(part.id)[0].number))
    return _price(form, part)


@pages.post("/<code>/price", allow=WRITE, side=Side.MANUFACTURER)
def set_price(code: str) -> Response:
    form = PriceForm()
    number = form.submit(
        lambda: commands.set_price(
            actor(),
            code,
            price=given(form.price),
            cost=form.cost.data,
            starts=given(form.starts),
            seen_number=seen(form),
            key=form.submit_key,
        )
    )
    if number is None:
        return _price(form, queries.part(code), status=form.status)
    return done(url_for(".show", code=code), T("The new price holds from {day}.", day=form.starts.data))


def _form(form: PartForm | PartChange, *, code: str = "", status: int = 200) -> Response:
    return page("catalogue/part_form.html", status=status, form=form, code=code)


def _price(form: PriceForm, part: Part, *, status: int = 200) -> Response:
    today = clock.today(actor().timezone)
    price = queries.prices_on(today, [part.id]).get(part.id)
    return page("catalogue/price_form.html", status=status, form=form, part=part, price=price, today=today)
