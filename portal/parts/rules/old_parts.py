"""Old parts (PT-9): what is owed and until when, what comes back in a batch, what it clears, what is charged.

A debt is due N days after its day, that day included; what is still open is charged on the day after. What counts is
the day on which a batch arrives at the manufacturer: pieces that arrived in time are not charged while they wait to be
counted. Only what matches clears, the debts that the batch lists first, then the oldest of the same part; what is
charged stays charged, a part that comes back later clears nothing.

    5 valves shipped 2026-07-11, 30 days: due 2026-08-10; 3 back on that day, 2 charged 2026-08-11 at 61.25: 122.50
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from portal.kernel.errors import RuleBroken
from portal.kernel.text import T
from portal.kernel.transitions import Transitions

#: Days before the due day from which a debt is called due soon.
SOON = 7
#: The most pieces of one line.
MOST = 9_999
#: What stands before a line's number where a refusal names the line; a part's code never begins with it.
LINE = "#"
#: The most lines of one batch.
MOST_ITEMS = 200


class OldPartOrigin(StrEnum):
    """Why an old part is owed."""

    #: A part was supplied in exchange for the old one (PT-5).
    EXCHANGE = "exchange"
    #: A part was fitted in a warranty repair, and the terms ask for the old one.
    WARRANTY = "warranty"


class ClearingKind(StrEnum):
    """What became of pieces that were owed."""

    RETURNED = "returned"
    #: Negative pieces: a charge that was taken back.
    CHARGED = "charged"
    #: The part that they were owed for never came, or came damaged (PT-7).
    RELEASED = "released"


class DebtStanding(StrEnum):
    """How a debt stands on a day."""

    OPEN = "open"
    DUE_SOON = "due_soon"
    #: Past its day and not charged yet: it arrived in time and waits to be counted, or its cost is not known.
    OVERDUE = "overdue"
    #: Nothing is open, and some of it was charged.
    CHARGED = "charged"
    #: Nothing is open, and nothing was charged.
    CLEARED = "cleared"

    @property
    def tone(self) -> str:
        """The colour that pages give it."""
        return {"open": "info", "due_soon": "warn", "overdue": "bad", "charged": "bad", "cleared": "ok"}[
            self.value
        ]


class BatchState(StrEnum):
    """Where a batch of old parts is."""

    #: Listed by the dealer; box list and tags can be printed.
    PACKED = "packed"
    SHIPPED = "shipped"
    #: At the manufacturer, not counted yet.
    ARRIVED = "arrived"
    #: Counted and graded; final.
    COUNTED = "counted"
    #: Taken apart before it was sent; final.
    CANCELLED = "cancelled"

    @property
    def tone(self) -> str:
        """The colour that pages give it."""
        return {"packed": "mute", "shipped": "info", "arrived": "warn", "counted": "ok", "cancelled": "mute"}[
            self.value
        ]


class BatchAction(StrEnum):
    SHIP = "ship"
    ARRIVE = "arrive"
    COUNT = "count"
    CANCEL = "cancel"


BATCH = Transitions[BatchState, BatchAction](
    "PT-9",
    {
        (BatchState.PACKED, BatchAction.SHIP): BatchState.SHIPPED,
        (BatchState.PACKED, BatchAction.CANCEL): BatchState.CANCELLED,
        # Somebody who brings the box himself sends nothing.
        (BatchState.PACKED, BatchAction.ARRIVE): BatchState.ARRIVED,
        (BatchState.SHIPPED, BatchAction.ARRIVE): BatchState.ARRIVED,
        (BatchState.ARRIVED, BatchAction.COUNT): BatchState.COUNTED,
    },
)

#: States in which pieces that a batch lists can't be listed again.
UNDER_WAY = frozenset({BatchState.PACKED, BatchState.SHIPPED, BatchState.ARRIVED})


@dataclass(frozen=True)
class Debt:
    """Pieces of one part that are owed; `left` of them are neither back, charged nor let off."""

    id: int
    code: str
    due: dt.date
    left: int


@dataclass(frozen=True)
class Counted:
    """What the warehouse found of one line: `came` pieces, of them `matching`, of these `reusable` (the rest scrap)."""

    came: int
    matching: int
    reusable: int = 0
    note: str = ""


def due_day(day: dt.date, days: int) -> dt.date:
    """The last day on which the old part may be back: `days` after its day (TM-1)."""
    return day + dt.timedelta(days=days)


def charge_day(due: dt.date) -> dt.date:
    """The business date of the charge: the day after the last one."""
    return due + dt.timedelta(days=1)


def standing(left: int, charged: int, due: dt.date, today: dt.date) -> DebtStanding:
    """How a debt with `left` open and `charged` pieces stands."""
    if not left:
        return DebtStanding.CHARGED if charged else DebtStanding.CLEARED
    if due < today:
        return DebtStanding.OVERDUE
    return DebtStanding.DUE_SOON if (due - today).days <= SOON else DebtStanding.OPEN


def allocate(
    debts: Iterable[Debt], came: Mapping[str, int], listed: Mapping[int, int] | None = None
) -> tuple[dict[int, int], dict[str, int]]:
    """Which debts `came` (part → matching pieces) clears: debt → pieces, and part → pieces that clear nothing.

    `listed`: debt → pieces that the batch names; these first, then the oldest of the same part.
    """
    rest = {code: pieces for code, pieces in came.items() if pieces}
    found: dict[int, int] = {}
    ordered = sorted(debts, key=lambda debt: (debt.due, debt.id))
    for wanted in ({debt.id: min(debt.left, (listed or {}).get(debt.id, 0)) for debt in ordered}, None):
        for debt in ordered:
            most = debt.left - found.get(debt.id, 0) if wanted is None else wanted[debt.id]
            pieces = min(most, rest.get(debt.code, 0))
            if pieces > 0:
                found[debt.id] = found.get(debt.id, 0) + pieces
                rest[debt.code] -= pieces
    return found, {code: pieces for code, pieces in rest.items() if pieces}


def release(left: int, charged: int, pieces: int) -> tuple[int, int]:
    """How many of `pieces` that are not owed after all are open still, and how many were charged and are paid back."""
    still_open = min(pieces, left)
    return still_open, min(pieces - still_open, charged)


def to_charge(left: int, due: dt.date, waiting: int, today: dt.date) -> int:
    """Pieces of a debt to charge on a day; `waiting`: those that arrived in time and are not counted yet."""
    return max(left - waiting, 0) if due < today else 0


def check_list(listed: Mapping[int, int], listable: Mapping[int, int]) -> None:
    """PT-9: a batch lists at least one piece, and none that is not owed or that another batch under way lists."""
    if not any(listed.values()):
        raise RuleBroken("PT-9", T("List at least one old part that you send back."), field="items")
    if len(listed) > MOST_ITEMS:
        raise RuleBroken("PT-9", T("A batch has at most {most} lines.", most=MOST_ITEMS), field="items")
    for debt_id, pieces in listed.items():
        if not 0 <= pieces <= listable.get(debt_id, 0):
            raise RuleBroken(
                "PT-9",
                T("Of this part {open} can be listed.", open=listable.get(debt_id, 0)),
                field=str(debt_id),
            )


def check_count(listed: Sequence[int], counted: Sequence[Counted], fields: Sequence[str]) -> None:
    """PT-9: what matches has come, what is reusable matches, and a difference is explained. Raises RuleBroken.

    `listed`: pieces as listed, 0 for what is not on the list; `fields`: what a page calls each line.
    """
    for pieces, found, field in zip(listed, counted, fields, strict=True):
        if not 0 <= found.reusable <= found.matching <= found.came <= MOST:
            raise RuleBroken(
                "PT-9",
                T(
                    "Count again: at most as many can match as came, and at most as many are reusable as match."
                ),
                field=field,
            )
        if (found.came != pieces or found.matching != found.came) and not found.note.strip():
            raise RuleBroken("PT-9", T("Say what is missing, too many or does not match."), field=field)
