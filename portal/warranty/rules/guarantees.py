"""The three guarantees (EN-13): a clock for each unit, and what a consumer may choose on a day.

Repairs and waiting for parts stop the clock: the days in which the consumer could not use the unit are added to its
warranty, days that overlap once. An exchange starts it anew; what happened before counts no more. The days in which
refund or exchange may be chosen are counted from the sale (or the exchange) and are not prolonged.

Sold on 2026-05-10 with 12 months, 7, 15 days and 2 repairs: refund through 2026-05-17, exchange through 2026-05-25,
repair through 2027-05-10; ten days in repair make that 2027-05-20, a second failed repair allows an exchange again.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from portal.agreements.rules import CLAUSES, CostClass
from portal.kernel.period import last_day_within
from portal.kernel.text import T
from portal.warranty.rules.entitlement import Cause, Coverage, Reason, entitlement


class EventKind(StrEnum):
    """What happens to the clock of a unit."""

    #: The unit is out of use from this day: it came in for repair, or a part is waited for.
    PAUSED = "paused"
    #: It was handed back on this day.
    RESUMED = "resumed"
    #: It was out of use for so many days, up to this day.
    PROLONGED = "prolonged"
    #: A performance fault was not put right by a repair finished on this day.
    FAILED_REPAIR = "failed_repair"
    #: The consumer got another unit, this one, on this day.
    RESTARTED = "restarted"


@dataclass(frozen=True)
class Event:
    """One entry of the clock; the last entry of a kind and document is the one that counts."""

    kind: EventKind
    date: dt.date
    document: str
    days: int = 0
    #: A later entry says that it did not happen after all.
    withdrawn: bool = False


@dataclass(frozen=True)
class Clock:
    """How the clock of a unit stands at the end of a day."""

    prolonged_days: int = 0
    restarted_on: dt.date | None = None
    failed_repairs: int = 0


def read_clock(events: Iterable[Event], on: dt.date) -> Clock:
    """The clock on a day by the events up to it, given in the order in which they were written."""
    last = {(event.kind, event.document): event for event in events}
    kept = [event for event in last.values() if not event.withdrawn and event.date <= on]
    restarted = max((event.date for event in kept if event.kind is EventKind.RESTARTED), default=None)
    failed = [
        event
        for event in kept
        if event.kind is EventKind.FAILED_REPAIR and (restarted is None or event.date > restarted)
    ]
    return Clock(_days_out_of_use(kept, restarted, on), restarted, len(failed))


def _days_out_of_use(events: list[Event], restarted: dt.date | None, on: dt.date) -> int:
    """How many days the spans cover together, since the restart."""
    counted, reached = 0, restarted or dt.date.min
    for first, last in sorted(_spans(events, on)):
        counted += max((last - max(first, reached)).days, 0)
        reached = max(reached, last)
    return counted


def _spans(events: list[Event], on: dt.date) -> Iterator[tuple[dt.date, dt.date]]:
    """Each time out of use: the day of handing in, and the day of handing back or the present one."""
    back = {event.document: event.date for event in events if event.kind is EventKind.RESUMED}
    for event in events:
        if event.kind is EventKind.PROLONGED:
            yield event.date - dt.timedelta(days=event.days), event.date
        elif event.kind is EventKind.PAUSED:
            yield event.date, back.get(event.document, on)


class Choice(StrEnum):
    """What a consumer may choose."""

    REFUND = "refund"
    EXCHANGE = "exchange"
    REPAIR = "repair"


@dataclass(frozen=True)
class Choices:
    """What the consumer may choose on a day, and why, in words."""

    open: tuple[Choice, ...]
    reasons: tuple[Reason, ...]


def consumer_choices(
    coverage: Coverage,
    day: dt.date,
    cause: Cause = Cause.PRODUCT,
    *,
    performance: bool = True,
    component: str | None = None,
) -> Choices:
    """What the consumer may choose for a fault that showed on `day` (EN-13).

    `performance`: the fault keeps the unit from doing its work; other faults are repaired. Nothing is open without
    the regime in the terms, for a unit that is not sold, for a fault that the product did not cause, and out of
    warranty.
    """
    terms = coverage.terms
    sale = coverage.sold_on(day)
    if not terms.three_guarantees:
        return _closed("three_guarantees", T("The agreement has no three guarantees."))
    if sale is None:
        return _closed("three_guarantees", T("On {day} the unit had no accepted warranty card.", day=day))
    if cause is not Cause.PRODUCT:
        return _closed("three_guarantees", T("The fault was not caused by the product."))
    covered = entitlement(coverage, day, cause, component)
    if covered.cost_class is not CostClass.IN_WARRANTY:
        return Choices((), covered.reasons)
    first = coverage.first_day(sale.sale_date)
    for key, choices, text in (
        (
            "refund_days",
            tuple(Choice),
            T("Refund, exchange or repair through {last}.", last=_end(first, terms.refund_days)),
        ),
        (
            "exchange_days",
            (Choice.EXCHANGE, Choice.REPAIR),
            T("Exchange or repair through {last}.", last=_end(first, terms.exchange_days)),
        ),
    ):
        if performance and day <= _end(first, getattr(terms, key)):
            return Choices(choices, (Reason("EN-13", text, CLAUSES[key].number), *covered.reasons))
    reason = Reason(
        "EN-13",
        T(
            "Failed repairs of a performance fault: {done} of {needed}.",
            done=coverage.failed_repairs,
            needed=terms.repairs_before_exchange,
        ),
        CLAUSES["repairs_before_exchange"].number,
    )
    if performance and coverage.failed_repairs >= terms.repairs_before_exchange:
        return Choices((Choice.EXCHANGE, Choice.REPAIR), (reason, *covered.reasons))
    return Choices((Choice.REPAIR,), (reason, *covered.reasons))


def _end(first: dt.date, days: int) -> dt.date:
    return last_day_within(first, days)


def _closed(key: str, text: T) -> Choices:
    return Choices((), (Reason("EN-13", text, CLAUSES[key].number),))
