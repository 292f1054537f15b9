"""English pages say the catalogue's English names; Chinese pages, and parts without one, what the document keeps."""

import datetime as dt
from decimal import Decimal

from portal.catalogue import commands
from tests.browser import Browser
from tests.parts.stock import grant, request, stock
from tests.people import World


def test_a_part_of_a_document_is_named_in_the_readers_language(sqlite_world: World) -> None:
    stock(sqlite_world)
    with sqlite_world.acting("mei") as mei:
        commands.add_part(
            mei,
            code="P-LAMP",
            name="大灯",
            name_en="Headlight",
            unit="件",
            price=Decimal("35.00"),
            starts=dt.date(2026, 1, 1),
        )
    grant(sqlite_world, "2015.00")
    number = request(sqlite_world, {"P-LAMP": 1, "P-MOTOR": 1})
    english = Browser(sqlite_world.app, language="en-GB").sign_in("dana").get(f"parts/{number}")
    assert "Headlight" in english.main
    assert "大灯" not in english.main
    assert "电机" in english.main
    chinese = Browser(sqlite_world.app).sign_in("dana").get(f"parts/{number}")
    assert "大灯" in chinese.main
    assert "Headlight" not in chinese.main
