"""The pages of the settlement, walked as finance and as a dealer (ST-4 … ST-8, FE-1)."""

import io
from collections.abc import Iterator

import pytest
from openpyxl import load_workbook

from portal.settlement import commands
from portal.settlement.rules import StatementState
from tests.browser import Browser
from tests.people import World
from tests.printing import printed_here
from tests.settlement import story
from tests.settlement.story import day, first_quarter, issue, settle, start, statement


@pytest.fixture(autouse=True)
def _printed_here() -> Iterator[None]:
    with printed_here():
        yield


@pytest.fixture
def fei(sqlite_world: World) -> Browser:
    first_quarter(sqlite_world)
    return Browser(sqlite_world.app, on=day("04-03")).sign_in("fei")


def test_a_quarter_is_settled_from_its_page(fei: Browser, sqlite_world: World) -> None:
    fei.get("settlements")
    assert "2026 年第一季度" in fei.main
    assert "待结算" in fei.main
    fei.follow("2026 年第一季度")
    assert "可结算 1 家，暂缓 2 家" in fei.main
    assert "月报未提交" in fei.main
    fei.submit("start", **{"lift-D02": "电话已确认"})
    assert "等待启动" in fei.main
    story.compute(sqlite_world, on="04-03")
    fei.get(fei.url)
    assert "待核对" in fei.main
    assert "签发 2 份对账单" in fei.main
    fei.submit("issue")
    story.work(sqlite_world, on="04-03")
    fei.get(fei.url)
    assert "已完成" in fei.main
    assert "JS-2026-000001" in fei.main
    assert "打印文件" in fei.main
    assert statement(sqlite_world, "D02").state is StatementState.ISSUED
    fei.follow("打印文件")
    assert fei.response.data.startswith(b"%PDF-")
    fei.get("settlements/2026Q1/runs/JR-2026-000001/figures.xlsx")
    sheet = load_workbook(io.BytesIO(fei.response.data)).active
    assert sheet is not None
    table = list(sheet.iter_rows(min_row=3, values_only=True))
    assert table[0][:3] == ("经销商编码", "经销商", "状态")
    assert [row[0] for row in table[1:]] == ["D01", "D02", "D03"]
    assert table[1][table[0].index("本季结果")] == 935


def test_a_trial_run_issues_nothing(fei: Browser, sqlite_world: World) -> None:
    fei.get("settlements/2026Q1").submit("试算")
    story.compute(sqlite_world, on="04-03")
    fei.get(fei.url)
    assert "试算不签发对账单" in fei.main
    assert "1,080.00" in fei.main
    assert not fei.select("#issue")


def test_a_run_can_be_left_and_looked_at_again(fei: Browser, sqlite_world: World) -> None:
    fei.get("settlements/2026Q1").submit("start")
    (piece,) = fei.select("#progress-of-run")
    assert piece["hx-trigger"] == "every 2s"
    fei.get(fei.url, htmx=True, target="progress-of-run")
    assert "HX-Refresh" not in fei.response.headers
    story.compute(sqlite_world, on="04-03")
    fei.get(fei.url, htmx=True, target="progress-of-run")
    assert fei.response.headers["HX-Refresh"] == "true"
    assert "every 2s" not in fei.response.get_data(as_text=True)


def test_a_run_is_stopped_and_resumed(fei: Browser, sqlite_world: World) -> None:
    fei.get("settlements/2026Q1").submit("start")
    fei.submit("/stop")
    assert "已停止" in fei.main
    fei.submit("resume")
    story.compute(sqlite_world, on="04-03")
    assert "待核对" in fei.get(fei.url).main


def test_holds_are_lifted_on_the_page_of_the_run(fei: Browser, sqlite_world: World) -> None:
    number = start(sqlite_world, on="04-03")
    fei.get(f"settlements/2026Q1/runs/{number}")
    fei.submit("lift-D02", reason=" ", status=422)
    assert "请填写解除 D02 暂缓的理由" in fei.main
    fei.submit("lift-D02", reason="已电话确认")
    assert "已解除暂缓：已电话确认" in fei.main
    assert "签发 2 份对账单" in fei.main


def test_the_difference_to_the_run_before_is_shown(fei: Browser, sqlite_world: World) -> None:
    start(sqlite_world, on="04-03", trial=True)
    story.remit(sqlite_world, "400.00", "B-10", on="03-31")
    number = start(sqlite_world, on="04-03")
    fei.get(f"settlements/2026Q1/runs/{number}?show=changed")
    assert "+10.00" in fei.main
    assert [row.get_text(" ", strip=True)[:4] for row in fei.select("#figures tbody tr")] == ["甲经销商"]


