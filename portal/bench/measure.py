"""Timing side by side: what the portal does, and the least that the same machine could do it with.

Times of one machine say nothing about another and little about the next minute of the same one. So everything is
measured in turns with its floor, in the same process, and the best of the turns is compared: the ratio is what counts.
"""

import statistics
import threading
import time
from collections.abc import Callable, Mapping
from contextvars import copy_context
from dataclasses import dataclass

#: Turns that each contestant gets; the best one counts.
ROUNDS = 3

Work = Callable[[], object]
Timer = Callable[[], float]


@dataclass(frozen=True)
class Line:
    """One comparison as it is printed."""

    what: str
    #: Seconds, or operations a second where `rate` is set.
    ours: float
    floor: float
    #: What is to be reached, in words; it is printed beside and never passes or fails anything.
    goal: str = ""
    rate: bool = False
    note: str = ""

    @property
    def ratio(self) -> float:
        """How many times the floor ours takes; of rates, which part of the floor's rate it reaches."""
        return self.ours / self.floor


def medians(
    contestants: Mapping[str, Work], *, calls: int, timer: Timer = time.perf_counter
) -> dict[str, float]:
    """The seconds of one call of each: the median of `calls` in a turn, the best of the turns."""
    best: dict[str, float] = {}
    for _turn in range(ROUNDS):
        for name, work in contestants.items():
            taken = statistics.median(timed(work, timer) for _call in range(calls))
            best[name] = min(taken, best.get(name, taken))
    return best


def timed(work: Work, timer: Timer = time.perf_counter) -> float:
    """The seconds that one call takes."""
    start = timer()
    work()
    return timer() - start


def together(threads: int, work: Callable[[int], object]) -> float:
    """The seconds until all of `threads` threads, started at one moment, have done `work(number)`.

    They see the clock and language of the caller. The first exception of any of them is raised.
    """
    failures: list[BaseException] = []
    barrier = threading.Barrier(threads + 1)

    def run(number: int) -> None:
        barrier.wait()
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 - raised again by the caller's thread
            failures.append(error)

    running = [threading.Thread(target=copy_context().run, args=(run, number)) for number in range(threads)]
    for thread in running:
        thread.start()
    barrier.wait()
    start = time.perf_counter()
    for thread in running:
        thread.join()
    taken = time.perf_counter() - start
    if failures:
        raise failures[0]
    return taken


def table(lines: list[Line]) -> str:
    """The comparisons for a terminal; ratios first, what they were made of behind."""
    rows = [("", "ratio", "goal", "ours", "floor")]
    for line in lines:
        show = _rate if line.rate else _time
        rows.append((line.what, f"{line.ratio:.2f} x", line.goal, show(line.ours), show(line.floor)))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    printed = []
    for row, source in zip(rows, [None, *lines], strict=True):
        cells = [row[0].ljust(widths[0]), row[1].rjust(widths[1]), row[2].ljust(widths[2])]
        cells += [cell.rjust(width) for cell, width in zip(row[3:], widths[3:], strict=True)]
        printed.append("  ".join(cells).rstrip())
        if source is not None and source.note:
            printed.append(f"    {source.note}")
    return "\n".join(printed)


def _time(seconds: float) -> str:
    return f"{seconds * 1000:,.2f} ms" if seconds < 10 else f"{seconds:,.1f} s"


def _rate(number: float) -> str:
    return f"{number:,.0f} /s"
