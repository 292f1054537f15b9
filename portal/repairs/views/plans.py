"""Service plans and the cards sold under them (EN-11)."""

from typing import Any

from flask import Response, request, url_for

from portal.audit import queries as audit
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.errors import NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.repairs.commands import plans as commands
from portal.repairs.forms.plans import PlanForm, ReasonForm, SellForm
from portal.repairs.models import DealerPlan, ServiceCard
from portal.repairs.queries import plans as queries
from portal.repairs.rules.plans import ServiceCardState, card_state
from portal.tenants import queries as tenants
from portal.warranty.rules import mask_name, mask_phone
from portal.web.forms import Form, seen
from portal.web.pages import done, page
from portal.web.routing import Pages, actor, here
from portal.web.tables import paged

plan_pages = Pages("service_plans", __name__, prefix="/service-plans")
card_pages = Pages("service_cards", __name__, prefix="/service-cards")


@plan_pages.get("", allow=Permission.REPAIRS_READ)
def plans() -> Response:
    rows = [(plan, isinstance(plan, DealerPlan)) for plan in queries.plans()]
    return page("service/plans.html", rows=rows, manufacturer=actor().side is Side.MANUFACTURER)


@plan_pages.get("/new", allow=Permission.PLANS_WRITE)
def new_plan() -> Response:
    return page("service/plan.html", form=PlanForm(formdata=None), plan=None)


@plan_pages.post("/new", allow=Permission.PLANS_WRITE)
def add_plan() -> Response:
    form = PlanForm()
    code = form.submit(
        lambda: commands.save_plan(
            actor(), form.draft, offered=bool(form.offered.data), new=True, key=form.submit_key
        )
    )
    if code is None:
        return page("service/plan.html", status=form.status, form=form, plan=None)
    return done(url_for(".plans"), T("Plan {code} is saved.", code=code))


@plan_pages.get("/<code>", allow=Permission.PLANS_WRITE)
def edit_plan(code: str) -> Response:
    plan = _own_plan(code)
    form = PlanForm(formdata=None, obj=plan)
    return page("service/plan.html", form=form, plan=plan)


@plan_pages.post("/<code>", allow=Permission.PLANS_WRITE)
def change_plan(code: str) -> Response:
    plan, form = _own_plan(code), PlanForm()
    form.code.data, form.code.raw_data = plan.code, [plan.code]
    saved = form.submit(
        lambda: commands.save_plan(actor(), form.draft, offered=bool(form.offered.data), key=form.submit_key)
    )
    if saved is None:
        return page("service/plan.html", status=form.status, form=form, plan=plan)
    return done(url_for(".plans"), T("Plan {code} is saved.", code=code))


def _own_plan(code: str) -> Any:
    """A plan that the reader's side writes. Raises NotFound."""
    plan = queries.plan(code, own=actor().side is Side.DEALER)
    if plan is None:
        raise NotFound
    return plan


@card_pages.get("", allow=Permission.REPAIRS_READ)
def cards() -> Response:
    today = clock.today(actor().timezone)
    asked = request.args.get("state", "")
    state = ServiceCardState(asked) if asked in list(ServiceCardState) else None
    q = request.args.get("q", "").strip()[:60]
    counts = queries.card_counts(today)
    tabs = [
        {"label": _("All"), "url": here(state=None), "count": sum(counts.values()), "current": state is None}
    ]
    tabs += [
        {"label": label(one), "url": here(state=one.value), "count": counts[one], "current": one is state}
        for one in ServiceCardState
    ]
    return page(
        "service/cards.html",
        fragment="listing",
        found=paged(queries.cards(state, q, today)),
        tabs=tabs,
        state=asked,
        q=q,
        state_of=_state_of,
        mask_name=mask_name,
        mask_phone=mask_phone,
        sells=_sells(),
    )


def _sells() -> bool:
    return actor().side is Side.DEALER and actor().may(Permission.REPAIRS_FILE)


def _state_of(card: ServiceCard) -> ServiceCardState:
    return card_state(
        clock.today(actor().timezone),
        ends=card.ends,
        visits=card.visits,
        used=card.used,
        cancelled=card.cancelled_on is not None,
    )


@card_pages.get("/new", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def new_card() -> Response:
    offered = queries.plans(offered=True)
    return page("service/card_new.html", form=SellForm(formdata=None, plans=offered), plans=_shown(offered))


@card_pages.post("/new", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def sell() -> Response:
    offered = queries.plans(offered=True)
    form = SellForm(plans=offered)
    number = form.submit(
        lambda: commands.sell_card(
            actor(),
            form.chosen[0],
            own=form.chosen[1],
            customer=form.customer.data or "",
            phone=form.phone.data or "",
            serial=form.serial.data or "",
            starts=form.starts.data,
            key=form.submit_key,
        )
    )
    if number is None:
        return page("service/card_new.html", status=form.status, form=form, plans=_shown(offered))
    return done(url_for(".show", number=number), T("Service card {number} is sold.", number=number))


def _shown(offered: list[Any]) -> dict[str, Any]:
    """The plan behind each option of the form."""
    return {f"{'own' if isinstance(plan, DealerPlan) else 'maker'}:{plan.code}": plan for plan in offered}


@card_pages.get("/<number:number>", allow=Permission.REPAIRS_READ)
def show(number: str) -> Response:
    return _show(number)


def _show(number: str, form: Form | None = None, status: int = 200) -> Response:
    card = queries.card(number)
    mine = actor().side is Side.DEALER
    return page(
        "service/card.html",
        status=status,
        form=form,
        card=card,
        state=_state_of(card),
        point=tenants.dealer_by_id(card.point_id),
        uses=queries.uses(card.id),
        visits=queries.visits_of_card(card.id),
        timeline=audit.timeline_view(number),
        customer=card.customer if mine else mask_name(card.customer),
        phone=mask_phone(card.phone),
        cancel=ReasonForm(formdata=None, version=str(card.version)),
        may_cancel=_sells() and card.cancelled_on is None,
    )


@card_pages.post("/<number:number>/cancel", allow=Permission.REPAIRS_FILE, side=Side.DEALER)
def cancel(number: str) -> Response:
    queries.card(number)
    form = ReasonForm()
    gone = form.submit(
        lambda: commands.cancel_card(
            actor(), number, reason=form.reason.data or "", seen_version=seen(form), key=form.submit_key
        )
    )
    if gone is None:
        form.reason.id = "cancel-text"
        return _show(number, form, form.status)
    return done(url_for(".show", number=number), T("Service card {number} is cancelled.", number=number))
