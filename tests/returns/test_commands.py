"""Asking, deciding, sending and expiring on both engines (RT-1 … RT-4, RT-9)."""

import datetime as dt
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from portal.audit.models import Fact
from portal.drafts import commands as drafts
from portal.jobs.daily import begin_day
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, NotFound, Refused, RuleBroken
from portal.kernel.numbering import NumberCounter
from portal.kernel.period import Quarter
from portal.ledger.models import Entry
from portal.returns import commands, queries
from portal.returns.models import OpenReturn, ReturnDecision, ReturnedUnit, ReturnRequest
from portal.returns.rules import Disposition, Packing, ReturnLine, ReturnReason, ReturnState
from portal.tenants import queries as tenants
from portal.warranty import commands as card_commands
from portal.warranty import queries as cards
from portal.warranty.rules import CardAction, Cause
from tests.people import TODAY, World
from tests.races import together
from tests.returns.yard import MAY8, ask, bearers, bring, decide, dispose, free, receive, ship, state, yard

N1, N2 = "RMA-2026-000001", "RMA-2026-000002"
MANUFACTURER, DEALER = ("manufacturer",) * 4, ("dealer",) * 4

#: For what no engine can change.
one_engine = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.fixture
def shop(world: World) -> World:
    return yard(world)


def written(world: World) -> list[int]:
    """How much has been written of everything that a refusal must leave alone."""
    counted = (ReturnRequest, ReturnedUnit, OpenReturn, ReturnDecision, NumberCounter, Entry, Fact)
    with world.acting("lin"):
        return [session().scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in counted]


def refused(world: World, act: Callable[[], object]) -> str:
    """The rule that refuses an act, which leaves nothing behind."""
    before = written(world)
    with pytest.raises(RuleBroken) as error:
        act()
    assert written(world) == before
    return error.value.rule


def test_each_unit_is_classified_on_the_day_of_the_request_and_stays_so(shop: World) -> None:
    with shop.acting("dana") as dana:
        photo = drafts.receive_photo(dana, content=b"jpeg", fingerprint="0" * 16)
    lines = [
        ReturnLine(" a1 ", TODAY, fault="不通电", packing=Packing.SUBSTITUTE, photos=(photo,)),
        ReturnLine("A2", TODAY),
        ReturnLine("A3", MAY8),
        ReturnLine("A4", TODAY),
        ReturnLine("A5", TODAY, Cause.TRANSPORT),
        ReturnLine("S1", TODAY, Cause.USER),
    ]
    with shop.acting("dana") as dana:
        assert commands.request(dana, lines, note="客户催得急") == N1
    assert bearers(shop, N1) == {
        "A1": ("early_failure", *MANUFACTURER),
        "A2": ("in_warranty", "fund", "manufacturer", "fund", "manufacturer"),
        "A3": ("doa", *MANUFACTURER),
        "A4": ("stock", *DEALER),
        "A5": ("transport", *DEALER),
        "S1": ("user_caused", *DEALER),
    }
    with shop.acting("mei"):
        found = queries.get(N1)
        assert (found.state, found.filed_on, found.filed_by) == (ReturnState.SUBMITTED, TODAY, "Dana")
        first = queries.lines_of(found)[0].row
        assert (first.serial, first.fault, first.packing) == ("A1", "不通电", Packing.SUBSTITUTE)
        assert first.explanation["reasons"][0][0] == "EN-7"
        assert (first.explanation["day"], first.explanation["days"]) == (10, 15)
        assert len(queries.photos_of(found.id)[first.id]) == 1
        agreement = found.agreement_id
        assert queries.undecided([agreement], Quarter(2026, 2)) == {agreement: 1}
        assert queries.undecided([agreement], Quarter(2026, 1)) == {}
    assert free(shop, ["A1", "S1", "A6"]) == ["A6"]


