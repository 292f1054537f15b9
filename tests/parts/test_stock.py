"""A dealer's stock through receipts, repairs, counts and minimums, on both engines (PT-8)."""

import datetime as dt

import pytest
import sqlalchemy as sa

from portal.audit import queries as audit
from portal.audit.models import Fact
from portal.kernel.db import session
from portal.kernel.errors import Forbidden, NotFound, RuleBroken
from portal.kernel.findings import Finding
from portal.kernel.numbering import NumberCounter
from portal.parts import commands
from portal.parts.models import Stock, StockMovement, Stocktake
from portal.parts.queries import stock as queries
from portal.parts.rules.stock import MovementKind
from tests.parts.returning import act, parts, take_in
from tests.parts.stock import decide, request, stock
from tests.people import TODAY, World


def everything(world: World, who: str = "dana") -> tuple[object, ...]:
    """Rows that no refusal may touch."""
    with world.acting(who):
        counts = tuple(
            session().scalar(sa.select(sa.func.count()).select_from(table))
            for table in (Stock, StockMovement, Stocktake, Fact)
        )
        numbers = tuple(session().execute(sa.select(NumberCounter.kind, NumberCounter.last)).all())
    return counts, numbers


def receive(world: World, pieces: dict[str, int], *, on: dt.date = TODAY, who: str = "dana") -> None:
    with world.acting(who, on=on) as actor:
        take_in(actor, pieces)


def use(
    world: World, pieces: dict[str, int], *, who: str = "dana", on: dt.date = TODAY, confirmed: bool = False
) -> list[Finding]:
    with world.acting(who, on=on) as actor:
        found: list[Finding] = act(
            actor, "use_stock", world.dealers["D01"], pieces, document="WX-2026-000001", confirmed=confirmed
        )
    return found


def books(world: World, who: str = "dana") -> dict[str, int]:
    with world.acting(who) as actor:
        return queries.pieces_of(queries.point_of(actor), ["P-VALVE", "P-SEAL", "P-BOLT"])


def moved(world: World, code: str) -> list[tuple[MovementKind, int, int, str]]:
    """Every movement of a part, oldest first; each says what is there after it."""
    with world.acting("dana") as dana:
        row, _ = queries.one(queries.point_of(dana), code)
        rows = session().scalars(queries.movements(row.id)).all()
        assert row.pieces == sum(one.pieces for one in rows)
        return [(one.kind, one.pieces, one.after, one.document) for one in reversed(rows)]


def test_stock_comes_in_by_receipt_and_goes_out_by_repair(world: World) -> None:
    parts(world)
    receive(world, {"p-valve": 5, "P-SEAL": 2})
    receive(world, {"P-VALVE": -1})
    assert use(world, {"P-VALVE": 3}) == []
    assert use(world, {"P-VALVE": -1}) == []
    assert books(world) == {"P-VALVE": 2, "P-SEAL": 2}
    assert moved(world, "P-VALVE") == [
        (MovementKind.RECEIPT, 5, 5, "BL-2026-000001"),
        (MovementKind.RECEIPT, -1, 4, "BL-2026-000001"),
        (MovementKind.REPAIR, -3, 1, "WX-2026-000001"),
        (MovementKind.REPAIR, 1, 2, "WX-2026-000001"),
    ]
    for who in ("rival", "mei"):
        with world.acting(who):
            assert queries.pieces_of(world.dealers["D02"], ["P-VALVE"]) == {}


def test_more_than_the_books_hold_is_taken_only_on_a_persons_word(world: World) -> None:
    parts(world)
    receive(world, {"P-VALVE": 1})
    before = everything(world)
    with pytest.raises(RuleBroken) as error:
        use(world, {"P-VALVE": 2})
    assert (error.value.rule, error.value.field) == ("PT-8", "stock")
    assert everything(world) == before
    (finding,) = use(world, {"P-VALVE": 2}, confirmed=True)
    assert (finding.rule, finding.field) == ("PT-8", "P-VALVE")
    assert books(world) == {"P-VALVE": -1}
    with world.acting("dana") as dana:
        assert queries.count_low(queries.point_of(dana)) == 1


