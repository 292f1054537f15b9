"""Confirming the receipt of a shipment, and reporting what turned out wrong afterwards (PT-7)."""

from typing import Any

from flask import Response, url_for

from portal.agreements import queries as agreements
from portal.drafts.photos import Received, field, received
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.period import last_day_within
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.parts import commands, queries
from portal.parts.forms import DifferenceForm, ReceiveForm
from portal.parts.rules import DifferenceKind
from portal.parts.views.common import pages
from portal.web.pages import done, page
from portal.web.routing import actor

#: Part → the photos of its line, and what is wrong with others.
Photos = dict[str, Received]


@pages.get("/<number:number>/shipments/<number:shipment>", allow=Permission.PARTS_FILE, side=Side.DEALER)
def count(number: str, shipment: str) -> Response:
    """The form on which the dealer says what it counted: all as sent, to be lowered."""
    parcel = queries.parcel_of(number, shipment)
    usual = [(sent.supplied.code, sent.row.pieces) for sent in parcel.lines]
    return _count_page(number, parcel, ReceiveForm(formdata=None, usual=usual), {})


@pages.post("/<number:number>/shipments/<number:shipment>", allow=Permission.PARTS_FILE, side=Side.DEALER)
def receive(number: str, shipment: str) -> Response:
    form = ReceiveForm()
    parcel = queries.parcel_of(number, shipment)
    sent = {line.supplied.code: line.row.pieces for line in parcel.lines}
    photos = {line.supplied.code: received(f"photo_{line.row.id}") for line in parcel.lines}
    broken = any(errors for _, errors in photos.values())
    if form.validate() and (not form.need_reasons(sent) or broken):
        return _count_page(number, parcel, form, photos, form.status)
    counted = form.submit(
        lambda: commands.receive(
            actor(),
            shipment,
            form.pieces,
            notes=form.reasons,
            kinds=form.kinds,
            photos={code: ids for code, (ids, _) in photos.items()},
            key=form.submit_key,
        )
    )
    if counted is None:
        return _count_page(number, parcel, form, photos, form.status)
    return done(
        url_for("parts.show", number=number, _anchor=shipment),
        T("Receipt of {number} is confirmed.", number=shipment),
    )


@pages.get(
    "/<number:number>/shipments/<number:shipment>/difference", allow=Permission.PARTS_FILE, side=Side.DEALER
)
def new_difference(number: str, shipment: str) -> Response:
    """The form for what turned out wrong after the receipt."""
    parcel = queries.parcel_of(number, shipment)
    return _difference_page(number, parcel, DifferenceForm(formdata=None, parts=_parts(parcel)), ([], []))


@pages.post(
    "/<number:number>/shipments/<number:shipment>/difference", allow=Permission.PARTS_FILE, side=Side.DEALER
)
def report_difference(number: str, shipment: str) -> Response:
    parcel = queries.parcel_of(number, shipment)
    form = DifferenceForm(parts=_parts(parcel))
    photos = received("photo")
    if form.validate() and photos[1]:
        return _difference_page(number, parcel, form, photos, form.status)
    case = form.submit(
        lambda: commands.report_difference(
            actor(),
            shipment,
            form.part.data,
            form.pieces.data,
            kind=DifferenceKind(form.kind.data),
            note=form.note.data,
            photos=photos[0],
            key=form.submit_key,
        )
    )
    if case is None:
        return _difference_page(number, parcel, form, photos, form.status)
    return done(url_for("differences.show", number=case), T("Difference {number} is reported.", number=case))


def _parts(parcel: queries.Parcel) -> list[tuple[str, str]]:
    return [(line.supplied.code, line.supplied.name) for line in parcel.lines]


def _count_page(
    number: str, parcel: queries.Parcel, form: ReceiveForm, photos: Photos, status: int = 200
) -> Response:
    fields = {
        line.supplied.code: field(f"photo_{line.row.id}", *photos.get(line.supplied.code, ([], [])))
        for line in parcel.lines
    }
    return page("parts/receive.html", status=status, number=number, parcel=parcel, form=form, photos=fields)


def _difference_page(
    number: str,
    parcel: queries.Parcel,
    form: DifferenceForm,
    photo: Received,
    status: int = 200,
) -> Response:
    return page(
        "parts/new_difference.html",
        status=status,
        number=number,
        parcel=parcel,
        form=form,
        photo=field("photo", *photo),
        until=_until(parcel),
    )


def _until(parcel: queries.Parcel) -> Any:
    """The last day to report differences of a shipment; None while its receipt is not confirmed."""
    if parcel.receipt is None:
        return None
    terms = agreements.terms_on(parcel.shipment.agreement_id, clock.today(actor().timezone))
    return last_day_within(parcel.receipt.received_on, terms.receipt_difference_days)
