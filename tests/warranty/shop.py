"""Units in the dealers' hands, and a card as a clerk would file it."""

import datetime as dt
from typing import Any

from portal.catalogue import commands as catalogue
from portal.warranty import commands
from portal.warranty.rules import CardDraft
from tests.people import TODAY, World

MAY = dt.date(2026, 5, 1)
SOLD = dt.date(2026, 5, 10)
#: Dealer → the serials that it received.
STOCK = {
    "D01": ("A1", "A2", "A3", "A4", "A5", "A6"),
    "D01S": ("S1", "S2"),
    "D02": ("X1",),
    "D03": ("I1", "I2"),
}


def stock(world: World) -> World:
    """MF makes EB-48 and shipped units to its dealers on 1 May."""
    with world.acting("mei") as mei:
        catalogue.add_product(mei, model="EB-48", name="电动车 48V", months=12)
    for code, serials in STOCK.items():
        with world.acting("mei") as mei:
            catalogue.ship_units(mei, code, "EB-48", serials, batch="B1", shipped_on=MAY)
    return world


def card(world: World, serial: str = "A1", dealer: str = "D01", **changes: Any) -> CardDraft:
    """A card in order, of a unit sold on 10 May."""
    values: dict[str, Any] = {
        "sale_date": SOLD,
        "customer": "王小明",
        "phone": "13800005678",
        "invoice": f"INV-{serial}",
        "point_id": world.dealers[dealer],
        "address": "山东省临沂市兰山区金源路 1 号",
    }
    return CardDraft(serial=serial, **{**values, **changes})


def file(world: World, who: str = "dana", serial: str = "A1", on: dt.date = TODAY, **changes: Any) -> str:
    """File a card as a persona on a day; its number."""
    dealer = {"dana": "D01", "tom": "D01", "sub": "D01S", "rival": "D02", "ida": "D03"}[who]
    with world.acting(who, "MF", on=on) as actor:
        return commands.file(actor, card(world, serial, dealer, **changes))
