"""Parts with prices and dealers with quota, made through the commands."""

import datetime as dt
from decimal import Decimal

from portal.agreements import queries as agreements
from portal.catalogue import commands as catalogue
from portal.kernel.period import Quarter
from portal.ledger import commands as ledger
from portal.ledger import queries as funds
from portal.parts import commands
from tests.people import TODAY, World

PRICES = {"P-MOTOR": "120.00", "P-CTRL": "88.50"}
NAMES = {"P-MOTOR": "电机", "P-CTRL": "控制器"}


def stock(world: World, on: dt.date = dt.date(2026, 1, 2)) -> None:
    """The motor at 120.00 and the controller at 88.50."""
    for code, price in PRICES.items():
        with world.acting("mei", on=on) as mei:
            catalogue.add_part(
                mei, code=code, name=NAMES[code], unit="件", price=Decimal(price), starts=dt.date(2026, 1, 1)
            )


def grant(world: World, amount: str, *, dealer: str = "D01", on: dt.date = TODAY, ref: str = "B-1") -> None:
    """Give a dealer this much quota: a remittance of forty times the amount at 2.5 %."""
    with world.acting("fei", on=on) as fei:
        ledger.record_remittance(
            fei, world.dealers[dealer], date=on, amount=Decimal(amount) * 40, bank_ref=f"{dealer}-{ref}"
        )


def request(
    world: World,
    pieces: dict[str, int],
    *,
    who: str = "dana",
    on: dt.date = TODAY,
    consent: bool = False,
    key: str | None = None,
) -> str:
    """File a request; its number."""
    with world.acting(who, on=on) as actor:
        return commands.request(actor, pieces, consent=consent, key=key)


def decide(world: World, number: str, approved: dict[str, int], *, on: dt.date = TODAY) -> str:
    with world.acting("mei", on=on) as mei:
        return commands.decide(mei, number, approved)


def ship(world: World, number: str, pieces: dict[str, int], *, on: dt.date = TODAY) -> str:
    with world.acting("mei", on=on) as mei:
        return commands.ship(mei, number, pieces, carrier="示例快运", waybill="YD-1")


def left(world: World, dealer: str = "D01", on: dt.date = TODAY) -> Decimal:
    """The quota of a dealer."""
    with world.acting("lin", on=on):
        return funds.quota(agreements.of_dealer(world.dealers[dealer])[0], Quarter.of(on)).left
