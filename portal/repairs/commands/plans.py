"""Service plans, cards (EN-11) and planned visits (RP-11)."""

import datetime as dt

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor, Side
from portal.kernel.command import command
from portal.kernel.crypto import search_hash
from portal.kernel.db import session
from portal.kernel.errors import RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.repairs.models.plans import DealerPlan, PlannedVisit, ServiceCard, ServicePlan
from portal.repairs.queries import plans as queries
from portal.repairs.rules.plans import (
    VISITS_OPEN,
    PlanDraft,
    VisitDraft,
    VisitState,
    check_plan,
    check_visits,
    last_day,
    schedule,
    series,
)
from portal.repairs.rules.service import LONGEST
from portal.repairs.steps.intake import name_customer, point_of, unit_of
from portal.repairs.steps.service import check_seen

_FIELDS = ("name", "respond_hours", "visits", "price", "months", "planned", "note")


@command(allow=Permission.PLANS_WRITE)
def save_plan(actor: Actor, draft: PlanDraft, *, offered: bool = True, new: bool = False) -> str:
    """Write a plan, or write it anew; cards that were sold keep their terms. Returns its code.

    The manufacturer's plans are offered by every dealer, a dealer's own by itself alone. `new`: the code must be
    free. Raises RuleBroken EN-11.
    """
    check_plan(draft)
    own = actor.side is Side.DEALER
    plan = queries.plan(draft.code, own=own)
    if plan is not None and new:
        raise RuleBroken("EN-11", T("There is a plan with this code already."), field="code")
    if plan is None:
        plan = _new_plan(actor) if own else ServicePlan()
        plan.code = draft.code
        session().add(plan)
    for field in _FIELDS:
        setattr(plan, field, getattr(draft, field))
    plan.name, plan.note, plan.offered = draft.name.strip(), draft.note.strip()[:300], offered
    session().flush()
    record(Tag.SERVICE_PLAN_CHANGED, actor, draft.code, code=draft.code, price=str(draft.price))
    return draft.code


def _new_plan(actor: Actor) -> DealerPlan:
    assert actor.dealer_id is not None
    return DealerPlan(agreement_id=agreements.in_force(actor.dealer_id).id)


@command(allow=Permission.REPAIRS_FILE)
def sell_card(
    actor: Actor,
    code: str,
    *,
    own: bool,
    customer: str,
    phone: str,
    serial: str = "",
    starts: dt.date | None = None,
) -> str:
    """Sell a service card under a plan that is offered (EN-11). Returns its number (FW-2026-000001).

    `own`: the plan is the dealer's. `serial`: the unit that it is for; empty: any unit of the holder. The plan's
    maintenance visits are scheduled with it (RP-11). Raises RuleBroken EN-11, WC-3, AG-1.
    """
    assert actor.dealer_id is not None, "only dealers sell cards"
    today = clock.today(actor.timezone)
    agreement = agreements.in_force(actor.dealer_id)
    plan = queries.plan(code, own=own)
    if plan is None or not plan.offered:
        raise RuleBroken("EN-11", T("This plan is not offered."), field="plan")
    first = starts or today
    if first < today:
        raise RuleBroken("EN-11", T("A card begins today or later."), field="starts")
    card = ServiceCard(
        agreement_id=agreement.id,
        dealer_id=agreement.dealer_id,
        point_id=point_of(actor, agreement.dealer_id, 0),
        plan=plan.code,
        plan_name=plan.name,
        respond_hours=plan.respond_hours,
        visits=plan.visits,
        price=plan.price,
        starts=first,
        ends=last_day(first, plan.months),
        sold_by=actor.name,
    )
    held = name_customer(card, customer, phone, "EN-11")
    card.phone_hash, card.phone_last4 = search_hash(held), held[-4:]
    card.serial, _model = unit_of(serial, today)
    card.number = numbering.take("FW", today.year)
    session().add(card)
    session().flush()
    for day in schedule(first, plan.months, plan.planned):
        _plan(
            agreement, card.point_id, card, day, serial=card.serial, customer=card.customer, phone=card.phone
        )
    session().flush()
    record(
        Tag.SERVICE_CARD_SOLD,
        actor,
        card.number,
        dealer_id=card.dealer_id,
        point_id=card.point_id,
        code=card.plan,
        price=str(card.price),
        serial=card.serial,
    )
    return card.number


