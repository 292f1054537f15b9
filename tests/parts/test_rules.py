"""Parts requests: costs, decisions, shipments, what they hold of the fund (PT-1 … PT-6)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.catalogue.rules import Supply
from portal.kernel.errors import RuleBroken
from portal.kernel.money import ZERO
from portal.parts.rules import (
    MOST_LINES,
    MOST_PIECES,
    REQUEST,
    TO_SHIP,
    RequestAction,
    RequestLine,
    RequestState,
    approved_total,
    check_consent,
    check_receipt,
    check_request,
    decide,
    express_due,
    held,
    request_total,
    ship,
    shipment_cost,
)

MOTOR = RequestLine("P-MOTOR", Supply.FUND, Decimal("120.00"), 10)
CTRL = RequestLine("P-CTRL", Supply.FUND, Decimal("88.50"), 5)
BURNER = RequestLine("P-BURNER", Supply.PURCHASE, Decimal("150.00"), 2)
VALVE = RequestLine("P-VALVE", Supply.EXCHANGE, Decimal("95.00"), 5)
SEAL = RequestLine("P-SEAL", Supply.FREE, Decimal("0.80"), 20)


def refusal(excinfo: pytest.ExceptionInfo[RuleBroken]) -> tuple[str, str]:
    return excinfo.value.rule, str(excinfo.value)


def test_only_fund_parts_cost_the_fund_anything() -> None:
    assert request_total([MOTOR, CTRL]) == Decimal("1642.50")
    assert request_total([BURNER, VALVE, SEAL]) == ZERO
    assert request_total([MOTOR, BURNER, VALVE, SEAL]) == Decimal("1200.00")


def test_a_request_holds_what_is_asked_then_what_is_approved_then_what_is_not_shipped() -> None:
    lines: tuple[RequestLine, ...] = (MOTOR, CTRL)
    assert held(RequestState.SUBMITTED, lines) == Decimal("1642.50")
    state, lines = decide(RequestState.SUBMITTED, lines, {"P-MOTOR": 9, "P-CTRL": 5})
    assert (state, held(state, lines), approved_total(lines)) == (
        RequestState.PARTLY_APPROVED,
        Decimal("1522.50"),
        Decimal("1522.50"),
    )
    assert shipment_cost(lines, {"P-MOTOR": 9}) == Decimal("1080.00")
    state, lines = ship(state, lines, {"P-MOTOR": 9}, paid=False)
    assert (state, held(state, lines)) == (RequestState.PARTLY_SHIPPED, Decimal("442.50"))
    state, lines = ship(state, lines, {"P-CTRL": 5}, paid=False)
    assert (state, held(state, lines)) == (RequestState.SHIPPED, ZERO)
    assert [(line.asked, line.decided, line.shipped) for line in lines] == [(10, 9, 9), (5, 5, 5)]


@pytest.mark.parametrize(
    ("approved", "state"),
    [
        ({"P-MOTOR": 10, "P-CTRL": 5}, RequestState.APPROVED),
        ({"P-MOTOR": 10, "P-CTRL": 4}, RequestState.PARTLY_APPROVED),
        ({"P-MOTOR": 10}, RequestState.PARTLY_APPROVED),
        ({}, RequestState.REJECTED),
        ({"P-MOTOR": 0, "P-CTRL": 0, "P-SEAL": 0}, RequestState.REJECTED),
    ],
)
def test_the_state_follows_from_the_lines_that_were_decided(
    approved: dict[str, int], state: RequestState
) -> None:
    assert decide(RequestState.SUBMITTED, (MOTOR, CTRL), approved)[0] is state


@pytest.mark.parametrize(
    ("approved", "text"),
    [
        ({"P-MOTOR": 11}, "P-MOTOR: 11 can't be approved; asked for: 10."),
        ({"P-MOTOR": -1}, "P-MOTOR: -1 can't be approved; asked for: 10."),
        ({"P-SEAL": 1}, "P-SEAL is not on this request."),
    ],
)
def test_no_more_is_approved_than_was_asked(approved: dict[str, int], text: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        decide(RequestState.SUBMITTED, (MOTOR, CTRL), approved)
    assert refusal(refused) == ("PT-3", text)


@pytest.mark.parametrize("state", [state for state in RequestState if state is not RequestState.SUBMITTED])
def test_a_request_is_decided_once(state: RequestState) -> None:
    with pytest.raises(RuleBroken) as refused:
        decide(state, (MOTOR,), {"P-MOTOR": 1})
    assert refused.value.rule == "PT-3"


APPROVED = (replace(MOTOR, decided=9), replace(CTRL, decided=5, shipped=2), replace(BURNER, decided=2))


@pytest.mark.parametrize(
    ("pieces", "rule", "text"),
    [
        ({"P-CTRL": 4}, "PT-6", "P-CTRL: 4 can't be shipped; approved and not yet shipped: 3."),
        (
            {"P-MOTOR": -1, "P-CTRL": 1},
            "PT-6",
            "P-MOTOR: -1 can't be shipped; approved and not yet shipped: 9.",
        ),
        ({"P-SEAL": 1}, "PT-6", "P-SEAL is not on this request."),
        ({}, "PT-6", "Say what is shipped."),
        ({"P-MOTOR": 0}, "PT-6", "Say what is shipped."),
        ({"P-MOTOR": 1, "P-BURNER": 1}, "PT-5", "P-BURNER is shipped when its payment is confirmed."),
    ],
)
def test_a_shipment_that_may_not_be_is_refused(pieces: dict[str, int], rule: str, text: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        ship(RequestState.PARTLY_SHIPPED, APPROVED, pieces, paid=False)
    assert refusal(refused) == (rule, text)


def test_purchased_parts_ship_once_they_are_paid() -> None:
    state, lines = ship(RequestState.PARTLY_SHIPPED, APPROVED, {"P-BURNER": 2}, paid=True)
    assert state is RequestState.PARTLY_SHIPPED
    assert shipment_cost(APPROVED, {"P-BURNER": 2}) == ZERO
    state, lines = ship(state, lines, {"P-MOTOR": 9, "P-CTRL": 3}, paid=False)
    assert state is RequestState.SHIPPED


def test_one_more_than_everything_is_more_than_was_approved() -> None:
    with pytest.raises(RuleBroken) as refused:
        ship(RequestState.SHIPPED, [replace(MOTOR, decided=9, shipped=9)], {"P-MOTOR": 1}, paid=False)
    assert refusal(refused) == ("PT-6", "P-MOTOR: 1 can't be shipped; approved and not yet shipped: 0.")


@pytest.mark.parametrize(
    "state", [state for state in RequestState if state not in TO_SHIP | {RequestState.SHIPPED}]
)
def test_nothing_ships_before_a_decision_or_after_the_end(state: RequestState) -> None:
    with pytest.raises(RuleBroken) as refused:
        ship(state, APPROVED, {"P-MOTOR": 1}, paid=True)
    assert refused.value.rule == "PT-3"


def test_the_express_surcharge_is_due_on_the_first_shipment_only() -> None:
    assert express_due(Decimal("60.00"), [MOTOR, CTRL]) == Decimal("60.00")
    assert express_due(Decimal("60.00"), [MOTOR, replace(CTRL, decided=5, shipped=1)]) == ZERO
    assert express_due(ZERO, [MOTOR]) == ZERO


def test_beyond_the_quota_the_dealer_has_to_consent() -> None:
    check_consent(ZERO, consent=False)
    check_consent(Decimal("107.50"), consent=True)
    with pytest.raises(RuleBroken) as refused:
        check_consent(Decimal("107.50"), consent=False)
    assert refusal(refused) == (
        "PT-2",
        "The quota does not cover 107.50 of this request; consent to it or ask for less.",
    )


@pytest.mark.parametrize(
    ("lines", "express", "text"),
    [
        ([], "0.00", "Add at least one part."),
        ([replace(MOTOR, asked=0)], "0.00", "Ask for at least one piece of P-MOTOR."),
        ([MOTOR, MOTOR], "0.00", "Part P-MOTOR is listed twice."),
        ([MOTOR], "-0.01", "The express surcharge can't be negative."),
    ],
)
def test_a_request_that_asks_for_nothing_sensible_is_refused(
    lines: list[RequestLine], express: str, text: str
) -> None:
    with pytest.raises(RuleBroken) as refused:
        check_request(lines, Decimal(express))
    assert refusal(refused) == ("PT-1", text)
    check_request([MOTOR, CTRL], ZERO)


_MOVES = {
    ("submitted", "decide"): "approved",
    ("approved", "ship"): "shipped",
    ("partly_approved", "ship"): "shipped",
    ("partly_shipped", "ship"): "shipped",
    ("shipped", "receive"): "received",
    ("partly_cancelled", "receive"): "received",
    ("submitted", "cancel"): "cancelled",
    ("approved", "cancel"): "cancelled",
    ("partly_approved", "cancel"): "cancelled",
    ("partly_shipped", "cancel"): "partly_cancelled",
}


@pytest.mark.parametrize("state", RequestState)
@pytest.mark.parametrize("action", RequestAction)
def test_a_request_moves_as_pt_3_says(state: RequestState, action: RequestAction) -> None:
    after = _MOVES.get((state.value, action.value))
    if after is None:
        with pytest.raises(RuleBroken) as refused:
            REQUEST.advance(state, action)
        assert refused.value.rule == "PT-3"
    else:
        assert REQUEST.advance(state, action).value == after


@given(
    asked=st.lists(st.integers(1, 20), min_size=1, max_size=4),
    data=st.data(),
)
def test_what_is_held_and_drawn_never_exceeds_what_was_asked_and_ends_at_nothing(
    asked: list[int], data: st.DataObject
) -> None:
    lines: tuple[RequestLine, ...] = tuple(
        RequestLine(f"P-{place}", Supply.FUND, Decimal("10.01") + place, pieces)
        for place, pieces in enumerate(asked)
    )
    whole = request_total(lines)
    approved = {line.part: data.draw(st.integers(0, line.asked)) for line in lines}
    state, lines = decide(RequestState.SUBMITTED, lines, approved)
    drawn = ZERO
    assert held(state, lines) == approved_total(lines) <= whole
    while state in TO_SHIP:
        pieces = {line.part: data.draw(st.integers(0, line.open)) for line in lines}
        if not any(pieces.values()):
            state = REQUEST.advance(state, RequestAction.CANCEL)
            break
        drawn += shipment_cost(lines, pieces)
        state, lines = ship(state, lines, pieces, paid=False)
        assert drawn + held(state, lines) == approved_total(lines)
    assert held(state, lines) == ZERO
    assert drawn <= approved_total(lines)


def test_a_consent_is_good_for_the_amount_that_was_shown_and_less() -> None:
    check_consent(Decimal("107.50"), consent=True, shown=Decimal("107.50"))
    check_consent(Decimal("50.00"), consent=True, shown=Decimal("107.50"))
    with pytest.raises(RuleBroken) as refused:
        check_consent(Decimal("107.51"), consent=True, shown=Decimal("107.50"))
    assert refusal(refused) == (
        "PT-2",
        "The quota has changed: it does not cover 107.51, you consented to 107.50. Check the request again.",
    )


@pytest.mark.parametrize(
    ("lines", "rule"),
    [
        ([replace(MOTOR, asked=MOST_PIECES + 1)], "PT-1"),
        ([replace(MOTOR, part=f"P-{n}") for n in range(MOST_LINES + 1)], "PT-1"),
        ([replace(MOTOR, price=Decimal("999999999.00"), asked=MOST_PIECES)], "PT-1"),
    ],
)
def test_a_request_beyond_its_bounds_is_refused(lines: list[RequestLine], rule: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        check_request(lines, ZERO)
    assert refused.value.rule == rule


def test_the_largest_request_is_still_a_request() -> None:
    check_request([replace(MOTOR, part=f"P-{n}", asked=MOST_PIECES) for n in range(MOST_LINES)], ZERO)


def test_no_more_is_received_than_was_sent() -> None:
    sent = {"P-MOTOR": 6}
    check_receipt(sent, {"P-MOTOR": 6})
    check_receipt(sent, {})
    for counted, text in (
        ({"P-MOTOR": 7}, "P-MOTOR: 7 can't have been received, 6 were sent."),
        ({"P-MOTOR": -1}, "P-MOTOR: -1 can't have been received, 6 were sent."),
        ({"P-CTRL": 1}, "P-CTRL: 1 can't have been received, 0 were sent."),
    ):
        with pytest.raises(RuleBroken) as refused:
            check_receipt(sent, counted)
        assert refusal(refused) == ("PT-7", text)


@pytest.mark.parametrize("state", RequestState)
def test_every_state_has_a_colour(state: RequestState) -> None:
    assert state.tone in ("info", "ok", "warn", "bad", "mute")
