"""Terms, clauses, versions and states of agreements (AG-1, AG-2, EN-12)."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.agreements.rules import (
    AGREEMENT,
    AMOUNTS,
    BASE_KEYS,
    BOUNDS,
    CHAPTERS,
    CLAUSES,
    CURRENCIES,
    DEFAULT_MATRIX,
    FLAGS,
    KEYS,
    OWABLE,
    RATES,
    AgreementAction,
    AgreementState,
    Base,
    BaseKind,
    Bearer,
    Claims,
    CostClass,
    CostColumn,
    FormKind,
    LateCard,
    Span,
    Surplus,
    Terms,
    TermsError,
    TermsVersion,
    base_in_words,
    differences,
    matrix_of,
    may_start,
    terms_in_force,
    terms_in_words,
    terms_of_quarter,
    version_in_force,
    words,
)
from portal.kernel.errors import RuleBroken
from portal.kernel.period import Quarter

DAY = dt.date


def test_terms_that_say_nothing_have_the_defaults() -> None:
    assert Terms.parse({}) == Terms()
    assert Terms().as_json() == {
        "currency": "CNY",
        "bases": [{"kind": "remittance_share", "rate": "2%"}],
        "surplus": "carry",
        "claims": "none",
        "cancellable": ["card_fee"],
        "card_due_days": 30,
        "late_card": "not_recognised",
        "shelf_months": 0,
        "deemed_receipt_days": 3,
        "doa_days": 7,
        "early_failure_days": 15,
        "matrix": {},
        "old_part_days": 30,
        "return_approval_days": 30,
        "forms": True,
        "form_due_day": 3,
        "deemed_confirm_days": 10,
        "extra_months": 0,
        "three_guarantees": False,
        "refund_days": 7,
        "exchange_days": 15,
        "repairs_before_exchange": 2,
        "claim_auto_limit": "0.00",
        "claim_duplicate_days": 30,
        "claim_objection_days": 15,
        "respond_hours": 2,
        "onsite_hours_urban": 24,
        "onsite_hours_rural": 48,
        "dispatch_working_days": 3,
        "repair_working_days": 5,
        "follow_up_from_days": 3,
        "first_follow_up_days": 7,
        "second_follow_up_days": 7,
        "follow_up_percent": 30,
        "ship_days": 3,
        "receipt_difference_days": 3,
        "floor_stock_rate": "0%",
        "floor_stock_months": 0,
        "advance_exchange": False,
        "batch_refund": False,
        "warranty_old_parts": False,
        "form_kinds": ["repairs", "parts", "satisfaction", "opinions", "sales", "quality"],
        "form_due_moves": True,
        "feedback_answer_days": 3,
    }


def test_terms_written_before_a_key_was_known_have_its_default() -> None:
    later = ("claim_auto_limit", "form_kinds", "form_due_moves", "feedback_answer_days")
    old = {key: value for key, value in Terms().as_json().items() if key not in later}
    assert Terms.parse(old) == Terms()
    assert Terms.parse({"claim_auto_limit": "500.00", "floor_stock_rate": "1.5%"}).as_json() == {
        **Terms().as_json(),
        "claim_auto_limit": "500.00",
        "floor_stock_rate": "1.5%",
    }


def test_terms_are_read_with_every_key() -> None:
    terms = Terms.parse(
        {
            "currency": "HKD",
            "bases": [
                {"kind": "remittance_share", "rate": "2.5%"},
                {"kind": "card_fee", "fee": "15.00"},
                {"kind": "sales_share", "rate": "0.8%"},
                {"kind": "flat_per_repair", "fee": "45.00", "onsite": "20.00"},
                {"kind": "approved_claims"},
                {"kind": "profit_share", "ratio": "30%"},
            ],
            "surplus": "pay_out",
            "claims": "draw",
            "cancellable": ["flat_per_repair", "card_fee"],
            "card_due_days": 20,
            "late_card": "recognised",
            "shelf_months": 6,
            "deemed_receipt_days": 5,
            "doa_days": 10,
            "early_failure_days": 7,
            "matrix": {"in_warranty": {"inbound": "dealer", "labour": "manufacturer"}},
            "old_part_days": 45,
            "return_approval_days": 60,
            "forms": False,
            "form_due_day": 5,
            "deemed_confirm_days": 0,
            "extra_months": 12,
        }
    )
    assert terms.bases == (
        Base(BaseKind.REMITTANCE_SHARE, rate=Decimal("0.025")),
        Base(BaseKind.CARD_FEE, fee=Decimal("15.00")),
        Base(BaseKind.SALES_SHARE, rate=Decimal("0.008")),
        Base(BaseKind.FLAT_PER_REPAIR, fee=Decimal("45.00"), onsite=Decimal("20.00")),
        Base(BaseKind.APPROVED_CLAIMS),
        Base(BaseKind.PROFIT_SHARE, ratio=Decimal("0.3")),
    )
    assert (terms.surplus, terms.claims, terms.late_card) == (
        Surplus.PAY_OUT,
        Claims.DRAW,
        LateCard.RECOGNISED,
    )
    assert terms.cancellable == (BaseKind.CARD_FEE, BaseKind.FLAT_PER_REPAIR)
    # the cell that says what the default says is no difference
    assert terms.matrix == (((CostClass.IN_WARRANTY, CostColumn.INBOUND), Bearer.DEALER),)
    assert Terms.parse(terms.as_json()) == terms
    assert hash(terms) == hash(Terms.parse(terms.as_json()))


def test_which_forms_a_month_owes_is_read_from_the_terms() -> None:
    some = Terms.parse({"form_kinds": ["quality", "repairs", "quality"]})
    assert some.form_kinds == some.forms_owed == (FormKind.REPAIRS, FormKind.QUALITY)
    assert Terms().forms_owed == OWABLE == tuple(FormKind)[:6]
    none = Terms.parse({"forms": False, "form_kinds": ["repairs"]})
    assert (none.form_kinds, none.forms_owed) == ((FormKind.REPAIRS,), ())
    assert Terms.parse({"forms": False, "form_kinds": []}).forms_owed == ()


def test_what_the_bases_pay_is_read_from_the_terms() -> None:
    both = Terms.parse(
        {"bases": [{"kind": "remittance_share", "rate": "2.5%"}, {"kind": "card_fee", "fee": "15.00"}]}
    )
    assert (both.remittance_rates, both.card_fee, both.pays_card_fee) == (
        (Decimal("0.025"),),
        Decimal("15.00"),
        True,
    )
    none = Terms.parse({"bases": []})
    assert (none.remittance_rates, none.card_fee, none.pays_card_fee) == ((), Decimal("0.00"), False)
    assert Terms().carries
    assert not Terms(surplus=Surplus.PAY_OUT).carries


@pytest.mark.parametrize(
    ("given_terms", "key", "reason"),
    [
        ({"rate": "2%"}, "rate", "There is no such term."),
        ({"currency": "JPY"}, "currency", f"This must be one of: {', '.join(CURRENCIES)}."),
        ({"bases": {}}, "bases", "This must be a list."),
        ({"bases": ["card_fee"]}, "bases.0", "This must be a mapping of names to values."),
        (
            {"bases": [{"kind": "lottery"}]},
            "bases.0.kind",
            (
                "This must be one of: remittance_share, card_fee, sales_share, flat_per_repair, "
                "approved_claims, profit_share."
            ),
        ),
        ({"bases": [{"kind": "card_fee"}]}, "bases.0.fee", "This value is missing."),
        (
            {"bases": [{"kind": "card_fee", "fee": "1.00", "rate": "2%"}]},
            "bases.0.rate",
            "This base has no such value.",
        ),
        (
            {"bases": [{"kind": "card_fee", "fee": 15}]},
            "bases.0.fee",
            'This must be an amount such as "15.00", up to 1000000.00.',
        ),
        (
            {"bases": [{"kind": "card_fee", "fee": "-1.00"}]},
            "bases.0.fee",
            'This must be an amount such as "15.00", up to 1000000.00.',
        ),
        (
            {"bases": [{"kind": "remittance_share", "rate": "2.00001%"}]},
            "bases.0.rate",
            'This must be a rate such as "2.5%", up to 100%.',
        ),
        (
            {"bases": [{"kind": "remittance_share", "rate": 0.02}]},
            "bases.0.rate",
            'This must be a rate such as "2.5%", up to 100%.',
        ),
        ({"surplus": "keep"}, "surplus", "This must be one of: carry, pay_out."),
        ({"claims": True}, "claims", "This must be one of: none, draw."),
        ({"card_due_days": -1}, "card_due_days", "This must be a whole number from 0 to 366."),
        ({"card_due_days": "30"}, "card_due_days", "This must be a whole number from 0 to 366."),
        ({"card_due_days": True}, "card_due_days", "This must be a whole number from 0 to 366."),
        ({"form_due_day": 29}, "form_due_day", "This must be a whole number from 1 to 28."),
        ({"form_kinds": []}, "form_kinds", "Name at least one form, or say that none are owed."),
        ({"form_kinds": ["repairs", "tax"]}, "form_kinds.1", None),
        # the one form of the months before there were six is not owed anew
        ({"form_kinds": ["summary"]}, "form_kinds.0", None),
        ({"form_kinds": "repairs"}, "form_kinds", "This must be a list."),
        ({"form_due_moves": "no"}, "form_due_moves", "This must be true or false."),
        ({"forms": "yes"}, "forms", "This must be true or false."),
        ({"three_guarantees": 1}, "three_guarantees", "This must be true or false."),
        ({"claim_auto_limit": 5}, "claim_auto_limit", None),
        ({"floor_stock_rate": "101%"}, "floor_stock_rate", None),
        ({"matrix": {"doa": {"inbound": "nobody"}}}, "matrix.doa.inbound", None),
        ({"matrix": {"doa": {"customs": "dealer"}}}, "matrix.doa.customs", None),
        ({"matrix": {"fire": {}}}, "matrix.fire", None),
        ({"matrix": {"doa": "dealer"}}, "matrix.doa", "This must be a mapping of names to values."),
    ],
)
def test_a_term_that_cannot_be_is_refused_with_its_key(
    given_terms: dict[str, object], key: str, reason: str | None
) -> None:
    with pytest.raises(TermsError) as refused:
        Terms.parse(given_terms)
    assert refused.value.key == key
    if reason is not None:
        assert str(refused.value.reason) == reason


@pytest.mark.parametrize(("key", "bounds"), BOUNDS.items())
def test_every_whole_number_is_accepted_at_its_bounds_and_not_beyond(
    key: str, bounds: tuple[int, int]
) -> None:
    low, high = bounds
    assert getattr(Terms.parse({key: low}), key) == low
    assert getattr(Terms.parse({key: high}), key) == high
    for value in (low - 1, high + 1):
        with pytest.raises(TermsError):
            Terms.parse({key: value})
    assert low <= getattr(Terms(), key) <= high


def _amount(cents: int) -> str:
    return str(Decimal(cents).scaleb(-2))


_RATES = st.integers(0, 1_000_000).map(lambda n: f"{Decimal(n).scaleb(-4)}%")
_FEES = st.integers(0, 100_000_000).map(_amount)
_VALUES = {"rate": _RATES, "ratio": _RATES, "fee": _FEES, "onsite": _FEES}
_BASES = st.sampled_from(BaseKind).flatmap(
    lambda kind: st.fixed_dictionaries(
        {"kind": st.just(kind.value), **{key: _VALUES[key] for key in BASE_KEYS[kind]}}
    )
)
_CELLS = st.dictionaries(
    st.sampled_from([cost_class.value for cost_class in CostClass]),
    st.dictionaries(
        st.sampled_from([column.value for column in CostColumn]),
        st.sampled_from([bearer.value for bearer in Bearer]),
    ),
)
ANY_TERMS = st.fixed_dictionaries(
    {},
    optional={
        "currency": st.sampled_from(CURRENCIES),
        "bases": st.lists(_BASES, max_size=4),
        "surplus": st.sampled_from(["carry", "pay_out"]),
        "claims": st.sampled_from(["none", "draw"]),
        "cancellable": st.lists(st.sampled_from([kind.value for kind in BaseKind]), max_size=6),
        "form_kinds": st.lists(st.sampled_from([kind.value for kind in OWABLE]), min_size=1, max_size=7),
        "late_card": st.sampled_from(["not_recognised", "recognised"]),
        "matrix": _CELLS,
        **{key: st.booleans() for key in FLAGS},
        **dict.fromkeys(AMOUNTS, _FEES),
        **dict.fromkeys(RATES, _RATES),
        **{key: st.integers(low, high) for key, (low, high) in BOUNDS.items()},
    },
)


@given(ANY_TERMS)
def test_terms_survive_being_written_and_read(given_terms: dict[str, object]) -> None:
    terms = Terms.parse(given_terms)
    assert Terms.parse(terms.as_json()) == terms
    assert differences(terms, terms) == []


@given(ANY_TERMS, ANY_TERMS)
def test_two_versions_differ_exactly_where_their_differences_say(
    one: dict[str, object], other: dict[str, object]
) -> None:
    old, new = Terms.parse(one), Terms.parse(other)
    found = differences(old, new)
    assert (found == []) == (old == new)
    for difference in found:
        if difference.cell is None:
            assert (difference.old, difference.new) == (
                getattr(old, difference.clause.key),
                getattr(new, difference.clause.key),
            )
        else:
            assert (difference.old, difference.new) == (
                old.bearer(*difference.cell),
                new.bearer(*difference.cell),
            )


def test_the_default_matrix_is_the_one_of_the_agreement_text() -> None:
    maker, fund, dealer = Bearer.MANUFACTURER, Bearer.FUND, Bearer.DEALER
    expected = {
        CostClass.DOA: (maker, maker, maker, maker),
        CostClass.EARLY_FAILURE: (maker, maker, maker, maker),
        CostClass.IN_WARRANTY: (fund, maker, fund, maker),
        CostClass.OUT_OF_WARRANTY: (dealer, dealer, dealer, dealer),
        CostClass.NOT_RECOGNISED: (dealer, dealer, dealer, dealer),
        CostClass.USER_CAUSED: (dealer, dealer, dealer, dealer),
        CostClass.DEALER_CAUSED: (dealer, dealer, dealer, dealer),
        CostClass.TRANSPORT: (dealer, dealer, dealer, dealer),
        CostClass.BATCH: (maker, maker, maker, maker),
        CostClass.STOCK: (dealer, dealer, dealer, dealer),
    }
    assert {row: tuple(DEFAULT_MATRIX[row][column] for column in CostColumn) for row in CostClass} == expected
    terms = Terms.parse({"matrix": {"in_warranty": {"inbound": "dealer"}}})
    assert terms.bearer(CostClass.IN_WARRANTY, CostColumn.INBOUND) is dealer
    assert terms.bearer(CostClass.IN_WARRANTY, CostColumn.PARTS) is fund


def test_every_term_has_a_clause_with_its_own_number_in_a_chapter() -> None:
    assert set(CLAUSES) == set(KEYS)
    numbers = [clause.number for clause in CLAUSES.values()]
    assert len(set(numbers)) == len(numbers)
    assert {number.split(".")[0] for number in numbers} == set(CHAPTERS)
    assert CLAUSES["card_due_days"].bounds == (0, 366)
    assert CLAUSES["bases"].bounds is None


VERSIONS = [
    TermsVersion(1, DAY(2026, 2, 15), Terms(card_due_days=30)),
    TermsVersion(2, DAY(2026, 7, 1), Terms(card_due_days=20)),
    TermsVersion(3, DAY(2026, 7, 1), Terms(card_due_days=25)),
    TermsVersion(4, DAY(2027, 1, 1), Terms(card_due_days=10)),
]


@pytest.mark.parametrize(
    ("day", "number"),
    [
        (DAY(2026, 1, 1), 1),
        (DAY(2026, 2, 15), 1),
        (DAY(2026, 6, 30), 1),
        (DAY(2026, 7, 1), 3),
        (DAY(2026, 12, 31), 3),
        (DAY(2027, 1, 1), 4),
    ],
)
def test_the_version_in_force_is_the_latest_that_has_started(day: dt.date, number: int) -> None:
    assert version_in_force(VERSIONS, day).number == number
    assert version_in_force(VERSIONS[::-1], day).number == number
    assert terms_in_force(VERSIONS, day) == VERSIONS[number - 1].terms


def test_a_quarter_is_ruled_by_one_version_even_when_the_agreement_starts_within_it() -> None:
    assert terms_of_quarter(VERSIONS, Quarter(2026, 1)).card_due_days == 30
    assert terms_of_quarter(VERSIONS, Quarter(2026, 3)).card_due_days == 25
    with pytest.raises(LookupError):
        terms_of_quarter([], Quarter(2026, 1))


@given(st.dates(DAY(2026, 1, 1), DAY(2027, 12, 31)))
def test_terms_never_change_within_a_quarter(day: dt.date) -> None:
    assert terms_in_force(VERSIONS, day) == terms_of_quarter(VERSIONS, Quarter.of(day))


@pytest.mark.parametrize(
    ("starts", "text"),
    [
        (DAY(2026, 7, 2), "New terms start on the first day of a quarter, not on 2026-07-02."),
        (DAY(2026, 4, 1), "New terms start with a quarter to come; the next one begins on 2026-07-01."),
        (DAY(2026, 1, 1), "New terms start with a quarter to come; the next one begins on 2026-07-01."),
    ],
)
def test_new_terms_start_with_a_quarter_to_come(starts: dt.date, text: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        may_start(starts, today=DAY(2026, 4, 20), frozen_until=Quarter(2026, 1))
    assert (refused.value.rule, refused.value.field, str(refused.value)) == ("AG-2", "starts", text)
    may_start(DAY(2026, 7, 1), today=DAY(2026, 4, 20), frozen_until=Quarter(2026, 1))


def test_new_terms_do_not_start_on_the_day_that_they_are_made() -> None:
    with pytest.raises(RuleBroken, match="2026-07-01"):
        may_start(DAY(2026, 4, 1), today=DAY(2026, 4, 1), frozen_until=None)
    may_start(DAY(2026, 4, 1), today=DAY(2026, 3, 31), frozen_until=None)


def test_new_terms_do_not_start_in_a_quarter_whose_statement_is_issued() -> None:
    with pytest.raises(RuleBroken, match="2026Q3 is issued"):
        may_start(DAY(2026, 7, 1), today=DAY(2026, 6, 20), frozen_until=Quarter(2026, 3))


def test_differences_name_the_clause_and_the_cell() -> None:
    old = Terms()
    new = Terms.parse({"card_due_days": 20, "matrix": {"doa": {"labour": "dealer"}}})
    assert [(d.clause.number, d.cell, d.old, d.new) for d in differences(old, new)] == [
        ("2.1", None, 30, 20),
        ("3.6", (CostClass.DOA, CostColumn.LABOUR), Bearer.MANUFACTURER, Bearer.DEALER),
    ]


def test_a_span_includes_both_of_its_days() -> None:
    span = Span(DAY(2026, 2, 15), DAY(2026, 8, 31))
    assert DAY(2026, 2, 14) not in span
    assert DAY(2026, 2, 15) in span
    assert DAY(2026, 8, 31) in span
    assert DAY(2026, 9, 1) not in span
    assert DAY(2999, 1, 1) in Span(DAY(2026, 2, 15))
    assert span.touches(DAY(2026, 1, 1), DAY(2026, 2, 15))
    assert not span.touches(DAY(2026, 1, 1), DAY(2026, 2, 14))
    assert span.touches(DAY(2026, 8, 31), DAY(2026, 9, 30))
    assert not span.touches(DAY(2026, 9, 1), DAY(2026, 9, 30))


_AGREEMENT_MOVES = {
    ("draft", "activate"): "active",
    ("draft", "discard"): "discarded",
    ("active", "suspend"): "suspended",
    ("suspended", "resume"): "active",
    ("active", "terminate"): "terminated",
    ("suspended", "terminate"): "terminated",
}


@pytest.mark.parametrize("state", AgreementState)
@pytest.mark.parametrize("action", AgreementAction)
def test_an_agreement_moves_as_ag_1_says(state: AgreementState, action: AgreementAction) -> None:
    after = _AGREEMENT_MOVES.get((state.value, action.value))
    if after is None:
        with pytest.raises(RuleBroken) as refused:
            AGREEMENT.advance(state, action)
        assert refused.value.rule == "AG-1"
    else:
        assert AGREEMENT.advance(state, action).value == after
    assert (action in AGREEMENT.actions(state)) == (after is not None)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("doa_days", 7, ["7 days"]),
        ("deemed_receipt_days", 1, ["1 day"]),
        ("shelf_months", 1, ["1 month"]),
        ("form_due_day", 3, ["Day 3 of the next month"]),
        ("forms", True, ["Yes"]),
        ("forms", False, ["No"]),
        ("three_guarantees", True, ["Yes"]),
        ("respond_hours", 1, ["1 hour"]),
        ("repair_working_days", 5, ["5 working days"]),
        ("follow_up_percent", 30, ["30 %"]),
        ("claim_auto_limit", Decimal("500.00"), ["500.00"]),
        ("floor_stock_rate", Decimal("0.015"), ["1.5%"]),
        ("currency", "CNY", ["CNY"]),
        ("surplus", Surplus.PAY_OUT, ["pay_out"]),
        ("cancellable", (), ["None"]),
        ("form_kinds", (FormKind.REPAIRS, FormKind.OPINIONS), ["repairs", "opinions"]),
        ("feedback_answer_days", 1, ["1 day"]),
        ("cancellable", (BaseKind.CARD_FEE, BaseKind.SALES_SHARE), ["card_fee", "sales_share"]),
    ],
)
def test_a_value_is_said_in_words(key: str, value: object, said: list[str]) -> None:
    assert [str(line) for line in words(CLAUSES[key], value)] == said


def test_each_base_is_said_with_its_figure() -> None:
    bases = Terms.parse(
        {
            "bases": [
                {"kind": "remittance_share", "rate": "2.5%"},
                {"kind": "card_fee", "fee": "15.00"},
                {"kind": "flat_per_repair", "fee": "45.00", "onsite": "20.00"},
                {"kind": "flat_per_repair", "fee": "45.00"},
                {"kind": "approved_claims"},
                {"kind": "profit_share", "ratio": "30%"},
            ]
        }
    ).bases
    assert [str(base_in_words(base)) for base in bases] == [
        "remittance_share 2.5%",
        "card_fee 15.00",
        "flat_per_repair 45.00, on site 20.00 more",
        "flat_per_repair 45.00",
        "approved_claims",
        "profit_share 30%",
    ]


def test_the_words_cover_every_clause_and_the_matrix_every_cell() -> None:
    terms = Terms.parse({"matrix": {"stock": {"inbound": "manufacturer"}}})
    assert [clause.key for clause, _lines in terms_in_words(terms)] == [
        key for key in CLAUSES if key != "matrix"
    ]
    rows = matrix_of(terms)
    assert len(rows) == len(CostClass)
    differing = [(row, column) for row, cells in rows for column, _bearer, differs in cells if differs]
    assert differing == [(CostClass.STOCK, CostColumn.INBOUND)]