def test_who_issued_can_not_close_and_reads_why(fei: Browser, sqlite_world: World) -> None:
    settle(sqlite_world, on="04-03")
    with sqlite_world.acting("dana", on=day("04-04")) as dana:
        commands.confirm(dana, "JS-2026-000001")
    fei.get("settlements/2026Q1")
    assert "须由另一位财务人员关闭" in fei.main
    assert not fei.select("#close")
    fei.post("settlements/2026Q1/close", status=422)
    fay = Browser(sqlite_world.app, on=day("04-04")).sign_in("fay").get("settlements/2026Q1")
    fay.submit("关闭 1 份对账单")
    assert "正在关闭本季度" in fay.main
    story.compute(sqlite_world, on="04-04", kind="settlement.close")
    assert "已关闭" in fay.get("settlements/2026Q1").main
    assert statement(sqlite_world).state is StatementState.CLOSED


def test_the_dealer_reads_its_statement_and_confirms_it(fei: Browser, sqlite_world: World) -> None:
    settle(sqlite_world, on="04-03")
    dana = Browser(sqlite_world.app, on=day("04-04")).sign_in("dana").get("statements")
    dana.follow("JS-2026-000001")
    for words in (
        "935.00",
        "2.5% × 80,000.00",
        "15.00 × 1",
        "还有 9 天可确认或提出异议",
        "BL-2026-000001",
        "玖佰叁拾伍元整",
    ):
        assert words in dana.main, words
    assert "PDF 正在生成" in dana.main
    dana.get("statements/JS-2026-000001/1.pdf", status=404)
    story.work(sqlite_world, on="04-04")
    dana.get("statements/JS-2026-000001").follow("对账单（PDF）")
    assert dana.response.data.startswith(b"%PDF-")
    dana.get("statements/JS-2026-000001").submit("confirm")
    assert "已于 2026-04-04 确认" in dana.main
    assert "确认人：Dana" in dana.main


def test_a_dispute_goes_back_and_forth_until_the_next_revision(fei: Browser, sqlite_world: World) -> None:
    settle(sqlite_world, on="04-03")
    dana = Browser(sqlite_world.app, on=day("04-04")).sign_in("dana").get("statements/JS-2026-000001")
    dana.submit("dispute", reason=" ", status=422)
    assert "请说明对账单有什么问题" in dana.main
    dana.submit("dispute", reason="少计一笔回款")
    assert "有异议" in dana.main
    fei.get("disputes")
    assert "待我方答复" in fei.main
    assert "少计一笔回款" in fei.main
    fei.follow("JS-2026-000001").submit("reply", text="请提供银行回单")
    assert "等对方答复" in fei.get("disputes").main
    dana.get("statements/JS-2026-000001").submit("reply", text="已补充")
    story.adjust(sqlite_world, "12.34", on="04-03")
    fei.get("statements/JS-2026-000001").submit("revise")
    story.compute(sqlite_world, on="04-03")
    fei.get(fei.url)
    assert "+12.34" in fei.main
    fei.submit("issue")
    story.work(sqlite_world, on="04-03")
    dana.get("statements/JS-2026-000001")
    assert "第 2 版" in dana.main
    assert "947.34" in dana.main
    dana.follow("版次对比")
    for words in ("935.00", "947.34", "+12.34", "TZ-2026-000001", "少计一笔回款"):
        assert words in dana.main, words
    dana.get("statements/JS-2026-000001?revision=1")
    assert "该版次已被取代" in dana.main
    assert not dana.select("#confirm")


def test_what_finance_wrote_about_holds_stays_with_the_manufacturer(
    fei: Browser, sqlite_world: World
) -> None:
    settle(sqlite_world, on="04-03", override=("D02",))
    assert "电话核实" in fei.get("statements/JS-2026-000002").main
    rival = (
        Browser(sqlite_world.app, on=day("04-04"))
        .sign_in("rival", tenant="MF")
        .get("statements/JS-2026-000002")
    )
    assert "电话核实" not in rival.text
    assert "JR-2026" not in rival.text
    assert "暂缓" not in rival.text


