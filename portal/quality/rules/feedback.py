"""Quality feedback (QF-1): what may be filed, when it is due, when it may be closed.

A feedback is about a unit, a production batch, or a model as a whole. The manufacturer answers within N days (a term)
in rounds: an objection, a proposal to close that is not shared, and an upgrade begin the next one, and the clock with
it. While the manufacturer waits for what it asked, its clock stands still.
"""

import datetime as dt
import re
from dataclasses import dataclass

from portal.kernel.errors import RuleBroken
from portal.kernel.findings import Finding, Severity
from portal.kernel.text import T
from portal.quality.rules.words import (
    CLOCKED,
    FeedbackGrade,
    FeedbackState,
    FeedbackSubject,
    UseUnit,
)

RULE = "QF-1"
#: Characters of a text, by field.
LENGTHS = {
    "place": 200,
    "conditions": 500,
    "phenomenon": 1000,
    "measures": 500,
    "judgement": 500,
    "suggestion": 500,
    "part": 40,
    "department": 60,
    "cause": 1000,
    "corrective": 1000,
    "found": 1000,
    "verification": 500,
    "in_charge": 60,
    "text": 500,
}
MOST_UNITS = 100_000
#: How a repair record is numbered.
_REPAIR = re.compile(r"WX-[0-9]{4}-[0-9]{6,9}")
#: Days in use from which months are said.
_DAYS_A_MONTH = 30


@dataclass(frozen=True, kw_only=True)
class FeedbackDraft:
    """What a dealer says of a problem; texts as typed, empty where nothing was said."""

    subject: FeedbackSubject
    found_on: dt.date
    phenomenon: str
    serial: str = ""
    model: str = ""
    batch: str = ""
    grade: FeedbackGrade = FeedbackGrade.ORDINARY
    #: Time in use; None for a unit: counted from the sale on its card, if it has one.
    used: int | None = None
    use_unit: UseUnit = UseUnit.DAYS
    units: int = 1
    place: str = ""
    conditions: str = ""
    measures: str = ""
    judgement: str = ""
    suggestion: str = ""
    #: Code of the part or component, as it is known.
    part: str = ""
    repair_number: str = ""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the manufacturer answers."""

    cause: str
    corrective: str
    department: str = ""
    complete_on: dt.date | None = None
    #: The manufacturer proposes to close it with this answer.
    offers: bool = False


@dataclass(frozen=True, kw_only=True)
class Report:
    """The service report that ends a major one (服务报告)."""

    found: str
    cause: str
    corrective: str
    units: int
    verification: str
    done_on: dt.date


@dataclass(frozen=True)
class SubjectFacts:
    """What is known of the subject when it is filed."""

    #: The model exists; of a unit: its serial was shipped.
    known: bool
    #: A batch of which units were shipped, as far as the dealer sees.
    shipped: bool = True
    declared: bool = False
    part_known: bool = True
    photos: int = 0
    #: An open feedback of the same dealer about the same.
    open_number: str = ""


def check_feedback(draft: FeedbackDraft, facts: SubjectFacts, today: dt.date) -> list[Finding]:
    """Everything that is found about a feedback before it is filed on `today`, in the order of the form."""
    return [
        *_about(draft, facts),
        *_day(draft, today),
        *_texts(draft),
        *_hints(draft, facts),
    ]


def _about(draft: FeedbackDraft, facts: SubjectFacts) -> list[Finding]:
    if draft.subject is FeedbackSubject.UNIT:
        if not draft.serial.strip():
            return [_block(T("Enter the serial on the plate."), "serial")]
        if not facts.known:
            return [_block(T("Serial {serial} is not known.", serial=draft.serial), "serial")]
        return []
    if not facts.known:
        return [_block(T("There is no model {model}.", model=draft.model), "model")]
    if draft.subject is FeedbackSubject.BATCH and not draft.batch.strip():
        return [_block(T("Enter the production batch."), "batch")]
    return []


def _day(draft: FeedbackDraft, today: dt.date) -> list[Finding]:
    if draft.found_on > today:
        return [_block(T("The problem can't have been found in the future."), "found_on")]
    late = days_late(draft.found_on, today)
    if not late:
        return []
    text = T("Filed {days} days after it was found; it is due on the same day.", days=late)
    return [Finding(RULE, Severity.WARNING, text, "found_on")]


def _texts(draft: FeedbackDraft) -> list[Finding]:
    found = []
    if not draft.phenomenon.strip():
        found.append(_block(T("Say what is wrong."), "phenomenon"))
    for name, most in LENGTHS.items():
        if len(getattr(draft, name, "").strip()) > most:
            found.append(_block(T("This has more than {longest} characters.", longest=most), name))
    if not 1 <= draft.units <= MOST_UNITS:
        found.append(_block(T("Enter how many units have the problem."), "units"))
    if draft.used is not None and not 0 <= draft.used <= 10_000:
        found.append(_block(T("Enter how long it was in use."), "used"))
    if draft.repair_number and not _REPAIR.fullmatch(draft.repair_number):
        text = T("Enter the number of a repair record, such as WX-2026-000001.")
        found.append(_block(text, "repair_number"))
    return found


def _hints(draft: FeedbackDraft, facts: SubjectFacts) -> list[Finding]:
    found = []
    if facts.open_number:
        text = T("{number} about the same is still open.", number=facts.open_number)
        cure = T("Add to that one, unless this is another problem.")
        found.append(Finding(RULE, Severity.WARNING, text, cure=cure))
    if draft.subject is FeedbackSubject.BATCH and not facts.shipped:
        text = T("No unit of batch {batch} is known to you.", batch=draft.batch)
        found.append(Finding(RULE, Severity.WARNING, text, "batch", cure=T("Compare it with the plate.")))
    if facts.declared:
        text = T("This batch is declared defective: a return is at the manufacturer's cost.")
        found.append(Finding("RT-6", Severity.NOTE, text))
    if draft.part and not facts.part_known:
        text = T("The catalogue has no part {code}.", code=draft.part)
        found.append(Finding(RULE, Severity.WARNING, text, "part"))
    if not facts.photos:
        cure = T("A photo of the plate and one of the fault save a question.")
        found.append(Finding(RULE, Severity.WARNING, T("There is no photo."), cure=cure))
    return found


def _block(text: T, field: str) -> Finding:
    return Finding(RULE, Severity.BLOCKS, text, field)


def days_late(found_on: dt.date, filed_on: dt.date) -> int:
    """Days from the finding to the filing; 0 is the day itself, as it should be."""
    return max((filed_on - found_on).days, 0)


def time_in_use(sold_on: dt.date, found_on: dt.date) -> tuple[int, UseUnit] | None:
    """How long a unit was in use from its sale on; whole months of 30 days from two months on.

    None when it was found before it was sold: it stood in the shop.
    """
    days = (found_on - sold_on).days
    if days < 0:
        return None
    if days < 2 * _DAYS_A_MONTH:
        return days, UseUnit.DAYS
    return days // _DAYS_A_MONTH, UseUnit.MONTHS


def answer_by(began_on: dt.date, days: int) -> dt.date:
    """The last day of the answer to a round that began on a day: calendar days, the first not counted (TM-1)."""
    return began_on + dt.timedelta(days=days)


def prolonged(due_on: dt.date, asked_on: dt.date, told_on: dt.date) -> dt.date:
    """The last day of the answer when a question lay with the dealer from `asked_on` to `told_on`."""
    return due_on + max(told_on - asked_on, dt.timedelta())


def is_overdue(state: FeedbackState, due_on: dt.date, today: dt.date) -> bool:
    """Whether the manufacturer's answer should be there."""
    return state in CLOCKED and due_on < today


