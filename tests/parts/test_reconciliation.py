"""The monthly reconciliation of parts by both parties, on both engines (PT-11)."""

import datetime as dt
from decimal import Decimal

import pytest

from portal.agreements import queries as agreements
from portal.kernel.actor import Side
from portal.kernel.errors import Conflict, Forbidden, RuleBroken
from portal.kernel.period import Month
from portal.parts import commands
from portal.parts.queries import reconciliation as queries
from portal.parts.rules import DifferenceOutcome
from portal.parts.rules.reconciliation import (
    MonthLine,
    MonthState,
    changes_since,
    digest,
    month_amount,
    month_state,
)
from tests.parts.stock import decide, grant, request, ship, stock
from tests.people import TODAY, World

MAY = Month(2026, 5)
JUNE = dt.date(2026, 6, 2)
D = Decimal


def confirm(world: World, who: str, *, on: dt.date = JUNE, seen: str | None = None) -> str:
    with world.acting(who, on=on) as actor:
        number = agreements.of_dealer(world.dealers["D01"])[0].number
        return commands.confirm_month(actor, number, "2026-05", seen_digest=seen)


def now(world: World) -> tuple[list[MonthLine], MonthState]:
    with world.acting("lin", on=JUNE):
        agreement = agreements.of_dealer(world.dealers["D01"])[0]
        lines = queries.month_lines(agreement.id, MAY)
        kept = queries.confirmations(agreement.id, MAY)
        return lines, month_state(MAY, JUNE, digest(lines), [row.digest for row in kept.values()])


def test_both_parties_confirm_the_same_list_and_a_later_change_shows(world: World) -> None:
    stock(world)
    grant(world, "2000.00")
    number = request(world, {"P-MOTOR": 3, "P-CTRL": 1})
    decide(world, number, {"P-MOTOR": 3, "P-CTRL": 1})
    shipment = ship(world, number, {"P-MOTOR": 3, "P-CTRL": 1})
    lines, state = now(world)
    assert [(line.act, line.document, line.code, line.pieces, line.amount) for line in lines] == [
        (shipment, number, "P-CTRL", 1, D("88.50")),
        (shipment, number, "P-MOTOR", 3, D("360.00")),
    ]
    assert (month_amount(lines), state) == (D("448.50"), MonthState.OPEN)
    for who, on, error, seen in (
        ("dana", TODAY, RuleBroken, None),
        ("tom", JUNE, Forbidden, None),
        ("dana", JUNE, Conflict, "0" * 64),
    ):
        with pytest.raises(error):
            confirm(world, who, on=on, seen=seen)
    assert confirm(world, "dana", seen=digest(lines)) == digest(lines)
    assert now(world)[1] is MonthState.HALF
    with pytest.raises(RuleBroken) as twice:
        confirm(world, "dana")
    assert twice.value.rule == "PT-11"
    confirm(world, "fei")
    assert now(world)[1] is MonthState.AGREED

    with world.acting("dana", on=TODAY) as dana:
        commands.receive(dana, shipment, {"P-MOTOR": 1, "P-CTRL": 1})
    with world.acting("mei", on=TODAY) as mei:
        commands.answer_difference(mei, "CY-2026-000001", DifferenceOutcome.CREDIT)
    after, state = now(world)
    assert state is MonthState.CHANGED
    with world.acting("lin", on=JUNE):
        agreement = agreements.of_dealer(world.dealers["D01"])[0]
        row = queries.confirmations(agreement.id, MAY)[Side.DEALER]
        came, went = changes_since([MonthLine.parse(line) for line in row.content], after)
        assert ([(line.act, line.pieces, line.amount) for line in came], went, row.amount) == (
            [("CY-2026-000001", -2, D("-240.00"))],
            [],
            D("448.50"),
        )
    confirm(world, "fei")
    assert now(world)[1] is MonthState.CHANGED
    confirm(world, "dana")
    assert (now(world)[1], month_amount(after)) == (MonthState.AGREED, D("208.50"))


def test_a_month_without_parts_is_confirmed_like_any_other(world: World) -> None:
    assert now(world) == ([], MonthState.OPEN)
    assert confirm(world, "dana") == confirm(world, "fei") == digest([])
    assert now(world)[1] is MonthState.AGREED
