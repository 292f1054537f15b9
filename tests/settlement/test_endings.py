"""The end of an agreement: states, final settlement, residual duties, on both engines (AG-1, AG-3)."""

import datetime as dt
from decimal import Decimal

import pytest

from portal.agreements import commands as agreed
from portal.agreements import queries as agreements
from portal.agreements.rules import AgreementState
from portal.catalogue import commands as catalogue
from portal.kernel.errors import Conflict, Forbidden, NotFound, RuleBroken
from portal.kernel.period import Month, Quarter
from portal.ledger import commands as ledger
from portal.ledger import queries as funds
from portal.settlement import commands, queries
from portal.settlement.models import Statement
from portal.settlement.rules import Expiring, HandoverState, by_expiry
from tests.people import World
from tests.settlement.story import (
    adjust,
    begin,
    card,
    close,
    day,
    engage,
    remit,
    settle,
    ship,
    statement,
)

Q2, Q3 = Quarter(2026, 2), Quarter(2026, 3)
TERMS = {
    "bases": [{"kind": "remittance_share", "rate": "2%"}, {"kind": "sales_share", "rate": "1%"}],
    "forms": False,
}


@pytest.fixture
def ending(world: World) -> World:
    """D07, whose quarters would carry; 1,000.00 of sales recorded, 20.00 granted in the second quarter."""
    engage(world, "D07", TERMS, starts="2026-04-01")
    remit(world, "1000.00", "B-1", on="04-02", dealer="D07")
    with world.acting("fei", on=day("04-03")) as fei:
        ledger.record_sales(fei, world.dealers["D07"], amount=Decimal("1000.00"))
    return world


def number_of(world: World, dealer: str = "D07") -> str:
    with world.acting("lin"):
        return agreements.of_dealer(world.dealers[dealer])[0].number


def state(world: World, dealer: str = "D07") -> AgreementState:
    with world.acting("lin"):
        return agreements.of_dealer(world.dealers[dealer])[0].state


def terminate(world: World, *, on: str, last_day: str, dealer: str = "D07") -> None:
    number = number_of(world, dealer)
    with world.acting("mei", on=day(on)) as mei:
        agreed.terminate(mei, number, last_day=day(last_day), reason="协商终止")


def confirm(world: World, found: Statement, *, on: str) -> None:
    """Silence confirms: nobody acts for D07."""
    begin(world, on)


def test_the_last_quarter_settles_after_the_last_day_and_pays_its_surplus_out(ending: World) -> None:
    terminate(ending, on="05-04", last_day="05-15")
    assert state(ending) is AgreementState.ACTIVE
    begin(ending, "05-15")
    assert settle(ending, Q2, on="05-15")[1]["D07"] == ["quarter_open"]
    begin(ending, "05-16")
    assert state(ending) is AgreementState.TERMINATED
    statements, held = settle(ending, Q2, on="05-16")
    assert statements["D07"]["granted"] == "30.00"
    assert (statements["D07"]["carried"], statements["D07"]["paid_out"]) == ("0.00", "30.00")
    assert set(held) == {"D01", "D02", "D03"}
    begin(ending, "05-27")
    close(ending, Q2, on="05-28")
    with ending.acting("lin", on=day("05-28")):
        agreement = agreements.of_dealer(ending.dealers["D07"])[0]
        assert funds.opening(agreement, Q3) == Decimal("0.00")


def test_what_comes_in_after_the_final_settlement_is_settled_with_the_next_quarter(ending: World) -> None:
    terminate(ending, on="05-04", last_day="05-15")
    begin(ending, "05-16")
    settle(ending, Q2, on="05-16")
    begin(ending, "05-27")
    close(ending, Q2, on="05-28")
    assert "D07" not in settle(ending, Q3, on="10-01")[0]
    adjust(ending, "5.00", on="10-02", dealer="D07")
    with ending.acting("lin", on=day("10-02")):
        assert "D07" in {dealer_code(ending, row.dealer_id) for row in queries.touching(Quarter(2026, 4))}


def dealer_code(world: World, dealer_id: int) -> str:
    return next(code for code, known in world.dealers.items() if known == dealer_id)


def test_a_suspended_agreement_files_nothing_new_and_goes_on_when_it_is_resumed(world: World) -> None:
    number = number_of(world, "D01")
    with world.acting("mei") as mei:
        agreed.suspend(mei, number, reason="整改期间")
    with world.acting("dana"), pytest.raises(RuleBroken) as broken:
        agreements.in_force(world.dealers["D01"])
    assert broken.value.rule == "AG-1"
    with world.acting("dana"):
        assert agreements.in_force(world.dealers["D01"], action=False).number == number
    with world.acting("mei") as mei, pytest.raises(RuleBroken):
        agreed.suspend(mei, number, reason="再次")
    with world.acting("mei") as mei:
        agreed.resume(mei, number, reason="已整改")
    with world.acting("dana"):
        assert agreements.in_force(world.dealers["D01"]).number == number


