"""Follow-up calls (RP-8): what is asked, what counts as a call, and the month's rate against its minimum."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from portal.kernel.errors import RuleBroken
from portal.kernel.text import T

#: After so many tries that nobody answered a call counts as made without a result.
MOST_TRIES = 3
#: The most characters of an opinion or complaint.
LONGEST_OPINION = 500


class CallResult(StrEnum):
    """What came of a call."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    DECLINED = "declined"

    @property
    def tone(self) -> str:
        return {CallResult.REACHED: "ok", CallResult.NOT_REACHED: "warn"}.get(self, "mute")


class SatisfactionItem(StrEnum):
    """What customers grade, from 1 (very dissatisfied) to 5 (very satisfied)."""

    ATTITUDE = "attitude"
    RESPONSE = "response"
    SPEED = "speed"
    QUALITY = "quality"
    PRICE = "price"
    PARTS = "parts"
    PRODUCT = "product"


class OpinionTopic(StrEnum):
    """What an opinion or complaint is about; decides the desk that reads it (QF-3)."""

    PRODUCT = "product"
    PACKING = "packing"
    ATTITUDE = "attitude"
    SPEED = "speed"
    WORK = "work"
    PARTS = "parts"
    PRICE = "price"
    DEALER = "dealer"
    PRAISE = "praise"
    OTHER = "other"


GRADES = range(1, 6)


@dataclass(frozen=True)
class CallDraft:
    """One call as the dealer writes it down."""

    result: CallResult
    #: Grade of each item that the customer graded.
    grades: Mapping[SatisfactionItem, int] = field(default_factory=dict)
    complaint: bool = False
    topic: OpinionTopic | None = None
    opinion: str = ""
    note: str = ""


def check_call(draft: CallDraft) -> None:
    """Raises RuleBroken RP-8 for a call that can't be so.

    Grades are 1 to 5 and belong to a customer who was reached, and so do opinions; a call that was answered grades
    at least one item; a complaint is put in words, and words have their topic.
    """
    answered = draft.result is CallResult.REACHED
    if any(grade not in GRADES for grade in draft.grades.values()):
        raise RuleBroken("RP-8", T("A grade is a whole number from 1 to 5."), field="grades")
    if not answered and (draft.grades or draft.complaint or draft.opinion or draft.topic):
        raise RuleBroken(
            "RP-8", T("Grades and opinions belong to a customer who was reached."), field="result"
        )
    if answered and not draft.grades:
        raise RuleBroken("RP-8", T("Enter at least one grade."), field="grades")
    if draft.complaint and not draft.opinion:
        raise RuleBroken("RP-8", T("Put the complaint in words."), field="opinion")
    if draft.opinion and draft.topic is None:
        raise RuleBroken("RP-8", T("Choose what the opinion is about."), field="topic")


def completes(result: CallResult, earlier_tries: int) -> bool:
    """Whether a call completes its follow-up: it was answered or declined, or nobody answered for the third time."""
    return result is not CallResult.NOT_REACHED or earlier_tries + 1 >= MOST_TRIES


@dataclass(frozen=True)
class Rate:
    """The follow-up rate of a month (RP-8): requests whose customer was reached ÷ repairs finished."""

    calls: int
    repairs: int
    #: The minimum in percent, by the terms of the month.
    least: int

    @property
    def percent(self) -> Decimal | None:
        """With one decimal; None for a month without repairs. Above 100 when calls catch up with earlier repairs."""
        if not self.repairs:
            return None
        return (Decimal(self.calls) * 100 / self.repairs).quantize(Decimal("0.1"), ROUND_HALF_UP)

    @property
    def is_enough(self) -> bool:
        """Whether the minimum is kept, judged exactly; a month without repairs keeps it."""
        return self.calls * 100 >= self.least * self.repairs

    @property
    def missing(self) -> int:
        """Calls that are missing to the minimum."""
        return max(0, -(-self.least * self.repairs // 100) - self.calls)


@dataclass(frozen=True)
class ItemMean:
    """One item of the satisfaction statistics (MF-5)."""

    item: SatisfactionItem
    answers: int
    #: With two decimals; None without answers.
    mean: Decimal | None


def means(graded: Iterable[Mapping[str, int]]) -> list[ItemMean]:
    """The mean of every item over the calls that graded it, rounded half up to two decimals."""
    rows = list(graded)
    found = []
    for item in SatisfactionItem:
        values = [row[item.value] for row in rows if item.value in row]
        mean = (
            (Decimal(sum(values)) / len(values)).quantize(Decimal("0.01"), ROUND_HALF_UP) if values else None
        )
        found.append(ItemMean(item, len(values), mean))
    return found
