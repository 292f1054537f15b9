"""When forms are due, how late they are, and who is reminded when (MF-3, TM-1)."""

import datetime as dt

import pytest

from portal.agreements import queries as agreements
from portal.agreements.rules import FormKind, Terms
from portal.jobs.daily import begin_day
from portal.kernel.calendar import Calendar
from portal.kernel.db import session
from portal.kernel.period import Month
from portal.reports import commands, queries
from portal.reports.queries import Timeliness
from portal.reports.rules import FormState, ReminderStage, days_late, due_on, is_near, stage_on
from portal.tenants import commands as tenants
from portal.tenants import queries as people
from tests.browser import Browser
from tests.people import World
from tests.tenants.mails import delivered

DAY = dt.date
SOON, DUE, LATE = ReminderStage
#: The company's own days: 3 June closed, Saturday 6 June open.
OWN = Calendar({DAY(2026, 6, 3): False, DAY(2026, 6, 6): True})


@pytest.mark.parametrize(
    ("month", "day", "due"),
    [
        # Tuesday 3 March: day N itself; February has 28 days in 2026 and 29 in 2024
        ("2026-02", 3, DAY(2026, 3, 3)),
        ("2024-02", 3, DAY(2024, 3, 4)),
        ("2024-02", 1, DAY(2024, 3, 1)),
        # over the year's end: 3 January is a Saturday, the Sunday after it makes up for a day of New Year
        ("2025-12", 3, DAY(2026, 1, 4)),
        ("2025-12", 1, DAY(2026, 1, 4)),
        ("2024-12", 1, DAY(2025, 1, 2)),
        # National Day, Spring Festival, Labour Day
        ("2026-09", 3, DAY(2026, 10, 8)),
        ("2026-09", 8, DAY(2026, 10, 8)),
        ("2026-01", 16, DAY(2026, 2, 24)),
        ("2026-01", 28, DAY(2026, 2, 28)),
        ("2026-04", 3, DAY(2026, 5, 6)),
        # 2027 is not known: Friday 1 January counts as a weekday, a weekend doesn't
        ("2026-12", 1, DAY(2027, 1, 1)),
        ("2026-12", 3, DAY(2027, 1, 4)),
        ("2027-01", 6, DAY(2027, 2, 8)),
    ],
)
def test_forms_are_due_on_day_n_of_the_next_month_or_the_next_working_day(
    month: str, day: int, due: dt.date
) -> None:
    assert due_on(Month.parse(month), Terms(form_due_day=day), Calendar()) == due


def test_a_due_day_stays_where_the_terms_say_so_and_goes_by_the_manufacturers_own_days() -> None:
    stays = Terms(form_due_moves=False)
    assert due_on(Month(2026, 9), stays, Calendar()) == DAY(2026, 10, 3)
    assert due_on(Month(2026, 5), Terms(), Calendar()) == DAY(2026, 6, 3)
    assert due_on(Month(2026, 5), Terms(), OWN) == DAY(2026, 6, 4)
    assert due_on(Month(2026, 5), Terms(form_due_day=6), OWN) == DAY(2026, 6, 6)


def test_forms_are_late_from_the_day_after_the_due_day() -> None:
    due = DAY(2026, 1, 4)
    assert [days_late(due, DAY(2026, 1, day)) for day in (3, 4, 5, 31)] == [0, 0, 1, 27]


@pytest.mark.parametrize(
    ("today", "told", "stage"),
    [
        (DAY(2026, 2, 27), (), None),
        (DAY(2026, 2, 28), (), SOON),
        (DAY(2026, 3, 1), (SOON,), None),
        # no worker ran three days before
        (DAY(2026, 3, 2), (), SOON),
        (DAY(2026, 3, 3), (), DUE),
        (DAY(2026, 3, 3), (SOON,), DUE),
        (DAY(2026, 3, 4), (SOON, DUE), LATE),
        (DAY(2026, 12, 24), (SOON, DUE, LATE), LATE),
    ],
)
def test_a_dealer_is_reminded_before_the_due_day_once_on_it_and_each_day_after_it(
    today: dt.date, told: tuple[ReminderStage, ...], stage: ReminderStage | None
) -> None:
    due = DAY(2026, 3, 3)
    assert stage_on(due, today, told) is stage
    assert is_near(due, today) is (today >= DAY(2026, 2, 28))


