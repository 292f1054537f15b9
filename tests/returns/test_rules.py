"""The rules of returns as tables (RT-1 … RT-6)."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from portal.agreements.rules import DEFAULT_MATRIX, Bearer, CostClass, CostColumn, Terms
from portal.kernel.calendar import Calendar
from portal.kernel.errors import RuleBroken
from portal.kernel.findings import Severity
from portal.kernel.text import T
from portal.returns.rules import (
    FINISHED,
    MOST_LINES,
    RETURN,
    AskedLine,
    Disposition,
    ReturnAction,
    ReturnLine,
    ReturnState,
    UnitFacts,
    approved_until,
    attempt_finding,
    charges,
    check_decision,
    check_disposition,
    check_line,
    check_receiving,
    check_request,
    check_shipping,
    decide_by,
    explained,
    explanation,
)
from portal.warranty.rules import Entitlement, Reason

DAY = dt.date(2026, 5, 20)
OWN = UnitFacts(shipped_on=dt.date(2026, 5, 1), own=True)


def rule_of(act: object) -> str:
    with pytest.raises(RuleBroken) as error:
        act()  # type: ignore[operator]
    return error.value.rule


@pytest.mark.parametrize(
    ("facts", "found", "rules"),
    [
        (OWN, DAY, []),
        (None, DAY, ["WC-3"]),
        (UnitFacts(shipped_on=OWN.shipped_on, own=False), DAY, ["WC-3"]),
        (UnitFacts(shipped_on=OWN.shipped_on, own=True, left_field=True), DAY, ["RT-1"]),
        (OWN, DAY + dt.timedelta(days=1), ["RT-1"]),
        (OWN, dt.date(2026, 4, 30), ["WC-3"]),
        (UnitFacts(shipped_on=OWN.shipped_on, own=True, open_in="RMA-2026-000001"), DAY, ["RT-1"]),
    ],
)
def test_a_line_is_refused_by_the_first_rule_that_it_breaks(
    facts: UnitFacts | None, found: dt.date, rules: list[str]
) -> None:
    assert [finding.rule for finding in check_line(ReturnLine("A1", found), facts, DAY)] == rules


def test_a_request_has_one_to_a_hundred_units_each_once() -> None:
    lines = [ReturnLine(f"A{number}", DAY) for number in range(MOST_LINES + 1)]
    check_request(lines[:MOST_LINES])
    for wrong in ([], lines, [lines[0], lines[0]]):
        assert rule_of(lambda wrong=wrong: check_request(wrong)) == "RT-1"


@pytest.mark.parametrize(
    ("cost_class", "attempted", "waived", "refused"),
    [
        (CostClass.DOA, False, False, True),
        (CostClass.DOA, True, False, False),
        (CostClass.DOA, False, True, False),
        (CostClass.EARLY_FAILURE, False, False, True),
        (CostClass.IN_WARRANTY, False, False, False),
        (CostClass.BATCH, False, False, False),
        (CostClass.STOCK, False, False, False),
    ],
)
def test_only_early_faults_need_an_attempt_or_a_waiver(
    cost_class: CostClass, *, attempted: bool, waived: bool, refused: bool
) -> None:
    line = AskedLine("A1", cost_class, attempted)
    if refused:
        assert rule_of(lambda: check_decision([line], ["A1"], waive_repair=waived)) == "RT-2"
    else:
        check_decision([line], ["A1"], waive_repair=waived)
    check_decision([line], [], waive_repair=False)
    assert rule_of(lambda: check_decision([line], ["B1"], waive_repair=True)) == "RT-3"


def test_the_attempt_is_a_finding_only_where_it_is_asked_for() -> None:
    missing = attempt_finding(CostClass.DOA, attempted=False)
    there = attempt_finding(CostClass.DOA, attempted=True)
    assert missing is not None
    assert there is not None
    assert (missing.severity, there.severity) == (Severity.NEEDS_PERSON, Severity.NOTE)
    assert attempt_finding(CostClass.STOCK, attempted=False) is None


@pytest.mark.parametrize(
    ("state", "expires", "outcome"),
    [
        (ReturnState.SUBMITTED, None, "RT-1"),
        (ReturnState.NEEDS_INFO, None, "RT-1"),
        (ReturnState.APPROVED, DAY, "shipped"),
        (ReturnState.APPROVED, DAY - dt.timedelta(days=1), "RT-3"),
        (ReturnState.EXPIRED, DAY - dt.timedelta(days=1), "RT-3"),
        (ReturnState.REJECTED, None, "RT-3"),
        (ReturnState.SHIPPED, DAY, "RT-3"),
    ],
)
def test_nothing_is_shipped_before_approval_or_after_its_end(
    state: ReturnState, expires: dt.date | None, outcome: str
) -> None:
    if outcome == "shipped":
        assert check_shipping(state, expires, DAY) is ReturnState.SHIPPED
    else:
        assert rule_of(lambda: check_shipping(state, expires, DAY)) == outcome


@pytest.mark.parametrize(
    ("state", "approved", "received", "rule"),
    [
        (ReturnState.SHIPPED, True, False, None),
        (ReturnState.RECEIVED, True, False, None),
        (ReturnState.SETTLED, True, False, None),
        (ReturnState.SHIPPED, False, False, "RT-1"),
        (ReturnState.SHIPPED, None, False, "RT-1"),
        (ReturnState.APPROVED, True, False, "RT-1"),
        (ReturnState.SUBMITTED, None, False, "RT-1"),
        (ReturnState.RECEIVED, True, True, "RT-3"),
        (ReturnState.EXPIRED, True, False, "RT-3"),
    ],
)
def test_only_what_was_approved_and_sent_is_received_and_once(
    state: ReturnState, rule: str | None, *, approved: bool | None, received: bool
) -> None:
    def check() -> None:
        check_receiving(state, approved, received=received, serial="A1")

    if rule is None:
        check()
    else:
        assert rule_of(check) == rule


@pytest.mark.parametrize(
    ("disposition", "cost_class", "new", "refund", "ahead", "rule"),
    [
        (Disposition.REPAIRED, CostClass.DOA, None, False, False, None),
        (Disposition.EXCHANGED, CostClass.DOA, "B1", False, False, None),
        (Disposition.EXCHANGED, CostClass.DOA, None, False, True, None),
        (Disposition.EXCHANGED, CostClass.DOA, None, False, False, "RT-5"),
        (Disposition.EXCHANGED, CostClass.DOA, "B1", False, True, "RT-5"),
        (Disposition.CREDITED, CostClass.DOA, None, False, True, "RT-5"),
        (Disposition.CREDITED, CostClass.DOA, "B1", False, False, "RT-5"),
        (Disposition.CREDITED, CostClass.BATCH, None, False, False, "RT-6"),
        (Disposition.CREDITED, CostClass.BATCH, None, True, False, None),
    ],
)
def test_a_disposition_fits_its_class_and_what_was_sent_before(
    disposition: Disposition,
    cost_class: CostClass,
    new: str | None,
    rule: str | None,
    *,
    refund: bool,
    ahead: bool,
) -> None:
    def check() -> None:
        check_disposition(disposition, cost_class, new_serial=new, batch_refund=refund, ahead=ahead)

    if rule is None:
        check()
    else:
        assert rule_of(check) == rule


def test_charges_follow_the_matrix_and_only_two_bearers_reach_the_statement() -> None:
    costs = {CostColumn.INBOUND: Decimal("42.00"), CostColumn.OUTBOUND: Decimal("41.00")}
    found = charges(DEFAULT_MATRIX[CostClass.IN_WARRANTY], costs)
    assert [(charge.bearer, charge.amount, charge.posted) for charge in found] == [
        (Bearer.FUND, Decimal("42.00"), True),
        (Bearer.MANUFACTURER, Decimal("41.00"), False),
        (Bearer.FUND, Decimal("0.00"), False),
        (Bearer.MANUFACTURER, Decimal("0.00"), False),
    ]
    for amount in (Decimal("-0.01"), Decimal("0.001"), Decimal("1000000000000.00")):
        assert rule_of(lambda amount=amount: charges({}, {CostColumn.INBOUND: amount})) == "RT-5"


@pytest.mark.parametrize(("days", "last"), [(30, dt.date(2026, 11, 5)), (0, dt.date(2026, 10, 6))])
def test_an_approval_holds_the_days_of_the_terms(days: int, last: dt.date) -> None:
    assert approved_until(dt.date(2026, 10, 6), Terms(return_approval_days=days)) == last


def test_a_request_is_to_be_decided_within_three_working_days() -> None:
    assert decide_by(dt.date(2026, 5, 20), Calendar()) == dt.date(2026, 5, 25)


def test_what_is_finished_goes_on_only_with_a_second_parcel() -> None:
    left = {state: RETURN.actions(state) for state in FINISHED if RETURN.actions(state)}
    assert left == {ReturnState.SETTLED: {ReturnAction.RECEIVE}}


def test_the_words_of_a_class_are_frozen_and_read_again() -> None:
    text = T("Found within {days} days of the sale.", days=15)
    outcome = Entitlement(
        CostClass.EARLY_FAILURE,
        (Reason("EN-7", text, "3.5"),),
        first=dt.date(2026, 5, 10),
        last=dt.date(2026, 5, 25),
        day=10,
        days=15,
    )
    assert [(why.rule, str(why.text), why.clause) for why in explained(explanation(outcome))] == [
        ("EN-7", "Found within 15 days of the sale.", "3.5"),
        ("EN-7", "Day 10 of 15, until 2026-05-25.", ""),
    ]
    late = replace(outcome, day=16)
    assert str(explained(explanation(late))[1].text) == "Day 16; the last one was day 15, 2026-05-25."
    caused = Entitlement(CostClass.TRANSPORT, (Reason("EN-6", T("The fault came from transport.")),))
    assert [why.rule for why in explained(explanation(caused))] == ["EN-6"]
