"""What becomes of units, and who pays: charges, fees, cards and units that follow (RT-5 … RT-9)."""

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.agreements import commands as agreement_commands
from portal.agreements.rules import CostColumn
from portal.catalogue import queries as catalogue
from portal.kernel.db import session
from portal.kernel.errors import RuleBroken
from portal.kernel.period import Month
from portal.ledger import checks
from portal.ledger.models import Entry
from portal.quality import commands as quality
from portal.returns import commands, queries
from portal.returns.models import QuarantinedUnit
from portal.returns.rules import Condition, Disposition, Release, Stray
from portal.warranty import commands as card_commands
from portal.warranty import queries as cards
from portal.warranty.rules import CardAction, CardState, Cause
from tests.people import TERMS, TODAY, World
from tests.returns.yard import (
    COSTS,
    ask,
    bearers,
    bring,
    decide,
    dispose,
    figures,
    free,
    receive,
    sell,
    ship,
    state,
    yard,
)
from tests.warranty.shop import file

N1, N2 = "RMA-2026-000001", "RMA-2026-000002"
ZERO = Decimal("0.00")
NONE: dict[CostColumn, Decimal] = {}

#: For what no engine can change.
one_engine = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.fixture
def shop(world: World) -> World:
    return yard(world)


def sources(world: World) -> list[tuple[str, str, str | None]]:
    with world.acting("lin"):
        rows = session().execute(
            sa.select(Entry.source, Entry.kind, Entry.basis)
            .where(Entry.source.like("RMA-%"))
            .order_by(Entry.id)
        )
        return [(source, kind.value, basis) for source, kind, basis in rows]


def sound(world: World) -> bool:
    with world.acting("lin"):
        return checks.check() == []


def refused(world: World, serial: str, disposition: Disposition, number: str = N1, **more: object) -> str:
    before = sources(world)
    with pytest.raises(RuleBroken) as error:
        dispose(world, number, serial, disposition, **more)  # type: ignore[arg-type]
    assert sources(world) == before
    return error.value.rule


def test_costs_go_by_the_class_of_the_request_to_the_fund_and_to_the_dealer(shop: World) -> None:
    bring(shop, "A2", "A4")
    before = figures(shop)
    assert dispose(shop, N1, "A2", Disposition.REPAIRED) == "received"
    charged = figures(shop)
    assert charged.charged - before.charged == Decimal("108.60")
    assert charged.direct == ZERO
    assert dispose(shop, N1, "A4", Disposition.NO_FAULT, costs={CostColumn.INBOUND: Decimal("12.00")}) == (
        "settled"
    )
    assert figures(shop).direct == Decimal("12.00")
    assert sources(shop) == [
        (f"{N1}:A2:inbound", "charge", "return"),
        (f"{N1}:A2:parts", "charge", "return"),
        (f"{N1}:A4:inbound", "direct", "return"),
    ]
    assert free(shop, ["A2", "A4"]) == ["A2", "A4"]
    with shop.acting("dana"):
        line = queries.lines_of(queries.get(N1))[0]
        assert line.disposition is not None
        assert line.disposition.costs == COSTS
        assert not catalogue.unit("A2").left_field
    assert refused(shop, "A2", Disposition.REPAIRED) == "RT-3"


@one_engine
def test_what_is_not_there_is_not_disposed_of(shop: World) -> None:
    ask(shop, "A2", "A4")
    assert refused(shop, "A2", Disposition.REPAIRED) == "RT-3"
    decide(shop, N1, "A2")
    assert refused(shop, "A2", Disposition.REPAIRED) == "RT-3"
    ship(shop, N1)
    with pytest.raises(RuleBroken, match="without an approved return"):
        receive(shop, N1, "A4")
    receive(shop, N1, "A2")
    for disposition, serial, more in (
        (Disposition.REPAIRED, "A4", {}),
        (Disposition.REPAIRED, "A9", {}),
    ):
        assert refused(shop, serial, disposition, **more) == "RT-3"
    assert refused(shop, "A2", Disposition.EXCHANGED) == "RT-5"
    assert refused(shop, "A2", Disposition.REPAIRED, new_serial="N1") == "RT-5"
    assert refused(shop, "A2", Disposition.EXCHANGED, new_serial="X1") == "SH-1"
    assert refused(shop, "A2", Disposition.SCRAPPED, costs={CostColumn.PARTS: Decimal("-1.00")}) == "RT-5"


def test_a_credit_takes_the_card_s_fee_back_once_and_ends_its_card(shop: World) -> None:
    assert figures(shop).granted == Decimal("30.00")
    bring(shop, "A2")
    later = TODAY + dt.timedelta(days=3)
    dispose(shop, N1, "A2", Disposition.CREDITED, costs=NONE, on=later)
    assert figures(shop).granted == Decimal("15.00")
    with shop.acting("mei"):
        card = cards.live_card("A2")
        assert card is not None
        assert card.ended_on == later
        assert card.state is CardState.ACCEPTED
        assert catalogue.unit("A2").left_field_on == later
        number = card.number
    with shop.acting("mei", on=later) as mei:
        card_commands.review(mei, number, CardAction.VOID, text="作废")
    assert figures(shop).granted == Decimal("15.00")
    with pytest.raises(RuleBroken) as error:
        file(shop, serial="A2", on=later)
    assert error.value.rule == "WC-3"
    with pytest.raises(RuleBroken) as error:
        ask(shop, "A2", on=later)
    assert error.value.rule == "RT-1"
    assert sound(shop)