@command(allow=Permission.REPAIRS_FILE)
def cancel_card(actor: Actor, number: str, *, reason: str, seen_version: int | None = None) -> str:
    """Take a card back; its open visits are left out. Raises RuleBroken EN-11 without a reason, or twice."""
    card = queries.card(number)
    check_seen(card, seen_version)
    if not reason.strip():
        raise RuleBroken("EN-11", T("Say why."), field="reason")
    if card.cancelled_on is not None:
        raise RuleBroken("EN-11", T("This card is cancelled already."))
    card.cancelled_on, card.reason = clock.today(actor.timezone), reason.strip()[:300]
    for visit in queries.visits_of_card(card.id):
        if visit.state is VisitState.PLANNED:
            visit.state, visit.note = VisitState.SKIPPED, card.reason
    session().flush()
    record(
        Tag.SERVICE_CARD_CANCELLED,
        actor,
        number,
        dealer_id=card.dealer_id,
        point_id=card.point_id,
        reason=card.reason,
    )
    return number


@command(allow=Permission.REPAIRS_FILE)
def plan_visits(actor: Actor, draft: VisitDraft) -> list[int]:
    """Plan one or more visits to a unit under contract (RP-11). Returns their ids.

    Raises RuleBroken RP-11, WC-3 for a bad phone or an unknown or missing serial, AG-1.
    """
    assert actor.dealer_id is not None, "only dealers plan visits"
    today = clock.today(actor.timezone)
    check_visits(draft, today)
    agreement = agreements.in_force(actor.dealer_id)
    if not draft.serial.strip():
        raise RuleBroken("WC-3", T("Enter the serial on the plate."), field="serial")
    serial, _model = unit_of(draft.serial, today)
    point = point_of(actor, agreement.dealer_id, 0)
    made = []
    for day in series(draft.first, draft.every_months, draft.count):
        visit = _plan(agreement, point, None, day, serial=serial, customer="", phone="")
        name_customer(visit, draft.customer, draft.phone, "RP-11")
        visit.address = draft.address.strip()[: LONGEST["address"]]
        visit.what = draft.what.strip()[:200]
        made.append(visit)
    session().flush()
    record(
        Tag.VISITS_PLANNED,
        actor,
        serial,
        dealer_id=agreement.dealer_id,
        point_id=point,
        count=len(made),
        on=str(draft.first),
    )
    return [visit.id for visit in made]


def _plan(
    agreement: Agreement,
    point_id: int,
    card: ServiceCard | None,
    day: dt.date,
    *,
    serial: str,
    customer: str,
    phone: str,
) -> PlannedVisit:
    visit = PlannedVisit(
        agreement_id=agreement.id,
        dealer_id=agreement.dealer_id,
        point_id=point_id,
        card_id=card.id if card is not None else None,
        serial=serial,
        customer=customer,
        phone=phone,
        due_on=day,
        state=VisitState.PLANNED,
    )
    session().add(visit)
    return visit


@command(allow=Permission.REPAIRS_FILE)
def complete_visit(
    actor: Actor, visit_id: int, *, document: str = "", seen_version: int | None = None
) -> str:
    """A planned visit was made without a request of its own (RP-11); `document`: the repair record that says so.

    Returns its state. Raises RuleBroken RP-11 when it is not open.
    """
    visit = _open_visit(visit_id, seen_version)
    visit.state, visit.done_on = VisitState.DONE, clock.today(actor.timezone)
    visit.record = document.strip()[:20]
    return _tell(actor, Tag.VISIT_DONE, visit, document=visit.record)


@command(allow=Permission.REPAIRS_FILE)
def skip_visit(actor: Actor, visit_id: int, *, reason: str, seen_version: int | None = None) -> str:
    """A planned visit is left out (RP-11), with a reason. Returns its state."""
    visit = _open_visit(visit_id, seen_version)
    if not reason.strip():
        raise RuleBroken("RP-11", T("Say why."), field="reason")
    visit.state, visit.note = VisitState.SKIPPED, reason.strip()[:300]
    return _tell(actor, Tag.VISIT_SKIPPED, visit, reason=visit.note)


def _open_visit(visit_id: int, seen_version: int | None) -> PlannedVisit:
    visit = queries.visit(visit_id)
    check_seen(visit, seen_version)
    if visit.state not in VISITS_OPEN:
        raise RuleBroken("RP-11", T("This visit is arranged or done already."))
    return visit


def _tell(actor: Actor, tag: Tag, visit: PlannedVisit, **data: str) -> str:
    session().flush()
    record(
        tag,
        actor,
        visit.serial or f"#{visit.id}",
        dealer_id=visit.dealer_id,
        point_id=visit.point_id,
        date=str(visit.due_on),
        **data,
    )
    return visit.state.value
