"""Many windows at once (OL-1, ID-1): a month is submitted once, a decision stands."""

import pytest

from portal.agreements.rules import FormKind
from portal.kernel.errors import Conflict, RuleBroken
from portal.kernel.period import Month
from portal.reports import commands, queries
from portal.reports.rules import FormState
from tests.people import World
from tests.races import together
from tests.settlement.story import day

JANUARY = Month(2026, 1)


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_of_eight_windows_that_submit_one_does(world: World) -> None:
    def submit(_number: int) -> list[str]:
        with world.acting("dana", on=day("02-03")) as dana:
            return commands.submit(dana, JANUARY)

    results = together(submit, 8)
    won = [one for one in results if isinstance(one, list)]
    assert won == [[f"YB-2026-{number:06d}" for number in range(1, 7)]]
    assert all(isinstance(one, list | RuleBroken | Conflict) for one in results)
    with world.acting("lin"):
        for number in won[0]:
            form = queries.by_number(number)
            assert (form.state, form.revision, len(queries.revisions(form.id))) == (FormState.SUBMITTED, 1, 1)


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_accepting_and_returning_at_once_leaves_one_decision(world: World) -> None:
    with world.acting("dana", on=day("02-03")) as dana:
        (number,) = commands.submit(dana, JANUARY, [FormKind.SALES])

    def decide(place: int) -> str:
        with world.acting("mei", on=day("02-04")) as mei:
            if place % 2:
                return commands.accept(mei, number)
            return commands.send_back(mei, number, reason="请核对")

    results = together(decide, 8)
    assert [one for one in results if isinstance(one, str)] == [number]
    assert all(isinstance(one, str | RuleBroken | Conflict) for one in results)
