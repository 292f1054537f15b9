"""Cards when many act at the same moment: one decision, one card for a serial, one answer to one submit."""

from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa

from portal.audit import queries as audit
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Refused, RuleBroken
from portal.ledger.models import Entry
from portal.warranty import commands, queries
from portal.warranty.models import Card, CardDecision
from portal.warranty.rules import CardAction, CardState, RejectReason
from tests.people import World
from tests.races import together
from tests.warranty.shop import card, file, stock

CLIENTS = 24


@pytest.fixture
def shop(world: World) -> World:
    return stock(world)


def count(world: World, model: Any) -> int:
    with world.acting("mei"):
        return session().scalar(sa.select(sa.func.count()).select_from(model)) or 0


@pytest.mark.parametrize("seen", [True, False], ids=["who saw the same version", "who saw no version"])
def test_of_accepting_and_rejecting_at_once_exactly_one_wins(shop: World, seen: bool) -> None:
    number = file(shop)
    with shop.acting("mei"):
        version = queries.get(number).version if seen else None

    def client(place: int) -> str:
        with shop.acting("mei") as mei:
            if place % 2:
                return commands.review(mei, number, CardAction.ACCEPT, seen_version=version)
            reason = RejectReason.DUPLICATE
            return commands.review(mei, number, CardAction.REJECT, reason=reason, seen_version=version)

    results = together(client, CLIENTS)
    winners = [result for result in results if isinstance(result, str)]
    assert len(winners) == 1
    assert all(isinstance(result, Conflict | RuleBroken) for result in results if result not in winners)
    with shop.acting("mei"):
        decided = queries.get(number)
        assert decided.state.value == winners[0]
        fees = 1 if decided.state is CardState.ACCEPTED else 0
        assert len(session().scalars(sa.select(Entry)).all()) == fees
        assert audit.first_break() is None
    assert count(shop, CardDecision) == 1


def test_of_many_who_file_the_same_serial_one_does(shop: World) -> None:
    def client(place: int) -> str:
        with shop.acting("dana" if place % 2 else "tom") as actor:
            return commands.file(actor, card(shop, "A1"))

    results = together(client, CLIENTS)
    outcomes = Counter(result if isinstance(result, str) else type(result).__name__ for result in results)
    assert outcomes["BXK-2026-000001"] == 1
    assert all(isinstance(result, str | Conflict | Refused) for result in results)
    assert count(shop, Card) == 1


def test_one_submit_from_many_clients_files_one_card(shop: World) -> None:
    def client(_place: int) -> str:
        with shop.acting("dana") as dana:
            return commands.file(dana, card(shop, "A1"), key="a" * 32)

    assert set(together(client, 32)) == {"BXK-2026-000001"}
    assert count(shop, Card) == 1