def days_over(state: FeedbackState, due_on: dt.date, today: dt.date) -> int:
    """Days since the last day of the answer; 0 while there is time, or none is owed."""
    return (today - due_on).days if is_overdue(state, due_on, today) else 0


def shown_state(state: FeedbackState, *, to_dealer: bool) -> FeedbackState:
    """The state as a side reads it: what happens before a release is the manufacturer's own (TN-2)."""
    return FeedbackState.IN_WORK if to_dealer and state is FeedbackState.TO_RELEASE else state


def check_answer(answer: Answer, grade: FeedbackGrade, *, reported: bool) -> None:
    """Raises RuleBroken QF-1: without cause or measures, or a major one is to be closed without its report."""
    for name, text in (
        ("cause", T("Say what caused it, as far as it is known.")),
        ("corrective", T("Say what is done about it.")),
    ):
        if not getattr(answer, name).strip():
            raise RuleBroken(RULE, text, field=name)
    check_lengths(answer)
    if answer.offers:
        check_closing(grade, reported=reported, field="offers")


def check_report(report: Report, today: dt.date) -> None:
    """Raises RuleBroken QF-1 when something of it is missing, or its day is to come."""
    for name, text in (
        ("found", T("Say what was found.")),
        ("cause", T("Say what caused it, as far as it is known.")),
        ("corrective", T("Say what is done about it.")),
        ("verification", T("Say how it was verified.")),
    ):
        if not getattr(report, name).strip():
            raise RuleBroken(RULE, text, field=name)
    check_lengths(report)
    if not 0 <= report.units <= MOST_UNITS:
        raise RuleBroken(RULE, T("Enter how many units were treated."), field="units")
    if report.done_on > today:
        raise RuleBroken(RULE, T("The report is about what has been done; its day can't be in the future."),
                         field="done_on")  # fmt: skip


def check_lengths(said: Answer | Report) -> None:
    """Raises RuleBroken QF-1 for a text that is too long, with its field."""
    for name, most in LENGTHS.items():
        if len(getattr(said, name, "")) > most and isinstance(getattr(said, name), str):
            raise RuleBroken(RULE, T("This has more than {longest} characters.", longest=most), field=name)


def check_words(text: str, ask: T, field: str = "text") -> str:
    """What was said, without outer space. Raises RuleBroken QF-1 (with the words `ask`) for nothing, or too much."""
    said = text.strip()
    if not said:
        raise RuleBroken(RULE, ask, field=field)
    if len(said) > LENGTHS["text"]:
        most = LENGTHS["text"]
        raise RuleBroken(RULE, T("This has more than {longest} characters.", longest=most), field=field)
    return said


def check_closing(grade: FeedbackGrade, *, reported: bool, field: str | None = None) -> None:
    """Raises RuleBroken QF-1 when a major feedback is to be closed without its service report."""
    if grade is FeedbackGrade.MAJOR and not reported:
        raise RuleBroken(RULE, T("A major feedback ends with a service report; write it first."), field=field)
