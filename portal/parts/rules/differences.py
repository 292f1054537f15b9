"""Differences at receipt: what may be reported, what an answer does (PT-7).

Short, wrong and damaged pieces open a case of their own. A credit gives back exactly what the pieces drew, were
paid for or owe; sending again draws, costs and owes nothing a second time; a refusal says why.
"""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

from portal.kernel.calendar import Calendar
from portal.kernel.errors import RuleBroken
from portal.kernel.period import last_day_within
from portal.kernel.text import T

#: Working days in which the manufacturer means to answer a difference (FD-4).
ANSWER_DAYS = 5


def answer_due(filed_on: dt.date, calendar: Calendar) -> dt.date:
    """The last day on which the manufacturer means to answer a difference reported on a day (FD-4)."""
    return calendar.add_working_days(filed_on, ANSWER_DAYS)


class DifferenceKind(StrEnum):
    """What is wrong with pieces that were sent."""

    SHORT = "short"
    #: Another part came.
    WRONG = "wrong"
    DAMAGED = "damaged"


class DifferenceOutcome(StrEnum):
    """How the manufacturer answers."""

    CREDIT = "credit"
    RESHIP = "reship"
    REFUSE = "refuse"


class DifferenceState(StrEnum):
    """How far a case is."""

    #: Waits for the manufacturer's answer.
    OPEN = "open"
    #: Will be sent again; waits for the warehouse.
    TO_RESHIP = "to_reship"
    RESHIPPED = "reshipped"
    CREDITED = "credited"
    REFUSED = "refused"

    @property
    def tone(self) -> str:
        """The colour that pages give it."""
        return _TONES[self]


_TONES = {
    DifferenceState.OPEN: "warn",
    DifferenceState.TO_RESHIP: "info",
    DifferenceState.RESHIPPED: "ok",
    DifferenceState.CREDITED: "ok",
    DifferenceState.REFUSED: "bad",
}


def difference_state(outcome: DifferenceOutcome | None, *, sent_again: bool) -> DifferenceState:
    """The state of a case with this answer (none yet: open)."""
    if outcome is None:
        return DifferenceState.OPEN
    if outcome is DifferenceOutcome.CREDIT:
        return DifferenceState.CREDITED
    if outcome is DifferenceOutcome.REFUSE:
        return DifferenceState.REFUSED
    return DifferenceState.RESHIPPED if sent_again else DifferenceState.TO_RESHIP


def check_receipt(sent: Mapping[str, int], counted: Mapping[str, int]) -> None:
    """PT-7: of each line of a shipment none to all pieces were received. Raises RuleBroken PT-7.

    A line that is not named was not received.
    """
    for part, pieces in counted.items():
        if not 0 <= pieces <= sent.get(part, 0):
            raise RuleBroken(
                "PT-7",
                T(
                    "{part}: {pieces} can't have been received, {sent} were sent.",
                    part=part,
                    pieces=pieces,
                    sent=sent.get(part, 0),
                ),
                field=part,
            )


def check_late_report(
    received_on: dt.date, today: dt.date, days: int, *, part: str, good: int, pieces: int
) -> None:
    """PT-7: a difference found after the receipt is reported within `days` of it, over pieces that counted as good.

    Raises RuleBroken PT-7.
    """
    last = last_day_within(received_on, days)
    if today > last:
        raise RuleBroken("PT-7", T("Differences could be reported until {last}.", last=last))
    if not 1 <= pieces <= good:
        raise RuleBroken(
            "PT-7",
            T(
                "{part}: {pieces} can't be reported, {good} count as received.",
                part=part,
                pieces=pieces,
                good=good,
            ),
            field="pieces",
        )


def check_answer(outcome: DifferenceOutcome, reason: str) -> None:
    """PT-7: a refusal says why. Raises RuleBroken PT-7."""
    if outcome is DifferenceOutcome.REFUSE and not reason.strip():
        raise RuleBroken("PT-7", T("Say why; the other side reads it."), field="reason")
