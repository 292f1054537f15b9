"""The figures beside the table of a form open to their records, as the table's own do (MF-4)."""

import datetime as dt
import io

import openpyxl
import pytest

from portal.agreements.rules import FormKind
from portal.kernel.period import Month
from portal.reports import commands
from portal.reports.rules import LAYOUTS, SUMMARY, Compiled, Record, Sheet, held, make
from tests.browser import Browser
from tests.people import World
from tests.reports.voices import Asked, Request, number_of, put

APRIL, IN_TIME = Month(2026, 4), dt.date(2026, 5, 4)
FORM, NUMBER = "monthly/2026-04/satisfaction", "YB-2026-000001"
DAY = dt.date(2026, 4, 10)
#: A half-year before April, but for March.
MONTHS = ("2025-10", "2025-11", "2025-12", "2026-01", "2026-02")


@pytest.fixture
def dana(sqlite_world: World) -> Browser:
    calls = [Asked(1, DAY, {"speed": 4}), Asked(2, DAY, {"speed": 5})]
    put(sqlite_world, calls, [Request(1, done=DAY), Request(3, done=DAY)])
    return Browser(sqlite_world.app, on=IN_TIME).sign_in("dana")


def beside(browser: Browser) -> dict[str, str]:
    """The words of each figure → where it opens; empty: it does not."""
    found = {}
    for one in browser.select("#beside > *"):
        found[one.select_one(".k").get_text()] = str(one.get("href", ""))  # type: ignore[union-attr]
    return found


def records(browser: Browser, address: str) -> list[str]:
    browser.get(address)
    return [row.select("td")[0].get_text() for row in browser.select("tbody tr")]


def submitted(world: World) -> None:
    with world.acting("dana", on=IN_TIME) as owner:
        commands.submit(owner, APRIL, [FormKind.SATISFACTION])


def test_every_figure_beside_the_table_opens_its_records(dana: Browser) -> None:
    links = beside(dana.get(FORM))
    assert not dana.select("td[data-l='比上月'] a"), "nothing to compare with"
    assert [words for words, address in links.items() if not address] == [
        "上月回收份数",
        "最低项目",
        "回访率最低要求",
    ]
    assert records(dana, links["发出份数"]) == [number_of(1), number_of(2)]
    assert records(dana, links["本月修复数"]) == [number_of(1), number_of(3)]
    assert "本月修复数：2" in dana.main
    assert dana.has_link(f"service/{number_of(3)}")
    assert records(dana, links["回访率"]) == [number_of(at) for at in (1, 1, 2, 3)]
    columns = [row.select("td")[2].get_text() for row in dana.select("tbody tr")]
    assert columns.count("已回访服务单") == 2, "which of the figures it is worked out of"
    assert records(dana, links["总平均分"]) == [number_of(1), number_of(2)]
    dana.get(f"{FORM}/behind?row=summary&column=g5", status=404)


def test_a_submission_keeps_them_and_tells_what_changed_since(sqlite_world: World, dana: Browser) -> None:
    submitted(sqlite_world)
    put(sqlite_world, [Asked(4, DAY, {"speed": 4})])
    for browser in (dana, Browser(sqlite_world.app, on=IN_TIME).sign_in("mei")):
        links = beside(browser.get(f"monthly/{NUMBER}"))
        since = [row.get_text(" ", strip=True) for row in browser.select("#since tbody tr")]
        assert f"已回访服务单 2 3 {number_of(4)} —" in since
        assert records(browser, links["已回访服务单"]) == [number_of(1), number_of(2)], "as they were frozen"
    dana.get(f"monthly/{NUMBER}")
    dana.submit("resubmit", reason="补一次回访")
    dana.get(f"monthly/{NUMBER}/compare")
    moved = [row.get_text(" ", strip=True) for row in dana.select("tr.moved")]
    assert f"Δ 有变化 已回访服务单 2 3 + {number_of(4)}" in moved


def test_a_later_form_tells_the_change_of_a_figure_beside_the_table(
    sqlite_world: World, dana: Browser
) -> None:
    submitted(sqlite_world)
    put(sqlite_world, [Asked(4, DAY, {"speed": 4})])
    told = [
        row.get_text(" ", strip=True)
        for row in dana.get("monthly/2026-05/satisfaction").select("#earlier tbody tr")
    ]
    assert "2026-04 已回访服务单 2 3" in told
    assert "已回访服务单 2 3" in " ".join(dana.get("monthly/2026-05/check?kind=satisfaction").main.split())
    assert "已回访服务单" in dana.get("monthly/2026-05").main
    dana.get("monthly/2026-05/satisfaction.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(dana.response.get_data()))
    assert "2026-04, 已回访服务单: 2 → 3" in str(list(book.active.values))  # type: ignore[union-attr]


def test_a_form_that_was_submitted_without_such_records_still_opens(
    sqlite_world: World, dana: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Sheet.as_json
    monkeypatch.setattr(
        Sheet,
        "as_json",
        lambda sheet: (
            whole(sheet) | {"records": [one for one in whole(sheet)["records"] if one[0] != SUMMARY]}
        ),
    )
    submitted(sqlite_world)
    links = beside(dana.get(f"monthly/{NUMBER}"))
    assert [words for words, address in links.items() if address] == ["总平均分"]
    assert not dana.select("#since")


def test_a_figure_of_other_months_leads_to_their_forms(sqlite_world: World, dana: Browser) -> None:
    put(sqlite_world, [Asked(9, dt.date(2026, 3, 10), {"speed": 3})])
    with sqlite_world.acting("dana", on=IN_TIME) as owner:
        commands.submit(owner, Month(2026, 3), [FormKind.SATISFACTION])
    dana.get(FORM)
    (last,) = (td for td in dana.select("tbody td[data-l='上月']") if td.select_one("a"))
    dana.get(str(last.select_one("a")["href"]))  # type: ignore[index]
    assert dana.has_link(f"monthly/{NUMBER}")
    assert not dana.select("tbody tr"), "no record of this month is behind it"
    assert "没有记录计入" not in dana.main
    dana.get(f"{FORM}/behind?row=speed&column=half_year")
    said = [one.get_text(" ", strip=True) for one in dana.select("details.records li")]
    assert said == [*(f"{month} 当月未提交报表" for month in MONTHS), f"2026-03 {NUMBER} 待接收"]
    links = beside(dana.get(FORM))
    dana.get(links["上月回收份数"], htmx=True)
    assert NUMBER in dana.response.get_data(as_text=True)
    submitted(sqlite_world)
    mei = Browser(sqlite_world.app, on=IN_TIME).sign_in("mei")
    mei.get("monthly/YB-2026-000002/behind?row=total&column=against_last")
    assert mei.has_link(f"monthly/{NUMBER}")
    assert len(mei.select("tbody tr")) == 2


def test_sales_of_the_year_come_from_its_months_before() -> None:
    column = LAYOUTS[FormKind.SALES].column("this_year")
    assert column.back
    assert [str(month) for month in column.back(Month(2026, 3))] == ["2026-01", "2026-02"]
    assert list(column.back(Month(2026, 1))) == []


def test_they_are_no_line_of_the_table_and_no_record_of_its_own() -> None:
    layout = LAYOUTS[FormKind.QUALITY]
    found = make(layout, Compiled(records=(Record(SUMMARY, "feedbacks", "XF-2026-000001", DAY),)))
    assert (found.rows, found.cell("total", "units")) == ((), "0")
    assert found.cell(SUMMARY, "feedbacks") == "1"
    assert Sheet.of_json(found.as_json()) == found
    assert [str(one) for one in held(layout, found)] == ["Nothing happened this month"]
