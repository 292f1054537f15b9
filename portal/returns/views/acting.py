"""What may be done to a request: decide, ask, answer, send, take back, finish the count, wait no longer."""

from typing import Any

from flask import Response, url_for

from portal.drafts.photos import field, received
from portal.kernel.actor import Side
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.repairs import queries as repairs
from portal.returns import commands, queries
from portal.returns.forms import AnswerForm, AskForm, CountForm, DecideForm, LetGoForm, ReasonForm, ShipForm
from portal.returns.rules import RETURN, ReturnAction
from portal.returns.views.common import pages
from portal.returns.views.requests import show_page
from portal.web.pages import done, page
from portal.web.routing import actor


@pages.post("/<number:number>/decide", allow=Permission.RETURNS_DECIDE, side=Side.MANUFACTURER)
def decide(number: str) -> Response:
    form = DecideForm()
    serials = [line.row.serial for line in queries.lines_of(queries.get(number))]
    if form.validate() and not form.need_reasons(serials):
        return show_page(number, status=422, decide=form)
    state = form.submit(
        lambda: commands.decide(
            actor(),
            number,
            form.approved,
            waive_repair=bool(form.waive.data),
            reasons=form.reasons(serials),
            texts={serial: form.words(serial) for serial in serials},
            text=form.text.data or "",
            seen_version=form.seen_version,
            key=form.submit_key,
        )
    )
    if state is None:
        return show_page(number, status=form.status, decide=form)
    return done(url_for(".show", number=number), T("Return request {number} is decided.", number=number))


@pages.post("/<number:number>/ask", allow=Permission.RETURNS_DECIDE, side=Side.MANUFACTURER)
def ask(number: str) -> Response:
    form = AskForm()
    state = form.submit(
        lambda: commands.ask(
            actor(),
            number,
            reason=form.coded,
            text=form.text.data or "",
            seen_version=form.seen_version,
            key=form.submit_key,
        )
    )
    if state is None:
        return show_page(number, status=form.status, ask=form)
    return done(url_for(".show", number=number), T("{number} is with the dealer again.", number=number))


@pages.get("/<number:number>/answer", allow=Permission.RETURNS_FILE, side=Side.DEALER)
def answer(number: str) -> Response:
    """The form on which the dealer adds what the manufacturer asked for."""
    return _answer_page(number, AnswerForm(formdata=None), {}, {})


@pages.post("/<number:number>/answer", allow=Permission.RETURNS_FILE, side=Side.DEALER)
def send_answer(number: str) -> Response:
    form = AnswerForm()
    serials = [line.row.serial for line in queries.lines_of(queries.get(number))]
    chosen, errors = {}, {}
    for serial in serials:
        chosen[serial], wrong = received(f"photo_{serial}")
        if wrong:
            errors[serial] = wrong
    if errors:
        form.validate()
        return _answer_page(number, form, chosen, errors, 422)
    state = form.submit(
        lambda: commands.answer(
            actor(),
            number,
            text=form.text.data or "",
            repairs=form.repairs(serials),
            photos=chosen,
            seen_version=form.seen_version,
            key=form.submit_key,
        )
    )
    if state is None:
        return _answer_page(number, form, chosen, {}, form.status)
    return done(url_for(".show", number=number), T("{number} is submitted again.", number=number))


def _answer_page(
    number: str,
    form: AnswerForm,
    chosen: dict[str, list[int]],
    errors: dict[str, list[str]],
    status: int = 200,
) -> Response:
    found = queries.get(number)
    lines: list[dict[str, Any]] = [
        {
            "row": line.row,
            "named": line.repair_number,
            "repairs": [
                (one.number, f"{one.number} · {one.incident}") for one in repairs.earlier(line.row.serial)
            ],
            "photo": field(
                f"photo_{line.row.serial}",
                chosen.get(line.row.serial, ()),
                errors.get(line.row.serial, ()),
            ),
        }
        for line in queries.lines_of(found)
    ]
    return page(
        "returns/answer.html",
        status=status,
        request_=found,
        form=form,
        lines=lines,
        asked=next((said for said in reversed(queries.decisions(found.id)) if said.line_id is None), None),
        may=ReturnAction.ANSWER in RETURN.actions(found.state),
    )


@pages.post("/<number:number>/ship", allow=Permission.RETURNS_FILE, side=Side.DEALER)
def ship(number: str) -> Response:
    form = ShipForm()
    state = form.submit(
        lambda: commands.ship(
            actor(),
            number,
            carrier=form.carrier.data,
            waybill=form.waybill.data,
            cartons=form.cartons.data,
            note=form.note.data or "",
            seen_version=form.seen_version,
            key=form.submit_key,
        )
    )
    if state is None:
        return show_page(number, status=form.status, ship=form)
    return done(
        url_for(".show", number=number), T("{number} is on its way; the warehouse expects it.", number=number)
    )


@pages.post("/<number:number>/cancel", allow=Permission.RETURNS_FILE, side=Side.DEALER)
def cancel(number: str) -> Response:
    form = ReasonForm()
    state = form.submit(
        lambda: commands.cancel(
            actor(), number, reason=form.text.data or "", seen_version=form.seen_version, key=form.submit_key
        )
    )
    if state is None:
        return show_page(number, status=form.status, cancel=form)
    return done(url_for(".show", number=number), T("{number} is taken back.", number=number))


@pages.post("/<number:number>/count", allow=Permission.RETURNS_RECEIVE, side=Side.MANUFACTURER)
def count(number: str) -> Response:
    form = CountForm()
    counted = form.submit(
        lambda: commands.count(
            actor(),
            number,
            listed=form.listed.data == "yes",
            note=form.note.data or "",
            seen_version=form.seen_version,
            key=form.submit_key,
        )
    )
    if counted is None:
        return show_page(number, status=form.status, count=form)
    return done(url_for(".show", number=number), T("The count of {number} is finished.", number=number))


@pages.post("/<number:number>/let-go", allow=Permission.RETURNS_DECIDE, side=Side.MANUFACTURER)
def let_go(number: str) -> Response:
    form = LetGoForm()
    state = form.submit(
        lambda: commands.let_go(
            actor(),
            number,
            form.serials,
            reason=form.text.data or "",
            seen_version=form.seen_version,
            key=form.submit_key,
        )
    )
    if state is None:
        return show_page(number, status=form.status, let_go=form)
    return done(
        url_for(".show", number=number), T("{number}: what did not arrive is not waited for.", number=number)
    )