def test_a_statement_that_somebody_answered_meanwhile_is_shown_anew(
    fei: Browser, sqlite_world: World
) -> None:
    settle(sqlite_world, on="04-03")
    dana = Browser(sqlite_world.app, on=day("04-04")).sign_in("dana").get("statements/JS-2026-000001")
    with sqlite_world.acting("dana", on=day("04-04")) as other:
        commands.dispute(other, "JS-2026-000001", reason="先提异议")
    dana.submit("confirm", status=409)
    assert "他人刚刚修改了" in dana.main
    assert "先提异议" in dana.main


@pytest.mark.parametrize("path", ["settlements", "settlements/2026Q1", "disputes"])
def test_finance_pages_are_the_manufacturers(fei: Browser, sqlite_world: World, path: str) -> None:
    Browser(sqlite_world.app).sign_in("dana").get(path, status=200 if path == "disputes" else 403)
    Browser(sqlite_world.app).sign_in("tom").get(path, status=403)


def test_foreign_and_missing_documents_are_not_found(fei: Browser, sqlite_world: World) -> None:
    number = start(sqlite_world, on="04-03")
    issue(sqlite_world, number, on="04-03")
    rival = Browser(sqlite_world.app, on=day("04-04")).sign_in("rival", tenant="MF")
    otto = Browser(sqlite_world.app, on=day("04-04")).sign_in("otto")
    for browser in (rival, otto):
        browser.get("statements/JS-2026-000001", status=404)
        browser.get("statements/JS-2026-000001/1.pdf", status=404)
        browser.get("statements/JS-2026-000001/revisions", status=404)
    otto.get(f"settlements/2026Q1/runs/{number}", status=404)
    fei.get(f"settlements/2026Q2/runs/{number}", status=404)
    fei.get("settlements/2031Q1", status=404)
    fei.get("settlements/nonsense", status=404)
    fei.get("statements/JS-2026-000009", status=404)


def test_the_list_of_statements_is_narrowed_and_exported(fei: Browser, sqlite_world: World) -> None:
    settle(sqlite_world, on="04-03", override=("D02", "D03"))
    fei.get("statements?q=D02")
    assert "JS-2026-000002" in fei.main
    assert "JS-2026-000001" not in fei.main
    fei.get("statements?state=closed")
    assert "没有符合条件的对账单" in fei.main
    fei.get("statements/export.xlsx")
    sheet = load_workbook(io.BytesIO(fei.response.data)).active
    assert sheet is not None
    assert [row[0] for row in sheet.iter_rows(min_row=4, values_only=True)] == [
        "JS-2026-000001",
        "JS-2026-000002",
        "JS-2026-000003",
    ]


def test_what_waits_is_on_the_home_pages(fei: Browser, sqlite_world: World) -> None:
    assert "2026 年第一季度已结束" in fei.get("").text
    settle(sqlite_world, on="04-03")
    dana = Browser(sqlite_world.app, on=day("04-04")).sign_in("dana").get("")
    assert "对账单 JS-2026-000001" in dana.text
    assert "2026-04-13" in dana.text


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_the_pages_speak_other_languages(sqlite_world: World, language: str) -> None:
    first_quarter(sqlite_world)
    settle(sqlite_world, on="04-03")
    fei = Browser(sqlite_world.app, on=day("04-03"), language=language).sign_in("fei")
    for path in (
        "settlements",
        "settlements/2026Q1",
        "settlements/2026Q1/runs/JR-2026-000001",
        "statements",
        "disputes",
    ):
        fei.get(path)
    fei.get("statements/JS-2026-000001")
    assert ("Granted: share of remittances" if language == "en" else "核定：回款提成") in fei.main.replace(
        "Share", "share"
    )
    read, other = ("Card fee", "回执卡服务费") if language == "en" else ("回执卡服务费", "Card fee")
    assert read in fei.main
    assert f"{read} {other}" not in fei.main
    assert "回执卡服务费 Card fee" not in fei.main


def test_the_pages_ask_as_often_for_many_dealers_as_for_a_few(fei: Browser, sqlite_world: World) -> None:
    def asked() -> list[int]:
        paths = (
            "settlements",
            "settlements/2026Q1",
            "settlements/2026Q1/runs/JR-2026-000001",
            "statements",
            "monthly/review?quarter=2026Q1",
        )
        return [fei.get(path).statements for path in paths]

    settle(sqlite_world, on="04-03")
    few = asked()
    for place in range(6):
        story.engage(sqlite_world, f"Q{place}", {"bases": [], "forms": place % 2 == 0})
    settle(sqlite_world, on="04-03")
    assert asked() == few
    assert max(few) <= 27
