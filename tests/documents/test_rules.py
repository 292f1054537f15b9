"""Amounts in capitals, canonical data, and the arithmetic of a statement."""

import dataclasses
import json
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.documents.rules import (
    CODE_LENGTH,
    Bilingual,
    Figures,
    Grant,
    Line,
    Outcome,
    Part,
    StatementView,
    by_month,
    canonical_json,
    capital_amount,
    check,
    data_sha256,
    detail_parts,
    detail_widths,
    fits_front,
    front_lines,
    grouped,
    mask_account,
    normalise_code,
    outcomes,
    quarter_words,
    summary,
    thaw,
)
from tests.documents.sheets import MAKER, adjustments, draws, proven, statement

D = Decimal
DIGITS = "零壹贰叁肆伍陆柒捌玖"


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("0.00", "零元整"),
        ("0.05", "伍分"),
        ("0.10", "壹角整"),
        ("0.57", "伍角柒分"),
        ("1.00", "壹元整"),
        ("1.01", "壹元零壹分"),
        ("1.10", "壹元壹角整"),
        ("10.00", "壹拾元整"),
        ("20.05", "贰拾元零伍分"),
        ("101.00", "壹佰零壹元整"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("1001.00", "壹仟零壹元整"),
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("6942.72", "陆仟玖佰肆拾贰元柒角贰分"),
        ("10010.01", "壹万零壹拾元零壹分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("107000.53", "壹拾万零柒仟元伍角叁分"),
        ("1000000.00", "壹佰万元整"),
        ("10001000.00", "壹仟万零壹仟元整"),
        ("20000500.00", "贰仟万零伍佰元整"),
        ("100000000.00", "壹亿元整"),
        ("100010001.00", "壹亿零壹万零壹元整"),
        ("1000100000.00", "壹拾亿零壹拾万元整"),
        ("1234567890.12", "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元壹角贰分"),
        ("999999999999.99", "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
        ("-12.30", "负壹拾贰元叁角整"),
    ],
)
def test_an_amount_is_written_as_the_customs_say(amount: str, written: str) -> None:
    assert capital_amount(D(amount)) == "人民币" + written


def read_back(text: str) -> D:
    """The amount that a reader takes from it."""
    text = text.removeprefix("人民币")
    sign = -1 if text.startswith("负") else 1
    text = text.removeprefix("负").removesuffix("整")
    whole, _, rest = text.rpartition("元")
    high, _, low = whole.rpartition("亿")
    middle, _, low = low.rpartition("万")
    yuan = sum(read_group(part) * size for part, size in ((high, 10**8), (middle, 10**4), (low, 1)))
    cents = [(place, re.search(f"([{DIGITS}]){place}", rest)) for place in "角分"]
    value = {place: DIGITS.index(found[1]) if found else 0 for place, found in cents}
    return sign * (D(yuan) + D(value["角"]) / 10 + D(value["分"]) / 100)


def read_group(text: str) -> int:
    value = digit = 0
    for character in text:
        if character in DIGITS:
            digit = DIGITS.index(character)
        else:
            value += digit * {"拾": 10, "佰": 100, "仟": 1000}[character]
            digit = 0
    return value + digit


sparse = st.text("00001", min_size=1, max_size=14).map(int)


@given(st.one_of(st.integers(-(10**14) + 1, 10**14 - 1), sparse))
def test_a_written_amount_reads_back_as_itself(minor: int) -> None:
    amount = D(minor) / 100
    assert read_back(capital_amount(amount)) == amount


@given(st.one_of(st.integers(0, 10**14 - 1), sparse))
def test_a_written_amount_has_no_double_zero_and_ends_as_it_must(minor: int) -> None:
    text = capital_amount(D(minor) / 100)
    assert "零零" not in text
    assert "零元" not in text.replace("人民币零元整", "")
    assert text.endswith("整" if minor % 10 == 0 else "分")


@pytest.mark.parametrize("amount", ["0.001", "12.345", "1000000000000.00", "-1000000000000.00"])
def test_what_cannot_be_written_out_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match=r"cent|large"):
        capital_amount(D(amount))


def test_the_canonical_data_is_sorted_has_exact_money_and_leaves_the_proof_out() -> None:
    data = json.loads(canonical_json(proven(statement())))
    assert list(data) == sorted(data)
    assert "proof" not in data
    assert data["figures"]["opening"] == "1250.00"
    assert data["figures"]["granted"] == "14912.51"


def test_the_proof_names_code_address_and_the_hash_of_the_data() -> None:
    view = proven(statement())
    assert view.proof is not None
    assert view.proof.url == "https://portal.example.com/v/7F3A91C2D0B64KXQ8M2T"
    assert view.proof.printed_code == "7F3A-91C2-D0B6-4KXQ-8M2T"
    assert view.proof.data_sha256 == data_sha256(statement()) == data_sha256(view)


def test_the_hash_changes_with_a_cent_and_not_with_the_process() -> None:
    assert data_sha256(statement()) == data_sha256(statement())
    assert data_sha256(statement(opening="1250.01")) != data_sha256(statement())


def test_only_strings_and_numbers_may_be_printed() -> None:
    view = dataclasses.replace(statement(), reason=object())
    with pytest.raises(TypeError, match="object"):
        canonical_json(view)


@pytest.mark.parametrize(
    "typed",
    [
        "7F3A91C2D0B64KXQ8M2T",
        " 7f3a-91c2-d0b6-4kxq-8m2t ",
        "7F3A 91C2 DOB6 4KXQ 8M2T",
        "７F3A-9IC2-D0B6-4KXQ-8M2T",
    ],
)
def test_a_code_is_understood_however_it_is_typed(typed: str) -> None:
    assert normalise_code(typed) == "7F3A91C2D0B64KXQ8M2T"


