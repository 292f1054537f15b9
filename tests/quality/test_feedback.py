"""A feedback from its filing to its end: rounds, clock, release, report, escalation (QF-1, FE-1, TN-2)."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from portal.audit.models import Fact
from portal.drafts import commands as drafts
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, NotFound, PortalError, Refused, RuleBroken
from portal.kernel.period import Month
from portal.quality import commands, queries
from portal.quality.models import Feedback, FeedbackEntry, FeedbackProposal, FeedbackReport
from portal.quality.queries import FeedbackFilter, FeedbackOfMonth
from portal.quality.rules import (
    FeedbackGrade,
    FeedbackPhotoKind,
    FeedbackState,
    FeedbackSubject,
    TalkKind,
    UseUnit,
)
from tests.people import TODAY, World
from tests.quality.line import (
    ANSWER,
    MAJOR,
    N1,
    REPORT,
    answer,
    draft,
    file,
    midnight,
    second,
    state,
    take_on,
)
from tests.returns.yard import yard
from tests.warranty.shop import stock

DAY = dt.timedelta(days=1)


@pytest.fixture
def shop(world: World) -> World:
    return stock(world)


@pytest.fixture
def one(sqlite_world: World) -> World:
    """A world on one engine, where the engine does not matter."""
    return stock(sqlite_world)


def said(world: World, number: str = N1, who: str = "dana") -> list[tuple[int, str, str]]:
    with world.acting(who, "MF"):
        rows = queries.entries(queries.feedback(number).id)
        return [(row.round, row.side.value, row.kind.value) for row in rows]


def written() -> list[int]:
    tables = (Feedback, FeedbackEntry, FeedbackProposal, FeedbackReport, Fact)
    return [session().scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in tables]


def refused(
    world: World, act: Any, *args: Any, who: str = "mei", on: dt.date = TODAY, **more: Any
) -> RuleBroken:
    """A refusal that changed nothing."""
    with world.acting(who, "MF", on=on) as actor:
        before = written()
        with pytest.raises(RuleBroken) as found:
            act(actor, *args, **more)
        assert written() == before
        return found.value


def due(world: World, number: str = N1) -> str:
    with world.acting("mei"):
        return str(queries.feedback(number).due_on)


def test_a_feedback_is_filed_with_photos_and_its_clock_runs(shop: World) -> None:
    with shop.acting("dana") as dana:
        photo = drafts.receive_photo(dana, content=b"jpeg", fingerprint="0" * 16)
    with shop.acting("dana") as dana:
        wanted = draft(serial=" a1 ", part="p-1", repair_number="wx-2026-000001")
        number = commands.file(dana, wanted, photos=[(FeedbackPhotoKind.FAULT, photo)])
    assert number == N1
    for who in ("dana", "tom", "mei", "lin"):
        with shop.acting(who):
            found = queries.feedback(N1)
            assert (found.model, found.serial, found.batch) == ("EB-48", "A1", "B1")
            assert (found.state, found.grade) == (FeedbackState.SUBMITTED, FeedbackGrade.ORDINARY)
            assert (found.filed_on, found.due_on, found.round) == (TODAY, dt.date(2026, 5, 23), 1)
            assert (found.used, found.filed_by, found.repair_number) == (None, "Dana", "WX-2026-000001")
            ((entry, photos),) = queries.photos_of(found.id).items()
            assert queries.photo(N1, photos[0].id).content == b"jpeg"
            assert entry == queries.entries(found.id)[0].id
    for who, tenant in (("rival", "MF"), ("sub", ""), ("otto", "")):
        with shop.acting(who, tenant):
            with pytest.raises(NotFound):
                queries.feedback(N1)
            assert queries.count_feedback(FeedbackFilter()) == 0


def test_any_unit_of_the_manufacturer_may_be_reported_also_by_a_sub_dealer(one: World) -> None:
    assert file(one, "dana", serial="X1") == N1
    assert file(one, "sub", serial="S1") == "XF-2026-000002"
    with one.acting("sub"):
        assert [row.serial for row in queries.of_dealer([FeedbackState.SUBMITTED])] == ["S1"]
    with one.acting("dana"):
        assert [row.serial for row in queries.of_dealer([FeedbackState.SUBMITTED])] == ["X1", "S1"]
        assert [row.number for row in queries.about_unit("X1")] == [N1]
    with one.acting("rival", "MF"):
        assert queries.about_unit("X1") == []


def test_the_time_in_use_comes_from_the_card_unless_it_was_typed(sqlite_world: World) -> None:
    yard(sqlite_world)
    file(sqlite_world)
    file(sqlite_world, used=3, use_unit=UseUnit.MONTHS)
    with sqlite_world.acting("dana"):
        first, other = queries.of_dealer([FeedbackState.SUBMITTED])
        assert (first.used, first.use_unit) == (10, UseUnit.DAYS)
        assert (other.used, other.use_unit) == (3, UseUnit.MONTHS)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"serial": "NONE"}, "serial"),
        ({"found_on": TODAY + DAY}, "found_on"),
        ({"subject": FeedbackSubject.BATCH, "model": "EB-48"}, "batch"),
        ({"subject": FeedbackSubject.MODEL, "model": "NONE"}, "model"),
    ],
)
def test_what_cannot_be_filed_changes_nothing(one: World, changes: dict[str, Any], field: str) -> None:
    found = refused(one, commands.file, draft(**changes), who="dana")
    assert isinstance(found, Refused)
    assert [finding.field for finding in found.findings] == [field]


def test_only_a_dealers_service_files_and_only_quality_answers(one: World) -> None:
    for who in ("mei", "fei", "lin"):
        with one.acting(who) as actor, pytest.raises(Forbidden):
            commands.file(actor, draft())
    file(one)
    for who in ("dana", "fei", "lin"):
        with one.acting(who) as actor, pytest.raises(Forbidden):
            commands.take_on(actor, N1)
    with one.acting("otto") as otto, pytest.raises(NotFound):
        commands.take_on(otto, N1)


def test_answered_agreed_and_confirmed_it_is_closed_by_both(shop: World) -> None:
    file(shop)
    assert answer(shop, on=TODAY + DAY, complete_on=dt.date(2026, 6, 1)) == "answered"
    with shop.acting("dana") as dana:
        assert commands.agree(dana, N1, text="已换好") == "closing"
    with shop.acting("mei", on=TODAY + 2 * DAY) as mei:
        assert commands.close(mei, N1) == "closed"
    with shop.acting("dana"):
        found = queries.feedback(N1)
        assert (found.answered_on, found.closed_on) == (TODAY + DAY, TODAY + 2 * DAY)
    assert said(shop) == [
        (1, "dealer", "filed"),
        (1, "manufacturer", "taken_on"),
        (1, "manufacturer", "answer"),
        (1, "dealer", "agreed"),
        (1, "manufacturer", "closed"),
    ]
    refused(shop, commands.go_on, N1, "还没完")
    refused(shop, commands.tell, N1, "还有", who="dana")


def test_what_the_manufacturer_offers_to_close_the_dealer_closes_by_agreeing(one: World) -> None:
    file(one)
    answer(one, offers=True)
    assert refused(one, commands.offer, N1).rule == "QF-1"
    with one.acting("dana") as dana:
        assert commands.agree(dana, N1) == "closed"
    file(one)
    answer(one, "XF-2026-000002")
    with one.acting("mei") as mei:
        assert commands.offer(mei, "XF-2026-000002", text="措施已落实") == "answered"
    with one.acting("dana") as dana:
        assert commands.agree(dana, "XF-2026-000002") == "closed"


def test_an_objection_begins_the_next_round_and_its_clock(shop: World) -> None:
    file(shop)
    answer(shop, offers=True)
    refused(shop, commands.object_to, N1, " ", who="dana")
    with shop.acting("dana", on=dt.date(2026, 5, 26)) as dana:
        assert commands.object_to(dana, N1, "换后仍断电") == 2
    assert (state(shop), due(shop)) == ("in_work", "2026-05-29")
    answer(shop, on=dt.date(2026, 5, 27))
    with shop.acting("dana", on=dt.date(2026, 5, 27)) as dana:
        # What was offered in the first round counts no longer.
        assert commands.agree(dana, N1) == "closing"
    with shop.acting("mei", on=dt.date(2026, 5, 28)) as mei:
        assert commands.go_on(mei, N1, "还需复检") == 3
    assert (state(shop), due(shop)) == ("in_work", "2026-05-31")
    with shop.acting("mei"):
        assert queries.feedback(N1).answered_on == TODAY


def test_a_question_stops_the_clock_by_the_days_that_it_lay_with_the_dealer(one: World) -> None:
    file(one)
    refused(one, commands.ask, N1, "请补拍铭牌")
    take_on(one)
    with one.acting("mei", on=TODAY + DAY) as mei:
        assert commands.ask(mei, N1, "请补拍铭牌") == "asked"
    with one.acting("mei", on=dt.date(2026, 6, 30)):
        assert queries.to_escalate(dt.date(2026, 6, 30)) == []
    with one.acting("dana", on=TODAY + 5 * DAY) as dana:
        assert commands.tell(dana, N1, "已补") == "in_work"
    assert due(one) == "2026-05-27"
    with one.acting("dana", on=TODAY + 5 * DAY) as dana:
        assert commands.tell(dana, N1, "何时换件？", question=True) == "in_work"
    with one.acting("mei", on=TODAY + 5 * DAY) as mei:
        assert commands.inform(mei, N1, "零件已发") == "in_work"
    assert due(one) == "2026-05-27"
    assert [kind for _round, _side, kind in said(one)][2:] == ["question", "told", "question", "told"]


def test_an_answer_without_waiting_for_what_was_asked_ends_the_pause(one: World) -> None:
    file(one)
    take_on(one)
    with one.acting("mei") as mei:
        commands.ask(mei, N1, "请补拍铭牌")
    with one.acting("mei", on=TODAY + 2 * DAY) as mei:
        assert commands.answer(mei, N1, ANSWER) == "answered"
    with one.acting("mei"):
        found = queries.feedback(N1)
        assert (found.asked_on, str(found.due_on)) == (None, "2026-05-25")


def test_a_problem_that_is_gone_is_closed_by_both(one: World) -> None:
    file(one)
    with one.acting("dana") as dana:
        assert commands.propose(dana, N1, "重新插接后恢复") == "closing"
    with one.acting("mei") as mei:
        assert commands.close(mei, N1) == "closed"


def test_a_major_answer_waits_for_a_second_person_and_the_dealer_sees_nothing_of_it(shop: World) -> None:
    file(shop, grade=MAJOR)
    take_on(shop)
    with shop.acting("mei") as mei:
        assert commands.answer(mei, N1, ANSWER) == "to_release"
    with shop.acting("dana"):
        assert session().scalars(sa.select(FeedbackProposal)).all() == []
        assert len(queries.entries(queries.feedback(N1).id)) == 2
        facts = session().scalars(sa.select(Fact.tag).where(Fact.subject == N1)).all()
        assert [tag.value for tag in facts] == ["quality:feedback:filed", "quality:feedback:taken_on"]
    assert refused(shop, commands.release, N1).rule == "FE-1"
    assert refused(shop, commands.hold_back, N1, "再查").rule == "FE-1"
    with second(shop) as fei:
        assert commands.hold_back(fei, N1, "请写明批次") == "in_work"
    with shop.acting("mei") as mei:
        commands.answer(mei, N1, replace(ANSWER, cause="B1 批次密封圈装反"))
    with second(shop, on=TODAY + DAY) as fei:
        assert commands.release(fei, N1) == "answered"
    with shop.acting("dana"):
        found = queries.feedback(N1)
        last = queries.entries(found.id)[-1]
        assert (last.kind, last.cause, last.person, last.released_by) == (
            TalkKind.ANSWER,
            "B1 批次密封圈装反",
            "Mei",
            "Fei",
        )
        assert found.answered_on == TODAY + DAY


def test_a_major_one_is_not_closed_without_its_service_report(one: World) -> None:
    file(one, grade=MAJOR)
    assert refused(one, commands.report, N1, REPORT).rule == "QF-1"
    take_on(one)
    assert refused(one, commands.answer, N1, replace(ANSWER, offers=True)).field == "offers"
    answer(one)
    assert "service report" in str(refused(one, commands.offer, N1))
    with one.acting("dana") as dana:
        commands.agree(dana, N1)
    assert "service report" in str(refused(one, commands.close, N1))
    with one.acting("mei") as mei:
        commands.report(mei, N1, replace(REPORT, units=5))
    with one.acting("mei") as mei:
        commands.report(mei, N1, REPORT)
    with one.acting("mei") as mei:
        assert commands.close(mei, N1) == "closed"
    with one.acting("dana"):
        report = queries.report_of(queries.feedback(N1).id)
        assert report is not None
        assert (report.units, report.verification) == (6, "淋雨试验通过")


def test_an_ordinary_one_becomes_major_and_is_answered_anew(one: World) -> None:
    file(one)
    answer(one)
    refused(one, commands.upgrade, N1, " ")
    with one.acting("mei", on=TODAY + 4 * DAY) as mei:
        assert commands.upgrade(mei, N1, "多家反馈") == "in_work"
    assert due(one) == "2026-05-27"
    assert "major one already" in str(refused(one, commands.upgrade, N1, "again"))
    with one.acting("mei") as mei:
        assert commands.answer(mei, N1, ANSWER) == "to_release"
    file(one)
    with one.acting("mei", on=TODAY + DAY) as mei:
        assert commands.upgrade(mei, "XF-2026-000002", "多家反馈") == "submitted"
    assert due(one, "XF-2026-000002") == "2026-05-23"


def test_nobody_answers_or_closes_what_they_filed(one: World) -> None:
    with one.acting("ida", "MF") as ida:
        commands.file(ida, draft(serial="I1"))
    rights = one.actor("mei").permissions
    with one.acting("mei") as mei:
        herself = replace(mei, person_id=one.people["ida"], permissions=rights)
        commands.take_on(herself, N1)
    with one.acting("mei") as mei:
        herself = replace(mei, person_id=one.people["ida"])
        before = written()
        with pytest.raises(RuleBroken, match="another person"):
            commands.answer(herself, N1, ANSWER)
        assert written() == before


def test_an_overdue_round_is_escalated_once_and_rises_to_the_top(shop: World) -> None:
    file(shop)
    file(shop, serial="A2", on=TODAY + 3 * DAY)
    for day, escalated in ((3, 0), (4, 1), (5, 1)):
        assert midnight(shop, TODAY + day * DAY) == escalated
    with shop.acting("mei", on=TODAY + 4 * DAY):
        tags = session().scalars(sa.select(Fact.tag).where(Fact.subject == N1)).all()
        assert [tag.value for tag in tags].count("quality:feedback:escalated") == 1
        listed = session().execute(queries.feedback_list(FeedbackFilter(), TODAY + 4 * DAY)).all()
        assert [row[0].number for row in listed] == [N1, "XF-2026-000002"]
        assert queries.count_feedback(FeedbackFilter(overdue_on=TODAY + 4 * DAY)) == 1
    with shop.acting("mei", on=TODAY + 3 * DAY):
        listed = session().execute(queries.feedback_list(FeedbackFilter(), TODAY + 3 * DAY)).all()
        assert [row[0].number for row in listed] == ["XF-2026-000002", N1]
    answer(shop)
    with shop.acting("mei"):
        assert [one.escalated for one in queries.standing().values()] == [0, 0]


def test_two_who_decide_at_once_the_second_is_told(one: World) -> None:
    file(one)
    with one.acting("mei") as mei:
        version = queries.feedback(N1).version
        commands.take_on(mei, N1, seen_version=version)
    with one.acting("mei") as mei, pytest.raises(Conflict):
        commands.take_on(mei, N1, seen_version=version)


def test_a_months_sheet_lists_what_was_filed_in_it(one: World) -> None:
    file(one, found_on=TODAY - DAY, units=3, grade=MAJOR)
    take_on(one)
    with one.acting("mei") as mei:
        commands.answer(mei, N1, ANSWER)
    file(one, on=dt.date(2026, 6, 1), subject=FeedbackSubject.BATCH, model="eb-48", batch="B7")
    with one.acting("dana"):
        agreement_id = queries.feedback(N1).agreement_id
        assert queries.feedback_in(agreement_id, Month(2026, 5)) == [
            FeedbackOfMonth(
                number=N1,
                found_on=TODAY - DAY,
                filed_on=TODAY,
                model="EB-48",
                serial="A1",
                batch="B1",
                severity=FeedbackGrade.MAJOR,
                units=3,
                phenomenon="雨后骑行中突然断电",
                state=FeedbackState.IN_WORK,
                answered_on=None,
                due_on=TODAY + 3 * DAY,
                closed_on=None,
                rounds=1,
            )
        ]
        (june,) = queries.feedback_in(agreement_id, Month(2026, 6))
        assert (june.model, june.serial, june.batch) == ("EB-48", "", "B7")
        assert queries.feedback_in(agreement_id, Month(2026, 4)) == []
        product = queries.feedback(N1).product_id
        assert [row.number for row in queries.about_batch(product, "B1")] == [N1]


def test_a_photo_that_is_gone_keeps_a_feedback_from_being_filed(one: World) -> None:
    with one.acting("dana") as dana:
        before = written()
        with pytest.raises(PortalError, match="no longer there"):
            commands.file(dana, draft(), photos=[(FeedbackPhotoKind.PLATE, 77)])
        assert written() == before
