"""Who is covered on a day: repairs and returns, rule by rule (EN-1 … EN-9, EN-14, RT-6)."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.agreements.rules import CostClass, LateCard, Terms
from portal.warranty.rules import Cause, Coverage, Entitlement, Sale, classify_return, entitlement

DAY = dt.date
#: Shipped on 1 May, received on 4 May; 12 months, the controller 24.
UNSOLD = Coverage(
    serial="A1",
    model="EB-48",
    batch="B1",
    shipped_on=DAY(2026, 5, 1),
    received_on=DAY(2026, 5, 4),
    months=12,
    components={"CONTROLLER": 24, "LAMP": 3},
    terms=Terms(),
)
SALE = Sale("BXK-2026-000001", DAY(2026, 5, 10), late=False, waived=False)
SOLD = replace(UNSOLD, sale=SALE)
LATE = replace(UNSOLD, sale=replace(SALE, late=True))
WAIVED = replace(UNSOLD, sale=replace(SALE, late=True, waived=True))
LENIENT = replace(LATE, terms=Terms(late_card=LateCard.RECOGNISED))
SHELVED = replace(UNSOLD, terms=Terms(shelf_months=2))
COVERED = {CostClass.DOA, CostClass.EARLY_FAILURE, CostClass.IN_WARRANTY, CostClass.BATCH}


def clamped(months: int, sold: dt.date) -> Coverage:
    return replace(UNSOLD, months=months, sale=replace(SALE, sale_date=sold))


@pytest.mark.parametrize(
    ("coverage", "day", "cause", "component", "expected"),
    [
        # the cause comes before everything else
        (SOLD, DAY(2026, 5, 11), Cause.USER, None, "user_caused"),
        (UNSOLD, DAY(2026, 5, 5), Cause.USER, None, "user_caused"),
        (LATE, DAY(2026, 5, 11), Cause.DEALER, None, "dealer_caused"),
        # unsold: dead on arrival through day 7 after receipt, then nothing without a shelf allowance
        (UNSOLD, DAY(2026, 5, 4), Cause.PRODUCT, None, "doa"),
        (UNSOLD, DAY(2026, 5, 11), Cause.PRODUCT, None, "doa"),
        (UNSOLD, DAY(2026, 5, 11), Cause.TRANSPORT, None, "doa"),
        (UNSOLD, DAY(2026, 5, 12), Cause.PRODUCT, None, "not_recognised"),
        # … with one of two months through the same day of the month
        (SHELVED, DAY(2026, 5, 11), Cause.PRODUCT, None, "doa"),
        (SHELVED, DAY(2026, 5, 12), Cause.PRODUCT, None, "in_warranty"),
        (SHELVED, DAY(2026, 7, 1), Cause.PRODUCT, None, "in_warranty"),
        (SHELVED, DAY(2026, 7, 2), Cause.PRODUCT, None, "not_recognised"),
        # a sale after the day in question does not count yet
        (SOLD, DAY(2026, 5, 9), Cause.PRODUCT, None, "doa"),
        (SOLD, DAY(2026, 5, 10), Cause.PRODUCT, None, "in_warranty"),
        (clamped(12, DAY(2026, 6, 1)), DAY(2026, 5, 31), Cause.PRODUCT, None, "not_recognised"),
        # sold: twelve months, that day included; transport is no cause of its own for a repair
        (SOLD, DAY(2026, 5, 11), Cause.PRODUCT, None, "in_warranty"),
        (SOLD, DAY(2027, 5, 10), Cause.PRODUCT, None, "in_warranty"),
        (SOLD, DAY(2027, 5, 10), Cause.TRANSPORT, None, "in_warranty"),
        (SOLD, DAY(2027, 5, 11), Cause.PRODUCT, None, "out_of_warranty"),
        # a component with its own months, longer or shorter; one without has the unit's
        (SOLD, DAY(2028, 5, 10), Cause.PRODUCT, "controller", "in_warranty"),
        (SOLD, DAY(2028, 5, 11), Cause.PRODUCT, "controller", "out_of_warranty"),
        (SOLD, DAY(2026, 8, 10), Cause.PRODUCT, "lamp", "in_warranty"),
        (SOLD, DAY(2026, 8, 11), Cause.PRODUCT, "lamp", "out_of_warranty"),
        (SOLD, DAY(2027, 5, 11), Cause.PRODUCT, "horn", "out_of_warranty"),
        # a late card
        (LATE, DAY(2026, 5, 11), Cause.PRODUCT, None, "not_recognised"),
        (LATE, DAY(2027, 5, 11), Cause.PRODUCT, None, "not_recognised"),
        (WAIVED, DAY(2027, 5, 10), Cause.PRODUCT, None, "in_warranty"),
        (WAIVED, DAY(2027, 5, 11), Cause.PRODUCT, None, "out_of_warranty"),
        (LENIENT, DAY(2027, 5, 10), Cause.PRODUCT, None, "in_warranty"),
        # months are clamped to the month's last day
        (clamped(1, DAY(2026, 1, 31)), DAY(2026, 2, 28), Cause.PRODUCT, None, "in_warranty"),
        (clamped(1, DAY(2026, 1, 31)), DAY(2026, 3, 1), Cause.PRODUCT, None, "out_of_warranty"),
        (clamped(12, DAY(2024, 2, 29)), DAY(2025, 2, 28), Cause.PRODUCT, None, "in_warranty"),
        (clamped(12, DAY(2024, 2, 29)), DAY(2025, 3, 1), Cause.PRODUCT, None, "out_of_warranty"),
        (clamped(0, DAY(2026, 5, 10)), DAY(2026, 5, 10), Cause.PRODUCT, None, "in_warranty"),
        (clamped(0, DAY(2026, 5, 10)), DAY(2026, 5, 11), Cause.PRODUCT, None, "out_of_warranty"),
        # longer in the territory, longer for the unit
        (replace(SOLD, terms=Terms(extra_months=6)), DAY(2027, 11, 10), Cause.PRODUCT, None, "in_warranty"),
        (replace(SOLD, terms=Terms(extra_months=6)), DAY(2027, 11, 11), Cause.PRODUCT, None, "out_of_warranty"),
        (replace(SOLD, extension_months=1), DAY(2027, 6, 10), Cause.PRODUCT, None, "in_warranty"),
        (replace(SOLD, extension_months=1), DAY(2027, 6, 11), Cause.PRODUCT, None, "out_of_warranty"),
    ],
)  # fmt: skip
def test_a_repair_is_classified_by_the_first_rule_that_fits(
    coverage: Coverage, day: dt.date, cause: Cause, component: str | None, expected: str
) -> None:
    assert entitlement(coverage, day, cause, component).cost_class.value == expected


@pytest.mark.parametrize(
    ("coverage", "day", "cause", "batch", "expected"),
    [
        (SOLD, DAY(2026, 5, 11), Cause.TRANSPORT, True, "transport"),
        (SOLD, DAY(2026, 5, 11), Cause.USER, True, "user_caused"),
        (SOLD, DAY(2026, 5, 11), Cause.DEALER, True, "dealer_caused"),
        (SOLD, DAY(2030, 5, 11), Cause.PRODUCT, True, "batch"),
        (LATE, DAY(2026, 5, 11), Cause.PRODUCT, True, "batch"),
        (UNSOLD, DAY(2026, 5, 11), Cause.PRODUCT, True, "batch"),
        (UNSOLD, DAY(2026, 5, 11), Cause.PRODUCT, False, "doa"),
        (UNSOLD, DAY(2026, 5, 12), Cause.PRODUCT, False, "stock"),
        (SHELVED, DAY(2026, 5, 12), Cause.PRODUCT, False, "stock"),
        (SOLD, DAY(2026, 5, 9), Cause.PRODUCT, False, "doa"),
        (SOLD, DAY(2026, 5, 10), Cause.PRODUCT, False, "early_failure"),
        (SOLD, DAY(2026, 5, 25), Cause.PRODUCT, False, "early_failure"),
        (SOLD, DAY(2026, 5, 26), Cause.PRODUCT, False, "in_warranty"),
        (SOLD, DAY(2027, 5, 10), Cause.PRODUCT, False, "in_warranty"),
        (SOLD, DAY(2027, 5, 11), Cause.PRODUCT, False, "out_of_warranty"),
        (LATE, DAY(2026, 5, 25), Cause.PRODUCT, False, "not_recognised"),
        (WAIVED, DAY(2026, 5, 25), Cause.PRODUCT, False, "early_failure"),
        (LENIENT, DAY(2026, 5, 26), Cause.PRODUCT, False, "in_warranty"),
        (replace(SOLD, terms=Terms(early_failure_days=0)), DAY(2026, 5, 11), Cause.PRODUCT, False, "in_warranty"),
        (replace(UNSOLD, terms=Terms(doa_days=0)), DAY(2026, 5, 4), Cause.PRODUCT, False, "doa"),
        (replace(UNSOLD, terms=Terms(doa_days=0)), DAY(2026, 5, 5), Cause.PRODUCT, False, "stock"),
    ],
)  # fmt: skip
def test_a_return_is_classified_by_the_first_rule_that_fits(
    coverage: Coverage, day: dt.date, cause: Cause, batch: bool, expected: str
) -> None:
    assert classify_return(coverage, day, cause, batch_defective=batch).cost_class.value == expected


def told(found: Entitlement) -> list[tuple[str, str, str]]:
    return [(reason.rule, reason.clause, str(reason.text)) for reason in found.reasons]


def test_the_outcome_says_its_day_count_and_every_fact_with_date_and_clause() -> None:
    doa = entitlement(UNSOLD, DAY(2026, 5, 10), Cause.PRODUCT)
    assert (doa.on, doa.first, doa.last, doa.day, doa.days) == (
        DAY(2026, 5, 10),
        DAY(2026, 5, 4),
        DAY(2026, 5, 11),
        6,
        7,
    )
    assert told(doa) == [
        ("EN-6", "3.4", "Found within 7 days of receipt, unsold."),
        ("SH-1", "3.3", "Shipped on 2026-05-01; received, or counted as received, on 2026-05-04."),
    ]
    longer = replace(SOLD, terms=Terms(extra_months=6), extension_months=1)
    covered = entitlement(longer, DAY(2027, 12, 10), Cause.PRODUCT, "controller")
    assert told(covered) == [
        ("EN-1", "", "In warranty through 2028-12-10."),
        ("WC-1", "", "Sold on 2026-05-10; the warranty card is accepted."),
        ("EN-1", "", "Warranty of component CONTROLLER, in months: 24."),
        ("EN-3", "3.2", "Longer warranty of the territory, in months: 6."),
        ("EN-3", "", "Longer warranty approved for this unit, in months: 1."),
    ]
    late = entitlement(LATE, DAY(2026, 5, 11), Cause.PRODUCT)
    assert told(late) == [
        ("WC-2", "2.2", "The warranty card was filed late, and its lateness is not forgiven."),
        ("WC-1", "", "Sold on 2026-05-10; the warranty card is accepted."),
        ("WC-2", "2.1", "Cards are due within 30 days of the sale."),
    ]
    assert (late.first, late.last, late.day, late.days) == (None, None, None, None)
    ended = entitlement(SOLD, DAY(2027, 5, 11), Cause.PRODUCT)
    assert (ended.day, ended.days) == (366, 365)
    assert told(ended)[0] == ("EN-9", "", "The warranty ended on 2027-05-10.")


def test_days_in_repair_and_an_exchange_count_only_where_the_terms_have_three_guarantees() -> None:
    moved: dict[str, Any] = {"prolonged_days": 10, "restarted_on": DAY(2026, 6, 1)}
    without = replace(SOLD, **moved)
    assert without.last_day(SALE.sale_date) == DAY(2027, 5, 10)
    regime = replace(without, terms=Terms(three_guarantees=True))
    assert regime.last_day(SALE.sale_date) == DAY(2027, 6, 11)
    assert regime.last_day(SALE.sale_date, "LAMP") == DAY(2026, 9, 11)
    found = told(entitlement(regime, DAY(2027, 6, 11), Cause.PRODUCT))
    assert [text for rule, _clause, text in found if rule == "EN-13"] == [
        "The warranty began anew on 2026-06-01, after an exchange.",
        "Days in repair and waiting for parts that are added: 10.",
    ]


_DATES = st.dates(DAY(2026, 1, 1), DAY(2029, 12, 31))
_TERMS = st.builds(
    Terms,
    doa_days=st.integers(0, 40),
    early_failure_days=st.integers(0, 40),
    shelf_months=st.integers(0, 6),
    extra_months=st.integers(0, 6),
    late_card=st.sampled_from(LateCard),
    three_guarantees=st.booleans(),
)


@st.composite
def coverages(draw: st.DrawFn) -> Coverage:
    """Any unit that was shipped, perhaps received, perhaps sold."""
    shipped = draw(st.dates(DAY(2026, 1, 1), DAY(2026, 12, 31)))
    received = shipped + dt.timedelta(draw(st.integers(0, 30)))
    sold = received + dt.timedelta(draw(st.integers(0, 200)))
    sale = draw(
        st.none() | st.builds(Sale, st.just("BXK-2026-000001"), st.just(sold), st.booleans(), st.booleans())
    )
    return replace(
        UNSOLD,
        shipped_on=shipped,
        received_on=received,
        months=draw(st.integers(0, 24)),
        terms=draw(_TERMS),
        sale=sale,
        extension_months=draw(st.integers(0, 3)),
        prolonged_days=draw(st.integers(0, 20)),
    )  # fmt: skip


@given(coverages(), _DATES, st.integers(1, 400), st.sampled_from([None, "controller", "lamp"]), st.booleans())
def test_nothing_turns_from_out_to_in_as_days_pass_unless_a_sale_says_so(
    coverage: Coverage, day: dt.date, later: int, component: str | None, batch: bool
) -> None:
    after = day + dt.timedelta(later)
    if coverage.sold_on(day) != coverage.sold_on(after):
        return
    before = entitlement(coverage, day, Cause.PRODUCT, component)
    if before.cost_class not in COVERED:
        assert entitlement(coverage, after, Cause.PRODUCT, component).cost_class not in COVERED
    returned = classify_return(coverage, day, Cause.PRODUCT, batch_defective=batch)
    if returned.cost_class not in COVERED:
        assert (
            classify_return(coverage, after, Cause.PRODUCT, batch_defective=batch).cost_class not in COVERED
        )


@given(coverages(), _DATES, st.sampled_from(Cause), st.sampled_from([None, "controller", "lamp"]))
def test_every_outcome_names_its_reason_and_a_period_that_holds_the_day_if_it_covers(
    coverage: Coverage, day: dt.date, cause: Cause, component: str | None
) -> None:
    for found in (entitlement(coverage, day, cause, component), classify_return(coverage, day, cause)):
        assert found.reasons
        assert found.on == day
        if found.cost_class in COVERED:
            assert found.last is not None
            assert day <= found.last
            assert found.day is not None
            assert found.days is not None
            assert 0 <= found.day <= found.days
