"""The pages of the monthly forms, walked as a dealer and as the reviewer (MF-1 … MF-4)."""

import datetime as dt

import pytest

from portal.kernel.period import Month
from portal.reports import commands
from tests.browser import Browser
from tests.people import World
from tests.settlement import story
from tests.settlement.story import day, first_quarter, submit_form


@pytest.fixture
def dana(sqlite_world: World) -> Browser:
    first_quarter(sqlite_world, with_forms=False)
    return Browser(sqlite_world.app, on=day("03-05")).sign_in("dana")


def test_the_hub_lists_what_is_owed_the_most_urgent_first(dana: Browser) -> None:
    dana.get("monthly")
    tasks = [task.get_text(" ", strip=True) for task in dana.select(".todo li")]
    assert [next(w for w in task.split() if w.startswith("2026-")) for task in tasks] == [
        "2026-01",
        "2026-02",
        "2026-03",
    ]
    assert "逾期 30 天" in tasks[0]
    assert "逾期 2 天" in tasks[1]
    assert "数据仍在变化" in tasks[2]


def test_a_month_is_checked_and_submitted(dana: Browser) -> None:
    dana.get("monthly/2026-01")
    for words in ("80,000.00", "1,080.00", "P-MOTOR", "逾期 30 天"):
        assert words in dana.main, words
    dana.submit("month", remarks="含两台展示车")
    assert "含两台展示车" in dana.main
    assert "提交后数据即冻结" in dana.main
    dana.submit("submit")
    assert "YB-2026-000001" in dana.main
    assert "待接收" in dana.main
    assert "含两台展示车" in dana.main


def test_figures_that_changed_on_the_way_are_shown_again(dana: Browser, sqlite_world: World) -> None:
    dana.on(day("04-01")).get("monthly/2026-03").submit("month", remarks="")
    story.card(sqlite_world, "A2", filed="03-31")
    dana.submit("submit", status=409)
    assert "打开本页后数据有变化" in dana.main
    dana.submit("submit")
    assert "2026-03 月报已提交" in dana.text


def test_a_returned_month_comes_back_with_the_reason(dana: Browser, sqlite_world: World) -> None:
    number = submit_form(sqlite_world, Month(2026, 1), on="02-03", accepted=False)
    mei = Browser(sqlite_world.app, on=day("03-05")).sign_in("mei").get(f"monthly/{number}")
    mei.submit("return", reason=" ", status=422)
    assert "请说明需要更正的内容" in mei.main
    mei.submit("return", reason="请说明领用数量")
    assert "已退回经销商" in mei.text
    dana.get("monthly/2026-01")
    assert "请说明领用数量" in dana.main
    dana.submit("month", remarks="含备用").submit("submit")
    mei.get(f"monthly/{number}")
    assert "第 1 次提交" in mei.main
    assert "含备用" in mei.main
    mei.submit("accept")
    assert "已接收" in mei.main
    assert not mei.select("#accept")


def test_what_changed_since_the_submission_is_shown(dana: Browser, sqlite_world: World) -> None:
    number = submit_form(sqlite_world, Month(2026, 3), on="03-05", accepted=False)
    story.card(sqlite_world, "A2", filed="03-31")
    lin = Browser(sqlite_world.app, on=day("04-01")).sign_in("lin").get(f"monthly/{number}")
    assert "提交后的变化" in lin.main
    assert "+1" in lin.main
    assert not lin.select("#accept")


def test_the_matrix_accepts_those_without_remarks_at_once(dana: Browser, sqlite_world: World) -> None:
    plain = submit_form(sqlite_world, Month(2026, 1), on="02-03", accepted=False)
    with sqlite_world.acting("rival", on=day("02-03")) as rival:
        commands.submit(rival, Month(2026, 1), remarks="有一笔退票")
    mei = Browser(sqlite_world.app, on=day("03-05")).sign_in("mei").get("monthly/review?quarter=2026Q1")
    assert "有情况说明" in mei.main
    assert [box["value"] for box in mei.select("input[name=sel]")] == [plain]
    mei.submit("many", sel=[plain])
    assert "已接收 1 份月报" in mei.text
    mei.get("monthly/review?quarter=2026Q1&q=D02")
    assert "乙经销商" in mei.main
    assert "甲经销商" not in mei.main


def test_both_sides_open_a_month_by_its_number_and_nobody_else(dana: Browser, sqlite_world: World) -> None:
    number = submit_form(sqlite_world, Month(2026, 1), on="02-03", accepted=False)
    dana.get(f"monthly/{number}")
    assert number in dana.main
    Browser(sqlite_world.app).sign_in("rival", tenant="MF").get(f"monthly/{number}", status=404)
    Browser(sqlite_world.app).sign_in("otto").get(f"monthly/{number}", status=404)
    dana.get("monthly/YB-2026-000099", status=404)
    dana.get("monthly/nonsense", status=404)
    dana.get("monthly/2025-12", status=422)
    dana.get("monthly/review", status=403)


def test_a_clerk_reads_and_the_owner_submits(dana: Browser, sqlite_world: World) -> None:
    tom = Browser(sqlite_world.app, on=day("03-05")).sign_in("tom").get("monthly/2026-01")
    assert "月报由负责人提交" in tom.main
    assert not tom.select("#month")


def test_what_is_due_is_on_the_home_page(dana: Browser, sqlite_world: World) -> None:
    dana.get("")
    assert "2026-01 月报" in dana.text
    submit_form(sqlite_world, Month(2026, 1), on="02-03", accepted=False)
    mei = Browser(sqlite_world.app, on=day("03-05")).sign_in("mei").get("")
    assert "待接收的月报：1 份" in mei.text


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_the_pages_speak_other_languages(sqlite_world: World, language: str) -> None:
    first_quarter(sqlite_world)
    dana = Browser(sqlite_world.app, on=dt.date(2026, 4, 5), language=language).sign_in("dana")
    dana.get("monthly").get("monthly/2026-01").get("monthly/2026-04")
    mei = Browser(sqlite_world.app, on=dt.date(2026, 4, 5), language=language).sign_in("mei")
    mei.get("monthly/review").get("monthly/YB-2026-000001")
