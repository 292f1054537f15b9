"""Money is exact, rounded half up once, and stays inside what the database holds (MN-1, MN-2)."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel import money

CENTS = st.integers(-(10**14) + 1, 10**14 - 1)
AMOUNTS = CENTS.map(money.from_minor)
RATES = st.integers(0, 10**6).map(lambda n: Decimal(n).scaleb(-6))


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        ("0.005", "0.01"),
        ("-0.005", "-0.01"),
        ("0.0049", "0.00"),
        ("2.675", "2.68"),
        ("-2.665", "-2.67"),
        ("1", "1.00"),
    ],
)
def test_a_half_goes_away_from_zero(amount: str, rounded: str) -> None:
    assert str(money.round_money(Decimal(amount))) == rounded


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_rounding_is_the_nearest_cent_and_idempotent(amount: Decimal) -> None:
    rounded = money.round_money(amount)
    assert abs(Fraction(rounded) - Fraction(amount)) <= Fraction(1, 200)
    assert money.round_money(rounded) == rounded
    assert money.round_money(-amount) == -rounded
    assert rounded == amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


@given(AMOUNTS)
def test_cents_and_amounts_are_the_same_thing(amount: Decimal) -> None:
    assert money.from_minor(money.to_minor(amount)) == amount
    assert amount.as_tuple().exponent == -2


@given(AMOUNTS)
def test_what_is_printed_is_read_again(amount: Decimal) -> None:
    if abs(amount) < money.LIMIT:
        assert money.parse_money(f"{amount:,.2f}") == amount
        assert money.parse_money(f" ¥{amount} ") == amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1,234.5", "1234.50"),
        ("¥ 7", "7.00"),
        ("−3.10", "-3.10"),
        ("0", "0.00"),
        ("999999999999.99", "999999999999.99"),
    ],
)
def test_amounts_as_people_write_them(text: str, amount: str) -> None:
    assert str(money.parse_money(text)) == amount


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "1.234",
        "1e3",
        "NaN",
        "Infinity",
        "9" * 13,
        "9" * 400,
        "٣",
        "1１",
        "0x1",
        "1.",
        ".5",
        "--1",
        "1 2",
    ],
)
def test_anything_else_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        money.parse_money(text)


@given(st.text(max_size=30))
def test_no_text_makes_parsing_fail_in_another_way(text: str) -> None:
    for parse in (money.parse_money, money.parse_rate):
        try:
            value = parse(text)
        except ValueError:
            continue
        assert abs(value) < money.LIMIT


@given(RATES)
def test_a_rate_that_is_printed_is_read_again(rate: Decimal) -> None:
    assert money.parse_rate(money.format_rate(rate)) == rate


@pytest.mark.parametrize("text", ["", "2.5", "%", "-1%", "100.0001%", "1e1%", "2.55555%", "٣%"])
def test_anything_else_is_no_rate(text: str) -> None:
    with pytest.raises(ValueError, match="not a rate"):
        money.parse_rate(text)


@given(AMOUNTS, RATES)
def test_a_share_is_never_more_than_the_whole_and_rounds_once(amount: Decimal, rate: Decimal) -> None:
    share = money.share(amount, rate)
    assert abs(share) <= abs(amount)
    exact = Fraction(amount) * Fraction(rate)
    assert abs(Fraction(share) - exact) <= Fraction(1, 200)


@given(st.lists(AMOUNTS, max_size=20), st.randoms())
def test_a_sum_does_not_depend_on_its_order(amounts: list[Decimal], random: object) -> None:
    shuffled = list(amounts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert money.total(shuffled) == money.total(amounts)
    assert money.total([]) == money.ZERO


def test_parts_of_a_cent_are_refused() -> None:
    with pytest.raises(ValueError, match="parts of a cent"):
        money.to_minor(Decimal("0.001"))
