"""Every comparison on one scratch database."""

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask

from portal.bench import compiling, importing, pages, printing, quota, recording, settling
from portal.bench.copies import multiply
from portal.bench.measure import Line, table
from portal.bench.prototype import build
from portal.bench.scratch import Driver


@dataclass(frozen=True)
class Size:
    """How much of it."""

    dealers: int = 300
    units: int = 2_000

    @classmethod
    def long(cls) -> "Size":
        return cls(dealers=3_000, units=15_000)


def run(app: Flask, url: str, *, size: Size | None = None, say: Callable[[str], None]) -> list[Line]:
    """Measure everything in the fresh, migrated database at `url`, which is of no use afterwards.

    Raises quota.OverGranted, whatever the times are. `say` hears how far it is, and the figures.
    """
    size = size or Size()
    started = time.monotonic()

    def heading(text: str) -> None:
        say(f"{dt.timedelta(seconds=round(time.monotonic() - started))}  {text}")

    heading(f"data: {size.dealers} dealers, three lived through the commands, the others copied")
    scratch, prototype = build(app, url)
    assert prototype.usual.dealer_id is not None
    multiply(scratch, prototype.usual.dealer_id, size.dealers - 3)
    driver = Driver(url)
    lines: list[Line] = []
    try:
        with scratch.at():
            heading("list pages")
            lines += pages.compare(scratch, prototype, driver)
            heading("printing")
            lines += printing.compare(scratch, prototype)
            heading("settlement")
            lines.append(settling.compare(scratch, prototype, driver, dealers=size.dealers))
            heading("commands")
            lines.append(recording.compare(scratch, prototype, driver))
            lines.append(compiling.compare(scratch, prototype, driver))
            lines += quota.compare(scratch, prototype, driver)
            heading("import")
            lines.append(importing.compare(scratch, prototype, driver, rows=size.units))
    finally:
        driver.close()
    heading("done")
    say(table(lines))
    return lines
