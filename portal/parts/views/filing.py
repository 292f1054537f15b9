"""Filing a parts request: lines, what the quota covers of them, the check before submitting (PT-1, PT-2)."""

import datetime as dt
from typing import Any

from flask import Response, request, url_for

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.catalogue.rules import Supply
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.errors import RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.parts import commands, queries
from portal.parts.forms import RequestForm
from portal.parts.rules import MOST_LINES, MOST_PIECES, Purpose, Shipping
from portal.parts.views.common import pages
from portal.web.pages import done, page
from portal.web.routing import actor


@pages.get("/new", allow=Permission.PARTS_FILE, side=Side.DEALER)
def new() -> Response:
    try:
        return _form_page(_form(data={"lines": _wanted()}))
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


def _form(**choices: Any) -> RequestForm:
    return RequestForm(parts=queries.choices(clock.today(actor().timezone)), **choices)


def _wanted() -> list[dict[str, Any]]:
    """Lines that the address fills in: `?part=P-MOTOR:7`, as the stock suggests them; what is none is left out."""
    asked = (text.rpartition(":") for text in request.args.getlist("part"))
    return [
        {"part": code, "pieces": int(count)}
        for code, _colon, count in asked
        if code and count.isascii() and count.isdigit() and 0 < int(count[:6]) <= MOST_PIECES
    ][:MOST_LINES]


def _goes_with(agreement: Agreement, preview: queries.Preview, today: dt.date) -> dict[str, Any]:
    """What the supply classes of its parts ask for besides the fund (PT-5)."""
    floor = Supply.FLOOR_STOCK in preview.classes
    return {
        "old_part_days": agreements.terms_on(agreement.id, today).old_part_days,
        "floor": queries.floor_stock(agreement, today) if floor else None,
    }


def _form_page(form: RequestForm, status: int = 200) -> Response:
    today = clock.today(actor().timezone)
    agreement = agreements.in_force(actor().dealer_id or 0)
    preview = queries.preview(agreement, form.pieces, today)
    return page(
        "parts/new.html",
        fragment="cover",
        status=status,
        form=form,
        parts=queries.choices(today),
        agreement=agreement,
        preview=preview,
        quota=queries.quota(agreement, today),
        today=today,
        **_goes_with(agreement, preview, today),
    )


def _check_page(form: RequestForm, status: int = 200) -> Response:
    today = clock.today(actor().timezone)
    agreement = agreements.in_force(actor().dealer_id or 0)
    preview = queries.preview(agreement, form.pieces, today)
    return page(
        "parts/check.html",
        status=status,
        form=form,
        agreement=agreement,
        preview=preview,
        quota=queries.quota(agreement, today),
        **_goes_with(agreement, preview, today),
        purpose=Purpose(form.purpose.data),
        shipping=Shipping(form.shipping.data),
    )
