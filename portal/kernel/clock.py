"""The only place that reads the calendar. Rules are given their dates; replay and tests set the clock."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

_fixed: ContextVar[dt.datetime | None] = ContextVar("portal_clock", default=None)


def now() -> dt.datetime:
    """The present instant, aware, in UTC."""
    return _fixed.get() or dt.datetime.now(dt.UTC)


def today(timezone: str) -> dt.date:
    """The business date (TM-1): what the calendar shows now in the manufacturer's `timezone`."""
    return now().astimezone(ZoneInfo(timezone)).date()


@contextmanager
def fixed(instant: dt.datetime) -> Iterator[None]:
    """Let the clock stand at `instant` (aware) for the block; used by replay, demo data and tests."""
    if instant.tzinfo is None:
        raise ValueError("the clock needs an aware instant")
    token = _fixed.set(instant.astimezone(dt.UTC))
    try:
        yield
    finally:
        _fixed.reset(token)
