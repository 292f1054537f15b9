"""A quarter from its run to its closing, on both engines (ST-2 … ST-7, MN-4, FE-1)."""

from collections.abc import Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.audit.models import Fact
from portal.jobs import worker
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, NotFound, RuleBroken
from portal.kernel.period import Quarter
from portal.ledger import commands as ledger
from portal.ledger.models import Entry
from portal.settlement import commands, queries
from portal.settlement.models import RunLine, SettlementRun, Statement, StatementRevision
from portal.settlement.rules import LineState, RunState, RunStep, StatementState
from tests.people import World
from tests.settlement import story
from tests.settlement.story import Q1, Q2, close, day, first_quarter, issue, settle, start, statement

ZERO = "0.00"
SETTLING = ("settlement.compute", "settlement.issue", "settlement.print")


def expected(**figures: str) -> dict[str, str]:
    """All figures of a statement; what is not named is zero."""
    names = (
        "opening", "granted", "drawn", "charged", "claims", "adjusted", "cancelled",
        "result", "carried", "paid_out", "overspent", "direct", "due", "payable",
    )  # fmt: skip
    return {name: figures.get(name, ZERO) for name in names}


D01_Q1 = expected(granted="2015.00", drawn="1080.00", result="935.00", carried="935.00")
D02_Q1 = expected(granted="250.00", result="250.00", carried="250.00")


def counts(world: World) -> tuple[int, ...]:
    """Everything that a refusal must leave alone."""
    with world.acting("lin"):
        tables = (Fact, Entry, Statement, StatementRevision)
        return tuple(session().scalar(sa.select(sa.func.count()).select_from(t)) or 0 for t in tables)


def refused(world: World, rule: str, act: Callable[[], object]) -> None:
    """`act` is refused by `rule` and changes nothing."""
    before = counts(world)
    with pytest.raises(RuleBroken) as broken:
        act()
    assert broken.value.rule == rule
    assert counts(world) == before


def test_a_run_computes_and_issues_who_is_ready_and_holds_the_others(world: World) -> None:
    first_quarter(world)
    statements, held = settle(world, on="04-03")
    assert statements == {"D01": D01_Q1}
    assert held == {"D02": ["forms_missing"], "D03": ["forms_missing"]}
    issued = statement(world)
    assert (issued.number, issued.revision, issued.state) == ("JS-2026-000001", 1, StatementState.ISSUED)
    assert (issued.issued_on, issued.answer_by) == (day("04-03"), day("04-13"))


def test_an_override_lifts_the_holds_of_one_dealer_and_says_so(world: World) -> None:
    first_quarter(world)
    settle(world, on="04-03")
    statements, held = settle(world, on="04-03", override=("D02",))
    assert (statements, held) == ({"D02": D02_Q1}, {"D03": ["forms_missing"]})
    with world.acting("lin"):
        line = queries.issuing_line("JS-2026-000002", 1)
        assert line is not None
        assert (line.override_reason, line.lifted, line.state) == (
            "电话核实",
            ["forms_missing"],
            LineState.ISSUED,
        )


def test_settling_twice_changes_nothing(world: World) -> None:
    first_quarter(world)
    settle(world, on="04-03", override=("D02", "D03"))
    before = counts(world)
    assert settle(world, on="04-03", override=("D02", "D03")) == ({}, {})
    facts, *rest = counts(world)
    assert (facts - before[0], rest) == (2, list(before[1:]))  # the run was started and issued


def test_a_trial_computes_the_same_and_can_not_be_issued(world: World) -> None:
    first_quarter(world)
    number = start(world, on="04-03", trial=True)
    with world.acting("lin"):
        run = queries.run(number)
        assert (run.state, run.step) == (RunState.DONE, RunStep.DONE)
        figures = {line.dealer: line.figures for line in queries.lines(run.id)}
        assert figures[world.dealers["D01"]] == D01_Q1
        assert figures[world.dealers["D02"]] == D02_Q1
    refused(world, "ST-7", lambda: issue(world, number, on="04-03"))


