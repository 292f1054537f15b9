"""The pages of returns: the basket, the check, the decision, the warehouse, what becomes of a unit, the papers."""

import datetime as dt
import io

import pytest
from pikepdf import Pdf
from PIL import Image

from portal.quality import commands as quality
from portal.returns import commands
from portal.returns.rules import Disposition, ReturnReason
from portal.spreadsheets.reading import read_rows
from tests.browser import Browser
from tests.documents import pdfs
from tests.people import World
from tests.returns.yard import ask, bring, decide, dispose, free, receive, ship, state, yard

N1 = "RMA-2026-000001"


@pytest.fixture
def browser(sqlite_world: World) -> Browser:
    yard(sqlite_world)
    return Browser(sqlite_world.app)


def jpeg() -> tuple[io.BytesIO, str]:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(file, "JPEG")
    file.seek(0)
    return file, "plate.jpg"


def test_a_dealer_puts_units_in_a_basket_sees_who_pays_checks_and_submits(
    sqlite_world: World, browser: Browser
) -> None:
    browser.sign_in("dana").get("returns/new")
    browser.submit("first", serial="X1", status=422)
    assert "X1 不在发给贵方的产品中" in browser.main
    browser.submit("first", serial=" a1 ")
    assert "品质不良" in browser.main
    browser.submit("next", serial="A1", status=422)
    browser.submit("next", serial="A2")
    assert "保修期内" in browser.main
    browser.submit("next", serial="A3")
    browser.get(browser.url)
    basket = browser.url
    for serial in ("A1", "A2"):
        browser.get(f"{basket}/units/{serial}")
        browser.submit("unit", fault=f"{serial} 不通电", photo_files=jpeg(), packing="substitute")
    browser.get(f"{basket}/units/A3")
    browser.submit("unit", fault="", status=422)
    browser.get(basket)
    browser.submit(f"{basket}/units/A3/out")
    browser.get(f"{basket}/check")
    assert "A3" not in browser.main
    assert "A1 不通电" in browser.main
    browser.submit("submit", note="客户催得急")
    assert browser.url.endswith(f"/returns/{N1}")
    assert "待审核" in browser.main
    assert len(browser.select("img.ph")) == 2
    assert free(sqlite_world, ["A1", "A2", "A3"]) == ["A3"]
    browser.get("returns?q=a1")
    assert browser.has_link(f"returns/{N1}")
    browser.get("returns/list.xlsx?tab=all")
    rows = read_rows(browser.response.data, "x.xlsx")
    assert "A2" in str(rows)
    browser.sign_in("rival", tenant="MF").get(f"returns/{N1}", status=404)


def test_the_reviewer_asks_for_more_then_decides_unit_by_unit(sqlite_world: World, browser: Browser) -> None:
    ask(sqlite_world, "A1", "A2", fault="异响")
    browser.sign_in("mei").get("returns")
    browser.follow(N1)
    browser.submit("ask", reason="no_repair_tried", text="请先维修一次")
    assert state(sqlite_world, N1) == "needs_info"
    dana = Browser(sqlite_world.app).sign_in("dana").get("")
    assert "需要补充资料" in dana.main
    dana.get(f"returns/{N1}/answer")
    assert "请先维修一次" in dana.main
    dana.submit("answer", text="已修过，仍有异响", photo_A1_files=jpeg())
    assert "待审核" in dana.main
    browser.get(f"returns/{N1}")
    browser.submit("decide", approve=["A1"], status=422)
    assert "A2：请选择驳回原因" in browser.main
    browser.submit(
        "decide", approve=["A1"], **{"reason-A2": "repairable_on_site", "text-A2": "就地调整"}, status=422
    )
    assert "尚未尝试维修" in browser.main
    browser.submit("decide", approve=["A1"], waive="y", **{"reason-A2": "repairable_on_site"})
    assert "已通过" in browser.main
    assert free(sqlite_world, ["A1", "A2"]) == ["A2"]
    browser.get("returns?tab=send")
    assert browser.has_link(f"returns/{N1}")


