"""Service requests (RP-1, RP-2, RP-10): one table of moves, and the clock that each state has.

A request is due at one instant, that of its present state; lists sort by it, so what is overdue stands first.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from portal.agreements.rules import Terms
from portal.kernel.calendar import Calendar
from portal.kernel.period import last_day_within
from portal.kernel.text import T
from portal.kernel.transitions import Transitions
from portal.repairs.rules.records import Way

#: Working days within which a finished repair is signed for, and a followed-up request is closed.
WRAP_UP_DAYS = 3
#: What is still overdue so long after the owner was told goes to the manufacturer's reviewer.
PATIENCE = dt.timedelta(hours=24)
#: The longest texts that a request takes.
LONGEST = {"customer": 60, "phone": 40, "address": 200, "words": 500, "serial": 60, "technician": 60}


class Channel(StrEnum):
    """How the customer's call came."""

    PHONE = "phone"
    COUNTER = "counter"
    MESSAGE = "message"
    WEB = "web"
    MANUFACTURER = "manufacturer"


class Area(StrEnum):
    """What the way to the customer counts as; the time to be on site depends on it."""

    URBAN = "urban"
    RURAL = "rural"


class ServicePriority(StrEnum):
    """How pressing it is; in lists overdue requests stand first, then the more pressing ones."""

    ORDINARY = "ordinary"
    URGENT = "urgent"
    CRITICAL = "critical"

    @property
    def tone(self) -> str:
        return {
            ServicePriority.ORDINARY: "mute",
            ServicePriority.URGENT: "warn",
            ServicePriority.CRITICAL: "bad",
        }[self]


class ServiceState(StrEnum):
    """Where a request is (RP-2)."""

    RECEIVED = "received"
    TRIAGED = "triaged"
    DISPATCHED = "dispatched"
    IN_PROGRESS = "in_progress"
    WAITING_PARTS = "waiting_parts"
    DONE = "done"
    SOLVED_REMOTELY = "solved_remotely"
    SIGNED = "signed"
    FIRST_FOLLOW_UP = "first_follow_up"
    SECOND_FOLLOW_UP = "second_follow_up"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def tone(self) -> str:
        if self in FINISHED:
            return "mute"
        return {ServiceState.RECEIVED: "warn", ServiceState.WAITING_PARTS: "warn"}.get(
            self, "ok" if self in REPAIRED else "info"
        )


class ServiceAction(StrEnum):
    """What is done to a request."""

    TRIAGE = "triage"
    SOLVE = "solve"
    DISPATCH = "dispatch"
    START = "start"
    WAIT = "wait"
    RESUME = "resume"
    FINISH = "finish"
    REOPEN = "reopen"
    SIGN = "sign"
    FIRST_CALL = "first_call"
    SECOND_CALL = "second_call"
    CLOSE = "close"
    CANCEL = "cancel"


FINISHED = frozenset({ServiceState.CLOSED, ServiceState.CANCELLED})
#: The repair is over, by hand or on the phone; what is left are the signature and the calls.
REPAIRED = frozenset(
    {
        ServiceState.DONE,
        ServiceState.SOLVED_REMOTELY,
        ServiceState.SIGNED,
        ServiceState.FIRST_FOLLOW_UP,
        ServiceState.SECOND_FOLLOW_UP,
    }
)
#: Work on the unit is still to be done; only then it can be cancelled.
OPEN = frozenset(ServiceState) - FINISHED - REPAIRED
#: A call is due next.
TO_CALL = frozenset({ServiceState.SOLVED_REMOTELY, ServiceState.SIGNED, ServiceState.FIRST_FOLLOW_UP})

