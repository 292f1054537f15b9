"""The list of cards and a card's own page, for both sides."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request, url_for

from portal.audit import queries as audit
from portal.catalogue import queries as catalogue
from portal.catalogue.models import Product
from portal.drafts import queries as drafts
from portal.drafts.photos import Kinds, flat, picture, shown
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label, language
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.spreadsheets.writing import Kind, OutColumn, write_xlsx
from portal.tenants import queries as tenants
from portal.warranty import commands, queries, steps
from portal.warranty.forms import CorrectForm, ReasonForm, ReviewForm
from portal.warranty.models import Card
from portal.warranty.queries import CardFilter
from portal.warranty.rules import (
    CARD,
    CURES,
    IN_FORCE,
    UNDECIDED,
    CardAction,
    CardState,
    PhotoKind,
    due_on,
    in_order,
    mask_address,
    mask_name,
    mask_phone,
    review_due,
)
from portal.warranty.views.coverage import judged
from portal.web.forms import seen
from portal.web.pages import done, download, page
from portal.web.routing import Pages, actor, here, tenant_url
from portal.web.tables import paged

pages = Pages("warranty", __name__, prefix="/cards")
PHOTOS = Kinds(tuple(PhotoKind))
#: Rows of one export.
MOST = 5000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TABS = (
    CardState.SUBMITTED,
    CardState.SENT_BACK,
    CardState.ACCEPTED,
    CardState.ACCEPTED_LATE,
    CardState.REJECTED,
    CardState.VOID,
    CardState.WITHDRAWN,
)


@pages.get("", allow=Permission.CARDS_READ)
def index() -> Response:
    chosen = asked()
    dealers = actor().side is Side.DEALER
    drafted = drafts.of_kind(steps.ONE) if dealers else []
    if dealers and request.args.get("state") == "draft":
        return page(
            "warranty/index.html",
            fragment="listing",
            found=None,
            drafts=drafted,
            tabs=_tabs(drafted),
            **_frame(),
        )
    found = paged(queries.listing(chosen))
    return page(
        "warranty/index.html",
        fragment="listing",
        found=found,
        drafts=drafted,
        tabs=_tabs(drafted),
        **_frame(),
    )


def asked() -> CardFilter:
    """What the address narrows the list to; nonsense narrows to nothing."""
    state = request.args.get("state", "")
    point = request.args.get("dealer", "")
    return CardFilter(
        states=(CardState(state),) if state in list(CardState) else (),
        point_id=int(point) if point.isascii() and point.isdigit() and len(point) < 10 else None,
        model=request.args.get("model", "")[:40],
        text=request.args.get("q", "").strip()[:60],
    )


def _frame() -> dict[str, Any]:
    """What the list needs whatever stands in it."""
    return {
        "products": products(),
        **options(),
        "q": request.args.get("q", ""),
        "state": request.args.get("state", ""),
        "point": request.args.get("dealer", ""),
        "model": request.args.get("model", ""),
        "mask_name": mask_name,
        "mask_phone": mask_phone,
        "today": clock.today(actor().timezone),
    }


def options() -> dict[str, Any]:
    """What the selects of a list offer."""
    points, models = tenants.dealers(), list(products())
    everywhere = _("All dealers") if actor().side is Side.MANUFACTURER else _("All selling points")
    return {
        "points": points,
        "models": models,
        "point_options": [("", everywhere), *((str(point.id), point.name) for point in points)],
        "model_options": [("", _("All models")), *((model, model) for model in models)],
    }


def _tabs(drafted: list[Any]) -> list[dict[str, Any]]:
    counts = queries.counts()
    state = request.args.get("state", "")
    tabs = [{"label": _("All"), "url": here(state=None), "count": sum(counts.values()), "current": not state}]
    if drafted:
        tabs.append(
            {
                "label": _("Drafts"),
                "url": here(state="draft"),
                "count": len(drafted),
                "current": state == "draft",
            }
        )
    tabs += [
        {
            "label": label(member),
            "url": here(state=member.value),
            "count": counts.get(member, 0),
            "current": state == member.value,
        }
        for member in _TABS
        if counts.get(member) or member in UNDECIDED or member.value == state
    ]
    return tabs


def products() -> dict[str, str]:
    """Model → its name in the reader's language."""
    return {row.model: name_of(row) for row in catalogue.products()}


