"""The satisfaction statistics: means of items against other months, responses, the follow-up rate (MF-5, RP-8)."""

import datetime as dt
import random
from fractions import Fraction

import pytest
from sqlalchemy import select

from portal.agreements.rules import FormKind
from portal.kernel.db import session
from portal.kernel.findings import Severity
from portal.kernel.period import Month
from portal.repairs.models import FollowUp
from portal.repairs.rules.follow_ups import CallResult, SatisfactionItem
from portal.reports.rules import LAYOUTS, SUMMARY, TOTAL, Entry, Row, Sheet, since
from portal.reports.rules.layouts.satisfaction import GRADES, means_of
from portal.reports.rules.sheets import Compiled, Record, make
from tests.people import World
from tests.reports.shelves import begin, cells, follow, sheet
from tests.reports.voices import Asked, Request, number_of, put

SATISFACTION = FormKind.SATISFACTION
LAYOUT = LAYOUTS[SATISFACTION]
COMPARED = ("last_month", "half_year", "last_year")


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(f"2026-{text}")


@pytest.mark.parametrize(
    ("grades", "mean"),
    [
        ([5], "5.00"),
        ([1, 5, 5], "3.67"),
        # 4.125 and 4.375 are rounded half up, once.
        ([4, 4, 4, 4, 4, 4, 4, 5], "4.13"),
        ([4, 4, 4, 4, 4, 5, 5, 5], "4.38"),
        ([], ""),
    ],
)
def test_a_mean_is_that_of_all_grades_rounded_half_up(grades: list[int], mean: str) -> None:
    items, overall = means_of([{"speed": grade} for grade in grades])
    assert (items.get("speed", ""), overall) == (mean, mean)


def test_the_overall_mean_is_none_of_the_items_means() -> None:
    assert means_of([{"speed": 5, "price": 1}, {"speed": 5}, {"speed": 5}]) == (
        {"speed": "5.00", "price": "1.00"},
        "4.00",
    )


def form(*entries: Entry, summary: dict[str, str] | None = None, **items: list[int]) -> Sheet:
    records = [
        Record(item, f"g{grade}", f"BX-2026-{place:06d}", day("05-05"))
        for item, grades in items.items()
        for place, grade in enumerate(grades)
    ]
    rows = tuple(Row(item, {"item": item, "last_month": "4.50"}) for item in items)
    return make(LAYOUT, Compiled(rows, tuple(records), summary or {}, {"last_month": "4.50"}), entries)


def test_the_lowest_item_is_found_among_those_with_answers() -> None:
    made = form(speed=[4, 4], price=[3, 5, 4], parts=[5], product=[])
    assert (made.summary["lowest"], made.summary["overall"]) == ("price", "4.17")
    assert form(speed=[], price=[]).summary == {"lowest": "", "overall": ""}


def test_a_corrected_count_moves_the_means_and_the_lowest_item() -> None:
    made = form(Entry("speed", "g5", "0", was="2", reason="误录"), speed=[5, 5, 3], price=[4])
    assert cells(made, "speed", "valid", "mean", "satisfied", "against_last") == ("1", "3.00", "0.0", "-1.50")
    assert (made.summary["lowest"], made.summary["overall"]) == ("speed", "3.50")


def test_a_line_without_answers_has_no_mean_and_nothing_is_compared() -> None:
    assert cells(form(speed=[]), "speed", "valid", "mean", "satisfied", "against_last") == ("0", "", "", "")


@pytest.mark.parametrize(
    ("reached", "repairs", "told"),
    [("3", "10", False), ("2", "10", True), ("0", "0", False), ("0", "1", True)],
)
def test_a_follow_up_rate_below_the_minimum_is_told(reached: str, repairs: str, told: bool) -> None:
    found = LAYOUT.check(form(summary={"reached": reached, "repairs": repairs, "least": "30.0"}, speed=[5]))
    assert [(one.rule, one.severity) for one in found] == [("RP-8", Severity.WARNING)] * told
    if repairs == "10" and told:
        assert str(found[0].text) == "Follow-up rate 20.0 %, below the minimum of 30 %; calls missing: 1."


