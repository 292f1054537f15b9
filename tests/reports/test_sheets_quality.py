"""The quality feedback sheet: one line a feedback that was filed in the month (QF-1)."""

import datetime as dt

from portal.agreements import queries as agreements
from portal.agreements.rules import FormKind
from portal.kernel.period import Month
from portal.quality.rules import FeedbackGrade, FeedbackSubject
from portal.reports import queries
from portal.reports.rules import LAYOUTS, SUMMARY, TOTAL, make, since
from tests.people import TODAY, World
from tests.quality.line import answer, file, take_on
from tests.reports.shelves import cells, sheet
from tests.warranty.shop import stock

QUALITY = FormKind.QUALITY
WORDS = "雨后骑行中突然断电"
N1, N2, N3, N4 = (f"XF-2026-{number:06d}" for number in range(1, 5))


def test_a_month_lists_the_feedback_filed_in_it(world: World) -> None:
    """On both engines: found before the month, units and batches, another dealer's; answers as they stand."""
    stock(world)
    file(world, on=dt.date(2026, 5, 31), found_on=dt.date(2026, 4, 30))
    file(world, on=dt.date(2026, 6, 1))
    file(world, who="rival", serial="X1", on=dt.date(2026, 5, 31))
    file(
        world,
        subject=FeedbackSubject.BATCH,
        serial="",
        model="EB-48",
        batch="B1",
        grade=FeedbackGrade.MAJOR,
        units=6,
    )
    answer(world, N1, on=dt.date(2026, 6, 2))
    may = sheet(world, QUALITY, "2026-05")
    line = (
        "found_on",
        "filed_on",
        "model",
        "subject",
        "phenomenon",
        "severity",
        "units",
        "answered_on",
        "state",
    )
    assert {row.key: cells(may, row.key, *line) for row in may.rows} == {
        N1: ("2026-04-30", "2026-05-31", "EB-48", "A1", WORDS, "ordinary", "1", "2026-06-02", "answered"),
        N4: (str(TODAY), str(TODAY), "EB-48", "B1", WORDS, "major", "6", "", "submitted"),
    }  # fmt: skip
    assert cells(may, TOTAL, "units") == ("7",)
    assert dict(may.summary) == {"feedbacks": "2", "major": "1", "answered": "1", "closed": "0"}
    assert [one.number for one in may.behind(LAYOUTS[QUALITY], TOTAL, "units")] == [N4, N1]
    beside = {key: [one.number for one in may.behind(LAYOUTS[QUALITY], SUMMARY, key)] for key in may.summary}
    assert beside == {"feedbacks": [N4, N1], "major": [N4], "answered": [N1], "closed": []}
    assert [row.key for row in sheet(world, QUALITY, "2026-06").rows] == [N2]


def test_an_answer_is_no_difference_of_the_month(sqlite_world: World) -> None:
    """The manufacturer answers in its time; the dealer has nothing to correct."""
    stock(sqlite_world)
    file(sqlite_world)
    before = sheet(sqlite_world, QUALITY, "2026-05")
    take_on(sqlite_world)
    answer(sqlite_world)
    after = sheet(sqlite_world, QUALITY, "2026-05")
    assert (before.cell(N1, "state"), after.cell(N1, "state")) == ("submitted", "answered")
    assert since(LAYOUTS[QUALITY], before, after) == []


def test_a_month_without_feedback_is_an_empty_sheet(sqlite_world: World) -> None:
    with sqlite_world.acting("dana"):
        agreement = agreements.of_dealer(sqlite_world.dealers["D01"])[0]
        made = make(LAYOUTS[QUALITY], queries.compiled(agreement, Month(2026, 5), QUALITY))
    assert (made.rows, made.cell(TOTAL, "units"), made.summary["feedbacks"]) == ((), "0", "0")
