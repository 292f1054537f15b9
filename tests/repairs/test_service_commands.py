"""Service requests on both engines: the flow with its clocks, cards, calls, escalations, the public status."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.audit import queries as audit
from portal.jobs.daily import begin_day, begin_hour
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.db import db, session
from portal.kernel.errors import Conflict, NotFound, PortalError, RuleBroken
from portal.kernel.period import Month
from portal.kernel.permissions import Permission
from portal.kernel.scope import OutOfScope
from portal.repairs import commands as repairs
from portal.repairs.commands import follow_ups, plans, service
from portal.repairs.models import CardVisit, FollowUp, PlannedVisit, ServiceEscalation, ServiceRequest
from portal.repairs.queries import follow_ups as calls
from portal.repairs.queries import plans as plan_queries
from portal.repairs.queries import service as queries
from portal.repairs.rules.follow_ups import CallDraft, CallResult, OpinionTopic, SatisfactionItem
from portal.repairs.rules.plans import VisitDraft, VisitState
from portal.repairs.rules.records import SignatureKind, Way
from portal.repairs.rules.service import Area, EscalationLevel, ServiceState
from tests.people import TODAY, World
from tests.races import together
from tests.repairs.desk import PHONE, bring, call, offer, receive, sell, state
from tests.repairs.workshop import file, upload, workshop
from tests.warranty.shop import stock

SHANGHAI = dt.timezone(dt.timedelta(hours=8))
REACHED = CallDraft(CallResult.REACHED, {SatisfactionItem.ATTITUDE: 5, SatisfactionItem.SPEED: 4})


def follow_up(world: World, number: str, draft: CallDraft = REACHED, on: dt.date = TODAY) -> str:
    with world.acting("dana", on=on) as dana:
        return follow_ups.follow_up(dana, number, draft)


def refused(act: Callable[[], object]) -> tuple[str, str | None]:
    with pytest.raises(RuleBroken) as error:
        act()
    return error.value.rule, error.value.field


def test_a_call_goes_the_whole_way_to_closed(world: World) -> None:
    stock(world)
    number = receive(world, serial="x1")
    assert number == "BX-2026-000001"
    with world.acting("dana"):
        row = queries.get(number)
        # Another dealer's unit is repaired all the same (RP-12).
        assert (row.serial, row.model, row.service_card, row.respond_hours) == ("X1", "EB-48", "", 2)
        assert row.due_at == dt.datetime(2026, 5, 20, 12, tzinfo=SHANGHAI)
        assert (row.phone, row.phone_last4) == ("+8613800005678", "5678")
    bring(world, number, "triage")
    bring(world, number, "dispatch", "start", "finish")
    with world.acting("dana"):
        assert queries.get(number).due_at == dt.datetime(2026, 5, 26, 0, tzinfo=SHANGHAI)
    bring(world, number, "note_signature", on=dt.date(2026, 5, 21))
    assert state(world, number) is ServiceState.SIGNED
    assert follow_up(world, number, on=dt.date(2026, 5, 25)) == "first_follow_up"
    assert follow_up(world, number, on=dt.date(2026, 6, 1)) == "closed"
    with world.acting("dana"):
        row = queries.get(number)
        assert (row.due_at, row.first_call_on, row.second_call_on) == (
            None,
            dt.date(2026, 5, 25),
            dt.date(2026, 6, 1),
        )
        assert [fact.tag.value for fact in audit.timeline(number)] == [
            "repairs:request:received",
            "repairs:request:answered",
            "repairs:request:dispatched",
            "repairs:request:moved",
            "repairs:request:moved",
            "repairs:request:signed",
            "repairs:request:followed_up",
            "repairs:request:followed_up",
            "repairs:request:closed",
        ]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_an_intake_that_lacks_something_takes_no_number(world: World) -> None:
    wrong: list[tuple[dict[str, str], tuple[str, str]]] = [
        ({"customer": " "}, ("RP-1", "customer")),
        ({"phone": "123"}, ("WC-3", "phone")),
        ({"address": ""}, ("RP-1", "address")),
        ({"words": ""}, ("RP-1", "words")),
        ({"words": "长" * 501}, ("RP-1", "words")),
        ({"symptom": "S77"}, ("RP-3", "symptom")),
        ({"serial": "ZZZ"}, ("WC-3", "serial")),
    ]
    for changes, expected in wrong:
        assert refused(lambda changes=changes: receive(world, **changes)) == expected
    assert receive(world, way=Way.BRING_IN, address="") == "BX-2026-000001"


def test_what_can_not_be_repaired_on_the_spot_is_reported_with_a_day_and_a_loaner(world: World) -> None:
    number = receive(world, area=Area.RURAL)
    bring(world, number, "dispatch", "start")
    with world.acting("dana") as dana:
        assert refused(lambda: service.delay(dana, number, " ", TODAY)) == ("RP-10", "report")
    with world.acting("dana") as dana:
        assert refused(lambda: service.delay(dana, number, "缺件", dt.date(2026, 5, 19))) == (
            "RP-10",
            "next_on",
        )
    with world.acting("dana") as dana:
        assert service.delay(dana, number, "缺电机", dt.date(2026, 6, 1)) == "waiting_parts"
    with world.acting("dana") as dana:
        lent = service.lend(dana, number, "备用机 3 号")
    with world.acting("dana"):
        row = queries.get(number)
        assert row.due_at == dt.datetime(2026, 6, 2, 0, tzinfo=SHANGHAI)
        assert [report.words for report in queries.fault_reports(row.id)] == ["缺电机"]
    bring(world, number, "resume", "finish", "note_signature", on=dt.date(2026, 5, 28))
    follow_up(world, number, on=dt.date(2026, 6, 1))
    # With the loaner still out it does not close by itself.
    assert follow_up(world, number, on=dt.date(2026, 6, 8)) == "second_follow_up"
    with world.acting("dana") as dana:
        assert refused(lambda: follow_ups.close_request(dana, number)) == ("RP-10", None)
    with world.acting("dana", on=dt.date(2026, 6, 9)) as dana:
        service.take_back(dana, number, lent, note="完好")
    with world.acting("dana") as dana:
        assert refused(lambda: service.take_back(dana, number, lent)) == ("RP-10", None)
    with world.acting("dana") as dana:
        assert follow_ups.close_request(dana, number) == "closed"


def test_a_complaint_is_answered_in_words_before_the_request_closes(world: World) -> None:
    number = receive(world)
    bring(world, number, "solve")
    complaint = CallDraft(
        CallResult.REACHED,
        {SatisfactionItem.SPEED: 1},
        complaint=True,
        topic=OpinionTopic.SPEED,
        opinion="等了三天",
    )
    assert follow_up(world, number, complaint) == "first_follow_up"
    assert follow_up(world, number, CallDraft(CallResult.DECLINED)) == "second_follow_up"
    with world.acting("dana") as dana:
        assert refused(lambda: follow_ups.close_request(dana, number)) == ("RP-8", "note")
    with world.acting("dana") as dana:
        assert follow_ups.close_request(dana, number, note="已上门致歉") == "closed"
    with world.acting("lin"):
        agreement = queries.get(number).agreement_id
        month = Month(2026, 5)
        assert [(one.topic, one.opinion) for one in calls.opinions_in(agreement, month)] == [
            (OpinionTopic.SPEED, "等了三天")
        ]
        assert len(calls.follow_ups_in(agreement, month)) == 1
        assert calls.follow_ups_in(agreement, month.next) == []
        rate = calls.rate(agreement, month)
        assert (rate.calls, rate.repairs, rate.least, rate.percent) == (1, 1, 30, Decimal("100.0"))
        assert calls.satisfaction_in(agreement, month)[2].mean == Decimal("1.00")


def test_only_the_third_try_without_an_answer_ends_a_turn(world: World) -> None:
    number = receive(world)
    bring(world, number, "solve")
    nobody = CallDraft(CallResult.NOT_REACHED)
    assert [follow_up(world, number, nobody) for _ in range(3)] == [
        "solved_remotely",
        "solved_remotely",
        "first_follow_up",
    ]
    with world.acting("lin"):
        row = queries.get(number)
        assert calls.rate(row.agreement_id, Month(2026, 5)).calls == 0


def test_what_does_not_fit_the_state_is_refused_and_changes_nothing(world: World) -> None:
    number = receive(world)
    with world.acting("dana") as dana:
        assert refused(lambda: service.start(dana, number)) == ("RP-2", None)
    with world.acting("dana") as dana:
        assert refused(lambda: follow_ups.follow_up(dana, number, REACHED)) == ("RP-2", None)
    with world.acting("dana") as dana:
        assert refused(lambda: service.cancel_request(dana, number, reason=" ")) == ("RP-2", "reason")
    with world.acting("dana") as dana, pytest.raises(Conflict):
        service.triage(dana, number, seen_version=9)
    assert state(world, number) is ServiceState.RECEIVED
    bring(world, number, "cancel_request")
    with world.acting("dana") as dana:
        assert refused(lambda: service.correct_request(dana, number, call())) == ("RP-2", None)


def test_a_correction_moves_the_clock_and_the_public_status(world: World) -> None:
    number = receive(world)
    bring(world, number, "dispatch")
    with world.acting("dana") as dana:
        service.correct_request(dana, number, call(phone="13900001234", area=Area.RURAL))
    with world.acting("dana"):
        assert queries.get(number).due_at == dt.datetime(2026, 5, 22, 10, tzinfo=SHANGHAI)
    with world.app.app_context():
        assert queries.status("MF", number, "5678") is None
        found = queries.status("MF", number, "1234")
        assert found is not None
        assert found.state is ServiceState.DISPATCHED


def test_the_public_status_needs_manufacturer_number_and_digits(world: World) -> None:
    number = receive(world)
    with world.app.app_context():
        found = queries.status("MF", number, "5678")
        assert found is not None
        assert found.state is ServiceState.RECEIVED
        assert [
            queries.status(*asked)
            for asked in (("OM", number, "5678"), ("MF", "BX-2026-000002", "5678"), ("MF", number, "5679"))
        ] == [None, None, None]


def test_nobody_else_sees_or_moves_a_request(world: World) -> None:
    number = receive(world)
    for who in ("rival", "sub", "otto"):
        with world.acting(who), pytest.raises(NotFound):
            queries.get(number)
    with world.acting("rival") as rival, pytest.raises(NotFound):
        service.dispatch(rival, number, "乙")
    mine = receive(world, who="sub")
    with world.acting("sub"):
        assert queries.get(mine).point_id == world.dealers["D01S"]
    with world.acting("dana"):
        assert queries.get(mine).dealer_id == world.dealers["D01"]
    with world.acting("mei") as mei:
        everything = Actor("mei", frozenset(Permission), manufacturer_id=mei.manufacturer_id)
        with pytest.raises(OutOfScope):
            service.triage(everything, number)


def test_overdue_requests_are_escalated_to_the_owner_then_to_the_reviewer_once_each(world: World) -> None:
    number = receive(world)
    fine = receive(world, way=Way.BRING_IN)
    bring(world, fine, "dispatch")
    time = Actor("clock", frozenset({Permission.CLOCK}), manufacturer_id=world.manufacturers["MF"])

    def day_begins(day: dt.date) -> list[str]:
        with world.at(day, 0), world.app.app_context():
            assert time.scope is not None
            session().enter(time.scope)
            begin_day(time)
            rows = (
                session().execute(sa.select(ServiceEscalation.level).order_by(ServiceEscalation.id)).scalars()
            )
            return [level.value for level in rows]

    assert day_begins(TODAY) == []
    assert day_begins(dt.date(2026, 5, 21)) == ["owner"]
    assert day_begins(dt.date(2026, 5, 21)) == ["owner"]
    assert day_begins(dt.date(2026, 5, 22)) == ["owner", "reviewer"]
    assert day_begins(dt.date(2026, 5, 23)) == ["owner", "reviewer"]
    with world.acting("dana", on=dt.date(2026, 5, 23)):
        assert queries.count_escalated(EscalationLevel.OWNER) == 1
    bring(world, number, "dispatch", on=dt.date(2026, 5, 23))
    with world.acting("mei", on=dt.date(2026, 5, 23)):
        assert queries.count_escalated(EscalationLevel.REVIEWER) == 0
        assert audit.first_break() is None


def test_a_clock_that_is_hours_long_is_escalated_within_the_hour(sqlite_world: World) -> None:
    receive(sqlite_world)
    time = Actor("clock", frozenset({Permission.CLOCK}), manufacturer_id=sqlite_world.manufacturers["MF"])
    for hour, told in ((11, 0), (12, 0), (13, 1), (14, 1)):
        with sqlite_world.at(TODAY, hour), sqlite_world.app.app_context():
            assert time.scope is not None
            session().enter(time.scope)
            begin_hour(time)
            rows = session().scalars(sa.select(ServiceEscalation)).all()
            assert [row.level for row in rows] == [EscalationLevel.OWNER] * told


def test_a_card_rules_the_clock_and_its_visit_goes_when_the_work_begins(world: World) -> None:
    stock(world)
    offer(world)
    card = sell(world, serial="a1")
    assert card == "FW-2026-000001"
    number = receive(world, serial="A1")
    with world.acting("dana"):
        row = queries.get(number)
        assert (row.service_card, row.respond_hours) == (card, 1)
        assert row.due_at == dt.datetime(2026, 5, 20, 11, tzinfo=SHANGHAI)
    assert receive(world, serial="A2") == "BX-2026-000002"
    with world.acting("dana"):
        # The card names a unit; another unit of the same customer has none.
        assert queries.get("BX-2026-000002").service_card == ""
    bring(world, number, "dispatch", "start")
    with world.acting("dana"):
        found = plan_queries.card(card)
        assert (found.used, [request for _visit, request in plan_queries.uses(found.id)]) == (1, [number])
        assert found.ends == dt.date(2027, 5, 20)


def test_of_many_who_want_the_last_visit_one_gets_it(world: World) -> None:
    offer(world, visits=1)
    card = sell(world)
    numbers = [receive(world) for _ in range(8)]
    for number in numbers:
        bring(world, number, "dispatch")

    def begin(client: int) -> str:
        try:
            with world.acting("dana") as dana:
                return service.start(dana, numbers[client])
        except PortalError as error:
            return getattr(error, "rule", type(error).__name__)
        finally:
            with world.app.app_context():
                db.session.remove()

    assert Counter(together(begin, 8)) == {"in_progress": 1, "EN-11": 7}
    with world.acting("dana"):
        assert plan_queries.card(card).used == 1
        assert session().scalar(sa.select(sa.func.count()).select_from(CardVisit)) == 1
        waiting = session().scalars(
            sa.select(ServiceRequest.number).where(ServiceRequest.state == ServiceState.DISPATCHED)
        )
        left = waiting.first()
    assert left is not None
    with world.acting("dana") as dana:
        assert service.start(dana, left, without_card=True) == "in_progress"


def test_plans_are_the_manufacturers_or_a_dealers_own(world: World) -> None:
    offer(world)
    offer(world, who="dana", code="VIP", name="贵宾卡", respond_hours=4)
    with world.acting("dana"):
        assert [plan.code for plan in plan_queries.plans()] == ["GOLD", "VIP"]
    with world.acting("rival"):
        assert [plan.code for plan in plan_queries.plans()] == ["GOLD"]
    with world.acting("rival") as rival:
        assert refused(lambda: plans.sell_card(rival, "VIP", own=True, customer="李", phone=PHONE)) == (
            "EN-11",
            "plan",
        )
    card = sell(world)
    offer(world, name="金卡二", visits=9)
    with world.acting("dana") as dana:
        found = plan_queries.card(card)
        assert (found.plan_name, found.visits, found.price) == ("金卡", 2, Decimal("398.00"))
        assert refused(lambda: plans.cancel_card(dana, card, reason="")) == ("EN-11", "reason")
    with world.acting("dana") as dana:
        plans.cancel_card(dana, card, reason="退卡")
    number = receive(world)
    with world.acting("dana"):
        assert queries.get(number).service_card == ""


def test_planned_visits_come_with_the_card_and_are_done_by_their_request(world: World) -> None:
    offer(world, planned=2)
    card = sell(world)
    with world.acting("dana"):
        found = plan_queries.visits_of_card(plan_queries.card(card).id)
        assert [visit.due_on for visit in found] == [dt.date(2026, 9, 20), dt.date(2027, 1, 20)]
        first, second = (visit.id for visit in found)
        assert plan_queries.count_due(dt.date(2026, 9, 20)) == 1
    day = dt.date(2026, 9, 10)
    with world.acting("dana", on=day) as dana:
        number = service.receive(dana, call(words="例行保养"), visit_id=first)
    with world.acting("dana", on=day) as dana:
        assert refused(lambda: service.receive(dana, call(), visit_id=first)) == ("RP-11", None)
    bring(world, number, "dispatch", "start", "finish", on=day)
    with world.acting("dana") as dana:
        done = plan_queries.visit(first)
        assert (done.state, done.done_on, done.record) == (VisitState.DONE, day, number)
        assert refused(lambda: plans.skip_visit(dana, first, reason="不需要")) == ("RP-11", None)
    with world.acting("dana", on=day) as dana:
        other = service.receive(dana, call(), visit_id=second)
    bring(world, other, "cancel_request", on=day)
    with world.acting("dana") as dana:
        assert plan_queries.visit(second).state is VisitState.PLANNED
        assert plans.skip_visit(dana, second, reason="顾客搬走") == "skipped"


def test_visits_are_planned_for_a_unit_under_contract(world: World) -> None:
    stock(world)
    draft = VisitDraft("a1", "王小明", PHONE, dt.date(2026, 6, 1), count=3, every_months=6, what="保养")
    with world.acting("dana") as dana:
        made = plans.plan_visits(dana, draft)
    with world.acting("dana") as dana:
        rows = session().scalars(sa.select(PlannedVisit).order_by(PlannedVisit.id)).all()
        assert [(row.serial, row.due_on) for row in rows] == [
            ("A1", dt.date(2026, 6, 1)),
            ("A1", dt.date(2026, 12, 1)),
            ("A1", dt.date(2027, 6, 1)),
        ]
        assert plans.complete_visit(dana, made[0], document="WX-2026-000001") == "done"
    for changes, field in (
        ({"serial": ""}, "serial"),
        ({"first": dt.date(2026, 5, 19)}, "first"),
        ({"every_months": 0}, "every_months"),
    ):
        with world.acting("dana") as dana:
            wrong = VisitDraft(**{**draft.__dict__, **changes})
            assert refused(lambda dana=dana, wrong=wrong: plans.plan_visits(dana, wrong))[1] == field


def test_the_customers_number_is_shown_with_a_reason_and_recorded(world: World) -> None:
    number = receive(world)
    with world.acting("tom") as tom:
        assert refused(lambda: service.reveal_customer(tom, number, reason=" ")) == ("PII-1", "reason")
    with world.acting("tom") as tom:
        assert service.reveal_customer(tom, number, reason="约上门时间") == PHONE
    with world.acting("dana"):
        assert audit.timeline(number)[-1].tag.value == "repairs:customer:revealed"
        assert session().scalar(sa.select(sa.func.count()).select_from(FollowUp)) == 0
        assert clock.today("Asia/Shanghai") == TODAY


def test_a_repair_record_moves_its_request_and_its_signature_signs_it(world: World) -> None:
    workshop(world)
    offer(world, visits=1)
    card = sell(world)
    number = receive(world, serial="A1")
    other = receive(world, serial="A1")
    bring(world, other, "dispatch", "start")
    # The card's only visit is gone: the record is filed all the same, without it.
    record = file(world, serial="A1", request_number=number, technician="李师傅")
    with world.acting("dana"):
        row = queries.get(number)
        assert (row.state, row.repair_record, row.technician, row.service_card) == (
            ServiceState.DONE,
            record,
            "李师傅",
            "",
        )
        assert plan_queries.card(card).used == 1
    with world.acting("dana") as dana:
        assert refused(lambda: service.note_signature(dana, number)) == ("RP-5", None)
    picture = upload(world)
    with world.acting("dana") as dana:
        repairs.sign(dana, record, (SignatureKind.DRAWN, picture))
    assert state(world, number) is ServiceState.SIGNED
    with world.acting("dana") as dana:
        assert refused(lambda: follow_ups.adopt(dana, record)) == ("RP-8", None)


def test_a_walk_in_counts_as_a_repair_and_can_be_followed_up(world: World) -> None:
    workshop(world)
    silent = file(world, serial="A2")
    record = file(world, serial="A1", customer="王小明", phone=PHONE)
    with world.acting("dana") as dana:
        agreement = agreements.of_dealer(world.dealers["D01"])[0].id
        assert (
            calls.rate(agreement, Month(2026, 5)).repairs,
            calls.rate(agreement, Month(2026, 4)).repairs,
        ) == (
            2,
            0,
        )
        assert refused(lambda: follow_ups.adopt(dana, record)) == ("RP-8", None)
    for one in (silent, record):
        picture = upload(world)
        with world.acting("dana") as dana:
            repairs.sign(dana, one, (SignatureKind.DRAWN, picture))
    with world.acting("dana") as dana:
        assert refused(lambda: follow_ups.adopt(dana, silent)) == ("RP-8", None)
    with world.acting("dana"):
        assert [row.number for row in calls.walk_ins_to_call(agreement, Month(2026, 5))] == [record]
    with world.acting("dana") as dana:
        number = follow_ups.adopt(dana, record)
    assert follow_up(world, number) == "first_follow_up"
    with world.acting("dana"):
        rate = calls.rate(agreement, Month(2026, 5))
        assert (rate.calls, rate.repairs, rate.is_enough) == (1, 2, True)
        assert calls.walk_ins_to_call(agreement, Month(2026, 5)) == []
