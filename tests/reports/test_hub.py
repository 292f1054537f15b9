"""The dealer's months as task lists, and submitting them (MF-1, MF-3, FD-2)."""

import datetime as dt

import pytest
import sqlalchemy as sa

from portal.agreements.rules import FormKind
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.period import Month
from portal.kernel.permissions import Permission
from portal.reports import commands, queries
from portal.reports.models import FormRevision, MonthlyForm
from portal.reports.rules import EntryDraft, FormState
from tests.browser import Browser
from tests.people import World
from tests.reports.books import Books, open_books

APRIL = Month(2026, 4)
#: In time for April, whose forms are due on 6 May.
IN_TIME = dt.date(2026, 5, 4)


@pytest.fixture
def books(monkeypatch: pytest.MonkeyPatch) -> Books:
    books = open_books(monkeypatch)
    books.sell(APRIL, 3)
    return books


@pytest.fixture
def dana(sqlite_world: World, books: Books) -> Browser:
    return Browser(sqlite_world.app, on=IN_TIME).sign_in("dana")


def states(world: World, month: Month = APRIL) -> dict[FormKind, FormState]:
    with world.acting("lin"):
        rows = session().scalars(sa.select(MonthlyForm).where(MonthlyForm.month == month))
        return {row.kind: row.state for row in rows if row.dealer_id == world.dealers["D01"]}


@command(allow=Permission.FORMS_SUBMIT, silent=True)
def make_it_the_only_one(_actor: Actor, number: str) -> None:
    """As a month was handed in before there were six forms."""
    queries.by_number(number).kind = FormKind.SUMMARY


def test_the_months_are_listed_most_urgent_first_with_what_is_done(
    sqlite_world: World, dana: Browser
) -> None:
    with sqlite_world.acting("dana", on=IN_TIME) as owner:
        commands.submit(owner, Month(2026, 1))
    with sqlite_world.acting("dana", on=IN_TIME) as owner:
        commands.submit(owner, APRIL, [FormKind.SALES, FormKind.PARTS])
    with sqlite_world.acting("tom", on=IN_TIME) as clerk:
        commands.prepare(clerk, APRIL, FormKind.REPAIRS)
    dana.get("monthly")
    rows = [row.get_text(" ", strip=True) for row in dana.select("ul.todo li")]
    assert [row[:7] for row in rows] == ["2026-02", "2026-03", "2026-04", "2026-05"]
    assert "逾期" in rows[0]
    assert "2026-05-06 截止 · 剩 2 天" in rows[2]
    assert "已提交 2 / 6" in rows[2]
    assert "已完成未提交 1" in rows[2]
    assert "剩 30 天" in rows[3], "the running month"
    assert "数据仍在变化" in dana.main
    assert "逾期" in dana.select("table tbody tr")[0].get_text(" ", strip=True), "January was sent in May"
    dana.follow("2026-02")
    assert dana.url.endswith("/monthly/2026-02")


def test_a_month_says_what_each_form_holds_and_how_it_stands(sqlite_world: World, dana: Browser) -> None:
    dana.get("monthly/2026-04")
    lines = {
        row.select_one("a b").get_text(): row.get_text(" ", strip=True) for row in dana.select("#forms li")
    }  # type: ignore[union-attr]
    assert "已汇总 3 条记录 · 1 行" in lines["每月销售统计表"]
    assert "未开始" in lines["每月销售统计表"]
    assert "本月无记录" in lines["售后维修月报表"]
    assert "EB-48：出库数超过库存数" in lines["每月销售统计表"], "the findings, before anybody submits"
    assert dana.has_link("monthly/2026-04/check")
    clerk = Browser(sqlite_world.app, on=IN_TIME).sign_in("tom").get("monthly/2026-04")
    assert "月报由负责人提交" in clerk.main
    assert not clerk.has_link("monthly/2026-04/check")
    clerk.get("monthly/2026-04/check", status=403)


def test_a_month_that_has_not_begun_says_so(dana: Browser) -> None:
    dana.get("monthly/2026-06")
    assert "2026-06 尚未开始" in dana.main
    assert not dana.has_link("monthly/2026-06/check")
    dana.get("monthly/2026-13", status=404)


