"""The auditor's side: the matrix, a dealer's month, remarks, the sample, decisions (MF-4)."""

import datetime as dt
import io

import openpyxl
import pytest

from portal.agreements import queries as agreements
from portal.agreements.rules import FormKind
from portal.kernel.period import Month
from portal.reports import commands, queries
from portal.reports.queries import OwedForm, OwedMonth
from portal.reports.rules import EntryDraft, FormState, Verdict, sample
from portal.reports.views.review import MonthCell
from tests.browser import Browser
from tests.people import World
from tests.reports.books import CARD, Books, open_books
from tests.reports.shelves import follow

APRIL = Month(2026, 4)
IN_TIME, LATE, AUDIT = dt.date(2026, 5, 4), dt.date(2026, 5, 9), dt.date(2026, 5, 11)
SALES = 5


@pytest.fixture
def books(monkeypatch: pytest.MonkeyPatch) -> Books:
    books = open_books(monkeypatch)
    books.sell(APRIL, 4)
    return books


@pytest.fixture
def sent(sqlite_world: World, books: Books) -> list[str]:
    """D01's forms of April in time, with one corrected figure; D02's sales statistics, late."""
    with sqlite_world.acting("tom", on=IN_TIME) as tom:
        draft = EntryDraft("EB-48", "sold", "5", "一台未开单")
        commands.save(tom, APRIL, FormKind.SALES, [draft, EntryDraft("EB-48", "counted", "0")])
    with sqlite_world.acting("dana", on=IN_TIME) as dana:
        numbers = commands.submit(dana, APRIL)
    with sqlite_world.acting("rival", "MF", on=LATE) as rival:
        commands.submit(rival, APRIL, [FormKind.PARTS])
    return numbers


@pytest.fixture
def mei(sqlite_world: World, sent: list[str]) -> Browser:
    return Browser(sqlite_world.app, on=AUDIT).sign_in("mei")


def state(world: World, number: str) -> FormState:
    with world.acting("lin"):
        return queries.by_number(number).state


def cells(browser: Browser) -> dict[str, list[str]]:
    """Dealer code → its months as a reader of the page's text gets them."""
    return {
        row.select_one("th .sub").get_text(): [td.get_text(" ", strip=True) for td in row.select("td")]  # type: ignore[union-attr]
        for row in browser.select("#matrix tbody tr")
    }


def test_the_matrix_says_in_words_how_every_form_of_every_month_stands(mei: Browser) -> None:
    mei.get("monthly/review")
    assert [th.get_text() for th in mei.select("#matrix thead th")] == [
        "经销商",
        "2026-02",
        "2026-03",
        "2026-04",
    ]
    found = cells(mei)
    assert list(found) == ["D01", "D02", "D03"]
    april = found["D01"][2]
    assert april.startswith("接收 甲经销商 2026-04")
    assert "待接收" in april
    assert "售后维修月报表: 待接收" in april
    assert "每月销售统计表: 待接收" in april
    assert "提示" in april
    assert "逾期" not in april
    assert "未提交" in found["D02"][2]
    assert "每月零件更换清单: 待接收" in found["D02"][2]
    assert "✕ 逾期 5 天" in found["D02"][2], "what is missing grows later every day"
    tabs = [tab.get_text(" ", strip=True) for tab in mei.select(".tabs a")]
    assert tabs == ["全部 9", "待接收 1", "有提示 1", "已退回 0", "未提交 8", "逾期 8", "已接收 0"]
    assert "9 个月已接收 0 个" in mei.main


def test_a_sign_keeps_its_place_where_not_all_six_are_owed() -> None:
    def of(*kinds: FormKind) -> OwedMonth:
        due = dt.date(2026, 5, 6)
        return OwedMonth(
            1, 1, APRIL, due, tuple(OwedForm(kind, FormState.OWED, None, due, 0) for kind in kinds)
        )

    two = of(FormKind.REPAIRS, FormKind.QUALITY)
    assert MonthCell(two, two.forms).places == (two.forms[0], None, None, None, None, two.forms[1])
    assert MonthCell(two, two.forms[1:]).places == two.forms[1:], "one kind was asked for"
    single = of(FormKind.SUMMARY)
    assert MonthCell(single, single.forms).places == single.forms, "before there were six"


