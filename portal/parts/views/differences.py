"""Differences at receipt: the list, a case's own page, the answer, sending again (PT-7)."""

from flask import Response, request, url_for

from portal.drafts.photos import picture, shown
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.parts import commands, queries
from portal.parts.forms import AgainForm, AnswerForm
from portal.parts.rules import ANSWER_DAYS, DifferenceOutcome, DifferenceState
from portal.parts.views.common import differences as pages
from portal.tenants import queries as tenants
from portal.web.forms import Form
from portal.web.pages import done, page
from portal.web.routing import actor, here
from portal.web.tables import paged

#: The tabs of the list: states that wait, and all.
TABS: dict[str, DifferenceState | None] = {
    "open": DifferenceState.OPEN,
    "again": DifferenceState.TO_RESHIP,
    "all": None,
}


@pages.get("", allow=Permission.PARTS_READ)
def index() -> Response:
    asked = request.args.get("tab", "")
    tab = asked if asked in TABS else "open"
    titles = {"open": _("To answer"), "again": _("To send again"), "all": _("All")}
    return page(
        "parts/differences.html",
        fragment="listing",
        found=paged(queries.difference_list(TABS[tab])),
        case_of=queries.case_of,
        calendar=tenants.calendar(),
        tabs=[
            {
                "label": title,
                "url": here(tab=name),
                "count": queries.count_differences(TABS[name]),
                "current": name == tab,
            }
            for name, title in titles.items()
        ],
        tab=tab,
        today=clock.today(actor().timezone),
        dealers={dealer.id: dealer for dealer in tenants.dealers(holders_only=True)},
        manufacturer=actor().side is Side.MANUFACTURER,
    )


@pages.get("/<number:number>", allow=Permission.PARTS_READ)
def show(number: str) -> Response:
    return _page(number)


@pages.post("/<number:number>/answer", allow=Permission.PARTS_DECIDE, side=Side.MANUFACTURER)
def answer(number: str) -> Response:
    form = AnswerForm()
    state = form.submit(
        lambda: commands.answer_difference(
            actor(),
            number,
            DifferenceOutcome(form.outcome.data),
            reason=form.reason.data or "",
            key=form.submit_key,
        )
    )
    if state is None:
        return _page(number, answer=form)
    return done(
        url_for("differences.show", number=number), T("Difference {number} is answered.", number=number)
    )


@pages.post("/<number:number>/again", allow=Permission.PARTS_SHIP, side=Side.MANUFACTURER)
def ship_again(number: str) -> Response:
    form = AgainForm()
    shipment = form.submit(
        lambda: commands.ship_again(
            actor(),
            number,
            carrier=form.carrier.data,
            waybill=form.waybill.data,
            note=form.note.data or "",
            key=form.submit_key,
        )
    )
    if shipment is None:
        return _page(number, again=form)
    return done(
        url_for("differences.show", number=number),
        T("Shipment {number} is recorded; the dealer sees it now.", number=shipment),
    )


@pages.get("/<number:number>/photos/<int:photo_id>", allow=Permission.PARTS_READ)
def photo(number: str, photo_id: int) -> Response:
    return picture(queries.difference_photo(number, photo_id).content, f"{number}-{photo_id}.jpg")


def _page(number: str, **forms: Form) -> Response:
    """A case's page; `forms` holds the one that was refused."""
    case, who = queries.difference(number), actor()
    refused = next(iter(forms.values()), None)
    answers = case.state is DifferenceState.OPEN and who.may(Permission.PARTS_DECIDE)
    ships = case.state is DifferenceState.TO_RESHIP and who.may(Permission.PARTS_SHIP)
    return page(
        "parts/difference.html",
        status=refused.status if refused else 200,
        case=case,
        due=case.due(tenants.calendar()),
        today=clock.today(who.timezone),
        answer_days=ANSWER_DAYS,
        dealer=tenants.dealer_by_id(case.row.dealer_id),
        manufacturer=who.side is Side.MANUFACTURER,
        photos=shown("differences.photo", number, queries.photos_of(case.row.id)),
        answer=(forms.get("answer") or AnswerForm(formdata=None)) if answers else None,
        again=(forms.get("again") or AgainForm(formdata=None)) if ships else None,
        refused=refused,
    )
