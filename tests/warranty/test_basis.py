"""The one line that says why, for printed sheets."""

from portal.kernel.text import T
from portal.warranty.queries.printed import printed_basis
from portal.warranty.rules import basis

DECIDED = T("In warranty through {last}.", last="2027-05-10")
SOLD = T("Sold on {day}; the warranty card is accepted.", day="2026-05-10")


def test_the_line_says_what_decided_which_day_it_is_and_the_clauses_each_once() -> None:
    assert basis([(DECIDED, ""), (SOLD, "3.4"), (SOLD, "2.1"), (SOLD, "3.4")], 316, 365) == [
        DECIDED,
        T("day {day} of {days}", day=316, days=365),
        T("clause {numbers}", numbers="3.4 / 2.1"),
    ]


def test_the_line_speaks_both_languages() -> None:
    line = printed_basis([(DECIDED, "3.4")], 316, 365)
    assert line.zh == "保修期至 2027-05-10（含当日） · 第 316 天，共 365 天 · 第 3.4 条"
    assert line.en == "In warranty through 2027-05-10 · day 316 of 365 · clause 3.4"


def test_a_day_past_the_period_and_an_outcome_without_one_are_said_so() -> None:
    assert printed_basis([(DECIDED, "")], 400, 365).zh == (
        "保修期至 2027-05-10（含当日） · 第 400 天，已超过 365 天的期限"
    )
    assert printed_basis([(SOLD, "")], None, None).en == "Sold on 2026-05-10; the warranty card is accepted"
