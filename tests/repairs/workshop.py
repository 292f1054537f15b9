"""A workshop: units in the dealers' hands, parts with prices, a fee standard, fault codes; a record as it is filed."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from portal.catalogue import commands as catalogue
from portal.drafts import commands as drafts
from portal.kernel.db import session
from portal.repairs import commands
from portal.repairs.rules.records import Category, RepairDraft
from portal.warranty import commands as cards
from portal.warranty.rules import CardAction, Cause
from tests.people import TODAY, World
from tests.warranty.shop import file as file_card
from tests.warranty.shop import stock

START = dt.date(2026, 1, 1)
#: The day on which the fault showed: A1 was received on 4 May.
INCIDENT = dt.date(2026, 5, 19)
JPEG = b"\xff\xd8picture"


def workshop(world: World) -> World:
    """EB-48 in stock everywhere, the motor at 120.00, the controller at 88.50, two operations, going on site, codes."""
    stock(world)
    for code, name, price in (("P-MOTOR", "电机", "120.00"), ("P-CTRL", "控制器", "88.50")):
        with world.acting("mei") as mei:
            catalogue.add_part(mei, code=code, name=name, unit="件", price=Decimal(price), starts=START)
    for code, name, amount, onsite in (
        ("W-10", "更换电机", "60.00", False),
        ("W-20", "更换控制器", "25.50", False),
        ("W-90", "上门", "50.00", True),
    ):
        with world.acting("mei") as mei:
            catalogue.add_operation(
                mei, code=code, name=name, amount=Decimal(amount), starts=START, onsite=onsite
            )
    with world.acting("mei") as mei:
        commands.add_default_faults(mei)
    return world


def sell(world: World, serial: str = "A1", *, who: str = "dana") -> None:
    """A unit sold on 10 May with its card accepted on 20 May."""
    number = file_card(world, who, serial)
    with world.acting("mei") as mei:
        cards.review(mei, number, CardAction.ACCEPT)


def draft(serial: str = "A1", **changes: Any) -> RepairDraft:
    """A covered repair with labour and a fault code, of a fault that showed on 19 May."""
    whole = RepairDraft(
        serial,
        INCIDENT,
        Cause.PRODUCT,
        Category.WARRANTY,
        labour=Decimal("60.00"),
        operations=("W-10",),
        symptom="S01",
        reason="C01",
        location="L01",
    )
    return replace(whole, **changes)


def file(world: World, who: str = "dana", serial: str = "A1", on: dt.date = TODAY, **changes: Any) -> str:
    """File a record as a persona on a day; its number."""
    with world.acting(who, "MF", on=on) as actor:
        return commands.file(actor, draft(serial, **changes))


def upload(world: World, who: str = "dana", content: bytes = JPEG) -> int:
    """A picture that waits for its form."""
    with world.acting(who, "MF") as actor:
        return drafts.receive_photo(actor, content=content, fingerprint="0" * 16)


def rows(*tables: Any) -> list[int]:
    """How many rows of each table the present scope sees."""
    return [session().scalar(select(func.count()).select_from(table)) or 0 for table in tables]
