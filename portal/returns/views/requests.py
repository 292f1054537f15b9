"""A return request's own page, for both sides, and its papers."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, current_app, url_for

from portal.agreements import queries as agreements
from portal.audit import queries as audit
from portal.documents.render import render
from portal.drafts.photos import picture
from portal.drafts.photos import shown as shown_photos
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label as label_of
from portal.kernel.permissions import Permission
from portal.ledger import queries as ledger
from portal.returns import papers, queries
from portal.returns.forms import AskForm, CountForm, DecideForm, LetGoForm, ReasonForm, ShipForm
from portal.returns.models import ReturnPhoto, ReturnRequest
from portal.returns.queries import Line
from portal.returns.rules import (
    ARRIVING,
    AT_WAREHOUSE,
    REPAIR_FIRST,
    RETURN,
    ReturnAction,
    ReturnReason,
    ReturnState,
    attempt_finding,
    charges,
    decide_by,
    explained,
)
from portal.returns.views.common import pages, product_names
from portal.tenants import queries as tenants
from portal.web.forms import Form, choices_of
from portal.web.pages import download, page
from portal.web.routing import actor

PDF = "application/pdf"


@pages.get("/<number:number>", allow=Permission.RETURNS_READ)
def show(number: str) -> Response:
    return show_page(number)


def show_page(number: str, *, status: int = 200, **forms: Form) -> Response:
    """A request's page; `forms` holds the one that was refused, by its name."""
    found = queries.get(number)
    lines = queries.lines_of(found)
    who, today = actor(), clock.today(actor().timezone)
    may, photos = _may(found, lines), queries.photos_of(found.id)
    shown = [_shown(found, line, photos.get(line.row.id, [])) for line in lines]
    waits_since = found.waiting_since.astimezone(ZoneInfo(who.timezone)).date()
    return page(
        "returns/show.html",
        status=status,
        request_=found,
        point=tenants.dealer_by_id(found.point_id),
        holder=tenants.dealer_by_id(found.dealer_id),
        agreement=agreements.by_id(found.agreement_id),
        lines=shown,
        tally=queries.tally(lines),
        names=product_names(),
        may=may,
        decide=(forms.get("decide") or DecideForm(formdata=None)) if may["decide"] else None,
        reasons=choices_of(ReturnReason, blank=_("Please choose")),
        needs_waiver=any(one["lacks_attempt"] for one in shown),
        ask_options=[(reason.value, label_of(reason)) for reason in ReturnReason],
        ask=forms.get("ask") or AskForm(formdata=None),
        ship=(forms.get("ship") or ShipForm(formdata=None)) if may["ship"] else None,
        cancel=forms.get("cancel") or ReasonForm(formdata=None),
        count=forms.get("count") or CountForm(formdata=None, listed="yes"),
        let_go=(forms.get("let_go") or LetGoForm(formdata=None)) if may["let_go"] else None,
        refused=next((form for name, form in forms.items() if may.get(name)), None),
        too_late=any(not may.get(name) for name in forms),
        decisions=[said for said in queries.decisions(found.id) if said.line_id is None],
        answers=queries.answers(found.id),
        shipment=queries.shipment_of(found.id),
        movements=ledger.of_document(number) if who.may(Permission.LEDGER_READ) else None,
        timeline=audit.timeline_view(number),
        address=papers.return_address(),
        due=decide_by(waits_since, tenants.calendar()),
        today=today,
        manufacturer=who.side is Side.MANUFACTURER,
    )


def _may(found: ReturnRequest, lines: tuple[Line, ...]) -> dict[str, bool]:
    """What the reader may do to the request now; what is true is offered on the page."""
    who, actions = actor(), RETURN.actions(found.state)
    files = who.side is Side.DEALER and who.may(Permission.RETURNS_FILE)
    decides = who.side is Side.MANUFACTURER and who.may(Permission.RETURNS_DECIDE)
    receives = who.side is Side.MANUFACTURER and who.may(Permission.RETURNS_RECEIVE)
    ahead = any(line.advance is not None for line in lines)
    return {
        "decide": decides and ReturnAction.REJECT in actions,
        "approve": decides and ReturnAction.APPROVE in actions,
        "ask": decides and ReturnAction.ASK in actions,
        "answer": files and ReturnAction.ANSWER in actions,
        "ship": files and ReturnAction.SHIP in actions,
        "cancel": files and ReturnAction.CANCEL in actions and not ahead,
        "count": receives
        and found.state in AT_WAREHOUSE | {ReturnState.SETTLED}
        and found.counted_on is None
        and any(line.receipt for line in lines),
        "let_go": decides and ReturnAction.LET_GO in actions and any(line.expected for line in lines),
        "receive": receives and found.state in ARRIVING,
        "units": who.side is Side.MANUFACTURER
        and (who.may(Permission.RETURNS_DISPOSE) or who.may(Permission.RETURNS_INSPECT)),
        "print": found.state not in (ReturnState.REJECTED, ReturnState.CANCELLED),
        "label": found.state in (ReturnState.APPROVED, ReturnState.SHIPPED) and files,
    }


def _shown(found: ReturnRequest, line: Line, photos: list[ReturnPhoto]) -> dict[str, Any]:
    """A unit as the page draws it."""
    row = line.row
    attempted = row.cost_class in REPAIR_FIRST and queries.is_attempt(line)
    return {
        "line": line,
        "row": row,
        "why": explained(row.explanation),
        "attempt": attempt_finding(row.cost_class, attempted=attempted),
        "lacks_attempt": row.cost_class in REPAIR_FIRST and not attempted,
        "photos": shown_photos("returns.photo", found.number, photos),
        "charges": charges(row.bearers, line.disposition.costs) if line.disposition else [],
    }


@pages.get("/<number:number>/request.pdf", allow=Permission.RETURNS_READ)
def sheet(number: str) -> Response:
    """The return request as the customary sheet, A4."""
    view = papers.sheet(queries.get(number), _address(number))
    return download(render("documents/return_request.html", view), name=f"{number}.pdf", media_type=PDF)


@pages.get("/<number:number>/label.pdf", allow=Permission.RETURNS_READ)
def label(number: str) -> Response:
    """The label for each carton, A6, with the number large and as a QR code; only while units may be sent."""
    view = papers.carton_label(queries.get(number), _address(number))
    return download(render("documents/return_label.html", view), name=f"{number}-label.pdf", media_type=PDF)


@pages.get("/<number:number>/photos/<int:photo_id>", allow=Permission.RETURNS_READ)
def photo(number: str, photo_id: int) -> Response:
    return picture(queries.photo(number, photo_id).content, f"{number}-{photo_id}.jpg")


def _address(number: str) -> str:
    """The absolute address of a request's page: what the QR opens, and what the scanning page understands."""
    public_url: str = current_app.extensions["settings"].public_url
    return public_url.rstrip("/") + url_for(".show", number=number)
