"""Supply classes, payment, substitutes, express and the day to ship through the commands (PT-4, PT-5, PT-6)."""

import datetime as dt
from decimal import Decimal

import pytest

from portal.kernel.db import session
from portal.kernel.errors import Forbidden, RuleBroken
from portal.ledger import queries as funds
from portal.parts import commands, queries
from portal.parts.models import PartsPayment
from portal.parts.rules import Bill, PaymentState, RequestState, Shipping
from tests.parts.stock import decide, grant, left, request, ship, stock
from tests.parts.supply import bill, pay, supply
from tests.parts.test_commands import quota, refused, state
from tests.people import TODAY, World

ALL = {"P-VALVE": 5, "P-SEAL": 20, "P-BURNER": 2}
D = Decimal


def due(world: World, number: str) -> dt.date | None:
    with world.acting("lin"):
        return queries.get(number).ship_due


def test_exchange_free_and_bought_parts_cost_the_fund_nothing_and_bought_ones_wait_for_the_payment(
    world: World,
) -> None:
    supply(world)
    number = request(world, ALL)
    with world.acting("dana"):
        filed = queries.get(number)
        assert (filed.total, filed.available, filed.covered, filed.excess) == (D("0"), D("0"), D("0"), D("0"))
        assert (filed.bought, filed.paid) == (D("300.00"), None)
    decide(world, number, ALL)
    refused(world, "PT-5", "ship", number, {"P-BURNER": 2})
    refused(world, "PT-5", "ship", number, ALL)
    ship(world, number, {"P-VALVE": 5, "P-SEAL": 20})
    assert state(world, number) is RequestState.PARTLY_SHIPPED
    assert bill(world, number) == Bill(D("300.00"), None)
    assert pay(world, number) == "300.00"
    ship(world, number, {"P-BURNER": 2})
    assert state(world, number) is RequestState.SHIPPED
    assert (bill(world, number), left(world)) == (Bill(D("300.00"), D("300.00")), D("0.00"))
    with world.acting("lin"):
        assert funds.of_document(number) == []


def test_only_finance_confirms_a_payment_and_only_what_is_to_be_paid(world: World) -> None:
    stock(world)
    supply(world)
    number = request(world, {"P-BURNER": 2})
    with world.acting("mei") as mei, pytest.raises(Forbidden):
        commands.confirm_payment(mei, number)
    decide(world, number, {"P-BURNER": 1})
    refused(world, "PT-5", "confirm_payment", number, who="fei", paid_on=TODAY + dt.timedelta(days=1))
    assert pay(world, number) == "150.00"
    refused(world, "PT-5", "confirm_payment", number, who="fei")
    grant(world, "500.00")
    other = request(world, {"P-MOTOR": 1})
    refused(world, "PT-5", "confirm_payment", other, who="fei")


def test_what_was_paid_and_is_cancelled_is_to_be_paid_back(world: World) -> None:
    supply(world)
    number = request(world, {"P-BURNER": 3})
    decide(world, number, {"P-BURNER": 3})
    pay(world, number)
    ship(world, number, {"P-BURNER": 1})
    with world.acting("dana") as dana:
        commands.cancel(dana, number)
    found = bill(world, number)
    assert found is not None
    assert (found.due, found.open) == (D("150.00"), D("-300.00"))
    with world.acting("fei"):
        assert queries.payment_sum(PaymentState.BACK) == (1, D("-300.00"))
    assert pay(world, number) == "-300.00"
    with world.acting("fei"):
        rows = queries.payments_of(queries.get(number).id)
        assert [(row.place, row.amount) for row in rows] == [(1, D("450.00")), (2, D("-300.00"))]
        assert queries.payment_sum(PaymentState.BACK) == (0, D("0.00"))
        assert session().query(PartsPayment).count() == 2


def test_the_list_of_payments_holds_what_is_decided_and_not_paid(world: World) -> None:
    supply(world)
    first, second = request(world, {"P-BURNER": 1}), request(world, {"P-BURNER": 2})
    decide(world, first, {"P-BURNER": 1})
    with world.acting("fei"):
        assert queries.payment_sum(PaymentState.OPEN) == (1, D("150.00"))
    decide(world, second, {"P-BURNER": 0})
    pay(world, first)
    with world.acting("fei"):
        assert queries.payment_sum(PaymentState.OPEN) == (0, D("0.00"))
        assert queries.payment_sum(PaymentState.SETTLED)[0] == 1


