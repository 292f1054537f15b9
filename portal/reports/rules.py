"""Monthly forms (MF-1 … MF-4): which months are owed, when they are due, their states.

An agreement that starts on 2026-02-15 owes 2026-02 and 2026-03 for 2026Q1; with `form_due_day` 3 the forms of
2026-02 are due on 2026-03-03 and late from 2026-03-04 on.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from portal.agreements.rules import Span, Terms
from portal.kernel.findings import Finding, Severity
from portal.kernel.money import CENT, ZERO
from portal.kernel.period import Month, Quarter
from portal.kernel.text import T
from portal.kernel.transitions import Transitions


class FormState(StrEnum):
    """The forms of one month."""

    #: Compiled by the portal, not submitted.
    OWED = "owed"
    #: Frozen with a hash; waits for the manufacturer.
    SUBMITTED = "submitted"
    #: With remarks; the dealer corrects and submits again.
    RETURNED = "returned"
    ACCEPTED = "accepted"

    @property
    def tone(self) -> str:
        """The colour of its badge."""
        return {"submitted": "info", "returned": "warn", "accepted": "ok"}.get(self.value, "mute")


class FormAction(StrEnum):
    SUBMIT = "submit"
    RETURN = "return"
    ACCEPT = "accept"


FORM = Transitions[FormState, FormAction](
    "MF-4",
    {
        (FormState.OWED, FormAction.SUBMIT): FormState.SUBMITTED,
        (FormState.RETURNED, FormAction.SUBMIT): FormState.SUBMITTED,
        (FormState.SUBMITTED, FormAction.RETURN): FormState.RETURNED,
        (FormState.SUBMITTED, FormAction.ACCEPT): FormState.ACCEPTED,
    },
)

#: Forms that the dealer has still to send; any of them holds the settlement as missing (ST-4).
MISSING = frozenset({FormState.OWED, FormState.RETURNED})


def is_owed(month: Month, span: Span, terms: Terms) -> bool:
    """Whether forms of `month` are owed: the terms say so and the agreement touches the month."""
    return terms.forms and span.touches(month.first, month.last)


def months_owed(quarter: Quarter, span: Span, terms: Terms) -> tuple[Month, ...]:
    """The months of `quarter` whose forms are owed under the terms of that quarter."""
    return tuple(month for month in quarter.months if is_owed(month, span, terms))


def due_on(month: Month, terms: Terms) -> dt.date:
    """The last day on which the forms of `month` are in time: day N of the next month."""
    return month.next.first + dt.timedelta(days=terms.form_due_day - 1)


def days_late(month: Month, terms: Terms, sent_on: dt.date) -> int:
    """By how many days forms sent on `sent_on` (or still missing then) are late; 0: in time (MF-3)."""
    return max(0, (sent_on - due_on(month, terms)).days)


def check_submission(month: Month, span: Span, terms: Terms, today: dt.date) -> list[Finding]:
    """Before forms are submitted: not owed or not begun blocks, early or late is said (MF-2, MF-3)."""
    if not is_owed(month, span, terms):
        return [Finding("MF-3", Severity.BLOCKS, T("No forms are owed for {month}.", month=month))]
    if today < month.first:
        return [Finding("MF-3", Severity.BLOCKS, T("{month} has not begun yet.", month=month))]
    if today <= month.last:
        return [
            Finding(
                "MF-2",
                Severity.WARNING,
                T(
                    "{month} is not over; what is filed later becomes a correction of the next month.",
                    month=month,
                ),
            )
        ]
    late = days_late(month, terms, today)
    if late:
        return [
            Finding(
                "MF-3",
                Severity.WARNING,
                T("Due on {due}; days late: {days}.", due=due_on(month, terms), days=late),
            )
        ]
    return []


class FormSection(StrEnum):
    """What the figures of a month are compiled from (MF-1)."""

    CARDS = "cards"
    PARTS = "parts"
    REMITTANCES = "remittances"


@dataclass(frozen=True)
class Figure:
    """One figure of a month: where it stands in what is frozen, what it is called, whether it is money."""

    section: FormSection
    key: str
    words: T
    is_money: bool = False

    def of(self, figures: Mapping[str, Any]) -> Decimal | int:
        """Its value in frozen or freshly compiled figures; zero where an older form did not have it."""
        value = figures.get(self.section.value, {}).get(self.key, 0)
        return Decimal(value).quantize(CENT) if self.is_money else int(value)


FIGURES: tuple[Figure, ...] = (
    Figure(FormSection.CARDS, "filed", T("Cards filed")),
    Figure(FormSection.CARDS, "accepted", T("Of these accepted in time")),
    Figure(FormSection.CARDS, "late", T("Of these accepted late")),
    Figure(FormSection.CARDS, "undecided", T("Of these undecided")),
    Figure(FormSection.CARDS, "rejected", T("Of these rejected")),
    Figure(FormSection.CARDS, "void", T("Of these void")),
    Figure(FormSection.CARDS, "withdrawn", T("Of these withdrawn")),
    Figure(FormSection.PARTS, "requests", T("Parts requests filed")),
    Figure(FormSection.PARTS, "requested", T("Requested for"), is_money=True),
    Figure(FormSection.PARTS, "shipments", T("Shipments")),
    Figure(FormSection.PARTS, "drawn", T("Drawn on the fund"), is_money=True),
    Figure(FormSection.PARTS, "express", T("Express surcharges"), is_money=True),
    Figure(FormSection.REMITTANCES, "count", T("Remittances and reversals")),
    Figure(FormSection.REMITTANCES, "amount", T("Remitted"), is_money=True),
)


@dataclass(frozen=True)
class PartLine:
    """One line of the month's list of parts."""

    code: str
    name: str
    unit: str
    pieces: int
    amount: Decimal


def part_lines(figures: Mapping[str, Any]) -> tuple[PartLine, ...]:
    """The parts that were shipped in the month, by code."""
    return tuple(
        PartLine(row["code"], row["name"], row.get("unit", ""), int(row["pieces"]), Decimal(row["amount"]))
        for row in figures.get(FormSection.PARTS.value, {}).get("parts", ())
    )


@dataclass(frozen=True)
class Difference:
    """One figure that reads differently in two sets of figures; `part`: of one part's line."""

    words: T
    before: Decimal | int
    after: Decimal | int
    part: str = ""
    is_money: bool = False


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """What changed between two submissions, or since one (MF-2): figures in their order, then parts by code."""
    found = [
        Difference(figure.words, figure.of(before), figure.of(after), is_money=figure.is_money)
        for figure in FIGURES
        if figure.of(before) != figure.of(after)
    ]
    old, new = ({line.code: line for line in part_lines(figures)} for figures in (before, after))
    for code in sorted(old | new):
        first, second = old.get(code), new.get(code)
        pieces = (first.pieces if first else 0, second.pieces if second else 0)
        if pieces[0] != pieces[1]:
            found.append(Difference(T("Pieces shipped"), *pieces, part=code))
        amounts = (first.amount if first else ZERO, second.amount if second else ZERO)
        if amounts[0] != amounts[1]:
            found.append(Difference(T("Drawn on the fund"), *amounts, part=code, is_money=True))
    return found