@pytest.mark.parametrize(
    ("address", "dealers"),
    [
        ("monthly/review?tab=waiting", ["D01"]),
        ("monthly/review?tab=late", ["D01", "D02", "D03"]),
        ("monthly/review?tab=accepted", []),
        ("monthly/review?q=d02", ["D02"]),
        ("monthly/review?kind=parts&tab=waiting", ["D01", "D02"]),
        ("monthly/review?quarter=2026Q1&span=12&tab=nothing", ["D01", "D02", "D03"]),
        ("monthly/review?until=2019-01", []),
        ("monthly/review?until=never&span=7&kind=all", ["D01", "D02", "D03"]),
    ],
)
def test_the_matrix_is_narrowed_by_its_address(mei: Browser, address: str, dealers: list[str]) -> None:
    assert list(cells(mei.get(address))) == dealers


def test_ticked_months_are_accepted_but_for_what_has_findings(
    sqlite_world: World, mei: Browser, sent: list[str]
) -> None:
    mei.get("monthly/review")
    (box,) = [one["value"] for one in mei.select("#many input[name=sel]") if one["value"].count(",") > 1]
    mei.submit("many", sel=f"{box},{sent[SALES - 1]}")
    assert "已接收 5 份报表。" in mei.text
    assert f"因有提示或已被处理而未接收：{sent[SALES - 1]}" in mei.text
    assert [state(sqlite_world, number) for number in sent] == [
        FormState.SUBMITTED if number == sent[SALES - 1] else FormState.ACCEPTED for number in sent
    ]


def test_a_dealers_month_shows_what_to_look_at_and_is_accepted_as_a_whole(
    sqlite_world: World, mei: Browser, sent: list[str]
) -> None:
    mei.get("monthly/review/D01/2026-04")
    lines = [row.get_text(" ", strip=True) for row in mei.select("#forms li")]
    assert "抽样 3 张，已查 0 张" in lines[SALES - 1]
    assert "EB-48, 本店销售: 由 4 改为 5。一台未开单" in lines[SALES - 1] or "一台未开单" in lines[SALES - 1]
    mei.submit("accept-month")
    assert "2026-04：已接收 6 份报表。" in mei.text
    assert {state(sqlite_world, number) for number in sent} == {FormState.ACCEPTED}
    assert "accept-month" not in {form.get("id") for form in mei.select("form")}
    mei.get("monthly/review/D02/2026-04")
    assert "还缺 5 份报表" in mei.main
    mei.get("monthly/review/D09/2026-04", status=404)
    mei.get("monthly/review/D01/2025-04", status=404)


def test_of_two_agreements_in_a_month_the_auditor_reaches_both(sqlite_world: World, books: Books) -> None:
    follow(sqlite_world, dt.date(2026, 4, 15))
    with sqlite_world.acting("dana", on=IN_TIME) as dana:
        new, old = (one.number for one in agreements.of_dealer(dana.dealer_id or 0))
    with sqlite_world.acting("dana", on=IN_TIME) as dana:
        first = commands.submit(dana, APRIL, agreement=old)
        commands.submit(dana, APRIL, agreement=new)
    mei = Browser(sqlite_world.app, on=AUDIT).sign_in("mei").get("monthly/review?until=2026-04")
    for number in (old, new):
        assert mei.has_link(f"monthly/review/D01/2026-04?agreement={number}"), number
    mei.get(f"monthly/review/D01/2026-04?agreement={old}").submit("accept-month")
    assert {state(sqlite_world, number) for number in first} == {FormState.ACCEPTED}
    mei.get(f"monthly/review/D01/2026-04?agreement={new}")
    assert mei.select("#accept-month"), "those of the other one still wait"