def name_of(product: Product) -> str:
    """A product's name in the reader's language."""
    return product.name_en if language() == "en" and product.name_en else product.name


@pages.get("/export.xlsx", allow=Permission.CARDS_READ)
def export() -> Response:
    """The list as it is narrowed, with the same columns; customers stay masked (PII-1)."""
    names = products()
    columns = [
        OutColumn(_("Number"), width=18),
        OutColumn(_("State"), width=12),
        OutColumn(_("Selling point"), width=24),
        OutColumn(_("Model"), width=12),
        OutColumn(_("Product"), width=18),
        OutColumn(_("Serial"), width=20),
        OutColumn(_("Sale date"), Kind.DAY, 12),
        OutColumn(_("Filed on"), Kind.DAY, 12),
        OutColumn(_("Late"), width=8),
        OutColumn(_("Customer"), width=12),
        OutColumn(_("Phone"), width=14),
        OutColumn(_("Invoice number"), width=18),
        OutColumn(_("Decided on"), Kind.DAY, 12),
    ]
    rows = [
        (
            card.number,
            label(card.state),
            point.name,
            card.model,
            names.get(card.model, ""),
            card.serial,
            card.sale_date,
            card.filed_on,
            _("yes") if card.late else "",
            mask_name(card.customer),
            mask_phone(card.phone),
            card.invoice,
            card.decided_on,
        )
        for card, point in queries.first(queries.listing(asked()), MOST)
    ]
    content = write_xlsx(
        columns,
        rows,
        title=_("Warranty cards"),
        filters=request.query_string.decode()[:200],
        generated=clock.now(),
        timezone=actor().timezone,
    )
    return download(content, name=f"cards-{clock.today(actor().timezone)}.xlsx", media_type=XLSX)


@pages.get("/<number:number>", allow=Permission.CARDS_READ)
def show(number: str) -> Response:
    return show_page(queries.get(number))


def show_page(card: Card, form: Any = None, status: int = 200, **more: Any) -> Response:
    """A card's page; `form` holds what was typed when something was refused."""
    return page("warranty/show.html", status=status, form=form, card=card, **{**sight(card), **more})


def sight(card: Card) -> dict[str, Any]:
    """Everything that a card's page and the panel of the queue show."""
    who = actor()
    filing = queries.filing_of(card)
    unit = filing.unit(card.serial)
    reviews = who.may(Permission.CARDS_REVIEW)
    today = clock.today(who.timezone)
    due = review_due(card.waiting_since.astimezone(ZoneInfo(who.timezone)).date(), tenants.calendar())
    return {
        "tenant_base": tenant_url("").rstrip("/"),
        "product": name_of(filing.product(unit)) if unit else "",
        "unit": unit,
        "received_on": catalogue.received_day(unit, filing.terms) if unit else None,
        "point": tenants.dealer_by_id(card.point_id),
        "holder": tenants.dealer_by_id(card.dealer_id),
        "findings": in_order(filing.check(queries.draft_of(card))),
        "due": due_on(card.sale_date, filing.terms),
        "covered": judged(queries.coverage(card.serial, today), today) if card.state in IN_FORCE else None,
        "photos": shown("warranty.photo", card.number, queries.photos(card.id)),
        "decisions": queries.decisions(card.id),
        "facts": audit.timeline_view(card.number),
        "actions": {action.value for action in CARD.actions(card.state)},
        "cures": CURES,
        "fee": queries.fee_of(card) if card.state in UNDECIDED else queries.fee_earned(card),
        "earns": filing.terms.pays_card_fee,
        "masked": {
            "customer": card.customer if who.side is Side.DEALER else mask_name(card.customer),
            "phone": mask_phone(card.phone),
            "address": mask_address(card.address),
        },
        "revealed": None,
        "reveal_form": None,
        "risk": queries.risk_of(card) if reviews else None,
        "review_form": ReviewForm(formdata=None) if reviews else None,
        "filed_by_me": card.filed_by_id is not None and card.filed_by_id == who.person_id,
        "review_due": due,
        "overdue": card.state is CardState.SUBMITTED and today > due,
        "waits": waits(card, clock.now()),
    }


