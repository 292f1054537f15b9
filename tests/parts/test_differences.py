"""Receipts with differences and their answers, on both engines (PT-7)."""

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.kernel.db import session
from portal.kernel.errors import Forbidden, NotFound
from portal.ledger import checks
from portal.ledger.models import Entry
from portal.parts import commands, queries
from portal.parts.models import DifferenceAnswer, DifferenceCase, Reshipment
from portal.parts.queries import old_parts
from portal.parts.queries import stock as stocks
from portal.parts.rules import DifferenceKind, DifferenceOutcome, DifferenceState, RequestState
from tests.parts.stock import decide, grant, left, request, ship, stock
from tests.parts.supply import bill, pay, supply
from tests.parts.test_commands import quota, refused, state
from tests.people import TODAY, World

D = Decimal
CREDIT, RESHIP, REFUSE = DifferenceOutcome.CREDIT, DifferenceOutcome.RESHIP, DifferenceOutcome.REFUSE


def shipped(world: World, pieces: dict[str, int]) -> tuple[str, str]:
    """A request that is shipped as a whole, paid if it has to be: its number and the shipment's."""
    number = request(world, pieces)
    decide(world, number, pieces)
    if bill(world, number) is not None:
        pay(world, number)
    return number, ship(world, number, pieces)


def receive(
    world: World, shipment: str, good: dict[str, int], kinds: dict[str, DifferenceKind] | None = None
) -> None:
    with world.acting("dana") as dana:
        commands.receive(dana, shipment, good, notes=dict.fromkeys(good, "见照片"), kinds=kinds)


def answer(world: World, number: str, outcome: DifferenceOutcome, reason: str = "") -> str:
    with world.acting("mei") as mei:
        return commands.answer_difference(mei, number, outcome, reason=reason)


def cases(world: World, number: str) -> list[tuple[str, str, DifferenceKind, int, DifferenceState]]:
    with world.acting("dana"):
        found = queries.differences_of(queries.get(number).id)
        return [
            (case.row.number, case.supplied.code, case.row.kind, case.row.pieces, case.state)
            for case in found
        ]


def books(world: World, *codes: str) -> dict[str, int]:
    with world.acting("dana") as dana:
        return stocks.pieces_of(stocks.point_of(dana), codes)


def sound(world: World) -> None:
    """The ledger agrees with the documents."""
    with world.acting("lin"):
        assert checks.check() == []


def test_what_is_missing_at_receipt_opens_a_case_a_line_and_the_good_pieces_go_into_the_stock(
    world: World,
) -> None:
    stock(world)
    grant(world, "2000.00")
    number, shipment = shipped(world, {"P-MOTOR": 5, "P-CTRL": 2})
    receive(world, shipment, {"P-MOTOR": 3, "P-CTRL": 1}, {"P-CTRL": DifferenceKind.DAMAGED})
    assert cases(world, number) == [
        ("CY-2026-000001", "P-MOTOR", DifferenceKind.SHORT, 2, DifferenceState.OPEN),
        ("CY-2026-000002", "P-CTRL", DifferenceKind.DAMAGED, 1, DifferenceState.OPEN),
    ]
    assert state(world, number) is RequestState.RECEIVED
    assert books(world, "P-MOTOR", "P-CTRL") == {"P-MOTOR": 3, "P-CTRL": 1}
    with world.acting("lin"):
        assert queries.count_differences(DifferenceState.OPEN) == 2


def test_a_credit_gives_back_exactly_what_was_drawn_once(world: World) -> None:
    stock(world)
    grant(world, "2000.00")
    _, shipment = shipped(world, {"P-MOTOR": 5})
    receive(world, shipment, {"P-MOTOR": 3})
    assert (quota(world).drawn, left(world)) == (D("600.00"), D("1400.00"))
    assert answer(world, "CY-2026-000001", CREDIT) == "credited"
    assert (quota(world).drawn, left(world)) == (D("360.00"), D("1640.00"))
    refused(world, "PT-7", "answer_difference", "CY-2026-000001", CREDIT)
    refused(world, "PT-7", "answer_difference", "CY-2026-000001", RESHIP)
    refused(world, "PT-7", "ship_again", "CY-2026-000001")
    with world.acting("lin"):
        sources = session().scalars(sa.select(Entry.source).where(Entry.source.startswith("CY-"))).all()
        assert sources == ["CY-2026-000001:draw"]
        back = queries.drawn_by(["CY-2026-000001"])["CY-2026-000001"]
        assert [(item.code, item.quantity, item.amount) for item in back] == [("P-MOTOR", -2, D("-240.00"))]
    sound(world)


