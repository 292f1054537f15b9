"""Old parts of warranty repairs, where the terms ask for them (PT-9)."""

import datetime as dt

from portal.agreements import commands as agreed
from portal.parts.queries.old_parts import DebtFilter, all_debts
from portal.repairs import commands
from portal.repairs.rules.records import Category, OldPart, PartUse
from tests.people import TERMS, TODAY, World
from tests.repairs.test_records import correct
from tests.repairs.workshop import file, sell, workshop


def owed(world: World) -> dict[str, int]:
    """Part → pieces whose old parts the dealer owes."""
    with world.acting("dana"):
        return {one.row.code: one.row.left_open for one in all_debts(DebtFilter(open_only=True))}


def test_a_warranty_repair_owes_what_its_record_says_and_a_voided_one_nothing(world: World) -> None:
    workshop(world)
    with world.acting("mei", on=dt.date(2026, 3, 1)) as mei:
        agreed.version_terms(
            mei,
            world.agreements["D01"],
            starts=dt.date(2026, 4, 1),
            terms={**TERMS, "warranty_old_parts": True, "old_part_days": 20},
            reason="旧件",
        )
    sell(world)
    paid = file(world, serial="A2", category=Category.INTERNAL, parts=(PartUse("P-CTRL"),))
    assert owed(world) == {}
    number = file(world, parts=(PartUse("P-MOTOR", 2), PartUse("P-CTRL", old=OldPart.NONE)))
    assert owed(world) == {"P-MOTOR": 2}
    with world.acting("dana"):
        (debt,) = all_debts(DebtFilter())
        assert (debt.row.document, debt.row.due) == (number, TODAY + dt.timedelta(days=20))
    correct(world, number, parts=(PartUse("P-MOTOR"), PartUse("P-CTRL")))
    assert owed(world) == {"P-MOTOR": 1, "P-CTRL": 1}
    for one in (number, paid):
        with world.acting("dana") as dana:
            commands.void(dana, one, reason="录错整机")
    assert owed(world) == {}
