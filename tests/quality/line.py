"""A feedback's way, each step as a persona would take it."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from portal.kernel.actor import Actor
from portal.kernel.db import session
from portal.quality import commands, jobs, queries
from portal.quality.rules import Answer, FeedbackDraft, FeedbackGrade, FeedbackSubject, Report
from portal.tenants import queries as tenants
from tests.people import TODAY, World

N1 = "XF-2026-000001"
ANSWER = Answer(cause="控制器密封圈装反", corrective="更换密封圈并全检", department="质量部")
REPORT = Report(
    found="密封圈装反",
    cause="工装磨损",
    corrective="更换密封圈",
    units=6,
    verification="淋雨试验通过",
    done_on=TODAY,
)


def draft(**changes: Any) -> FeedbackDraft:
    """A feedback in order, about the unit A1."""
    values: dict[str, Any] = {
        "subject": FeedbackSubject.UNIT,
        "serial": "A1",
        "found_on": TODAY,
        "phenomenon": "雨后骑行中突然断电",
    }
    return FeedbackDraft(**{**values, **changes})


def file(world: World, who: str = "dana", on: dt.date = TODAY, **changes: Any) -> str:
    """File a feedback; its number."""
    with world.acting(who, "MF", on=on) as actor:
        return commands.file(actor, draft(found_on=changes.pop("found_on", on), **changes))


@contextmanager
def second(world: World, on: dt.date = TODAY) -> Iterator[Actor]:
    """Another person of the manufacturer with the rights of the first."""
    rights = world.actor("mei").permissions
    with world.acting("fei", on=on) as fei:
        yield replace(fei, permissions=rights)


def take_on(world: World, number: str = N1, *, on: dt.date = TODAY) -> None:
    with world.acting("mei", on=on) as mei:
        commands.take_on(mei, number)


def answer(
    world: World, number: str = N1, *, on: dt.date = TODAY, offers: bool = False, **changes: Any
) -> str:
    """Answer a feedback, take it on before; of a major one a second person releases it. Returns the state."""
    if state(world, number) == "submitted":
        take_on(world, number, on=on)
    with world.acting("mei", on=on) as mei:
        reached = commands.answer(mei, number, replace(ANSWER, offers=offers, **changes))
    if reached == "to_release":
        with second(world, on=on) as fei:
            reached = commands.release(fei, number)
    return reached


def midnight(world: World, day: dt.date) -> int:
    """The work of a new business day; how many feedbacks are escalated then."""
    with world.at(day), world.app.app_context():
        clock = tenants.clock_actor(world.manufacturers["MF"], "Asia/Shanghai")
        assert clock.scope is not None
        session().enter(clock.scope)
        jobs.escalate(clock)
        return sum(one.escalated for one in queries.standing().values())


def state(world: World, number: str = N1) -> str:
    with world.acting("mei"):
        return queries.feedback(number).state.value


MAJOR = FeedbackGrade.MAJOR
