"""The pages of a dealer's stock: what is there, counting it, asking for what is suggested."""

import datetime as dt
from io import BytesIO

import pikepdf
import pytest

from portal.parts.queries import stock as queries
from tests.browser import Browser
from tests.parts.returning import take_in
from tests.parts.stock import stock
from tests.people import TODAY, World


@pytest.fixture
def browser(sqlite_world: World) -> Browser:
    stock(sqlite_world)
    with sqlite_world.acting("dana", on=TODAY - dt.timedelta(days=3)) as dana:
        take_in(dana, {"P-MOTOR": 3})
    return Browser(sqlite_world.app).sign_in("dana")


def books(world: World) -> dict[str, int]:
    with world.acting("dana") as dana:
        return queries.pieces_of(queries.point_of(dana), ["P-MOTOR", "P-CTRL"])


def test_a_minimum_makes_a_suggestion_and_the_suggestion_a_request(browser: Browser) -> None:
    browser.get("stock/parts/P-MOTOR")
    assert "签收入库" in browser.main
    browser.submit("minimum-form", status=422, minimum="-1")
    browser.submit("minimum-form", minimum="10")
    browser.get("")
    assert "低于最低库存的零件：1" in browser.main
    browser.get("stock?tab=suggested")
    (link,) = [a for a in browser.select("a") if "按建议备料" in a.get_text()]
    browser.get(str(link["href"]))
    assert browser.select("#lines-0-part")[0]["value"] == "P-MOTOR"
    assert browser.select("#lines-0-pieces")[0]["value"] == "7"


def test_the_stock_is_counted_with_a_reason_for_each_difference(
    sqlite_world: World, browser: Browser
) -> None:
    browser.get("stock/count")
    typed = {"lines-0-counted": "2", "extra-0-part": "p-ctrl", "extra-0-counted": "4"}
    browser.submit("count", status=422, **typed)
    assert "P-CTRL：实盘 4 件，账面 0 件，请说明原因" in browser.main
    browser.submit("count", **{**typed, "lines-0-reason": "损坏", "extra-0-reason": "期初"})
    assert browser.url.endswith("/stock/counts/PD-2026-000001")
    assert books(sqlite_world) == {"P-MOTOR": 2, "P-CTRL": 4}
    browser.get("stock/counts")
    assert "PD-2026-000001" in browser.main


def test_what_moved_while_somebody_counted_is_told_and_counted_again(
    sqlite_world: World, browser: Browser
) -> None:
    browser.get("stock/count")
    with sqlite_world.acting("dana") as dana:
        take_in(dana, {"P-MOTOR": 1})
    browser.submit("count", status=422, **{"lines-0-counted": "4"})
    assert "盘点期间 P-MOTOR 有出入库，现账面为 4 件" in browser.main
    browser.submit("count", **{"lines-0-counted": "4"})
    assert books(sqlite_world) == {"P-MOTOR": 4}


def test_the_sheet_is_printed_and_the_list_downloaded(browser: Browser) -> None:
    browser.get("stock/count.pdf")
    with pikepdf.open(BytesIO(browser.response.data)) as pdf:
        assert "配件库存盘点表" in str(pdf.docinfo["/Title"])
    for name in ("stock/list.xlsx", "stock/count.xlsx"):
        browser.get(name)
        assert browser.response.data[:2] == b"PK"


def test_unused_parts_go_back(sqlite_world: World, browser: Browser) -> None:
    browser.get("stock/parts/P-MOTOR")
    browser.submit("back-form", status=422, pieces="4", note="退回")
    assert "库存为 3 件" in browser.main
    browser.submit("back-form", pieces="1", note="退回")
    assert books(sqlite_world) == {"P-MOTOR": 2}


def test_a_selling_point_counts_its_own(sqlite_world: World, browser: Browser) -> None:
    browser.sign_in("sub").get("stock")
    assert "还没有库存" in browser.main
    browser.get("stock/parts/P-MOTOR")
    assert browser.select("table") == []
    browser.submit("minimum-form", minimum="2")
    assert books(sqlite_world) == {"P-MOTOR": 3}
    browser.get("stock/parts/NOTHING", status=404)