def test_what_can_not_go_back_is_refused_with_its_rule(shop: World) -> None:
    ask(shop, "A6")
    tomorrow = TODAY + dt.timedelta(days=1)
    for rule, act in {
        "WC-3": lambda: ask(shop, "NONE"),
        "WC-3 another dealer's": lambda: ask(shop, "X1"),
        "WC-3 the holder's, asked by a sub-dealer": lambda: ask(shop, "A3", who="sub"),
        "WC-3 before it was shipped": lambda: ask(shop, "A3", found=dt.date(2026, 4, 30)),
        "RT-1": lambda: ask(shop, "A3", found=tomorrow),
        "RT-1 open": lambda: ask(shop, "A3", "A6"),
        "RT-1 twice": lambda: ask(shop, "A3", "a3"),
        "RT-1 none": lambda: ask(shop),
    }.items():
        assert refused(shop, act) == rule[:4], rule
    with shop.acting("mei") as mei, pytest.raises(Forbidden):
        commands.request(mei, [ReturnLine("A3", TODAY)])


def test_a_sub_dealer_asks_for_its_own_units_and_sees_no_others(shop: World) -> None:
    assert ask(shop, "S1", who="sub") == N1
    ask(shop, "A1", "S2")
    with shop.acting("sub"):
        assert queries.get(N1).point_id == shop.dealers["D01S"]
        with pytest.raises(NotFound):
            queries.get(N2)
        assert queries.open_in(["A1", "S2"]) == {"S2": "…"}
    assert refused(shop, lambda: ask(shop, "S2", who="sub")) == "RT-1"
    with shop.acting("dana"):
        assert queries.get(N1).filed_by == "Sub"
    with shop.acting("rival", "MF"), pytest.raises(NotFound):
        queries.get(N1)


def test_without_a_repair_attempt_an_early_failure_needs_a_waiver(
    shop: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "portal.repairs.queries.attempt",
        lambda serial, number: (serial, number) == ("A1", "WX-2026-000001"),
        raising=False,
    )
    ask(shop, "A1", "A2", repair_number="WX-2026-000009")
    assert refused(shop, lambda: decide(shop, N1, "A1")) == "RT-2"
    with shop.acting("mei") as mei:
        assert commands.ask(mei, N1, reason=ReturnReason.NO_REPAIR_TRIED, text="请补维修记录") == "needs_info"
    assert refused(shop, lambda: decide(shop, N1, "A1", waive_repair=True)) == "RT-3"
    assert refused(shop, lambda: ship(shop, N1)) == "RT-1"
    with shop.acting("dana") as dana:
        commands.answer(dana, N1, text="已修过一次", repairs={"a1": "WX-2026-000001"})
    assert decide(shop, N1, "A1") == "approved"
    with shop.acting("dana"):
        first, second = queries.lines_of(queries.get(N1))
        assert first.repair_number == "WX-2026-000001"
        assert second.repair_number == "WX-2026-000009"
        assert first.decision is not None
        assert not first.decision.waived


def test_the_decision_is_made_unit_by_unit_and_frees_what_is_rejected(shop: World) -> None:
    ask(shop, "A1", "A2", "A3")
    reasons = {"A3": ReturnReason.REPAIRABLE_ON_SITE}
    assert decide(shop, N1, "A1", "A2", waive_repair=True, reasons=reasons, texts={"a3": "请先调试"}) == (
        "approved"
    )
    assert free(shop, ["A1", "A2", "A3"]) == ["A3"]
    with shop.acting("dana"):
        found = queries.get(N1)
        assert (found.decided_on, found.expires_on) == (TODAY, dt.date(2026, 6, 19))
        one, two, three = queries.lines_of(found)
        assert (one.approved, two.approved, three.approved) == (True, True, False)
        assert [line.decision.waived for line in (one, two) if line.decision] == [True, False]
        assert three.decision is not None
        assert (three.decision.reason, three.decision.text) == (ReturnReason.REPAIRABLE_ON_SITE, "请先调试")
        assert queries.undecided([found.agreement_id], Quarter(2026, 2)) == {}
    assert refused(shop, lambda: decide(shop, N1, "A1")) == "RT-3"
    ask(shop, "A3")
    assert decide(shop, N2) == "rejected"
    assert refused(shop, lambda: ship(shop, N2)) == "RT-3"
    assert ask(shop, "A3") == "RMA-2026-000003"
    assert refused(shop, lambda: decide(shop, "RMA-2026-000003", "A1")) == "RT-3"


@one_engine
def test_nobody_decides_what_they_filed_and_a_stale_decision_is_told_so(shop: World) -> None:
    ask(shop, "A2")
    with shop.acting("mei") as mei, pytest.raises(Conflict):
        commands.decide(mei, N1, ["A2"], seen_version=7)
    with shop.acting("lin") as lin, pytest.raises(Forbidden):
        commands.decide(lin, N1, ["A2"])
    assert state(shop, N1) == "submitted"


