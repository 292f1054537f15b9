"""Old parts through their commands: what is owed, what a batch clears, what a day charges, on both engines (PT-9)."""

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.agreements import commands as agreed
from portal.agreements import queries as agreements
from portal.audit import queries as audit
from portal.audit.models import Fact
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, NotFound, RuleBroken
from portal.kernel.numbering import NumberCounter
from portal.kernel.period import Quarter
from portal.ledger import queries as funds
from portal.ledger.models import Entry
from portal.ledger.rules import EntryKind
from portal.parts import commands
from portal.parts.models import OldPartBatch, OldPartClearing, OldPartCount, OldPartDebt
from portal.parts.queries import old_parts
from portal.parts.rules.old_parts import BatchState, Counted, DebtStanding, OldPartOrigin
from tests.parts.returning import DUE, JULY, act, dawn, freeze, owe, owed, parts, release
from tests.people import World

LATER = DUE + dt.timedelta(days=1)
Q3 = Quarter(2026, 3)


def everything(world: World) -> tuple[object, ...]:
    """Rows that no refusal may touch."""
    with world.acting("lin"):
        tables = (OldPartDebt, OldPartBatch, OldPartCount, OldPartClearing, Entry, Fact)
        counts = tuple(session().scalar(sa.select(sa.func.count()).select_from(table)) for table in tables)
        left = tuple(session().execute(sa.select(OldPartDebt.id, OldPartDebt.left_open)).all())
        states = tuple(session().execute(sa.select(OldPartBatch.number, OldPartBatch.state)).all())
        numbers = tuple(session().execute(sa.select(NumberCounter.kind, NumberCounter.last)).all())
    return counts, left, states, numbers


def receive(world: World, pieces: dict[str, int], *, on: dt.date = DUE, dealer: str = "D01") -> str:
    """The warehouse counts parts that came without a list."""
    with world.acting("mei", on=on) as mei:
        return commands.receive_old_parts(mei, world.dealers[dealer], pieces)


def pack(world: World, *pieces: int, on: dt.date = JULY) -> str:
    """The dealer lists so many pieces of its debts, the oldest first."""
    ids = [found.row.id for found in owed(world)]
    with world.acting("dana", on=on) as dana:
        return commands.pack_old_parts(dana, dict(zip(ids, pieces, strict=False)))


def arrive(world: World, number: str, *, on: dt.date) -> None:
    with world.acting("dana", on=on) as dana:
        commands.send_old_parts(dana, number, carrier="示例快运", waybill="YD-9", boxes=2)
    with world.acting("mei", on=on) as mei:
        commands.arrive_old_parts(mei, number)


def count(
    world: World, number: str, found: dict[int, Counted], *, on: dt.date, **extra: Counted
) -> dict[str, int]:
    with world.acting("mei", on=on) as mei:
        return commands.count_old_parts(mei, number, found, unlisted=extra)


def direct(world: World, dealer: str = "D01", quarter: Quarter = Q3) -> Decimal:
    """What a dealer is charged directly in a quarter."""
    with world.acting("lin"):
        return funds.figures(agreements.of_dealer(world.dealers[dealer])[0], quarter).direct


def charges(world: World) -> list[tuple[str, dt.date, str, str | None]]:
    with world.acting("lin"):
        rows = session().scalars(sa.select(Entry).where(Entry.kind == EntryKind.DIRECT).order_by(Entry.id))
        return [(row.source, row.date, row.document, row.basis) for row in rows]


def test_a_shipment_in_exchange_is_owed_until_the_days_of_the_terms_are_over(world: World) -> None:
    parts(world)
    assert owe(world, {"p-valve": 5}) == {"P-VALVE": 5}
    (found,) = owed(world)
    assert (found.row.code, found.row.name, found.row.since, found.row.due, found.row.pieces, found.row.left_open) == (
        "P-VALVE", "水气阀", JULY, DUE, 5, 5,
    )  # fmt: skip
    assert (found.row.document, found.row.source, found.row.origin) == (
        "BL-2026-000001",
        "FH-2026-000001",
        OldPartOrigin.EXCHANGE,
    )
    assert found.standing(JULY) is DebtStanding.OPEN
    with world.acting("dana") as dana:
        assert [one.row.code for one in old_parts.owed_by(dana.dealer_id or 0)] == ["P-VALVE"]
    with world.acting("rival"):
        assert old_parts.owed_by(world.dealers["D01"]) == []


