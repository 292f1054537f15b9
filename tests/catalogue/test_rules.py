"""Serials, codes, prices of a day, receipt and warranty months (SH-1, PT-10, EN-1)."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.catalogue.rules import (
    LONGEST,
    PriceVersion,
    Standing,
    check_amount,
    check_months,
    check_price_start,
    check_receipt,
    check_shipment,
    normalise_code,
    normalise_serial,
    price_on,
    received_on,
    standing,
    warranty_months,
)
from portal.kernel.errors import RuleBroken

DAY = dt.date


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (" eb48-0001 ", "EB48-0001"),
        ("ＥＢ４８－０００１", "EB48-0001"),
        ("A1", "A1"),
        ("7", "7"),
        ("a.b_c-9", "A.B_C-9"),
        ("X" * LONGEST, "X" * LONGEST),
    ],
)
def test_a_serial_is_kept_in_one_spelling(written: str, kept: str) -> None:
    assert normalise_serial(written) == kept
    assert normalise_code(written) == kept


@pytest.mark.parametrize(
    "written", ["", "  ", "A 1", "-A1", "A1-", "A/1", "A1\n2", "电机", "X" * (LONGEST + 1), "A1;", "É1"]
)
def test_what_is_no_serial_is_refused(written: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        normalise_serial(written)
    assert (refused.value.rule, refused.value.field) == ("SH-1", "serial")
    with pytest.raises(RuleBroken) as refused:
        normalise_code(written, field="part")
    assert (refused.value.rule, refused.value.field) == ("PT-10", "part")


@given(st.text(max_size=50))
def test_a_kept_serial_stays_as_it_is(text: str) -> None:
    try:
        kept = normalise_serial(text)
    except RuleBroken:
        return
    assert normalise_serial(kept) == kept


PRICES = [
    PriceVersion(DAY(2026, 4, 1), Decimal("125.00")),
    PriceVersion(DAY(2026, 1, 1), Decimal("120.00")),
]


@pytest.mark.parametrize(
    ("day", "price"),
    [
        (DAY(2026, 1, 1), "120.00"),
        (DAY(2026, 3, 31), "120.00"),
        (DAY(2026, 4, 1), "125.00"),
        (DAY(2030, 1, 1), "125.00"),
    ],
)
def test_a_price_is_the_one_of_the_day(day: dt.date, price: str) -> None:
    assert price_on(PRICES, day) == Decimal(price)


def test_a_day_before_the_first_price_has_none() -> None:
    with pytest.raises(RuleBroken) as refused:
        price_on(PRICES, DAY(2025, 12, 31))
    assert refused.value.rule == "PT-10"


def test_a_new_price_changes_no_day_that_has_begun() -> None:
    check_price_start(DAY(2020, 1, 1), DAY(2026, 4, 20), first=True)
    check_price_start(DAY(2026, 4, 21), DAY(2026, 4, 20), first=False)
    for starts in (DAY(2026, 4, 19), DAY(2026, 4, 20)):
        with pytest.raises(RuleBroken) as refused:
            check_price_start(starts, DAY(2026, 4, 20), first=False)
        assert (refused.value.rule, refused.value.field) == ("PT-10", "starts")


def test_a_unit_is_received_on_the_confirmed_day_or_some_days_after_shipment() -> None:
    assert received_on(DAY(2026, 1, 5), DAY(2026, 1, 7), 3) == DAY(2026, 1, 7)
    assert received_on(DAY(2026, 1, 5), None, 3) == DAY(2026, 1, 8)
    assert received_on(DAY(2026, 1, 5), None, 0) == DAY(2026, 1, 5)


def test_a_component_may_have_its_own_warranty() -> None:
    assert warranty_months(12, {"controller": 24}) == 12
    assert warranty_months(12, {"controller": 24}, "controller") == 24
    assert warranty_months(12, {"controller": 24}, "frame") == 12


def test_a_unit_is_shipped_once_and_not_tomorrow() -> None:
    today = DAY(2026, 1, 5)
    assert check_shipment("A1", known=False, shipped_on=today, today=today) == []
    found = check_shipment("A1", known=True, repeated=True, shipped_on=DAY(2026, 1, 6), today=today)
    assert [(finding.rule, str(finding.text), finding.field) for finding in found] == [
        ("SH-1", "Serial A1 was shipped before.", "serial"),
        ("SH-1", "Serial A1 is listed twice.", "serial"),
        ("SH-1", "The ship date 2026-01-06 is in the future.", "shipped_on"),
    ]


@pytest.mark.parametrize(
    ("confirmed", "text"),
    [
        (DAY(2026, 1, 4), "Receipt on 2026-01-04 is before the shipment on 2026-01-05."),
        (DAY(2026, 1, 5), None),
        (DAY(2026, 1, 8), None),
        (DAY(2026, 1, 9), "The day of receipt, 2026-01-09, is in the future."),
    ],
)
def test_receipt_lies_between_shipment_and_today(confirmed: dt.date, text: str | None) -> None:
    found = check_receipt(DAY(2026, 1, 5), confirmed, DAY(2026, 1, 8))
    assert [str(finding.text) for finding in found] == ([] if text is None else [text])


VERSIONS = st.lists(
    st.tuples(st.dates(DAY(2026, 1, 1), DAY(2026, 1, 9)), st.integers(0, 999)), min_size=1, max_size=6
).map(
    lambda drawn: [PriceVersion(day, Decimal(price), number) for number, (day, price) in enumerate(drawn, 1)]
)


@given(VERSIONS, st.dates(DAY(2026, 1, 1), DAY(2026, 1, 9)))
def test_exactly_the_version_that_gives_the_price_is_current(
    versions: list[PriceVersion], day: dt.date
) -> None:
    current = [version for version in versions if standing(version, versions, day) is Standing.CURRENT]
    try:
        price = price_on(versions, day)
    except RuleBroken:
        assert current == []
        return
    assert [version.price for version in current] == [price]


def test_of_two_versions_for_one_day_the_later_one_rules() -> None:
    mistake, right = (
        PriceVersion(DAY(2026, 7, 1), Decimal("1250.00"), 2),
        PriceVersion(DAY(2026, 7, 1), Decimal("125.00"), 3),
    )
    for order in ([mistake, right], [right, mistake]):
        assert price_on(order, DAY(2026, 7, 1)) == Decimal("125.00")
        assert standing(mistake, order, DAY(2026, 6, 1)) is Standing.PAST
        assert standing(right, order, DAY(2026, 6, 1)) is Standing.COMING


@pytest.mark.parametrize("months", [-1, 241])
def test_a_warranty_has_bounds(months: int) -> None:
    with pytest.raises(RuleBroken) as refused:
        check_months(months)
    assert (refused.value.rule, refused.value.field) == ("EN-1", "months")


@pytest.mark.parametrize("amount", ["0.00", "10000000.00"])
def test_prices_have_bounds(amount: str) -> None:
    check_amount(Decimal(amount), field="price")
    with pytest.raises(RuleBroken) as refused:
        check_amount(Decimal("10000000.01") if amount != "0.00" else Decimal("-0.01"), field="price")
    assert (refused.value.rule, refused.value.field) == ("PT-10", "price")
