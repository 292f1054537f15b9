"""What may be done to a request: decide, reject, ship, cancel, end, confirm its payment."""

from flask import Response, url_for

from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.parts import commands, queries
from portal.parts.forms import CancelForm, DecideForm, EndForm, PaymentForm, RejectForm, ShipForm
from portal.parts.views.common import pages
from portal.parts.views.requests import show_page
from portal.web.pages import done
from portal.web.routing import actor


@pages.post("/<number:number>/decide", allow=Permission.PARTS_DECIDE, side=Side.MANUFACTURER)
def decide(number: str) -> Response:
    form = DecideForm()
    asked = {line.row.code: line.row.asked for line in queries.lines_of(queries.get(number).id)}
    if form.validate() and not form.need_reasons(asked):
        return show_page(number, status=form.status, decide=form)
    state = form.submit(
        lambda: commands.decide(
            actor(),
            number,
            form.pieces,
            reasons=form.reasons,
            substitutes=form.substitutes,
            express=form.express.data,
            seen_version=form.seen_version,
            key=form.submit_key,
        )
    )
    if state is None:
        return show_page(number, status=form.status, decide=form)
    return done(url_for("parts.show", number=number), T("Parts request {number} is decided.", number=number))


@pages.post("/<number:number>/reject", allow=Permission.PARTS_DECIDE, side=Side.MANUFACTURER)
def reject(number: str) -> Response:
    form = RejectForm()
    codes = [line.row.code for line in queries.lines_of(queries.get(number).id)]
    state = form.submit(
        lambda: commands.decide(
            actor(),
            number,
            {},
            reasons=dict.fromkeys(codes, form.text.data),
            seen_version=form.seen_version,
            key=form.submit_key,
        )
    )
    if state is None:
        return show_page(number, status=form.status, reject=form)
    return done(url_for("parts.show", number=number), T("Parts request {number} is rejected.", number=number))


@pages.post("/<number:number>/ship", allow=Permission.PARTS_SHIP, side=Side.MANUFACTURER)
def ship(number: str) -> Response:
    form = ShipForm()
    today, due = clock.today(actor().timezone), queries.get(number).ship_due
    if form.validate() and due is not None and today > due and not form.need_late_reason():
        return show_page(number, status=form.status, ship=form)
    shipment = form.submit(
        lambda: commands.ship(
            actor(),
            number,
            form.pieces,
            carrier=form.carrier.data,
            waybill=form.waybill.data,
            note=form.note.data or "",
            late_reason=form.late_reason.data or "",
            seen_version=form.seen_version,
            key=form.submit_key,
        )
    )
    if shipment is None:
        return show_page(number, status=form.status, ship=form)
    return done(
        url_for("parts.show", number=number, _anchor=shipment),
        T("Shipment {number} is recorded; the dealer sees it now.", number=shipment),
    )


@pages.post("/<number:number>/cancel", allow=Permission.PARTS_FILE, side=Side.DEALER)
def cancel(number: str) -> Response:
    form = CancelForm()
    state = form.submit(
        lambda: commands.cancel(
            actor(), number, reason=form.text.data or "", seen_version=form.seen_version, key=form.submit_key
        )
    )
    if state is None:
        return show_page(number, status=form.status, cancel=form)
    return done(
        url_for("parts.show", number=number),
        T("What was not shipped of {number} is cancelled.", number=number),
    )


@pages.post("/<number:number>/end", allow=Permission.PARTS_DECIDE, side=Side.MANUFACTURER)
def end_rest(number: str) -> Response:
    form = EndForm()
    state = form.submit(
        lambda: commands.end_rest(
            actor(), number, reason=form.text.data or "", seen_version=form.seen_version, key=form.submit_key
        )
    )
    if state is None:
        return show_page(number, status=form.status, end=form)
    return done(
        url_for("parts.show", number=number),
        T("Nothing more is shipped of {number}; the dealer reads why.", number=number),
    )


@pages.post("/<number:number>/payment", allow=Permission.PARTS_PAYMENTS, side=Side.MANUFACTURER)
def confirm_payment(number: str) -> Response:
    form = PaymentForm()
    amount = form.submit(
        lambda: commands.confirm_payment(
            actor(),
            number,
            paid_on=form.paid_on.data,
            reference=form.reference.data,
            seen_version=form.seen_version,
            key=form.submit_key,
        )
    )
    if amount is None:
        return show_page(number, status=form.status, payment=form)
    return done(
        url_for("parts.show", number=number), T("The payment of {number} is confirmed.", number=number)
    )
