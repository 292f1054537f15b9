"""The pages of old parts: listing, printing, sending, counting by scan, receiving without a list."""

import datetime as dt
from io import BytesIO

import pikepdf
import pytest

from portal.parts.queries import old_parts
from portal.parts.rules.old_parts import BatchState
from portal.spreadsheets.reading import read_rows
from tests.browser import Browser
from tests.parts.returning import DUE, JULY, dawn, owe, owed, parts
from tests.people import World


@pytest.fixture
def browser(sqlite_world: World) -> Browser:
    parts(sqlite_world)
    owe(sqlite_world, {"P-VALVE": 5, "P-SEAL": 2})
    return Browser(sqlite_world.app, on=DUE - dt.timedelta(days=5))


def state(world: World, number: str) -> BatchState:
    with world.acting("lin"):
        return old_parts.batch(number).state


def test_the_dealer_sees_what_is_due_and_the_home_page_reminds(browser: Browser) -> None:
    browser.sign_in("dana").get("")
    assert "即将到期或已逾期的旧件：7 件" in browser.main
    browser.get("oldparts")
    assert "水气阀" in browser.main
    assert "未清 7 件" in browser.main
    assert "还有 5 天" in browser.main
    browser.get("oldparts?tab=overdue")
    assert "这里没有内容" in browser.main
    browser.get("oldparts?q=p-seal")
    assert "水气阀" not in browser.main
    browser.get("oldparts/list.xlsx?tab=soon")
    cells = [cell for row in read_rows(browser.response.data, "x.xlsx").rows for cell in row.cells]
    assert {"P-VALVE", "P-SEAL"} <= set(cells)


def test_a_batch_is_listed_printed_sent_and_counted_by_scanning(
    sqlite_world: World, browser: Browser
) -> None:
    browser.sign_in("dana").get("oldparts/new")
    browser.submit("pack", **{"items-0-pieces": "3", "items-1-pieces": "0", "boxes": "2"})
    assert browser.url.endswith("/oldparts/OP-2026-000001")
    for name, words in (("list", "旧件返件单"), ("tags", "旧件标签")):
        browser.get(f"oldparts/OP-2026-000001/{name}.pdf")
        with pikepdf.open(BytesIO(browser.response.data)) as pdf:
            assert words in str(pdf.docinfo["/Title"])
    browser.get("oldparts/OP-2026-000001")
    browser.submit("send", status=422, carrier="示例快运", waybill="")
    browser.submit("send", carrier="示例快运", waybill="YD-9", boxes="2")
    assert state(sqlite_world, "OP-2026-000001") is BatchState.SHIPPED
    browser.sign_in("mei").get("oldparts/batches?q=op-2026-000001/1/2")
    assert browser.url.endswith("/oldparts/OP-2026-000001#line-1")
    browser.submit("arrive")
    assert browser.url.endswith("/count")
    browser.submit("计入此标签", tag="OP-2026-000001/1/1")
    browser.submit("计入此标签", tag="OP-2026-000001/1/1")
    assert "该标签已计数" in browser.main
    browser.submit("计入此标签", tag="OP-2026-000002/1/1")
    assert "该标签不属于批次 OP-2026-000001" in browser.main
    browser.submit("计入此标签", tag="op-2026-000001/1/3")
    browser.submit("完成清点", status=422)
    assert "请说明缺少、多出或不相符的情况" in browser.main
    browser.submit("完成清点", **{"items-0-note": "少一件", "items-0-reusable": "1"})
    assert state(sqlite_world, "OP-2026-000001") is BatchState.COUNTED
    assert "少一件" in browser.main
    assert [(one.row.code, one.row.left_open) for one in owed(sqlite_world)] == [
        ("P-VALVE", 3),
        ("P-SEAL", 2),
    ]


def test_a_batch_that_is_not_sent_can_be_taken_apart(sqlite_world: World, browser: Browser) -> None:
    browser.sign_in("dana").get("oldparts/new")
    browser.submit("pack")
    browser.get("oldparts/new")
    assert "没有可列入的旧件" in browser.main
    browser.get("oldparts/OP-2026-000001")
    browser.submit("取消批次", text="改日再寄")
    assert state(sqlite_world, "OP-2026-000001") is BatchState.CANCELLED


def test_the_warehouse_counts_what_came_without_a_list(sqlite_world: World, browser: Browser) -> None:
    browser.sign_in("mei").get("oldparts/receive")
    lines = {"rows-0-part": "p-valve", "rows-0-pieces": "6", "rows-0-reusable": "1"}
    browser.submit("receive", status=422, **lines)
    browser.submit("receive", status=422, dealer="D01", **{"rows-0-part": "P-NONE", "rows-0-pieces": "1"})
    assert "没有零件 P-NONE" in browser.main
    browser.submit("receive", dealer="D01", **lines)
    assert browser.url.endswith("/oldparts/OP-2026-000001")
    assert "P-VALVE × 1" in browser.main
    browser.get("oldparts?tab=all")
    assert "甲经销商" in browser.main


def test_what_was_charged_stands_with_its_amount(sqlite_world: World, browser: Browser) -> None:
    dawn(sqlite_world, DUE + dt.timedelta(days=1))
    browser.sign_in("dana").get("oldparts?tab=charged")
    assert "306.25" in browser.main
    assert "已计收的不再冲回" in browser.main
    assert JULY.isoformat() in browser.main


def test_a_cost_that_is_missing_is_asked_for(sqlite_world: World, browser: Browser) -> None:
    owe(sqlite_world, {"P-BOLT": 1}, source="FH-2026-000002")
    browser.sign_in("mei").on(DUE + dt.timedelta(days=1)).get("")
    assert "旧件 P-BOLT 已逾期但未计收" in browser.main
    assert browser.select('a[href$="/P-BOLT"]')


def test_forms_that_nobody_drew_are_answered_in_words(browser: Browser) -> None:
    browser.sign_in("dana").post(
        "oldparts/new", status=422, **{"items-0-debt": "²", "items-0-pieces": "1", "boxes": "1"}
    )
    browser.post(
        "oldparts/new", status=422, **{"items-0-debt": "999999999", "items-0-pieces": "1", "boxes": "1"}
    )
    browser.post(
        "stock/count",
        status=422,
        **{"extra-0-part": "P-VALVE", "extra-0-book": "--5", "extra-0-counted": "1"},
    )
    browser.post("stock/count", status=422)
    browser.get("oldparts?tab=nothing&dealer=NOPE&q=%27")
    browser.get("stock?tab=nothing&q=%27")