def begin(world: World, day: dt.date) -> None:
    """What the clock does at the beginning of a day, for the manufacturer MF."""
    clock = people.clock_actor(world.manufacturers["MF"], "Asia/Shanghai")
    with world.at(day, hour=0), world.app.app_context():
        assert clock.scope is not None
        session().enter(clock.scope)
        begin_day(clock)


def history(world: World, who: str, dealer: str = "D01") -> list[tuple[str, int, ReminderStage, int, int]]:
    with world.acting(who):
        agreement = agreements.get(world.agreements[dealer])
        return [
            (str(row.month), row.day.day, row.stage, len(row.kinds), row.mails)
            for month in (Month(2026, 1), Month(2026, 2))
            for row in reversed(queries.reminders(agreement.id, month))
        ]


def submit(world: World, month: Month, on: dt.date, kinds: list[FormKind] | None = None) -> None:
    with world.acting("dana", on=on) as dana:
        commands.submit(dana, month, kinds)


def test_each_person_gets_one_mail_a_day_with_all_months_and_forms_that_are_missing(world: World) -> None:
    begin(world, DAY(2026, 1, 30))
    assert delivered(world.app) == []
    begin(world, DAY(2026, 1, 31))
    to = [mail["To"] for mail in delivered(world.app)]
    # ida acts for D03; the sub-dealer's people and the accounts have nothing to do with it
    assert sorted(to) == [f"{who}@example.test" for who in ("dana", "ida", "rival", "tom")]
    begin(world, DAY(2026, 1, 31))
    begin(world, DAY(2026, 2, 1))
    assert len(delivered(world.app)) == 4
    submit(world, Month(2026, 1), DAY(2026, 2, 2), [FormKind.REPAIRS, FormKind.SALES])
    for day in (DAY(2026, 2, 3), DAY(2026, 2, 4), DAY(2026, 2, 28)):
        begin(world, day)
    mails = [mail for mail in delivered(world.app) if mail["To"] == "tom@example.test"]
    assert [mail["Subject"] for mail in mails] == ["甲经销商 的月报即将到期"] * 2 + [
        "甲经销商 的月报已逾期"
    ] * 2
    body = mails[-1].get_body(("plain",))
    assert body is not None
    text = body.get_content().replace("\r\n", "\n")
    assert text.count("\n- ") == 4 + 6
    for words in (
        "2026-01：2026-02-03 截止，逾期 25 天\n- 每月零件更换清单\n- ",
        "2026-02：2026-03-03 截止\n",
        "顾客意见统计表",
        "/m/MF~D01/monthly",
    ):
        assert words in text, words
    assert "售后维修月报表" in text.split("2026-02：")[1]
    assert "售后维修月报表" not in text.split("2026-02：")[0]
    expected = [
        ("2026-01", 31, SOON, 6, 2),
        ("2026-01", 3, DUE, 4, 2),
        ("2026-01", 4, LATE, 4, 2),
        ("2026-01", 28, LATE, 4, 2),
        ("2026-02", 28, SOON, 6, 2),
    ]
    assert history(world, "dana") == history(world, "lin") == expected


def test_nobody_is_reminded_of_what_is_submitted_or_not_owed_or_whom_the_portal_shuts_out(
    sqlite_world: World,
) -> None:
    submit(sqlite_world, Month(2026, 1), DAY(2026, 1, 31))
    with sqlite_world.acting("mei", on=DAY(2026, 1, 31)) as mei:
        tenants.disable_dealer(mei, "D02", reason="x")
    begin(sqlite_world, DAY(2026, 2, 3))
    assert [mail["To"] for mail in delivered(sqlite_world.app)] == ["ida@example.test"]
    assert history(sqlite_world, "lin") == []
    # on record all the same: somebody should have been told
    assert history(sqlite_world, "lin", "D02") == [("2026-01", 3, DUE, 6, 0)]


