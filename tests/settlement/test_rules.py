"""Holds, results, statements and runs (ST-2 … ST-7)."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.agreements.rules import Surplus, Terms
from portal.kernel.errors import RuleBroken
from portal.kernel.money import ZERO
from portal.kernel.period import Quarter
from portal.ledger.rules import EntryKind, Figures
from portal.settlement.rules import (
    FIGURES,
    FREEZING,
    OVERRIDABLE,
    RUN,
    SETTLED,
    STATEMENT,
    Change,
    Hold,
    HoldFacts,
    Posting,
    RunAction,
    RunState,
    StatementAction,
    StatementState,
    answer_by,
    compare,
    compute,
    deemed_on,
    due_date,
    holds,
    remaining,
    steps_of,
)

DAY = dt.date
Q1 = Quarter(2026, 1)
READY = HoldFacts(
    last_day=Q1.last,
    today=DAY(2026, 4, 1),
    previous_open=False,
    forms_owed=3,
    forms_submitted=3,
    forms_accepted=3,
    pays_card_fee=True,
    cards_undecided=0,
    claims_undecided=0,
    returns_undecided=0,
)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"today": DAY(2026, 3, 31)}, ["quarter_open"]),
        ({"previous_open": True}, ["previous_open"]),
        ({"forms_submitted": 2, "forms_accepted": 2}, ["forms_missing"]),
        ({"forms_accepted": 2}, ["forms_not_accepted"]),
        ({"forms_submitted": 0, "forms_accepted": 0}, ["forms_missing"]),
        ({"forms_owed": 0, "forms_submitted": 0, "forms_accepted": 0}, []),
        ({"cards_undecided": 1}, ["cards_undecided"]),
        ({"cards_undecided": 1, "pays_card_fee": False}, []),
        ({"claims_undecided": 1}, ["claims_undecided"]),
        ({"returns_undecided": 2}, ["returns_undecided"]),
        (
            {"today": DAY(2026, 3, 31), "forms_submitted": 0, "forms_accepted": 0, "claims_undecided": 1},
            ["quarter_open", "forms_missing", "claims_undecided"],
        ),
        (
            {
                "today": DAY(2026, 2, 1),
                "previous_open": True,
                "forms_accepted": 0,
                "cards_undecided": 9,
                "claims_undecided": 1,
                "returns_undecided": 1,
            },
            [
                "quarter_open",
                "previous_open",
                "forms_not_accepted",
                "cards_undecided",
                "claims_undecided",
                "returns_undecided",
            ],
        ),
    ],
)
def test_a_dealer_is_held_for_these_reasons_in_this_order(
    changes: dict[str, object], found: list[str]
) -> None:
    assert [hold.value for hold in holds(replace(READY, **changes))] == found  # type: ignore[arg-type]


def test_finance_overrides_all_but_the_open_quarters() -> None:
    assert remaining(Hold, override=False) == tuple(Hold)
    assert remaining(Hold, override=True) == (Hold.QUARTER_OPEN, Hold.PREVIOUS_OPEN)
    assert len(OVERRIDABLE) == 5


def figures(**amounts: str) -> Figures:
    return Figures(**{name: Decimal(amount) for name, amount in amounts.items()})


@pytest.mark.parametrize(
    ("given_figures", "surplus", "expected"),
    [
        (
            figures(granted="2015.00", drawn="1080.00"),
            Surplus.CARRY,
            {"granted": "2015.00", "drawn": "1080.00", "result": "935.00", "carried": "935.00"},
        ),
        (
            figures(granted="75.00"),
            Surplus.PAY_OUT,
            {"granted": "75.00", "result": "75.00", "paid_out": "75.00", "payable": "75.00"},
        ),
        (
            figures(granted="15.00", cancelled="30.00"),
            Surplus.PAY_OUT,
            {
                "granted": "15.00",
                "cancelled": "30.00",
                "result": "-15.00",
                "overspent": "15.00",
                "due": "15.00",
            },
        ),
        (
            figures(opening="5213.78", granted="1500.00", drawn="7200.00", charged="108.60", direct="120.50"),
            Surplus.CARRY,
            {
                "opening": "5213.78",
                "granted": "1500.00",
                "drawn": "7200.00",
                "charged": "108.60",
                "direct": "120.50",
                "result": "-594.82",
                "overspent": "594.82",
                "due": "715.32",
            },
        ),
        (
            figures(granted="100.00", claims="40.00"),
            Surplus.PAY_OUT,
            {
                "granted": "100.00",
                "claims": "40.00",
                "result": "60.00",
                "paid_out": "60.00",
                "payable": "100.00",
            },
        ),
        (Figures(), Surplus.CARRY, {}),
    ],
)
def test_a_quarter_ends_with_a_surplus_or_a_debt(
    given_figures: Figures, surplus: Surplus, expected: dict[str, str]
) -> None:
    assert compute(given_figures, surplus).as_strings() == {**dict.fromkeys(FIGURES, "0.00"), **expected}


AMOUNTS = st.integers(-1_000_000, 1_000_000).map(lambda cents: Decimal(cents).scaleb(-2))
ANY_FIGURES = st.builds(
    Figures,
    opening=AMOUNTS.map(abs),
    granted=AMOUNTS,
    drawn=AMOUNTS.map(abs),
    charged=AMOUNTS.map(abs),
    claims=AMOUNTS.map(abs),
    adjusted=AMOUNTS,
    cancelled=AMOUNTS.map(abs),
    direct=AMOUNTS.map(abs),
)


@given(ANY_FIGURES, st.sampled_from(Surplus))
def test_every_result_is_carried_paid_out_or_owed_and_nothing_twice(
    given_figures: Figures, surplus: Surplus
) -> None:
    found = compute(given_figures, surplus)
    assert found.carried + found.paid_out - found.overspent == found.result
    assert [found.carried, found.paid_out, found.overspent].count(ZERO) >= 2
    assert min(found.carried, found.paid_out, found.overspent) >= 0
    assert found.due == found.overspent + found.direct
    assert found.payable == found.paid_out + found.claims
    assert compute(given_figures, surplus) == found


@pytest.mark.parametrize(
    ("issued", "days", "last", "deemed"),
    [
        (DAY(2026, 4, 7), 10, DAY(2026, 4, 17), DAY(2026, 4, 18)),
        (DAY(2026, 7, 5), 10, DAY(2026, 7, 15), DAY(2026, 7, 16)),
        (DAY(2026, 12, 28), 5, DAY(2027, 1, 2), DAY(2027, 1, 3)),
        (DAY(2026, 4, 7), 0, None, None),
    ],
)
def test_silence_counts_on_the_day_after_the_last_of_its_days(
    issued: dt.date, days: int, last: dt.date | None, deemed: dt.date | None
) -> None:
    terms = Terms(deemed_confirm_days=days)
    assert (answer_by(issued, terms), deemed_on(issued, terms)) == (last, deemed)


def test_what_is_due_is_paid_in_the_quarter_of_the_statement() -> None:
    assert due_date(DAY(2026, 4, 7)) == DAY(2026, 6, 30)
    assert due_date(DAY(2027, 1, 5)) == DAY(2027, 3, 31)


_STATEMENT_MOVES = {
    ("draft", "issue"): "issued",
    ("issued", "confirm"): "confirmed",
    ("issued", "deem"): "confirmed",
    ("issued", "dispute"): "disputed",
    ("disputed", "revise"): "issued",
    ("confirmed", "close"): "closed",
}


@pytest.mark.parametrize("state", StatementState)
@pytest.mark.parametrize("action", StatementAction)
def test_a_statement_moves_as_st_5_says(state: StatementState, action: StatementAction) -> None:
    after = _STATEMENT_MOVES.get((state.value, action.value))
    if after is None:
        with pytest.raises(RuleBroken) as refused:
            STATEMENT.advance(state, action)
        assert refused.value.rule == "ST-5"
    else:
        assert STATEMENT.advance(state, action).value == after


def test_every_statement_but_a_draft_freezes_its_quarter_and_only_a_disputed_one_is_settled_again() -> None:
    assert {StatementState.DRAFT} == set(StatementState) - FREEZING
    assert {StatementState.DRAFT, StatementState.DISPUTED} == set(StatementState) - SETTLED


def test_a_revision_shows_what_changed_and_why() -> None:
    before = compute(figures(granted="125.00"), Surplus.CARRY)
    after = compute(figures(granted="125.00", adjusted="12.34"), Surplus.CARRY)
    adjustment = Posting(EntryKind.ADJUST, Decimal("12.34"), None, "补记")
    hold = Posting(EntryKind.HOLD, Decimal("5.00"), "PR-2026-000001", "")
    changed = compare(before, after, [adjustment, hold])
    assert changed == (
        Change("adjusted", ZERO, Decimal("12.34"), (adjustment,)),
        Change("result", Decimal("125.00"), Decimal("137.34"), ()),
        Change("carried", Decimal("125.00"), Decimal("137.34"), ()),
    )
    assert [change.difference for change in changed] == [Decimal("12.34")] * 3
    assert compare(after, after, [adjustment]) == ()


_RUN_MOVES = {
    ("queued", "start"): "running",
    ("queued", "stop"): "stopped",
    ("running", "present"): "to_review",
    ("running", "finish"): "done",
    ("running", "stop"): "stopped",
    ("running", "fail"): "failed",
    ("to_review", "issue"): "running",
    ("to_review", "finish"): "done",
    ("to_review", "stop"): "stopped",
    ("stopped", "resume"): "running",
    ("failed", "resume"): "running",
}


@pytest.mark.parametrize("state", RunState)
@pytest.mark.parametrize("action", RunAction)
def test_a_run_moves_as_st_7_says(state: RunState, action: RunAction) -> None:
    after = _RUN_MOVES.get((state.value, action.value))
    if after is None:
        with pytest.raises(RuleBroken) as refused:
            RUN.advance(state, action)
        assert refused.value.rule == "ST-7"
    else:
        assert RUN.advance(state, action).value == after


@pytest.mark.parametrize(
    ("trial", "steps"),
    [
        (False, ["check", "compute", "review", "issue", "print", "done"]),
        (True, ["check", "compute", "done"]),
    ],
)
def test_a_run_takes_its_steps_in_order_and_a_trial_issues_nothing(trial: bool, steps: list[str]) -> None:
    assert [step.value for step in steps_of(trial=trial)] == steps