def test_the_dealer_prints_the_papers_and_sends_the_units(sqlite_world: World, browser: Browser) -> None:
    ask(sqlite_world, "A2", fault="不充电")
    browser.sign_in("dana").get(f"returns/{N1}/label.pdf", status=422)
    decide(sqlite_world, N1, "A2")
    browser.get(f"returns/{N1}/label.pdf")
    label = Pdf.open(io.BytesIO(browser.response.data))
    width, height = (float(side) for side in label.pages[0].mediabox[2:])
    assert (round(width / 72 * 25.4), round(height / 72 * 25.4)) == (105, 148)
    browser.get(f"returns/{N1}/request.pdf")
    assert len(Pdf.open(io.BytesIO(browser.response.data)).pages) == 1
    browser.get(f"returns/{N1}")
    browser.submit("ship", carrier="", waybill="YD-7", status=422)
    browser.submit("ship", carrier="示例快运", waybill="YD-7", cartons="2")
    assert state(sqlite_world, N1) == "shipped"
    assert "YD-7" in browser.main
    ask(sqlite_world, "A4")
    browser.get("returns/RMA-2026-000002")
    browser.submit("cancel", text="不退了")
    assert state(sqlite_world, "RMA-2026-000002") == "cancelled"


def test_the_request_sheet_prints_the_frozen_basis_of_each_unit(
    sqlite_world: World, browser: Browser
) -> None:
    ask(sqlite_world, "A1", "A2", "A4")
    browser.sign_in("mei").get(f"returns/{N1}/request.pdf")
    flat = "".join("".join(pdfs.pages(browser.response.data)).split())
    assert flat.count("依据Basis") == 3
    early = "依据Basis在售出后15天内发现·第10天，共15天·第3.5条Foundwithin15daysofthesale·day10of15·clause3.5"
    assert flat.count(early) == 1
    stock = "依据Basis本机未售出，已超过开箱不良期限·第16天，已超过7天的期限·第3.4/3.3条"
    assert flat.count(stock) == 1


def test_the_warehouse_scans_with_enter_and_quarantines_what_came_unasked(
    sqlite_world: World, browser: Browser
) -> None:
    ask(sqlite_world, "A2", "A4")
    decide(sqlite_world, N1, "A2", "A4")
    ship(sqlite_world, N1)
    browser.sign_in("mei").get("returns/receiving")
    browser.submit("scan", serial=f"https://portal.example.test/m/MF/returns/{N1}")
    assert "已清点 0／2 台" in browser.main
    browser.submit("scan", serial="A2", condition="wet", complete=None, note="箱底进水")
    assert "A2 已签收" in browser.main
    assert "已清点 1／2 台" in browser.main
    assert browser.select("#serial")[0].get("value", "") == ""
    browser.submit("scan", serial="A2")
    assert "已清点过" in browser.main
    browser.submit("scan", serial="A6")
    assert "请放入隔离区" in browser.main
    browser.submit("scan", serial="", status=422)
    browser.get("returns/quarantine")
    assert "未申请退货" in browser.main
    browser.submit("quarantine/1", how="taken_in", status=422)
    browser.submit("quarantine/1", how="sent_back", note="退回")
    assert "隔离区为空" in browser.main
    browser.get(f"returns/{N1}")
    browser.submit("count", listed="no")
    assert "以清点为准" in browser.main
    assert free(sqlite_world, ["A2", "A4"]) == ["A4"]
    browser.sign_in("dana").get("returns/receiving", status=403)


def test_what_becomes_of_a_unit_is_decided_with_the_charges_in_sight(
    sqlite_world: World, browser: Browser
) -> None:
    bring(sqlite_world, "A2")
    browser.sign_in("mei").get("returns?tab=dispose")
    browser.follow(N1)
    browser.get(f"returns/{N1}/units/A2")
    browser.submit("inspect", text="电机绕组短路")
    costs = {"inbound": "42.00", "outbound": "41.00", "parts": "66.60", "labour": "30.00"}
    browser.post(f"returns/{N1}/units/A2/preview", htmx=True, disposition="repaired", **costs)
    assert "108.60" in browser.response.text
    browser.get(f"returns/{N1}/units/A2")
    browser.submit("dispose", disposition="exchanged", **costs, status=422)
    assert "请填写换新机的序列号" in browser.main
    browser.submit("dispose", disposition="exchanged", new_serial="B2", **costs)
    assert "已处理完毕" in browser.main
    assert "42.00" in browser.main
    assert "电机绕组短路" in browser.main
    browser.get("units/B2")
    assert "换机链" in browser.main
    browser.get("cards/BXK-2026-000003")
    assert "承接换机前的保修回执卡" in browser.main
    browser.sign_in("dana").get("units/A2")
    assert browser.has_link("units/B2")
    browser.get(f"returns/{N1}/units/A2", status=403)


