"""The checks over the ledger find what doesn't add up, and nothing where all is well."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.app import owner_engine
from portal.kernel.db import Base, session
from portal.kernel.scope import Scope
from portal.ledger import checks, commands
from portal.parts import commands as parts
from portal.parts.rules import Shipping
from tests.parts.stock import decide, grant, request, ship, stock
from tests.people import World

Fault = Callable[[sa.Connection], None]


def business(world: World) -> None:
    """A quarter with everything in it: grants, a reversal, an adjustment, requests in every state."""
    stock(world)
    grant(world, "2015.00")
    grant(world, "12.34", ref="B-2", dealer="D02")
    with world.acting("fei") as fei:
        number = commands.record_remittance(
            fei, world.dealers["D01"], date=dt.date(2026, 5, 19), amount=Decimal("333.33"), bank_ref="B-3"
        )
    with world.acting("fei") as fei:
        commands.reverse_remittance(fei, number, reason="退票")
    with world.acting("fei") as fei:
        commands.adjust(fei, world.dealers["D01"], amount=Decimal("-5.00"), reason="更正")
    with world.acting("dana") as dana:
        first = parts.request(
            dana, {"P-MOTOR": 3, "P-CTRL": 2}, shipping=Shipping.EXPRESS, express=Decimal("20.00")
        )
    request(world, {"P-MOTOR": 1})
    third = request(world, {"P-MOTOR": 2})
    decide(world, first, {"P-MOTOR": 3, "P-CTRL": 1})
    ship(world, first, {"P-MOTOR": 2})
    decide(world, third, {})


def found(world: World) -> list[str]:
    with world.app.app_context():
        session().enter(Scope(world.manufacturers["MF"]))
        return [str(finding.text) for finding in checks.check()]


def corrupt(world: World, database_url: str, fault: Fault) -> None:
    """Change rows as nobody but the database's owner can."""
    owner = owner_engine(database_url)
    with owner.begin() as connection:
        fault(connection)
    owner.dispose()


def table(name: str) -> sa.Table:
    return Base.metadata.tables[name]


def change(name: str, where: dict[str, object], **values: object) -> Fault:
    def fault(connection: sa.Connection) -> None:
        rows = table(name)
        statement = sa.update(rows).values(**values)
        for column, value in where.items():
            statement = statement.where(rows.c[column] == value)
        assert connection.execute(statement).rowcount > 0

    return fault


def test_a_year_s_business_adds_up(world: World) -> None:
    business(world)
    assert found(world) == []


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (
            change("balance", {"account": "drawn"}, amount=Decimal("1.00")),
            "Agreement XY-2026-000001, 2026Q2: the balance of drawn is 1.00, its postings sum to 240.00.",
        ),
        (change("line", {"account": "granted"}, amount=Decimal("-1.00")), "is not balanced"),
        (
            change("remittance", {"number": "HK-2026-000001"}, amount=Decimal("80000.00")),
            "Agreement XY-2026-000001, 2026Q2: remittances granted 2015.00, their share is 2000.00.",
        ),
        (
            change("parts_request", {"number": "BL-2026-000002"}, state="cancelled"),
            "Request BL-2026-000002 reserves 120.00 of the fund, its lines ask for 0.00.",
        ),
        (
            change("parts_shipment", {"number": "FH-2026-000001"}, cost=Decimal("120.00")),
            "Agreement XY-2026-000001: 240.00 is posted for shipments that cost 120.00.",
        ),
        (
            change("parts_shipment", {"number": "FH-2026-000001"}, express=Decimal("0.00")),
            "Agreement XY-2026-000001: 20.00 is posted for shipments that cost 0.00.",
        ),
        (
            change("fund", {"agreement_id": 1}, closed_until="2026Q2"),
            "Agreement XY-2026-000001: the fund of closed quarter 2026Q2 still holds 1770.00.",
        ),
    ],
    ids=["balance", "line", "remittance", "state", "shipment", "express", "closed"],
)
@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_each_planted_fault_is_found(world: World, database_url: str, fault: Fault, says: str) -> None:
    business(world)
    corrupt(world, database_url, fault)
    assert any(says in sentence for sentence in found(world)), found(world)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_deleted_balance_is_found(world: World, database_url: str) -> None:
    business(world)
    corrupt(world, database_url, lambda c: c.execute(sa.delete(table("balance"))))  # type: ignore[arg-type, return-value]
    assert (
        "Agreement XY-2026-000001, 2026Q2: the balance of fund is 0.00, its postings sum to 1770.00."
        in found(world)
    )
