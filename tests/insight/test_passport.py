"""One unit, one page: its whole life, its exchange chain, and nothing that isn't the reader's (QF-5, RP-12)."""

import pytest

from portal.repairs import commands as repairs
from portal.repairs.rules import PartUse
from portal.returns.rules import Disposition
from tests.browser import Browser
from tests.people import World
from tests.repairs import workshop
from tests.returns import yard


@pytest.fixture
def shop(sqlite_world: World) -> World:
    """A2 was sold and exchanged for B2."""
    yard.yard(sqlite_world)
    number = yard.bring(sqlite_world, "A2")
    yard.dispose(sqlite_world, number, "A2", Disposition.EXCHANGED, new_serial="B2", costs={})
    return sqlite_world


def life(browser: Browser) -> list[tuple[str, str]]:
    """What happened, with its document, the newest first."""
    found = []
    for item in browser.select("ol.time li"):
        at = item.select_one(".at")
        assert at is not None
        at.extract()
        link = item.select_one("a")
        found.append((item.get_text(" ", strip=True), link.get_text() if link else ""))
    return found


def test_a_unit_s_page_tells_its_whole_life_and_leads_along_the_chain(shop: World) -> None:
    dana = Browser(shop.app).sign_in("dana").get("search?q=a2")
    told = life(dana)
    assert told == [
        ("退出使用", ""),
        ("退回处理：换货 RMA-2026-000001", "RMA-2026-000001"),
        ("厂家收货 RMA-2026-000001", "RMA-2026-000001"),
        ("已寄往厂家 RMA-2026-000001", "RMA-2026-000001"),
        ("申请退回 RMA-2026-000001", "RMA-2026-000001"),
        ("保修卡：通过 BXK-2026-000002", "BXK-2026-000002"),
        ("提交保修卡 BXK-2026-000002", "BXK-2026-000002"),
        ("售予顾客 BXK-2026-000002", "BXK-2026-000002"),
        ("已发往经销商", ""),
    ]
    assert dana.has_link("units/B2")
    dana.get("units/B2")
    assert dana.has_link("units/A2")
    assert life(dana) == [
        ("换机交付，替换 A2 RMA-2026-000001", "RMA-2026-000001"),
        ("提交保修卡 BXK-2026-000003", "BXK-2026-000003"),
        ("售予顾客 BXK-2026-000003", "BXK-2026-000003"),
    ]


def test_the_serial_of_another_dealer_s_unit_leads_to_who_pays_and_nothing_else(shop: World) -> None:
    rival = Browser(shop.app).sign_in("rival", tenant="MF").get("search?q=A1")
    assert "/coverage" in rival.url
    assert "王小明" not in rival.response.get_data(as_text=True)
    assert "BXK-" not in rival.main
    rival.get("units/A1", status=404)
    assert Browser(shop.app).sign_in("otto").get("search?q=A1").select("main .todo a") == []


def test_parts_that_were_fitted_and_records_taken_back_stand_in_a_unit_s_life(sqlite_world: World) -> None:
    workshop.workshop(sqlite_world)
    number = workshop.file(sqlite_world, parts=(PartUse("P-MOTOR", 2),))
    browser = Browser(sqlite_world.app).sign_in("dana").get("units/A1")
    assert (f"更换零件：电机 × 2 {number}", number) in life(browser)
    with sqlite_world.acting("dana") as dana:
        repairs.void(dana, number, reason="填错整机")
    told = life(browser.get("units/A1"))
    assert (f"维修记录已撤回 {number}", number) in told
    assert not [text for text, _ in told if text.startswith("更换零件")]
