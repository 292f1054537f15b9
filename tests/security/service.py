"""The service desk of the stage: of each point a request with a loaner, a service card, a planned visit, a plan."""

import datetime as dt
from decimal import Decimal
from typing import Any

from portal.repairs.commands import plans, service
from portal.repairs.rules.plans import PlanDraft, VisitDraft
from portal.repairs.rules.records import Way
from portal.repairs.rules.service import ServiceDraft
from tests.security.stage import DEALERS, HOLDERS, MAKERS, MARKS, Stage

PHONE = "13800005678"


def plan(code: str) -> PlanDraft:
    """A gold plan; its words are nobody's mark, because sub-dealers read those of their holder."""
    return PlanDraft(code, "金卡", 1, 2, Decimal("398.00"), 12)


def fill(stage: Stage) -> None:
    """Everything of the service desk, of every party."""
    for maker, (who, _finance, _model) in MAKERS.items():
        with stage.world.acting(who, maker) as actor:
            stage.put("plan", maker, code=plans.save_plan(actor, plan(f"GOLD-{maker}")))
    for dealer in HOLDERS:
        with stage.acting(dealer) as actor:
            stage.put("plan", dealer, code=plans.save_plan(actor, plan(f"VIP-{dealer}")))
    for dealer in DEALERS:
        _desk(stage, dealer)


def call(dealer: str) -> ServiceDraft:
    """A call that says whose it is in every text."""
    said = MARKS[dealer]
    return ServiceDraft(
        f"王{said}", PHONE, Way.ON_SITE, words=said, address=f"{said} 路", serial=f"{dealer}-3"
    )


def _desk(stage: Stage, dealer: str) -> None:
    said, maker = MARKS[dealer], DEALERS[dealer][0]
    with stage.acting(dealer) as actor:
        number = service.receive(actor, call(dealer))
    with stage.acting(dealer) as actor:
        loaner = service.lend(actor, number, said)
    with stage.acting(dealer) as actor:
        card = plans.sell_card(actor, f"GOLD-{maker}", own=False, customer=f"王{said}", phone=PHONE)
    with stage.acting(dealer) as actor:
        visit = VisitDraft(f"{dealer}-3", f"王{said}", PHONE, dt.date(2026, 6, 1), what=said)
        planned = plans.plan_visits(actor, visit)
    stage.put("service", dealer, number=number)
    stage.put("service_step", dealer, number=number, act="triage")
    stage.put("loaner", dealer, number=number, loaner_id=loaner)
    stage.put("service_card", dealer, number=card)
    stage.put("planned_visit", dealer, visit_id=planned[0])


#: What is sent with the calls of the table of routes; `point` makes the code of the persona's own point.
def data(point: Any, maker: Any) -> dict[str, Any]:
    """Endpoint → fields, for `submits`."""
    intake = {
        "customer": "王小明",
        "phone": PHONE,
        "way": "on_site",
        "area": "urban",
        "address": "路 1 号",
        "symptom": "",
        "words": "不能启动",
        "priority": "ordinary",
        "channel": "phone",
    }
    offer = {"name": "银卡", "respond_hours": "4", "visits": "1", "months": "12", "price": "98.00"}

    def taken(stage: Stage, name: str, _values: dict[str, Any]) -> dict[str, Any]:
        return {**intake, "point": str(stage.world.dealers[point(name)])}

    def sold(_stage: Stage, name: str, _values: dict[str, Any]) -> dict[str, Any]:
        return {"plan": f"maker:GOLD-{maker(name)}", "customer": "王小明", "phone": PHONE}

    def planned(_stage: Stage, name: str, _values: dict[str, Any]) -> dict[str, Any]:
        return {
            "serial": f"{point(name)}-3",
            "customer": "王小明",
            "phone": PHONE,
            "first": "2026-06-02",
            "count": "1",
        }

    return {
        "service.act": {"note": "because"},
        "service.correct": taken,
        "service.follow_up": {"result": "not_reached"},
        "service.receive": taken,
        "service.reveal": {"reason": "because"},
        "service_cards.cancel": {"reason": "because"},
        "service_cards.sell": sold,
        "service_plans.add_plan": {**offer, "code": "SILVER", "offered": "y"},
        "service_plans.change_plan": offer,
        "track.look_up": {"number": "BX-2026-000001", "digits": "5678"},
        "visits.plan": planned,
        "visits.skip": {"reason": "because"},
    }
