"""Write-off notices, on both engines (ST-10, FE-1)."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.audit.models import Fact
from portal.kernel.actor import Actor, Side
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Forbidden, NotFound, RuleBroken
from portal.kernel.permissions import Permission
from portal.ledger import steps
from portal.ledger.rules import EntryKind
from portal.settlement import commands, queries
from portal.settlement.models import WriteOff, WriteOffLine
from portal.settlement.rules import WriteOffState
from tests.people import World


@command(allow=Permission.CLOCK, silent=True)
def post_claims(actor: Actor, agreement_id: int, amounts: list[str]) -> None:
    """Claims drawn from the fund, as an approval posts them."""
    fund = steps.lock_fund(agreements.by_id(agreement_id))
    for place, amount in enumerate(amounts, start=1):
        steps.post(
            actor,
            fund,
            EntryKind.CLAIM,
            Decimal(amount),
            source=f"WX-2026-{place:06d}:claim:draw",
            date=dt.date(2026, 5, 10 + place),
            document=f"WX-2026-{place:06d}",
            memo=f"A{place}",
        )


def claimed(world: World, *amounts: str) -> World:
    """The world with these claims of D01."""
    with world.acting("fei"):
        agreement_id = agreements.of_dealer(world.dealers["D01"])[0].id
    everything = Actor("clock", frozenset(Permission), manufacturer_id=world.manufacturers["MF"])
    with world.at(dt.date(2026, 5, 12)), world.app.app_context():
        assert everything.scope is not None
        session().enter(everything.scope)
        post_claims(everything, agreement_id, list(amounts))
    return world


def open_ids(world: World) -> list[int]:
    with world.acting("fei"):
        agreement = agreements.of_dealer(world.dealers["D01"])[0]
        return [claim.entry.id for claim in queries.open_claims(agreement.id)]


def prepare(world: World, entries: list[int] | None = None, who: str = "fei") -> str:
    with world.acting(who) as person:
        return commands.prepare_write_off(person, world.dealers["D01"], entries=entries, note="四月索赔")


def act(world: World, who: str, command_: Callable[..., str], number: str, **told: str) -> str:
    with world.acting(who) as person:
        return command_(person, number, **told)


def refused(world: World, rule: str, attempt: Callable[[], object]) -> None:
    def counts() -> list[int]:
        with world.acting("lin"):
            tables = (Fact, WriteOff, WriteOffLine)
            return [session().scalar(sa.select(sa.func.count()).select_from(t)) or 0 for t in tables]

    before = counts()
    with pytest.raises(RuleBroken) as broken:
        attempt()
    assert broken.value.rule == rule
    assert counts() == before


def test_a_notice_goes_from_one_person_over_another_to_the_dealer(world: World) -> None:
    claimed(world, "80.00", "25.50")
    number = prepare(world)
    assert number == "HX-2026-000001"
    with world.acting("dana"), pytest.raises(NotFound):
        queries.write_off(number, Side.DEALER)
    refused(world, "FE-1", lambda: act(world, "fei", commands.issue_write_off, number))
    act(world, "fay", commands.issue_write_off, number)
    with world.acting("rival") as rival, pytest.raises(NotFound):
        commands.confirm_write_off(rival, number)
    act(world, "dana", commands.confirm_write_off, number)
    with world.acting("lin"):
        found = queries.write_off(number, Side.MANUFACTURER)
        assert (found.state, found.amount) == (WriteOffState.CONFIRMED, Decimal("105.50"))
    refused(world, "ST-10", lambda: act(world, "fei", commands.withdraw_write_off, number))
    assert open_ids(world) == []


def test_a_claim_stands_on_one_notice_until_that_is_withdrawn(world: World) -> None:
    claimed(world, "80.00", "25.50", "-5.00")
    first, second, reversal = open_ids(world)
    number = prepare(world, [first])
    refused(world, "ST-10", lambda: prepare(world, [first, second]))
    refused(world, "ST-10", lambda: prepare(world, [reversal]))
    act(world, "fay", commands.issue_write_off, number)
    refused(world, "ST-10", lambda: act(world, "dana", commands.object_to_write_off, number, reason=" "))
    act(world, "dana", commands.object_to_write_off, number, reason="金额与对账不符")
    refused(world, "ST-10", lambda: act(world, "dana", commands.confirm_write_off, number))
    act(world, "fei", commands.withdraw_write_off, number)
    assert open_ids(world) == [first, second, reversal]
    again = prepare(world)
    with world.acting("lin"):
        assert queries.write_off(again, Side.MANUFACTURER).amount == Decimal("100.50")
    with world.acting("mei") as mei, pytest.raises(Forbidden):
        commands.issue_write_off(mei, again)
