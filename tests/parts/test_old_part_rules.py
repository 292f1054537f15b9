"""Old parts: until when, what a batch clears, what is charged (PT-9)."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.errors import RuleBroken
from portal.parts.rules.old_parts import (
    BATCH,
    MOST,
    BatchAction,
    BatchState,
    Counted,
    Debt,
    DebtStanding,
    allocate,
    charge_day,
    check_count,
    check_list,
    due_day,
    standing,
    to_charge,
)

JULY = dt.date(2026, 7, 11)
DUE = dt.date(2026, 8, 10)


def debt(number: int, left: int, code: str = "P-VALVE", due: dt.date = DUE) -> Debt:
    return Debt(number, code, due, left)


def test_it_is_due_after_the_days_of_the_terms_and_charged_the_day_after() -> None:
    assert due_day(JULY, 30) == DUE
    assert charge_day(DUE) == dt.date(2026, 8, 11)
    assert due_day(JULY, 0) == JULY


@pytest.mark.parametrize(
    ("left", "due_in", "charged", "expected"),
    [
        (2, 8, 0, DebtStanding.OPEN),
        (2, 7, 0, DebtStanding.DUE_SOON),
        (2, 0, 0, DebtStanding.DUE_SOON),
        (2, -1, 0, DebtStanding.OVERDUE),
        (0, -1, 0, DebtStanding.CLEARED),
        (0, -1, 2, DebtStanding.CHARGED),
        (1, -1, 2, DebtStanding.OVERDUE),
    ],
)
def test_a_debt_stands_by_its_day_and_by_what_is_open(
    left: int, due_in: int, charged: int, expected: DebtStanding
) -> None:
    assert standing(left, charged, JULY + dt.timedelta(days=due_in), JULY) is expected


@pytest.mark.parametrize(
    ("left", "waiting", "today", "pieces"),
    [
        (2, 0, DUE, 0),
        (2, 0, DUE + dt.timedelta(days=1), 2),
        (2, 1, DUE + dt.timedelta(days=1), 1),
        (2, 3, DUE + dt.timedelta(days=9), 0),
        (0, 0, DUE + dt.timedelta(days=1), 0),
    ],
)
def test_what_is_open_after_the_last_day_is_charged_but_not_what_waits_to_be_counted(
    left: int, waiting: int, today: dt.date, pieces: int
) -> None:
    assert to_charge(left, DUE, waiting, today) == pieces


def test_what_comes_clears_the_oldest_debts_of_its_part_first() -> None:
    debts = [debt(3, 4), debt(2, 2, due=JULY), debt(1, 9, "P-SEAL")]
    assert allocate(debts, {"P-VALVE": 3}) == ({2: 2, 3: 1}, {})
    assert allocate(debts, {"P-VALVE": 8, "P-SEAL": 1}) == ({2: 2, 3: 4, 1: 1}, {"P-VALVE": 2})


def test_what_the_list_names_is_cleared_before_older_debts() -> None:
    debts = [debt(1, 2, due=JULY), debt(2, 2)]
    assert allocate(debts, {"P-VALVE": 3}, {2: 2}) == ({2: 2, 1: 1}, {})
    assert allocate(debts, {"P-VALVE": 1}, {2: 2}) == ({2: 1}, {})


def test_a_part_that_nobody_owes_clears_nothing() -> None:
    assert allocate([debt(1, 1)], {"P-OTHER": 2, "P-VALVE": 0}) == ({}, {"P-OTHER": 2})


@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from("AB"), st.integers(0, 9)), max_size=6),
    st.dictionaries(st.sampled_from("ABC"), st.integers(0, 12)),
    st.dictionaries(st.integers(0, 5), st.integers(0, 5)),
)
def test_nothing_is_lost_and_no_debt_is_cleared_twice(
    owed: list[tuple[int, str, int]], came: dict[str, int], listed: dict[int, int]
) -> None:
    debts = [
        Debt(number, code, JULY + dt.timedelta(days=due), left)
        for number, (due, code, left) in enumerate(owed)
    ]
    cleared, surplus = allocate(debts, came, listed)
    for found in debts:
        assert 0 <= cleared.get(found.id, 0) <= found.left
    for code in "ABC":
        of_code = sum(cleared.get(found.id, 0) for found in debts if found.code == code)
        assert of_code + surplus.get(code, 0) == came.get(code, 0)
        if surplus.get(code, 0):
            assert all(cleared.get(d.id, 0) == d.left for d in debts if d.code == code)


@pytest.mark.parametrize("listed", [{}, {1: 0}, {1: 3}, {2: 1}, {1: -1, 3: 1}])
def test_a_batch_lists_only_what_is_owed_and_at_least_one_piece(listed: dict[int, int]) -> None:
    with pytest.raises(RuleBroken) as error:
        check_list(listed, {1: 2, 3: 5})
    assert error.value.rule == "PT-9"


@pytest.mark.parametrize(
    ("pieces", "found"),
    [
        (2, Counted(2, 2, 3)),
        (2, Counted(2, 3)),
        (2, Counted(-1, -1)),
        (0, Counted(MOST + 1, 0, 0, "?")),
        (2, Counted(1, 1)),
        (2, Counted(2, 1, 0, "  ")),
        (0, Counted(1, 1)),
    ],
)
def test_a_count_that_cant_be_or_differs_without_a_word_is_refused(pieces: int, found: Counted) -> None:
    with pytest.raises(RuleBroken) as error:
        check_count([1, pieces], [Counted(1, 1, 1), found], ["1", "2"])
    assert (error.value.rule, error.value.field) == ("PT-9", "2")


def test_a_count_with_the_difference_in_words_is_taken() -> None:
    check_count(
        [2, 1, 0],
        [Counted(2, 2, 2), Counted(1, 0, 0, "another model"), Counted(3, 3, 0, "not listed")],
        ["1", "2", "X"],
    )


def test_a_batch_goes_from_the_list_to_the_count_and_no_other_way() -> None:
    assert BATCH.advance(BatchState.PACKED, BatchAction.SHIP) is BatchState.SHIPPED
    assert BATCH.advance(BatchState.PACKED, BatchAction.ARRIVE) is BatchState.ARRIVED
    for state, action in [
        (BatchState.SHIPPED, BatchAction.CANCEL),
        (BatchState.SHIPPED, BatchAction.COUNT),
        (BatchState.COUNTED, BatchAction.COUNT),
        (BatchState.CANCELLED, BatchAction.SHIP),
    ]:
        with pytest.raises(RuleBroken) as error:
            BATCH.advance(state, action)
        assert error.value.rule == "PT-9"