_S, _A = ServiceState, ServiceAction
REQUEST = Transitions(
    "RP-2",
    {
        (_S.RECEIVED, _A.TRIAGE): _S.TRIAGED,
        (_S.RECEIVED, _A.SOLVE): _S.SOLVED_REMOTELY,
        (_S.RECEIVED, _A.DISPATCH): _S.DISPATCHED,
        (_S.TRIAGED, _A.SOLVE): _S.SOLVED_REMOTELY,
        (_S.TRIAGED, _A.DISPATCH): _S.DISPATCHED,
        (_S.DISPATCHED, _A.DISPATCH): _S.DISPATCHED,
        (_S.DISPATCHED, _A.START): _S.IN_PROGRESS,
        (_S.IN_PROGRESS, _A.WAIT): _S.WAITING_PARTS,
        (_S.WAITING_PARTS, _A.WAIT): _S.WAITING_PARTS,
        (_S.WAITING_PARTS, _A.RESUME): _S.IN_PROGRESS,
        (_S.IN_PROGRESS, _A.FINISH): _S.DONE,
        (_S.DONE, _A.REOPEN): _S.IN_PROGRESS,
        (_S.DONE, _A.SIGN): _S.SIGNED,
        (_S.SOLVED_REMOTELY, _A.REOPEN): _S.TRIAGED,
        (_S.SOLVED_REMOTELY, _A.FIRST_CALL): _S.FIRST_FOLLOW_UP,
        (_S.SIGNED, _A.FIRST_CALL): _S.FIRST_FOLLOW_UP,
        (_S.FIRST_FOLLOW_UP, _A.SECOND_CALL): _S.SECOND_FOLLOW_UP,
        (_S.SECOND_FOLLOW_UP, _A.CLOSE): _S.CLOSED,
        **{(state, _A.CANCEL): _S.CANCELLED for state in sorted(OPEN)},
    },
)

#: What a repair record that was filed for a request does to it: the work was begun, and it is done.
TO_DONE = {
    _S.RECEIVED: (_A.DISPATCH, _A.START, _A.FINISH),
    _S.TRIAGED: (_A.DISPATCH, _A.START, _A.FINISH),
    _S.DISPATCHED: (_A.START, _A.FINISH),
    _S.IN_PROGRESS: (_A.FINISH,),
    _S.WAITING_PARTS: (_A.RESUME, _A.FINISH),
}


@dataclass(frozen=True)
class ServiceDraft:
    """What intake writes down (RP-1)."""

    customer: str
    phone: str
    way: Way
    area: Area = Area.URBAN
    #: Code of the manufacturer's list of symptoms; empty: only words.
    symptom: str = ""
    words: str = ""
    address: str = ""
    serial: str = ""
    channel: Channel = Channel.PHONE
    priority: ServicePriority = ServicePriority.ORDINARY
    #: The point that takes it; 0: the actor's own.
    point_id: int = 0


@dataclass(frozen=True)
class Course:
    """The instants and days that the clocks of a request are counted from."""

    received_at: dt.datetime
    way: Way
    area: Area
    #: Hours to the first answer: those of the terms, or of the service card (EN-11).
    respond_hours: int
    #: The day that the customer was promised for going on (RP-10).
    next_on: dt.date | None = None
    done_on: dt.date | None = None
    signed_on: dt.date | None = None
    first_call_on: dt.date | None = None
    second_call_on: dt.date | None = None


