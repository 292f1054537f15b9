"""The pages of parts requests: filing with the quota beside it, deciding, shipping, confirming receipt."""

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.app import owner_engine
from portal.kernel.db import Base, session
from portal.parts import queries
from portal.parts.models import PartsRequest
from portal.parts.rules import RequestState
from portal.spreadsheets.reading import read_rows
from tests.browser import Browser
from tests.parts.stock import decide, grant, left, request, ship, stock
from tests.people import World


@pytest.fixture
def browser(sqlite_world: World) -> Browser:
    stock(sqlite_world)
    return Browser(sqlite_world.app)


def state(world: World, number: str) -> RequestState:
    with world.acting("lin"):
        return queries.get(number).state


def lines(**rows: str) -> dict[str, str]:
    """`lines(p0="P-MOTOR", n0="2")` as the form names its fields."""
    names = {"p": "part", "n": "pieces"}
    return {f"lines-{key[1:]}-{names[key[0]]}": value for key, value in rows.items()}


def test_a_dealer_sees_what_the_quota_covers_checks_and_submits(
    sqlite_world: World, browser: Browser
) -> None:
    grant(sqlite_world, "2015.00")
    browser.sign_in("dana").get("parts/new")
    assert "可用额度 2,015.00" in browser.main
    typed = lines(p0="p-motor", n0="10", p1="控制器", n1="5")
    browser.submit("核对并提交", purpose="repair", purpose_note="BX-7", **typed)
    assert "核对备料单" in browser.main
    assert "提交后可用 372.50" in browser.main
    assert "维修专用 · BX-7" in browser.main
    assert browser.select("#consent") == []
    with sqlite_world.acting("lin"):
        assert session().scalar(sa.select(sa.func.count()).select_from(PartsRequest)) == 0
    browser.submit("提交备料单")
    assert browser.url.endswith("/parts/BL-2026-000001")
    assert "待审核" in browser.main
    assert "1,642.50" in browser.main
    assert left(sqlite_world) == Decimal("372.50")


def test_beyond_the_quota_the_amount_is_consented_to(sqlite_world: World, browser: Browser) -> None:
    grant(sqlite_world, "372.50")
    browser.sign_in("dana").get("parts/new")
    browser.submit("核对并提交", **lines(p0="P-MOTOR", n0="4"))
    assert "我方同意超出额度 107.50 元" in browser.main
    browser.submit("提交备料单", status=422)
    assert "本单有 107.50 元超出额度" in browser.main
    browser.submit("提交备料单", consent="y")
    assert "经同意超出额度 107.50 元" in browser.main
    assert left(sqlite_world) == Decimal("-107.50")


def test_a_quota_that_shrank_while_the_page_was_read_is_told_and_checked_again(
    sqlite_world: World, browser: Browser
) -> None:
    grant(sqlite_world, "372.50")
    browser.sign_in("dana").get("parts/new")
    browser.submit("核对并提交", **lines(p0="P-MOTOR", n0="4"))
    request(sqlite_world, {"P-CTRL": 1}, who="tom")
    browser.submit("提交备料单", status=422, consent="y")
    assert "额度已有变化：超出额度 196.00 元，您同意的是 107.50 元" in browser.main
    assert "我方同意超出额度 196.00 元" in browser.main
    browser.submit("提交备料单", consent="y")
    assert browser.url.endswith("/parts/BL-2026-000002")


def test_what_was_typed_comes_back_from_the_check(sqlite_world: World, browser: Browser) -> None:
    grant(sqlite_world, "372.50")
    browser.sign_in("dana").get("parts/new")
    browser.submit(
        "核对并提交", needed_by="20260601", shipping="express", express="35", **lines(p0="P-MOTOR", n0="2")
    )
    assert "35.00" in browser.main
    browser.submit("修改")
    assert [field["value"] for field in browser.select('[name="lines-0-part"], [name="lines-0-pieces"]')] == [
        "P-MOTOR",
        "2",
    ]
    browser.submit("加一行", **lines(p1="P-CTRL", n1="1"))
    assert len(browser.select('[name$="-part"]')) == 4
    browser.submit("核对并提交")
    browser.submit("提交备料单")
    assert "快运 · 35.00" in browser.main


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({}, "请至少填写一种零件"),
        (lines(p0="P-NONE", n0="1"), "没有这种可申请的零件"),
        (lines(p0="P-MOTOR"), "请输入数量"),
        (lines(p0="P-MOTOR", n0="0"), "1"),
        (lines(p0="P-MOTOR", n0="1,5"), "请输入整数"),
        (lines(p0="P-MOTOR", n0="1", p1="电机", n1="2"), "该零件重复列出"),
        (lines(n0="4"), "没有这种可申请的零件"),
        (lines(p0="P-MOTOR", n0="9" * 400), "请输入整数"),
        ({"shipping": "express", **lines(p0="P-MOTOR", n0="1")}, "请输入厂家报价的差价"),
    ],
)
def test_what_is_wrong_stands_beside_its_line(
    sqlite_world: World, browser: Browser, typed: dict[str, str], says: str
) -> None:
    browser.sign_in("dana").get("parts/new")
    browser.submit("核对并提交", status=422, **typed)
    assert says in browser.select(".errsum")[0].get_text()
    browser.submit("核对并提交", status=422, needed_by="morgen", **lines(p0="P-MOTOR", n0="1"))
    assert "请输入日期" in browser.select(".errsum")[0].get_text()


