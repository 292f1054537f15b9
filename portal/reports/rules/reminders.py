"""When a dealer is reminded of the forms of a month (MF-3): before the due day, on it, each day after it."""

import datetime as dt
from collections.abc import Collection
from enum import StrEnum

#: Calendar days before the due day from which on a month is told of.
AHEAD = 3


class ReminderStage(StrEnum):
    """Why somebody is reminded on a day."""

    #: Three days before the due day; once, and up to the day before it where no worker ran.
    SOON = "soon"
    #: On the due day.
    DUE = "due"
    #: On each day after it while a form is missing.
    LATE = "late"

    @property
    def tone(self) -> str:
        """The colour of its badge."""
        return {"soon": "info", "due": "warn", "late": "bad"}[self.value]


def is_near(due: dt.date, today: dt.date) -> bool:
    """Whether forms that are due on `due` are told of: from three days before it on."""
    return today >= due - dt.timedelta(days=AHEAD)


def stage_on(due: dt.date, today: dt.date, told: Collection[ReminderStage]) -> ReminderStage | None:
    """Why the dealer is reminded on `today` of forms due on `due`; None: not today.

    `told` are the stages of the reminders that were sent before. Days on which no worker ran are not made up for
    one by one: what is told on a day says how late the forms are by then.
    """
    if today > due:
        return ReminderStage.LATE
    if today == due:
        return ReminderStage.DUE
    if is_near(due, today) and ReminderStage.SOON not in told:
        return ReminderStage.SOON
    return None
