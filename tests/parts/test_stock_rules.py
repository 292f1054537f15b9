"""A dealer's stock: what may be taken out, how a count is judged, what to ask for next (PT-8)."""

import datetime as dt

import pytest

from portal.kernel.errors import RuleBroken
from portal.kernel.findings import Severity
from portal.parts.rules.stock import (
    MOST_COUNTED,
    MOST_STOCK,
    CountLine,
    Need,
    check_counts,
    check_use,
    use_since,
)


@pytest.mark.parametrize(
    ("stock", "minimum", "used", "on_order", "level", "suggestion"),
    [
        (6, 4, 31, 2, 11, 3),
        (6, 4, 0, 0, 4, 0),
        (3, 4, 0, 0, 4, 1),
        (3, 4, 0, 1, 4, 0),
        (0, 0, 1, 0, 1, 1),
        (0, 0, 0, 0, 0, 0),
        (-2, 0, 0, 0, 0, 2),
        (0, 0, 90, 40, 30, 0),
    ],
)
def test_the_suggestion_fills_up_to_the_minimum_or_to_a_months_use(
    stock: int, minimum: int, used: int, on_order: int, level: int, suggestion: int
) -> None:
    need = Need("P-MOTOR", stock, minimum, used, on_order)
    assert (need.level, need.suggestion) == (level, suggestion)


def test_low_is_below_the_minimum_or_below_nothing() -> None:
    assert Need("P", 3, 4, 0, 0).is_low
    assert not Need("P", 4, 4, 0, 0).is_low
    assert not Need("P", 0, 0, 9, 0).is_low
    assert Need("P", -1, 0, 0, 0).is_low


def test_ninety_days_use_ends_today() -> None:
    assert use_since(dt.date(2026, 3, 31)) == dt.date(2026, 1, 1)


def test_taking_more_than_the_books_hold_needs_a_word_and_leaves_a_warning() -> None:
    assert check_use({"P-MOTOR": 2}, {"P-MOTOR": 2}, confirmed=False) == []
    with pytest.raises(RuleBroken) as error:
        check_use({"P-MOTOR": 2}, {"P-MOTOR": 3, "P-CTRL": 1}, confirmed=False)
    assert (error.value.rule, error.value.field) == ("PT-8", "stock")
    found = check_use({"P-MOTOR": 2}, {"P-MOTOR": 3, "P-CTRL": 1}, confirmed=True)
    assert [(one.severity, one.field) for one in found] == [
        (Severity.WARNING, "P-MOTOR"),
        (Severity.WARNING, "P-CTRL"),
    ]


def test_putting_back_is_never_too_much() -> None:
    assert check_use({"P-MOTOR": -5}, {"P-MOTOR": -1}, confirmed=False) == []


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        (CountLine("P", 5, 4), {}),
        (CountLine("P", 5, 4, " "), {}),
        (CountLine("P", 5, 5), {"P": 6}),
        (CountLine("P", 5, -1, "?"), {}),
        (CountLine("P", 5, MOST_STOCK + 1, "?"), {}),
    ],
)
def test_a_count_is_refused_at_its_part(line: CountLine, seen: dict[str, int]) -> None:
    with pytest.raises(RuleBroken) as error:
        check_counts({"OTHER": CountLine("OTHER", 1, 1), "P": line}, seen)
    assert (error.value.rule, error.value.field) == ("PT-8", "P")


def test_a_count_of_nothing_or_of_too_much_is_refused() -> None:
    for lines in ({}, {str(i): CountLine(str(i), 0, 0) for i in range(MOST_COUNTED + 1)}):
        with pytest.raises(RuleBroken) as error:
            check_counts(lines, {})
        assert error.value.field == "lines"


def test_a_difference_with_its_reason_is_taken() -> None:
    line = CountLine("P", 5, 4, "one broke")
    check_counts({"P": line}, {"P": 5})
    assert line.difference == -1
