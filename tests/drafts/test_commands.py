"""Drafts and waiting photos: kept for their own party, gone when they are used or forgotten."""

import datetime as dt

import pytest
import sqlalchemy as sa

from portal.drafts import commands, queries, steps
from portal.drafts.models import Draft, Upload
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import NotFound, RuleBroken
from portal.kernel.permissions import Permission
from tests.people import TODAY, World


@command(allow=Permission.HOME, silent=True)
def take(_actor: Actor, upload_ids: list[int]) -> list[str]:
    """What a document does with the photos of its form."""
    return [content.decode() for content, _fingerprint in steps.take_uploads(upload_ids)]


def save(
    world: World, who: str, data: dict[str, str], on: dt.date = TODAY, draft_id: int | None = None
) -> int:
    with world.acting(who, "MF", on=on) as actor:
        return commands.save(actor, "form", data, draft_id=draft_id)


def receive(world: World, who: str, content: bytes, on: dt.date = TODAY) -> int:
    with world.acting(who, "MF", on=on) as actor:
        return commands.receive_photo(actor, content=content, fingerprint="0" * 16)


def test_a_draft_is_saved_again_and_read_by_its_party(world: World) -> None:
    first = save(world, "dana", {"a": "1"})
    assert save(world, "tom", {"a": "2"}, draft_id=first) == first
    with world.acting("dana"):
        draft = queries.get(first, "form")
        assert (draft.data, draft.person) == ({"a": "2"}, "Tom")
        assert [row.id for row in queries.of_kind("form")] == [first]
        with pytest.raises(NotFound):
            queries.get(first, "another form")


@pytest.mark.parametrize("who", ["mei", "rival", "sub", "otto"])
def test_nobody_else_reads_changes_or_throws_it_away(world: World, who: str) -> None:
    first = save(world, "dana", {"a": "1"})
    photo = receive(world, "dana", b"one")
    tenant = "" if who == "otto" else "MF"
    with world.acting(who, tenant) as actor:
        assert queries.of_kind("form") == []
        assert queries.known_uploads([photo]) == []
        with pytest.raises(NotFound):
            queries.upload(photo)
        with pytest.raises(NotFound):
            commands.discard(actor, "form", first)
        with pytest.raises(NotFound):
            commands.save(actor, "form", {"a": "9"}, draft_id=first)
        with pytest.raises(RuleBroken):
            take(actor, [photo])
    with world.acting("dana"):
        assert queries.get(first, "form").data == {"a": "1"}
        assert queries.upload(photo).content == b"one"


def test_what_nobody_touched_for_thirty_days_is_gone(world: World) -> None:
    old = save(world, "dana", {"a": "1"}, on=TODAY - dt.timedelta(days=31))
    kept = save(world, "dana", {"a": "2"}, on=TODAY - dt.timedelta(days=30))
    photo = receive(world, "dana", b"one", on=TODAY - dt.timedelta(days=31))
    with world.acting("dana"):
        assert [row.id for row in queries.of_kind("form")] == [kept]
    save(world, "dana", {"a": "3"})
    with world.acting("dana"):
        assert old not in set(session().scalars(sa.select(Draft.id)))
        assert photo not in set(session().scalars(sa.select(Upload.id)))


def test_photos_are_taken_once_and_in_order(world: World) -> None:
    one, two = receive(world, "dana", b"one"), receive(world, "dana", b"two")
    with world.acting("dana") as dana:
        assert take(dana, [two, one]) == ["two", "one"]
    with world.acting("dana") as dana, pytest.raises(RuleBroken) as refused:
        take(dana, [one])
    assert (refused.value.rule, refused.value.field) == ("FD-2", "photos")


def test_an_id_is_never_given_twice(world: World) -> None:
    first = save(world, "dana", {})
    with world.acting("dana") as dana:
        commands.discard(dana, "form", first)
    assert save(world, "dana", {}) > first