def waits(card: Card, now: dt.datetime) -> T | None:
    """How long a card has waited for the reviewer; None when it doesn't."""
    if card.state is not CardState.SUBMITTED:
        return None
    hours = max(0, int((now - card.waiting_since).total_seconds() // 3600))
    if hours < 24:
        return T("{hours} h", hours=hours)
    return T("{days} d {hours} h", days=hours // 24, hours=hours % 24)


@pages.get("/<number:number>/photos/<int:photo_id>", allow=Permission.CARDS_READ)
def photo(number: str, photo_id: int) -> Response:
    return picture(queries.photo(number, photo_id).content, f"{number}-{photo_id}.jpg")


@pages.get("/<number:number>/customer", allow=Permission.CARDS_READ)
def customer(number: str) -> Response:
    """The customer, masked: what comes back when a shown number has been looked at long enough."""
    card = queries.get(number)
    return page("warranty/show.html", fragment="customer", form=None, card=card, **sight(card))


@pages.post("/<number:number>/reveal", allow=Permission.CARDS_REVEAL)
def reveal(number: str) -> Response:
    form = ReasonForm()
    phone = form.submit(lambda: commands.reveal(actor(), number, reason=form.reason.data or ""))
    card = queries.get(number)
    context = {**sight(card), "revealed": phone, "reveal_form": form}
    return page(
        "warranty/show.html",
        fragment="customer",
        status=200 if phone else form.status,
        form=None,
        card=card,
        **context,
    )


@pages.post("/<number:number>/withdraw", allow=Permission.CARDS_FILE, side=Side.DEALER)
def withdraw(number: str) -> Response:
    form = ReasonForm()
    took = form.submit(
        lambda: commands.withdraw(
            actor(), number, reason=form.reason.data or "", seen_version=seen(form), key=form.submit_key
        )
    )
    if took is None:
        return show_page(queries.get(number), form, form.status)
    return done(url_for(".show", number=number), T("Card {number} is withdrawn.", number=number))


@pages.get("/<number:number>/correct", allow=Permission.CARDS_FILE, side=Side.DEALER)
def correct(number: str) -> Response:
    card = queries.get(number)
    draft = queries.draft_of(card)
    form = CorrectForm(
        formdata=None,
        points=_points(card),
        version=str(card.version),
        point=str(card.point_id),
        **{
            name: getattr(draft, name)
            for name in ("serial", "sale_date", "invoice", "customer", "phone", "address")
        },
    )
    return _correct_page(card, form, {})


@pages.post("/<number:number>/correct", allow=Permission.CARDS_FILE, side=Side.DEALER)
def resubmit(number: str) -> Response:
    card = queries.get(number)
    form = CorrectForm(points=_points(card))
    chosen, errors = PHOTOS.received()
    if errors:
        form.validate()
        return _correct_page(card, form, chosen, errors=errors, status=422)
    filed = form.submit(
        lambda: commands.resubmit(
            actor(),
            number,
            form.draft(form.serial.data, card.point_id),
            photos=flat(chosen),
            seen_version=seen(form),
            key=form.submit_key,
        )
    )
    if filed is None:
        return _correct_page(card, form, chosen, status=form.status)
    return done(url_for(".show", number=number), T("Card {number} is filed again.", number=number))


def _points(card: Card) -> list[Any]:
    """Where the card's unit may have been sold."""
    return points_for(card.serial)


def points_for(serial: str) -> list[Any]:
    """Where a unit may have been sold: a holder's own unit also by its sub-dealers, to choose from."""
    unit = catalogue.find_unit(serial)
    if unit is None or unit.point_id != unit.dealer_id or actor().point_id is not None:
        return []
    return tenants.dealers()


def _correct_page(
    card: Card,
    form: CorrectForm,
    chosen: dict[PhotoKind, list[int]],
    *,
    errors: dict[PhotoKind, list[str]] | None = None,
    status: int = 200,
) -> Response:
    return page(
        "warranty/correct.html",
        status=status,
        card=card,
        form=form,
        kinds=PHOTOS.fields(chosen, errors),
        kept=shown("warranty.photo", card.number, queries.photos(card.id)),
        cures=CURES,
        may=CardAction.RESUBMIT in CARD.actions(card.state),
    )
