"""A command is one use case, one transaction, one or more recorded facts; its key makes it happen once (ID-1, OL-1)."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from portal.audit.models import Fact
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel import command as kernel
from portal.kernel.actor import Actor
from portal.kernel.command import COMMANDS, IdempotencyKey, after_commit, command, step
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.tenants import queries as tenants
from portal.tenants.models import Dealer
from tests.people import World
from tests.races import together

WRITE = Permission.DEALERS_WRITE
_made: list[Any] = []


@command(allow=WRITE)
def rename(actor: Actor, code: str, name: str, *, seen_version: int | None = None) -> str:
    """What commands do: load, change, record, answer."""
    dealer = tenants.dealer(code)
    if seen_version is not None and dealer.version != seen_version:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))
    dealer.name = name
    record(Tag.DEALER_CHANGED, actor, code, dealer_id=dealer.id, name=name)
    return f"{code}: {name}"


@command(allow=WRITE)
def first_only(actor: Actor, code: str, name: str) -> str:
    """A change that can happen once: whoever comes second breaks a rule."""
    dealer = session().scalars(sa.select(Dealer).where(Dealer.code == code).with_for_update()).one()
    if dealer.contact:
        raise RuleBroken("TN-2", T("This is taken."))
    dealer.contact = name
    session().flush()
    record(Tag.DEALER_CHANGED, actor, code, dealer_id=dealer.id, name=name)
    return name


@command(allow=WRITE)
def forget_the_fact(_actor: Actor, code: str) -> None:
    tenants.dealer(code).name = "nobody knows"


@command(allow=WRITE, silent=True)
def change_silently(_actor: Actor, code: str) -> None:
    tenants.dealer(code).contact = "silent"


@command(allow=WRITE)
def break_a_rule(actor: Actor, code: str) -> None:
    after_commit(lambda: _made.append("called"))
    tenants.dealer(code).name = "half done"
    session().flush()
    record(Tag.DEALER_CHANGED, actor, code)
    raise RuleBroken("XX-1", T("No."))


@command(allow=WRITE)
def nest(actor: Actor, code: str) -> None:
    rename(actor, code, "inner")


@command(allow=WRITE)
def same_code_twice(actor: Actor, code: str) -> None:
    other = tenants.dealer("D02")
    other.code = code
    record(Tag.DEALER_CHANGED, actor, code)


@step
def a_step() -> str:
    return "done"


@command(allow=WRITE, silent=True)
def use_a_step(_actor: Actor) -> str:
    after_commit(lambda: _made.append("after"))
    return a_step()


MINE = {name for name in COMMANDS if "test_command" in name}


@pytest.fixture(scope="module", autouse=True)
def _only_here() -> Any:
    """These commands are no part of the portal; the structure tests must not find them."""
    yield
    for name in MINE:
        COMMANDS.pop(name, None)


def name_of(world: World, code: str = "D01") -> str:
    with world.acting("mei"):
        return tenants.dealer(code).name


def facts(world: World) -> int:
    with world.acting("mei"):
        return session().scalar(sa.select(sa.func.count()).select_from(Fact)) or 0


def keys(world: World) -> int:
    with world.acting("mei"):
        return session().scalar(sa.select(sa.func.count()).select_from(IdempotencyKey)) or 0


def test_a_command_changes_records_and_answers(world: World) -> None:
    before = facts(world)
    with world.acting("mei") as mei:
        assert rename(mei, "D01", "新名") == "D01: 新名"
    assert name_of(world) == "新名"
    assert facts(world) == before + 1


def test_who_lacks_the_permission_changes_nothing(world: World) -> None:
    before = facts(world)
    with world.acting("dana") as dana, pytest.raises(Forbidden):
        rename(dana, "D01", "taken over")
    assert name_of(world) == "甲经销商"
    assert facts(world) == before


def test_a_change_without_a_fact_is_an_error_and_nothing_is_saved(world: World) -> None:
    with world.acting("mei") as mei, pytest.raises(RuntimeError, match="recorded no fact"):
        forget_the_fact(mei, "D01")
    assert name_of(world) == "甲经销商"


def test_a_silent_command_may_change_without_a_fact(world: World) -> None:
    before = facts(world)
    with world.acting("mei") as mei:
        change_silently(mei, "D01")
    assert facts(world) == before


def test_a_refusal_saves_nothing_and_calls_nothing_back(world: World) -> None:
    before = facts(world)
    _made.clear()
    with world.acting("mei") as mei, pytest.raises(RuleBroken) as refusal:
        break_a_rule(mei, "D01", key="a" * 32)
    assert refusal.value.rule == "XX-1"
    assert name_of(world) == "甲经销商"
    assert (facts(world), keys(world), _made) == (before, 0, [])


def test_a_command_never_runs_inside_another(world: World) -> None:
    with world.acting("mei") as mei, pytest.raises(RuntimeError, match="call a step instead"):
        nest(mei, "D01")
    assert name_of(world) == "甲经销商"


def test_a_step_runs_only_inside_a_command_and_callbacks_after_it(world: World) -> None:
    _made.clear()
    with world.acting("mei") as mei:
        with pytest.raises(RuntimeError, match="only inside a command"):
            a_step()
        assert use_a_step(mei) == "done"
    assert _made == ["after"]


def test_the_database_s_own_refusal_is_a_conflict(world: World) -> None:
    with world.acting("mei") as mei, pytest.raises(Conflict):
        same_code_twice(mei, "D01")
    assert name_of(world, "D02") == "乙经销商"


def test_the_same_key_gives_the_first_answer_again(world: World) -> None:
    before = facts(world)
    for _click in range(3):
        with world.acting("mei") as mei:
            assert rename(mei, "D01", "新名", key="b" * 32) == "D01: 新名"
    assert (facts(world), keys(world)) == (before + 1, 1)


def test_the_same_key_with_other_content_is_refused(world: World) -> None:
    with world.acting("mei") as mei:
        rename(mei, "D01", "新名", key="c" * 32)
    before = facts(world)
    with world.acting("mei") as mei, pytest.raises(Conflict):
        rename(mei, "D01", "别名", key="c" * 32)
    with world.acting("mei") as mei, pytest.raises(Conflict):
        change_silently(mei, "D01", key="c" * 32)
    assert name_of(world) == "新名"
    assert facts(world) == before


def test_a_key_is_one_person_s_of_one_party(world: World) -> None:
    with world.acting("mei") as mei:
        rename(mei, "D01", "新名", key="d" * 32)
    with world.acting("otto") as otto:
        assert rename(otto, "X01", "别名", key="d" * 32) == "X01: 别名"


def test_a_refused_submit_may_be_corrected_under_the_same_key(world: World) -> None:
    with world.acting("mei") as mei, pytest.raises(RuleBroken):
        break_a_rule(mei, "D01", key="e" * 32)
    with world.acting("mei") as mei:
        assert rename(mei, "D01", "新名", key="e" * 32) == "D01: 新名"


def test_an_actor_without_a_scope_has_no_keys(world: World) -> None:
    with world.app.app_context():
        assert use_a_step(Actor("op", frozenset({WRITE})), key="f" * 32) == "done"


CLIENTS = 24


@pytest.mark.parametrize("change", [rename, first_only], ids=["rename", "first only"])
def test_one_key_from_many_clients_happens_once_and_all_get_the_answer(
    world: World, change: Callable[..., str]
) -> None:
    """Also when the second one runs into a rule that the first one's success has just made true."""
    before = facts(world)

    def client(_number: int) -> str:
        with world.acting("mei") as mei:
            return change(mei, "D01", "新名", key="9" * 32)

    answers = together(client, CLIENTS)
    assert len(set(map(str, answers))) == 1
    assert "新名" in str(answers[0])
    assert (facts(world), keys(world)) == (before + 1, 1)


