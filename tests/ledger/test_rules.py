"""Accounts, grants, quota and closing of the repair fund (MN-1 … MN-4, ST-1, ST-2, PT-2)."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.agreements.rules import Span
from portal.kernel.errors import RuleBroken
from portal.kernel.money import ZERO, round_money, total
from portal.kernel.period import Quarter
from portal.ledger.rules import (
    CLOSING_KINDS,
    SIDES,
    Account,
    ClosingEntry,
    Cover,
    EntryKind,
    Figures,
    Quota,
    act_of,
    adjusting_quarter,
    belongs_to,
    check_open,
    check_remittance,
    closing_entries,
    counting_quarter,
    entry_lines,
    month_in,
    opening_of,
    quota,
    share_delta,
    step_words,
)

Q1, Q2, Q3, Q4 = (Quarter(2026, number) for number in (1, 2, 3, 4))
AMOUNTS = st.integers(-10_000_000, 10_000_000).map(lambda cents: Decimal(cents).scaleb(-2))
POSITIVE = st.integers(1, 10_000_000).map(lambda cents: Decimal(cents).scaleb(-2))
RATES = st.integers(0, 1_000_000).map(lambda n: Decimal(n).scaleb(-6))


def money(text: str) -> Decimal:
    return Decimal(text)


@pytest.mark.parametrize(
    ("kind", "grows", "shrinks"),
    [
        ("grant", "fund", "granted"),
        ("draw", "drawn", "fund"),
        ("charge", "charged", "fund"),
        ("claim", "claims", "fund"),
        ("adjust", "fund", "adjusted"),
        ("cancel", "cancelled", "fund"),
        ("direct", "direct", "due"),
        ("hold", "reserved", "reservable"),
        ("release", "reservable", "reserved"),
        ("carry", "carried", "fund"),
        ("open", "fund", "opening"),
        ("pay_out", "payable", "fund"),
        ("overspend", "fund", "due"),
    ],
)
def test_each_kind_of_entry_has_its_two_accounts(kind: str, grows: str, shrinks: str) -> None:
    assert SIDES[EntryKind(kind)] == (Account(grows), Account(shrinks))
    assert len(SIDES) == len(EntryKind) == 13


@given(st.sampled_from(EntryKind), AMOUNTS.filter(bool))
def test_every_entry_sums_to_zero(kind: EntryKind, amount: Decimal) -> None:
    lines = entry_lines(kind, amount)
    assert total(amount for _, amount in lines) == 0
    assert [amount for account, amount in lines if account is SIDES[kind][0]] == [amount]


@pytest.mark.parametrize("amount", ["0.00", "0.001", "12.345"])
def test_nothing_and_parts_of_a_cent_are_not_posted(amount: str) -> None:
    with pytest.raises(ValueError, match="whole number of cents"):
        entry_lines(EntryKind.GRANT, money(amount))


@pytest.mark.parametrize(
    ("day", "frozen", "counted", "late"),
    [
        ("2026-03-31", None, Q1, None),
        ("2026-04-01", None, Q2, None),
        ("2026-03-31", Q1, Q2, Q1),
        ("2026-04-01", Q1, Q2, None),
        ("2025-06-01", Q1, Q2, Quarter(2025, 2)),
        ("2026-12-31", Q4, Quarter(2027, 1), Q4),
    ],
)
def test_what_is_dated_into_an_issued_quarter_counts_in_the_next(
    day: str, frozen: Quarter | None, counted: Quarter, late: Quarter | None
) -> None:
    date = dt.date.fromisoformat(day)
    assert counting_quarter(date, frozen) == counted
    assert belongs_to(date, counted) == late


@given(st.dates(dt.date(2025, 1, 1), dt.date(2027, 12, 31)), st.none() | st.sampled_from([Q1, Q2, Q3]))
def test_nothing_counts_in_a_frozen_quarter_or_before_its_own(day: dt.date, frozen: Quarter | None) -> None:
    counted = counting_quarter(day, frozen)
    assert frozen is None or counted > frozen
    assert counted >= Quarter.of(day)
    assert (belongs_to(day, counted) is None) == (counted == Quarter.of(day))


def test_an_adjustment_goes_into_the_disputed_quarter_whatever_its_date() -> None:
    assert adjusting_quarter(dt.date(2026, 4, 6), Q1, Q1) == Q1
    assert adjusting_quarter(dt.date(2026, 4, 6), Q1, None) == Q2
    assert adjusting_quarter(dt.date(2026, 3, 6), Q1, None) == Q2
    assert adjusting_quarter(dt.date(2026, 4, 6), None, None) == Q2
    assert belongs_to(dt.date(2026, 4, 6), Q1) is None


def test_nothing_posts_into_a_closed_quarter() -> None:
    check_open(Q1, None)
    check_open(Q2, Q1)
    for quarter in (Quarter(2025, 4), Q1):
        with pytest.raises(RuleBroken) as refused:
            check_open(quarter, Q1)
        assert refused.value.rule == "MN-4"


@pytest.mark.parametrize(
    ("rate", "before", "amount", "granted"),
    [
        ("0.025", "0.00", "80000.00", "2000.00"),
        ("0.0125", "0.00", "10000.05", "125.00"),
        ("0.0125", "10000.05", "20000.05", "250.00"),
        ("0.0125", "30000.10", "-20000.05", "-250.00"),
        ("0.025", "0.00", "123456.78", "3086.42"),
        ("0.025", "123456.78", "87654.33", "2191.36"),
        ("0.025", "211111.11", "50000.00", "1250.00"),
        # half a cent goes up, and down again for a reversal without its remittance
        ("0.01", "0.00", "0.50", "0.01"),
        ("0.01", "0.50", "0.50", "0.00"),
        ("0.01", "0.00", "-0.50", "-0.01"),
    ],
)
def test_a_remittance_grants_the_growth_of_the_rounded_share(
    rate: str, before: str, amount: str, granted: str
) -> None:
    assert share_delta(money(rate), money(before), money(amount)) == money(granted)


@given(RATES, st.lists(AMOUNTS, max_size=12), st.randoms(use_true_random=False))
def test_a_quarter_grants_the_rounded_whole_whatever_the_order(
    rate: Decimal, remittances: list[Decimal], random: Random
) -> None:
    whole = round_money(rate * total(remittances))
    random.shuffle(remittances)
    before, granted = ZERO, ZERO
    for amount in remittances:
        granted += share_delta(rate, before, amount)
        before += amount
    assert granted == whole


def balances_of(entries: list[tuple[Quarter, EntryKind, Decimal]]) -> dict[Quarter, dict[Account, Decimal]]:
    sums: dict[Quarter, dict[Account, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for quarter, kind, amount in entries:
        for account, signed in entry_lines(kind, amount):
            sums[quarter][account] += signed
    return sums


def test_the_figures_of_a_quarter_are_its_balances() -> None:
    entries = [
        (Q1, EntryKind.OPEN, money("100.00")),
        (Q1, EntryKind.GRANT, money("2000.00")),
        (Q1, EntryKind.GRANT, money("15.00")),
        (Q1, EntryKind.GRANT, money("-15.00")),
        (Q1, EntryKind.DRAW, money("1080.00")),
        (Q1, EntryKind.CHARGE, money("108.60")),
        (Q1, EntryKind.CLAIM, money("40.00")),
        (Q1, EntryKind.ADJUST, money("-12.34")),
        (Q1, EntryKind.CANCEL, money("30.00")),
        (Q1, EntryKind.DIRECT, money("60.00")),
        (Q1, EntryKind.HOLD, money("442.50")),
    ]
    figures = Figures.of(balances_of(entries)[Q1])
    assert figures == Figures(
        opening=money("100.00"),
        granted=money("2000.00"),
        drawn=money("1080.00"),
        charged=money("108.60"),
        claims=money("40.00"),
        adjusted=money("-12.34"),
        cancelled=money("30.00"),
        direct=money("60.00"),
    )
    assert figures.moved == money("729.06")
    assert figures.result == money("829.06")
    assert Figures.of({}) == Figures()
    assert Figures().result == ZERO


MOVING = [kind for kind in EntryKind if kind not in CLOSING_KINDS]
ENTRIES = st.lists(st.tuples(st.sampled_from([Q1, Q2, Q3]), st.sampled_from(MOVING), AMOUNTS.filter(bool)))


@given(ENTRIES)
def test_the_fund_of_an_open_quarter_is_its_result(
    entries: list[tuple[Quarter, EntryKind, Decimal]],
) -> None:
    for balances in balances_of(entries).values():
        assert balances[Account.FUND] == Figures.of(balances).result
        assert total(balances.values()) == 0


@given(ENTRIES, st.booleans())
def test_closing_empties_the_fund_and_opens_the_next_quarter_with_what_was_carried(
    entries: list[tuple[Quarter, EntryKind, Decimal]], carries: bool
) -> None:
    for quarter in (Q1, Q2, Q3):
        before = Figures.of(balances_of(entries)[quarter])
        closing = closing_entries(quarter, before.result, carries=carries)
        entries = [*entries, *((entry.quarter, entry.kind, entry.amount) for entry in closing)]
        after = balances_of(entries)
        assert after[quarter][Account.FUND] == 0
        # closing changes no figure of the statement
        assert Figures.of(after[quarter]) == before
        assert after[quarter][Account.CARRIED] == Figures.of(after[quarter.next]).opening
        assert after[quarter][Account.CARRIED] + after[quarter][Account.PAYABLE] == max(before.result, ZERO)
        assert after[quarter][Account.DUE] == -before.direct - max(-before.result, ZERO)


@pytest.mark.parametrize(
    ("result", "carries", "entries"),
    [
        ("935.00", True, [(EntryKind.CARRY, Q1, "935.00"), (EntryKind.OPEN, Q2, "935.00")]),
        ("75.00", False, [(EntryKind.PAY_OUT, Q1, "75.00")]),
        ("-15.00", True, [(EntryKind.OVERSPEND, Q1, "15.00")]),
        ("-15.00", False, [(EntryKind.OVERSPEND, Q1, "15.00")]),
        ("0.00", True, []),
        ("0.00", False, []),
    ],
)
def test_a_quarter_closes_by_its_result(
    result: str, carries: bool, entries: list[tuple[EntryKind, Quarter, str]]
) -> None:
    assert closing_entries(Q1, money(result), carries=carries) == tuple(
        ClosingEntry(kind, quarter, money(amount)) for kind, quarter, amount in entries
    )


def test_the_fourth_quarter_carries_over_the_end_of_the_year() -> None:
    assert closing_entries(Q4, money("1.00"), carries=True)[1].quarter == Quarter(2027, 1)


@pytest.mark.parametrize(
    ("quarter", "opening"),
    [(Q1, "100.00"), (Q2, "0.00"), (Q3, "30.00"), (Q4, "30.00"), (Quarter(2027, 1), "32.50")],
)
def test_an_open_quarter_hands_on_its_result_so_far_but_no_debt(quarter: Quarter, opening: str) -> None:
    moved = {Q1: money("-150.00"), Q2: money("30.00"), Q4: money("2.50")}
    found = opening_of(quarter, since=Q1, opening=money("100.00"), moved=moved, carries=lambda _: True)
    assert found == money(opening)


def test_an_open_quarter_whose_surplus_is_paid_out_hands_on_nothing() -> None:
    moved = {Q1: money("75.00"), Q2: money("10.00")}
    found = {
        quarter: opening_of(quarter, since=Q1, opening=ZERO, moved=moved, carries=lambda q: q != Q1)
        for quarter in (Q1, Q2, Q3)
    }
    assert found == {Q1: ZERO, Q2: ZERO, Q3: money("10.00")}


def test_a_quarter_before_the_first_open_one_has_no_opening_to_compute() -> None:
    with pytest.raises(ValueError, match="2026Q1 is before 2026Q2"):
        opening_of(Q1, since=Q2, opening=ZERO, moved={}, carries=lambda _: True)


@given(st.dictionaries(st.sampled_from([Q1, Q2, Q3]), AMOUNTS), st.booleans(), st.integers(0, 3))
def test_the_opening_is_the_same_before_and_after_quarters_close(
    moved: dict[Quarter, Decimal], carries: bool, closed: int
) -> None:
    """Carrying over so far foretells what closing will post, as long as nothing else is posted."""
    entries = [(quarter, EntryKind.ADJUST, amount) for quarter, amount in moved.items() if amount]
    foretold = opening_of(Q4, since=Q1, opening=ZERO, moved=moved, carries=lambda _: carries)
    since = Q1
    for quarter in (Q1, Q2, Q3)[:closed]:
        result = Figures.of(balances_of(entries)[quarter]).result
        entries += [(e.quarter, e.kind, e.amount) for e in closing_entries(quarter, result, carries=carries)]
        since = quarter.next
    posted = Figures.of(balances_of(entries)[since]).opening
    assert opening_of(Q4, since=since, opening=posted, moved=moved, carries=lambda _: carries) == foretold


def a_quota(granted: str, *, drawn: str = "0.00", reserved: str = "0.00", opening: str = "0.00") -> Quota:
    figures = Figures(granted=money(granted), drawn=money(drawn))
    return quota(Q1, figures, opening=money(opening), reserved=money(reserved))


@pytest.mark.parametrize(
    ("left", "cost", "cover"),
    [
        (a_quota("2015.00"), "1642.50", ("1642.50", "2015.00", "1642.50", "0.00")),
        (a_quota("2015.00", reserved="1642.50"), "480.00", ("480.00", "372.50", "372.50", "107.50")),
        (a_quota("2015.00"), "2015.00", ("2015.00", "2015.00", "2015.00", "0.00")),
        (a_quota("0.00"), "0.00", ("0.00", "0.00", "0.00", "0.00")),
        (a_quota("0.00", drawn="5.00"), "88.50", ("88.50", "0.00", "0.00", "88.50")),
        (a_quota("1500.00", opening="413.78"), "7200.00", ("7200.00", "1913.78", "1913.78", "5286.22")),
    ],
)
def test_a_request_is_covered_up_to_the_quota(left: Quota, cost: str, cover: tuple[str, ...]) -> None:
    found = left.cover(money(cost))
    assert found == Cover(*(money(amount) for amount in cover))
    assert found.needs_consent == (cover[3] != "0.00")


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, POSITIVE)
def test_the_quota_is_what_its_formula_says(
    opening: Decimal,
    granted: Decimal,
    drawn: Decimal,
    charged: Decimal,
    claims: Decimal,
    adjusted: Decimal,
    cancelled: Decimal,
    reserved: Decimal,
) -> None:
    figures = Figures(ZERO, granted, drawn, charged, claims, adjusted, cancelled)
    left = quota(Q1, figures, opening=opening, reserved=reserved)
    assert left.left == opening + granted - drawn - charged - claims + adjusted - cancelled - reserved
    assert left.available == max(left.left, ZERO)


@given(st.permutations([money("120.00"), money("88.50"), money("480.00"), money("1642.50")]))
def test_requests_in_any_order_leave_the_same_quota_and_a_cancel_restores_it(costs: list[Decimal]) -> None:
    reserved = ZERO
    for cost in costs:
        reserved += a_quota("1000.00", reserved=str(reserved)).cover(cost).total
    assert a_quota("1000.00", reserved=str(reserved)).left == money("-1331.00")
    assert a_quota("1000.00", reserved=str(reserved - total(costs))).left == money("1000.00")


@given(AMOUNTS, POSITIVE | st.just(ZERO))
def test_what_is_covered_and_what_is_not_make_up_the_request(granted: Decimal, cost: Decimal) -> None:
    cover = a_quota(str(granted)).cover(cost)
    assert cover.covered + cover.excess == cost
    assert ZERO <= cover.covered <= cover.available
    assert cover.excess >= 0


@pytest.mark.parametrize(
    ("day", "month"),
    [
        ("2026-05-20", "2026-05"),
        ("2026-03-31", "2026-04"),
        ("2026-07-02", "2026-06"),
        ("2027-01-01", "2026-06"),
    ],
)
def test_a_posting_stands_in_its_own_month_or_the_nearest_of_its_quarter(day: str, month: str) -> None:
    assert str(month_in(dt.date.fromisoformat(day), Quarter(2026, 2))) == month


def test_entries_of_one_act_are_known_by_their_sources() -> None:
    assert act_of("FH-2026-000001:release") == act_of("FH-2026-000001:draw") == "FH-2026-000001"
    assert act_of("BL-2026-000001:decide:release") != act_of("BL-2026-000001:cancel:release")


@pytest.mark.parametrize(
    ("kinds", "basis", "rises", "words"),
    [
        ([EntryKind.HOLD], None, False, "Parts requested, held"),
        ([EntryKind.RELEASE], None, True, "Hold released"),
        ([EntryKind.RELEASE, EntryKind.DRAW], None, False, "Parts shipped, held becomes drawn"),
        ([EntryKind.GRANT], "remittance_share", True, "Remittance, share granted"),
        ([EntryKind.GRANT], "remittance_share", False, "Remittance reversed, share taken back"),
        ([EntryKind.GRANT], "card_fee", True, "Card accepted, fee granted"),
        ([EntryKind.GRANT], "card_fee", False, "Card voided, fee taken back"),
        ([EntryKind.GRANT], "sales_share", True, "Share of the year's sales granted"),
        ([EntryKind.ADJUST], None, False, "Adjusted by finance"),
    ],
)
def test_an_act_says_what_it_did_to_the_quota(
    kinds: list[EntryKind], basis: str | None, rises: bool, words: str
) -> None:
    assert str(step_words(kinds, basis, rises=rises)) == words


def test_every_kind_that_moves_the_quota_has_words() -> None:
    for kind in set(EntryKind) - CLOSING_KINDS:
        assert str(step_words([kind], None, rises=False))


@given(st.lists(st.integers(-10_000_00, 10_000_00), min_size=8, max_size=8))
def test_what_the_fund_got_less_what_it_gave_and_holds_is_the_quota(cents: list[int]) -> None:
    amounts = [Decimal(cent).scaleb(-2) for cent in cents]
    opening, granted, drawn, charged, claims, adjusted, cancelled, reserved = amounts
    found = Quota(Quarter(2026, 2), opening, granted, drawn, charged, claims, adjusted, cancelled, reserved)
    assert found.given - found.used - found.reserved == found.left


def test_a_fund_is_low_below_a_fifth_of_what_it_got() -> None:
    def quota_with(reserved: str) -> Quota:
        return quota(
            Quarter(2026, 2), Figures(granted=Decimal("1000.00")), opening=ZERO, reserved=Decimal(reserved)
        )

    assert [quota_with(held).is_low for held in ("0.00", "800.00", "800.01", "1200.00")] == [
        False,
        False,
        True,
        True,
    ]
    assert quota(Quarter(2026, 2), Figures(), opening=ZERO, reserved=ZERO).is_low is False


@pytest.mark.parametrize(
    ("date", "amount", "field"),
    [("2026-05-21", "1.00", "date"), ("2025-12-31", "1.00", "date"), ("2026-05-20", "0.00", "amount"),
     ("2026-05-20", "-0.01", "amount"), ("2026-05-20", "1000000000000.00", "amount")],
)  # fmt: skip
def test_a_remittance_that_can_t_be_is_refused(date: str, amount: str, field: str) -> None:
    span = Span(dt.date(2026, 1, 1))
    check_remittance(span, "XY-1", dt.date(2026, 5, 20), dt.date(2026, 5, 20), Decimal("0.01"))
    with pytest.raises(RuleBroken) as refused:
        check_remittance(span, "XY-1", dt.date.fromisoformat(date), dt.date(2026, 5, 20), Decimal(amount))
    assert (refused.value.rule, refused.value.field) == ("ST-11", field)
