"""The coverage of any unit of the manufacturer, whoever asks (RP-12, EN-3, EN-13)."""

import datetime as dt
import json
from dataclasses import fields

import pytest
import sqlalchemy as sa

from portal.agreements import commands as agreements
from portal.agreements import queries as agreement_queries
from portal.agreements.rules import AgreementState
from portal.catalogue import commands as catalogue
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.permissions import Permission
from portal.warranty import commands, queries, steps
from portal.warranty.models import WarrantyEvent
from portal.warranty.rules import CardAction, Cause, Coverage, EventKind, consumer_choices, entitlement
from tests.people import TERMS, TODAY, World
from tests.settlement.story import begin
from tests.warranty.shop import MAY, SOLD, file, stock

DAY = dt.date


@pytest.fixture
def shop(world: World) -> World:
    return stock(world)


def sell(shop: World, serial: str = "A1", on: dt.date = TODAY) -> str:
    number = file(shop, "dana", serial, on=on)
    with shop.acting("mei", on=on) as mei:
        commands.review(mei, number, CardAction.ACCEPT)
    return number


def seen(shop: World, who: str, serial: str = "A1", on: dt.date = TODAY) -> Coverage:
    with shop.acting(who, "MF", on=on):
        return queries.coverage(serial, on)


@command(allow=Permission.CARDS_FILE, silent=True)
def note(actor: Actor, serial: str, kind: EventKind, date: dt.date, document: str, days: int = 0) -> None:
    """An entry of the clock, as a repair or a return would note it."""
    assert actor.dealer_id is not None
    steps.note_event(
        actor,
        serial,
        kind,
        date,
        document=document,
        dealer_id=actor.dealer_id,
        point_id=actor.point_id or actor.dealer_id,
        days=days,
    )


def test_everybody_of_the_manufacturer_reads_the_same_coverage(shop: World) -> None:
    number = sell(shop)
    own = seen(shop, "dana")
    assert (own.serial, own.model, own.batch, own.shipped_on, own.received_on, own.months) == (
        "A1",
        "EB-48",
        "B1",
        MAY,
        DAY(2026, 5, 4),
        12,
    )
    assert own.sale is not None
    assert (own.sale.number, own.sale.sale_date, own.sale.late, own.sale.waived) == (
        number,
        SOLD,
        False,
        False,
    )
    for who in ("mei", "sub", "rival", "ida"):
        assert seen(shop, who) == own
        assert seen(shop, who, " a1 ") == own
    assert entitlement(own, TODAY, Cause.PRODUCT).cost_class.value == "in_warranty"


def test_nothing_of_the_other_dealer_s_customer_or_money_is_in_it(shop: World) -> None:
    sell(shop)
    foreign = seen(shop, "rival")
    told = json.dumps([getattr(foreign, one.name) for one in fields(foreign)], default=str)
    for secret in ("王小明", "5678", "INV-A1", "临沂"):
        assert secret not in told


def test_another_manufacturer_s_unit_is_not_found(shop: World) -> None:
    with shop.acting("otto", "OM") as otto:
        catalogue.add_product(otto, model="OM-48", name="他厂车", months=12)
        catalogue.ship_units(otto, "X01", "OM-48", ["OM1"], batch="", shipped_on=MAY)
    for who, serial in (("dana", "OM1"), ("mei", "OM1"), ("rival", "OM1"), ("dana", "NONE"), ("dana", " ")):
        with pytest.raises(NotFound):
            seen(shop, who, serial)
    with shop.acting("otto", "OM"):
        assert queries.coverage("OM1", TODAY).serial == "OM1"
        with pytest.raises(NotFound):
            queries.coverage("A1", TODAY)


def test_many_units_are_read_as_one_is(shop: World) -> None:
    sell(shop)
    with shop.acting("rival", "MF"):
        found = queries.coverages(["a1", "A1", "X1", "NONE", "I2"], TODAY)
        assert set(found) == {"A1", "X1", "I2"}
        assert found == {serial: queries.coverage(serial, TODAY) for serial in found}
        assert queries.coverages([], TODAY) == {}


