"""Many people at the bank statement at once: nothing is recorded twice, the grant is the rounded whole (ST-11)."""

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa

from portal.kernel.db import session
from portal.kernel.period import Quarter
from portal.ledger import checks, commands, queries
from portal.ledger.models import Remittance
from tests.parts.stock import grant, left, request, stock
from tests.parts.test_races import together
from tests.people import TODAY, World


def remit(world: World, ref: str, amount: str = "0.30", dealer: str = "D01", who: str = "fei") -> str:
    with world.acting(who) as actor:
        return commands.record_remittance(
            actor, world.dealers[dealer], date=TODAY, amount=Decimal(amount), bank_ref=ref
        )


def sound(world: World) -> bool:
    with world.acting("lin"):
        return checks.check() == []


def test_one_reference_from_many_people_is_recorded_once(world: World) -> None:
    outcomes = together(
        world, lambda client: remit(world, "B-1", "80000.00", who=("fei", "fay")[client % 2]), 16
    )
    assert outcomes["HK-2026-000001"] == 1
    assert set(outcomes) <= {"HK-2026-000001", "ST-11", "Conflict"}
    assert left(world) == Decimal("2000.00")


def test_many_remittances_at_once_grant_the_rounded_whole(world: World) -> None:
    outcomes = together(world, lambda client: remit(world, f"B-{client}"))
    assert sum(outcomes.values()) == len(outcomes) == 24
    with world.acting("lin"):
        remitted = session().scalar(sa.select(sa.func.sum(Remittance.amount)))
    assert (remitted, left(world)) == (Decimal("7.20"), Decimal("0.18"))
    assert sound(world)


def test_a_remittance_is_reversed_once(world: World) -> None:
    number = remit(world, "B-1", "80000.00")

    def reverse(client: int) -> str:
        with world.acting(("fei", "fay")[client % 2]) as actor:
            return commands.reverse_remittance(actor, number)

    outcomes = together(world, reverse, 16)
    assert outcomes["HK-2026-000002"] == 1
    assert set(outcomes) <= {"HK-2026-000002", "ST-11", "Conflict"}
    assert left(world) == Decimal("0.00")


def test_a_file_a_remittance_and_requests_of_the_same_dealers_wait_for_each_other(world: World) -> None:
    stock(world)
    for dealer in ("D01", "D02"):
        grant(world, "5000.00", dealer=dealer)
    header = (1, ("经销商编码", "到账日期", "金额", "银行流水号"))

    def act(client: int) -> str:
        if client % 4 == 0:
            order = ("D01", "D02") if client % 8 else ("D02", "D01")
            rows = [
                (place + 2, (code, str(TODAY), "100.00", f"F-{client}-{code}"))
                for place, code in enumerate(order)
            ]
            with world.acting("fei") as fei:
                draft = commands.keep_file(fei, "x.csv", [header, *rows])
            with world.acting("fei") as fei:
                return ",".join(commands.import_remittances(fei, draft, seen_good=2))
        if client % 4 == 1:
            return remit(world, f"S-{client}", "100.00", dealer="D02")
        return request(world, {"P-MOTOR": 1}, who=("dana", "rival")[client % 2])

    outcomes = together(world, act, 16)
    assert len(outcomes) == 16, outcomes
    assert sound(world)
    with world.acting("lin"):
        numbers = sorted(session().scalars(sa.select(Remittance.number)))
        assert numbers == [f"HK-2026-{n:06d}" for n in range(1, 15)]
        assert queries.remitted(1, Quarter.of(dt.date(2026, 5, 20))) == Decimal("200400.00")