@one_engine
def test_a_fee_that_a_void_took_back_is_not_taken_back_by_a_credit(shop: World) -> None:
    with shop.acting("mei") as mei:
        live = cards.live_card("A2")
        assert live is not None
        card_commands.review(mei, live.number, CardAction.VOID, text="作废")
    sell(shop, "A2", dt.date(2026, 5, 2))
    assert figures(shop).granted == Decimal("15.00")
    bring(shop, "A2")
    dispose(shop, N1, "A2", Disposition.CREDITED, costs=NONE)
    assert figures(shop).granted == Decimal("15.00")


@one_engine
def test_a_card_accepted_after_its_unit_was_credited_earns_nothing(shop: World) -> None:
    number = file(shop, serial="A3")
    bring(shop, "A3")
    dispose(shop, N1, "A3", Disposition.CREDITED, costs=NONE)
    with shop.acting("mei") as mei:
        card_commands.review(mei, number, CardAction.ACCEPT)
    assert figures(shop).granted == Decimal("30.00")


def test_an_exchange_hands_card_and_warranty_over_and_earns_no_second_fee(shop: World) -> None:
    bring(shop, "A2")
    assert dispose(shop, N1, "A2", Disposition.EXCHANGED, new_serial=" b2 ", costs=NONE) == "settled"
    with shop.acting("dana"):
        old, new = catalogue.unit("A2"), catalogue.unit("B2")
        assert [unit.serial for unit in catalogue.exchange_chain(new)] == ["A2", "B2"]
        assert catalogue.exchanged_for(old) is new
        assert (new.batch, new.shipped_on, new.received_on, new.point_id, new.delivery_id) == (
            old.batch,
            old.shipped_on,
            old.received_on,
            old.point_id,
            old.delivery_id,
        )
        assert (old.left_field_on, new.left_field_on) == (TODAY, None)
        kept, made = cards.live_card("A2"), cards.live_card("B2")
        assert kept is not None
        assert made is not None
        assert (made.number, made.inherited_from_id, made.sale_date) == (
            "BXK-2026-000003",
            kept.id,
            kept.sale_date,
        )
        assert made.state is CardState.ACCEPTED
        assert cards.fee_earned(made) == ZERO
        coverage = cards.coverage("B2", TODAY)
        assert coverage.sale is not None
        assert coverage.sale.sale_date == dt.date(2026, 5, 2)
        assert cards.cards_in(kept.agreement_id, Month(2026, 5)).accepted == 2
    assert figures(shop).granted == Decimal("30.00")
    with shop.acting("mei") as mei:
        card_commands.review(mei, "BXK-2026-000003", CardAction.VOID, text="作废")
    sell(shop, "B2", dt.date(2026, 5, 12))
    assert figures(shop).granted == Decimal("30.00")
    bring(shop, "B2")
    assert bearers(shop, N2)["B2"][0] == "early_failure"
    dispose(shop, N2, "B2", Disposition.EXCHANGED, new_serial="C2", costs=NONE)
    with shop.acting("dana"):
        chain = catalogue.exchange_chain(catalogue.unit("C2"))
        assert [unit.serial for unit in chain] == ["A2", "B2", "C2"]
    assert sound(shop)


@one_engine
def test_a_card_that_waits_moves_over_to_the_unit_in_exchange(shop: World) -> None:
    number = file(shop, serial="A3")
    bring(shop, "A3")
    dispose(shop, N1, "A3", Disposition.EXCHANGED, new_serial="B3", costs=NONE)
    with shop.acting("mei") as mei:
        moved = cards.live_card("B3")
        assert moved is not None
        assert moved.number == number
        assert cards.live_card("A3") is None
        card_commands.review(mei, number, CardAction.ACCEPT)
    assert figures(shop).granted == Decimal("45.00")