def test_a_card_that_is_not_in_force_sells_nothing(shop: World) -> None:
    number = file(shop, "dana", "A1")
    assert seen(shop, "mei").sale is None
    with shop.acting("mei") as mei:
        commands.review(mei, number, CardAction.ACCEPT)
    with shop.acting("mei") as mei:
        commands.review(mei, number, CardAction.VOID, text="伪造")
    assert seen(shop, "rival").sale is None


def test_the_terms_are_those_of_the_agreement_that_the_unit_was_shipped_under(shop: World) -> None:
    with shop.acting("mei") as mei:
        agreements.version_terms(
            mei,
            shop.agreements["D01"],
            starts=DAY(2026, 7, 1),
            terms={**TERMS, "extra_months": 6, "deemed_receipt_days": 9},
            reason="区域延保",
        )
    assert seen(shop, "rival", on=DAY(2026, 6, 30)).terms.extra_months == 0
    later = seen(shop, "rival", on=DAY(2026, 7, 1))
    assert (later.terms.extra_months, later.received_on) == (6, DAY(2026, 5, 4))
    assert seen(shop, "rival", "X1", on=DAY(2026, 7, 1)).terms.extra_months == 0


def test_a_unit_stays_covered_after_its_dealer_s_agreement_ended(shop: World) -> None:
    """EN-10: whoever repairs it then, the terms of the ended agreement rule."""
    sell(shop)
    with shop.acting("mei") as mei:
        agreements.terminate(mei, shop.agreements["D01"], last_day=TODAY, reason="协商终止")
    later = DAY(2026, 9, 1)
    begin(shop, "09-01")
    with shop.acting("lin", on=later):
        ended = agreement_queries.get(shop.agreements["D01"])
        assert ended.state is AgreementState.TERMINATED
    found = seen(shop, "rival", on=later)
    assert found.sale is not None
    assert entitlement(found, later, Cause.PRODUCT).cost_class.value == "in_warranty"


def test_the_clock_hears_of_repairs_by_any_dealer_of_the_manufacturer(shop: World) -> None:
    with shop.acting("mei") as mei:
        agreements.version_terms(
            mei,
            shop.agreements["D01"],
            starts=DAY(2026, 7, 1),
            terms={**TERMS, "three_guarantees": True},
            reason="三包",
        )
    sell(shop)
    for who, document in (("dana", "WX-2026-000001"), ("rival", "WX-2026-000002")):
        with shop.acting(who, "MF", on=DAY(2026, 8, 10)) as actor:
            note(actor, "a1", EventKind.FAILED_REPAIR, DAY(2026, 8, 10), document)
        with shop.acting(who, "MF", on=DAY(2026, 8, 10)) as actor:
            note(actor, "a1", EventKind.PROLONGED, DAY(2026, 8, 10), document, 4)
    found = seen(shop, "dana", on=DAY(2026, 8, 11))
    assert (found.prolonged_days, found.failed_repairs, found.restarted_on) == (4, 2, None)
    assert found.last_day(SOLD) == DAY(2027, 5, 14)
    assert [choice.value for choice in consumer_choices(found, DAY(2026, 8, 11)).open] == [
        "exchange",
        "repair",
    ]
    assert seen(shop, "dana", on=DAY(2026, 8, 9)).failed_repairs == 0
    with shop.acting("rival", "MF"):
        own = session().scalars(sa.select(WarrantyEvent.document)).all()
    assert set(own) == {"WX-2026-000002"}
    with shop.acting("sub", "MF"):
        assert session().scalars(sa.select(WarrantyEvent)).all() == []
    with shop.acting("dana", "MF", on=DAY(2026, 9, 1)) as dana:
        note(dana, "A1", EventKind.RESTARTED, clock.today(dana.timezone), "RMA-2026-000001")
    anew = seen(shop, "mei", on=DAY(2026, 9, 2))
    assert (anew.prolonged_days, anew.failed_repairs, anew.restarted_on) == (0, 0, DAY(2026, 9, 1))
    assert anew.last_day(SOLD) == DAY(2027, 9, 1)
