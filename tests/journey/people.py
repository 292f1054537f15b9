"""The small world of the journeys: three dealers with goods in March, and visiting it as a persona."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from portal.catalogue import commands as catalogue
from portal.ledger import commands as ledger
from portal.repairs import commands as repairs
from portal.warranty import commands as cards
from portal.warranty.rules import CardAction
from tests.journey.chromium import DESKTOP, Visitor
from tests.journey.live import Live
from tests.people import PASSWORD, World, make_world
from tests.repairs.claims import BASES, terms
from tests.warranty.shop import file

MARCH, APRIL = dt.date(2026, 3, 10), dt.date(2026, 4, 7)
#: When the repairs and returns of these journeys are.
LATER = dt.date(2026, 4, 20)
SERIALS = ("EB48-000101", "EB48-000102", "EB48-000103")


def world_of(live: Live) -> World:
    """D01 has units; the motor costs 120.00; D02 has remitted something."""
    world = make_world(live.app)
    with world.acting("mei", on=dt.date(2026, 1, 2)) as mei:
        catalogue.add_product(mei, model="EB-48", name="电动车 48V", months=12)
    with world.acting("mei", on=dt.date(2026, 1, 2)) as mei:
        catalogue.add_part(
            mei, code="P-MOTOR", name="电机", unit="件", price=Decimal("120.00"), starts=dt.date(2026, 1, 1)
        )
    with world.acting("mei", on=dt.date(2026, 3, 2)) as mei:
        catalogue.ship_units(mei, "D01", "EB-48", SERIALS, batch="B1", shipped_on=dt.date(2026, 3, 2))
    with world.acting("fei", on=dt.date(2026, 3, 5)) as fei:
        ledger.record_remittance(
            fei, world.dealers["D02"], date=dt.date(2026, 3, 5), amount=Decimal("8000.00"), bank_ref="B-D02"
        )
    return world


def workshop_of(world: World) -> World:
    """From April on D01 is paid for repairs; there are fees and fault codes, and its first unit is sold."""
    terms(world, bases=BASES)
    for code, name, amount, onsite in (("W-10", "更换电机", "60.00", False), ("W-90", "上门", "50.00", True)):
        with world.acting("mei", on=dt.date(2026, 1, 2)) as mei:
            catalogue.add_operation(
                mei, code=code, name=name, amount=Decimal(amount), starts=dt.date(2026, 1, 1), onsite=onsite
            )
    with world.acting("mei", on=dt.date(2026, 1, 2)) as mei:
        repairs.add_default_faults(mei)
    card = file(world, "tom", SERIALS[0], on=dt.date(2026, 4, 11), sale_date=dt.date(2026, 4, 10))
    with world.acting("mei", on=dt.date(2026, 4, 12)) as mei:
        cards.review(mei, card, CardAction.ACCEPT)
    return world


def visit(
    browser: Browser,
    live: Live,
    who: str,
    *,
    size: dict[str, int] = DESKTOP,
    tenant: str = "",
    scripts: bool = True,
) -> Visitor:
    """Sign in as a persona."""
    visitor = Visitor(browser, live.address, size=size, scripts=scripts)
    return visitor.sign_in(f"{who}@example.test", PASSWORD, tenant=tenant)


def picture(path: Path) -> Path:
    """A photo as a phone takes it."""
    image = Image.effect_mandelbrot((640, 480), (-2, -1.2, 1, 1.2), 40).convert("RGB")
    image.save(path, "JPEG")
    return path
