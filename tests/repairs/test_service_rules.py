"""The clocks of service requests, follow-up calls, service plans: exact instants, days and rates."""

import datetime as dt
from decimal import Decimal

import pytest

from portal.agreements.rules import Terms
from portal.kernel.calendar import Calendar
from portal.kernel.errors import RuleBroken
from portal.repairs.rules.follow_ups import (
    CallDraft,
    CallResult,
    OpinionTopic,
    Rate,
    SatisfactionItem,
    check_call,
    completes,
    means,
)
from portal.repairs.rules.plans import (
    PlanDraft,
    ServiceCardState,
    card_state,
    check_plan,
    last_day,
    schedule,
    series,
)
from portal.repairs.rules.records import Way
from portal.repairs.rules.service import (
    FINISHED,
    REQUEST,
    Area,
    Course,
    EscalationLevel,
    ServiceAction,
    ServiceState,
    call_from,
    due_at,
    escalation,
)
from portal.repairs.rules.tracking import read_digits, read_number

TERMS = Terms()
ZONE = "Asia/Shanghai"
SHANGHAI = dt.timezone(dt.timedelta(hours=8))
#: Thursday, 30 April 2026, 10:00 in Shanghai; 1 to 5 May are a holiday, Saturday the 9th is worked.
RECEIVED = dt.datetime(2026, 4, 30, 10, tzinfo=SHANGHAI)
S = ServiceState


def local(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[arg-type]


def course(**changes: object) -> Course:
    values: dict[str, object] = {
        "received_at": RECEIVED,
        "way": Way.ON_SITE,
        "area": Area.URBAN,
        "respond_hours": 2,
    }
    return Course(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "changes", "due"),
    [
        (S.RECEIVED, {}, local(2026, 4, 30, 12)),
        (S.RECEIVED, {"respond_hours": 1}, local(2026, 4, 30, 11)),
        # The visit in town is due before the third working day.
        (S.TRIAGED, {}, local(2026, 5, 1, 10)),
        (S.TRIAGED, {"way": Way.BRING_IN}, local(2026, 5, 9, 0)),
        (S.DISPATCHED, {}, local(2026, 5, 1, 10)),
        (S.DISPATCHED, {"area": Area.RURAL}, local(2026, 5, 2, 10)),
        (S.DISPATCHED, {"way": Way.MAIL_IN}, local(2026, 5, 12, 0)),
        (S.IN_PROGRESS, {}, local(2026, 5, 12, 0)),
        (S.IN_PROGRESS, {"next_on": dt.date(2026, 5, 20)}, local(2026, 5, 21, 0)),
        (S.IN_PROGRESS, {"next_on": dt.date(2026, 5, 7)}, local(2026, 5, 12, 0)),
        (S.WAITING_PARTS, {"next_on": dt.date(2026, 5, 7)}, local(2026, 5, 8, 0)),
        (S.DONE, {"done_on": dt.date(2026, 5, 7)}, local(2026, 5, 12, 0)),
        (S.SIGNED, {"signed_on": dt.date(2026, 5, 8)}, local(2026, 5, 16, 0)),
        (S.SOLVED_REMOTELY, {"done_on": dt.date(2026, 4, 30)}, local(2026, 5, 8, 0)),
        (S.FIRST_FOLLOW_UP, {"first_call_on": dt.date(2026, 5, 11)}, local(2026, 5, 19, 0)),
        (S.SECOND_FOLLOW_UP, {"second_call_on": dt.date(2026, 5, 18)}, local(2026, 5, 22, 0)),
        (S.CLOSED, {}, None),
        (S.CANCELLED, {}, None),
    ],
)
def test_each_state_has_its_clock(
    state: ServiceState, changes: dict[str, object], due: dt.datetime | None
) -> None:
    assert due_at(state, course(**changes), TERMS, ZONE, Calendar()) == due


def test_the_first_call_makes_sense_from_the_third_day_after_the_signature() -> None:
    assert call_from(course(), TERMS) is None
    assert call_from(course(signed_on=dt.date(2026, 5, 8)), TERMS) == dt.date(2026, 5, 11)


def test_from_every_state_that_is_not_over_something_leads_on() -> None:
    for state in ServiceState:
        assert bool(REQUEST.actions(state)) is (state not in FINISHED)
    reached = {ServiceState.RECEIVED} | set(REQUEST.table.values())
    assert reached == set(ServiceState)
    with pytest.raises(RuleBroken) as refused:
        REQUEST.advance(S.CLOSED, ServiceAction.START)
    assert refused.value.rule == "RP-2"


def test_the_owner_is_told_first_then_a_day_later_the_reviewer_and_nobody_twice() -> None:
    due = local(2026, 5, 8, 0)
    owner, reviewer = EscalationLevel.OWNER, EscalationLevel.REVIEWER
    assert escalation(due, due, {}) is None
    assert escalation(due, local(2026, 5, 8, 1), {}) is owner
    told = {owner: local(2026, 5, 8, 1)}
    assert escalation(due, local(2026, 5, 9, 0), told) is None
    assert escalation(due, local(2026, 5, 9, 1), told) is reviewer
    assert escalation(due, local(2026, 6, 9, 1), {**told, reviewer: local(2026, 5, 9, 1)}) is None


