"""Remittances and adjustments through their commands, on both engines."""

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.audit.models import Fact
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, RuleBroken
from portal.kernel.period import Quarter
from portal.ledger import commands, queries
from portal.ledger.models import Entry, Line, Remittance
from tests.people import World

Q2 = Quarter(2026, 2)


def remit(
    world: World,
    amount: str,
    ref: str,
    *,
    dealer: str = "D01",
    on: str = "2026-05-20",
    key: str | None = None,
) -> str:
    with world.acting("fei", on=dt.date.fromisoformat(on)) as fei:
        return commands.record_remittance(
            fei,
            world.dealers[dealer],
            date=dt.date.fromisoformat(on),
            amount=Decimal(amount),
            bank_ref=ref,
            key=key,
        )


def granted(world: World, quarter: Quarter = Q2, dealer: str = "D01") -> Decimal:
    with world.acting("fei"):
        return queries.figures(agreements.of_dealer(world.dealers[dealer])[0], quarter).granted


def counts(world: World) -> tuple[int, int, int]:
    with world.acting("lin"):
        return tuple(
            session().scalar(sa.select(sa.func.count()).select_from(t)) for t in (Remittance, Entry, Fact)
        )  # type: ignore[return-value]


def test_a_remittance_grants_its_share_at_once(world: World) -> None:
    assert remit(world, "80000.00", "B-1") == "HK-2026-000001"
    assert granted(world) == Decimal("2000.00")


def test_the_quarter_grants_the_rounded_whole_whatever_the_parts(world: World) -> None:
    for place, amount in enumerate(("0.30", "0.30", "0.30", "0.30")):
        remit(world, amount, f"B-{place}")
    assert granted(world) == Decimal("0.03")


def test_a_reversal_counts_on_its_own_date(world: World) -> None:
    number = remit(world, "20000.00", "B-1", on="2026-03-30")
    with world.acting("fei", on=dt.date(2026, 4, 2)) as fei:
        assert commands.reverse_remittance(fei, number, reason="退票") == "HK-2026-000002"
    assert (granted(world, Quarter(2026, 1)), granted(world, Q2)) == (Decimal("500.00"), Decimal("-500.00"))
    with world.acting("fei") as fei, pytest.raises(RuleBroken) as refused:
        commands.reverse_remittance(fei, number)
    assert refused.value.rule == "ST-11"


@pytest.mark.parametrize(
    ("amount", "ref", "on"),
    [("0.00", "B-2", "2026-05-20"), ("-1.00", "B-2", "2026-05-20"), ("5.00", "B-1", "2026-05-20"),
     ("5.00", "B-2", "2026-05-21"), ("5.00", "B-2", "2025-12-31")],
)  # fmt: skip
def test_a_refused_remittance_changes_nothing(world: World, amount: str, ref: str, on: str) -> None:
    remit(world, "80000.00", "B-1")
    before = counts(world)
    with world.acting("fei") as fei, pytest.raises(RuleBroken) as refused:
        commands.record_remittance(
            fei, world.dealers["D01"], date=dt.date.fromisoformat(on), amount=Decimal(amount), bank_ref=ref
        )
    assert refused.value.rule == "ST-11"
    assert counts(world) == before
    assert remit(world, "1.00", "B-9") == "HK-2026-000002"


def test_the_same_key_returns_the_first_answer_and_other_content_is_refused(world: World) -> None:
    first = remit(world, "80000.00", "B-1", key="k" * 32)
    before = counts(world)
    assert remit(world, "80000.00", "B-1", key="k" * 32) == first
    with pytest.raises(Conflict):
        remit(world, "80000.01", "B-1", key="k" * 32)
    assert counts(world) == before


def test_an_adjustment_moves_the_fund_and_needs_the_right(world: World) -> None:
    with world.acting("fei") as fei:
        assert (
            commands.adjust(fei, world.dealers["D01"], amount=Decimal("12.34"), reason="补记")
            == "TZ-2026-000001"
        )
    with world.acting("fei"):
        figures = queries.figures(agreements.of_dealer(world.dealers["D01"])[0], Q2)
        assert (figures.adjusted, figures.result) == (Decimal("12.34"), Decimal("12.34"))
    with world.acting("mei") as mei, pytest.raises(Forbidden):
        commands.adjust(mei, world.dealers["D01"], amount=Decimal("1.00"), reason="x")


def test_every_entry_sums_to_zero(world: World) -> None:
    remit(world, "80000.00", "B-1")
    remit(world, "33.33", "B-2")
    with world.acting("lin"):
        sums = (
            session()
            .execute(sa.select(Line.entry_id, sa.func.sum(Line.amount)).group_by(Line.entry_id))
            .all()
        )
    assert [amount for _, amount in sums] == [Decimal("0.00"), Decimal("0.00")]