def test_a_month_is_counted_from_its_answered_calls(world: World) -> None:
    """On both engines: the month's edges, tries, turns, items left out, a tie for the lowest, other months."""
    reached, not_reached = CallResult.REACHED, CallResult.NOT_REACHED
    put(
        world,
        [
            Asked(1, day("04-30"), {"speed": 1, "price": 2}),
            Asked(2, day("05-01"), {"speed": 5, "attitude": 4}),
            Asked(2, day("05-08"), {"speed": 4}, turn=2),
            Asked(3, day("05-31"), {"speed": 3}),
            Asked(4, day("05-20"), result=not_reached),
            Asked(4, day("05-21"), result=not_reached),
            Asked(5, day("05-22"), result=CallResult.DECLINED),
            Asked(6, day("06-01"), {"speed": 1}, result=reached),
        ],
        [Request(2, done=day("05-01")), *(Request(number, done=day("05-31")) for number in range(7, 13))],
    )
    may = sheet(world, SATISFACTION, "2026-05")
    assert [row.key for row in may.rows] == ["attitude", "speed", "price"]
    assert cells(may, "speed", "valid", *GRADES, "mean", "satisfied") == (
        "3",
        "1",
        "1",
        "1",
        "0",
        "0",
        "4.00",
        "66.7",
    )
    assert cells(may, "speed", *COMPARED, "against_last") == ("1.00", "1.00", "", "+3.00")
    assert cells(may, "price", "valid", "mean", *COMPARED) == ("0", "", "2.00", "2.00", "")
    assert cells(may, TOTAL, "valid", "mean", *COMPARED, "against_last") == (
        "4",
        "4.00",
        "1.50",
        "1.50",
        "",
        "+2.50",
    )
    assert dict(may.summary) == {
        "issued": "5",
        "returned": "3",
        "valid": "3",
        "returned_last": "1",
        "overall": "4.00",
        "lowest": "speed",
        "reached": "2",
        "repairs": "7",
        "rate": "28.6",
        "least": "30.0",
    }
    assert [found.rule for found in LAYOUT.check(may)] == ["RP-8"]
    assert [one.number for one in may.behind(LAYOUT, "speed", "mean")] == [
        number_of(2),
        number_of(2),
        number_of(3),
    ]
    assert [one.number for one in may.behind(LAYOUT, "speed", "g3")] == [number_of(3)]
    beside = {
        column.key: [int(one.number[-2:]) for one in may.behind(LAYOUT, SUMMARY, column.key)]
        for column in LAYOUT.summary
    }
    assert beside == {
        "issued": [2, 2, 4, 5, 3],
        "returned": [2, 2, 3],
        "valid": [2, 2, 3],
        "returned_last": [],
        "overall": [2, 2, 2, 3],
        "lowest": [],
        "reached": [2, 3],
        "repairs": [2, *range(7, 13)],
        "rate": [2, 2, 3, *range(7, 13)],
        "least": [],
    }
    (tried,) = (one for one in may.behind(LAYOUT, SUMMARY, "issued") if one.number == number_of(4))
    assert (tried.on, tried.words) == (day("05-20"), "EB-48 A4"), "on the day of its first try"
    assert {one.column for one in may.behind(LAYOUT, TOTAL, "valid")} == {"g5", "g4", "g3"}


def test_a_call_that_is_noted_later_is_a_difference_of_the_figures_beside_the_table(
    sqlite_world: World,
) -> None:
    put(sqlite_world, [Asked(1, day("05-02"), {"speed": 4})], [Request(1, done=day("05-01"))])
    before = sheet(sqlite_world, SATISFACTION, "2026-05")
    put(sqlite_world, [Asked(2, day("05-03"), {"speed": 4})])
    after = sheet(sqlite_world, SATISFACTION, "2026-05")
    told = [(one.row, one.column, one.was, one.now, one.added) for one in since(LAYOUT, before, after)]
    assert told == [
        ("speed", "g4", "1", "2", (number_of(2),)),
        *((SUMMARY, key, "1", "2", (number_of(2),)) for key in ("issued", "returned", "valid", "reached")),
    ], "what follows from them is none"
    old = Sheet.of_json(before.as_json() | {"records": before.as_json()["records"][:1]})
    assert old.behind(LAYOUT, SUMMARY, "issued") == [], "submitted before these figures had records"
    assert since(LAYOUT, old, before) == []


def test_the_first_month_has_nothing_to_compare_with(sqlite_world: World) -> None:
    put(sqlite_world, [Asked(1, day("01-10"), {"speed": 4})])
    january = sheet(sqlite_world, SATISFACTION, "2026-01")
    assert cells(january, "speed", *COMPARED, "against_last") == ("", "", "", "")
    assert cells(january, TOTAL, *COMPARED, "against_last") == ("", "", "", "")
    assert january.summary["returned_last"] == ""
    assert january.summary["rate"] == "", "no repair was finished"


