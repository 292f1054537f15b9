"""The home page and the search: what waits, and only what one may see."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from portal.kernel.db import session
from portal.ledger.commands import adjust
from portal.ledger.models import Remittance
from portal.warranty.commands import review
from portal.warranty.rules import CardAction
from tests.browser import Browser
from tests.parts import stock as parts
from tests.people import World
from tests.warranty import shop


@pytest.fixture
def shop_world(sqlite_world: World) -> World:
    """Units at the dealers, one card filed, parts with a request against a quota."""
    shop.stock(sqlite_world)
    shop.file(sqlite_world, "dana", "A1")
    shop.file(sqlite_world, "rival", "X1")
    parts.stock(sqlite_world)
    parts.grant(sqlite_world, "500.00")
    parts.request(sqlite_world, {"P-MOTOR": 1})
    return sqlite_world


def found(browser: Browser, text: str) -> list[str]:
    browser.get(f"search?q={text}")
    return [link.get_text() for link in browser.select("main .todo a")]


def test_home_is_calm_where_nothing_waits(sqlite_world: World) -> None:
    browser = Browser(sqlite_world.app).sign_in("lin").get("")
    assert "没有待办事项" in browser.main


def test_home_says_what_waits_with_a_verb_each(shop_world: World) -> None:
    mei = Browser(shop_world.app).sign_in("mei").get("")
    assert mei.select("h1")[0].get_text().startswith("待办（")
    assert all(
        item.select_one("a.btn") is not None for item in mei.select("main section[aria-label] .todo li")
    )
    assert mei.has_link("review/cards")


def test_home_offers_what_the_role_may_begin(sqlite_world: World) -> None:
    dana = Browser(sqlite_world.app).sign_in("dana").get("")
    assert dana.has_link("cards/new")
    fei = Browser(sqlite_world.app).sign_in("fei").get("")
    assert fei.has_link("remittances/new")
    assert not fei.has_link("cards/new")
    lin = Browser(sqlite_world.app).sign_in("lin").get("")
    assert lin.select(".phead .acts a") == []


def test_home_shows_the_month_of_ones_own(shop_world: World) -> None:
    def tiles(who: str, tenant: str = "") -> dict[str, str]:
        browser = Browser(shop_world.app).sign_in(who, tenant=tenant).get("")
        words = [tile.get_text() for tile in browser.select(".stat .k")]
        return dict(zip(words, [value.get_text() for value in browser.select(".stat b")], strict=True))

    assert tiles("dana") == {
        "本月保修卡": "1",
        "本月备料单": "1",
        "可用额度（元）": "380.00",
        "待确认对账单": "0",
    }
    assert tiles("rival", "MF")["可用额度（元）"] == "0.00"
    assert tiles("sub") == {"本月保修卡": "0"}
    assert tiles("mei")["本月保修卡"] == "2"
    assert tiles("fei")["本月回款（元）"] == "20,000.00"


def test_an_exact_number_and_an_exact_serial_open_at_once(shop_world: World) -> None:
    dana = Browser(shop_world.app).sign_in("dana")
    dana.get("search?q=bl-2026-000001")
    assert dana.url == "/m/MF/parts/BL-2026-000001"
    dana.get("search?q=%EF%BC%A12")
    assert dana.url == "/m/MF/units/A2"
    dana.get("search?q=XY-2026-000001")
    assert dana.url == "/m/MF/agreements/XY-2026-000001"


def test_the_number_of_a_document_without_a_list_opens_its_page_which_says_whether_it_exists(
    shop_world: World,
) -> None:
    with shop_world.acting("fei") as fei:
        number = adjust(fei, shop_world.dealers["D01"], amount=Decimal("5.00"), reason="补记")
    opened = Browser(shop_world.app).sign_in("fei").get(f"search?q={number.lower()}")
    assert "补记" in opened.main
    rival = Browser(shop_world.app).sign_in("rival", tenant="MF")
    for missing in (number, "TZ-2026-999999", "CY-2026-000001"):
        rival.get(f"search?q={missing}", status=404)
    rival.get("search?q=ZZ-2026-000001")


def test_a_card_is_found_by_a_part_of_its_number(shop_world: World) -> None:
    assert "BXK-2026-000001" in found(Browser(shop_world.app).sign_in("dana"), "BXK-2026")


def test_a_remittance_is_found_by_the_banks_reference(shop_world: World) -> None:
    with shop_world.acting("fei"):
        number = session().scalars(select(Remittance.number)).one()
    assert found(Browser(shop_world.app).sign_in("fei"), "D01-B") == [number]


def test_a_dealer_finds_nothing_of_another_one(shop_world: World) -> None:
    rival = Browser(shop_world.app).sign_in("rival", tenant="MF")
    assert found(rival, "BXK-2026") == ["BXK-2026-000002"]
    for text in ("BXK-2026-000001", "BL-2026", "A1", "D01", "甲经销商", "D01-B"):
        assert found(rival, text) == [], text


def test_another_manufacturer_finds_nothing(shop_world: World) -> None:
    otto = Browser(shop_world.app).sign_in("otto")
    for text in ("BXK", "BL-2026", "A1", "D01", "P-MOTOR", "EB-48", "XY-2026-000002"):
        assert found(otto, text) == [], text


def test_a_sub_dealer_finds_its_own_units_only(shop_world: World) -> None:
    sub = Browser(shop_world.app).sign_in("sub")
    sub.get("search?q=S1")
    assert sub.url == "/m/MF/units/S1"
    for text in ("A2", "BL-2026", "BXK-2026"):
        assert found(sub, text) == [], text


def test_the_manufacturer_finds_dealers_parts_and_products(shop_world: World) -> None:
    mei = Browser(shop_world.app).sign_in("mei")
    assert "D02" in found(mei, "乙经销")
    assert found(mei, "电机") == ["P-MOTOR"]
    assert found(mei, "电动车") == ["EB-48"]


@pytest.mark.parametrize(
    "text", ["", "B", "%25%25", "__", "'; drop table card; --", "x" * 200, "\u200b\u200b", "%F0%9F%9A%9C"]
)
def test_strange_searches_find_nothing_and_break_nothing(shop_world: World, text: str) -> None:
    assert found(Browser(shop_world.app).sign_in("mei"), text) == []


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_home_and_search_read_in_other_languages(shop_world: World, language: str) -> None:
    mei = Browser(shop_world.app, language=language).sign_in("mei").get("")
    mei.get("search?q=A")
    mei.get("search?q=D0")
    mei.get("search")


def test_a_page_of_the_home_needs_few_statements(shop_world: World) -> None:
    mei = Browser(shop_world.app).sign_in("mei").get("")
    assert mei.statements <= 46


def test_home_tells_what_the_other_side_did_and_nothing_of_third_parties(shop_world: World) -> None:
    with shop_world.acting("mei") as mei:
        review(mei, "BXK-2026-000001", CardAction.ACCEPT)
    dana = Browser(shop_world.app).sign_in("dana").get("")
    assert [link["href"] for link in dana.select("section[aria-labelledby=news] a")][:1] == [
        "/m/MF/cards/BXK-2026-000001"
    ]
    rival = Browser(shop_world.app).sign_in("rival", tenant="MF").get("")
    assert "BXK-2026-000001" not in rival.main
    mei_sees = Browser(shop_world.app).sign_in("mei").get("").select("section[aria-labelledby=news] a")
    assert {str(link["href"]).rpartition("/")[2] for link in mei_sees} >= {
        "BXK-2026-000002",
        "BL-2026-000001",
    }
