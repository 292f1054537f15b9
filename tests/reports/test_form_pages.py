"""One form on its pages: figures and records, corrections, submitting, what changed since, submissions compared."""

import datetime as dt

import pytest
import sqlalchemy as sa

from portal.agreements.rules import FormKind
from portal.catalogue import commands as catalogue
from portal.kernel.db import session
from portal.kernel.period import Month
from portal.reports import commands, queries
from portal.reports.commands.auditing import LineRemark
from portal.reports.models import FormEntry, MonthlyForm
from portal.reports.rules import EntryDraft, FormState
from portal.tenants import commands as people
from portal.tenants.models import Membership
from tests.browser import Browser
from tests.people import World
from tests.reports.books import Books, open_books

APRIL, SALES = Month(2026, 4), FormKind.SALES
IN_TIME = dt.date(2026, 5, 4)
FORM, NUMBER = "monthly/2026-04/sales", "YB-2026-000001"
SOLD, WHY = "sold@EB-48", "why@sold@EB-48"


@pytest.fixture
def books(monkeypatch: pytest.MonkeyPatch) -> Books:
    books = open_books(monkeypatch)
    books.sell(APRIL, 3)
    return books


@pytest.fixture
def dana(sqlite_world: World, books: Books) -> Browser:
    return Browser(sqlite_world.app, on=IN_TIME).sign_in("dana")


def kept(world: World) -> list[tuple[str, ...]]:
    with world.acting("dana"):
        rows = session().scalars(sa.select(FormEntry).order_by(FormEntry.row, FormEntry.column))
        return [(row.row, row.column, row.value, row.was, row.reason, row.person) for row in rows]


def state(world: World) -> FormState:
    with world.acting("dana"):
        return session().scalars(sa.select(MonthlyForm)).one().state


def submitted(world: World, *drafts: EntryDraft) -> None:
    with world.acting("dana", on=IN_TIME) as owner:
        commands.save(owner, APRIL, SALES, drafts, remarks="说明")
    with world.acting("dana", on=IN_TIME) as owner:
        commands.submit(owner, APRIL, [SALES])


def test_a_figure_opens_its_records_below_the_line_and_on_a_page_of_its_own(dana: Browser) -> None:
    dana.get(FORM)
    link = next(a for a in dana.select("td a[hx-get]") if a.get_text().startswith("3"))
    assert dana.select(str(link["hx-target"]))
    dana.get(str(link["href"]))
    assert "EB-48 · 本店销售：3" in dana.main
    assert dana.has_link("cards/BXK-2026-000002")
    dana.get(str(link["href"]), htmx=True)
    assert "BXK-2026-000002" in dana.response.get_data(as_text=True)
    dana.get(f"{FORM}/behind?row=EB-48&column=closing")
    assert "本店销售" in dana.select("tbody tr")[0].get_text(), "of a figure worked out of several: which one"
    assert [row.get_text().split()[-1][-2:] for row in dana.select("tbody tr")].count("−1") == 3, (
        "sold: taken off"
    )
    assert "不对应本月的记录" not in dana.main, "the records are all of it"
    dana.get(f"{FORM}/behind?row=total&column=sold")
    assert "EB-48" in dana.select("tbody tr")[0].get_text()
    for wrong in ("row=EB-48&column=nothing", "row=nothing&column=sold", ""):
        dana.get(f"{FORM}/behind?{wrong}", status=404)
    dana.get("monthly/2026-04/summary/behind?row=total&column=value", status=404)


def test_many_records_come_a_page_at_a_time(dana: Browser, books: Books) -> None:
    books.sell(APRIL, 60)
    dana.get(f"{FORM}/behind?row=EB-48&column=sold", htmx=True)
    fragment = dana.response.get_data(as_text=True)
    assert fragment.count("<tr>") == 21
    assert "全部 60 条记录" in fragment
    dana.get(f"{FORM}/behind?row=EB-48&column=sold")
    assert len(dana.select("tbody tr")) == 50


def test_a_correction_needs_a_reason_and_keeps_the_old_value(sqlite_world: World, dana: Browser) -> None:
    dana.get(FORM)
    dana.submit("sheet", **{SOLD: "5", "note@EB-48": "两台展车"}, status=422)
    assert "EB-48 · 本店销售: 请说明为什么不是 3。" in dana.main
    assert dana.select("details.fix[open] input")[0]["value"] == "5"
    assert any(field.get("value") == "两台展车" for field in dana.select("input")), "what was typed stays"
    assert kept(sqlite_world) == []
    dana.submit("sheet", **{WHY: "两台无卡"})
    dana_name = kept(sqlite_world)[1][5]
    assert kept(sqlite_world) == [
        ("EB-48", "note", "两台展车", "", "", dana_name),
        ("EB-48", "sold", "5", "3", "两台无卡", dana_name),
    ]
    cell = next(td for td in dana.select("td") if td.select_one("details") and td.select_one("s"))
    assert (cell.select_one("s").get_text(), cell.select_one("b").get_text()) == ("3", "5")  # type: ignore[union-attr]
    row = dana.select("#corrected tbody tr")[0].get_text(" ", strip=True)
    assert row.startswith(f"EB-48 · 本店销售 3 5 两台无卡 {dana_name}")
    dana.submit("undo")
    assert kept(sqlite_world) == [("EB-48", "note", "两台展车", "", "", dana_name)]


