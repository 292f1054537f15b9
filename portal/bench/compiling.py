"""Compiling the six forms of a dealer's month against reading the rows of its cards and units with the bare driver."""

from portal.agreements import queries as agreements
from portal.agreements.rules import OWABLE
from portal.bench.measure import Line, medians
from portal.bench.prototype import SETTLED, Prototype
from portal.bench.scratch import Driver, Scratch
from portal.reports import queries as reports

CARDS = "select * from card where dealer_id = ?"
UNITS = "select * from unit where dealer_id = ?"


def compare(scratch: Scratch, prototype: Prototype, driver: Driver, *, calls: int = 9) -> Line:
    """All six forms with the records behind their figures; the floor reads two of the tables they are compiled from."""
    dealer_id = prototype.usual.dealer_id
    assert dealer_id is not None
    month = SETTLED.months[1]
    behind = 0

    def compile_all() -> None:
        nonlocal behind
        agreement = agreements.in_force(dealer_id, action=False)
        behind = sum(len(reports.live(agreement, month, kind).records) for kind in OWABLE)

    def ours() -> None:
        scratch.look(prototype.usual, compile_all)

    def floor() -> None:
        driver.rows(CARDS, dealer_id)
        driver.rows(UNITS, dealer_id)

    found = medians({"forms": ours, "rows": floor}, calls=calls)
    return Line(
        "six monthly forms compiled / their cards and units read",
        found["forms"],
        found["rows"],
        "no more than 100 ms",
        note=f"{behind} records behind the figures",
    )