def test_a_call_is_complete_when_answered_or_declined_or_tried_three_times() -> None:
    assert [completes(CallResult.NOT_REACHED, tries) for tries in range(3)] == [False, False, True]
    assert completes(CallResult.REACHED, 0)
    assert completes(CallResult.DECLINED, 0)


GOOD = {SatisfactionItem.ATTITUDE: 5}


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (CallDraft(CallResult.REACHED, {SatisfactionItem.SPEED: 6}), "grades"),
        (CallDraft(CallResult.REACHED, {SatisfactionItem.SPEED: 0}), "grades"),
        (CallDraft(CallResult.REACHED), "grades"),
        (CallDraft(CallResult.NOT_REACHED, GOOD), "result"),
        (CallDraft(CallResult.DECLINED, complaint=True), "result"),
        (CallDraft(CallResult.REACHED, GOOD, complaint=True), "opinion"),
        (CallDraft(CallResult.REACHED, GOOD, opinion="太慢"), "topic"),
    ],
)
def test_a_call_that_can_not_be_so_is_refused(draft: CallDraft, field: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        check_call(draft)
    assert (refused.value.rule, refused.value.field) == ("RP-8", field)


def test_a_call_with_grades_and_a_complaint_in_words_is_right() -> None:
    check_call(CallDraft(CallResult.REACHED, GOOD, complaint=True, topic=OpinionTopic.SPEED, opinion="太慢"))
    check_call(CallDraft(CallResult.NOT_REACHED))


@pytest.mark.parametrize(
    ("calls", "repairs", "percent", "enough", "missing"),
    [
        (3, 10, "30.0", True, 0),
        (2, 7, "28.6", False, 1),
        (0, 0, None, True, 0),
        (0, 1, "0.0", False, 1),
        (29, 97, "29.9", False, 1),
        (5, 4, "125.0", True, 0),
    ],
)
def test_the_follow_up_rate_is_judged_exactly(
    calls: int, repairs: int, percent: str | None, enough: bool, missing: int
) -> None:
    rate = Rate(calls, repairs, 30)
    assert rate.percent == (Decimal(percent) if percent else None)
    assert (rate.is_enough, rate.missing) == (enough, missing)


def test_means_are_of_the_answers_to_each_item() -> None:
    found = {
        row.item: (row.answers, row.mean) for row in means([{"attitude": 5, "price": 2}, {"price": 3}, {}])
    }
    assert found[SatisfactionItem.ATTITUDE] == (1, Decimal("5.00"))
    assert found[SatisfactionItem.PRICE] == (2, Decimal("2.50"))
    assert found[SatisfactionItem.PARTS] == (0, None)


def plan(**changes: object) -> PlanDraft:
    values: dict[str, object] = {
        "code": "GOLD",
        "name": "金卡",
        "respond_hours": 1,
        "visits": 4,
        "price": Decimal("398.00"),
        "months": 12,
    }
    return PlanDraft(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "gold"}, "code"),
        ({"name": " "}, "name"),
        ({"respond_hours": 0}, "respond_hours"),
        ({"visits": 0}, "visits"),
        ({"months": 121}, "months"),
        ({"planned": 5}, "planned"),
        ({"price": Decimal("-0.01")}, "price"),
    ],
)
def test_a_plan_that_can_not_be_is_refused(changes: dict[str, object], field: str) -> None:
    check_plan(plan())
    with pytest.raises(RuleBroken) as refused:
        check_plan(plan(**changes))
    assert (refused.value.rule, refused.value.field) == ("EN-11", field)


def test_a_card_is_valid_through_its_last_day() -> None:
    assert last_day(dt.date(2026, 1, 31), 1) == dt.date(2026, 2, 28)

    def state(day: dt.date, used: int = 0, *, cancelled: bool = False) -> ServiceCardState:
        return card_state(day, ends=dt.date(2026, 2, 28), visits=2, used=used, cancelled=cancelled)

    assert state(dt.date(2026, 2, 28)) is ServiceCardState.VALID
    assert state(dt.date(2026, 2, 28), 2) is ServiceCardState.USED_UP
    assert state(dt.date(2026, 3, 1), 2) is ServiceCardState.EXPIRED
    assert state(dt.date(2026, 1, 31), cancelled=True) is ServiceCardState.CANCELLED


def test_visits_are_spread_evenly_within_the_months() -> None:
    assert schedule(dt.date(2026, 5, 20), 12, 2) == [dt.date(2026, 9, 20), dt.date(2027, 1, 20)]
    assert schedule(dt.date(2026, 5, 20), 12, 0) == []
    assert series(dt.date(2026, 8, 31), 6, 3) == [
        dt.date(2026, 8, 31),
        dt.date(2027, 2, 28),
        dt.date(2027, 8, 31),
    ]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("BX-2026-000001", "BX-2026-000001"),
        (" bx2026 000001 ", "BX-2026-000001"),
        ("BXK-2026-000001", None),
        ("BX-2026-1", None),
        ("", None),
        ("BX-2026-000001" * 40, None),
    ],
)
def test_a_number_is_read_as_customers_type_it(typed: str, number: str | None) -> None:
    assert read_number(typed) == number


def test_digits_are_exactly_four() -> None:
    assert read_digits(" 5678 ") == "5678"
    assert [read_digits(text) for text in ("", "567", "56789", "５６７８", "56a8")] == [None] * 5