def test_a_quarter_that_is_not_over_holds_everybody_and_no_override_helps(world: World) -> None:
    first_quarter(world)
    statements, held = settle(world, on="03-31", override=("D01", "D02", "D03"))
    assert statements == {}
    assert held == {dealer: ["quarter_open"] for dealer in ("D01", "D02", "D03")}


def test_a_quarter_waits_for_the_one_before(world: World) -> None:
    first_quarter(world)
    settle(world, on="04-03")
    story.forms(world, Q2, on="07-02")
    assert settle(world, Q2, on="07-02", override=("D01",)) == (
        {},
        {
            "D01": ["previous_open"],
            **{dealer: ["previous_open", "forms_missing"] for dealer in ("D02", "D03")},
        },
    )


def test_an_undecided_card_holds_a_dealer_whose_cards_earn_a_fee(world: World) -> None:
    first_quarter(world)
    story.card(world, "A2", filed="03-31")
    assert settle(world, on="04-03")[1]["D01"] == ["cards_undecided"]


def test_a_dispute_an_adjustment_and_the_next_revision(world: World) -> None:
    first_quarter(world)
    settle(world, on="04-03", override=("D02",))
    with world.acting("rival", on=day("04-05")) as rival:
        commands.dispute(rival, "JS-2026-000002", reason="回款少计")
    story.adjust(world, "12.34", dealer="D02", on="04-06")
    assert settle(world, on="04-06")[1]["D02"] == ["forms_missing"]
    statements, _ = settle(world, on="04-07", override=("D02",))
    assert statements["D02"] == expected(
        granted="250.00", adjusted="12.34", result="262.34", carried="262.34"
    )
    revised = statement(world, "D02")
    assert (revised.number, revised.revision, revised.state) == ("JS-2026-000002", 2, StatementState.ISSUED)
    assert (revised.issued_on, revised.answer_by) == (day("04-07"), day("04-17"))
    with world.acting("rival"):
        first, second = queries.revision(revised.id, 1), queries.revision(revised.id, 2)
        assert first.figures == D02_Q1
        assert first.code != second.code
        assert second.reason == "回款少计"
        assert second.changes == [
            {"figure": "adjusted", "before": ZERO, "after": "12.34",
             "because": [["adjust", "12.34", "TZ-2026-000001", "补记"]]},
            {"figure": "result", "before": "250.00", "after": "262.34", "because": []},
            {"figure": "carried", "before": "250.00", "after": "262.34", "because": []},
        ]  # fmt: skip
        months = {month["month"]: month["adjusted"] for month in second.data["months"]}
        assert months == {"2026-01": ZERO, "2026-02": ZERO, "2026-03": "12.34"}, (
            "made in April, it stands last"
        )


def test_an_adjustment_after_the_revision_counts_in_the_next_quarter(world: World) -> None:
    first_quarter(world)
    settle(world, on="04-03")
    story.adjust(world, "5.00", on="04-04")
    assert story.figures(world, Q1)["adjusted"] == Decimal(ZERO)
    assert story.figures(world, Q2)["adjusted"] == Decimal("5.00")


def test_closing_carries_the_result_into_the_next_quarter(world: World) -> None:
    first_quarter(world)
    settle(world, on="04-03")
    assert story.figures(world, Q2)["opening"] == Decimal("935.00")
    with world.acting("dana", on=day("04-07")) as dana:
        commands.confirm(dana, "JS-2026-000001")
    close(world, on="04-07")
    closed = statement(world)
    assert (closed.state, closed.closed_on, closed.closed_by) == (StatementState.CLOSED, day("04-07"), "Fay")
    assert story.figures(world, Q2)["opening"] == Decimal("935.00")
    refused(world, "ST-5", lambda: _confirm(world, "dana", "JS-2026-000001", on="04-18"))
    refused(world, "ST-5", lambda: _dispute(world, "dana", "JS-2026-000001", on="04-18"))


def _confirm(world: World, who: str, number: str, *, on: str) -> None:
    with world.acting(who, on=day(on)) as dealer:
        commands.confirm(dealer, number)


