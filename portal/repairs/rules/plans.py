"""Service plans, the cards sold under them (EN-11), and planned visits (RP-11)."""

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from portal.kernel.errors import RuleBroken
from portal.kernel.money import ZERO
from portal.kernel.period import add_months
from portal.kernel.text import T

#: Customers are reminded so many days before a planned visit (NW-6).
REMIND_DAYS = 14
#: The most of each figure of a plan.
MOST_HOURS, MOST_VISITS, MOST_MONTHS, MOST_PRICE = 240, 99, 120, Decimal("1000000.00")
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,19}")


@dataclass(frozen=True)
class PlanDraft:
    """A plan as it is written: what a card sold under it entitles to."""

    code: str
    name: str
    #: Hours to the first answer to a request.
    respond_hours: int
    #: Visits that a card holds.
    visits: int
    price: Decimal
    #: Months that a card is valid.
    months: int
    #: Maintenance visits that are scheduled when a card is sold; they use up visits of the card when they are done.
    planned: int = 0
    note: str = ""


def check_plan(draft: PlanDraft) -> None:
    """Raises RuleBroken EN-11 for a plan that can't be."""
    if not _CODE.fullmatch(draft.code):
        raise RuleBroken("EN-11", T("A code has up to 20 capital letters, digits and dashes."), field="code")
    if not draft.name.strip():
        raise RuleBroken("EN-11", T("Enter the name of the plan."), field="name")
    bounds = {
        "respond_hours": (draft.respond_hours, 1, MOST_HOURS),
        "visits": (draft.visits, 1, MOST_VISITS),
        "months": (draft.months, 1, MOST_MONTHS),
        "planned": (draft.planned, 0, draft.visits),
    }
    for name, (value, low, high) in bounds.items():
        if not low <= value <= high:
            raise RuleBroken(
                "EN-11",
                T("This must be a whole number from {low} to {high}.", low=low, high=high),
                field=name,
            )
    if not ZERO <= draft.price <= MOST_PRICE:
        raise RuleBroken(
            "EN-11", T("The price must be between 0.00 and {most}.", most=MOST_PRICE), field="price"
        )


class ServiceCardState(StrEnum):
    """What a service card is worth on a day."""

    VALID = "valid"
    USED_UP = "used_up"
    EXPIRED = "expired"
    CANCELLED = "cancelled"

    @property
    def tone(self) -> str:
        return {ServiceCardState.VALID: "ok", ServiceCardState.USED_UP: "info"}.get(self, "mute")


def card_state(day: dt.date, *, ends: dt.date, visits: int, used: int, cancelled: bool) -> ServiceCardState:
    """The state of a card on `day`; one that begins later counts as valid."""
    if cancelled:
        return ServiceCardState.CANCELLED
    if day > ends:
        return ServiceCardState.EXPIRED
    return ServiceCardState.USED_UP if used >= visits else ServiceCardState.VALID


def last_day(starts: dt.date, months: int) -> dt.date:
    """The last valid day of a card: as warranties count, the same day of the month, included (EN-1)."""
    return add_months(starts, months)


def schedule(starts: dt.date, months: int, visits: int) -> list[dt.date]:
    """The due days of planned visits, spread evenly within the months after `starts`, none on the last day.

    Twice in 12 months: after 4 and after 8.
    """
    return [add_months(starts, months * turn // (visits + 1)) for turn in range(1, visits + 1)]


def series(first: dt.date, every_months: int, count: int) -> list[dt.date]:
    """The due days of `count` visits, the first on `first`, then every so many months (RP-11)."""
    return [add_months(first, every_months * turn) for turn in range(count)]


class VisitState(StrEnum):
    """What became of a planned visit."""

    PLANNED = "planned"
    ARRANGED = "arranged"
    DONE = "done"
    SKIPPED = "skipped"

    @property
    def tone(self) -> str:
        return {VisitState.PLANNED: "info", VisitState.ARRANGED: "warn", VisitState.DONE: "ok"}.get(
            self, "mute"
        )


#: Still to be made.
VISITS_OPEN = frozenset({VisitState.PLANNED, VisitState.ARRANGED})


@dataclass(frozen=True)
class VisitDraft:
    """One or more visits to a unit under contract, as they are planned."""

    serial: str
    customer: str
    phone: str
    first: dt.date
    address: str = ""
    what: str = ""
    count: int = 1
    every_months: int = 0


def check_visits(draft: VisitDraft, today: dt.date) -> None:
    """Raises RuleBroken RP-11 for visits that can't be planned so."""
    if draft.first < today:
        raise RuleBroken("RP-11", T("A visit can't be planned for a day that has passed."), field="first")
    if not 1 <= draft.count <= MOST_VISITS:
        raise RuleBroken(
            "RP-11",
            T("This must be a whole number from {low} to {high}.", low=1, high=MOST_VISITS),
            field="count",
        )
    if draft.count > 1 and not 1 <= draft.every_months <= MOST_MONTHS:
        raise RuleBroken("RP-11", T("Say after how many months the next visit is due."), field="every_months")