def test_what_a_source_says_again_is_not_owed_twice(world: World) -> None:
    parts(world)
    owe(world, {"P-VALVE": 2})
    assert owe(world, {"P-VALVE": 2}) == {}
    assert owe(world, {"P-VALVE": 3, "P-SEAL": 1}) == {"P-VALVE": 1, "P-SEAL": 1}
    receive(world, {"P-VALVE": 2}, on=JULY)
    assert owe(world, {"P-VALVE": 1}) == {"P-VALVE": -1, "P-SEAL": -1}
    assert [(one.row.code, one.row.pieces, one.row.left_open) for one in owed(world)] == [("P-VALVE", 2, 0)]


def test_warranty_parts_are_owed_only_where_the_terms_ask_for_them(world: World) -> None:
    parts(world)

    def repair(number: str) -> object:
        with world.acting("dana", on=JULY) as dana:
            return act(
                dana,
                "owe_old_parts",
                world.dealers["D01"],
                {"P-SEAL": 1, "P-VALVE": 1},
                document=number,
                warranty=True,
            )

    assert repair("WX-2026-000001") == {}
    with world.acting("mei", on=dt.date(2026, 6, 1)) as mei:
        terms = {**agreements.terms_on(agreements.get(world.agreements["D01"]).id, JULY).as_json()}
        agreed.version_terms(
            mei,
            world.agreements["D01"],
            starts=dt.date(2026, 7, 1),
            terms={**terms, "warranty_old_parts": True},
            reason="旧件",
        )
    assert repair("WX-2026-000002") == {"P-SEAL": 1}
    assert [(one.row.source, one.row.origin) for one in owed(world)] == [
        ("WX-2026-000002", OldPartOrigin.WARRANTY)
    ]


def test_three_of_five_come_back_and_two_are_charged_at_cost_on_the_day_after(world: World) -> None:
    parts(world)
    owe(world, {"P-VALVE": 5})
    assert receive(world, {"P-VALVE": 3}) == "OP-2026-000001"
    dawn(world, DUE)
    assert direct(world) == Decimal("0.00")
    dawn(world, LATER)
    assert direct(world) == Decimal("122.50")
    assert charges(world) == [("FH-2026-000001:P-VALVE:old_part:2", LATER, "BL-2026-000001", "old_part")]
    (found,) = owed(world)
    assert (found.returned, found.charged, found.amount, found.row.left_open) == (3, 2, Decimal("122.50"), 0)
    assert found.standing(LATER) is DebtStanding.CHARGED
    with world.acting("lin"):
        assert [fact.tag.value for fact in audit.timeline("BL-2026-000001")][-1] == "parts:old_part:charged"


def test_the_day_charges_once_however_often_and_late_it_begins(world: World) -> None:
    parts(world)
    owe(world, {"P-VALVE": 2})
    for _ in range(2):
        dawn(world, DUE + dt.timedelta(days=20))
    assert charges(world) == [("FH-2026-000001:P-VALVE:old_part:1", LATER, "BL-2026-000001", "old_part")]
    with world.acting("mei", on=LATER), pytest.raises(Forbidden):
        commands.charge_old_part(world.actor("mei"), owed(world)[0].row.id)


def test_what_has_no_cost_is_not_charged_until_it_has_one(world: World) -> None:
    parts(world)
    owe(world, {"P-BOLT": 4})
    dawn(world, LATER)
    assert charges(world) == []
    assert owed(world)[0].standing(LATER) is DebtStanding.OVERDUE