def _dispute(world: World, who: str, number: str, *, on: str, reason: str = "不对") -> None:
    with world.acting(who, on=day(on)) as dealer:
        commands.dispute(dealer, number, reason=reason)


def test_two_quarters_follow_each_other(world: World) -> None:
    first_quarter(world)
    settle(world, on="04-03")
    _confirm(world, "dana", "JS-2026-000001", on="04-07")
    close(world, on="04-07")
    story.draw(world, {"P-CTRL": 5}, on="05-04")
    story.forms(world, Q2, on="07-02")
    statements, held = settle(world, Q2, on="07-02")
    assert statements == {
        "D01": expected(opening="935.00", drawn="442.50", result="492.50", carried="492.50")
    }
    assert held["D02"] == ["previous_open", "forms_missing"]
    story.begin(world, "07-13")
    close(world, Q2, on="07-13")
    assert statement(world, quarter=Q2).state is StatementState.CLOSED
    assert story.figures(world, Quarter(2026, 3))["opening"] == Decimal("492.50")


def test_silence_confirms_on_the_day_after_the_last_one(world: World) -> None:
    first_quarter(world)
    settle(world, on="04-07")
    story.begin(world, "04-17")
    assert statement(world).state is StatementState.ISSUED
    story.begin(world, "04-18")
    deemed = statement(world)
    assert (deemed.state, deemed.confirmed_on, deemed.confirmed_by) == (
        StatementState.CONFIRMED,
        day("04-18"),
        "",
    )
    close(world, on="04-18")
    assert statement(world).state is StatementState.CLOSED


def test_days_without_a_worker_are_made_up_for(world: World) -> None:
    first_quarter(world)
    settle(world, on="04-07")
    story.begin(world, "06-01")
    assert statement(world).confirmed_on == day("04-18")


def test_an_objection_after_the_last_day_is_refused_even_before_the_worker_woke(world: World) -> None:
    first_quarter(world)
    settle(world, on="04-07")
    refused(world, "ST-5", lambda: _dispute(world, "dana", "JS-2026-000001", on="04-18"))
    _dispute(world, "dana", "JS-2026-000001", on="04-17")


def test_closing_leaves_what_is_not_confirmed_and_needs_a_second_person(world: World) -> None:
    first_quarter(world)
    settle(world, on="04-03", override=("D02",))
    _confirm(world, "dana", "JS-2026-000001", on="04-04")
    refused(world, "FE-1", lambda: close(world, on="04-04", who="fei"))
    close(world, on="04-04")
    assert (statement(world).state, statement(world, "D02").state) == (
        StatementState.CLOSED,
        StatementState.ISSUED,
    )


def test_nothing_posts_into_a_closed_quarter(world: World) -> None:
    first_quarter(world)
    settle(world, on="04-03")
    _confirm(world, "dana", "JS-2026-000001", on="04-04")
    close(world, on="04-04")
    entries = _entries(world, Q1)
    story.remit(world, "1000.00", "B-9", on="04-20")
    with world.acting("fei", on=day("04-20")) as fei:
        ledger.record_remittance(
            fei, world.dealers["D01"], date=day("03-31"), amount=Decimal("400.00"), bank_ref="B-10"
        )
    assert _entries(world, Q1) == entries
    assert story.figures(world, Q2)["granted"] == Decimal("35.00")


def _entries(world: World, quarter: Quarter) -> int:
    with world.acting("lin"):
        agreement = agreements.of_dealer(world.dealers["D01"])[0]
        statement = sa.select(sa.func.count(Entry.id)).where(
            Entry.agreement_id == agreement.id, Entry.quarter == quarter
        )
        return session().scalar(statement) or 0


