"""What may be done to a request: decide, reject, ship, cancel, confirm receipt."""

from flask import Response, url_for

from portal.kernel.actor import Side
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.parts import commands, queries
from portal.parts.forms import CancelForm, DecideForm, ReceiveForm, RejectForm, ShipForm
from portal.parts.views.common import pages
from portal.parts.views.requests import show_page
from portal.web.pages import done, page
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
    shipment = form.submit(
        lambda: commands.ship(
            actor(),
            number,
            form.pieces,
            carrier=form.carrier.data,
            waybill=form.waybill.data,
            note=form.note.data or "",
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


@pages.get("/<number:number>/shipments/<number:shipment>", allow=Permission.PARTS_FILE, side=Side.DEALER)
def count(number: str, shipment: str) -> Response:
    """The form on which the dealer says what it counted: all as sent, to be lowered."""
    parcel = queries.parcel_of(number, shipment)
    usual = [(sent.line.code, sent.row.pieces) for sent in parcel.lines]
    return _count_page(number, parcel, ReceiveForm(formdata=None, usual=usual))


@pages.post("/<number:number>/shipments/<number:shipment>", allow=Permission.PARTS_FILE, side=Side.DEALER)
def receive(number: str, shipment: str) -> Response:
    form = ReceiveForm()
    parcel = queries.parcel_of(number, shipment)
    sent = {line.line.code: line.row.pieces for line in parcel.lines}
    if form.validate() and not form.need_reasons(sent):
        return _count_page(number, parcel, form, form.status)
    received = form.submit(
        lambda: commands.receive(actor(), shipment, form.pieces, notes=form.reasons, key=form.submit_key)
    )
    if received is None:
        return _count_page(number, parcel, form, form.status)
    return done(
        url_for("parts.show", number=number, _anchor=shipment),
        T("Receipt of {number} is confirmed.", number=shipment),
    )


def _count_page(number: str, parcel: queries.Parcel, form: ReceiveForm, status: int = 200) -> Response:
    return page("parts/receive.html", status=status, number=number, parcel=parcel, form=form)
