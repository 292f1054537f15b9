"""Parts requests through their commands: what they hold, draw and release, on both engines."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.audit import queries as audit
from portal.audit.models import Fact
from portal.catalogue import commands as catalogue
from portal.catalogue.rules import Supply
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, NotFound, PortalError, RuleBroken
from portal.kernel.numbering import NumberCounter
from portal.kernel.period import Month, Quarter
from portal.ledger import queries as funds
from portal.ledger.models import Entry
from portal.ledger.rules import Account, Quota
from portal.parts import commands, queries
from portal.parts.models import PartsDecision, PartsRequest, Receipt, Shipment
from portal.parts.rules import Purpose, RequestState, Shipping
from tests.parts.stock import decide, grant, left, request, ship, stock
from tests.people import TODAY, World

BOTH = {"P-MOTOR": 10, "P-CTRL": 5}
Q2 = Quarter(2026, 2)


def everything(world: World) -> tuple[object, ...]:
    """Rows, states and numbers that no refusal may touch."""
    with world.acting("lin"):
        tables = (PartsRequest, PartsDecision, Shipment, Receipt, Entry, Fact)
        counts = tuple(session().scalar(sa.select(sa.func.count()).select_from(table)) for table in tables)
        states = tuple(session().execute(sa.select(PartsRequest.number, PartsRequest.state)).all())
        numbers = tuple(session().execute(sa.select(NumberCounter.kind, NumberCounter.last)).all())
    return counts, states, numbers


def quota(world: World, on: dt.date = TODAY) -> Quota:
    with world.acting("lin", on=on):
        return funds.quota(agreements.of_dealer(world.dealers["D01"])[0], Quarter.of(on))


def state(world: World, number: str) -> RequestState:
    with world.acting("lin"):
        return queries.get(number).state


def refused(world: World, rule: str, act: str, *args: object, who: str = "mei", **choices: object) -> str:
    """Run a command that must be refused by `rule` and change nothing; what it says."""
    before = everything(world)
    with world.acting(who) as actor, pytest.raises(RuleBroken) as error:
        getattr(commands, act)(actor, *args, **choices)
    assert error.value.rule == rule
    assert everything(world) == before
    return str(error.value)


def test_a_request_reserves_its_whole_amount_at_the_prices_of_its_day(world: World) -> None:
    stock(world)
    grant(world, "2015.00")
    number = request(world, BOTH)
    assert number == "BL-2026-000001"
    with world.acting("dana"):
        filed = queries.get(number)
        assert (filed.total, filed.available, filed.covered, filed.excess) == (
            Decimal("1642.50"), Decimal("2015.00"), Decimal("1642.50"), Decimal("0.00"),
        )  # fmt: skip
        lines = queries.lines_of(filed.id)
        assert [(x.row.code, x.row.name, x.row.price, x.row.asked, x.rule.decided) for x in lines] == [
            ("P-MOTOR", "电机", Decimal("120.00"), 10, None),
            ("P-CTRL", "控制器", Decimal("88.50"), 5, None),
        ]
        assert [fact.tag.value for fact in audit.timeline(number)] == ["parts:request:filed"]
    assert (quota(world).reserved, left(world)) == (Decimal("1642.50"), Decimal("372.50"))


def test_beyond_the_quota_the_dealer_has_to_consent_to_the_amount(world: World) -> None:
    stock(world)
    grant(world, "372.50")
    text = refused(world, "PT-2", "request", {"P-MOTOR": 4}, who="dana")
    assert text == "The quota does not cover 107.50 of this request; consent to it or ask for less."
    refused(
        world, "PT-2", "request", {"P-MOTOR": 4}, who="dana", consent=True, shown_excess=Decimal("107.49")
    )
    number = request(world, {"P-MOTOR": 4}, consent=True)
    with world.acting("dana"):
        filed = queries.get(number)
        assert (filed.total, filed.available, filed.covered, filed.excess) == (
            Decimal("480.00"), Decimal("372.50"), Decimal("372.50"), Decimal("107.50"),
        )  # fmt: skip
    assert left(world) == Decimal("-107.50")
    with world.acting("dana") as dana:
        found = agreements.of_dealer(world.dealers["D01"])[0]
        shown = queries.preview(found, {"P-CTRL": 1}, TODAY).cover
        assert (shown.available, shown.covered, shown.excess) == (
            Decimal("0.00"),
            Decimal("0.00"),
            Decimal("88.50"),
        )
        assert dana.dealer_id == found.dealer_id


def test_a_consent_is_good_for_an_excess_that_became_smaller(world: World) -> None:
    stock(world)
    grant(world, "372.50")
    with world.acting("dana") as dana:
        number = commands.request(dana, {"P-MOTOR": 4}, consent=True, shown_excess=Decimal("200.00"))
    with world.acting("dana"):
        assert queries.get(number).excess == Decimal("107.50")


def test_deciding_shipping_and_cancelling_turn_the_reserve_into_draws_and_give_the_rest_back(
    world: World,
) -> None:
    stock(world)
    grant(world, "2015.00")
    number = request(world, BOTH)
    assert decide(world, number, {"P-MOTOR": 9, "P-CTRL": 5}) == "partly_approved"
    assert (quota(world).reserved, quota(world).drawn) == (Decimal("1522.50"), Decimal("0.00"))
    assert ship(world, number, {"P-MOTOR": 9}) == "FH-2026-000001"
    assert (quota(world).reserved, quota(world).drawn, left(world)) == (
        Decimal("442.50"), Decimal("1080.00"), Decimal("492.50"),
    )  # fmt: skip
    with world.acting("dana") as dana:
        assert commands.cancel(dana, number, reason="不再需要") == "partly_cancelled"
    assert (quota(world).reserved, quota(world).drawn, left(world)) == (
        Decimal("0.00"), Decimal("1080.00"), Decimal("935.00"),
    )  # fmt: skip
    with world.acting("lin"):
        moved = [
            (move.entry.kind.value, move.amount, move.entry.source) for move in funds.of_document(number)
        ]
        assert moved == [
            ("hold", Decimal("1642.50"), "BL-2026-000001:hold"),
            ("release", Decimal("120.00"), "BL-2026-000001:decide:release"),
            ("release", Decimal("1080.00"), "FH-2026-000001:release"),
            ("draw", Decimal("1080.00"), "FH-2026-000001:draw"),
            ("release", Decimal("442.50"), "BL-2026-000001:cancel:release"),
        ]


def test_a_draw_counts_on_the_day_of_shipment(world: World) -> None:
    stock(world)
    grant(world, "2015.00", on=dt.date(2026, 1, 6))
    number = request(world, BOTH, on=dt.date(2026, 3, 30))
    decide(world, number, BOTH, on=dt.date(2026, 3, 30))
    ship(world, number, {"P-MOTOR": 10}, on=dt.date(2026, 3, 31))
    ship(world, number, {"P-CTRL": 5}, on=dt.date(2026, 4, 1))
    with world.acting("lin"):
        found = agreements.of_dealer(world.dealers["D01"])[0]
        drawn = [funds.figures(found, quarter).drawn for quarter in (Quarter(2026, 1), Q2)]
        months = [queries.month_figures(found.id, month) for month in (Month(2026, 3), Month(2026, 4))]
    assert drawn == [Decimal("1200.00"), Decimal("442.50")]
    assert (months[0]["requests"], months[0]["requested"], months[0]["drawn"]) == (1, "1642.50", "1200.00")
    assert months[1] == {
        "requests": 0,
        "requested": "0.00",
        "shipments": 1,
        "drawn": "442.50",
        "express": "0.00",
        "parts": [{"code": "P-CTRL", "name": "控制器", "unit": "件", "pieces": 5, "amount": "442.50"}],
    }


def test_the_price_of_the_request_s_day_holds_when_the_list_changes(world: World) -> None:
    stock(world)
    grant(world, "2000.00")
    number = request(world, {"P-MOTOR": 2})
    with world.acting("mei") as mei:
        catalogue.set_price(mei, "P-MOTOR", price=Decimal("125.00"), starts=dt.date(2026, 5, 21))
    decide(world, number, {"P-MOTOR": 2}, on=dt.date(2026, 5, 22))
    ship(world, number, {"P-MOTOR": 2}, on=dt.date(2026, 5, 22))
    assert quota(world).drawn == Decimal("240.00")
    later = request(world, {"P-MOTOR": 2}, on=dt.date(2026, 5, 22))
    with world.acting("dana"):
        assert queries.get(later).total == Decimal("250.00")


def test_the_express_surcharge_is_charged_once_and_not_to_the_fund(world: World) -> None:
    stock(world)
    grant(world, "2000.00")
    with world.acting("dana") as dana:
        number = commands.request(
            dana, {"P-MOTOR": 2}, purpose=Purpose.REPAIR, shipping=Shipping.EXPRESS, express=Decimal("35.00")
        )
    decide(world, number, {"P-MOTOR": 2})
    ship(world, number, {"P-MOTOR": 1})
    ship(world, number, {"P-MOTOR": 1})
    with world.acting("lin"):
        figures = funds.figures(agreements.of_dealer(world.dealers["D01"])[0], Q2)
        assert (figures.direct, figures.drawn, figures.result) == (
            Decimal("35.00"), Decimal("240.00"), Decimal("1760.00"),
        )  # fmt: skip
        assert [parcel.shipment.express for parcel in queries.parcels_of(queries.get(number).id)] == [
            Decimal("35.00"), Decimal("0.00"),
        ]  # fmt: skip


def test_nothing_approved_rejects_the_request_and_frees_all_of_it(world: World) -> None:
    stock(world)
    grant(world, "2015.00")
    number = request(world, BOTH)
    with world.acting("mei") as mei:
        assert commands.decide(mei, number, {}, reasons={"P-MOTOR": "停产"}) == "rejected"
    assert left(world) == Decimal("2015.00")
    with world.acting("dana"):
        lines = queries.lines_of(queries.get(number).id)
        assert [line.decision and line.decision.reason for line in lines] == ["停产", ""]


def test_what_a_state_does_not_allow_is_refused_and_changes_nothing(world: World) -> None:
    stock(world)
    grant(world, "2015.00")
    number = request(world, BOTH)
    refused(world, "PT-3", "ship", number, {"P-MOTOR": 1})
    refused(world, "PT-3", "decide", number, {"P-MOTOR": 11})
    decide(world, number, {"P-MOTOR": 9})
    refused(world, "PT-3", "decide", number, {"P-MOTOR": 9})
    refused(world, "PT-6", "ship", number, {"P-MOTOR": 10})
    refused(world, "PT-6", "ship", number, {"P-CTRL": 1})
    refused(world, "PT-6", "ship", number, {})
    ship(world, number, {"P-MOTOR": 9})
    refused(world, "PT-6", "ship", number, {"P-MOTOR": 1})
    refused(world, "PT-3", "cancel", number, who="dana")


@pytest.mark.parametrize(
    ("pieces", "choices", "rule"),
    [
        ({}, {}, "PT-1"),
        ({"P-MOTOR": 0}, {}, "PT-1"),
        ({"P-MOTOR": 10_000}, {"consent": True}, "PT-1"),
        ({"P-NONE": 1}, {}, "PT-1"),
        ({"P-MOTOR": 1}, {"express": Decimal("-1.00")}, "PT-1"),
        ({"P-MOTOR": 1}, {"needed_by": dt.date(2026, 5, 19)}, "PT-1"),
        ({"P-NEW": 1}, {}, "PT-10"),
        ({"P-OLD": 1}, {}, "PT-1"),
    ],
)
def test_a_request_that_can_t_be_is_refused_and_takes_no_number(
    world: World, pieces: dict[str, int], choices: dict[str, object], rule: str
) -> None:
    stock(world)
    grant(world, "500.00")
    for code, supply, starts in (
        ("P-NEW", Supply.FUND, dt.date(2026, 6, 1)),
        ("P-OLD", Supply.FUND, dt.date(2026, 1, 1)),
    ):
        with world.acting("mei") as mei:
            catalogue.add_part(
                mei, code=code, name=code, unit="件", price=Decimal("1.00"), starts=starts, supply=supply
            )
    with world.acting("mei") as mei:
        catalogue.change_part(mei, "P-OLD", name="旧款", name_en="", unit="件", active=False)
    refused(world, rule, "request", pieces, who="dana", **choices)
    assert request(world, {"P-MOTOR": 1}) == "BL-2026-000001"


def test_a_request_before_the_agreement_starts_is_refused(world: World) -> None:
    stock(world, on=dt.date(2025, 12, 30))
    with world.acting("dana", on=dt.date(2025, 12, 31)) as dana, pytest.raises(RuleBroken) as error:
        commands.request(dana, {"P-MOTOR": 1}, consent=True)
    assert error.value.rule in ("AG-1", "PT-10")


def test_nobody_decides_what_they_filed(world: World) -> None:
    stock(world)
    with world.acting("ida", "MF~D03") as ida:
        number = commands.request(ida, {"P-MOTOR": 1}, consent=True)
        filer = ida.person_id
    with world.acting("mei") as mei:
        same = replace(mei, person_id=filer)
        with pytest.raises(RuleBroken) as error:
            commands.decide(same, number, {"P-MOTOR": 1})
    assert error.value.rule == "FE-1"
    assert state(world, number) is RequestState.SUBMITTED


def test_a_decision_over_an_old_page_is_told_and_changes_nothing(world: World) -> None:
    stock(world)
    grant(world, "2015.00")
    number = request(world, BOTH)
    with world.acting("mei"):
        seen = queries.get(number).version
    with world.acting("dana") as dana:
        commands.cancel(dana, number)
    before = everything(world)
    with world.acting("mei") as mei, pytest.raises(Conflict):
        commands.decide(mei, number, BOTH, seen_version=seen)
    assert everything(world) == before


def test_the_dealer_confirms_each_shipment_with_what_it_counted(world: World) -> None:
    stock(world)
    grant(world, "2015.00")
    number = request(world, BOTH)
    decide(world, number, BOTH)
    first, second = ship(world, number, {"P-MOTOR": 10, "P-CTRL": 2}), ship(world, number, {"P-CTRL": 3})
    refused(world, "PT-7", "receive", first, {"P-MOTOR": 11}, who="dana")
    with world.acting("dana") as dana:
        assert (
            commands.receive(dana, first, {"P-MOTOR": 9, "P-CTRL": 2}, notes={"P-MOTOR": "一件外壳破损"})
            == first
        )
    assert state(world, number) is RequestState.SHIPPED
    refused(world, "PT-3", "receive", first, who="dana")
    with world.acting("dana") as dana:
        commands.receive(dana, second)
    assert state(world, number) is RequestState.RECEIVED
    with world.acting("mei"):
        parcel = queries.parcel(first)
        assert (parcel.missing, parcel.lines[0].receipt and parcel.lines[0].receipt.note) == (
            1,
            "一件外壳破损",
        )
        assert [line.received for line in queries.lines_of(queries.get(number).id)] == [9, 5]
    refused(world, "PT-3", "ship", number, {"P-MOTOR": 1})


def test_each_side_has_its_own_verbs(world: World) -> None:
    stock(world)
    grant(world, "2015.00")
    number = request(world, {"P-MOTOR": 1})
    before = everything(world)
    for who, act, args in (
        ("dana", "decide", (number, {"P-MOTOR": 1})),
        ("dana", "ship", (number, {"P-MOTOR": 1})),
        ("mei", "request", ({"P-MOTOR": 1},)),
        ("mei", "cancel", (number,)),
        ("fei", "decide", (number, {"P-MOTOR": 1})),
        ("lin", "ship", (number, {"P-MOTOR": 1})),
    ):
        with world.acting(who) as actor, pytest.raises(Forbidden):
            getattr(commands, act)(actor, *args)
    assert everything(world) == before


def test_a_foreign_request_does_not_exist(world: World) -> None:
    stock(world)
    grant(world, "2015.00")
    number = request(world, {"P-MOTOR": 1})
    decide(world, number, {"P-MOTOR": 1})
    shipment = ship(world, number, {"P-MOTOR": 1})
    before = everything(world)
    for who, act, args in (
        ("rival", "cancel", (number,)),
        ("rival", "receive", (shipment,)),
        ("otto", "decide", (number, {"P-MOTOR": 1})),
        ("otto", "ship", (number, {"P-MOTOR": 1})),
    ):
        with world.acting(who) as actor, pytest.raises(NotFound):
            getattr(commands, act)(actor, *args)
    assert everything(world) == before


def test_the_same_key_files_one_request(world: World) -> None:
    stock(world)
    grant(world, "2015.00")
    first = request(world, {"P-MOTOR": 1}, key="a" * 32)
    assert request(world, {"P-MOTOR": 1}, key="a" * 32) == first
    with pytest.raises(PortalError):
        request(world, {"P-MOTOR": 2}, key="a" * 32)
    with world.acting("lin"):
        found = agreements.of_dealer(world.dealers["D01"])[0]
        assert (queries.undecided(found.id), funds.balances(found.id)[Q2][Account.RESERVED]) == (
            1,
            Decimal("120.00"),
        )