def end_of(day: dt.date, timezone: str) -> dt.datetime:
    """The instant at which a business day is over, in UTC (TM-1)."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), ZoneInfo(timezone)).astimezone(dt.UTC)


def due_at(
    state: ServiceState, course: Course, terms: Terms, timezone: str, calendar: Calendar
) -> dt.datetime | None:
    """Until when a request has to leave its state (RP-1, RP-2); None for one that is over.

    received: the answer · triaged: the dispatch, and for a visit no later than the visit itself · dispatched: the
    technician is there; a unit that is brought or sent in is repaired · in progress: the repair is done · waiting for
    parts: the promised day · done: signed for · signed, solved: the first call · first follow-up: the second call ·
    second follow-up: closed. A promised day that lies later moves the end of the repair.
    """
    clock = _DUE.get(state)
    return clock(_Clocks(course, terms, timezone, calendar)) if clock is not None else None


@dataclass(frozen=True)
class _Clocks:
    """The instants of `due_at`."""

    course: Course
    terms: Terms
    timezone: str
    calendar: Calendar

    @property
    def received_on(self) -> dt.date:
        return self.course.received_at.astimezone(ZoneInfo(self.timezone)).date()

    def working(self, start: dt.date | None, days: int) -> dt.datetime:
        return end_of(self.calendar.add_working_days(start or self.received_on, days), self.timezone)

    def within(self, start: dt.date | None, days: int) -> dt.datetime:
        return end_of(last_day_within(start or self.received_on, days), self.timezone)

    def answered(self) -> dt.datetime:
        return self.course.received_at + dt.timedelta(hours=self.course.respond_hours)

    def repaired(self) -> dt.datetime:
        due = self.working(None, self.terms.repair_working_days)
        promised = self.course.next_on
        return due if promised is None else max(due, end_of(promised, self.timezone))

    def there(self) -> dt.datetime:
        if self.course.way is not Way.ON_SITE:
            return self.repaired()
        rural = self.course.area is Area.RURAL
        hours = self.terms.onsite_hours_rural if rural else self.terms.onsite_hours_urban
        return self.course.received_at + dt.timedelta(hours=hours)

    def dispatched(self) -> dt.datetime:
        return min(self.working(None, self.terms.dispatch_working_days), self.there())

    def promised(self) -> dt.datetime:
        day = self.course.next_on
        return self.repaired() if day is None else end_of(day, self.timezone)

    def called(self) -> dt.datetime:
        return self.within(self.course.signed_on or self.course.done_on, self.terms.first_follow_up_days)

    def called_again(self) -> dt.datetime:
        return self.within(self.course.first_call_on, self.terms.second_follow_up_days)


_DUE: Mapping[ServiceState, Callable[[_Clocks], dt.datetime]] = {
    _S.RECEIVED: _Clocks.answered,
    _S.TRIAGED: _Clocks.dispatched,
    _S.DISPATCHED: _Clocks.there,
    _S.IN_PROGRESS: _Clocks.repaired,
    _S.WAITING_PARTS: _Clocks.promised,
    _S.DONE: lambda clocks: clocks.working(clocks.course.done_on, WRAP_UP_DAYS),
    _S.SOLVED_REMOTELY: _Clocks.called,
    _S.SIGNED: _Clocks.called,
    _S.FIRST_FOLLOW_UP: _Clocks.called_again,
    _S.SECOND_FOLLOW_UP: lambda clocks: clocks.working(clocks.course.second_call_on, WRAP_UP_DAYS),
}


def call_from(course: Course, terms: Terms) -> dt.date | None:
    """The day from which the first call makes sense (RP-2: due 3 to 7 days after the repair); None before it ends."""
    over = course.signed_on or course.done_on
    return last_day_within(over, terms.follow_up_from_days) if over is not None else None


def due_words(due: dt.datetime, timezone: str) -> str:
    """A due instant as people read it: the day alone where it is that day's end, else day and time."""
    local = due.astimezone(ZoneInfo(timezone))
    if (local.hour, local.minute) == (0, 0):
        return (local.date() - dt.timedelta(days=1)).isoformat()
    return local.strftime("%Y-%m-%d %H:%M")


#: With less than this left a clock is marked.
SOON = dt.timedelta(hours=4)


def time_left(due: dt.datetime, now: dt.datetime) -> tuple[str, T]:
    """Tone and words of a clock: `3 h left`, `overdue by 1 d 2 h`."""
    minutes = int(abs((due - now).total_seconds()) // 60)
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        span = T("{days} d {hours} h", days=days, hours=hours)
    elif hours:
        span = T("{hours} h", hours=hours)
    else:
        span = T("{minutes} min", minutes=minutes)
    if now > due:
        return "bad", T("overdue by {time}", time=span)
    return "warn" if due - now < SOON else "info", T("{time} left", time=span)


class EscalationLevel(StrEnum):
    """To whom something overdue was escalated (RP-2)."""

    OWNER = "owner"
    REVIEWER = "reviewer"

    @property
    def tone(self) -> str:
        return "warn" if self is EscalationLevel.OWNER else "bad"


def escalation(
    due: dt.datetime, now: dt.datetime, told: dict[EscalationLevel, dt.datetime]
) -> EscalationLevel | None:
    """Who has to be told now of a request that was due at `due`; None: nobody, or everybody knows.

    `told`: when each level was told of this very clock. First the dealer's owner; if a day later it is still
    overdue, the manufacturer's reviewer; each once.
    """
    if now <= due:
        return None
    if EscalationLevel.OWNER not in told:
        return EscalationLevel.OWNER
    if EscalationLevel.REVIEWER not in told and now >= told[EscalationLevel.OWNER] + PATIENCE:
        return EscalationLevel.REVIEWER
    return None