def test_of_many_who_saw_the_same_version_exactly_one_wins(world: World) -> None:
    before = facts(world)
    with world.acting("mei"):
        version = tenants.dealer("D01").version

    def client(number: int) -> str:
        with world.acting("mei") as mei:
            return rename(mei, "D01", f"名{number}", seen_version=version)

    results = together(client, CLIENTS)
    winners = [result for result in results if isinstance(result, str)]
    assert len(winners) == 1
    assert {type(result) for result in results if result not in winners} == {Conflict}
    assert f"D01: {name_of(world)}" == winners[0]
    assert facts(world) == before + 1


def test_a_transaction_that_the_database_wants_again_is_run_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    class _Asked(Exception):
        sqlstate = "40001"

    @command(allow=WRITE, silent=True)
    def unlucky(_actor: Actor) -> int:
        calls.append(1)
        if len(calls) < 3:
            raise sa.exc.OperationalError("update", {}, _Asked())
        return len(calls)

    MINE.add(next(name for name in COMMANDS if name.endswith("unlucky")))
    with world.acting("mei") as mei:
        assert unlucky(mei) == 3
    calls.clear()
    monkeypatch.setattr(kernel, "_ATTEMPTS", 2)
    with world.acting("mei") as mei, pytest.raises(sa.exc.OperationalError):
        unlucky(mei)
    assert len(calls) == 2
