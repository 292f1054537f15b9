"""The three guarantees: the clock of a unit, and what a consumer may choose on a day (EN-13)."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.agreements.rules import Terms
from portal.warranty.rules import (
    Cause,
    Choice,
    Clock,
    Coverage,
    Event,
    EventKind,
    Sale,
    consumer_choices,
    read_clock,
)

DAY = dt.date
PAUSED, RESUMED = EventKind.PAUSED, EventKind.RESUMED
PROLONGED, FAILED, RESTARTED = EventKind.PROLONGED, EventKind.FAILED_REPAIR, EventKind.RESTARTED
REGIME = Coverage(
    serial="A1",
    model="EB-48",
    batch="B1",
    shipped_on=DAY(2026, 5, 1),
    received_on=DAY(2026, 5, 4),
    months=12,
    components={"LAMP": 0},
    terms=Terms(three_guarantees=True),
    sale=Sale("BXK-2026-000001", DAY(2026, 5, 10), late=False, waived=False),
)


JULY = DAY(2026, 7, 1)


def june(day: int) -> dt.date:
    return DAY(2026, 6, day)


@pytest.mark.parametrize(
    ("events", "on", "clock"),
    [
        ([], june(1), Clock()),
        # ten days in repair, told afterwards
        ([Event(PROLONGED, june(20), "WX-1", 10)], june(20), Clock(10)),
        ([Event(PROLONGED, june(20), "WX-1", 10)], june(19), Clock(0)),
        # stopped on 1 June: it grows day by day until the unit is handed back
        ([Event(PAUSED, june(1), "WX-1")], june(4), Clock(3)),
        ([Event(PAUSED, june(1), "WX-1"), Event(RESUMED, june(6), "WX-1")], JULY, Clock(5)),
        # waiting for a part within the same repair counts once
        ([Event(PAUSED, june(1), "WX-1"), Event(PAUSED, june(3), "BL-1"),
          Event(RESUMED, june(8), "BL-1"), Event(RESUMED, june(10), "WX-1")], JULY, Clock(9)),
        ([Event(PROLONGED, june(10), "WX-1", 5), Event(PROLONGED, june(12), "WX-2", 4)], JULY, Clock(7)),
        ([Event(PROLONGED, june(10), "WX-1", 2), Event(PROLONGED, june(20), "WX-2", 3)], JULY, Clock(5)),
        # a corrected document speaks last; a withdrawn one not at all
        ([Event(PROLONGED, june(10), "WX-1", 5), Event(PROLONGED, june(10), "WX-1", 2)], JULY, Clock(2)),
        ([Event(FAILED, june(10), "WX-1"), Event(FAILED, june(10), "WX-1", withdrawn=True)], JULY, Clock()),
        ([Event(FAILED, june(10), "WX-1"), Event(FAILED, june(20), "WX-2")], JULY, Clock(failed_repairs=2)),
        # an exchange starts anew
        ([Event(FAILED, june(10), "WX-1"), Event(PROLONGED, june(10), "WX-1", 5), Event(RESTARTED, june(15), "RMA-1")],
         JULY, Clock(0, june(15), 0)),
        ([Event(PAUSED, june(10), "WX-1"), Event(RESTARTED, june(15), "RMA-1"), Event(FAILED, june(25), "WX-2"),
          Event(RESUMED, june(17), "WX-1")], JULY, Clock(2, june(15), 1)),
        ([Event(RESTARTED, june(15), "RMA-1")], june(14), Clock()),
    ],
)  # fmt: skip
def test_the_clock_stops_in_repair_and_starts_anew_after_an_exchange(
    events: list[Event], on: dt.date, clock: Clock
) -> None:
    assert read_clock(events, on) == clock


RESTARTED_UNIT = replace(REGIME, restarted_on=DAY(2026, 8, 1))
NO_REFUND = replace(REGIME, terms=Terms(three_guarantees=True, refund_days=0))
FAILED_REPAIRS = "Failed repairs of a performance fault: {} of 2."
ALL, TWO, ONE = tuple(Choice), (Choice.EXCHANGE, Choice.REPAIR), (Choice.REPAIR,)


@pytest.mark.parametrize(
    ("coverage", "day", "choices", "said"),
    [
        (REGIME, DAY(2026, 5, 10), ALL, "Refund, exchange or repair through 2026-05-17."),
        (REGIME, DAY(2026, 5, 17), ALL, "Refund, exchange or repair through 2026-05-17."),
        (REGIME, DAY(2026, 5, 18), TWO, "Exchange or repair through 2026-05-25."),
        (REGIME, DAY(2026, 5, 25), TWO, "Exchange or repair through 2026-05-25."),
        (REGIME, DAY(2026, 5, 26), ONE, FAILED_REPAIRS.format(0)),
        (replace(REGIME, failed_repairs=1), DAY(2026, 8, 1), ONE, FAILED_REPAIRS.format(1)),
        (replace(REGIME, failed_repairs=2), DAY(2026, 8, 1), TWO, FAILED_REPAIRS.format(2)),
        (replace(REGIME, failed_repairs=2), DAY(2027, 5, 10), TWO, FAILED_REPAIRS.format(2)),
        (replace(REGIME, failed_repairs=2), DAY(2027, 5, 11), (), "The warranty ended on 2027-05-10."),
        (replace(REGIME, failed_repairs=2, prolonged_days=1), DAY(2027, 5, 11), TWO, FAILED_REPAIRS.format(2)),
        (RESTARTED_UNIT, DAY(2026, 8, 8), ALL, "Refund, exchange or repair through 2026-08-08."),
        (replace(REGIME, sale=None), DAY(2026, 5, 10), (), "On 2026-05-10 the unit had no accepted warranty card."),
        (replace(REGIME, terms=Terms()), DAY(2026, 5, 10), (), "The agreement has no three guarantees."),
        (NO_REFUND, DAY(2026, 5, 11), TWO, "Exchange or repair through 2026-05-25."),
    ],
)  # fmt: skip
def test_what_the_consumer_may_choose(
    coverage: Coverage, day: dt.date, choices: tuple[Choice, ...], said: str
) -> None:
    found = consumer_choices(coverage, day)
    assert found.open == choices
    assert str(found.reasons[0].text) == said


def test_only_a_performance_fault_of_the_product_gives_more_than_a_repair() -> None:
    assert consumer_choices(REGIME, DAY(2026, 5, 11), performance=False).open == ONE
    assert consumer_choices(REGIME, DAY(2026, 5, 11), Cause.USER).open == ()
    assert consumer_choices(REGIME, DAY(2026, 5, 11), component="lamp").open == ()


_EVENTS = st.lists(
    st.builds(
        Event,
        st.sampled_from([PAUSED, RESUMED, PROLONGED, FAILED]),
        st.dates(DAY(2026, 5, 10), DAY(2027, 12, 31)),
        st.sampled_from(["WX-1", "WX-2", "WX-3"]),
        st.integers(0, 30),
    ),
    max_size=8,
)


@given(_EVENTS, st.dates(DAY(2026, 5, 10), DAY(2028, 6, 30)))
def test_a_day_that_passes_without_an_event_never_opens_a_warranty_that_had_ended(
    events: list[Event], day: dt.date
) -> None:
    after = day + dt.timedelta(1)
    if any(event.date == after for event in events):
        return

    def covered(on: dt.date) -> bool:
        moved = replace(REGIME, prolonged_days=read_clock(events, on).prolonged_days)
        return on <= moved.last_day(DAY(2026, 5, 10))

    assert covered(day) or not covered(after)
