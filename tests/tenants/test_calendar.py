"""The manufacturer's own working days and days off: rules, commands, what goes by them (TM-1)."""

import datetime as dt

import pytest

from portal.audit import queries as audit
from portal.kernel.calendar import Calendar
from portal.kernel.db import session
from portal.kernel.errors import Forbidden, NotFound, PortalError, RuleBroken
from portal.tenants import commands, queries
from portal.tenants.rules import check_removable, days_to_enter
from tests.browser import Browser
from tests.people import TODAY, World

DAY = dt.date
CLOSED = Calendar({DAY(2026, 6, 12): False})


def entered(first: dt.date, last: dt.date, *, worked: bool = False) -> list[int]:
    days = days_to_enter(first, last, worked=worked, calendar=CLOSED, today=TODAY)
    assert {day.month for day in days} == {first.month}
    return [day.day for day in days]


def test_a_range_enters_the_days_that_are_not_so_anyway() -> None:
    assert entered(DAY(2026, 6, 17), DAY(2026, 6, 17)) == [17]
    # Friday 19 June is the Dragon Boat Festival, then comes the weekend
    assert entered(DAY(2026, 6, 18), DAY(2026, 6, 22)) == [18, 22]
    assert entered(DAY(2026, 6, 18), DAY(2026, 6, 22), worked=True) == [19, 20, 21]


@pytest.mark.parametrize(
    ("first", "last", "worked", "field", "text"),
    [
        (DAY(2026, 5, 19), DAY(2026, 5, 21), False, "first", "Days that are past stay as they were counted."),
        (DAY(2026, 6, 2), DAY(2026, 6, 1), False, "last", "The last day can't be before the first one."),
        (DAY(2026, 6, 1), DAY(2026, 8, 2), False, "last", "Enter at most 62 days at once."),
        (DAY(2029, 1, 1), DAY(2029, 1, 1), False, "last", "Days may be entered up to the end of 2028."),
        (
            DAY(2026, 6, 11),
            DAY(2026, 6, 15),
            False,
            "first",
            "2026-06-12 has an entry already; remove it first.",
        ),
        (DAY(2026, 6, 6), DAY(2026, 6, 7), False, "first", "These are days off anyway."),
        (DAY(2026, 6, 8), DAY(2026, 6, 9), True, "first", "These are working days anyway."),
    ],
)
def test_a_range_that_cannot_be_is_refused_with_its_reason(
    first: dt.date, last: dt.date, worked: bool, field: str, text: str
) -> None:
    with pytest.raises(RuleBroken) as refused:
        days_to_enter(first, last, worked=worked, calendar=CLOSED, today=TODAY)
    assert (refused.value.rule, refused.value.field, str(refused.value)) == ("TM-1", field, text)


def test_a_day_that_is_past_is_not_removed() -> None:
    check_removable(TODAY, TODAY)
    with pytest.raises(RuleBroken, match="past"):
        check_removable(TODAY - dt.timedelta(days=1), TODAY)


def test_the_manufacturers_days_count_for_both_parties_and_for_no_other_manufacturer(world: World) -> None:
    with world.acting("mei") as mei:
        days = commands.enter_days(mei, TODAY, DAY(2026, 5, 24), worked=False, name="公司年会")
        assert days == 3
        # one session: what the command changed is what is read after it
        assert not queries.calendar().is_working_day(TODAY)
    for who in ("dana", "sub", "fei"):
        with world.acting(who):
            assert queries.calendar().next_working_day(TODAY) == DAY(2026, 5, 25)
            assert [row.day.day for row in queries.calendar_days(TODAY, DAY(2026, 12, 31))] == [20, 21, 22]
    with world.acting("otto"):
        assert queries.calendar() == Calendar()
        with pytest.raises(NotFound):
            queries.calendar_day(TODAY)
    with world.acting("mei") as mei:
        assert commands.remove_day(mei, DAY(2026, 5, 21)) == "公司年会"
    with world.acting("lin"):
        assert [row.day.day for row in queries.calendar_days(TODAY, DAY(2026, 12, 31))] == [20, 22]
        facts = list(session().scalars(audit.log(kind="tenants:calendar")))
        assert [(fact.tag.value.rpartition(":")[2], fact.subject) for fact in facts] == [
            ("removed", "2026-05-21"),
            ("closed", "2026-05-20"),
        ]
        assert facts[1].data == {
            "name": "公司年会",
            "starts": "2026-05-20",
            "until": "2026-05-22",
            "count": 3,
        }


def test_a_day_is_entered_once_and_only_by_the_admin(sqlite_world: World) -> None:
    with sqlite_world.acting("mei") as mei:
        commands.enter_days(mei, DAY(2026, 5, 23), DAY(2026, 5, 23), worked=True, name="补班")
    refusals: list[tuple[str, type[PortalError]]] = [
        ("mei", RuleBroken),
        ("fei", Forbidden),
        ("dana", Forbidden),
    ]
    for who, error in refusals:
        with sqlite_world.acting(who) as actor, pytest.raises(error):
            commands.enter_days(actor, DAY(2026, 5, 23), DAY(2026, 5, 23), worked=False, name="x")
    for who in ("fei", "dana"):
        with sqlite_world.acting(who) as actor, pytest.raises(Forbidden):
            commands.remove_day(actor, DAY(2026, 5, 23))
    with sqlite_world.acting("mei"):
        (row,) = queries.calendar_days(TODAY, DAY(2026, 12, 31))
        assert (row.day, row.worked, row.name, row.actor) == (DAY(2026, 5, 23), True, "补班", "Mei")


def test_the_year_tells_holidays_make_up_days_and_own_days_apart(sqlite_world: World) -> None:
    mei = Browser(sqlite_world.app).sign_in("mei").get("calendar")
    mei.submit("enter", what="off", first="2026-05-28", last="2026-05-29", name="公司年会")
    mei.submit("enter", what="worked", first="2026-05-30", name="补班")
    fields = {field.get_text("", strip=True): field["class"] for field in mei.select(".cal td.day")}
    assert fields["28休公司年会: 休息日, 厂方自定"] == ["day", "d-off", "own"]
    assert fields["30班补班: 工作日, 厂方自定"] == ["day", "d-work", "own"]
    assert fields["9班调休上班: 工作日"] == ["day", "d-work"]
    assert "劳动节 2026-05-01 – 2026-05-05 5" in mei.main
    mei.get("calendar?year=2027")
    assert "2027 年的节假日安排尚未公布" in mei.main
    assert not mei.select(".cal td.d-off")
    dana = Browser(sqlite_world.app).sign_in("dana").get("calendar?year=2026")
    assert "公司年会" in dana.main
    assert not dana.select("form#enter")
    assert "Mei" in dana.main


def test_a_refused_day_is_said_beside_its_field_and_an_entry_is_removed(sqlite_world: World) -> None:
    mei = Browser(sqlite_world.app).sign_in("mei").get("calendar?year=2026")
    mei.submit("enter", what="off", first="2026-05-30", name="x", status=422)
    assert "所填日期本来就是休息日。" in mei.main
    mei.submit("enter", what="worked", first="2026-05-30", name="补班")
    mei.submit("calendar/2026-05-30/remove")
    assert "2026-05-30 已恢复为公共日历" in mei.text
    assert "只按公共日历计算" in mei.main
    mei.post("calendar/2026-05-30/remove", status=404)
    mei.post("calendar/never/remove", status=404)