def test_what_is_no_number_is_refused_beside_its_cell(sqlite_world: World, dana: Browser) -> None:
    for field, value, says in (
        (SOLD, "fünf", "请输入不小于 0 的整数"),
        (SOLD, "-1", "请输入不小于 0 的整数"),
        ("counted@EB-48", "1.5", "请输入不小于 0 的整数"),
        ("turnover@EB-48", "1.234", "请输入不小于 0.00 的金额"),
    ):
        dana.get(FORM)
        dana.submit("sheet", **{field: value, "remarks": "说明"}, status=422)
        wrong = dana.select("input[aria-invalid]")
        assert [(one["name"], one["value"]) for one in wrong] == [(field, value)]
        assert says in dana.select(f"#{wrong[0]['aria-describedby']}")[0].get_text()
        assert dana.select("textarea")[0].get_text().strip() == "说明"
        assert dana.select(f".errsum a[href='#{wrong[0]['id']}']")
    assert kept(sqlite_world) == []


def test_two_who_fill_in_the_same_form_are_a_conflict(sqlite_world: World, dana: Browser) -> None:
    tom = Browser(sqlite_world.app, on=IN_TIME).sign_in("tom").get(FORM)
    dana.get(FORM)
    tom.submit("sheet", **{"counted@EB-48": "7"})
    dana.submit("sheet", **{SOLD: "5", WHY: "两台无卡", "remarks": "说明"}, status=409)
    assert "刚被他人修改" in dana.main
    assert dana.select(f"input[name='{SOLD}']")[0]["value"] == "5"
    assert dana.select("textarea")[0].get_text().strip() == "说明"
    assert [row[1] for row in kept(sqlite_world)] == ["counted"]


def test_the_clerk_completes_the_form_and_the_owner_submits_it(sqlite_world: World, dana: Browser) -> None:
    tom = Browser(sqlite_world.app, on=IN_TIME).sign_in("tom").get(FORM)
    assert "核对并提交" not in tom.main
    tom.submit("填写完成", **{"counted@EB-48": "0"})
    assert tom.url.endswith("/monthly/2026-04")
    assert state(sqlite_world) is FormState.PREPARED
    dana.get(FORM)
    dana.submit("submit")
    assert state(sqlite_world) is FormState.PREPARED, "nothing was typed, so it stays complete"
    assert dana.url.endswith("/monthly/2026-04/check?kind=sales")
    dana.submit("submit")
    assert state(sqlite_world) is FormState.SUBMITTED


def test_a_change_after_it_was_complete_has_to_be_completed_anew(sqlite_world: World, dana: Browser) -> None:
    with sqlite_world.acting("tom", on=IN_TIME) as clerk:
        commands.prepare(clerk, APRIL, SALES)
    dana.get(FORM)
    dana.submit("sheet", **{"counted@EB-48": "0"})
    assert state(sqlite_world) is FormState.OWED


def test_a_line_is_added_for_a_model_without_records(sqlite_world: World, dana: Browser) -> None:
    with sqlite_world.acting("mei", on=IN_TIME) as mei:
        catalogue.add_product(mei, model="EC-20", name="三轮车", months=12)
    dana.get(FORM)
    dana.submit("add", line="EC-20", **{"note@EB-48": "两台展车"})
    assert dana.select("input[name='sold_without_card@EC-20']")
    assert dana.select("input[name='note@EB-48']")[0]["value"] == "两台展车"
    dana.submit("sheet", **{"sold_without_card@EC-20": "2"})
    assert ("EC-20", "sold_without_card", "2") in [row[:3] for row in kept(sqlite_world)]
    assert dana.select("tbody th")[-1].get_text() == "EC-20"


def test_a_submitted_form_shows_what_was_frozen_to_both_sides(
    sqlite_world: World, books: Books, dana: Browser
) -> None:
    submitted(sqlite_world, EntryDraft("EB-48", "sold", "5", "两台无卡"))
    books.sell(APRIL, 4)
    with sqlite_world.acting("dana"):
        form = queries.by_number(NUMBER)
        shown = queries.latest([form])[form.id].hash
    for browser in (dana, Browser(sqlite_world.app, on=IN_TIME).sign_in("mei")):
        browser.get(f"monthly/{NUMBER}")
        assert shown in browser.main
        assert "两台无卡" in browser.select("#corrected")[0].get_text()
        row = browser.select("#since tbody tr")[0].get_text(" ", strip=True)
        assert row == "EB-48 · 本店销售 3 4 BXK-2026-000004 —"
        browser.get(f"monthly/{NUMBER}/behind?row=EB-48&column=sold")
        assert len(browser.select("tbody tr")) == 3, "as they were frozen"
    Browser(sqlite_world.app).sign_in("rival", tenant="MF").get(
        f"monthly/{NUMBER}/behind?row=total&column=sold", status=404
    )