def test_a_card_accepted_after_the_issue_counts_in_the_next_quarter(world: World) -> None:
    first_quarter(world)
    number = story.card(world, "A2", filed="03-31")
    settle(world, on="04-03", override=("D01",))
    story.accept(world, number, on="04-04")
    assert story.figures(world, Q1)["granted"] == Decimal("2015.00")
    assert story.figures(world, Q2)["granted"] == Decimal("15.00")
    _confirm(world, "dana", "JS-2026-000001", on="04-07")
    close(world, on="04-07")
    story.forms(world, Q2, on="07-02")
    statements, _ = settle(world, Q2, on="07-02")
    assert statements["D01"] == expected(opening="935.00", granted="15.00", result="950.00", carried="950.00")
    with world.acting("dana"):
        data = queries.revision(statement(world, quarter=Q2).id, 1).data
        (granted,) = (section for section in data["sections"] if section["part"] == "granted")
        assert [
            (line["document"], line["item"], line["belongs_to"], line["month"]) for line in granted["lines"]
        ] == [(number, "A2", "2026Q1", "2026-04")]
        assert data["grants"][1]["formula"] == "15.00 × 1"


def test_what_changed_between_review_and_issue_counts_and_is_marked(world: World) -> None:
    first_quarter(world)
    number = start(world, on="04-03")
    with world.acting("fei", on=day("04-03")) as fei:
        ledger.record_remittance(
            fei, world.dealers["D01"], date=day("03-31"), amount=Decimal("400.00"), bank_ref="B-10"
        )
    issue(world, number, on="04-03")
    with world.acting("lin"):
        line = queries.line_of(queries.run(number).id, world.dealers["D01"])
        assert (line.changed, line.figures["granted"]) == (True, "2025.00")


def test_an_overdrawn_fund_makes_a_debt_and_starts_again_at_zero(world: World) -> None:
    first_quarter(world)
    story.draw(world, {"P-MOTOR": 10}, on="03-30", express="30.00")
    statements, _ = settle(world, on="04-03")
    assert statements["D01"] == expected(
        granted="2015.00", drawn="2280.00", result="-265.00", overspent="265.00", direct="30.00", due="295.00"
    )
    _confirm(world, "dana", "JS-2026-000001", on="04-04")
    close(world, on="04-04")
    assert story.figures(world, Q2)["opening"] == Decimal(ZERO)


def test_a_surplus_that_is_paid_out_leaves_nothing_to_the_next_quarter(world: World) -> None:
    story.engage(
        world,
        "P01",
        {"bases": [{"kind": "remittance_share", "rate": "2.5%"}], "surplus": "pay_out", "forms": False},
    )
    story.remit(world, "3000.00", "P-1", dealer="P01", on="03-31")
    statements, _ = settle(world, on="04-03")
    assert statements["P01"] == expected(granted="75.00", result="75.00", paid_out="75.00", payable="75.00")
    assert story.figures(world, Q2, "P01")["opening"] == Decimal(ZERO)
    story.begin(world, "04-14")
    close(world, on="04-14")
    assert statement(world, "P01").state is StatementState.CLOSED
    assert story.figures(world, Q2, "P01")["opening"] == Decimal(ZERO)


def test_an_agreement_begins_to_settle_with_the_quarter_that_it_touches(world: World) -> None:
    story.engage(world, "N01", {"bases": [], "forms": False}, starts="2026-03-31")
    story.engage(world, "N02", {"bases": [], "forms": False}, starts="2026-04-01")
    statements, held = settle(world, on="04-03")
    assert set(statements) == {"N01"}
    assert set(held) == {"D01", "D02", "D03"}


def test_silence_never_confirms_where_the_terms_say_so(world: World) -> None:
    story.engage(world, "S01", {"bases": [], "forms": False, "deemed_confirm_days": 0})
    settle(world, on="04-03")
    story.begin(world, "12-31")
    found = statement(world, "S01")
    assert (found.state, found.answer_by) == (StatementState.ISSUED, None)


def test_a_run_of_one_dealer_leaves_the_others_alone(world: World) -> None:
    first_quarter(world)
    with world.acting("fei", on=day("04-03")) as fei:
        number = commands.start_run(fei, Q1, only=["D01"])
    story.compute(world, on="04-03")
    with world.acting("lin"):
        assert [line.dealer for line in queries.lines(queries.run(number).id)] == [world.dealers["D01"]]