def test_a_form_keeps_the_due_day_of_its_first_submission_whatever_becomes_of_the_calendar(
    sqlite_world: World,
) -> None:
    with sqlite_world.acting("mei", on=DAY(2026, 2, 1)) as mei:
        tenants.enter_days(mei, DAY(2026, 2, 3), DAY(2026, 2, 4), worked=False, name="盘点")
    submit(sqlite_world, Month(2026, 1), DAY(2026, 2, 2), [FormKind.REPAIRS])
    with sqlite_world.acting("mei", on=DAY(2026, 2, 2)) as mei:
        tenants.remove_day(mei, DAY(2026, 2, 3))
    with sqlite_world.acting("dana", on=DAY(2026, 2, 6)):
        agreement = agreements.get(sqlite_world.agreements["D01"])
        found = queries.month_of(agreement, Month(2026, 1), DAY(2026, 2, 6))
        assert found is not None
        sent, *others = found.forms
        assert (sent.state, sent.due, sent.late) == (FormState.SUBMITTED, DAY(2026, 2, 5), 0)
        assert {(one.due, one.late) for one in others} == {(DAY(2026, 2, 3), 3)}
        assert found.due == DAY(2026, 2, 3), "the day that counts for what is missing"
    submit(sqlite_world, Month(2026, 1), DAY(2026, 2, 6))
    with sqlite_world.acting("dana", on=DAY(2026, 2, 6)):
        found = queries.month_of(agreement, Month(2026, 1), DAY(2026, 2, 6))
        assert found is not None
        assert found.due == DAY(2026, 2, 5)


def test_how_the_forms_of_a_month_came_is_counted_by_their_first_submission(sqlite_world: World) -> None:
    january, february = Month(2026, 1), Month(2026, 2)
    submit(sqlite_world, january, DAY(2026, 2, 3), [FormKind.REPAIRS, FormKind.SALES])
    submit(sqlite_world, january, DAY(2026, 2, 10), [FormKind.PARTS])
    with sqlite_world.acting("mei", on=DAY(2026, 2, 20)) as mei:
        number = queries.of_month(agreements.get(sqlite_world.agreements["D01"]).id, january)[
            FormKind.REPAIRS
        ].number
        assert number is not None
        commands.send_back(mei, number, reason="请核对")
    with sqlite_world.acting("lin"):
        ids = [agreements.get(sqlite_world.agreements[code]).id for code in ("D01", "D02")]
        found = queries.timeliness(ids, [january, february], DAY(2026, 3, 1))
        assert found == {
            (ids[0], january): Timeliness(owed=6, in_time=2, late=1, missing=3, days_late=26),
            (ids[0], february): Timeliness(owed=6, in_time=0, late=0, missing=6, days_late=0),
            (ids[1], january): Timeliness(owed=6, in_time=0, late=0, missing=6, days_late=26),
            (ids[1], february): Timeliness(owed=6, in_time=0, late=0, missing=6, days_late=0),
        }
        assert queries.timeliness([], [january], DAY(2026, 3, 1)) == {}


def test_the_home_page_tells_of_a_month_from_three_days_before_its_due_day(sqlite_world: World) -> None:
    dana = Browser(sqlite_world.app).sign_in("dana")
    dana.on(DAY(2026, 1, 30)).get("")
    assert "2026-01 月报" not in dana.main
    dana.on(DAY(2026, 1, 31)).get("")
    assert "2026-01 月报" in dana.main
    assert "2026-02-03" in dana.main
    tom = Browser(sqlite_world.app).sign_in("tom")
    tom.on(DAY(2026, 2, 5)).get("")
    assert "2026-01 月报" in tom.main


def test_the_page_of_a_month_tells_when_the_dealer_was_reminded(sqlite_world: World) -> None:
    for day in (DAY(2026, 2, 2), DAY(2026, 2, 4)):
        begin(sqlite_world, day)
    dana = Browser(sqlite_world.app).sign_in("dana").on(DAY(2026, 2, 5)).get("monthly/2026-01")
    (told,) = [one.get_text(" ", strip=True) for one in dana.select("#reminders ol")]
    assert "逾期 · 缺 6 份报表 2026-02-04 · 已发邮件给 2 人" in told
    assert "到期前三天 · 缺 6 份报表 2026-02-02 · 已发邮件给 2 人" in told
    mei = Browser(sqlite_world.app).sign_in("mei").on(DAY(2026, 2, 5)).get("monthly/review/D01/2026-01")
    assert [one.get_text(" ", strip=True) for one in mei.select("#reminders ol")] == [told]
    assert "逾期 2 天" in mei.main
