"""Customers' phone numbers and names: read, kept, masked (WC-3, PII-1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.warranty.rules import local_digits, mask_address, mask_name, mask_phone, normalise_phone


@pytest.mark.parametrize(
    ("written", "kept", "local", "masked"),
    [
        ("13800005678", "+8613800005678", "13800005678", "138****5678"),
        (" 138 0000 5678", "+8613800005678", "13800005678", "138****5678"),
        ("138-0000-5678", "+8613800005678", "13800005678", "138****5678"),
        ("１３８００００５６７８", "+8613800005678", "13800005678", "138****5678"),
        ("+86 138 0000 5678", "+8613800005678", "13800005678", "138****5678"),
        ("0086 13800005678", "+8613800005678", "13800005678", "138****5678"),
        ("19912345678", "+8619912345678", "19912345678", "199****5678"),
        ("010-62345678", "+861062345678", "01062345678", "010****5678"),
        ("0755 8888 8888", "+8675588888888", "075588888888", "075****8888"),
        ("+852 6123 4567", "+85261234567", "+85261234567", "+85****4567"),
    ],
)
def test_a_number_is_kept_in_one_form_and_masked(written: str, kept: str, local: str, masked: str) -> None:
    assert normalise_phone(written) == kept
    assert normalise_phone(kept) == kept
    assert local_digits(kept) == local
    assert mask_phone(kept) == masked


@pytest.mark.parametrize(
    "written",
    [
        "",
        "12345",
        "1380000567",
        "138000056789",
        "11111111111",
        "12800001111",
        "62345678",
        "400-800-1234",
        "10086",
        "+1 555",
        "13800005678 ext. 12",
        "abc",
    ],
)
def test_what_nobody_can_be_called_on_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="not a phone number"):
        normalise_phone(written)


@given(st.integers(0, 99_999_999))
def test_a_mask_hides_the_middle_of_every_mobile_number(number: int) -> None:
    kept = normalise_phone(f"139{number:08d}")
    masked = mask_phone(kept)
    assert (len(masked), masked[:3], masked[3:7], masked[7:]) == (11, "139", "****", f"{number % 10000:04d}")


def test_of_a_short_foreign_number_only_the_end_is_shown() -> None:
    kept = normalise_phone("+298 211234")
    assert (kept, mask_phone(kept)) == ("+298211234", "****34")


@pytest.mark.parametrize(
    ("name", "masked"),
    [("王小明", "王**"), (" 欧阳修 ", "欧**"), ("Li Lei", "L**"), ("李", "李**"), ("", "")],
)
def test_a_name_is_masked_to_its_first_character(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("山东省临沂市兰山区金源路 1 号", "山东省临沂市兰山区****"),
        ("北京市海淀区中关村大街1号", "北京市海淀区****"),
        ("江苏省昆山市玉山镇", "江苏省昆山市****"),
        ("内蒙古自治区赤峰市松山区某街", "内蒙古自治区赤峰市松山区****"),
        ("金源路12号3单元超市", "金源路****"),
        ("", ""),
    ],
)
def test_an_address_is_shown_down_to_its_district(address: str, masked: str) -> None:
    assert mask_address(address) == masked
