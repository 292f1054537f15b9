"""The parts replacement list, figure by figure (MF-1, ux.md 8)."""

import datetime as dt
from decimal import Decimal

from portal.agreements import commands as agreed
from portal.agreements import queries as agreements
from portal.agreements.rules import FormKind
from portal.kernel.period import Month
from portal.parts import commands as parts
from portal.parts.queries.old_parts import DebtFilter, all_debts
from portal.parts.rules.old_parts import Counted
from portal.repairs import commands
from portal.repairs.rules.records import Category, PartUse
from portal.reports import queries
from portal.reports.rules import LAYOUTS, Sheet, make
from tests.people import TERMS, TODAY, World
from tests.repairs.test_records import correct
from tests.repairs.workshop import file, sell, workshop

MAY, JUNE = Month(2026, 5), Month(2026, 6)
LAYOUT = LAYOUTS[FormKind.PARTS]
MOTOR, CTRL = "P-MOTOR/EB-48", "P-CTRL/EB-48"


def sheet(world: World, month: Month) -> Sheet:
    with world.acting("dana", on=dt.date(2026, 7, 1)):
        agreement = agreements.of_dealer(world.dealers["D01"])[0]
        return make(LAYOUT, queries.compiled(agreement, month, FormKind.PARTS))


def line(found: Sheet, row: str) -> tuple[str, ...]:
    """Replaced, in and out of warranty, amount, main fault, old parts back."""
    columns = ("replaced", "in_warranty", "out_of_warranty", "amount", "fault", "old_back")
    return tuple(found.cell(row, column) for column in columns)


def test_pieces_and_amounts_are_those_of_the_newest_version(sqlite_world: World) -> None:
    workshop(sqlite_world)
    sell(sqlite_world)
    number = file(sqlite_world, parts=(PartUse("P-MOTOR", 2), PartUse("P-CTRL", 1)))
    correct(sqlite_world, number, parts=(PartUse("P-MOTOR", 3), PartUse("P-CTRL", 1)))
    taken_back = file(sqlite_world, serial="A2", parts=(PartUse("P-MOTOR"),))
    with sqlite_world.acting("dana") as dana:
        commands.void(dana, taken_back, reason="录错整机")
    found = sheet(sqlite_world, MAY)
    assert [(row.key, row.cells["name"]) for row in found.rows] == [(CTRL, "控制器"), (MOTOR, "电机")]
    assert line(found, MOTOR) == ("3", "3", "0", "360.00", "S01 不能启动", "0")
    assert line(found, CTRL) == ("1", "1", "0", "88.50", "S01 不能启动", "0")
    (behind,) = found.behind(LAYOUT, MOTOR, "replaced")
    assert (behind.number, behind.value, behind.words) == (number, Decimal(3), "A1 · S01 不能启动")
    assert found.total.cells["amount"] == "448.50"
    assert sheet(sqlite_world, JUNE).rows == ()


def test_the_main_fault_is_what_most_records_name_and_of_equally_many_the_first_code(
    sqlite_world: World,
) -> None:
    workshop(sqlite_world)
    for serial, symptom, text, pieces in (
        ("A1", "S04", "", 1),
        ("A2", "S02", "", 1),
        ("A3", "", "异响大", 5),
    ):
        file(
            sqlite_world,
            serial=serial,
            symptom=symptom,
            symptom_text=text,
            parts=(PartUse("P-MOTOR", pieces),),
        )
    assert sheet(sqlite_world, MAY).cell(MOTOR, "fault") == "S02 工作中停机"
    file(sqlite_world, serial="A4", symptom="S04", parts=(PartUse("P-MOTOR"),))
    assert sheet(sqlite_world, MAY).cell(MOTOR, "fault") == "S04 异响"
    for serial in ("A5", "A6"):
        file(
            sqlite_world, serial=serial, symptom="", symptom_text="异响大", parts=(PartUse("P-MOTOR"),),
            category=Category.INTERNAL,
        )  # fmt: skip
    assert sheet(sqlite_world, MAY).cell(MOTOR, "fault") == "异响大"


def test_old_parts_count_in_the_month_of_their_counting_by_the_model_they_came_out_of(
    sqlite_world: World,
) -> None:
    world = sqlite_world
    workshop(world)
    with world.acting("mei", on=dt.date(2026, 3, 1)) as mei:
        agreed.version_terms(
            mei,
            world.agreements["D01"],
            starts=dt.date(2026, 4, 1),
            terms={**TERMS, "warranty_old_parts": True},
            reason="旧件",
        )
    sell(world)
    number = file(world, parts=(PartUse("P-MOTOR", 3),))
    with world.acting("dana") as dana:
        (debt,) = all_debts(DebtFilter())
        batch = parts.pack_old_parts(dana, {debt.row.id: 3})
    with world.acting("dana") as dana:
        parts.send_old_parts(dana, batch, carrier="示例快运", waybill="YD-9", boxes=1)
    with world.acting("mei", on=dt.date(2026, 5, 31)) as mei:
        parts.arrive_old_parts(mei, batch)
    assert line(sheet(world, MAY), MOTOR)[-1] == "0"
    with world.acting("mei", on=dt.date(2026, 6, 1)) as mei:
        parts.count_old_parts(
            mei,
            batch,
            {1: Counted(3, 2, 1, "一件型号不符")},
            unlisted={"P-CTRL": Counted(1, 1, 0, "未列")},
        )
    may, june = sheet(world, MAY), sheet(world, JUNE)
    assert line(may, MOTOR) == ("3", "3", "0", "360.00", "S01 不能启动", "0")
    assert [row.key for row in june.rows] == ["P-CTRL/—", MOTOR]
    assert line(june, MOTOR) == ("0", "0", "0", "0.00", "", "2")
    assert line(june, "P-CTRL/—")[-1] == "1"
    (behind,) = june.behind(LAYOUT, MOTOR, "old_back")
    assert (behind.number, behind.on, behind.words) == (batch, dt.date(2026, 6, 1), number)
    assert TODAY not in [one.on for one in june.records]
