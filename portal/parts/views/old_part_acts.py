"""What may be done with old parts: list, send, take apart; note the arrival, count, receive without a list."""

from flask import Response, url_for

from portal.catalogue import queries as catalogue
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.parts import commands
from portal.parts.queries import old_parts as queries
from portal.parts.rules.old_parts import BATCH, BatchAction
from portal.parts.views.old_part_forms import (
    ArriveForm,
    CountForm,
    PackForm,
    SendForm,
    UnpackForm,
    WalkInForm,
)
from portal.parts.views.old_parts import pages, show_page
from portal.tenants import queries as tenants
from portal.web.pages import done, page
from portal.web.routing import actor


@pages.get("/new", allow=Permission.OLD_PARTS_SEND, side=Side.DEALER)
def new() -> Response:
    owed = [one for one in queries.owed_by(actor().dealer_id or 0, open_only=True) if one.listable]
    return _pack_page(PackForm(formdata=None, usual=owed))


@pages.post("/new", allow=Permission.OLD_PARTS_SEND, side=Side.DEALER)
def pack() -> Response:
    form = PackForm()
    number = form.submit(
        lambda: commands.pack_old_parts(
            actor(), form.pieces, boxes=form.boxes.data, note=form.note.data or "", key=form.submit_key
        )
    )
    if number is None:
        return _pack_page(form, form.status)
    return done(
        url_for("oldparts.show", number=number),
        T("Batch {number} is listed. Print the list and the tags, then send it.", number=number),
    )


def _pack_page(form: PackForm, status: int = 200) -> Response:
    owed = queries.owed_by(actor().dealer_id or 0, open_only=True)
    return page(
        "oldparts/pack.html",
        status=status,
        form=form,
        owed={one.row.id: one for one in owed},
        today=clock.today(actor().timezone),
    )


@pages.post("/<number:number>/send", allow=Permission.OLD_PARTS_SEND, side=Side.DEALER)
def send(number: str) -> Response:
    form = SendForm()
    state = form.submit(
        lambda: commands.send_old_parts(
            actor(),
            number,
            carrier=form.carrier.data,
            waybill=form.waybill.data,
            boxes=form.boxes.data,
            seen_version=form.seen_version,
            key=form.submit_key,
        )
    )
    if state is None:
        return show_page(number, status=form.status, send=form)
    return done(url_for("oldparts.show", number=number), T("Batch {number} is on its way.", number=number))


@pages.post("/<number:number>/unpack", allow=Permission.OLD_PARTS_SEND, side=Side.DEALER)
def unpack(number: str) -> Response:
    form = UnpackForm()
    state = form.submit(
        lambda: commands.unpack_old_parts(
            actor(), number, reason=form.text.data or "", seen_version=form.seen_version, key=form.submit_key
        )
    )
    if state is None:
        return show_page(number, status=form.status, unpack=form)
    return done(
        url_for("oldparts.show", number=number),
        T("Batch {number} is cancelled; its parts can be listed anew.", number=number),
    )


@pages.post("/<number:number>/arrive", allow=Permission.OLD_PARTS_RECEIVE, side=Side.MANUFACTURER)
def arrive(number: str) -> Response:
    form = ArriveForm()
    state = form.submit(
        lambda: commands.arrive_old_parts(
            actor(), number, on=form.arrived_on.data, seen_version=form.seen_version, key=form.submit_key
        )
    )
    if state is None:
        return show_page(number, status=form.status, arrive=form)
    return done(
        url_for("oldparts.count", number=number),
        T("The arrival of {number} is noted. Count it now.", number=number),
    )


@pages.get("/<number:number>/count", allow=Permission.OLD_PARTS_RECEIVE, side=Side.MANUFACTURER)
def count(number: str) -> Response:
    batch = queries.batch(number)
    return _count_page(number, CountForm(formdata=None, listed=queries.items_of(batch.id)))


@pages.post("/<number:number>/count", allow=Permission.OLD_PARTS_RECEIVE, side=Side.MANUFACTURER)
def counted(number: str) -> Response:
    form = CountForm()
    if form.asked == "scan":
        form.scan(number)
        return _count_page(number, form)
    if form.asked == "all":
        form.fill(queries.items_of(queries.batch(number).id))
        return _count_page(number, form)
    surplus = form.submit(
        lambda: commands.count_old_parts(
            actor(),
            number,
            form.found,
            unlisted=form.unlisted,
            seen_version=form.seen_version,
            key=form.submit_key,
        )
    )
    if surplus is None:
        return _count_page(number, form, form.status)
    text = (
        T(
            "Batch {number} is counted; {pieces} more than owed clear nothing.",
            number=number,
            pieces=sum(surplus.values()),
        )
        if surplus
        else T("Batch {number} is counted.", number=number)
    )
    return done(url_for("oldparts.show", number=number), text)


def _count_page(number: str, form: CountForm, status: int = 200) -> Response:
    batch = queries.batch(number)
    return page(
        "oldparts/count.html",
        fragment="lines",
        status=status,
        batch=batch,
        dealer=tenants.dealer_by_id(batch.dealer_id),
        items=queries.items_of(batch.id),
        form=form,
        possible=BatchAction.COUNT in BATCH.actions(batch.state),
        known=catalogue.parts(),
    )


@pages.get("/receive", allow=Permission.OLD_PARTS_RECEIVE, side=Side.MANUFACTURER)
def walk_in() -> Response:
    return _walk_in_page(WalkInForm(formdata=None, dealers=tenants.dealers(holders_only=True)))


@pages.post("/receive", allow=Permission.OLD_PARTS_RECEIVE, side=Side.MANUFACTURER)
def receive() -> Response:
    form = WalkInForm(dealers=tenants.dealers(holders_only=True))
    number = form.submit(
        lambda: commands.receive_old_parts(
            actor(),
            form.ids[form.dealer.data],
            form.pieces,
            reusable=form.reusable,
            note=form.note.data or "",
            key=form.submit_key,
        )
    )
    if number is None:
        return _walk_in_page(form, form.status)
    return done(url_for("oldparts.show", number=number), T("Batch {number} is counted.", number=number))


def _walk_in_page(form: WalkInForm, status: int = 200) -> Response:
    return page("oldparts/receive.html", status=status, form=form, known=catalogue.parts())
