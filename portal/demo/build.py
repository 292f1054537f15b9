"""A year of two made-up manufacturers and their dealers, played through the commands until the present moment."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Flask

from portal.demo.agenda import Agenda
from portal.demo.founding import Account, found, quarter_after
from portal.demo.houses import build as build_house
from portal.demo.houses import do_business
from portal.demo.sales import serial_numbers
from portal.demo.scenes import play
from portal.demo.stage import Stage
from portal.kernel.period import Month, Quarter

ZONE = ZoneInfo("Asia/Shanghai")
SEED = 20260101


@dataclass(frozen=True)
class Size:
    """How much of it."""

    #: Quarters that have ended; all but the newest are settled and closed.
    quarters: int = 4
    #: Share of the usual number of units and requests.
    share: float = 1.0
    #: Print the statements of past quarters, instead of leaving them to a worker.
    prints: bool = True


def build(
    app: Flask, now: dt.datetime, *, size: Size | None = None, say: Callable[[str], None]
) -> list[Account]:
    """Fill the app's empty database with records that end at `now`. Returns the accounts .

    The same day gives the same records, passwords and codes apart. `say` hears how far it is.
    """
    size = size or Size()
    stage = Stage(app)
    agenda = Agenda(now, ZONE, stage.begin_day)
    present = Quarter.of(agenda.today)
    quarters = [quarter_after(present, place - size.quarters) for place in range(size.quarters + 1)]
    *closed, ready, _ = quarters
    accounts = found(stage, agenda, quarters[0], size.quarters)
    serials = serial_numbers()

    def begin() -> None:
        houses = {
            maker: build_house(stage, agenda, maker, ready, serials, seed=SEED, prints=size.prints)
            for maker in stage.makers
        }
        play(houses, closed, ready)
        for house in houses.values():
            do_business(house, quarters, Month.of(agenda.today), size.share)

    agenda.at(quarters[0].first - dt.timedelta(days=1), 9, begin)
    agenda.play(say)
    return accounts
