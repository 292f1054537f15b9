"""Recorded sales and results, and what they grant, on both engines (ST-1, NW-7)."""

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.agreements.rules import Span
from portal.audit.models import Fact
from portal.jobs.daily import begin_day
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, RuleBroken
from portal.kernel.period import Quarter
from portal.ledger import commands, queries
from portal.ledger.models import Entry, RecordedFigure
from portal.ledger.rules import FigureKind, check_sales, sales_quarter
from portal.tenants import queries as parties
from tests.people import World
from tests.settlement.story import engage

Q2, Q3, Q4 = (Quarter(2026, number) for number in (2, 3, 4))
SHARED = {
    "bases": [
        {"kind": "sales_share", "rate": "0.8%"},
        {"kind": "profit_share", "ratio": "30%"},
        {"kind": "sales_share", "rate": "0.05%"},
        {"kind": "profit_share", "ratio": "2.5%"},
    ],
    "surplus": "pay_out",
}


@pytest.fixture
def shared(world: World) -> World:
    engage(world, "D07", SHARED)
    return world


def sell(world: World, amount: str, on: str, *, dated: str | None = None) -> str:
    day = dt.date.fromisoformat(on)
    with world.acting("fei", on=day) as fei:
        return commands.record_sales(
            fei,
            world.dealers["D07"],
            amount=Decimal(amount),
            date=dt.date.fromisoformat(dated) if dated else None,
            note="年度销售",
        )


def result(world: World, income: str, cost: str, on: str) -> str:
    with world.acting("fei", on=dt.date.fromisoformat(on)) as fei:
        return commands.record_result(fei, world.dealers["D07"], income=Decimal(income), cost=Decimal(cost))


def granted(world: World, quarter: Quarter) -> Decimal:
    with world.acting("fei"):
        return queries.figures(agreements.of_dealer(world.dealers["D07"])[0], quarter).granted


def begin(world: World, on: str) -> None:
    day = dt.date.fromisoformat(on)
    with world.at(day, hour=0), world.app.app_context():
        clock_actor = parties.clock_actor(world.manufacturers["MF"], "Asia/Shanghai")
        assert clock_actor.scope is not None
        session().enter(clock_actor.scope)
        begin_day(clock_actor)


def counts(world: World) -> tuple[int, ...]:
    with world.acting("lin"):
        tables = (RecordedFigure, Entry, Fact)
        return tuple(session().scalar(sa.select(sa.func.count()).select_from(t)) or 0 for t in tables)


def test_sales_wait_for_the_fourth_quarter_and_grant_the_rounded_whole(shared: World) -> None:
    assert sell(shared, "333333.33", "2026-09-15") == "XS-2026-000001"
    assert (granted(shared, Q3), granted(shared, Q4)) == (Decimal("0.00"), Decimal("0.00"))
    begin(shared, "2026-09-30")
    assert granted(shared, Q4) == Decimal("0.00")
    begin(shared, "2026-10-01")
    # 0.8 % of 333,333.33 is 2,666.67, 0.05 % is 166.67.
    assert granted(shared, Q4) == Decimal("2833.34")
    begin(shared, "2026-10-02")
    sell(shared, "166666.67", "2026-12-15")
    # Together 500,000.00: 4,000.00 and 250.00, whatever the parts round to.
    assert granted(shared, Q4) == Decimal("4250.00")


def test_sales_of_the_year_that_come_in_later_count_in_its_fourth_quarter_while_that_is_open(
    shared: World,
) -> None:
    sell(shared, "1000.00", "2027-01-05", dated="2026-03-31")
    assert granted(shared, Q4) == Decimal("8.50")
    with shared.acting("fei"):
        entries = queries.of_document("XS-2026-000001")
        assert {moved.entry.date for moved in entries} == {dt.date(2026, 10, 1)}


def test_sales_taken_back_before_they_count_grant_nothing(shared: World) -> None:
    number = sell(shared, "1000.00", "2026-05-04")
    with shared.acting("fei", on=dt.date(2026, 6, 1)) as fei:
        assert commands.reverse_figure(fei, number, reason="重复") == "XS-2026-000002"
    with shared.acting("fei") as fei, pytest.raises(RuleBroken) as refused:
        commands.reverse_figure(fei, number, reason="重复")
    assert refused.value.rule == "ST-1"
    begin(shared, "2026-10-01")
    assert granted(shared, Q4) == Decimal("0.00")


