"""Warranty cards: states, the checks at filing, lateness, review (WC-1 … WC-3, WC-6)."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.agreements.rules import LateCard, Span, Terms
from portal.kernel.calendar import Calendar
from portal.kernel.errors import RuleBroken
from portal.kernel.findings import Finding, Severity, blocking
from portal.warranty.rules import (
    CARD,
    CURES,
    IN_FORCE,
    REGISTERED,
    UNDECIDED,
    CardAction,
    CardDraft,
    CardState,
    RejectReason,
    UnitFacts,
    accept,
    check_card,
    check_words,
    counts_for_fee,
    due_on,
    in_order,
    is_late,
    left_out,
    review_due,
)

DAY = dt.date
HOLDER, SUB, OTHER_SUB = 1, 2, 3
DRAFT = CardDraft("A1", DAY(2026, 1, 20), "王小明", "13800005678", "INV-1", point_id=HOLDER)
UNIT = UnitFacts("EB-48", DAY(2026, 1, 5), DAY(2026, 1, 8), point_id=HOLDER)
SPAN = Span(DAY(2026, 1, 1), DAY(2026, 12, 31))
TODAY = DAY(2026, 1, 25)
DEFAULT = Terms()


def check(
    draft: CardDraft = DRAFT,
    unit: UnitFacts | None = UNIT,
    *,
    points: frozenset[int] = frozenset({HOLDER, SUB}),
    span: Span = SPAN,
    terms: Terms = DEFAULT,
    today: dt.date = TODAY,
) -> list[Finding]:
    return check_card(draft, unit, points=points, span=span, terms=terms, today=today)


def blocks(found: list[Finding]) -> list[tuple[str, str | None, str]]:
    return [(finding.rule, finding.field, str(finding.text)) for finding in blocking(found)]


def test_a_card_in_order_is_filed_with_a_note_of_its_day() -> None:
    assert [(f.rule, f.severity, str(f.text)) for f in check()] == [
        ("WC-2", Severity.NOTE, "Filed in time: day 5 of 30.")
    ]


@pytest.mark.parametrize(
    ("draft", "unit", "finding"),
    [
        (DRAFT, None, ("WC-3", "serial", "Serial A1 is not among the units shipped to you.")),
        (
            DRAFT,
            replace(UNIT, point_id=OTHER_SUB),
            ("WC-3", "serial", "Serial A1 was shipped to another selling point of this agreement."),
        ),
        (
            DRAFT,
            replace(UNIT, left_field=True),
            ("WC-3", "serial", "Serial A1 was exchanged, credited or scrapped; it can't be sold any more."),
        ),
        (DRAFT, replace(UNIT, registered=True), ("WC-1", "serial", "Serial A1 has a warranty card already.")),
        (
            replace(DRAFT, sale_date=DAY(2026, 1, 26)),
            UNIT,
            ("WC-3", "sale_date", "The sale date 2026-01-26 is in the future."),
        ),
        (
            replace(DRAFT, sale_date=DAY(2026, 1, 4)),
            UNIT,
            (
                "WC-3",
                "sale_date",
                "The sale date 2026-01-04 is before the unit's shipment on 2026-01-05.",
            ),
        ),
        (
            replace(DRAFT, sale_date=DAY(2025, 12, 31)),
            replace(UNIT, shipped_on=DAY(2025, 12, 1)),
            (
                "WC-3",
                "sale_date",
                "The sale date 2025-12-31 is before the agreement began, on 2026-01-01.",
            ),
        ),
        (replace(DRAFT, model="EB-60"), UNIT, ("WC-3", "model", "Serial A1 is model EB-48, not EB-60.")),
        (
            replace(DRAFT, phone="12345"),
            UNIT,
            ("WC-3", "phone", "The customer's phone number is not a valid one."),
        ),
        (replace(DRAFT, customer=" "), UNIT, ("WC-1", "customer", "Enter the customer's name.")),
        (replace(DRAFT, invoice=""), UNIT, ("WC-1", "invoice", "Enter the number of the invoice.")),
    ],
)
def test_each_check_has_its_own_message_and_field(
    draft: CardDraft, unit: UnitFacts | None, finding: tuple[str, str, str]
) -> None:
    assert blocks(check(draft, unit)) == [finding]


def test_every_refusal_of_wc_3_says_how_to_cure_it() -> None:
    worst = replace(DRAFT, sale_date=DAY(2024, 1, 1), phone="1", model="EB-60")
    unit = replace(UNIT, point_id=OTHER_SUB, left_field=True, registered=True)
    for finding in (*check(worst, unit), *check(worst, None)):
        assert finding.severity is not Severity.BLOCKS or finding.cure is not None


def test_a_sale_after_the_end_of_the_agreement_is_refused() -> None:
    late = replace(DRAFT, sale_date=DAY(2027, 1, 1))
    assert blocks(check(late, today=DAY(2027, 1, 2))) == [
        ("WC-3", "sale_date", "The sale date 2027-01-01 is after the agreement ended, on 2026-12-31.")
    ]
    assert blocks(check(late, span=Span(DAY(2026, 1, 1)), today=DAY(2027, 1, 2))) == []


def test_the_days_at_the_edge_are_good_sale_dates() -> None:
    today = DAY(2026, 1, 25)
    assert blocks(check(replace(DRAFT, sale_date=today), today=today)) == []
    assert blocks(check(replace(DRAFT, sale_date=UNIT.shipped_on))) == []
    assert blocks(check(replace(DRAFT, sale_date=SPAN.starts), replace(UNIT, shipped_on=SPAN.starts))) == []
    assert blocks(check(replace(DRAFT, sale_date=DAY(2026, 12, 31)), today=DAY(2027, 1, 2))) == []


@pytest.mark.parametrize(
    ("points", "unit_point", "filed"),
    [
        (frozenset({HOLDER, SUB}), HOLDER, True),
        (frozenset({HOLDER, SUB}), SUB, True),
        (frozenset({SUB}), SUB, True),
        (frozenset({SUB}), HOLDER, False),
        (frozenset({SUB}), OTHER_SUB, False),
    ],
)
def test_a_selling_point_files_its_own_and_its_sub_dealers_units(
    points: frozenset[int], unit_point: int, filed: bool
) -> None:
    found = check(replace(DRAFT, point_id=min(points)), replace(UNIT, point_id=unit_point), points=points)
    assert (blocks(found) == []) == filed


def test_when_several_checks_fail_their_order_is_always_the_same() -> None:
    draft = replace(
        DRAFT, sale_date=DAY(2027, 2, 1), phone="1", customer="", invoice="", model="EB-60", point_id=SUB
    )
    unit = replace(UNIT, shipped_on=DAY(2027, 3, 1), registered=True, left_field=True)
    found = check(draft, unit, points=frozenset({SUB}))
    assert [(rule, field) for rule, field, _ in blocks(found)] == [
        ("WC-3", "serial"),
        ("WC-3", "serial"),
        ("WC-1", "serial"),
        ("WC-3", "sale_date"),
        ("WC-3", "sale_date"),
        ("WC-3", "sale_date"),
        ("WC-3", "model"),
        ("WC-3", "phone"),
        ("WC-1", "customer"),
        ("WC-1", "invoice"),
    ]


@pytest.mark.parametrize(
    ("sale", "filed", "days", "late"),
    [
        (DAY(2026, 1, 31), DAY(2026, 3, 2), 30, False),
        (DAY(2026, 1, 31), DAY(2026, 3, 3), 30, True),
        (DAY(2026, 7, 20), DAY(2026, 8, 19), 30, False),
        (DAY(2026, 7, 20), DAY(2026, 8, 10), 20, True),
        (DAY(2026, 7, 20), DAY(2026, 7, 20), 0, False),
        (DAY(2026, 7, 20), DAY(2026, 7, 21), 0, True),
    ],
)
def test_a_card_is_late_after_the_last_of_its_days(
    sale: dt.date, filed: dt.date, days: int, late: bool
) -> None:
    assert is_late(sale, filed, Terms(card_due_days=days)) == late
    assert due_on(sale, Terms(card_due_days=days)) == sale + dt.timedelta(days=days)


@given(st.dates(DAY(2020, 1, 1), DAY(2030, 1, 1)), st.integers(0, 366), st.integers(0, 400))
def test_once_late_a_card_stays_late(sale: dt.date, due_days: int, after: int) -> None:
    terms = Terms(card_due_days=due_days)
    assert is_late(sale, sale + dt.timedelta(days=after), terms) == (after > due_days)


def test_a_late_card_is_filed_with_a_warning_of_what_it_loses() -> None:
    draft = replace(DRAFT, sale_date=DAY(2026, 1, 31))
    first = "Filed on day 31 after the sale; due on 2026-03-02. It is late and earns no fee."
    second = "Repairs of this unit in warranty are not recognised unless the manufacturer waives it."
    strict = check(draft, today=DAY(2026, 3, 3))
    assert [(f.rule, f.severity, str(f.text)) for f in strict] == [
        ("WC-2", Severity.WARNING, first),
        ("WC-2", Severity.WARNING, second),
    ]
    lenient = check(draft, terms=Terms(late_card=LateCard.RECOGNISED), today=DAY(2026, 3, 3))
    assert [str(finding.text) for finding in lenient] == [first]


def test_a_late_card_is_accepted_late_and_earns_nothing() -> None:
    assert accept(CardState.SUBMITTED, late=False) is CardState.ACCEPTED
    assert accept(CardState.SUBMITTED, late=True) is CardState.ACCEPTED_LATE
    assert [state for state in CardState if counts_for_fee(state)] == [CardState.ACCEPTED]
    with pytest.raises(RuleBroken) as refused:
        accept(CardState.ACCEPTED, late=False)
    assert refused.value.rule == "WC-6"


_MOVES = {
    ("submitted", "accept"): "accepted",
    ("submitted", "send_back"): "sent_back",
    ("submitted", "reject"): "rejected",
    ("sent_back", "resubmit"): "submitted",
    ("sent_back", "reject"): "rejected",
    ("accepted", "void"): "void",
    ("accepted_late", "void"): "void",
    ("submitted", "withdraw"): "withdrawn",
    ("sent_back", "withdraw"): "withdrawn",
}


@pytest.mark.parametrize("state", CardState)
@pytest.mark.parametrize("action", CardAction)
def test_a_card_moves_as_wc_6_says(state: CardState, action: CardAction) -> None:
    after = _MOVES.get((state.value, action.value))
    if after is None:
        with pytest.raises(RuleBroken) as refused:
            CARD.advance(state, action)
        assert refused.value.rule == "WC-6"
    else:
        assert CARD.advance(state, action).value == after


def test_only_rejected_void_and_withdrawn_cards_free_their_serial() -> None:
    assert set(CardState) - REGISTERED == {CardState.REJECTED, CardState.VOID, CardState.WITHDRAWN}
    assert {CardState.SUBMITTED, CardState.SENT_BACK} == UNDECIDED
    assert {CardState.ACCEPTED, CardState.ACCEPTED_LATE} == IN_FORCE


@pytest.mark.parametrize(
    ("decision", "reason", "text", "waived", "refused"),
    [
        (CardAction.ACCEPT, None, "", False, None),
        (CardAction.ACCEPT, None, " ", True, ("WC-2", "text")),
        (CardAction.ACCEPT, None, "洪水停业", True, None),
        (CardAction.SEND_BACK, None, "补照片", False, ("WC-5", "reason")),
        (CardAction.SEND_BACK, RejectReason.UNCLEAR_PHOTO, "", False, ("WC-5", "text")),
        (CardAction.REJECT, None, "", False, ("WC-5", "reason")),
        (CardAction.REJECT, RejectReason.DUPLICATE, "", False, None),
        (CardAction.VOID, None, "", False, ("WC-5", "text")),
        (CardAction.VOID, None, "顾客未购买", False, None),
    ],
)
def test_a_decision_says_what_the_dealer_has_to_read(
    decision: CardAction,
    reason: RejectReason | None,
    text: str,
    waived: bool,
    refused: tuple[str, str] | None,
) -> None:
    if refused is None:
        assert check_words(decision, reason, text, waived=waived) is decision
    else:
        with pytest.raises(RuleBroken) as broken:
            check_words(decision, reason, text, waived=waived)
        assert (broken.value.rule, broken.value.field) == refused


@pytest.mark.parametrize(
    ("state", "decision", "score", "own", "why"),
    [
        (CardState.SUBMITTED, CardAction.ACCEPT, 24, False, None),
        (CardState.SUBMITTED, CardAction.ACCEPT, 25, False, "It has signals of falsification"),
        (CardState.SUBMITTED, CardAction.REJECT, 100, False, None),
        (CardState.SUBMITTED, CardAction.ACCEPT, 0, True, "You filed it yourself"),
        (CardState.ACCEPTED, CardAction.ACCEPT, 0, False, "It is accepted meanwhile."),
        (CardState.SENT_BACK, CardAction.REJECT, 0, False, None),
    ],
)
def test_a_bulk_decision_leaves_out_what_somebody_should_look_at(
    state: CardState, decision: CardAction, score: int, own: bool, why: str | None
) -> None:
    left = left_out(state, decision, score=score, own=own)
    assert left is None if why is None else str(left).startswith(why)


def test_a_card_is_to_be_decided_within_three_working_days() -> None:
    assert review_due(DAY(2026, 5, 18), Calendar()) == DAY(2026, 5, 21)
    # Friday before the May holiday of 2026: the 9th is a make-up working day.
    assert review_due(DAY(2026, 4, 30), Calendar()) == DAY(2026, 5, 8)


def test_what_is_right_is_said_too_where_nothing_blocks() -> None:
    assert [str(f.text) for f in in_order(check())] == [
        "Filed in time: day 5 of 30.",
        "Serial, shipment, sale date and phone are in order.",
    ]
    blocked = check(unit=None)
    assert in_order(blocked) == blocked


def test_every_reason_says_what_can_be_done() -> None:
    assert set(CURES) == set(RejectReason)
