"""Computing a quarter for every dealer against one grouped scan of the ledger (performance.md goal 7)."""

from portal.bench.measure import ROUNDS, Line, timed
from portal.bench.prototype import SETTLED, Prototype
from portal.bench.scratch import Driver, Scratch
from portal.settlement import commands, queries
from portal.settlement.rules import LineState

SCAN = """
select e.agreement_id, l.account, sum(l.amount) from line l join entry e on e.id = l.entry_id
where e.manufacturer_id = ? and e.quarter = ? group by e.agreement_id, l.account"""


def compare(scratch: Scratch, prototype: Prototype, driver: Driver, *, dealers: int) -> Line:
    """A trial run: every dealer checked and computed, as the worker does it; nothing is issued."""
    runs: list[str] = []

    def run() -> None:
        runs.append(scratch.give(prototype.maker, commands.start_run, SETTLED, trial=True))
        scratch.work("settlement.compute")

    def scan() -> None:
        driver.rows(SCAN, prototype.maker.manufacturer_id, str(SETTLED))

    best = {"run": float("inf"), "scan": float("inf")}
    for _turn in range(ROUNDS):
        best["run"] = min(best["run"], timed(run))
        best["scan"] = min(best["scan"], *(timed(scan) for _ in range(3)))
    lines = scratch.look(
        prototype.maker, lambda: [line.state for line in queries.lines(queries.run(runs[-1]).id)]
    )
    ready = lines.count(LineState.READY)
    note = (
        f"{len(lines)} agreements, {ready} ready to be issued, {best['run'] / len(lines) * 1000:.1f} ms each"
    )
    return Line(
        f"settlement of {dealers} dealers / grouped scan", best["run"], best["scan"], "<= 2.5 x", note=note
    )
