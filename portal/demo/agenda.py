"""What happens when: acts in the order of time, each under its own clock; an act may put later ones on the agenda."""

import datetime as dt
import heapq
import itertools
from collections.abc import Callable
from zoneinfo import ZoneInfo

from portal.kernel import clock
from portal.kernel.calendar import Calendar

Act = Callable[[], object]


class Agenda:
    """Plays acts until the present, `ends`; what would come later does not happen.

    `new_day` is called at the beginning of each day on which something happens, and at the end, as a worker would.
    """

    def __init__(self, ends: dt.datetime, zone: ZoneInfo, new_day: Callable[[], None]) -> None:
        self.ends = ends
        self.zone = zone
        self._new_day = new_day
        self._acts: list[tuple[dt.datetime, int, Act]] = []
        self._count = itertools.count()

    @property
    def today(self) -> dt.date:
        """The last day."""
        return self.ends.astimezone(self.zone).date()

    def at(self, day: dt.date, hour: float, act: Act, *, sure: bool = False) -> None:
        """Put an act on a day at an hour (14.5 is half past two). A `sure` one happens now if it would come later."""
        moment = dt.datetime.combine(day, dt.time(), self.zone) + dt.timedelta(hours=hour)
        if sure:
            moment = min(moment, self.ends)
        if moment <= self.ends:
            heapq.heappush(self._acts, (moment, next(self._count), act))

    def ago(self, hours: float, act: Act) -> None:
        """Put an act so many hours before the present."""
        heapq.heappush(self._acts, (self.ends - dt.timedelta(hours=hours), next(self._count), act))

    def after(self, days: int, hour: float, act: Act, *, sure: bool = False) -> None:
        """Put an act so many working days after the present one."""
        today = clock.today(self.zone.key)
        self.at(Calendar().add_working_days(today, days), hour, act, sure=sure)

    def play(self, say: Callable[[str], None]) -> None:
        """Play everything, oldest first; `say` hears of each month. The clock never goes back."""
        moment, day, month = dt.datetime.min.replace(tzinfo=dt.UTC), dt.date.min, ""
        while self._acts:
            planned, _, act = heapq.heappop(self._acts)
            moment = max(moment, planned)
            present = moment.astimezone(self.zone).date()
            if present != day:
                day = present
                with clock.fixed(dt.datetime.combine(day, dt.time(), self.zone)):
                    self._new_day()
            if (name := f"{day:%Y-%m}") != month:
                month = name
                say(month)
            with clock.fixed(moment):
                act()
        with clock.fixed(self.ends):
            self._new_day()