@pytest.mark.parametrize(
    "typed",
    ["", "7F3A", "7F3A91C2D0B64KXQ8M2T7", "7F3A91C2D0B64KXQ8M2U", "../../etc/passwd", "码" * 20, "0" * 5000],
)
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert normalise_code(typed) is None


@given(st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=CODE_LENGTH, max_size=CODE_LENGTH))
def test_a_printed_code_is_read_back(code: str) -> None:
    assert normalise_code(grouped(code)) == code


@pytest.mark.parametrize(
    ("account", "masked"),
    [
        ("1607020209000010001", "1607 **** **** 0001"),
        ("1607 0202 0900 0010 001", "1607 **** **** 0001"),
        ("12345678", "****78"),
        ("", ""),
    ],
)
def test_an_account_shows_only_its_ends(account: str, masked: str) -> None:
    assert mask_account(account) == masked


def test_a_statement_that_adds_up_is_accepted() -> None:
    check(statement())
    check(statement(drawn=draws(300), adjusted=adjustments(10), direct=adjustments(2)))


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Figures)])
def test_a_figure_that_is_a_cent_off_is_refused(name: str) -> None:
    view = statement(drawn=draws(30), adjusted=adjustments(3), direct=adjustments(1))
    wrong = dataclasses.replace(view.figures, **{name: getattr(view.figures, name) + D("0.01")})
    with pytest.raises(ValueError, match="add up"):
        check(dataclasses.replace(view, figures=wrong))


def test_a_missing_line_is_refused() -> None:
    view = statement(drawn=draws(5))
    shorter = tuple(
        dataclasses.replace(section, lines=section.lines[1:]) if section.part is Part.DRAWN else section
        for section in view.sections
    )
    with pytest.raises(ValueError, match="drawn"):
        check(dataclasses.replace(view, sections=shorter))


def test_the_rows_of_the_summary_add_up_to_the_result() -> None:
    view = statement(drawn=draws(30), adjusted=adjustments(3))
    rows = summary(view)
    assert sum(row.amount for row in rows) == view.figures.result
    names = "期初结转 核定：回款比例 减：领用配件 减：计入专项费用的费用 减：理赔支付 调整 减：取消核定"
    assert [row.words.zh for row in rows] == names.split()
    assert [row.documents for row in rows] == [None, 3, 10, 0, 0, 3, 0]


def test_what_is_owed_is_written_out_and_else_what_is_carried() -> None:
    (carried,) = outcomes(statement())
    assert (carried.outcome, carried.amount) == (Outcome.CARRIED, D("14097.51"))
    assert carried.capitals == "人民币壹万肆仟零玖拾柒元伍角壹分"
    (due,) = outcomes(statement(drawn=draws(200)))
    assert (due.outcome, due.amount) == (Outcome.DUE, D("18211.99"))
    view = statement(drawn=draws(200))
    both = dataclasses.replace(
        view, figures=dataclasses.replace(view.figures, claims=D("5.00"), payable=D("5.00"))
    )
    assert [row.outcome for row in outcomes(both)] == [Outcome.DUE, Outcome.PAYABLE]


def test_only_yuan_are_written_in_capitals() -> None:
    assert outcomes(statement(currency="USD"))[0].capitals == ""


def test_lines_are_grouped_by_month_and_a_late_one_stands_where_it_counts() -> None:
    late = Line(
        date="2026-06-28", document="X", text="t", amount=D("1.00"), belongs_to="2026Q2", month="2026-07"
    )
    groups = by_month([*draws(6), late])
    assert [group.month for group in groups] == ["2026-07", "2026-08", "2026-09"]
    assert groups[0].lines[-1] is late
    assert sum(group.subtotal for group in groups) == sum(line.amount for line in draws(6)) + 1


def test_a_few_adjustments_stand_above_the_signatures_and_many_in_the_details() -> None:
    none, few, many = (statement(adjusted=adjustments(n)) for n in (0, 3, 10))
    assert [fits_front(view) for view in (none, few, many)] == [True, True, False]
    assert Part.ADJUSTED not in detail_parts(few)
    assert Part.ADJUSTED in detail_parts(many)
    assert len(front_lines(many)) == 10


def test_long_texts_bases_and_a_revision_leave_less_room_on_the_first_page() -> None:
    three = adjustments(3)
    assert fits_front(statement(adjusted=three))
    assert not fits_front(statement(adjusted=three, revision=2))
    long = tuple(dataclasses.replace(line, text="很长的原因" * 10) for line in three)
    assert not fits_front(statement(adjusted=long))
    grants = (Grant(basis=Bilingual("b", "b"), formula="", amount=D("0.00")),) * 3
    assert not fits_front(dataclasses.replace(statement(adjusted=three), grants=grants))
    address = dataclasses.replace(MAKER, address="很长的地址" * 20)
    assert not fits_front(statement(adjusted=three, maker=address))


def test_the_columns_of_the_details_fill_the_sheet() -> None:
    for counted in (True, False):
        for earlier in (True, False):
            widths = detail_widths(counted, earlier)
            assert sum(widths) == 179
            assert min(widths) >= 9


def test_a_quarter_has_its_words() -> None:
    assert quarter_words("2026Q3") == Bilingual("2026 年第三季度", "Third quarter of 2026")


def test_a_view_is_read_back_from_its_data() -> None:
    view = statement(drawn=draws(30), adjusted=adjustments(3), direct=adjustments(1), revision=2)
    assert thaw(StatementView, json.loads(canonical_json(view))) == view
    assert data_sha256(thaw(StatementView, json.loads(canonical_json(view)))) == data_sha256(view)