def test_an_objection_that_changes_nothing_still_makes_a_revision(world: World) -> None:
    first_quarter(world)
    settle(world, on="04-03")
    _dispute(world, "dana", "JS-2026-000001", on="04-04", reason="看不懂")
    statements, _ = settle(world, on="04-05")
    assert statements == {"D01": D01_Q1}
    with world.acting("dana"):
        second = queries.revision(statement(world).id, 2)
        assert (second.changes, second.reason) == ([], "看不懂")


def test_holds_can_be_lifted_while_the_run_waits_for_its_review(world: World) -> None:
    first_quarter(world)
    number = start(world, on="04-03")
    with world.acting("fei", on=day("04-03")) as fei:
        commands.lift_holds(fei, number, "D02", reason="电话已确认")
    issue(world, number, on="04-03")
    assert statement(world, "D02").figures == D02_Q1
    refused(world, "ST-7", lambda: _lift(world, number, "D03", "x"))


def _lift(world: World, number: str, dealer: str, reason: str) -> None:
    with world.acting("fei", on=day("04-03")) as fei:
        commands.lift_holds(fei, number, dealer, reason=reason)


def test_what_can_not_be_lifted_is_refused(world: World) -> None:
    first_quarter(world)
    number = start(world, on="04-03")
    refused(world, "ST-4", lambda: _lift(world, number, "D02", " "))
    refused(world, "ST-4", lambda: _lift(world, number, "D01", "x"))
    with pytest.raises(NotFound):
        _lift(world, number, "D01S", "x")


def test_one_run_of_a_quarter_is_at_work_at_a_time(world: World) -> None:
    first_quarter(world)
    with world.acting("fei", on=day("04-03")) as fei:
        number = commands.start_run(fei, Q1)
    refused(world, "ST-7", lambda: start(world, on="04-03"))
    story.compute(world, on="04-03")
    second = start(world, on="04-03")
    with world.acting("lin"):
        assert (queries.run(number).state, queries.run(second).state) == (
            RunState.STOPPED,
            RunState.TO_REVIEW,
        )
        assert second == "JR-2026-000002"


@pytest.mark.parametrize("step", [RunStep.CHECK, RunStep.REVIEW, RunStep.ISSUE, RunStep.PRINT])
def test_a_stopped_run_goes_on_where_it_was(world: World, step: RunStep) -> None:
    first_quarter(world)
    with world.acting("fei", on=day("04-03")) as fei:
        number = commands.start_run(fei, Q1)
    if step is not RunStep.CHECK:
        story.compute(world, on="04-03")
    if step is RunStep.ISSUE:
        with world.acting("fei", on=day("04-03")) as fei:
            commands.issue_run(fei, number)
    if step is RunStep.PRINT:
        issue(world, number, on="04-03")
    with world.acting("fei", on=day("04-03")) as fei:
        commands.stop_run(fei, number)
    assert [kind for kind in SETTLING if worker.waiting(world.app, kind)] == []
    with world.acting("lin"):
        assert (queries.run(number).state, queries.run(number).step) == (RunState.STOPPED, step)
    with world.acting("fay", on=day("04-03")) as fay:
        commands.resume_run(fay, number)
    story.compute(world, on="04-03")
    with world.acting("lin"):
        state = queries.run(number).state
    if state is RunState.TO_REVIEW:
        issue(world, number, on="04-03")
    else:
        story.compute(world, on="04-03", kind="settlement.issue")
    assert statement(world).figures == D01_Q1
    with world.acting("lin"):
        lines = session().scalars(sa.select(RunLine).where(RunLine.statement != "")).all()
        assert [line.statement for line in lines] == ["JS-2026-000001"]


def test_a_run_whose_person_lost_the_right_fails_and_another_one_resumes_it(world: World) -> None:
    first_quarter(world)
    with world.acting("fei", on=day("04-03")) as fei:
        number = commands.start_run(fei, Q1)
    _dismiss(world, "fei")
    for _ in range(3):
        story.compute(world, on="04-03")
    with world.acting("lin"):
        assert queries.run(number).state is RunState.FAILED
    with world.acting("fay", on=day("04-03")) as fay:
        commands.resume_run(fay, number)
    story.compute(world, on="04-03")
    with world.acting("lin"):
        assert queries.run(number).state is RunState.TO_REVIEW