def test_the_home_page_says_what_waits(sqlite_world: World, browser: Browser) -> None:
    ask(sqlite_world, "A2")
    assert "待审核退货申请：1 张" in browser.sign_in("mei").get("").main
    decide(sqlite_world, N1, "A2")
    assert f"退货申请 {N1} 已通过，请发货" in browser.sign_in("dana").get("").main
    ship(sqlite_world, N1)
    receive(sqlite_world, N1, "A2")
    assert "待处理退回整机：1 台" in browser.sign_in("mei").get("").main
    dispose(sqlite_world, N1, "A2", Disposition.NO_FAULT)
    assert "待处理退回整机" not in browser.get("").main
    assert browser.sign_in("lin").get(f"returns/{N1}").status == 200


def test_the_home_page_sends_units_on_their_way_to_the_warehouse_and_then_to_quality(
    sqlite_world: World, browser: Browser
) -> None:
    ask(sqlite_world, "A2", "A3")
    decide(sqlite_world, N1, "A2", "A3", waive_repair=True)
    assert "在途待收退货" not in browser.sign_in("mei").get("").main
    ship(sqlite_world, N1)
    assert "在途待收退货：1 张" in browser.get("").main
    assert browser.has_link("returns/receiving")
    receive(sqlite_world, N1, "A2", "A3")
    main = browser.get("").main
    assert "退回整机待检验：2 台" in main
    assert "在途待收退货" not in main
    with sqlite_world.acting("mei") as mei:
        commands.inspect(mei, N1, "A2", text="外观完好")
    assert "退回整机待检验：1 台" in browser.get("").main
    dispose(sqlite_world, N1, "A3", Disposition.NO_FAULT)
    assert "待检验" not in browser.get("").main


def test_the_home_page_tells_a_dealer_for_a_week_what_was_not_as_asked(
    sqlite_world: World, browser: Browser
) -> None:
    words = "近期被驳回、过期或清点有差异的退货申请："
    ask(sqlite_world, "A1", "A2")
    decide(sqlite_world, N1, "A2", reasons={"A1": ReturnReason.MISUSE}, waive_repair=True)
    assert f"{words}1 张" in browser.sign_in("dana").get("").main
    assert browser.has_link("returns?tab=answered")
    assert N1 in browser.get("returns?tab=answered").main
    for on, told in ((dt.date(2026, 5, 27), True), (dt.date(2026, 5, 28), False)):
        later = Browser(sqlite_world.app, on=on).sign_in("dana")
        assert (words in later.get("").main) is told
        assert (N1 in later.get("returns?tab=answered").main) is told


def test_a_batch_defect_goes_first_and_a_missing_unit_is_told(sqlite_world: World, browser: Browser) -> None:
    with sqlite_world.acting("mei") as mei:
        quality.declare_batch(mei, "EB-48", "B1", reason="焊点虚焊")
    ask(sqlite_world, "A1", "A2")
    decide(sqlite_world, N1, "A1", "A2", waive_repair=True)
    ship(sqlite_world, N1)
    receive(sqlite_world, N1, "A1")
    main = browser.sign_in("mei").get("").main
    assert "批量缺陷退机待检验：1 台" in main
    assert "退回整机待检验" not in main
    words = "近期被驳回、过期或清点有差异的退货申请："
    assert words not in browser.sign_in("dana").get("").main
    with sqlite_world.acting("mei") as mei:
        commands.count(mei, N1, listed=True)
    assert f"{words}1 张" in browser.get("").main
