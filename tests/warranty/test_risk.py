"""Signals of falsified cards (WC-4)."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.findings import Severity
from portal.warranty.rules import (
    WEIGHTS,
    CardSeen,
    Risk,
    Signal,
    Surroundings,
    assess_risk,
    distance,
    longest_run,
)

DAY = dt.date


def seen(number: int, **changes: object) -> CardSeen:
    """A card that resembles no other: its own serial, days, customer, phone and invoice."""
    card = CardSeen(
        number=f"BXK-2026-{number:06d}",
        serial=f"S{number * 7:05d}",
        sale_date=DAY(2026, 1, 1) + dt.timedelta(days=number % 300),
        filed_on=DAY(2026, 1, 5) + dt.timedelta(days=number % 20),
        customer=f"顾客{number}",
        phone=f"+861390000{number:04d}",
        invoice=f"INV-{number}",
    )
    return replace(card, **changes)  # type: ignore[arg-type]


CARD = seen(0)


def risk(*others: CardSeen, card: CardSeen = CARD, **around: object) -> Risk:
    return assess_risk(card, Surroundings(others, **around))  # type: ignore[arg-type]


def said(found: Risk) -> list[str]:
    return [str(finding.text) for finding in found.findings]


def test_an_ordinary_card_has_no_signal() -> None:
    assert risk(*(seen(number) for number in range(1, 40))) == Risk(0, (), ())


def test_a_card_is_not_compared_with_itself() -> None:
    card = seen(0, photos=(7,))
    assert risk(card, card, card, card=card).score == 0


def test_one_phone_on_three_cards_is_a_signal_but_not_on_two() -> None:
    second, third = seen(1, phone=CARD.phone), seen(2, phone=CARD.phone)
    assert risk(second).signals == ()
    found = risk(second, third)
    assert (found.score, found.signals) == (30, (Signal.SAME_PHONE,))
    assert said(found) == ["The same phone is on 2 other cards."]
    assert [evidence.path for evidence in found.findings[0].evidence] == [
        "/cards/BXK-2026-000001",
        "/cards/BXK-2026-000002",
    ]


def test_an_invoice_may_honestly_cover_several_units_of_one_customer() -> None:
    fleet = [
        seen(number, invoice=CARD.invoice, phone=CARD.phone, sale_date=CARD.sale_date)
        for number in range(1, 4)
    ]
    assert Signal.SAME_INVOICE not in risk(*fleet).signals
    crowd = [seen(number, invoice=CARD.invoice, phone=CARD.phone) for number in range(1, 11)]
    assert said(risk(*crowd))[-1] == "The same invoice is on 10 other cards."


def test_one_invoice_on_cards_of_other_customers_is_a_signal() -> None:
    strangers = [seen(number, invoice=CARD.invoice) for number in (1, 2)]
    assert risk(strangers[0]).signals == ()
    assert said(risk(*strangers)) == ["The same invoice is on 2 cards of other customers."]
    assert risk(*strangers).score == 25


def test_sales_clustered_on_one_day_are_a_signal() -> None:
    cluster = [seen(number, sale_date=CARD.sale_date) for number in range(20, 24)]
    assert risk(*cluster[:3]).signals == ()
    assert said(risk(*cluster)) == ["5 of 5 cards of these weeks have the sale date 2026-01-01."]
    # six more of other days nearby: 5 of 11 is no cluster any more
    assert risk(*cluster, *(seen(number) for number in range(1, 7))).signals == ()


def test_cards_filed_in_a_burst_before_the_quarters_end_are_a_signal() -> None:
    card = seen(0, filed_on=DAY(2026, 3, 27))
    burst = [seen(number, filed_on=DAY(2026, 3, 31)) for number in range(1, 5)]
    assert said(risk(*burst, card=card)) == ["5 of 5 cards of 2026Q1 were filed in its last 5 days."]
    assert risk(*burst[:3], card=card).signals == ()
    assert risk(*burst, card=seen(0, filed_on=DAY(2026, 3, 26))).signals == ()
    assert risk(*burst, *(seen(number) for number in range(10, 16)), card=card).signals == ()


def test_an_unbroken_run_of_serials_sold_within_days_is_a_signal() -> None:
    card = seen(0, serial="EB48-0003")
    run = [
        seen(number, serial=f"EB48-{number:04d}", sale_date=card.sale_date + dt.timedelta(days=number % 3))
        for number in (1, 2, 4, 5)
    ]
    found = risk(*run, card=card)
    assert (found.score, said(found)) == (
        20,
        ["5 serials in an unbroken run, EB48-0001 to EB48-0005, were sold within days."],
    )
    assert risk(*run[1:], card=card).signals == ()
    far = [replace(other, sale_date=card.sale_date + dt.timedelta(days=4)) for other in run]
    assert risk(*far, card=card).signals == ()


@pytest.mark.parametrize(
    ("serials", "around", "run"),
    [
        (["A7", "A8", "A9", "A11", "B8"], "A8", ["A7", "A8", "A9"]),
        (["A9", "A10"], "A9", ["A9"]),
        (["A09", "A10"], "A09", ["A09", "A10"]),
        (["XA", "XB"], "XA", ["XA"]),
        ([], "A1", ["A1"]),
    ],
)
def test_a_run_keeps_prefix_and_width(serials: list[str], around: str, run: list[str]) -> None:
    assert longest_run(serials, around) == run


def test_a_customer_from_the_dealers_own_staff_is_a_signal() -> None:
    assert said(risk(staff_phones=frozenset({CARD.phone}))) == [
        "The customer's phone is that of a person at the dealer."
    ]
    by_name = risk(card=seen(0, customer=" Li Lei "), staff_names=frozenset({"li lei"}))
    assert (by_name.score, said(by_name)) == (40, ["The customer has the name of a person at the dealer."])
    assert risk(staff_phones=frozenset({"+8613911112222"}), staff_names=frozenset({"韩梅"})).score == 0


@pytest.mark.parametrize(("days", "score"), [(-1, 0), (0, 30), (15, 30), (16, 0)])
def test_a_return_soon_after_the_sale_is_a_signal(days: int, score: int) -> None:
    assert risk(returned_on=CARD.sale_date + dt.timedelta(days=days)).score == score


def test_a_photo_used_before_is_a_signal_even_when_a_few_bits_differ() -> None:
    card = seen(0, photos=(0b1111 << 20, 0xFFFF_0000_FFFF_0000))
    near = seen(1, photos=(0xFFFF_0000_FFFF_003F,))
    far = seen(2, photos=(0xFFFF_0000_FFFF_007F,))
    assert (distance(card.photos[1], near.photos[0]), distance(card.photos[1], far.photos[0])) == (6, 7)
    assert said(risk(near, far, card=card)) == ["A photo of this card is on other cards too: 1."]
    assert risk(far, card=card).score == 0


def test_signals_add_up_the_heaviest_first_and_never_beyond_a_hundred() -> None:
    card = seen(0, photos=(5,))
    same = [seen(number, photos=(5,), phone=card.phone, sale_date=card.sale_date) for number in range(1, 6)]
    found = risk(*same, card=card, staff_phones=frozenset({card.phone}), returned_on=card.sale_date)
    assert found.signals == (
        Signal.PHOTO_REUSED,
        Signal.CUSTOMER_IS_STAFF,
        Signal.RETURNED_AFTER_SALE,
        Signal.SAME_PHONE,
        Signal.SAME_DAY,
    )
    assert found.score == 100
    assert {finding.rule for finding in found.findings} == {"WC-4"}
    assert {finding.severity for finding in found.findings} == {Severity.WARNING}
    assert max(len(finding.evidence) for finding in found.findings) == 5


def test_every_signal_weighs_something_and_they_are_listed_by_weight() -> None:
    weights = [WEIGHTS[signal] for signal in Signal]
    assert weights == sorted(weights, reverse=True)
    assert min(weights) > 0


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_distance_is_symmetric_and_zero_only_for_the_same_picture(one: int, other: int) -> None:
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) == (one == other)