def test_the_owner_submits_again_while_the_month_is_open_and_compares(
    sqlite_world: World, books: Books, dana: Browser
) -> None:
    submitted(sqlite_world)
    books.sell(APRIL, 4)
    dana.get(f"monthly/{NUMBER}")
    dana.submit("resubmit", status=422)
    assert "请说明重新提交的原因" in dana.main
    dana.submit("resubmit", reason="补一张回执卡")
    assert not dana.select("#since")
    dana.get(f"monthly/{NUMBER}/compare")
    changed = dana.select("tr.moved")
    sold = next(row for row in changed if "本店销售" in row.get_text())
    assert sold.get_text(" ", strip=True) == "Δ 有变化 本店销售 3 4 + BXK-2026-000004"
    less = len(dana.select("table tr"))
    dana.follow("全部数字")
    assert len(dana.select("table tr")) > less
    dana.get(f"monthly/{NUMBER}/compare?with=9", status=404)
    dana.get(f"monthly/{NUMBER}?revision=1")
    assert "以第 2 次提交为准" in dana.main
    assert not dana.select("#withdraw")
    dana.get(f"monthly/{NUMBER}?revision=3", status=404)


def test_nobody_else_may_submit_again_or_withdraw(sqlite_world: World, books: Books) -> None:
    submitted(sqlite_world)
    books.sell(APRIL, 4)
    tom = Browser(sqlite_world.app, on=IN_TIME).sign_in("tom").get(f"monthly/{NUMBER}")
    assert "经销商负责人可重新提交" in tom.main
    assert not tom.select("#resubmit, #withdraw")
    tom.post(f"monthly/{NUMBER}/withdraw", status=403)
    sub = Browser(sqlite_world.app, on=IN_TIME).sign_in("sub")
    sub.get(f"monthly/{NUMBER}", status=403)
    assert state(sqlite_world) is FormState.SUBMITTED


def test_a_form_is_withdrawn_before_it_is_decided(sqlite_world: World, dana: Browser) -> None:
    submitted(sqlite_world)
    stale = Browser(sqlite_world.app, on=IN_TIME).sign_in("dana").get(f"monthly/{NUMBER}")
    dana.get(f"monthly/{NUMBER}")
    dana.submit("withdraw")
    assert "/monthly/2026-04/sales" in dana.url
    assert state(sqlite_world) is FormState.OWED
    stale.submit("withdraw", status=409)
    dana.get(f"monthly/{NUMBER}")
    assert "经销商已撤回" in dana.main


def test_remarks_of_the_auditor_stand_at_their_cells(sqlite_world: World, dana: Browser) -> None:
    submitted(sqlite_world)
    with sqlite_world.acting("mei", on=IN_TIME) as reviewer:
        remarks = [LineRemark("请核对三号卡", "EB-48", "sold"), LineRemark("整行请说明", "EB-48")]
        commands.send_back(reviewer, NUMBER, reason="有疑问", lines=remarks)
    for page in (f"monthly/{NUMBER}", FORM):
        dana.get(page)
        cells = [one.get_text(strip=True) for one in dana.select("td .said, th .said")]
        assert cells == ["整行请说明", "请核对三号卡"]
    dana.submit("submit")
    dana.submit("submit")
    dana.get(f"monthly/{NUMBER}")
    assert not dana.select("td .said"), "they belong to the first submission"


def test_who_only_reads_sees_figures_and_records_but_no_fields(sqlite_world: World, books: Books) -> None:
    with sqlite_world.acting("dana"):
        clerk = (
            session()
            .scalars(sa.select(Membership.id).where(Membership.person_id == sqlite_world.people["tom"]))
            .one()
        )
    with sqlite_world.acting("dana") as owner:
        people.change_roles(owner, clerk, roles=["accounts"])
    tom = Browser(sqlite_world.app, on=IN_TIME).sign_in("tom").get(FORM)
    assert not tom.select("main input, main textarea, main button")
    assert tom.has_link(f"{FORM}/behind?row=EB-48&column=sold")
    tom.get(f"{FORM}/behind?row=EB-48&column=sold")
    tom.post(FORM, status=403)
    tom.post(f"{FORM}/prepare", status=403)


def test_a_month_that_has_not_begun_takes_nothing(dana: Browser) -> None:
    dana.get("monthly/2026-06/sales")
    assert not dana.select("main form")
