"""Old parts that are owed, and stock, made through the steps that other modules call."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from portal.agreements import queries as agreements
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.catalogue import commands as catalogue
from portal.catalogue.rules import Supply
from portal.jobs.daily import begin_day
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.period import Quarter
from portal.kernel.permissions import Permission
from portal.ledger import steps as ledger
from portal.parts import steps
from portal.parts.queries import old_parts
from portal.parts.queries.old_parts import Owed
from tests.people import World

JULY = dt.date(2026, 7, 11)
#: Thirty days after JULY.
DUE = dt.date(2026, 8, 10)
PARTS = {
    "P-VALVE": ("水气阀", Supply.EXCHANGE, "95.00", "61.25"),
    "P-SEAL": ("密封圈", Supply.FREE, "0.80", "0.30"),
    "P-BOLT": ("螺栓", Supply.FREE, "0.20", None),
}


@command(allow=Permission.HOME)
def act(actor: Actor, step: str, dealer_id: int, pieces: Mapping[str, int], **choices: Any) -> Any:
    """Run a step of this module as another module's command would."""
    agreement = agreements.of_dealer(dealer_id)[0]
    found = getattr(steps, step)(actor, agreement, pieces, **choices)
    record(Tag.PARTS_SHIPPED, actor, "FH-2026-000001", dealer_id=dealer_id)
    return found


@command(allow=Permission.HOME)
def take_in(actor: Actor, pieces: Mapping[str, int]) -> None:
    """Receive parts."""
    steps.take_in(actor, pieces, document="BL-2026-000001")
    record(Tag.PARTS_RECEIVED, actor, "BL-2026-000001")


@command(allow=Permission.HOME)
def release(actor: Actor, source: str, pieces: Mapping[str, int], *, document: str, day: dt.date) -> None:
    """Pieces of a shipment never came, and are credited."""
    steps.release_old_parts(actor, source, pieces, document=document, day=day)
    record(Tag.PARTS_RECEIVED, actor, "BL-2026-000001")


@command(allow=Permission.HOME)
def freeze(actor: Actor, dealer_id: int, quarter: Quarter) -> None:
    """A statement of the quarter is issued."""
    ledger.freeze(ledger.lock_fund(agreements.of_dealer(dealer_id)[0]), quarter)
    record(Tag.STATEMENT_ISSUED, actor, "JS-2026-000001")


def parts(world: World) -> None:
    """A valve in exchange with a cost, a seal that is free, a bolt whose cost nobody entered."""
    for code, (name, supply, price, cost) in PARTS.items():
        with world.acting("mei", on=dt.date(2026, 1, 2)) as mei:
            catalogue.add_part(
                mei,
                code=code,
                name=name,
                unit="件",
                supply=supply,
                price=Decimal(price),
                cost=Decimal(cost) if cost else None,
                starts=dt.date(2026, 1, 1),
            )


def owe(
    world: World,
    pieces: Mapping[str, int],
    *,
    dealer: str = "D01",
    on: dt.date = JULY,
    source: str = "FH-2026-000001",
) -> dict[str, int]:
    """The dealer owes these parts since a shipment of a day."""
    with world.acting("mei", on=on) as mei:
        made: dict[str, int] = act(
            mei, "owe_old_parts", world.dealers[dealer], pieces, document="BL-2026-000001", source=source
        )
    return made


def owed(world: World, dealer: str = "D01") -> list[Owed]:
    """What a dealer owes and owed, the oldest first."""
    with world.acting("lin"):
        return old_parts.owed_by(world.dealers[dealer])[::-1]


def dawn(world: World, on: dt.date) -> None:
    """The day's work of a day."""
    clock = Actor("clock", frozenset({Permission.CLOCK}), manufacturer_id=world.manufacturers["MF"])
    with world.at(on, hour=0), world.app.app_context():
        assert clock.scope is not None
        session().enter(clock.scope)
        begin_day(clock)
