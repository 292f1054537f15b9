"""Parts of every supply class, and what becomes of them."""

import datetime as dt
from decimal import Decimal

from portal.catalogue import commands as catalogue
from portal.catalogue.rules import Supply
from portal.parts import commands, queries
from portal.parts.rules import Bill
from tests.people import TODAY, World

#: Code → name, supply, price, cost.
PARTS = {
    "P-VALVE": ("水气阀", Supply.EXCHANGE, "95.00", "61.25"),
    "P-SEAL": ("密封圈", Supply.FREE, "0.80", "0.30"),
    "P-BURNER": ("燃烧器", Supply.PURCHASE, "150.00", "110.00"),
    "P-FAN": ("风机", Supply.FLOOR_STOCK, "100.00", "70.00"),
    "P-MOTOR-2": ("电机二代", Supply.FUND, "130.00", "90.00"),
    "P-MOTOR-L": ("电机轻型", Supply.FUND, "99.99", "60.00"),
}


def supply(world: World) -> None:
    """A part of each supply class, and two motors that may stand for the usual one."""
    for code, (name, how, price, cost) in PARTS.items():
        with world.acting("mei", on=dt.date(2026, 1, 2)) as mei:
            catalogue.add_part(
                mei,
                code=code,
                name=name,
                unit="件",
                supply=how,
                price=Decimal(price),
                cost=Decimal(cost),
                starts=dt.date(2026, 1, 1),
            )


def pay(world: World, number: str, *, on: dt.date = TODAY) -> str:
    """Finance confirms what is open on a request."""
    with world.acting("fei", on=on) as fei:
        return commands.confirm_payment(fei, number, reference="YH-1")


def bill(world: World, number: str) -> Bill | None:
    with world.acting("fei"):
        found = queries.get(number)
        return queries.bill_of(found, queries.lines_of(found.id))