def test_the_cover_is_a_piece_of_the_page_and_follows_what_is_typed(
    sqlite_world: World, browser: Browser
) -> None:
    grant(sqlite_world, "372.50")
    browser.sign_in("dana").get("parts/new")
    browser.post("parts/new/cover", htmx=True, **lines(p0="P-MOTOR", n0="4", p1="P-NONE", n1="x"))
    piece = browser.response.get_data(as_text=True)
    assert "107.50" in piece
    assert 'id="cover"' in piece
    assert "<h1" not in piece


def test_a_reviewer_decides_line_by_line_and_says_why(sqlite_world: World, browser: Browser) -> None:
    grant(sqlite_world, "2015.00")
    number = request(sqlite_world, {"P-MOTOR": 10, "P-CTRL": 5})
    browser.sign_in("mei").get("parts")
    assert number in browser.main
    browser.follow(number)
    browser.submit("decide", status=422, **{"lines-0-pieces": "9"})
    assert "请说明原因，对方可以看到" in browser.main
    browser.submit("decide", status=422, **{"lines-0-pieces": "11", "lines-0-reason": "x"})
    assert "申请 10 件，不能批准 11 件" in browser.main
    assert state(sqlite_world, number) is RequestState.SUBMITTED
    browser.submit("decide", **{"lines-0-pieces": "9", "lines-0-reason": "库存不足"})
    assert "部分通过" in browser.main
    assert "库存不足" in browser.main
    assert left(sqlite_world) == Decimal("492.50")
    browser.sign_in("dana").get(f"parts/{number}")
    assert "库存不足" in browser.main
    assert browser.select("#decide, #ship") == []


def test_a_reviewer_rejects_with_a_reason(sqlite_world: World, browser: Browser) -> None:
    number = request(sqlite_world, {"P-MOTOR": 1}, consent=True)
    browser.sign_in("mei").get(f"parts/{number}")
    browser.submit("reject", status=422, text="")
    browser.submit("reject", text="请先报修")
    assert "已驳回" in browser.main
    browser.get("parts")
    assert "没有待办" in browser.main


def test_a_decision_over_an_old_page_is_a_conflict_that_keeps_what_was_typed(
    sqlite_world: World, browser: Browser
) -> None:
    number = request(sqlite_world, {"P-MOTOR": 5}, consent=True)
    browser.sign_in("mei").get(f"parts/{number}")
    old = browser.page
    browser.post(f"parts/{number}/decide", status=409, **{
        "lines-0-code": "P-MOTOR", "lines-0-pieces": "3", "lines-0-reason": "少发", "version": "99",
    })  # fmt: skip
    assert "他人刚刚修改了" in browser.main
    assert browser.select('[name="lines-0-reason"]')[0]["value"] == "少发"
    assert state(sqlite_world, number) is RequestState.SUBMITTED
    browser.submit("decide")
    assert state(sqlite_world, number) is RequestState.PARTLY_APPROVED
    browser.page = old
    browser.submit("decide", status=409)
    assert "这张备料单不能再这样处理" in browser.main


def test_the_warehouse_ships_in_parts_and_the_dealer_confirms_with_differences(
    sqlite_world: World, browser: Browser
) -> None:
    grant(sqlite_world, "2015.00")
    number = request(sqlite_world, {"P-MOTOR": 10, "P-CTRL": 5})
    decide(sqlite_world, number, {"P-MOTOR": 10, "P-CTRL": 5})
    browser.sign_in("mei").get("parts?tab=ship")
    browser.follow(number)
    browser.submit("ship", status=422, **{"lines-0-pieces": "6"})
    assert "请输入承运单位" in browser.main
    pieces = {"lines-0-pieces": "6", "lines-1-pieces": "0"}
    browser.submit("ship", carrier="示例快运", waybill="YD-1", note="其余下周", **pieces)
    assert "欠发 4" in browser.main
    browser.submit("ship", status=422, carrier="示例快运", waybill="YD-2", **{"lines-0-pieces": "5"})
    assert "已批准未发 4 件，不能发 5 件" in browser.main
    browser.sign_in("dana").get("")
    assert "FH-2026-000001 已发出" in browser.main
    browser.follow("签收")
    browser.get(f"parts/{number}")
    browser.follow("签收")
    browser.submit("receive", status=422, **{"lines-0-pieces": "5"})
    browser.submit("receive", **{"lines-0-pieces": "5", "lines-0-reason": "一件破损"})
    assert "签收有差异" in browser.main
    assert "一件破损" in browser.main
    browser.get(f"parts/{number}/shipments/FH-2026-000001")
    assert "已经签收" in browser.main
    browser.get(f"parts/{number}")
    browser.submit("cancel", text="不再需要")
    assert "余量已取消" in browser.main
    assert left(sqlite_world) == Decimal("1295.00")


