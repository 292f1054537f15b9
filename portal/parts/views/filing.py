"""Filing a parts request: lines, what the quota covers of them, the check before submitting (PT-1, PT-2)."""

from flask import Response, url_for

from portal.agreements import queries as agreements
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.errors import RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.parts import commands, queries
from portal.parts.forms import RequestForm
from portal.parts.rules import Purpose, Shipping
from portal.parts.views.common import pages
from portal.web.pages import done, page
from portal.web.routing import actor


@pages.get("/new", allow=Permission.PARTS_FILE, side=Side.DEALER)
def new() -> Response:
    try:
        return _form_page(_form())
    except RuleBroken as error:
        return page("parts/closed.html", reason=error.text)


@pages.post("/new", allow=Permission.PARTS_FILE, side=Side.DEALER)
def file() -> Response:
    form = _form()
    if form.asked == "add":
        form.add_row()
    if form.asked in ("add", "edit"):
        return _form_page(form)
    if form.asked == "check":
        return _check_page(form) if form.validate() else _form_page(form, form.status)
    number = form.submit(
        lambda: commands.request(
            actor(),
            form.pieces,
            purpose=Purpose(form.purpose.data),
            purpose_note=form.purpose_note.data or "",
            needed_by=form.needed_by.data,
            shipping=Shipping(form.shipping.data),
            express=form.surcharge,
            consent=bool(form.consent.data),
            shown_excess=form.shown_excess,
            key=form.submit_key,
        )
    )
    if number is None:
        wrong = {name for name, _errors in form.errors.items()} - {"consent"}
        return _form_page(form, form.status) if wrong else _check_page(form, form.status)
    return done(
        url_for("parts.show", number=number), T("Parts request {number} is submitted.", number=number)
    )


@pages.post("/new/cover", allow=Permission.PARTS_FILE, side=Side.DEALER)
def cover() -> Response:
    """What the quota covers of the lines typed so far; asked for while somebody types."""
    return _form_page(_form())


def _form() -> RequestForm:
    return RequestForm(parts=queries.choices(clock.today(actor().timezone)))


def _form_page(form: RequestForm, status: int = 200) -> Response:
    today = clock.today(actor().timezone)
    agreement = agreements.in_force(actor().dealer_id or 0)
    return page(
        "parts/new.html",
        fragment="cover",
        status=status,
        form=form,
        parts=queries.choices(today),
        agreement=agreement,
        preview=queries.preview(agreement, form.pieces, today),
        quota=queries.quota(agreement, today),
        today=today,
    )


def _check_page(form: RequestForm, status: int = 200) -> Response:
    today = clock.today(actor().timezone)
    agreement = agreements.in_force(actor().dealer_id or 0)
    return page(
        "parts/check.html",
        status=status,
        form=form,
        agreement=agreement,
        preview=queries.preview(agreement, form.pieces, today),
        quota=queries.quota(agreement, today),
        purpose=Purpose(form.purpose.data),
        shipping=Shipping(form.shipping.data),
    )