def test_the_dealer_cant_read_what_a_part_will_be_charged_with(world: World) -> None:
    parts(world)
    owe(world, {"P-VALVE": 1})
    debt_id = owed(world)[0].row.id
    with world.acting("mei"):
        assert old_parts.cost_of(session().get_one(OldPartDebt, debt_id)) == Decimal("61.25")
    with world.acting("dana"):
        assert old_parts.cost_of(session().get_one(OldPartDebt, debt_id)) is None


def test_the_oldest_debts_are_cleared_first_and_more_than_owed_is_told(world: World) -> None:
    parts(world)
    owe(world, {"P-VALVE": 2}, on=JULY + dt.timedelta(days=3), source="FH-2026-000002")
    owe(world, {"P-VALVE": 2}, on=JULY)
    number = receive(world, {"P-VALVE": 3})
    assert [(one.row.source, one.row.left_open) for one in owed(world)] == [
        ("FH-2026-000001", 0),
        ("FH-2026-000002", 1),
    ]
    receive(world, {"P-VALVE": 4})
    with world.acting("dana"):
        assert [fact.data["surplus"] for fact in audit.timeline("OP-2026-000002")] == [3]
        assert [
            (row.pieces, debt.source) for row, debt in old_parts.cleared_by(old_parts.batch(number).id)
        ] == [
            (2, "FH-2026-000001"),
            (1, "FH-2026-000002"),
        ]


def test_what_comes_back_after_its_charge_stays_charged_and_clears_nothing(world: World) -> None:
    parts(world)
    owe(world, {"P-VALVE": 2})
    dawn(world, LATER)
    number = receive(world, {"P-VALVE": 2}, on=LATER)
    assert direct(world) == Decimal("122.50")
    with world.acting("dana"):
        assert audit.timeline(number)[0].data == {"cleared": 0, "surplus": 2}


def test_a_listed_batch_goes_from_the_dealer_to_the_count(world: World) -> None:
    parts(world)
    owe(world, {"P-VALVE": 3, "P-SEAL": 4})
    number = pack(world, 3, 2)
    with world.acting("dana"):
        batch = old_parts.batch(number)
        assert (batch.state, batch.packed_on, batch.packer) == (BatchState.PACKED, JULY, "Dana")
        assert [(item.place, item.code, item.listed) for item in old_parts.items_of(batch.id)] == [
            (1, "P-VALVE", 3),
            (2, "P-SEAL", 2),
        ]
    arrive(world, number, on=DUE)
    surplus = count(
        world,
        number,
        {1: Counted(3, 2, 1, "一件型号不符"), 2: Counted(2, 2)},
        on=DUE,
        **{"P-BOLT": Counted(1, 1, 0, "未列")},
    )
    assert surplus == {"P-BOLT": 1}
    with world.acting("dana"):
        batch = old_parts.batch(number)
        assert (batch.state, batch.arrived_on, batch.counted_on, batch.counter) == (
            BatchState.COUNTED,
            DUE,
            DUE,
            "Mei",
        )
        assert [
            (
                item.place,
                item.code,
                item.listed,
                item.count and (item.count.came, item.count.matching, item.count.reusable),
                item.differs,
            )
            for item in old_parts.items_of(batch.id)
        ] == [
            (1, "P-VALVE", 3, (3, 2, 1), True),
            (2, "P-SEAL", 2, (2, 2, 0), False),
            (3, "P-BOLT", 0, (1, 1, 0), True),
        ]
    assert [(one.row.code, one.row.left_open) for one in owed(world)] == [("P-VALVE", 1), ("P-SEAL", 2)]


def test_what_arrived_in_time_is_charged_only_when_the_count_finds_it_wanting(world: World) -> None:
    parts(world)
    owe(world, {"P-VALVE": 5})
    number = pack(world, 3)
    arrive(world, number, on=DUE)
    dawn(world, LATER)
    assert direct(world) == Decimal("122.50")
    count(world, number, {1: Counted(3, 2, 0, "一件不符")}, on=LATER)
    dawn(world, LATER + dt.timedelta(days=1))
    assert direct(world) == Decimal("183.75")
    assert [(source, day) for source, day, *_ in charges(world)] == [
        ("FH-2026-000001:P-VALVE:old_part:1", LATER),
        ("FH-2026-000001:P-VALVE:old_part:3", LATER),
    ]