def test_a_substitute_is_supplied_at_its_own_price_and_reserves_what_it_costs_more(world: World) -> None:
    stock(world)
    supply(world)
    grant(world, "500.00")
    number = request(world, {"P-MOTOR": 2, "P-CTRL": 1})
    with world.acting("mei") as mei:
        commands.decide(
            mei,
            number,
            {"P-MOTOR": 2, "P-CTRL": 1},
            substitutes={"P-MOTOR": "p-motor-2"},
            reasons={"P-MOTOR": "老款停产"},
        )
    assert (quota(world).reserved, left(world)) == (D("348.50"), D("151.50"))
    with world.acting("dana"):
        found = queries.get(number)
        line, other = queries.lines_of(found.id)
        assert found.state is RequestState.PARTLY_APPROVED
        assert (line.row.code, line.row.price, line.supplied.code, line.supplied.price) == (
            "P-MOTOR", D("120.00"), "P-MOTOR-2", D("130.00"),
        )  # fmt: skip
        assert (other.substitute, line.decision and line.decision.reason) == (None, "老款停产")
    refused(world, "PT-6", "ship", number, {"P-MOTOR": 1})
    shipment = ship(world, number, {"P-MOTOR-2": 2, "P-CTRL": 1})
    assert (quota(world).drawn, left(world)) == (D("348.50"), D("151.50"))
    with world.acting("dana"):
        drawn = queries.drawn_by([shipment])[shipment]
        assert [(item.code, item.quantity, item.amount) for item in drawn] == [
            ("P-MOTOR-2", 2, D("260.00")),
            ("P-CTRL", 1, D("88.50")),
        ]


def test_a_cheaper_substitute_releases_the_difference_and_a_dearer_one_needs_quota(world: World) -> None:
    stock(world)
    supply(world)
    grant(world, "245.00")
    number = request(world, {"P-MOTOR": 2})
    say = {"approved": {"P-MOTOR": 2}}
    for other, rule in (("P-MOTOR-2", "PT-2"), ("P-BURNER", "PT-6"), ("P-NONE", "PT-6"), ("P-MOTOR", "PT-6")):
        refused(world, rule, "decide", number, **say, substitutes={"P-MOTOR": other})
    with world.acting("mei") as mei:
        commands.decide(mei, number, {"P-MOTOR": 2}, substitutes={"P-MOTOR": "P-MOTOR-L"})
    assert (quota(world).reserved, left(world)) == (D("199.98"), D("45.02"))


def test_the_decision_may_lower_the_surcharge_that_the_dealer_agreed_to_but_never_raise_it(
    world: World,
) -> None:
    stock(world)
    grant(world, "500.00")
    with world.acting("dana") as dana:
        number = commands.request(dana, {"P-MOTOR": 2}, shipping=Shipping.EXPRESS, express=D("60.00"))
    refused(world, "PT-4", "decide", number, {"P-MOTOR": 2}, express=D("60.01"))
    with world.acting("mei") as mei:
        commands.decide(mei, number, {"P-MOTOR": 2}, express=D("45.50"))
    ship(world, number, {"P-MOTOR": 1})
    ship(world, number, {"P-MOTOR": 1})
    with world.acting("lin"):
        found = queries.get(number)
        assert (found.express, found.surcharge) == (D("60.00"), D("45.50"))
        direct = [m.amount for m in funds.of_document(number) if m.entry.basis == "express"]
        assert direct == [D("45.50")]


def test_the_day_to_ship_follows_the_decision_and_starts_anew_with_the_payment(world: World) -> None:
    supply(world)
    number = request(world, {"P-BURNER": 1, "P-SEAL": 1})
    decide(world, number, {"P-BURNER": 1, "P-SEAL": 1})
    assert due(world, number) == dt.date(2026, 5, 23)
    pay(world, number, on=dt.date(2026, 5, 25))
    assert due(world, number) == dt.date(2026, 5, 28)
    with world.acting("mei", on=dt.date(2026, 5, 28)) as mei:
        early = commands.ship(mei, number, {"P-SEAL": 1}, late_reason="不算")
    with world.acting("mei", on=dt.date(2026, 5, 29)) as mei:
        late = commands.ship(mei, number, {"P-BURNER": 1}, late_reason="缺货")
    with world.acting("dana"):
        reasons = [queries.parcel(found).shipment.late_reason for found in (early, late)]
        assert reasons == ["", "缺货"]


def test_a_refused_request_asks_for_no_payment(world: World) -> None:
    supply(world)
    number = request(world, {"P-BURNER": 1})
    decide(world, number, {})
    with world.acting("fei") as fei, pytest.raises(RuleBroken) as error:
        commands.confirm_payment(fei, number)
    assert error.value.rule == "PT-5"