def test_a_selling_point_keeps_a_stock_of_its_own(world: World) -> None:
    parts(world)
    receive(world, {"P-VALVE": 4})
    assert use(world, {"P-VALVE": 1}, who="sub", confirmed=True)
    with world.acting("sub") as sub:
        assert commands.count_stock(sub, {"P-VALVE": 3}, reasons={"P-VALVE": "期初"}) == "PD-2026-000001"
    assert books(world, "sub") == {"P-VALVE": 3}
    assert books(world) == {"P-VALVE": 4}


def test_a_count_books_what_differs_with_its_reason(world: World) -> None:
    parts(world)
    receive(world, {"P-VALVE": 5, "P-SEAL": 2})
    with world.acting("dana") as dana:
        number = commands.count_stock(
            dana,
            {"P-VALVE": 4, "P-SEAL": 2, "P-BOLT": 7},
            seen={"P-VALVE": 5, "P-SEAL": 2, "P-BOLT": 0},
            reasons={"P-VALVE": "一件损坏", "P-BOLT": "原有库存"},
            note="五月盘点",
        )
    assert books(world) == {"P-VALVE": 4, "P-SEAL": 2, "P-BOLT": 7}
    assert moved(world, "P-VALVE")[-1] == (MovementKind.STOCKTAKE, -1, 4, number)
    with world.acting("dana") as dana:
        found, lines = queries.stocktake(number)
        assert (found.counted_on, found.actor, found.note) == (TODAY, "Dana", "五月盘点")
        assert [(part.code, line.book, line.counted, line.reason) for line, part in lines] == [
            ("P-BOLT", 0, 7, "原有库存"),
            ("P-SEAL", 2, 2, ""),
            ("P-VALVE", 5, 4, "一件损坏"),
        ]
        assert audit.timeline(number)[0].data == {"parts": 3, "differences": 2}
        assert queries.last_counted(queries.point_of(dana)) == TODAY
    with world.acting("rival"), pytest.raises(NotFound):
        queries.stocktake(number)


def test_a_count_is_refused_when_the_stock_moved_or_nobody_says_why(world: World) -> None:
    parts(world)
    receive(world, {"P-VALVE": 5})
    before = everything(world)
    for choices in ({"seen": {"P-VALVE": 6}}, {}):
        with world.acting("dana") as dana, pytest.raises(RuleBroken) as error:
            commands.count_stock(dana, {"P-VALVE": 4}, **choices)
        assert (error.value.rule, error.value.field) == ("PT-8", "P-VALVE")
    with world.acting("dana") as dana, pytest.raises(RuleBroken):
        commands.count_stock(dana, {"P-NONE": 4}, reasons={"P-NONE": "?"})
    with world.acting("mei") as mei, pytest.raises(Forbidden):
        commands.count_stock(mei, {"P-VALVE": 5})
    assert everything(world) == before


def test_unused_parts_go_back_only_as_far_as_there_are_any(world: World) -> None:
    parts(world)
    receive(world, {"P-VALVE": 3})
    with world.acting("dana") as dana:
        assert commands.send_back_stock(dana, "p-valve", 2, note="退回") == 1
    before = everything(world)
    for pieces in (2, 0):
        with world.acting("dana") as dana, pytest.raises(RuleBroken) as error:
            commands.send_back_stock(dana, "P-VALVE", pieces, note="")
        assert error.value.field == "pieces"
    assert everything(world) == before


def test_the_suggestion_knows_use_minimum_and_what_is_on_order(world: World) -> None:
    stock(world)
    with world.acting("dana") as dana:
        assert commands.set_minimums(dana, {"P-MOTOR": 4, "P-CTRL": 0}) == 1
    receive(world, {"P-MOTOR": 40}, on=TODAY - dt.timedelta(days=100))
    for ago, pieces in ((95, 7), (80, 20), (1, 11)):
        use(world, {"P-MOTOR": pieces}, on=TODAY - dt.timedelta(days=ago))
    number = request(world, {"P-MOTOR": 3, "P-CTRL": 2}, consent=True)
    request(world, {"P-MOTOR": 1}, consent=True)
    decide(world, number, {"P-MOTOR": 1})
    with world.acting("dana") as dana:
        found = {one.part.code: one.need for one in queries.kept(queries.point_of(dana), TODAY)}
        need = found["P-MOTOR"]
        assert (need.stock, need.minimum, need.used, need.on_order) == (2, 4, 31, 2)
        assert (need.level, need.suggestion) == (11, 7)
        assert queries.suggestions(queries.kept(queries.point_of(dana), TODAY)) == {"P-MOTOR": 7}
