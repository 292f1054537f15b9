"""The calendars of the stage: each manufacturer has a day off that the other hasn't (TM-1)."""

import datetime as dt

from portal.tenants import commands
from tests.security.stage import MAKERS, Stage

#: Manufacturer → its own day off.
DAYS = {"MF": dt.date(2026, 6, 17), "OM": dt.date(2026, 6, 18)}


def fill(stage: Stage) -> None:
    """The days off of both."""
    for maker, day in DAYS.items():
        with stage.world.acting(MAKERS[maker][0], maker) as actor:
            commands.enter_days(actor, day, day, worked=False, name="盘点")
        stage.put("calendar_day", maker, day=str(day))


#: What is sent with the calls of the table of routes.
DATA = {"calendar.enter": {"what": "off", "first": "2026-06-24", "last": "", "name": "年会"}}
