"""Cancelling a quarter's fees, on both engines (ST-9, FE-1)."""

from collections.abc import Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.audit.models import Fact
from portal.catalogue import commands as catalogue
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, NotFound, RuleBroken
from portal.kernel.period import Quarter
from portal.ledger import checks
from portal.ledger import queries as funds
from portal.ledger.models import CancelledFee, Entry
from portal.settlement import commands, queries
from portal.settlement.models import FeeCancellation
from portal.settlement.rules import CancellationState
from portal.warranty import commands as warranty
from portal.warranty.rules import CardAction
from tests.people import World
from tests.settlement.story import Q1, Q2, accept, card, day, engage, forms, remit, settle, ship, statement


def open_shop(world: World) -> World:
    """Units of D01 that cards can be filed for."""
    with world.acting("mei", on=day("01-02")) as mei:
        catalogue.add_product(mei, model="EB-48", name="电动车 48V", months=12)
    ship(world, "A1", "A2", "A3", "A4", "A5")
    return world


@pytest.fixture
def shop(world: World) -> World:
    return open_shop(world)


def propose(
    world: World, *, on: str, quarter: Quarter = Q2, who: str = "fei", evidence: tuple[str, ...] = ()
) -> str:
    with world.acting(who, on=day(on)) as person:
        return commands.propose_cancellation(
            person, world.dealers["D01"], quarter, reason="回执卡弄虚作假", evidence=evidence
        )


def confirm(world: World, number: str, *, on: str, who: str = "fay") -> None:
    with world.acting(who, on=day(on)) as person:
        commands.confirm_cancellation(person, number)


def void(world: World, number: str, *, on: str) -> None:
    with world.acting("mei", on=day(on)) as mei:
        warranty.review(mei, number, CardAction.VOID, text="电话无人接听，地址不存在")


def money(world: World, quarter: Quarter = Q2) -> tuple[Decimal, Decimal]:
    """What a quarter of D01 granted and what of it is cancelled."""
    with world.acting("lin"):
        found = funds.figures(agreements.of_dealer(world.dealers["D01"])[0], quarter)
        assert checks.check() == []
        return found.granted, found.cancelled


def counts(world: World) -> tuple[int, ...]:
    with world.acting("lin"):
        tables = (Fact, Entry, CancelledFee, FeeCancellation)
        return tuple(session().scalar(sa.select(sa.func.count()).select_from(t)) or 0 for t in tables)


def refused(world: World, rule: str, act: Callable[[], object]) -> None:
    before = counts(world)
    with pytest.raises(RuleBroken) as broken:
        act()
    assert broken.value.rule == rule
    assert counts(world) == before


def sample(world: World) -> str:
    """A card of the first quarter is void in the second, which grants two fees; the void card's number."""
    false = card(world, "A1", filed="01-25", accepted="01-26")
    void(world, false, on="05-10")
    card(world, "A4", filed="05-12", accepted="05-13")
    card(world, "A5", filed="05-12", accepted="05-13")
    return false


def test_the_fees_that_the_quarter_granted_are_cancelled_by_a_second_person(shop: World) -> None:
    false = sample(shop)
    assert money(shop) == (Decimal("15.00"), Decimal("0.00"))
    number = propose(shop, on="05-14", evidence=(false,))
    assert number == "QX-2026-000001"
    assert money(shop) == (Decimal("15.00"), Decimal("0.00"))
    refused(shop, "FE-1", lambda: confirm(shop, number, on="05-14", who="fei"))
    confirm(shop, number, on="05-14")
    assert money(shop) == (Decimal("15.00"), Decimal("30.00"))
    assert money(shop, Q1) == (Decimal("15.00"), Decimal("0.00"))
    with shop.acting("dana"):
        found = funds.cancellation(number)
        assert (found.reason, found.evidence) == ("回执卡弄虚作假", [false])
        with pytest.raises(NotFound):
            queries.cancellation(number)
    with shop.acting("rival"), pytest.raises(NotFound):
        funds.cancellation(number)


def test_fees_that_the_quarter_grants_later_are_cancelled_as_they_are_posted(shop: World) -> None:
    false = sample(shop)
    confirm(shop, propose(shop, on="05-14", evidence=(false,)), on="05-15")
    card(shop, "A2", filed="05-20", accepted="05-21")
    assert money(shop) == (Decimal("30.00"), Decimal("45.00"))
    remit(shop, "1000.00", "B-1", on="05-22")
    assert money(shop) == (Decimal("55.00"), Decimal("45.00"))