def test_a_half_year_is_the_six_months_before_over_all_their_grades(sqlite_world: World) -> None:
    put(
        sqlite_world,
        [
            Asked(1, dt.date(2025, 6, 30), {"speed": 1}),
            Asked(2, dt.date(2025, 7, 1), {"speed": 5}),
            Asked(3, dt.date(2025, 12, 31), {"speed": 3}),
            Asked(4, dt.date(2025, 12, 30), {"speed": 3}),
            Asked(5, day("01-01"), {"speed": 2}),
            Asked(6, dt.date(2025, 1, 1), {"speed": 4}),
            Asked(7, dt.date(2025, 1, 31), {"speed": 5}),
            Asked(8, dt.date(2025, 2, 1), {"speed": 1}),
            Asked(9, dt.date(2024, 12, 31), {"speed": 1}),
        ],
    )
    # 5, 3, 3: the mean of the two months' means would be 4.00.
    assert cells(sheet(sqlite_world, SATISFACTION, "2026-01"), "speed", *COMPARED) == ("3.00", "3.67", "4.50")


def test_comparisons_go_on_from_the_agreement_before(sqlite_world: World) -> None:
    new = follow(sqlite_world, day("04-30"))
    put(sqlite_world, [Asked(1, day("04-10"), {"speed": 2})])
    put(sqlite_world, [Asked(2, day("05-10"), {"speed": 5})], [Request(2, agreement=new)])
    assert cells(sheet(sqlite_world, SATISFACTION, "2026-05", new), "speed", "valid", *COMPARED) == (
        "1",
        "2.00",
        "2.00",
        "",
    )
    assert sheet(sqlite_world, SATISFACTION, "2026-05").cell("speed", "valid") == "0"


def independent(world: World, month: Month) -> dict[str, list[str]]:
    """Item → counts of the grades 5 to 1 and the four means, by plain loops and exact fractions."""

    def mean(grades: list[int]) -> str:
        if not grades:
            return ""
        hundredths = Fraction(sum(grades), len(grades)) * 100 + Fraction(1, 2)
        return f"{int(hundredths) // 100}.{int(hundredths) % 100:02d}"

    with world.acting("lin"):
        calls = [(row.called_on, row.grades) for row in session().scalars(select(FollowUp)) if row.grades]
    found = {}
    for item in [*(item.value for item in SatisfactionItem), TOTAL]:
        sets: list[list[int]] = [[], [], [], []]
        for on, grades in calls:
            given = list(grades.values()) if item == TOTAL else [grades[item]] if item in grades else []
            months = (month.year - on.year) * 12 + month.number - on.month
            for place, wanted in enumerate((months == 0, months == 1, 1 <= months <= 6, months == 12)):
                if wanted:
                    sets[place] += given
        found[item] = [str(sets[0].count(grade)) for grade in (5, 4, 3, 2, 1)] + [mean(one) for one in sets]
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A few random stories by default, more in the long size."""
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(30 if metafunc.config.getoption("--long") else 2))


def test_figures_equal_an_independent_count(seed: int, sqlite_world: World) -> None:
    dice = random.Random(seed)
    begin(sqlite_world, dt.date(2025, 1, 1))
    calls = []
    for number in range(1, 90):
        items = dice.sample([item.value for item in SatisfactionItem], dice.randrange(1, 8))
        reached = dice.random() < 0.8
        grades = {item: dice.randrange(1, 6) for item in items} if reached else {}
        on = dt.date(2025, 3, 1) + dt.timedelta(days=dice.randrange(500))
        result = CallResult.REACHED if reached else CallResult.NOT_REACHED
        calls.append(Asked(number, on, grades, result=result))
    put(sqlite_world, calls)
    for place in range(5):
        month = Month(2026, 1) + place
        found, expected = sheet(sqlite_world, SATISFACTION, str(month)), independent(sqlite_world, month)
        columns = (*GRADES, "mean", *COMPARED)
        known = {row.key for row in found.rows}
        assert known == {
            item
            for item, wanted in expected.items()
            if item != TOTAL and any(x not in ("0", "") for x in wanted)
        }
        for item in (*known, TOTAL):
            assert list(cells(found, item, *columns)) == expected[item], (month, item)
