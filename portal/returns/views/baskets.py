"""The dealer's basket on a phone: scan units one by one, see what each will cost whom, check, submit (RT-1)."""

from typing import Any

from flask import Response, request, url_for

from portal.drafts import commands as drafts
from portal.drafts.photos import field, received, waiting
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.errors import NotFound
from portal.kernel.findings import blocking
from portal.kernel.i18n import gettext as _
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.repairs import queries as repairs
from portal.returns import commands, queries
from portal.returns.forms import SerialForm, SubmitForm, UnitForm
from portal.returns.queries import Basket, Judged
from portal.returns.views.common import pages, product_names
from portal.web.forms import Form
from portal.web.pages import done, page
from portal.web.routing import actor


@pages.get("/new", allow=Permission.RETURNS_FILE, side=Side.DEALER)
def new() -> Response:
    form = SerialForm(formdata=None, serial=request.args.get("serial", "")[:60])
    return page("returns/new.html", form=form, baskets=queries.baskets())


@pages.post("/new", allow=Permission.RETURNS_FILE, side=Side.DEALER)
def begin() -> Response:
    form = SerialForm()
    draft_id = form.submit(lambda: commands.put_in(actor(), form.serial.data, key=form.submit_key))
    if draft_id is None:
        return page("returns/new.html", status=form.status, form=form, baskets=queries.baskets())
    return done(url_for(".basket", draft_id=draft_id))


@pages.get("/drafts/<int:draft_id>", allow=Permission.RETURNS_FILE, side=Side.DEALER)
def basket(draft_id: int) -> Response:
    return _basket_page(queries.basket(draft_id), SerialForm(formdata=None))


@pages.post("/drafts/<int:draft_id>", allow=Permission.RETURNS_FILE, side=Side.DEALER)
def put_in(draft_id: int) -> Response:
    form = SerialForm()
    kept = form.submit(
        lambda: commands.put_in(actor(), form.serial.data, draft_id=draft_id, key=form.submit_key)
    )
    if kept is None:
        return _basket_page(queries.basket(draft_id), form, form.status)
    return done(url_for(".basket", draft_id=draft_id))


@pages.get("/drafts/<int:draft_id>/units/<serial>", allow=Permission.RETURNS_FILE, side=Side.DEALER)
def unit(draft_id: int, serial: str) -> Response:
    line = queries.basket(draft_id).line(serial)
    form = UnitForm(
        formdata=None,
        repairs=_repairs(serial),
        found=line.found,
        cause=line.cause.value,
        fault=line.fault,
        repair=line.repair_number,
        packing=line.packing.value,
    )
    return _unit_page(draft_id, serial, form, list(line.photos))


@pages.post("/drafts/<int:draft_id>/units/<serial>", allow=Permission.RETURNS_FILE, side=Side.DEALER)
def describe(draft_id: int, serial: str) -> Response:
    queries.basket(draft_id).line(serial)
    form = UnitForm(repairs=_repairs(serial))
    chosen, errors = received("photo")
    if errors:
        form.validate()
        return _unit_page(draft_id, serial, form, chosen, errors=errors, status=422)
    kept = form.submit(
        lambda: commands.describe(actor(), draft_id, form.line(serial, tuple(chosen)), key=form.submit_key)
    )
    if kept is None:
        return _unit_page(draft_id, serial, form, chosen, status=form.status)
    return done(url_for(".basket", draft_id=draft_id))


@pages.post("/drafts/<int:draft_id>/units/<serial>/out", allow=Permission.RETURNS_FILE, side=Side.DEALER)
def take_out(draft_id: int, serial: str) -> Response:
    form = Form()
    form.submit(lambda: commands.take_out(actor(), draft_id, serial))
    return done(url_for(".basket", draft_id=draft_id), T("{serial} is taken out.", serial=serial))


@pages.get("/drafts/<int:draft_id>/check", allow=Permission.RETURNS_FILE, side=Side.DEALER)
def check(draft_id: int) -> Response:
    found = queries.basket(draft_id)
    return _check_page(found, SubmitForm(formdata=None, note=found.note))


@pages.post("/drafts/<int:draft_id>/check", allow=Permission.RETURNS_FILE, side=Side.DEALER)
def file(draft_id: int) -> Response:
    form = SubmitForm()
    try:
        found = queries.basket(draft_id)
    except NotFound:
        # A second click: the draft went with the first one (ID-1).
        return done(url_for(".show", number=queries.filed_from(draft_id)))
    number = form.submit(
        lambda: commands.request(
            actor(),
            found.lines,
            note=form.note.data or "",
            draft_id=draft_id,
            shown=form.shown.data or None,
            key=form.submit_key,
        )
    )
    if number is None:
        return _check_page(found, form, form.status)
    return done(url_for(".show", number=number), T("Return request {number} is submitted.", number=number))


@pages.post("/drafts/<int:draft_id>/discard", allow=Permission.RETURNS_FILE, side=Side.DEALER)
def discard(draft_id: int) -> Response:
    form = Form()
    form.submit(lambda: drafts.discard(actor(), queries.DRAFT, draft_id))
    return done(url_for(".index"), T("The draft is thrown away."))


def _repairs(serial: str) -> list[tuple[str, str]]:
    """The repair records of a unit, to choose the attempt from."""
    return [
        (
            found.number,
            f"{found.number} · {found.incident} · {_('solved') if found.resolved else _('not solved')}",
        )
        for found in repairs.earlier(serial)
    ]


def _judged(found: Basket) -> list[Judged]:
    return queries.judge(actor(), found.lines, clock.today(actor().timezone))


def _basket_page(found: Basket, form: SerialForm, status: int = 200) -> Response:
    judged = _judged(found)
    return page(
        "returns/basket.html",
        fragment="units",
        status=status,
        basket=found,
        form=form,
        judged=judged,
        names=product_names(),
        unsaid=[one.line.serial for one in judged if not one.line.fault],
    )


def _unit_page(
    draft_id: int,
    serial: str,
    form: UnitForm,
    chosen: list[int],
    *,
    errors: list[str] | None = None,
    status: int = 200,
) -> Response:
    line = queries.basket(draft_id).line(serial)
    return page(
        "returns/unit.html",
        status=status,
        draft_id=draft_id,
        serial=serial,
        form=form,
        judged=queries.judge(actor(), [line], clock.today(actor().timezone))[0],
        names=product_names(),
        photo=field("photo", chosen, errors or ()),
    )


def _check_page(found: Basket, form: SubmitForm, status: int = 200) -> Response:
    judged = _judged(found)
    context: dict[str, Any] = {
        "photos": {line.serial: waiting(line.photos) for line in found.lines},
        "blocked": not judged or any(blocking(one.findings) for one in judged),
        "unsaid": [one.line.serial for one in judged if not one.line.fault],
        "shown": queries.shown_hash(judged),
    }
    return page(
        "returns/check.html",
        status=status,
        basket=found,
        form=form,
        judged=judged,
        names=product_names(),
        **context,
    )
