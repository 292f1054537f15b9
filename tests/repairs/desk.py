"""The service desk of a dealer: calls as a clerk writes them down, and requests brought to a state."""

import datetime as dt
from decimal import Decimal
from typing import Any

from portal.repairs.commands import plans, service
from portal.repairs.queries import service as queries
from portal.repairs.rules.plans import PlanDraft
from portal.repairs.rules.records import Way
from portal.repairs.rules.service import ServiceDraft, ServiceState
from tests.people import TODAY, World

PHONE = "13800005678"
ADDRESS = "山东省临沂市兰山区金源路 1 号"


def call(**changes: Any) -> ServiceDraft:
    """A call for a visit in town about a unit whose serial nobody has read yet."""
    values: dict[str, Any] = {
        "customer": "王小明",
        "phone": PHONE,
        "way": Way.ON_SITE,
        "words": "不能启动",
        "address": ADDRESS,
    }
    return ServiceDraft(**{**values, **changes})


def receive(world: World, *, who: str = "dana", on: dt.date = TODAY, **changes: Any) -> str:
    """Take a call; its number."""
    with world.acting(who, on=on) as actor:
        return service.receive(actor, call(**changes))


def bring(world: World, number: str, *verbs: str, on: dt.date = TODAY, who: str = "dana") -> None:
    """Bring a request forward: `bring(world, number, "dispatch", "start", "finish", "note_signature")`."""
    arguments: dict[str, tuple[Any, ...]] = {
        "dispatch": ("张师傅",),
        "delay": ("缺电机，需订货", dt.date(2026, 6, 1)),
    }
    notes = {"solve": {"note": "电话指导复位"}, "cancel_request": {"reason": "顾客已自行解决"}}
    for verb in verbs:
        with world.acting(who, on=on) as actor:
            getattr(service, verb)(actor, number, *arguments.get(verb, ()), **notes.get(verb, {}))


def state(world: World, number: str) -> ServiceState:
    """Where a request is."""
    with world.acting("lin"):
        return queries.get(number).state


def offer(world: World, *, who: str = "mei", **changes: Any) -> str:
    """A plan: gold, one hour, two visits, 398.00 for a year."""
    values: dict[str, Any] = {
        "code": "GOLD",
        "name": "金卡",
        "respond_hours": 1,
        "visits": 2,
        "price": Decimal("398.00"),
        "months": 12,
    }
    with world.acting(who) as actor:
        return plans.save_plan(actor, PlanDraft(**{**values, **changes}))


def sell(world: World, *, who: str = "dana", on: dt.date = TODAY, **changes: Any) -> str:
    """A gold card for the customer of `call`; its number."""
    values: dict[str, Any] = {"own": False, "customer": "王小明", "phone": PHONE}
    with world.acting(who, on=on) as actor:
        return plans.sell_card(actor, "GOLD", **{**values, **changes})
