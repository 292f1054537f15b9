"""What may be filed, when an answer is due, when a feedback may be closed (QF-1)."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from portal.kernel.errors import RuleBroken
from portal.kernel.findings import Severity, blocking
from portal.kernel.text import T
from portal.quality.rules import (
    CLOCKED,
    FEEDBACK,
    OPEN,
    WITH_DEALER,
    FeedbackAction,
    FeedbackGrade,
    FeedbackState,
    FeedbackSubject,
    SubjectFacts,
    UseUnit,
    answer_by,
    check_answer,
    check_closing,
    check_feedback,
    check_report,
    check_words,
    days_late,
    days_over,
    is_overdue,
    prolonged,
    shown_state,
    time_in_use,
)
from tests.people import TODAY
from tests.quality.line import ANSWER, REPORT, draft

IN_ORDER = SubjectFacts(known=True, photos=2)
BATCH: dict[str, Any] = {"subject": FeedbackSubject.BATCH, "serial": "", "model": "EB-48", "batch": "B1"}
S, A = FeedbackState, FeedbackAction
DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("changes", "facts", "field"),
    [
        ({"serial": " "}, IN_ORDER, "serial"),
        ({}, replace(IN_ORDER, known=False), "serial"),
        ({**BATCH, "model": "NONE"}, replace(IN_ORDER, known=False), "model"),
        ({**BATCH, "batch": " "}, IN_ORDER, "batch"),
        ({"found_on": TODAY + DAY}, IN_ORDER, "found_on"),
        ({"phenomenon": " "}, IN_ORDER, "phenomenon"),
        ({"phenomenon": "x" * 1001}, IN_ORDER, "phenomenon"),
        ({"place": "x" * 201}, IN_ORDER, "place"),
        ({"units": 0}, IN_ORDER, "units"),
        ({"used": -1}, IN_ORDER, "used"),
        ({"repair_number": "BX-2026-000001"}, IN_ORDER, "repair_number"),
    ],
)
def test_what_cannot_be_filed_says_so_beside_its_field(
    changes: dict[str, Any], facts: SubjectFacts, field: str
) -> None:
    found = blocking(check_feedback(draft(**changes), facts, TODAY))
    assert [(one.rule, one.field) for one in found] == [("QF-1", field)]


@pytest.mark.parametrize(
    ("changes", "facts", "words"),
    [
        ({}, IN_ORDER, []),
        ({"found_on": TODAY - 2 * DAY}, IN_ORDER, ["Filed 2 days after it was found"]),
        ({}, replace(IN_ORDER, photos=0), ["There is no photo."]),
        ({"part": "P-1"}, replace(IN_ORDER, part_known=False), ["The catalogue has no part P-1."]),
        ({}, replace(IN_ORDER, open_number="XF-2026-000009"), ["XF-2026-000009 about the same"]),
        (BATCH, replace(IN_ORDER, shipped=False), ["No unit of batch B1"]),
        ({}, replace(IN_ORDER, shipped=False), []),
        (BATCH, replace(IN_ORDER, declared=True), ["declared defective"]),
        ({**BATCH, "subject": FeedbackSubject.MODEL, "batch": ""}, IN_ORDER, []),
        ({"repair_number": "WX-2026-000001", "used": 0, "units": 40}, IN_ORDER, []),
    ],
)
def test_what_is_worth_a_look_does_not_keep_it_from_being_filed(
    changes: dict[str, Any], facts: SubjectFacts, words: list[str]
) -> None:
    found = check_feedback(draft(**changes), facts, TODAY)
    assert not blocking(found)
    assert len(found) == len(words)
    assert all(word in str(one.text) for one, word in zip(found, words, strict=True))
    assert all(one.severity <= Severity.WARNING for one in found)


@pytest.mark.parametrize(
    ("found", "filed", "late"),
    [("2026-05-20", "2026-05-20", 0), ("2026-05-19", "2026-05-20", 1), ("2025-12-31", "2026-01-02", 2)],
)
def test_days_late_are_counted_from_the_finding(found: str, filed: str, late: int) -> None:
    assert days_late(dt.date.fromisoformat(found), dt.date.fromisoformat(filed)) == late


@pytest.mark.parametrize(
    ("sold", "found", "used"),
    [
        ("2026-05-10", "2026-05-20", (10, UseUnit.DAYS)),
        ("2026-05-20", "2026-05-20", (0, UseUnit.DAYS)),
        ("2026-03-22", "2026-05-20", (59, UseUnit.DAYS)),
        ("2026-03-21", "2026-05-20", (2, UseUnit.MONTHS)),
        ("2026-05-21", "2026-05-20", None),
    ],
)
def test_the_time_in_use_runs_from_the_sale(sold: str, found: str, used: object) -> None:
    assert time_in_use(dt.date.fromisoformat(sold), dt.date.fromisoformat(found)) == used


@pytest.mark.parametrize(
    ("began", "days", "due"),
    [("2026-05-20", 3, "2026-05-23"), ("2026-12-30", 3, "2027-01-02"), ("2026-02-27", 0, "2026-02-27")],
)
def test_an_answer_is_due_in_calendar_days(began: str, days: int, due: str) -> None:
    assert answer_by(dt.date.fromisoformat(began), days) == dt.date.fromisoformat(due)


def test_the_clock_stands_still_while_a_question_lies_with_the_dealer() -> None:
    due = dt.date(2026, 5, 23)
    assert prolonged(due, dt.date(2026, 5, 21), dt.date(2026, 5, 21)) == due
    assert prolonged(due, dt.date(2026, 5, 21), dt.date(2026, 5, 26)) == dt.date(2026, 5, 28)


@pytest.mark.parametrize("state", list(FeedbackState))
def test_only_what_the_manufacturer_owes_is_overdue(state: FeedbackState) -> None:
    owed = state in (S.SUBMITTED, S.IN_WORK, S.TO_RELEASE)
    assert is_overdue(state, TODAY, TODAY + DAY) is owed
    assert not is_overdue(state, TODAY, TODAY)
    assert days_over(state, TODAY, TODAY + 4 * DAY) == (4 if owed else 0)


def test_every_open_state_is_somebodys_turn_and_a_closed_one_is_over() -> None:
    assert CLOCKED | WITH_DEALER | {S.CLOSING} == OPEN
    assert not CLOCKED & WITH_DEALER
    assert not FEEDBACK.actions(S.CLOSED)
    assert all(FEEDBACK.actions(state) for state in OPEN)


@pytest.mark.parametrize(
    ("state", "action"),
    [
        (S.SUBMITTED, A.ANSWER),
        (S.SUBMITTED, A.ASK),
        (S.SUBMITTED, A.REPORT),
        (S.ANSWERED, A.TELL),
        (S.ANSWERED, A.CLOSE),
        (S.CLOSING, A.AGREE),
        (S.CLOSED, A.UPGRADE),
    ],
)
def test_what_is_not_possible_now_is_refused(state: FeedbackState, action: FeedbackAction) -> None:
    with pytest.raises(RuleBroken) as refused:
        FEEDBACK.advance(state, action)
    assert refused.value.rule == "QF-1"


def test_the_dealer_does_not_read_that_an_answer_waits_for_its_release() -> None:
    assert shown_state(S.TO_RELEASE, to_dealer=True) is S.IN_WORK
    assert shown_state(S.TO_RELEASE, to_dealer=False) is S.TO_RELEASE
    assert [shown_state(s, to_dealer=True) for s in S if s is not S.TO_RELEASE] == [
        s for s in S if s is not S.TO_RELEASE
    ]


@pytest.mark.parametrize(
    ("changes", "grade", "reported", "field"),
    [
        ({"cause": " "}, "ordinary", False, "cause"),
        ({"corrective": ""}, "ordinary", False, "corrective"),
        ({"cause": "x" * 1001}, "ordinary", False, "cause"),
        ({"department": "x" * 61}, "ordinary", False, "department"),
        ({"offers": True}, "major", False, "offers"),
        ({"offers": True}, "major", True, None),
        ({"offers": True}, "ordinary", False, None),
        ({}, "major", False, None),
    ],
)
def test_an_answer_says_cause_and_measures_and_closes_no_major_one_without_its_report(
    changes: dict[str, Any], grade: str, reported: bool, field: str | None
) -> None:
    said = replace(ANSWER, **changes)
    if field is None:
        check_answer(said, FeedbackGrade(grade), reported=reported)
        return
    with pytest.raises(RuleBroken) as refused:
        check_answer(said, FeedbackGrade(grade), reported=reported)
    assert (refused.value.rule, refused.value.field) == ("QF-1", field)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"found": ""}, "found"),
        ({"cause": " "}, "cause"),
        ({"corrective": ""}, "corrective"),
        ({"verification": ""}, "verification"),
        ({"verification": "x" * 501}, "verification"),
        ({"units": -1}, "units"),
        ({"done_on": TODAY + DAY}, "done_on"),
    ],
)
def test_a_service_report_is_complete(changes: dict[str, Any], field: str) -> None:
    check_report(REPORT, TODAY)
    with pytest.raises(RuleBroken) as refused:
        check_report(replace(REPORT, **changes), TODAY)
    assert (refused.value.rule, refused.value.field) == ("QF-1", field)


def test_only_a_major_one_needs_a_report_to_be_closed() -> None:
    check_closing(FeedbackGrade.ORDINARY, reported=False)
    check_closing(FeedbackGrade.MAJOR, reported=True)
    with pytest.raises(RuleBroken, match="service report"):
        check_closing(FeedbackGrade.MAJOR, reported=False)


def test_words_are_asked_for_and_kept_short() -> None:
    assert check_words("  好 ", T("Say why.")) == "好"
    for text in (" ", "x" * 501):
        with pytest.raises(RuleBroken) as refused:
            check_words(text, T("Say why."))
        assert refused.value.field == "text"