def test_a_shipment_of_another_request_is_not_there(sqlite_world: World, browser: Browser) -> None:
    first, second = (request(sqlite_world, {"P-MOTOR": 1}, consent=True) for _ in range(2))
    for number in (first, second):
        decide(sqlite_world, number, {"P-MOTOR": 1})
    shipment = ship(sqlite_world, first, {"P-MOTOR": 1})
    browser.sign_in("dana").get(f"parts/{second}/shipments/{shipment}", status=404)
    browser.get(f"parts/{first}/shipments/{shipment}")
    browser.sign_in("rival", tenant="MF").get(f"parts/{first}", status=404)
    browser.get(f"parts/{first}/shipments/{shipment}", status=404)
    browser.sign_in("otto").get(f"parts/{first}", status=404)


def test_the_list_has_tabs_a_search_and_a_budget(sqlite_world: World, browser: Browser) -> None:
    grant(sqlite_world, "9000.00")
    numbers = [request(sqlite_world, {"P-MOTOR": 1}) for _ in range(3)]
    request(sqlite_world, {"P-CTRL": 1}, who="rival", consent=True)
    decide(sqlite_world, numbers[0], {"P-MOTOR": 1})
    browser.sign_in("mei").get("parts")
    assert numbers[0] not in browser.main
    assert "乙经销商" in browser.main
    assert browser.statements < 40
    browser.get("parts?tab=all&dealer=D01")
    assert "乙经销商 D02" not in browser.select("tbody")[0].get_text(" ", strip=True)
    browser.get("parts?tab=all&q=p-ctrl")
    assert len(browser.select("tbody tr")) == 1
    browser.get("parts?tab=all&month=2026-04")
    assert "没有符合条件的备料单" in browser.main
    browser.get("parts/list.xlsx?tab=all&dealer=D02")
    cells = [cell for row in read_rows(browser.response.data, "x.xlsx").rows for cell in row.cells]
    assert "BL-2026-000004" in cells
    assert numbers[1] not in cells
    browser.sign_in("dana").get("parts")
    assert numbers[2] in browser.main
    assert "BL-2026-000004" not in browser.main


def test_posts_that_no_form_made_are_refused_and_change_nothing(
    sqlite_world: World, browser: Browser
) -> None:
    number = request(sqlite_world, {"P-MOTOR": 5}, consent=True)
    browser.sign_in("mei").get(f"parts/{number}")
    for fields in (
        {"lines-0-pieces": "1"},
        {"lines-0-code": "P-NONE", "lines-0-pieces": "1", "version": "1"},
        {"lines-0-code": "P-MOTOR", "lines-0-pieces": "x", "version": "9" * 30},
        {"lines-99999999999-code": "P-MOTOR"},
    ):
        browser.post(f"parts/{number}/ship", status=422, **fields)
    assert state(sqlite_world, number) is RequestState.SUBMITTED


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_the_pages_speak_other_languages(sqlite_world: World, language: str) -> None:
    stock(sqlite_world)
    grant(sqlite_world, "100.00")
    number = request(sqlite_world, {"P-MOTOR": 2}, consent=True)
    waiting = request(sqlite_world, {"P-MOTOR": 2}, consent=True)
    decide(sqlite_world, number, {"P-MOTOR": 2})
    shipment = ship(sqlite_world, number, {"P-MOTOR": 1})
    browser = Browser(sqlite_world.app, language=language).sign_in("mei")
    for url in ("parts", "parts?tab=all", f"parts/{number}", f"parts/{waiting}"):
        browser.get(url)
    browser.sign_in("dana")
    for url in ("parts", "parts/new", f"parts/{number}", f"parts/{number}/shipments/{shipment}"):
        browser.get(url)


def test_days_of_waiting_show_in_the_queue(sqlite_world: World, browser: Browser) -> None:
    request(sqlite_world, {"P-MOTOR": 1}, consent=True, on=dt.date(2026, 5, 17))
    browser.sign_in("mei").get("parts")
    assert "已 3 天" in browser.main


def test_without_an_agreement_in_force_the_form_says_why_it_is_not_there(
    sqlite_world: World, browser: Browser
) -> None:
    owner = owner_engine(sqlite_world.app.config["SQLALCHEMY_DATABASE_URI"])
    with owner.begin() as connection:
        connection.execute(sa.update(Base.metadata.tables["agreement"]).values(state="suspended"))
    owner.dispose()
    browser.sign_in("dana").get("parts/new")
    assert "协议生效期间可以申请零件" in browser.main
    browser.get("quota")
    assert "¥ 0.00" in browser.main
