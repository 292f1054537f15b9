"""Shipping units by a file: verdicts, the good rows or none, large files in the background (SH-1)."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from portal.audit.models import Fact
from portal.catalogue import commands, queries
from portal.catalogue.models import Delivery, Unit, UnitImport
from portal.catalogue.rules import SAVED_AT_ONCE, STEP, ImportState
from portal.jobs import worker
from portal.jobs.models import Job
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, NotFound, RuleBroken
from portal.spreadsheets.reading import read_rows
from portal.spreadsheets.rules import Sheet
from tests.people import World

HEADER = "经销商编码,产品型号,序列号,生产批次,发货日期,送货单号"
ONE = pytest.mark.parametrize("engine_name", ["sqlite"])


def sheet(*lines: str, header: str = HEADER) -> Sheet:
    return read_rows("\n".join((header, *lines)).encode(), "units.csv")


def read(world: World, *lines: str, who: str = "mei") -> int:
    with world.acting(who) as actor:
        return commands.read_units(actor, "units.csv", sheet(*lines))


def counts(world: World) -> list[int]:
    with world.acting("mei"):
        return [session().scalar(sa.select(sa.func.count(table.id))) or 0 for table in (Unit, Delivery, Fact)]


@pytest.fixture
def shop(world: World) -> World:
    with world.acting("mei") as mei:
        commands.add_product(mei, model="EB-48", name="电动车", months=12)
    with world.acting("mei") as mei:
        commands.add_product(mei, model="EB-36", name="电动车", months=12)
    with world.acting("mei") as mei:
        commands.change_product(mei, "EB-36", name="电动车", name_en="", months=12, active=False)
    with world.acting("mei") as mei:
        commands.ship_units(mei, "D01", "EB-48", ["OLD-1"], shipped_on=dt.date(2026, 5, 1))
    return world


def test_every_row_has_its_verdict_before_anything_is_saved(shop: World) -> None:
    before = counts(shop)
    import_id = read(
        shop,
        "D01,EB-48,A1,B1,2026-05-02,N-1",
        "d01s,eb-48, a2 ,B1,2026/5/2,N-1",
        "D01,EB-48,A1,B1,2026-05-02,N-1",
        "D01,EB-48,OLD-1,B1,2026-05-02,N-1",
        "D09,EB-48,A3,B1,2026-05-02,N-1",
        "D01,EB-99,A4,,2026-05-02,",
        "D01,EB-36,A5,,2026-05-21,",
        "D01,EB-48,A 6,,2026-02-30,",
        ",,,,,N-1",
    )
    with shop.acting("mei"):
        found = queries.unit_import(import_id)
        columns = [[problem[0] for problem in row["problems"]] for row in found.rows]
        assert columns == [
            [],
            [],
            ["Serial number"],
            ["Serial number"],
            ["Dealer code"],
            ["Model"],
            ["Model", "Ship date"],
            ["Serial number", "Ship date"],
            ["Dealer code", "Model", "Serial number", "Ship date"],
        ]
        assert (found.total, found.good, found.state) == (9, 2, ImportState.CHECKED)
        assert [row["row"] for row in queries.rows_of(found, wrong=False)] == [2, 3]
    assert counts(shop) == before


def test_the_good_rows_are_saved_as_deliveries_and_the_others_left(shop: World) -> None:
    import_id = read(
        shop,
        "D01,EB-48,A1,B1,2026-05-02,N-1",
        "D01,EB-48,A2,B2,2026-05-02,N-1",
        "D01S,EB-48,A3,B1,2026-05-02,N-1",
        "D01,EB-48,A4,B1,2026-05-03,N-1",
        "D01,EB-48,OLD-1,B1,2026-05-03,N-1",
    )
    with shop.acting("mei") as mei:
        assert commands.save_units(mei, import_id, seen_version=1) == 4
    with shop.acting("dana"):
        units = queries.units_by_serial(["A1", "A2", "A3", "A4"])
        assert len({unit.delivery_id for unit in units.values()}) == 3
        assert units["A1"].delivery_id == units["A2"].delivery_id
        assert (units["A2"].batch, units["A3"].point_id) == ("B2", shop.dealers["D01S"])
    with shop.acting("mei"):
        found = queries.unit_import(import_id)
        assert (found.state, found.saved, found.skipped) == (ImportState.SAVED, 4, [])
        assert len(found.deliveries) == 3
    before = counts(shop)
    for command in (commands.save_units, commands.discard_units):
        with shop.acting("mei") as mei, pytest.raises(RuleBroken) as refused:
            command(mei, import_id)
        assert refused.value.rule == "SH-1"
    assert counts(shop) == before


def test_what_somebody_ships_between_verdict_and_saving_is_left_out_and_told(shop: World) -> None:
    import_id = read(shop, "D01,EB-48,A1,,2026-05-02,", "D01,EB-48,A2,,2026-05-02,")
    with shop.acting("mei") as mei:
        commands.ship_units(mei, "D02", "EB-48", ["A1"], shipped_on=dt.date(2026, 5, 2))
    with shop.acting("mei") as mei:
        commands.save_units(mei, import_id)
    with shop.acting("mei"):
        found = queries.unit_import(import_id)
        assert (found.saved, found.skipped) == (1, [[2, "A1"]])
        assert queries.unit("A1").point_id == shop.dealers["D02"]


def test_none_is_saved_when_the_file_is_discarded_or_changed_meanwhile(shop: World) -> None:
    import_id = read(shop, "D01,EB-48,A1,,2026-05-02,")
    before = counts(shop)
    with shop.acting("mei") as mei, pytest.raises(Conflict):
        commands.save_units(mei, import_id, seen_version=7)
    with shop.acting("mei") as mei:
        commands.discard_units(mei, import_id, seen_version=1)
    with shop.acting("mei") as mei, pytest.raises(RuleBroken):
        commands.save_units(mei, import_id)
    assert counts(shop) == before


@pytest.mark.parametrize(
    ("header", "lines"), [("序列号,产品型号", ["A1,EB-48"]), (HEADER, []), ("序列号,序列号", ["A1,A1"])]
)
@ONE
def test_a_file_without_what_is_needed_is_refused_as_a_whole(
    shop: World, header: str, lines: list[str]
) -> None:
    with shop.acting("mei") as mei, pytest.raises(RuleBroken) as refused:
        commands.read_units(mei, "units.csv", sheet(*lines, header=header))
    assert refused.value.field == "file"
    with shop.acting("mei"):
        assert list(session().scalars(sa.select(UnitImport))) == []


@ONE
def test_a_file_of_only_wrong_rows_is_not_saved(shop: World) -> None:
    import_id = read(shop, "D01,EB-48,OLD-1,,2026-05-02,")
    with shop.acting("mei") as mei, pytest.raises(RuleBroken):
        commands.save_units(mei, import_id)


@ONE
def test_the_other_parties_see_no_file_and_send_none(shop: World) -> None:
    import_id = read(shop, "D01,EB-48,A1,,2026-05-02,")
    with shop.acting("dana"), pytest.raises(NotFound):
        queries.unit_import(import_id)
    with shop.acting("otto") as otto, pytest.raises(NotFound):
        commands.save_units(otto, import_id)
    with pytest.raises(Forbidden):
        read(shop, "D01,EB-48,A2,,2026-05-02,", who="dana")


def large(world: World) -> tuple[int, int]:
    count = SAVED_AT_ONCE + 1
    import_id = read(world, *(f"D0{1 + n % 2},EB-48,L{n:05d},B1,2026-05-02,N-1" for n in range(count)))
    with world.acting("mei") as mei:
        assert commands.save_units(mei, import_id) == count
    return import_id, count


def progress(world: World, import_id: int) -> tuple[Any, ...]:
    with world.acting("mei"):
        found = queries.unit_import(import_id)
        return found.state, found.done, found.saved, len(found.deliveries)


def test_a_large_file_is_saved_in_the_background(shop: World) -> None:
    import_id, count = large(shop)
    assert progress(shop, import_id) == (ImportState.SAVING, 0, 0, 0)
    with shop.at(dt.date(2026, 5, 20)):
        worker.run_all(shop.app)
    assert progress(shop, import_id) == (ImportState.SAVED, count, count, 2)
    with shop.acting("dana"):
        assert session().scalar(sa.select(sa.func.count(Unit.id))) == count // 2 + 2


@ONE
def test_a_worker_that_dies_leaves_nothing_half_and_its_successor_ships_nothing_twice(
    shop: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id, count = large(shop)
    with shop.acting("mei") as mei:
        assert commands.save_next(mei, import_id) == (STEP, count)
        assert commands.save_next(mei, import_id) == (2 * STEP, count)
    with monkeypatch.context() as broken, shop.at(dt.date(2026, 5, 20)):
        broken.setattr("portal.catalogue.steps.load", lambda *_args: 1 / 0)
        worker.run_all(shop.app)
    assert progress(shop, import_id)[:2] == (ImportState.SAVING, 2 * STEP)
    with shop.app.app_context():
        assert [job.state.value for job in session().scalars(sa.select(Job))] == ["failed"]
    with shop.acting("mei") as mei:
        commands.resume_units(mei, import_id)
    with shop.at(dt.date(2026, 5, 20)):
        worker.run_all(shop.app)
    assert progress(shop, import_id) == (ImportState.SAVED, count, count, 2)
    with shop.acting("mei") as mei, pytest.raises(RuleBroken):
        commands.resume_units(mei, import_id)
