"""The opinion statistics: what customers said in the month's calls, and what was done about it (RP-8, PII-1)."""

import datetime as dt
import random
from collections import Counter

import pytest
from sqlalchemy import select

from portal.agreements.rules import FormKind
from portal.kernel.db import session
from portal.kernel.period import Month
from portal.repairs.models import FollowUp
from portal.repairs.rules.follow_ups import CallResult, OpinionTopic
from portal.repairs.rules.service import ServiceState
from portal.reports import commands
from portal.reports.rules import LAYOUTS, SUMMARY, TOTAL, EntryDraft
from tests.people import World
from tests.reports.shelves import cells, sheet
from tests.reports.voices import Asked, Request, number_of, put

OPINIONS = FormKind.OPINIONS
SPEED, PARTS, PRAISE = OpinionTopic.SPEED, OpinionTopic.PARTS, OpinionTopic.PRAISE
LINE = (
    "number",
    "on",
    "source",
    "topic",
    "opinion",
    "model",
    "opinions",
    "complaints",
    "handled",
    "answered",
)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(f"2026-{text}")


def said(request: int, on: str, words: str, topic: OpinionTopic = SPEED, **more: object) -> Asked:
    return Asked(request, day(on), {"speed": 4}, topic=topic, opinion=words, **more)  # type: ignore[arg-type]


def test_a_month_lists_what_was_said_in_its_calls(world: World) -> None:
    """On both engines: the month's edges, silent calls, both turns, complaints with their answer and without."""
    put(
        world,
        [
            said(1, "04-30", "等太久"),
            said(2, "05-31", "师傅热情", PRAISE, turn=2),
            said(2, "05-01", "来得慢", complaint=True, note="已道歉"),
            said(3, "05-02", "配件等了一周", PARTS, complaint=True),
            said(4, "05-03", "希望快些"),
            said(5, "05-04", "态度好", PRAISE, note="已转告师傅"),
            Asked(6, day("05-05"), {"speed": 5}),
            Asked(7, day("05-06"), result=CallResult.NOT_REACHED),
            said(8, "06-01", "等太久"),
        ],
        [
            Request(2, note="另送保养一次"),
            # Open: what its note says is how it was solved, not what was done about the complaint.
            Request(3, state=ServiceState.FIRST_FOLLOW_UP, note="电话指导"),
            Request(4, note="已关闭"),
        ],
    )
    may = sheet(world, OPINIONS, "2026-05")
    lines = {row.key: cells(may, row.key, *LINE[1:]) for row in may.rows}
    assert lines == {
        f"{number_of(2)}-1": (
            "2026-05-01", "first_call", "speed", "来得慢", "EB-48", "1", "1", "另送保养一次", "yes"
        ),
        f"{number_of(3)}-1": ("2026-05-02", "first_call", "parts", "配件等了一周", "EB-48", "1", "1", "", "not_yet"),
        f"{number_of(4)}-1": ("2026-05-03", "first_call", "speed", "希望快些", "EB-48", "1", "0", "", "not_yet"),
        f"{number_of(5)}-1": ("2026-05-04", "first_call", "praise", "态度好", "EB-48", "1", "0", "已转告师傅", "yes"),
        f"{number_of(2)}-2": (
            "2026-05-31", "second_call", "praise", "师傅热情", "EB-48", "1", "0", "", "not_needed"
        ),
    }  # fmt: skip
    assert [row.key for row in may.rows] == list(lines), "by day"
    assert cells(may, TOTAL, "opinions", "complaints", "answered") == ("5", "2", "")
    assert dict(may.summary) == {"speed": "2", "parts": "1", "praise": "2"}
    topics = [one.number for one in may.behind(LAYOUTS[OPINIONS], SUMMARY, "speed")]
    assert topics == [number_of(2), number_of(4)]
    behind = may.behind(LAYOUTS[OPINIONS], TOTAL, "complaints")
    assert [(one.number, one.words) for one in behind] == [
        (number_of(2), "EB-48 A2"),
        (number_of(3), "EB-48 A3"),
    ]
    text = str(may.as_json())
    assert "王小明" not in text
    assert "5678" not in text


def test_the_dealer_says_how_an_opinion_was_handled(sqlite_world: World) -> None:
    put(sqlite_world, [said(1, "05-03", "希望快些"), said(2, "05-04", "等太久", note="已解释")])
    first, second = f"{number_of(1)}-1", f"{number_of(2)}-1"
    # What the form proposes is no entry of the dealer's.
    drafts = [EntryDraft(first, "handled", "已增派一人"), EntryDraft(second, "handled", "已解释")]
    with sqlite_world.acting("dana", on=day("06-01")) as dana:
        commands.save(dana, Month(2026, 5), OPINIONS, drafts, remarks="")
    made = sheet(sqlite_world, OPINIONS, "2026-05")
    assert cells(made, first, "handled", "answered") == ("已增派一人", "yes")
    assert cells(made, second, "handled", "answered") == ("已解释", "yes")
    assert [(entry.row, entry.value) for entry in made.entries] == [(first, "已增派一人")]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A few random stories by default, more in the long size."""
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(20 if metafunc.config.getoption("--long") else 1))


def test_figures_equal_an_independent_count(seed: int, sqlite_world: World) -> None:
    dice = random.Random(seed)
    calls = []
    for number in range(1, 60):
        topic = dice.choice([None, *OpinionTopic])
        on = day("03-01") + dt.timedelta(days=dice.randrange(120))
        words = "顾客的话" if topic else ""
        calls.append(
            Asked(
                number,
                on,
                {"speed": 3},
                topic=topic,
                opinion=words,
                complaint=bool(topic) and number % 3 == 0,
            )
        )
    put(sqlite_world, calls)
    for place in range(4):
        month = Month(2026, 3) + place
        with sqlite_world.acting("lin"):
            rows = [
                row for row in session().scalars(select(FollowUp)) if row.called_on in month and row.opinion
            ]
        found = sheet(sqlite_world, OPINIONS, str(month))
        complaints = sum(row.complaint for row in rows)
        assert cells(found, TOTAL, "opinions", "complaints") == (str(len(rows)), str(complaints))
        topics = Counter(row.topic for row in rows if row.topic)
        assert found.summary == {topic.value: str(count) for topic, count in topics.items()}