def test_a_month_that_changed_since_it_was_shown_is_not_accepted_as_a_whole(
    sqlite_world: World, mei: Browser, sent: list[str]
) -> None:
    mei.get("monthly/review/D01/2026-04")
    with sqlite_world.acting("dana", on=AUDIT) as dana:
        commands.withdraw(dana, sent[0])
    with sqlite_world.acting("dana", on=AUDIT) as dana:
        commands.submit(dana, APRIL)
    mei.submit("accept-month", status=409)
    assert {state(sqlite_world, number) for number in sent} == {FormState.SUBMITTED}


def test_a_form_goes_back_with_remarks_at_its_figures(
    sqlite_world: World, mei: Browser, sent: list[str]
) -> None:
    number = sent[SALES - 1]
    mei.get(f"monthly/{number}")
    mei.submit("remark", row="EB-48", column="sold", text="", status=422)
    assert "请填写意见。" in mei.main
    mei.submit("remark", row="EB-99", column="sold", text="哪一台？", status=422)
    assert "哪一台？" in str(mei.select("#remark textarea")[0])
    mei.submit("remark", row="EB-48", column="sold", text="请附送货单")
    assert "请附送货单" in mei.select("#remarks")[0].get_text()
    mei.submit("return", reason="", status=422)
    assert state(sqlite_world, number) is FormState.SUBMITTED
    mei.submit("return", reason="数量与送货单不符")
    assert state(sqlite_world, number) is FormState.RETURNED
    dana = Browser(sqlite_world.app, on=AUDIT).sign_in("dana").get(f"monthly/{number}")
    assert "请附送货单" in dana.select("#figures")[0].get_text(), "at the figure"
    assert "数量与送货单不符" in dana.main
    assert not dana.has_link(f"monthly/{number}/sample")


def test_after_a_decision_the_next_form_is_one_click_away(mei: Browser, sent: list[str]) -> None:
    mei.get(f"monthly/{sent[0]}").submit("accept")
    assert f"{sent[0]} 已接收" in mei.text
    assert mei.has_link(f"monthly/{sent[1]}")


def test_the_sample_is_looked_at_record_by_record(sqlite_world: World, mei: Browser, sent: list[str]) -> None:
    number = sent[SALES - 1]
    with sqlite_world.acting("lin"):
        seed = queries.revisions(queries.by_number(number).id)[0].hash
    drawn = sample([CARD.format(one) for one in range(1, 5)], seed)
    mei.get(f"monthly/{number}/sample")
    assert "从 4 张单据中抽 3 张" in mei.main
    shown = [row.select_one(".mono").get_text() for row in mei.select("#sample li")]  # type: ignore[union-attr]
    assert shown == drawn
    mei.submit("check-1", verdict="not_in_order", note="", status=422)
    assert "请写明不符之处。" in mei.main
    mei.submit("check-1", status=422)
    mei.submit("check-1", verdict="not_in_order", note="发票看不清")
    mei.submit("check-2", verdict="in_order")
    assert "共 3 张，已查 2 张" in mei.main
    with sqlite_world.acting("lin"):
        found = queries.checks(queries.by_number(number).id, 1)
    assert {key: (row.verdict, row.note) for key, row in found.items()} == {
        drawn[0]: (Verdict.NOT_IN_ORDER, "发票看不清"),
        drawn[1]: (Verdict.IN_ORDER, ""),
    }
    lin = Browser(sqlite_world.app, on=AUDIT).sign_in("lin").get(f"monthly/{number}/sample")
    assert "发票看不清" in lin.main
    assert not lin.select("form#check-1"), "the auditor's role reads all and writes nothing"


def test_the_export_has_every_form_of_the_matrix(mei: Browser, sent: list[str]) -> None:
    data = mei.get("monthly/review.xlsx?until=2026-04&span=3&tab=waiting").response.data
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    rows = [row for row in sheet.iter_rows(values_only=True) if row[0] == "D01"]
    assert [row[4] for row in rows] == sent
    sales = rows[SALES - 1]
    assert (sales[2], sales[3], sales[5], sales[9]) == ("2026-04", "每月销售统计表", "待接收", 0)
    assert sales[10] >= 1