def test_a_result_is_shared_on_its_date_and_may_take_from_the_fund(shared: World) -> None:
    assert result(shared, "1000.15", "400.00", "2026-05-04") == "SY-2026-000001"
    # 30 % of 600.15 is 180.05 (half up), 2.5 % is 15.00.
    assert granted(shared, Q2) == Decimal("195.05")
    result(shared, "0.00", "100.10", "2026-05-20")
    assert granted(shared, Q2) == Decimal("195.05") - Decimal("30.03") - Decimal("2.50")
    with shared.acting("fei", on=dt.date(2026, 7, 1)) as fei:
        commands.reverse_figure(fei, "SY-2026-000001", reason="凭证作废")
    assert granted(shared, Q3) == Decimal("-195.05")


@pytest.mark.parametrize(
    ("amount", "date"),
    [("0.00", "2026-05-20"), ("-1.00", "2026-05-20"), ("1.00", "2026-05-21"), ("1.00", "2025-12-31")],
)
def test_sales_are_above_zero_and_dated_within_the_agreement_not_in_the_future(
    amount: str, date: str
) -> None:
    span = Span(dt.date(2026, 1, 1))
    with pytest.raises(RuleBroken) as refused:
        check_sales(span, "XY", dt.date.fromisoformat(date), dt.date(2026, 5, 20), amount=Decimal(amount))
    assert refused.value.rule == "ST-1"


def test_the_quarter_that_grants_is_the_fourth_or_the_agreements_last() -> None:
    starts = dt.date(2026, 1, 1)
    assert sales_quarter(2026, Span(starts)) == Q4
    assert sales_quarter(2026, Span(starts, dt.date(2026, 5, 31))) == Q2
    assert sales_quarter(2026, Span(starts, dt.date(2027, 1, 31))) == Q4


def test_refused_sales_change_nothing(shared: World) -> None:
    before = counts(shared)
    with pytest.raises(RuleBroken):
        sell(shared, "1.00", "2026-05-20", dated="2026-05-21")
    assert counts(shared) == before
    assert sell(shared, "1.00", "2026-05-20") == "XS-2026-000001"


def test_only_finance_records_figures(shared: World) -> None:
    with shared.acting("mei") as mei, pytest.raises(Forbidden):
        commands.record_sales(mei, shared.dealers["D07"], amount=Decimal("1.00"))
    with shared.acting("dana") as dana, pytest.raises(Forbidden):
        commands.record_result(dana, shared.dealers["D01"], income=Decimal("1.00"), cost=Decimal("0.00"))


def test_the_good_rows_of_a_file_are_recorded_all_at_once(shared: World) -> None:
    rows = [
        (1, ("经销商编码", "日期", "收入", "成本", "备注")),
        (2, ("D07", "2026-05-01", "100.00", "40.00", "四月")),
        (3, ("D99", "2026-05-01", "100.00", "40.00", "")),
        (4, ("D07", "2026-05-02", "100.00", "-1.00", "")),
        (5, ("D07", "2026-05-03", "0.00", "20.00", "")),
    ]
    with shared.acting("fei") as fei:
        draft_id = commands.keep_figures(fei, FigureKind.RESULT, "results.csv", rows)
        judged = queries.judge_kept_figures(draft_id, dt.date(2026, 5, 20))
        assert [verdict.ok for verdict in judged.verdicts] == [True, False, False, True]
        assert judged.sum == Decimal("40.00")
    before = counts(shared)
    with shared.acting("fei") as fei, pytest.raises(Conflict):
        commands.import_figures(fei, draft_id, seen_good=3)
    assert counts(shared) == before
    with shared.acting("fei") as fei:
        numbers = commands.import_figures(fei, draft_id, seen_good=2)
    assert numbers == ["SY-2026-000001", "SY-2026-000002"]
    # 18.00 + 1.50 − 6.00 − 0.50
    assert granted(shared, Q2) == Decimal("13.00")
