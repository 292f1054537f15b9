"""Content in one spelling and its hash; four eyes (FE-1)."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest

from portal.kernel.canonical import canonical_json, content_hash
from portal.kernel.errors import RuleBroken
from portal.kernel.foureyes import check_four_eyes
from portal.kernel.period import Month, Quarter


class Colour(StrEnum):
    RED = "red"


def test_content_is_written_in_one_spelling() -> None:
    data = {
        "quarter": Quarter(2026, 1),
        "month": Month(2026, 2),
        "day": dt.date(2026, 3, 31),
        "amount": Decimal("-15.00"),
        "state": Colour.RED,
        "lines": [(1, None), {"on": True}],
        "name": "示例",
    }
    assert canonical_json(data) == (
        '{"amount":"-15.00","day":"2026-03-31","lines":[[1,null],{"on":true}],'
        '"month":"2026-02","name":"示例","quarter":"2026Q1","state":"red"}'
    )


def test_the_order_of_names_does_not_change_the_hash_but_a_cent_does() -> None:
    one = {"a": Decimal("1.00"), "b": 2}
    assert content_hash(one) == content_hash({"b": 2, "a": Decimal("1.00")})
    assert content_hash(one) != content_hash({"a": Decimal("1.01"), "b": 2})
    assert content_hash({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@pytest.mark.parametrize("value", [1.5, {1: "x"}, {"x": object()}, {"when": b"x"}])
def test_what_has_no_exact_spelling_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical_json({"value": value})


def test_nobody_decides_what_they_did_themselves() -> None:
    check_four_eyes(1, 2)
    with pytest.raises(RuleBroken) as refused:
        check_four_eyes(7, 7)
    assert refused.value.rule == "FE-1"
