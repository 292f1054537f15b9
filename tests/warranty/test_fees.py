"""What the review queue says that its cards would earn (ST-1)."""

import datetime as dt
from decimal import Decimal

from portal.warranty import commands, queries
from portal.warranty.queries import CardFilter, Signals
from portal.warranty.rules import CardAction, CardState
from tests.people import TODAY, World
from tests.warranty.shop import file, stock

FEE = Decimal("15.00")
QUEUE = CardFilter(states=(CardState.SUBMITTED,))


def decide(world: World, number: str, decision: CardAction, text: str = "") -> None:
    with world.acting("mei") as mei:
        commands.review(mei, number, decision, text=text)


def total(world: World, chosen: CardFilter = QUEUE) -> Decimal:
    with world.acting("mei"):
        return queries.fee_total(chosen)


def test_the_sum_is_that_of_the_rows(world: World) -> None:
    stock(world)
    for serial in ("A1", "A2", "A3"):
        file(world, serial=serial)
    file(world, "rival", "X1")
    with world.acting("mei"):
        rows = queries.by_numbers(f"BXK-2026-{n:06d}" for n in range(1, 5))
        assert sum(queries.fees(card for card, _, _ in rows).values()) == 4 * FEE
    assert total(world) == 4 * FEE


def test_a_serial_that_has_earned_its_fee_adds_nothing(world: World) -> None:
    stock(world)
    falsified = file(world, serial="A1")
    decide(world, falsified, CardAction.ACCEPT)
    decide(world, falsified, CardAction.VOID, "回访顾客，称未购买。")
    again, other = file(world, serial="A1"), file(world, serial="A2")
    assert total(world) == FEE
    with world.acting("mei"):
        rows = queries.by_numbers([again, other])
        assert [queries.fees([card])[card.id] for card, _, _ in rows] == [Decimal("0.00"), FEE]


def test_late_cards_and_decided_ones_add_nothing(world: World) -> None:
    stock(world)
    file(world, serial="A1", on=TODAY + dt.timedelta(days=40))
    assert total(world) == Decimal("0.00")
    decide(world, file(world, serial="A2"), CardAction.ACCEPT)
    assert total(world, CardFilter(states=(CardState.ACCEPTED,))) == Decimal("0.00")


def test_the_sum_keeps_to_what_the_queue_is_narrowed_to(world: World) -> None:
    stock(world)
    file(world, serial="A1")
    file(world, "rival", "X1")
    chosen = CardFilter(states=(CardState.SUBMITTED,), point_id=world.dealers["D02"], signals=Signals.CLEAR)
    assert total(world, chosen) == FEE
    assert total(world, CardFilter(states=(CardState.SUBMITTED,), signals=Signals.FLAGGED)) == Decimal("0.00")
