"""No shape of query leaks a foreign row, on either engine, with the session's filter and without it (TN-1, TN-2)."""

import pytest

from tests.security.arena import Arena
from tests.security.reading import READS
from tests.security.targets import UNSPEAKABLE, found, leaks, targets
from tests.security.writing import WRITES

SHAPES = {
    **{f"read: {name}": attack for name, attack in READS.items()},
    **{f"write: {name}": attack for name, attack in WRITES.items()},
}
#: What only one engine can say.
ONE_ENGINE = {
    "write: merge statement",
    "write: truncate",
    "write: insert or replace",
    "write: update or replace",
}


def numbered(name: str) -> str:
    return f"{list(SHAPES).index(name) + 1} of {len(SHAPES)}: {name}"


def test_there_are_enough_shapes() -> None:
    assert len(SHAPES) - len(ONE_ENGINE) >= 46


@pytest.mark.parametrize("name", SHAPES, ids=numbered)
def test_nothing_leaks(arena: Arena, name: str) -> None:
    assert found(arena, SHAPES[name], filtered=True) == []


@pytest.mark.parametrize("name", SHAPES, ids=numbered)
def test_nothing_leaks_when_the_database_stands_alone(arena: Arena, name: str) -> None:
    assert found(arena, SHAPES[name], filtered=False) == []


@pytest.mark.parametrize("name", SHAPES, ids=numbered)
def test_the_shape_leaks_where_nothing_guards(arena: Arena, name: str) -> None:
    """The planted leak: each shape is a real attack, and the judgement finds it."""
    harmless, tried = [], 0
    for target in targets(arena, unguarded=True):
        with arena.bare(target.scope, unguarded=True) as made:
            evidence = leaks(SHAPES[name], made, target)
        tried += evidence is not UNSPEAKABLE
        if not evidence:
            harmless.append(f"{target.scope} → {target.table.name}")
    assert harmless == []
    assert tried or name in ONE_ENGINE