def test_pieces_that_are_sent_again_are_not_drawn_again_and_are_received_like_others(world: World) -> None:
    stock(world)
    grant(world, "2000.00")
    number, shipment = shipped(world, {"P-MOTOR": 5})
    receive(world, shipment, {"P-MOTOR": 3})
    assert answer(world, "CY-2026-000001", RESHIP, "补发") == "to_reship"
    with world.acting("mei") as mei:
        again = commands.ship_again(mei, "CY-2026-000001", carrier="示例快运", waybill="YD-2")
    assert again == "FH-2026-000002"
    refused(world, "PT-7", "ship_again", "CY-2026-000001")
    with world.acting("dana"):
        assert [found.number for found, _ in queries.to_receive()] == [again]
        assert queries.parcel(again).makes_good == "CY-2026-000001"
        line = queries.lines_of(queries.get(number).id)[0]
        assert (line.shipped, line.received) == (5, 3)
    receive(world, again, {"P-MOTOR": 1})
    with world.acting("dana"):
        line = queries.lines_of(queries.get(number).id)[0]
        assert (line.shipped, line.received) == (5, 4)
    assert cases(world, number)[1][0::4] == ("CY-2026-000002", DifferenceState.OPEN)
    answer(world, "CY-2026-000002", CREDIT)
    assert (quota(world).drawn, left(world), books(world, "P-MOTOR")) == (
        D("480.00"), D("1520.00"), {"P-MOTOR": 4},
    )  # fmt: skip
    sound(world)


def test_a_refusal_says_why_and_gives_nothing_back(world: World) -> None:
    stock(world)
    grant(world, "2000.00")
    _, shipment = shipped(world, {"P-MOTOR": 1})
    receive(world, shipment, {"P-MOTOR": 0})
    refused(world, "PT-7", "answer_difference", "CY-2026-000001", REFUSE, reason=" ")
    assert answer(world, "CY-2026-000001", REFUSE, "签收时完好") == "refused"
    assert quota(world).drawn == D("120.00")
    with world.acting("dana") as dana, pytest.raises(Forbidden):
        commands.answer_difference(dana, "CY-2026-000001", CREDIT)


def test_a_credit_of_bought_parts_is_paid_back_and_of_exchange_parts_ends_the_debt(world: World) -> None:
    supply(world)
    number, shipment = shipped(world, {"P-BURNER": 2, "P-VALVE": 3})
    receive(world, shipment, {"P-BURNER": 1, "P-VALVE": 1})
    with world.acting("dana") as dana:
        owed = old_parts.owed_by(dana.dealer_id, open_only=True)
        assert [debt.row.left_open for debt in owed] == [3]
    for case in ("CY-2026-000001", "CY-2026-000002"):
        answer(world, case, CREDIT)
    with world.acting("dana") as dana:
        owed = old_parts.owed_by(dana.dealer_id, open_only=True)
        assert [debt.row.left_open for debt in owed] == [1]
    found = bill(world, number)
    assert found is not None
    assert (found.due, found.open, left(world)) == (D("150.00"), D("-150.00"), D("0.00"))
    assert pay(world, number) == "-150.00"
    sound(world)


def test_a_difference_found_later_is_reported_within_the_days_of_the_terms(world: World) -> None:
    stock(world)
    grant(world, "2000.00")
    _, shipment = shipped(world, {"P-MOTOR": 3})
    choices = {"kind": DifferenceKind.DAMAGED, "note": "通电后发现"}
    refused(world, "PT-7", "report_difference", shipment, "P-MOTOR", 1, who="dana", **choices)
    receive(world, shipment, {"P-MOTOR": 3})
    refused(world, "PT-7", "report_difference", shipment, "P-MOTOR", 4, who="dana", **choices)
    with world.acting("dana", on=TODAY + dt.timedelta(days=3)) as dana:
        number = commands.report_difference(dana, shipment, "p-motor", 1, **choices)
    assert (number, books(world, "P-MOTOR")) == ("CY-2026-000001", {"P-MOTOR": 2})
    with (
        world.acting("dana", on=TODAY + dt.timedelta(days=4)) as dana,
        pytest.raises(Exception, match="until"),
    ):
        commands.report_difference(dana, shipment, "P-MOTOR", 1, **choices)
    with world.acting("dana") as dana, pytest.raises(NotFound):
        commands.report_difference(dana, shipment, "P-CTRL", 1, **choices)
    with world.acting("dana"):
        assert queries.parcel(shipment).missing == 1
        counts = [session().scalar(sa.select(sa.func.count()).select_from(table)) for table in (
            DifferenceCase, DifferenceAnswer, Reshipment)]  # fmt: skip
        assert counts == [1, 0, 0]