def test_ending_needs_a_reason_a_day_to_come_and_the_right(world: World) -> None:
    number = number_of(world, "D01")
    for last_day, reason, rule in (("05-19", "协商", "AG-3"), ("05-20", " ", "AG-1")):
        with world.acting("mei") as mei, pytest.raises(RuleBroken) as broken:
            agreed.terminate(mei, number, last_day=day(last_day), reason=reason)
        assert broken.value.rule == rule
    with world.acting("fei") as fei, pytest.raises(Forbidden):
        agreed.terminate(fei, number, last_day=day("05-20"), reason="协商")
    with world.acting("mei") as mei, pytest.raises(Conflict):
        agreed.terminate(mei, number, last_day=day("05-20"), reason="协商", seen_version=99)
    assert state(world, "D01") is AgreementState.ACTIVE


def test_a_new_agreement_may_follow_the_last_day_but_not_overlap_it(world: World) -> None:
    terminate(world, on="05-20", last_day="06-30", dealer="D01")
    made = {}
    for starts in ("2026-06-30", "2026-07-01"):
        with world.acting("mei") as mei:
            made[starts] = agreed.draft(
                mei, world.dealers["D01"], starts=dt.date.fromisoformat(starts), terms=TERMS
            )
    with world.acting("mei") as mei, pytest.raises(RuleBroken):
        agreed.activate(mei, made["2026-06-30"])
    with world.acting("mei") as mei:
        agreed.activate(mei, made["2026-07-01"])
    with world.acting("mei") as mei:
        agreed.discard(mei, made["2026-06-30"], reason="日期有误")
    with world.acting("mei") as mei, pytest.raises(RuleBroken):
        agreed.activate(mei, made["2026-06-30"])
    with world.acting("dana", on=day("06-30")):
        assert agreements.in_force(world.dealers["D01"]).starts == dt.date(2026, 1, 1)
    with world.acting("dana", on=day("07-01")):
        assert agreements.in_force(world.dealers["D01"]).number == made["2026-07-01"]


def test_residual_duties_are_counted_by_month_and_handed_over_for_an_amount(world: World) -> None:
    with world.acting("mei", on=day("01-02")) as mei:
        catalogue.add_product(mei, model="EB-48", name="电动车 48V", months=12)
    ship(world, "A1", "A2", "A3", "A4")
    for serial, filed in (("A1", "01-20"), ("A2", "03-01"), ("A3", "03-15")):
        card(world, serial, filed=filed, accepted=filed)
    number = number_of(world, "D01")
    with world.acting("fei") as fei, pytest.raises(RuleBroken) as broken:
        commands.offer_handover(fei, number, amount=Decimal("100.00"), reason="接管")
    assert broken.value.rule == "AG-3"
    terminate(world, on="05-20", last_day="05-31", dealer="D01")
    with world.acting("lin"):
        found = queries.residual_duties(agreements.get(number), dt.date(2026, 5, 20))
        assert [(unit.serial, str(unit.last)) for unit in found] == [
            ("A1", "2027-01-19"),
            ("A2", "2027-02-28"),
            ("A3", "2027-03-14"),
        ]
        assert by_expiry(unit.last for unit in found)[0] == Expiring(Month(2027, 1), 1)
    with world.acting("fei") as fei:
        offered = commands.offer_handover(fei, number, amount=Decimal("100.00"), reason="接管剩余责任")
    with world.acting("fei") as fei, pytest.raises(RuleBroken):
        commands.offer_handover(fei, number, amount=Decimal("90.00"), reason="再次")
    with world.acting("rival") as rival, pytest.raises(NotFound):
        commands.agree_handover(rival, offered)
    with world.acting("dana") as dana:
        commands.decline_handover(dana, offered, reason="金额偏高")
    with world.acting("fei") as fei:
        second = commands.offer_handover(fei, number, amount=Decimal("80.00"), reason="接管剩余责任")
    with world.acting("dana", on=day("06-02")) as dana:
        assert commands.agree_handover(dana, second) == "YJ-2026-000002"
        assert queries.handover(second).state is HandoverState.AGREED
        assert queries.handover(second).months == [["2027-01", 1], ["2027-02", 1], ["2027-03", 1]]
    with world.acting("lin"):
        figures = funds.figures(agreements.get(number), Q2)
        assert figures.adjusted == Decimal("-80.00")
        assert [str(m.entry.date) for m in funds.of_document(second)] == ["2026-05-31"]
    with world.acting("dana") as dana, pytest.raises(RuleBroken):
        commands.agree_handover(dana, second)


def test_statement_of_the_last_quarter_ends_on_the_last_day(ending: World) -> None:
    terminate(ending, on="05-04", last_day="05-15")
    begin(ending, "05-16")
    settle(ending, Q2, on="05-16")
    with ending.acting("lin"):
        data = queries.revision(statement(ending, "D07", Q2).id, 1).data
    assert (data["starts"], data["ends"]) == ("2026-04-01", "2026-05-15")