def test_pieces_are_listed_once_and_a_batch_that_is_taken_apart_frees_them(world: World) -> None:
    parts(world)
    owe(world, {"P-VALVE": 3})
    number = pack(world, 2)
    before = everything(world)
    with pytest.raises(RuleBroken) as error:
        pack(world, 2)
    assert error.value.rule == "PT-9"
    assert everything(world) == before
    with world.acting("dana") as dana:
        assert commands.unpack_old_parts(dana, number, reason="改日再寄") == "cancelled"
    assert pack(world, 3) == "OP-2026-000002"


def test_refusals_change_nothing(world: World) -> None:
    parts(world)
    owe(world, {"P-VALVE": 2})
    number = pack(world, 2)
    before = everything(world)
    mei, dana = world.actor("mei"), world.actor("dana")
    debt = owed(world)[0].row.id
    wrong = [
        (mei, lambda: commands.count_old_parts(mei, number, {1: Counted(2, 2)}), RuleBroken),
        (mei, lambda: commands.receive_old_parts(mei, world.dealers["D01"], {"P-VALVE": 0}), RuleBroken),
        (mei, lambda: commands.receive_old_parts(mei, world.dealers["D01"], {"P-NONE": 1}), RuleBroken),
        (mei, lambda: commands.arrive_old_parts(mei, number, on=DUE), RuleBroken),
        (mei, lambda: commands.pack_old_parts(mei, {debt: 1}), Forbidden),
        (dana, lambda: commands.receive_old_parts(dana, world.dealers["D01"], {"P-VALVE": 1}), Forbidden),
        (
            dana,
            lambda: commands.send_old_parts(dana, number, carrier="A", waybill="B", seen_version=9),
            Conflict,
        ),
        (world.actor("rival"), lambda: commands.unpack_old_parts(world.actor("rival"), number), NotFound),
        (world.actor("rival"), lambda: commands.pack_old_parts(world.actor("rival"), {debt: 1}), RuleBroken),
    ]
    for who, call, error in wrong:
        with world.at(JULY), world.app.app_context():
            assert who.scope is not None
            session().enter(who.scope)
            with pytest.raises(error):
                call()
    assert everything(world) == before


def test_a_charge_of_a_quarter_that_is_frozen_counts_in_the_next_one(world: World) -> None:
    parts(world)
    owe(world, {"P-VALVE": 1}, on=dt.date(2026, 5, 20))
    with world.acting("fei", on=dt.date(2026, 7, 5)) as fei:
        freeze(fei, world.dealers["D01"], Quarter(2026, 2))
    dawn(world, dt.date(2026, 7, 6))
    assert charges(world)[0][1] == dt.date(2026, 6, 20)
    assert direct(world) == Decimal("61.25")
    assert direct(world, quarter=Quarter(2026, 2)) == Decimal("0.00")


def test_what_never_came_is_owed_no_more_and_its_charge_is_paid_back(world: World) -> None:
    parts(world)
    owe(world, {"P-VALVE": 3})
    receive(world, {"P-VALVE": 1})
    dawn(world, LATER)
    assert direct(world) == Decimal("122.50")
    owe(world, {"P-VALVE": 2}, on=LATER, source="FH-2026-000002")
    for source, pieces in (("FH-2026-000001", 1), ("FH-2026-000002", 1), ("FH-2026-000003", 1)):
        with world.acting("mei", on=LATER) as mei:
            release(mei, source, {"P-VALVE": pieces}, document=f"CY-{source}", day=LATER)
    assert direct(world) == Decimal("61.25")
    assert [(one.row.left_open, one.returned, one.charged, one.amount) for one in owed(world)] == [
        (0, 1, 1, Decimal("61.25")),
        (1, 0, 0, Decimal("0.00")),
    ]