def test_an_exchange_in_advance_needs_the_terms_and_ends_as_an_exchange(shop: World) -> None:
    ask(shop, "A2", "A4")
    decide(shop, N1, "A2", "A4")
    with shop.acting("mei") as mei, pytest.raises(RuleBroken, match="advance"):
        commands.send_ahead(mei, N1, "A2", "B2")
    with shop.acting("mei", on=dt.date(2026, 6, 1)) as mei:
        agreement_commands.version_terms(
            mei,
            shop.agreements["D01"],
            starts=dt.date(2026, 7, 1),
            terms={**TERMS, "advance_exchange": True},
            reason="先行换货",
        )
    july = dt.date(2026, 7, 2)
    ask(shop, "A3", on=july)
    decide(shop, N2, "A3", on=july)
    with shop.acting("mei", on=july) as mei:
        assert commands.send_ahead(mei, N2, "A3", "B3") == "B3"
    with shop.acting("mei", on=july), pytest.raises(RuleBroken, match="not come yet"):
        commands.send_ahead(mei, N2, "A3", "B4")
    with shop.acting("dana", on=july) as dana, pytest.raises(RuleBroken, match="in advance"):
        commands.cancel(dana, N2)
    with shop.acting("lin", on=dt.date(2027, 1, 1)):
        assert queries.expired(dt.date(2027, 1, 1)) == [queries.get(N1).id]
        assert catalogue.unit("A3").left_field_on == july
    ship(shop, N2, on=july)
    receive(shop, N2, "A3", on=july)
    assert refused(shop, "A3", Disposition.REPAIRED, N2, on=july) == "RT-5"
    assert dispose(shop, N2, "A3", Disposition.EXCHANGED, costs=NONE, on=july) == "settled"
    with shop.acting("lin"):
        line = queries.lines_of(queries.get(N2))[0]
        assert line.disposition is not None
        assert line.disposition.new_serial == "B3"


@one_engine
def test_a_batch_defect_is_exchanged_not_credited(shop: World) -> None:
    with shop.acting("mei") as mei:
        quality.declare_batch(mei, "EB-48", "B1", reason="焊点虚焊")
    bring(shop, "A4", cause=Cause.PRODUCT)
    assert bearers(shop, N1)["A4"] == ("batch", *("manufacturer",) * 4)
    assert refused(shop, "A4", Disposition.CREDITED) == "RT-6"
    with shop.acting("mei") as mei:
        assert commands.inspect(mei, N1, "A4", text="焊点虚焊") == "inspected"
    assert dispose(shop, N1, "A4", Disposition.EXCHANGED, new_serial="B4") == "settled"
    assert sources(shop) == []


def test_scanning_takes_in_what_was_sent_and_puts_aside_what_came_unasked(shop: World) -> None:
    ask(shop, "A2", "A4", "A5")
    decide(shop, N1, "A2", "A4")
    ship(shop, N1)
    ask(shop, "A6")
    decide(shop, N2, "A6")
    outcomes = []
    for serial in ("a2", "A2", "A5", "A6", "A1", "ZZ-9", "ZZ-9"):
        with shop.acting("mei") as mei:
            found = commands.scan(mei, serial, condition=Condition.WET, complete=False, note="进水")
        outcomes.append((found["outcome"], found["number"]))
    assert outcomes == [
        ("received", N1),
        ("again", N1),
        ("quarantined", N1),
        ("quarantined", N2),
        ("quarantined", ""),
        ("quarantined", ""),
        ("lies_there", ""),
    ]
    with shop.acting("mei") as mei:
        lying = list(session().scalars(queries.quarantine()))
        assert [(row.serial, row.stray) for row in lying] == [
            ("A5", Stray.NOT_APPROVED),
            ("A6", Stray.NOT_SHIPPED),
            ("A1", Stray.UNASKED),
            ("ZZ-9", Stray.UNKNOWN),
        ]
        line = queries.lines_of(queries.get(N1))[0]
        assert line.receipt is not None
        assert (line.receipt.condition, line.receipt.complete) == (Condition.WET, False)
        ids = [row.id for row in lying]
    with shop.acting("dana"):
        assert session().scalar(sa.select(sa.func.count()).select_from(QuarantinedUnit)) == 0
    with shop.acting("mei") as mei, pytest.raises(RuleBroken, match="No approved return"):
        commands.release(mei, ids[1], Release.TAKEN_IN)
    ship(shop, N2)
    with shop.acting("mei") as mei:
        commands.release(mei, ids[1], Release.TAKEN_IN)
    assert state(shop, N2) == "received"
    with shop.acting("mei") as mei:
        commands.release(mei, ids[0], Release.SENT_BACK, note="货到付款退回")
    with shop.acting("mei"):
        assert queries.count_quarantined() == 2
    with shop.acting("mei") as mei, pytest.raises(RuleBroken, match="left quarantine"):
        commands.release(mei, ids[0], Release.SENT_BACK)


@one_engine
def test_without_a_proper_list_the_count_stands(shop: World) -> None:
    ask(shop, "A2", "A4")
    decide(shop, N1, "A2", "A4")
    ship(shop, N1)
    with shop.acting("mei") as mei, pytest.raises(RuleBroken, match="no count"):
        commands.count(mei, N1, listed=False)
    receive(shop, N1, "A2")
    with shop.acting("mei") as mei:
        commands.count(mei, N1, listed=False, note="无装箱单")
    assert free(shop, ["A2", "A4"]) == ["A4"]
    assert dispose(shop, N1, "A2", Disposition.REPAIRED, costs=NONE) == "settled"
    assert receive(shop, N1, "A4") == "received"
    assert free(shop, ["A2", "A4"]) == ["A2"]
    assert dispose(shop, N1, "A4", Disposition.NO_FAULT, costs=NONE) == "settled"