def _dismiss(world: World, who: str) -> None:
    from portal.app import owner_engine
    from portal.tenants.models import Person

    owner = owner_engine(world.app.config["SQLALCHEMY_DATABASE_URI"])
    with owner.begin() as connection:
        connection.execute(sa.update(Person).where(Person.id == world.people[who]).values(disabled=True))
    owner.dispose()


def test_an_override_needs_a_reason_and_a_dealer_that_is(world: World) -> None:
    first_quarter(world)
    refused(world, "ST-4", lambda: start(world, on="04-03", overrides={"D02": " "}))
    with pytest.raises(NotFound):
        start(world, on="04-03", overrides={"D99": "x"})
    with world.acting("lin"):
        assert session().scalars(sa.select(SettlementRun)).all() == []


@pytest.mark.parametrize("who", ["mei", "lin", "dana"])
def test_only_finance_runs_and_closes(world: World, who: str) -> None:
    first_quarter(world)
    before = counts(world)
    for act in (
        lambda actor: commands.start_run(actor, Q1),
        lambda actor: commands.close_quarter(actor, Q1),
    ):
        with world.acting(who) as actor, pytest.raises(Forbidden):
            act(actor)
    assert counts(world) == before


def test_nobody_answers_for_another_dealer(world: World) -> None:
    first_quarter(world)
    settle(world, on="04-03")
    before = counts(world)
    for act in (
        commands.confirm,
        lambda a, n: commands.dispute(a, n, reason="x"),
        lambda a, n: commands.reply(a, n, text="x"),
    ):
        with world.acting("rival", on=day("04-04")) as rival, pytest.raises(NotFound):
            act(rival, "JS-2026-000001")
        with world.acting("otto", on=day("04-04")) as otto, pytest.raises((NotFound, Forbidden)):
            act(otto, "JS-2026-000001")
    assert counts(world) == before


def test_who_looked_at_an_older_state_is_told(world: World) -> None:
    first_quarter(world)
    settle(world, on="04-03")
    seen = statement(world).version
    with world.acting("dana", on=day("04-04")) as dana:
        commands.dispute(dana, "JS-2026-000001", reason="x", seen_version=seen)
    with world.acting("dana", on=day("04-04")) as dana, pytest.raises(Conflict):
        commands.confirm(dana, "JS-2026-000001", seen_version=seen)


def test_the_parties_write_to_each_other_about_a_dispute_only(world: World) -> None:
    first_quarter(world)
    settle(world, on="04-03")
    refused(world, "ST-5", lambda: _reply(world, "dana", "有问题"))
    _dispute(world, "dana", "JS-2026-000001", on="04-04", reason="回款少计")
    _reply(world, "fei", "请提供水单")
    _reply(world, "dana", "已上传")
    refused(world, "ST-5", lambda: _reply(world, "dana", " "))
    with world.acting("lin") as lin, pytest.raises(Forbidden):
        commands.reply(lin, "JS-2026-000001", text="x")
    with world.acting("dana"):
        said = queries.messages(statement(world).id)
        assert [(m.side.value, m.person, m.text) for m in said] == [
            ("dealer", "Dana", "回款少计"),
            ("manufacturer", "Fei", "请提供水单"),
            ("dealer", "Dana", "已上传"),
        ]


def _reply(world: World, who: str, text: str) -> None:
    with world.acting(who, on=day("04-05")) as actor:
        commands.reply(actor, "JS-2026-000001", text=text)


def test_a_run_is_the_manufacturers_alone(world: World) -> None:
    first_quarter(world)
    number = start(world, on="04-03")
    with world.acting("dana"):
        with pytest.raises(NotFound):
            queries.run(number)
        assert session().scalars(sa.select(RunLine)).all() == []
