"""Monthly forms: months owed, due days, states (MF-2 … MF-4)."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.agreements.rules import Span, Terms
from portal.kernel.errors import RuleBroken
from portal.kernel.findings import Severity
from portal.kernel.period import Month, Quarter
from portal.reports.rules import (
    FORM,
    MISSING,
    FormAction,
    FormState,
    check_submission,
    days_late,
    due_on,
    is_owed,
    months_owed,
)

DAY = dt.date
Q1 = Quarter(2026, 1)


@pytest.mark.parametrize(
    ("span", "months"),
    [
        (Span(DAY(2026, 1, 1)), ["2026-01", "2026-02", "2026-03"]),
        (Span(DAY(2025, 5, 1)), ["2026-01", "2026-02", "2026-03"]),
        (Span(DAY(2026, 2, 15)), ["2026-02", "2026-03"]),
        (Span(DAY(2026, 3, 31)), ["2026-03"]),
        (Span(DAY(2026, 4, 1)), []),
        (Span(DAY(2025, 5, 1), DAY(2026, 2, 1)), ["2026-01", "2026-02"]),
        (Span(DAY(2025, 5, 1), DAY(2025, 12, 31)), []),
    ],
)
def test_forms_are_owed_for_each_month_that_the_agreement_touches(span: Span, months: list[str]) -> None:
    assert [str(month) for month in months_owed(Q1, span, Terms())] == months
    assert months_owed(Q1, span, Terms(forms=False)) == ()


def test_forms_are_due_on_a_day_of_the_next_month() -> None:
    assert due_on(Month(2026, 2), Terms()) == DAY(2026, 3, 3)
    assert due_on(Month(2026, 12), Terms(form_due_day=28)) == DAY(2027, 1, 28)
    assert [days_late(Month(2026, 2), Terms(), DAY(2026, 3, day)) for day in (1, 3, 4, 13)] == [0, 0, 1, 10]


@pytest.mark.parametrize(
    ("today", "found"),
    [
        (DAY(2026, 1, 31), ("MF-3", Severity.BLOCKS, "2026-02 has not begun yet.")),
        (
            DAY(2026, 2, 28),
            (
                "MF-2",
                Severity.WARNING,
                "2026-02 is not over; what is filed later becomes a correction of the next month.",
            ),
        ),
        (DAY(2026, 3, 1), None),
        (DAY(2026, 3, 3), None),
        (DAY(2026, 3, 5), ("MF-3", Severity.WARNING, "Due on 2026-03-03; days late: 2.")),
    ],
)
def test_too_early_blocks_or_warns_and_late_is_said(
    today: dt.date, found: tuple[str, Severity, str] | None
) -> None:
    findings = check_submission(Month(2026, 2), Span(DAY(2026, 1, 1)), Terms(), today)
    assert [(f.rule, f.severity, str(f.text)) for f in findings] == ([] if found is None else [found])


@pytest.mark.parametrize(
    ("span", "terms"), [(Span(DAY(2026, 3, 1)), Terms()), (Span(DAY(2026, 1, 1)), Terms(forms=False))]
)
def test_what_is_not_owed_cannot_be_submitted(span: Span, terms: Terms) -> None:
    findings = check_submission(Month(2026, 2), span, terms, DAY(2026, 3, 5))
    assert [(f.rule, f.severity, str(f.text)) for f in findings] == [
        ("MF-3", Severity.BLOCKS, "No forms are owed for 2026-02.")
    ]


@given(st.dates(DAY(2024, 1, 1), DAY(2027, 1, 1)), st.integers(0, 700))
def test_every_month_of_an_agreement_is_owed_in_exactly_one_quarter(start: dt.date, length: int) -> None:
    span = Span(start, start + dt.timedelta(days=length))
    quarters = [Quarter(year, number) for year in range(2024, 2030) for number in (1, 2, 3, 4)]
    owed = [month for quarter in quarters for month in months_owed(quarter, span, Terms())]
    assert owed == sorted(set(owed))
    assert (owed[0], owed[-1]) == (Month.of(start), Month.of(start + dt.timedelta(days=length)))
    assert all(is_owed(month, span, Terms()) for month in owed)


_MOVES = {
    ("owed", "submit"): "submitted",
    ("returned", "submit"): "submitted",
    ("submitted", "return"): "returned",
    ("submitted", "accept"): "accepted",
}


@pytest.mark.parametrize("state", FormState)
@pytest.mark.parametrize("action", FormAction)
def test_forms_move_as_mf_4_says(state: FormState, action: FormAction) -> None:
    after = _MOVES.get((state.value, action.value))
    if after is None:
        with pytest.raises(RuleBroken) as refused:
            FORM.advance(state, action)
        assert refused.value.rule == "MF-4"
    else:
        assert FORM.advance(state, action).value == after


def test_forms_that_were_returned_are_missing_again() -> None:
    assert {FormState.OWED, FormState.RETURNED} == MISSING
