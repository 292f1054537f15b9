"""The rules of claims: which repairs raise one, deciding line by line, what an approval moves, the checks."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from portal.agreements.rules import BaseKind, Bearer, CostClass, Terms
from portal.kernel.errors import RuleBroken
from portal.kernel.findings import Severity
from portal.kernel.text import T
from portal.repairs.rules.claim_checks import (
    Check,
    ClaimFacts,
    Earlier,
    Standard,
    check_claim,
    concerns,
    fault_key,
    gravest_first,
    is_duplicate,
    needs_words,
)
from portal.repairs.rules.claims import (
    CLAIM,
    CLAIM_CURES,
    AskedLine,
    ClaimAction,
    ClaimReason,
    ClaimState,
    LineKind,
    Movement,
    Said,
    approves_itself,
    asked_lines,
    check_said,
    decide_lines,
    may_object,
    movements,
    outcome,
    paid,
    raises_claim,
)
from portal.warranty.rules import Entitlement, Reason

D = Decimal
TERMS = Terms.parse({})
DAY = dt.date(2026, 5, 20)
LINES = (
    AskedLine("labour", LineKind.LABOUR, D("50.00"), Bearer.MANUFACTURER),
    AskedLine("onsite", LineKind.ONSITE, D("25.00"), Bearer.MANUFACTURER),
    AskedLine("P-MOTOR", LineKind.PART, D("240.00"), Bearer.FUND, pieces=2),
)


def terms(**given: Any) -> Terms:
    return Terms.parse(given)


@pytest.mark.parametrize(
    ("cost_class", "paid", "raises"),
    [
        (CostClass.IN_WARRANTY, False, True),
        (CostClass.DOA, False, True),
        (CostClass.IN_WARRANTY, True, False),
        (CostClass.OUT_OF_WARRANTY, False, False),
        (CostClass.NOT_RECOGNISED, False, False),
        (CostClass.USER_CAUSED, False, False),
    ],
)
def test_covered_repairs_that_nobody_pays_raise_a_claim(
    cost_class: CostClass, paid: bool, raises: bool
) -> None:
    assert raises_claim(cost_class, paid=paid) is raises


def test_what_is_asked_stands_on_lines_with_who_bears_it() -> None:
    parts = {"P-MOTOR": (2, D("240.00"))}
    assert asked_lines(D("50.00"), D("25.00"), parts, CostClass.IN_WARRANTY, TERMS) == LINES
    assert asked_lines(D("0.00"), D("0.00"), {}, CostClass.DOA, TERMS) == ()
    assert [line.name for line in LINES] == [LineKind.LABOUR, LineKind.ONSITE, "P-MOTOR"]


@pytest.mark.parametrize(
    ("wanted", "state", "granted"),
    [
        (None, ClaimState.APPROVED, ["50.00", "25.00", "240.00"]),
        ({"labour": D("40.00")}, ClaimState.PARTLY_APPROVED, ["40.00", "25.00", "240.00"]),
        ({"labour": D("0.00"), "onsite": D("0.00")}, ClaimState.PARTLY_APPROVED, ["0.00", "0.00", "240.00"]),
        ({"P-MOTOR": D("120.00")}, ClaimState.PARTLY_APPROVED, ["50.00", "25.00", "120.00"]),
        ({"labour": D("50.00"), "other": D("0.00")}, ClaimState.APPROVED, ["50.00", "25.00", "240.00"]),
    ],
)
def test_the_state_follows_from_what_is_granted(
    wanted: dict[str, Decimal] | None, state: ClaimState, granted: list[str]
) -> None:
    found = decide_lines(LINES, ClaimAction.APPROVE, wanted)
    assert [str(found[line.key]) for line in LINES] == granted
    assert outcome(ClaimState.SUBMITTED, ClaimAction.APPROVE, LINES, found) is state


def test_a_rejection_grants_nothing_and_a_claim_without_lines_can_be_approved() -> None:
    found = decide_lines(LINES, ClaimAction.REJECT, None)
    assert set(found.values()) == {D("0.00")}
    assert outcome(ClaimState.SUBMITTED, ClaimAction.REJECT, LINES, found) is ClaimState.REJECTED
    assert outcome(ClaimState.SUBMITTED, ClaimAction.APPROVE, (), {}) is ClaimState.APPROVED


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"labour": D("50.01")}, "labour"),
        ({"onsite": D("-0.01")}, "onsite"),
        ({"P-OTHER": D("1.00")}, "P-OTHER"),
    ],
)
def test_more_than_asked_is_not_granted(wanted: dict[str, Decimal], field: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        decide_lines(LINES, ClaimAction.APPROVE, wanted)
    assert (refused.value.rule, refused.value.field) == ("RP-7", field)


def test_an_objection_never_costs_the_dealer_what_was_granted() -> None:
    before = {"labour": D("40.00"), "onsite": D("25.00"), "P-MOTOR": D("240.00")}
    assert decide_lines(LINES, ClaimAction.APPROVE, {"labour": D("40.00")}, before=before)["labour"] == D(
        "40.00"
    )
    for decision, wanted in ((ClaimAction.APPROVE, {"labour": D("39.99")}), (ClaimAction.REJECT, None)):
        with pytest.raises(RuleBroken) as refused:
            decide_lines(LINES, decision, wanted, before=before)
        assert (refused.value.rule, refused.value.field) == ("RP-7", "labour")


@pytest.mark.parametrize("state", [state for state in ClaimState if state is not ClaimState.SUBMITTED])
def test_only_a_waiting_claim_is_approved(state: ClaimState) -> None:
    with pytest.raises(RuleBroken) as refused:
        CLAIM.advance(state, ClaimAction.APPROVE)
    assert refused.value.rule == "RP-6"


@pytest.mark.parametrize(
    ("decision", "said", "wanted", "overrides", "refused"),
    [
        (ClaimAction.APPROVE, Said(), None, False, None),
        (ClaimAction.APPROVE, Said(), None, True, ("FD-2", "text")),
        (ClaimAction.APPROVE, Said(text="照片补齐后核实"), None, True, None),
        (ClaimAction.APPROVE, Said(), {"labour": D("40.00")}, False, ("RP-7", "reason")),
        (ClaimAction.APPROVE, Said(ClaimReason.FEE_ABOVE_SCHEDULE), {"labour": D("40.00")}, False, None),
        (
            ClaimAction.APPROVE,
            Said(lines={"labour": ClaimReason.FEE_ABOVE_SCHEDULE}),
            {"labour": D("40.00")},
            False,
            None,
        ),
        (
            ClaimAction.APPROVE,
            Said(lines={"onsite": ClaimReason.FEE_ABOVE_SCHEDULE}),
            {"labour": D("40.00")},
            False,
            ("RP-7", "reason"),
        ),
        (ClaimAction.REJECT, Said(text="不符"), None, False, ("RP-7", "reason")),
        (ClaimAction.REJECT, Said(ClaimReason.MISUSE), None, True, None),
        (ClaimAction.RETURN, Said(ClaimReason.UNCLEAR_PHOTO, "  "), None, False, ("RP-7", "text")),
        (ClaimAction.RETURN, Said(ClaimReason.UNCLEAR_PHOTO, "请补拍铭牌"), None, False, None),
    ],
)
def test_a_decision_says_what_the_dealer_has_to_read(
    decision: ClaimAction,
    said: Said,
    wanted: dict[str, Decimal] | None,
    overrides: bool,
    refused: tuple[str, str] | None,
) -> None:
    granted = decide_lines(LINES, decision, wanted)
    if refused is None:
        check_said(decision, said, LINES, granted, overrides=overrides)
        return
    with pytest.raises(RuleBroken) as error:
        check_said(decision, said, LINES, granted, overrides=overrides)
    assert (error.value.rule, error.value.field) == refused


@pytest.mark.parametrize(
    ("state", "today", "objected", "possible"),
    [
        (ClaimState.REJECTED, dt.date(2026, 5, 20), False, True),
        (ClaimState.PARTLY_APPROVED, dt.date(2026, 6, 4), False, True),
        (ClaimState.REJECTED, dt.date(2026, 6, 5), False, False),
        (ClaimState.REJECTED, dt.date(2026, 5, 21), True, False),
        (ClaimState.APPROVED, dt.date(2026, 5, 21), False, False),
        (ClaimState.SUBMITTED, dt.date(2026, 5, 21), False, False),
    ],
)
def test_the_dealer_objects_once_within_the_days_of_the_terms(
    state: ClaimState, today: dt.date, objected: bool, possible: bool
) -> None:
    refused = may_object(state, decided_on=DAY, days=15, today=today, objected=objected)
    assert (refused is None) is possible


@pytest.mark.parametrize(
    ("limit", "asked", "clean", "itself"),
    [
        ("0.00", "0.00", True, False),
        ("100.00", "100.00", True, True),
        ("100.00", "100.01", True, False),
        ("100.00", "10.00", False, False),
    ],
)
def test_only_clean_and_small_claims_approve_themselves(
    limit: str, asked: str, clean: bool, itself: bool
) -> None:
    assert approves_itself(D(asked), terms(claim_auto_limit=limit), clean=clean) is itself


FLAT = {"kind": "flat_per_repair", "fee": "45.00", "onsite": "20.00"}
MONEY = (
    ("flat_per_repair", "65.00"),
    ("approved_claims", "65.00"),
    ("flat_per_repair-2", "5.00"),
    ("draw", "65.00"),
)


def moved(found: tuple[Movement, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((movement.name, str(movement.amount)) for movement in found)


def test_an_approval_moves_what_each_base_says_and_draws_the_same_amount() -> None:
    mixed = terms(
        bases=[FLAT, {"kind": "approved_claims"}, {"kind": "flat_per_repair", "fee": "5.00"}], claims="draw"
    )
    granted = paid(
        [(LineKind.LABOUR, D("40.00")), (LineKind.ONSITE, D("25.00")), (LineKind.PART, D("240.00"))]
    )
    assert granted == D("65.00")
    found = movements(mixed, free=True, onsite_asked=True, granted=granted, before=None)
    assert moved(found) == MONEY
    assert [movement.basis for movement in found] == [
        BaseKind.FLAT_PER_REPAIR,
        BaseKind.APPROVED_CLAIMS,
        BaseKind.FLAT_PER_REPAIR,
        None,
    ]


def test_a_second_approval_moves_the_difference_and_no_second_fee() -> None:
    mixed = terms(bases=[FLAT, {"kind": "approved_claims"}], claims="draw")
    found = movements(mixed, free=True, onsite_asked=True, granted=D("75.00"), before=D("65.00"))
    assert moved(found) == (("approved_claims", "10.00"), ("draw", "10.00"))


def test_the_flat_fee_is_for_free_repairs() -> None:
    flat = terms(bases=[FLAT])
    for free, fees in ((True, (("flat_per_repair", "45.00"),)), (False, ())):
        found = movements(flat, free=free, onsite_asked=False, granted=D("10.00"), before=None)
        assert moved(found) == fees
    assert movements(TERMS, free=True, onsite_asked=True, granted=D("10.00"), before=None) == ()


def facts(**changes: Any) -> ClaimFacts:
    values: dict[str, Any] = {
        "entitlement": Entitlement(CostClass.IN_WARRANTY, (Reason("EN-1", T("In warranty.")),)),
        "day": DAY,
        "labour": Standard(D("50.00"), D("50.00")),
        "onsite": Standard(D("0.00"), None),
        "photos": 1,
        "signed": True,
        "fault_named": True,
    }
    return ClaimFacts(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "check", "severity"),
    [
        ({"fault_named": False}, Check.FAULT, Severity.WARNING),
        ({"photos": 0}, Check.PHOTO, Severity.WARNING),
        ({"signed": False}, Check.SIGNATURE, Severity.WARNING),
        ({"strange_parts": ["P-X"]}, Check.PARTS, Severity.NEEDS_PERSON),
        ({"labour": Standard(D("50.01"), D("50.00"))}, Check.LABOUR, Severity.NEEDS_PERSON),
        ({"onsite": Standard(D("30.00"), D("20.00"))}, Check.ONSITE, Severity.NEEDS_PERSON),
        ({"earlier": [Earlier(dt.date(2026, 4, 20))]}, Check.DUPLICATE, Severity.NEEDS_PERSON),
        ({"earlier": [Earlier(dt.date(2026, 6, 19))]}, Check.DUPLICATE, Severity.NEEDS_PERSON),
        ({"earlier": [Earlier(dt.date(2026, 4, 19))]}, Check.REPEAT, Severity.WARNING),
        ({"earlier": [Earlier(dt.date(2025, 5, 20))]}, Check.REPEAT, Severity.WARNING),
        ({"filed_class": CostClass.DOA}, Check.ENTITLEMENT, Severity.NEEDS_PERSON),
    ],
)
def test_each_thing_that_is_not_in_order_is_found(
    changes: dict[str, Any], check: Check, severity: Severity
) -> None:
    found = check_claim(facts(**changes), duplicate_days=30)
    assert concerns(found) == [check]
    assert found[check].severity is severity
    assert gravest_first(found)[0] is found[check]
    assert needs_words(found.values()) is (severity >= Severity.NEEDS_PERSON)
    assert is_duplicate(found) is (check is Check.DUPLICATE)


@pytest.mark.parametrize(
    ("changes", "days"),
    [
        ({}, 30),
        ({"labour": Standard(D("999.00"), None)}, 30),
        ({"filed_class": CostClass.IN_WARRANTY}, 30),
        ({"earlier": [Earlier(dt.date(2025, 5, 19))]}, 30),
    ],
)
def test_a_claim_in_order_has_seven_clean_checks(changes: dict[str, Any], days: int) -> None:
    found = check_claim(facts(**changes), duplicate_days=days)
    assert concerns(found) == []
    assert len(found) == 7


def test_no_days_mean_that_nothing_is_a_duplicate() -> None:
    found = check_claim(facts(earlier=[Earlier(DAY, "WX-2026-000001")]), duplicate_days=0)
    assert concerns(found) == [Check.REPEAT]
    assert found[Check.REPEAT].evidence[0].path == "repairs/WX-2026-000001"


def test_faults_are_the_same_by_symptom_and_location() -> None:
    assert fault_key("S01", "L02") == "S01:L02"
    assert fault_key("S01", "") == fault_key("", "L02") == ""


def test_every_coded_reason_says_what_can_be_done() -> None:
    assert set(CLAIM_CURES) == set(ClaimReason)
    assert len(ClaimReason) == 12