def test_an_approval_expires_on_the_day_after_its_last(shop: World) -> None:
    ask(shop, "A2", "A4")
    decide(shop, N1, "A2")
    last = dt.date(2026, 6, 19)
    clock_actor = tenants.clock_actor
    for day, expected in ((last, "approved"), (last + dt.timedelta(days=1), "expired")):
        with shop.at(day):
            if day > last:
                assert refused(shop, lambda: ship(shop, N1, on=last + dt.timedelta(days=1))) == "RT-3"
            with shop.app.app_context():
                actor = clock_actor(shop.manufacturers["MF"], "Asia/Shanghai")
                assert actor.scope is not None
                session().enter(actor.scope)
                begin_day(actor)
        assert state(shop, N1) == expected
    assert refused(shop, lambda: ship(shop, N1, on=last + dt.timedelta(days=2))) == "RT-3"
    assert free(shop, ["A2"]) == ["A2"]


@one_engine
def test_on_the_last_day_the_units_may_still_be_sent(shop: World) -> None:
    ask(shop, "A2")
    assert refused(shop, lambda: ship(shop, N1)) == "RT-1"
    decide(shop, N1, "A2")
    assert refused(shop, lambda: receive(shop, N1, "A2")) == "RT-1"
    assert ship(shop, N1, on=dt.date(2026, 6, 19)) == "shipped"
    assert refused(shop, lambda: ship(shop, N1)) == "RT-3"
    with shop.acting("dana") as dana, pytest.raises(RuleBroken, match="shipped"):
        commands.cancel(dana, N1)


@one_engine
def test_who_pays_is_what_the_dealer_saw_or_it_looks_again(shop: World) -> None:
    lines = [ReturnLine("A2", TODAY)]
    with shop.acting("dana") as dana:
        shown = queries.shown_hash(queries.judge(dana, lines, TODAY))
    with shop.acting("mei") as mei:
        live = cards.live_card("A2")
        assert live is not None
        card_commands.review(mei, live.number, CardAction.VOID, text="作废")
    with shop.acting("dana") as dana, pytest.raises(Conflict, match="Who pays"):
        commands.request(dana, lines, shown=shown)
    assert free(shop, ["A2"]) == ["A2"]
    with shop.acting("dana") as dana:
        again = queries.shown_hash(queries.judge(dana, lines, TODAY))
    with shop.acting("dana") as dana:
        assert commands.request(dana, lines, shown=again) == N1


@one_engine
def test_a_request_is_taken_back_before_it_is_sent(shop: World) -> None:
    ask(shop, "A2")
    decide(shop, N1, "A2")
    with shop.acting("dana") as dana:
        assert commands.cancel(dana, N1, reason="已在本地修好") == "cancelled"
    assert free(shop, ["A2"]) == ["A2"]
    assert ask(shop, "A2") == N2


def test_of_two_who_ask_for_the_same_unit_one_gets_it(shop: World) -> None:
    results = together(lambda client: ask(shop, "A2", who=("dana", "tom")[client % 2]), 6)
    assert [result for result in results if isinstance(result, str)] == [N1]
    assert all(isinstance(result, str | Conflict | Refused) for result in results), results
    assert free(shop, ["A2"]) == []


def test_approve_against_reject_leaves_one_decision(shop: World) -> None:
    ask(shop, "A2")
    results = together(lambda client: decide(shop, N1, *(["A2"] if client % 2 else [])), 4)
    won = [result for result in results if isinstance(result, str)]
    assert len(won) == 1
    assert won[0] == state(shop, N1)
    assert all(isinstance(result, str | Conflict | RuleBroken) for result in results), results
    with shop.acting("lin"):
        assert len(queries.decisions(queries.get(N1).id)) == 1
    assert free(shop, ["A2"]) == ([] if won[0] == "approved" else ["A2"])


@one_engine
def test_the_same_submit_twice_files_one_request(shop: World) -> None:
    for _ in range(2):
        with shop.acting("dana") as dana:
            assert commands.request(dana, [ReturnLine("A2", TODAY)], key="k" * 32) == N1
    assert bring(shop, "A4") == N2
    assert dispose(shop, N2, "A4", Disposition.NO_FAULT) == "settled"
