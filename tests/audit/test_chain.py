"""The log can't be altered unseen: each fact carries the hash of the one before (AU-1)."""

import random
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.app import owner_engine
from portal.audit import queries
from portal.audit.models import Fact, FactChain
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel.actor import Actor
from portal.kernel.command import COMMANDS, command
from portal.kernel.permissions import Permission
from tests.people import World
from tests.races import together

FACT = Fact.__table__


@command(allow=Permission.HOME)
def note(actor: Actor, text: str) -> str:
    record(Tag.DEALER_CHANGED, actor, "note", text=text, nested={"numbers": [1, 2], "说": "中文 🧨"})
    return text


OURS = {name for name in COMMANDS if "test_chain" in name}


@pytest.fixture(scope="module", autouse=True)
def _only_here() -> Any:
    yield
    for name in OURS:
        COMMANDS.pop(name, None)


@pytest.fixture
def log(world: World) -> World:
    """Twelve facts of both sides more than the world began with."""
    for number in range(12):
        with world.acting(("mei", "dana", "rival", "sub")[number % 4]) as actor:
            note(actor, f"note {number}")
    return world


def broken_at(world: World, who: str = "mei") -> int | None:
    with world.acting(who):
        return queries.first_break()


def head(world: World) -> tuple[int, str]:
    with world.acting("mei"):
        return queries.head()


def forge(app: Flask, *statements: Any) -> None:
    """What somebody with the owner's rights over the database does."""
    owner = owner_engine(app.config["SQLALCHEMY_DATABASE_URI"])
    with owner.begin() as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount
    owner.dispose()


def of(world: World, seq: int, who: str = "MF") -> Any:
    return sa.and_(FACT.c.manufacturer_id == world.manufacturers[who], FACT.c.seq == seq)


def test_facts_are_numbered_without_gaps_and_chained(log: World) -> None:
    assert broken_at(log) is None
    assert broken_at(log, "otto") is None
    seq, _ = head(log)
    with log.acting("mei"):
        assert [fact.seq for fact in queries.facts(queries.log())] == list(range(seq, 0, -1))


def test_facts_of_many_at_once_are_put_in_one_order(world: World) -> None:
    before, _ = head(world)

    def client(number: int) -> str:
        with world.acting(("mei", "dana", "rival", "sub")[number % 4]) as actor:
            return note(actor, f"note {number}")

    assert sorted(together(client, 16)) == sorted(f"note {number}" for number in range(16))
    assert head(world)[0] == before + 16
    assert broken_at(world) is None


def test_every_changed_column_breaks_the_chain_at_its_fact(log: World) -> None:
    changes: dict[str, Any] = {
        "actor": "Somebody Else",
        "address": "10.0.0.1",
        "tag": Tag.CARD_ACCEPTED,
        "subject": "another",
        "data": {"text": "another"},
        "person_id": 1,
        "dealer_id": log.dealers["D02"],
        "point_id": log.dealers["D02"],
        "hash": "0" * 64,
        "previous_hash": "0" * 64,
    }
    seq = head(log)[0] - 4
    with log.acting("mei"):
        stored = {column.name: getattr(queries.timeline("note")[-5], column.name) for column in FACT.columns}
    assert stored["seq"] == seq
    for column, value in changes.items():
        forge(log.app, sa.update(FACT).where(of(log, seq)).values({column: value}))
        assert broken_at(log) == seq, column
        forge(log.app, sa.update(FACT).where(of(log, seq)).values({column: stored[column]}))
        assert broken_at(log) is None


def test_a_removed_an_added_and_a_swapped_fact_break_the_chain(log: World) -> None:
    seq = head(log)[0] - 4
    forge(log.app, sa.delete(FACT).where(of(log, seq)))
    assert broken_at(log) == seq
    forge(log.app, sa.update(FACT).where(of(log, seq + 1)).values(seq=seq))
    assert broken_at(log) == seq


def test_a_tail_that_is_cut_off_shows_against_the_head(log: World) -> None:
    seq, last = head(log)
    forge(log.app, sa.delete(FACT).where(of(log, seq)))
    assert broken_at(log) == seq
    # Cut consistently: the head is set back too. Nothing inside shows it - only the head that was printed before.
    with log.acting("mei"):
        previous = queries.timeline("note")[-1].hash
    chain = FactChain.__table__
    mine = chain.c.manufacturer_id == log.manufacturers["MF"]
    forge(log.app, sa.update(chain).where(mine).values(seq=seq - 1, hash=previous))
    assert broken_at(log) is None
    assert head(log) != (seq, last)
    with log.acting("mei") as mei:
        note(mei, "later")
    assert head(log)[0] == seq
    assert head(log)[1] != last, "the printed hash of this number is another one"


def test_one_tenant_s_broken_log_is_not_another_s(log: World) -> None:
    forge(log.app, sa.update(FACT).where(of(log, 1, "OM")).values(actor="Somebody Else"))
    assert broken_at(log, "otto") == 1
    assert broken_at(log) is None


def test_random_edits_are_all_found(log: World, long: bool) -> None:
    lot = random.Random(3)
    last, _ = head(log)
    owner = owner_engine(log.app.config["SQLALCHEMY_DATABASE_URI"])
    texts = ("actor", "address", "subject", "hash", "previous_hash")
    for _ in range(1000 if long else 60):
        seq, column, letter = lot.randint(1, last), lot.choice(texts), lot.choice("xyzÄ、")
        with owner.begin() as connection:
            stored = connection.execute(sa.select(FACT.c[column]).where(of(log, seq))).scalar_one()
            place = lot.randint(0, max(0, len(stored) - 1))
            forged = (stored[:place] + letter + stored[place + 1 :])[:64]
            connection.execute(sa.update(FACT).where(of(log, seq)).values({column: forged}))
        assert (broken_at(log) == seq) == (forged != stored)
        with owner.begin() as connection:
            connection.execute(sa.update(FACT).where(of(log, seq)).values({column: stored}))
    owner.dispose()
    assert broken_at(log) is None
