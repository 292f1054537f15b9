"""The fee standard (维修收费标准): labour by operation and fees for going on site, by day (PT-10)."""

from flask import Response, url_for

from portal.audit import queries as audit
from portal.catalogue import commands, queries
from portal.catalogue.forms import FeeForm, OperationChange, OperationForm, given, seen
from portal.catalogue.models import Operation
from portal.catalogue.views.lists import asked, export, in_use, use_tabs
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.spreadsheets.writing import Kind, OutColumn
from portal.web.pages import done, page
from portal.web.routing import Pages, actor
from portal.web.tables import paged

pages = Pages("fees", __name__, prefix="/catalogue/fees")
READ, WRITE = Permission.CATALOGUE_READ, Permission.CATALOGUE_WRITE


@pages.get("", allow=READ)
def index() -> Response:
    found = paged(queries.operation_listing(active=in_use(), text=asked()))
    today = clock.today(actor().timezone)
    return page(
        "catalogue/fees.html",
        fragment="listing",
        found=found,
        tabs=use_tabs((_("Can be claimed"), _("Discontinued"))),
        q=asked(),
        today=today,
        fees=queries.fees_on(today, [operation.id for operation in found.rows]),
        products=queries.products_by_id(),
    )


@pages.get("/export.xlsx", allow=READ)
def download() -> Response:
    today = clock.today(actor().timezone)
    operations, products = queries.operations(), queries.products_by_id()
    fees = queries.fees_on(today, [operation.id for operation in operations])
    columns = [
        OutColumn(_("Item code"), width=14),
        OutColumn(_("Designation"), width=32),
        OutColumn(_("Kind"), width=14),
        OutColumn(_("For"), width=18),
        OutColumn(_("Fee (CNY)"), Kind.MONEY, 14),
    ]
    rows = [
        (
            operation.code,
            operation.title,
            _("On site") if operation.onsite else _("Labour"),
            _("All products") if product_id is None else products[product_id].model,
            amount,
        )
        for operation in operations
        for product_id, amount in sorted(fees[operation.id].items(), key=lambda fee: fee[0] or 0)
    ]
    return export("fees", _("Fee standard"), columns, rows, _("Fees of %(day)s", day=today))


@pages.get("/new", allow=WRITE, side=Side.MANUFACTURER)
def new() -> Response:
    return _form(OperationForm(starts=clock.today(actor().timezone)))


@pages.post("/new", allow=WRITE, side=Side.MANUFACTURER)
def add() -> Response:
    form = OperationForm()
    code = form.submit(
        lambda: commands.add_operation(
            actor(),
            code=form.code.data,
            name=form.name.data,
            name_en=form.name_en.data or "",
            onsite=form.onsite.data,
            amount=given(form.amount),
            starts=given(form.starts),
            key=form.submit_key,
        )
    )
    if code is None:
        return _form(form, status=form.status)
    return done(url_for(".show", code=code), T("Operation {code} is added.", code=code))


@pages.get("/<code>", allow=READ)
def show(code: str) -> Response:
    operation = queries.operation(code)
    today = clock.today(actor().timezone)
    return page(
        "catalogue/fee.html",
        operation=operation,
        products=queries.products_by_id(),
        fees=queries.fees_on(today, [operation.id])[operation.id],
        versions=queries.fee_history(operation.id, today),
        facts=audit.timeline_view(operation.code) if actor().side is Side.MANUFACTURER else [],
    )


@pages.get("/<code>/edit", allow=WRITE, side=Side.MANUFACTURER)
def edit(code: str) -> Response:
    operation = queries.operation(code)
    return _form(OperationChange(obj=operation), code=operation.code)


@pages.post("/<code>/edit", allow=WRITE, side=Side.MANUFACTURER)
def change(code: str) -> Response:
    form = OperationChange()
    changed = form.submit(
        lambda: commands.change_operation(
            actor(),
            code,
            name=form.name.data,
            name_en=form.name_en.data or "",
            active=form.active.data,
            seen_version=seen(form),
            key=form.submit_key,
        )
    )
    if changed is None:
        return _form(form, code=queries.operation(code).code, status=form.status)
    return done(url_for(".show", code=changed), T("Operation {code} is changed.", code=changed))


@pages.get("/<code>/fee", allow=WRITE, side=Side.MANUFACTURER)
def new_fee(code: str) -> Response:
    operation = queries.operation(code)
    form = FeeForm(products=queries.products(active_only=True))
    form.version.data = str(queries.fee_rows(operation.id)[0].number)
    return _fee(form, operation)


@pages.post("/<code>/fee", allow=WRITE, side=Side.MANUFACTURER)
def set_fee(code: str) -> Response:
    form = FeeForm(products=queries.products(active_only=True))
    number = form.submit(
        lambda: commands.set_fee(
            actor(),
            code,
            amount=given(form.amount),
            starts=given(form.starts),
            model=form.model.data or None,
            seen_number=seen(form),
            key=form.submit_key,
        )
    )
    if number is None:
        return _fee(form, queries.operation(code), status=form.status)
    return done(url_for(".show", code=code), T("The new fee holds from {day}.", day=form.starts.data))


def _form(form: OperationForm | OperationChange, *, code: str = "", status: int = 200) -> Response:
    return page("catalogue/fee_form.html", status=status, form=form, code=code)


def _fee(form: FeeForm, operation: Operation, *, status: int = 200) -> Response:
    today = clock.today(actor().timezone)
    return page("catalogue/fee_version_form.html", status=status, form=form, operation=operation, today=today)
