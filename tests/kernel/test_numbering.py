"""Document numbers run without gaps, whoever races and whatever is refused (DN-1)."""

from collections.abc import Iterator

import pytest

from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel import numbering
from portal.kernel.actor import Actor
from portal.kernel.command import COMMANDS, command
from portal.kernel.errors import RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from tests.people import World
from tests.races import together


@command(allow=Permission.HOME)
def file(actor: Actor, kind: str, year: int, *, refuse: bool = False) -> str:
    number = numbering.take(kind, year)
    if refuse:
        raise RuleBroken("XX-1", T("No."))
    record(Tag.DEALER_CHANGED, actor, number)
    return number


OURS = {name for name in COMMANDS if "test_numbering" in name}


@pytest.fixture(scope="module", autouse=True)
def _only_here() -> Iterator[None]:
    yield
    for name in OURS:
        COMMANDS.pop(name, None)


def take(world: World, who: str, kind: str = "BXK", year: int = 2026, *, refuse: bool = False) -> str:
    with world.acting(who) as actor:
        return file(actor, kind, year, refuse=refuse)


def test_each_manufacturer_kind_and_year_counts_for_itself(world: World) -> None:
    assert take(world, "dana") == "BXK-2026-000001"
    assert take(world, "rival") == "BXK-2026-000002"
    assert take(world, "mei") == "BXK-2026-000003"
    assert take(world, "sub") == "BXK-2026-000004"
    assert take(world, "otto") == "BXK-2026-000001"
    assert take(world, "dana", "BL") == "BL-2026-000001"
    assert take(world, "dana", "BXK", 2027) == "BXK-2027-000001"


def test_a_refusal_gives_its_number_back(world: World) -> None:
    assert take(world, "dana") == "BXK-2026-000001"
    for _ in range(3):
        with pytest.raises(RuleBroken):
            take(world, "dana", refuse=True)
    assert take(world, "dana") == "BXK-2026-000002"


def test_many_at_once_leave_no_gap_and_double_nothing(world: World) -> None:
    """32 clients of both sides, a third of them refused after they had taken their number."""
    clients = 32

    def client(number: int) -> str:
        return take(world, ("dana", "rival", "mei", "sub")[number % 4], refuse=number % 3 == 0)

    results = together(client, clients)
    given = sorted(result for result in results if isinstance(result, str))
    assert len(given) == clients - len(range(0, clients, 3))
    assert given == [f"BXK-2026-{number + 1:06d}" for number in range(len(given))]
    assert all(isinstance(result, str | RuleBroken) for result in results)


def test_numbers_are_taken_inside_commands_only(world: World) -> None:
    with world.acting("dana"), pytest.raises(RuntimeError, match="only inside a command"):
        numbering.take("BXK", 2026)