def test_all_forms_are_checked_and_submitted_at_once(sqlite_world: World, dana: Browser) -> None:
    dana.get("monthly/2026-04/check")
    sums = dana.select("#form-sales dl")[0].get_text(" ", strip=True)
    assert "本店销售 3" in sums
    assert dana.select("#form-sales .mono")[0]["title"]
    dana.submit("submit", remarks="四月盘点一致")
    assert "已提交 6 份报表" in dana.main
    assert set(states(sqlite_world).values()) == {FormState.SUBMITTED}
    with sqlite_world.acting("dana") as actor:
        form = queries.by_number("YB-2026-000001")
        assert (form.remarks, form.reviewed_by, form.days_late) == ("四月盘点一致", actor.name, 0)
    dana.get("monthly/2026-04/check")
    assert "本月报表已全部提交" in dana.main


def test_figures_that_changed_while_they_were_checked_are_a_conflict_and_nothing_typed_is_lost(
    sqlite_world: World, dana: Browser, books: Books
) -> None:
    dana.get("monthly/2026-04/check")
    books.sell(APRIL, 4)
    dana.submit("submit", remarks="四月盘点一致", status=409)
    assert "打开本页后数字有变化" in dana.select("#form-sales")[0].get_text()
    assert "打开本页后数字有变化" not in dana.select("#form-parts")[0].get_text()
    assert dana.select("textarea")[0].get_text().strip() == "四月盘点一致"
    assert states(sqlite_world) == {}
    dana.submit("submit")
    with sqlite_world.acting("dana"):
        assert session().scalar(sa.select(sa.func.count(FormRevision.id))) == 6


def test_one_form_is_submitted_alone(sqlite_world: World, dana: Browser) -> None:
    dana.get("monthly/2026-04/check?kind=sales")
    assert len(dana.select("main section[id^=form-]")) == 1
    dana.submit("submit")
    assert states(sqlite_world) == {FormKind.SALES: FormState.SUBMITTED}
    dana.get("monthly/2026-04/sales")
    assert dana.url.endswith("/monthly/YB-2026-000001"), "what is submitted opens by its number"


def test_corrections_of_earlier_months_and_differences_stand_on_the_month(
    sqlite_world: World, dana: Browser, books: Books
) -> None:
    march = Month(2026, 3)
    books.sell(march, 2)
    with sqlite_world.acting("dana", on=IN_TIME) as owner:
        commands.submit(owner, march)
    books.sell(march, 3)
    dana.get("monthly/2026-03")
    assert "EB-48 · 本店销售: 2 → 3" in dana.select("#since")[0].get_text(" ", strip=True)
    dana.get("monthly/2026-04")
    told = dana.select("#earlier tbody tr")[0].get_text(" ", strip=True)
    assert told == "2026-03 每月销售统计表 EB-48 · 本店销售 2 3"


def test_the_returned_form_says_why_and_by_whom(sqlite_world: World, dana: Browser) -> None:
    with sqlite_world.acting("dana", on=IN_TIME) as owner:
        commands.save(owner, APRIL, FormKind.SALES, [EntryDraft("EB-48", "sold", "4", "一台无卡")])
    with sqlite_world.acting("dana", on=IN_TIME) as owner:
        number = commands.submit(owner, APRIL, [FormKind.SALES])[0]
    with sqlite_world.acting("mei", on=IN_TIME) as reviewer:
        commands.send_back(reviewer, number, reason="请补充无卡销售的发票")
    dana.get("monthly/2026-04")
    assert "退回：请补充无卡销售的发票 · " in dana.main
    dana.get("monthly")
    assert "退回 1" in dana.main
    dana.get("monthly/2026-04/sales")
    assert "已退回：请更正后重新提交" in dana.main


def test_a_month_of_one_form_is_read_and_taken_up_as_six_when_it_was_returned(
    sqlite_world: World, dana: Browser
) -> None:
    with sqlite_world.acting("dana", on=IN_TIME) as owner:
        number = commands.submit(owner, APRIL, [FormKind.OPINIONS])[0]
    with sqlite_world.acting("dana", on=IN_TIME) as owner:
        make_it_the_only_one(owner, number)
    dana.get("monthly/2026-04")
    assert len(dana.select("#forms li")) == 1
    dana.get(f"monthly/{number}")
    assert not dana.select("#withdraw, #since")
    with sqlite_world.acting("mei", on=IN_TIME) as reviewer:
        commands.send_back(reviewer, number, reason="请重报")
    dana.get("monthly/2026-04")
    assert len(dana.select("#forms li")) == 6
    dana.get("monthly/2026-04/check")
    dana.submit("submit")
    assert len(states(sqlite_world)) == 7
