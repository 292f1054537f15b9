"""The page of the manufacturer's fault codes (RP-3)."""

from flask import Response, url_for

from portal.kernel.errors import NotFound
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.repairs import commands
from portal.repairs.forms.records import FaultCodeForm, FaultNameForm
from portal.repairs.queries import records as queries
from portal.repairs.rules.faults import DEFAULTS, FaultKind
from portal.web.forms import Form, seen
from portal.web.pages import done, page
from portal.web.routing import Pages, actor

pages = Pages("fault_codes", __name__, prefix="/fault-codes")


@pages.get("", allow=Permission.REPAIRS_READ)
def index() -> Response:
    return _index(FaultCodeForm(formdata=None))


@pages.post("", allow=Permission.CATALOGUE_WRITE)
def add() -> Response:
    form = FaultCodeForm()
    code = form.submit(
        lambda: commands.add_fault(
            actor(),
            FaultKind(form.kind.data),
            form.code.data,
            name=form.name.data,
            name_en=form.name_en.data or "",
            key=form.submit_key,
        )
    )
    if code is None:
        return _index(form, form.status)
    return done(url_for(".index"), T("Fault code {code} is added.", code=code))


@pages.post("/defaults", allow=Permission.CATALOGUE_WRITE)
def add_defaults() -> Response:
    form = Form()
    count = form.submit(lambda: commands.add_default_faults(actor(), key=form.submit_key))
    if count is None:
        return _index(FaultCodeForm(formdata=None), form.status, refused=form)
    return done(url_for(".index"), T("Fault codes added: {count}.", count=count))


@pages.get("/<listed>/<code>", allow=Permission.CATALOGUE_WRITE)
def edit(listed: str, code: str) -> Response:
    row = queries.fault_code(_kind(listed), code)
    form = FaultNameForm(
        formdata=None, name=row.name, name_en=row.name_en, active=row.active, version=row.version
    )
    return page("repairs/fault_code.html", form=form, row=row)


@pages.post("/<listed>/<code>", allow=Permission.CATALOGUE_WRITE)
def change(listed: str, code: str) -> Response:
    form = FaultNameForm()
    kept = form.submit(
        lambda: commands.change_fault(
            actor(),
            _kind(listed),
            code,
            name=form.name.data,
            name_en=form.name_en.data or "",
            active=bool(form.active.data),
            seen_version=seen(form),
            key=form.submit_key,
        )
    )
    if kept is None:
        row = queries.fault_code(_kind(listed), code)
        return page("repairs/fault_code.html", status=form.status, form=form, row=row)
    return done(url_for(".index"), T("Fault code {code} is changed.", code=kept))


def _kind(text: str) -> FaultKind:
    """Raises NotFound for a list that is not there."""
    if text not in list(FaultKind):
        raise NotFound
    return FaultKind(text)


def _index(form: FaultCodeForm, status: int = 200, refused: Form | None = None) -> Response:
    lists = queries.fault_codes(active=False)
    known = {(kind, row.code) for kind, rows in lists.items() for row in rows}
    return page(
        "repairs/fault_codes.html",
        status=status,
        form=form,
        refused=refused,
        lists=lists,
        missing=sum((kind, code) not in known for kind, rows in DEFAULTS.items() for code, _zh, _en in rows),
    )