def test_a_void_of_a_cancelled_fee_gives_its_cancellation_back(shop: World) -> None:
    sample(shop)
    second = card(shop, "A2", filed="05-13", accepted="05-13")
    confirm(shop, propose(shop, on="05-14"), on="05-15")
    assert money(shop) == (Decimal("30.00"), Decimal("45.00"))
    void(shop, second, on="06-01")
    assert money(shop) == (Decimal("15.00"), Decimal("30.00"))


def test_a_base_that_can_be_cancelled_loses_what_it_granted(shop: World) -> None:
    terms = {
        "bases": [{"kind": "remittance_share", "rate": "2%"}, {"kind": "card_fee", "fee": "15.00"}],
        "cancellable": ["remittance_share"],
    }
    engage(shop, "D07", terms)
    remit(shop, "1000.00", "B-1", on="04-02", dealer="D07")
    with shop.acting("mei", on=day("05-01")) as mei:
        number = commands.propose_cancellation(mei, shop.dealers["D07"], Q2, reason="违约")
    confirm(shop, number, on="05-02", who="fei")
    remit(shop, "500.00", "B-2", on="05-03", dealer="D07")
    with shop.acting("lin"):
        found = funds.figures(agreements.of_dealer(shop.dealers["D07"])[0], Q2)
        assert (found.granted, found.cancelled, found.result) == (
            Decimal("30.00"),
            Decimal("30.00"),
            Decimal("0.00"),
        )


def test_nothing_is_cancelled_once_the_statement_stands_and_again_while_it_is_disputed(shop: World) -> None:
    number = card(shop, "A1", filed="01-25", accepted="01-26")
    accept(shop, card(shop, "A2", filed="03-01"), on="03-02")
    forms(shop, Q1, on="04-02")
    waiting = propose(shop, on="04-03", quarter=Q1)
    settle(shop, Q1, on="04-03")
    refused(shop, "ST-5", lambda: propose(shop, on="04-04", quarter=Q1, who="mei"))
    refused(shop, "ST-5", lambda: confirm(shop, waiting, on="04-04"))
    with shop.acting("dana", on=day("04-05")) as dana:
        commands.dispute(dana, statement(shop).number, reason="卡片数量不符")
    void(shop, number, on="04-06")
    confirm(shop, waiting, on="04-06")
    # The void counts in the next quarter: the first one is frozen, and loses both fees.
    assert money(shop, Q1) == (Decimal("30.00"), Decimal("30.00"))
    assert money(shop, Q2) == (Decimal("-15.00"), Decimal("0.00"))
    statements, _held = settle(shop, Q1, on="04-07")
    assert (statements["D01"]["cancelled"], statements["D01"]["result"]) == ("30.00", "0.00")
    assert statement(shop).revision == 2


def test_a_proposal_needs_a_reason_a_void_card_and_a_quarter_with_fees(shop: World) -> None:
    valid = card(shop, "A1", filed="05-01", accepted="05-02")
    refused(shop, "ST-9", lambda: propose(shop, on="05-14", evidence=(valid,)))
    refused(shop, "ST-9", lambda: propose(shop, on="05-14", quarter=Quarter(2025, 4)))
    with shop.acting("fei") as fei, pytest.raises(RuleBroken):
        commands.propose_cancellation(fei, shop.dealers["D01"], Q2, reason=" ")
    number = propose(shop, on="05-14")
    refused(shop, "ST-9", lambda: propose(shop, on="05-14", who="mei"))
    confirm(shop, number, on="05-15")
    refused(shop, "ST-9", lambda: propose(shop, on="05-15", who="mei"))
    refused(shop, "ST-9", lambda: confirm(shop, number, on="05-16"))
    with shop.acting("lin") as lin, pytest.raises(Forbidden):
        commands.confirm_cancellation(lin, number)


def test_a_proposal_can_be_withdrawn_and_proposed_anew(shop: World) -> None:
    number = propose(shop, on="05-14")
    with shop.acting("mei", on=day("05-15")) as mei, pytest.raises(Conflict):
        commands.withdraw_cancellation(mei, number, note="证据不足", seen_version=7)
    with shop.acting("mei", on=day("05-15")) as mei:
        commands.withdraw_cancellation(mei, number, note="证据不足")
    with shop.acting("fei"):
        assert queries.cancellation(number).state is CancellationState.WITHDRAWN
    assert propose(shop, on="05-16") == "QX-2026-000002"
