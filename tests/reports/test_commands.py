"""Monthly forms from what the records say to the acceptance, on both engines (MF-1 … MF-4)."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.agreements.rules import FormKind
from portal.audit.models import Fact
from portal.kernel.actor import Actor
from portal.kernel.canonical import content_hash
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, NotFound, RuleBroken
from portal.kernel.period import Month, Quarter
from portal.kernel.permissions import Permission
from portal.reports import commands, queries
from portal.reports.commands.auditing import LineRemark
from portal.reports.models import FormEntry, FormRemark, FormRevision, MonthlyForm, SampleCheck
from portal.reports.queries import figures
from portal.reports.rules import Compiled, EntryDraft, FormState, Record, Row, Verdict, sample
from portal.settlement import commands as settlement
from tests.people import World
from tests.settlement import story
from tests.settlement.story import day

JANUARY, FEBRUARY, MARCH = (Month(2026, number) for number in (1, 2, 3))
SALES = FormKind.SALES
TABLES = (Fact, MonthlyForm, FormEntry, FormRevision, FormRemark, SampleCheck)


class Books:
    """What the records of each month say, as the tests write it: one card sold a line."""

    def __init__(self) -> None:
        self.sold: dict[Month, list[str]] = {}

    def compile(self, _agreement: object, month: Month) -> Compiled:
        records = tuple(
            Record("EB-48", "sold", number, month.first, Decimal(1)) for number in self.sold.get(month, [])
        )
        return Compiled((Row("EB-48", {"model": "EB-48"}),), records)


@pytest.fixture
def books(monkeypatch: pytest.MonkeyPatch) -> Books:
    """Sales statistics counted from a list; the other forms are empty."""
    written = Books()
    monkeypatch.setattr(figures, "COMPILERS", {SALES: written.compile})
    return written


def counts(world: World) -> tuple[int, ...]:
    with world.acting("lin"):
        return tuple(session().scalar(sa.select(sa.func.count()).select_from(t)) or 0 for t in TABLES)


def refused(world: World, rule: str, act: Callable[[], object]) -> RuleBroken:
    before = counts(world)
    with pytest.raises(RuleBroken) as broken:
        act()
    assert broken.value.rule == rule
    assert counts(world) == before
    return broken.value


def save(world: World, *drafts: EntryDraft, who: str = "tom", on: str = "02-02", remarks: str = "") -> int:
    with world.acting(who, on=day(on)) as actor:
        return commands.save(actor, JANUARY, SALES, drafts, remarks=remarks)


def submit(
    world: World, *kinds: FormKind, month: Month = JANUARY, on: str = "02-03", who: str = "dana"
) -> list[str]:
    with world.acting(who, on=day(on)) as actor:
        return commands.submit(actor, month, kinds or None)


def accept(world: World, number: str, who: str = "mei", on: str = "02-05") -> None:
    with world.acting(who, on=day(on)) as actor:
        commands.accept(actor, number)


def send_back(world: World, number: str, reason: str, *lines: LineRemark) -> None:
    with world.acting("mei", on=day("02-05")) as mei:
        commands.send_back(mei, number, reason=reason, lines=lines)


def read(world: World, number: str) -> SimpleNamespace:
    """A form with its submissions, as the manufacturer reads it."""
    with world.acting("lin"):
        form = queries.by_number(number)
        return SimpleNamespace(form=form, revisions=list(queries.revisions(form.id)))


def changed(world: World, number: str) -> list[tuple[str, str, str, tuple[str, ...], tuple[str, ...]]]:
    with world.acting("lin"):
        form = queries.by_number(number)
        found = queries.changed(agreements.by_id(form.agreement_id), form, queries.latest([form])[form.id])
        return [(one.column, one.was, one.now, one.added, one.gone) for one in found]


def test_all_forms_that_are_owed_are_frozen_each_with_its_hash(world: World, books: Books) -> None:
    books.sold[JANUARY] = ["BXK-1", "BXK-2"]
    numbers = submit(world)
    assert numbers == [f"YB-2026-{n:06d}" for n in range(1, 7)]
    found = read(world, numbers[4])
    assert (found.form.kind, found.form.state, found.form.revision) == (SALES, FormState.SUBMITTED, 1)
    assert (found.form.prepared_by, found.form.reviewed_by) == ("Dana", "Dana")
    (revision,) = found.revisions
    assert revision.figures["rows"][0][1]["sold"] == "2"
    assert [record[2] for record in revision.figures["records"]] == ["BXK-1", "BXK-2"]
    assert revision.hash == content_hash({"figures": revision.figures, "remarks": ""})


def test_the_due_day_and_the_lateness_of_the_first_submission_stay_on_record(
    sqlite_world: World, books: Books
) -> None:
    early, late = submit(sqlite_world, SALES)[0], submit(sqlite_world, FormKind.PARTS, on="02-07")[0]
    assert [
        (read(sqlite_world, n).form.due_on, read(sqlite_world, n).form.days_late) for n in (early, late)
    ] == [(dt.date(2026, 2, 3), 0), (dt.date(2026, 2, 3), 4)]
    send_back(sqlite_world, early, "请核对")
    submit(sqlite_world, SALES, on="02-20")
    form = read(sqlite_world, early).form
    assert (form.revision, form.submitted_on, form.first_submitted_on) == (2, day("02-20"), day("02-03"))
    assert form.days_late == 0


def test_the_clerk_fills_in_and_prepares_and_the_owner_submits(world: World, books: Books) -> None:
    books.sold[JANUARY] = ["BXK-1", "BXK-2"]
    kept = save(
        world,
        EntryDraft("EB-48", "sold", "3", "一台未开单"),
        EntryDraft("EB-48", "sold_without_card", "1"),
        remarks="含展车",
    )
    assert kept == 2
    with world.acting("tom", on=day("02-02")) as tom:
        commands.prepare(tom, JANUARY, SALES)
    with world.acting("dana", on=day("02-03")):
        form = queries.find(world_agreement(world), JANUARY, SALES)
        assert form is not None
        assert (form.state, form.prepared_by, form.number) == (FormState.PREPARED, "Tom", None)
    (number,) = submit(world, SALES)
    found = read(world, number)
    assert (found.form.prepared_by, found.form.reviewed_by) == ("Tom", "Dana")
    (revision,) = found.revisions
    assert revision.remarks == "含展车"
    cells = revision.figures["rows"][0][1]
    assert (cells["model"], cells["sold"], cells["sold_without_card"]) == ("EB-48", "3", "1")
    assert revision.figures["entries"] == [
        ["EB-48", "sold", "3", "2", "一台未开单", "Tom"],
        ["EB-48", "sold_without_card", "1", "", "", "Tom"],
    ]


def world_agreement(world: World, dealer: str = "D01") -> int:
    return agreements.of_dealer(world.dealers[dealer])[0].id


def test_what_is_typed_after_it_was_prepared_has_to_be_prepared_anew(
    sqlite_world: World, books: Books
) -> None:
    save(sqlite_world, EntryDraft("EB-48", "sold_without_card", "1"))
    with sqlite_world.acting("tom", on=day("02-02")) as tom:
        commands.prepare(tom, JANUARY, SALES)
    save(sqlite_world)
    with sqlite_world.acting("dana"):
        form = queries.find(world_agreement(sqlite_world), JANUARY, SALES)
        assert form is not None
        assert (form.state, form.prepared_by, form.prepared_on) == (FormState.OWED, "", None)
        assert queries.entries(form.id) == ()


def test_a_cell_that_can_t_be_keeps_nothing_of_the_page(sqlite_world: World, books: Books) -> None:
    books.sold[JANUARY] = ["BXK-1"]
    broken = refused(
        sqlite_world,
        "MF-1",
        lambda: save(
            sqlite_world, EntryDraft("EB-48", "sold_without_card", "4"), EntryDraft("EB-48", "sold", "7")
        ),
    )
    assert broken.field == "why@sold@EB-48"
    refused(sqlite_world, "MF-1", lambda: save(sqlite_world, remarks="x" * 1001))
    save(sqlite_world, EntryDraft("EB-48", "sold_without_card", "4"))
    before = counts(sqlite_world)
    with pytest.raises(Conflict), sqlite_world.acting("tom", on=day("02-02")) as tom:
        commands.save(tom, JANUARY, SALES, [], seen_version=0)
    assert counts(sqlite_world) == before


def test_what_is_filed_later_shows_as_a_difference_with_its_record(world: World, books: Books) -> None:
    books.sold[JANUARY] = ["BXK-1", "BXK-2"]
    (number,) = submit(world, SALES)
    assert changed(world, number) == []
    books.sold[JANUARY] = ["BXK-2", "BXK-7", "BXK-8"]
    assert changed(world, number) == [("sold", "2", "3", ("BXK-7", "BXK-8"), ("BXK-1",))]
    with world.acting("lin"):
        warned = [finding.rule for finding in queries.findings(queries.by_number(number))]
    # MF-1: more was sold than ever was in stock.
    assert warned == ["MF-1", "MF-2"]


def earlier(world: World, month: Month) -> list[tuple[str, str, str]]:
    with world.acting("dana"):
        agreement = agreements.of_dealer(world.dealers["D01"])[0]
        return [(str(one.month), one.was, one.now) for one in queries.earlier(agreement, month, SALES)]


def test_a_later_change_goes_into_the_next_month_once_and_its_way_back_as_well(
    sqlite_world: World, books: Books
) -> None:
    books.sold[JANUARY] = ["BXK-1"]
    submit(sqlite_world, SALES)
    books.sold[JANUARY].append("BXK-2")
    assert earlier(sqlite_world, FEBRUARY) == [("2026-01", "1", "2")]
    (february,) = submit(sqlite_world, SALES, month=FEBRUARY, on="03-02")
    assert read(sqlite_world, february).revisions[0].figures["earlier"] == [
        ["2026-01", "EB-48", "sold", "1", "2"]
    ]
    assert earlier(sqlite_world, MARCH) == []
    books.sold[JANUARY] = ["BXK-1"]
    assert earlier(sqlite_world, MARCH) == [("2026-01", "2", "1")]


def test_a_month_submitted_anew_has_nothing_to_tell_in_the_next(sqlite_world: World, books: Books) -> None:
    books.sold[JANUARY] = ["BXK-1"]
    (number,) = submit(sqlite_world, SALES)
    accept(sqlite_world, number)
    with pytest.raises(RuleBroken), sqlite_world.acting("dana", on=day("02-06")) as dana:
        commands.resubmit(dana, number, reason="无变化")
    books.sold[JANUARY].append("BXK-2")
    (february,) = submit(sqlite_world, SALES, month=FEBRUARY, on="03-02")
    with sqlite_world.acting("dana", on=day("03-03")) as dana:
        commands.resubmit(dana, number, reason="补一张卡")
    found = read(sqlite_world, number)
    assert (found.form.state, found.form.revision) == (FormState.SUBMITTED, 2)
    assert [row.figures["rows"][0][1]["sold"] for row in found.revisions] == ["2", "1"]
    assert changed(sqlite_world, number) == []
    assert earlier(sqlite_world, MARCH) == []
    assert read(sqlite_world, february).form.state is FormState.SUBMITTED


def test_a_closed_quarter_is_not_submitted_anew(sqlite_world: World, books: Books) -> None:
    books.sold[JANUARY] = ["BXK-1"]
    story.forms(sqlite_world, Quarter(2026, 1), on="04-02")
    books.sold[JANUARY].append("BXK-2")
    with sqlite_world.acting("fei", on=day("04-03")):
        number = queries.find(world_agreement(sqlite_world), JANUARY, SALES).number  # type: ignore[union-attr]
    story.settle(sqlite_world, on="04-05")
    with sqlite_world.acting("dana", on=day("04-06")) as dana:
        settlement.confirm(dana, story.statement(sqlite_world).number)
    story.close(sqlite_world, on="04-20")

    def again() -> None:
        with sqlite_world.acting("dana", on=day("04-21")) as dana:
            commands.resubmit(dana, str(number), reason="补一张卡")

    refused(sqlite_world, "MF-2", again)
    # It is told by the form of April instead.
    assert earlier(sqlite_world, Month(2026, 4)) == [("2026-01", "1", "2")]


def test_a_form_is_taken_back_before_the_decision_and_not_after_it(sqlite_world: World, books: Books) -> None:
    numbers = submit(sqlite_world)

    def take_back(number: str) -> None:
        with sqlite_world.acting("dana", on=day("02-04")) as dana:
            commands.withdraw(dana, number)

    take_back(numbers[0])
    assert read(sqlite_world, numbers[0]).form.state is FormState.OWED
    assert submit(sqlite_world, on="02-09") == [numbers[0]]
    form = read(sqlite_world, numbers[0]).form
    assert (form.revision, form.days_late) == (2, 0)
    accept(sqlite_world, numbers[1])
    refused(sqlite_world, "MF-4", lambda: take_back(numbers[1]))


def test_a_form_that_is_not_owed_or_not_begun_is_refused(sqlite_world: World, books: Books) -> None:
    refused(sqlite_world, "MF-3", lambda: submit(sqlite_world, month=Month(2025, 12)))
    refused(sqlite_world, "MF-3", lambda: submit(sqlite_world, month=MARCH))
    refused(sqlite_world, "MF-3", lambda: submit(sqlite_world, FormKind.SUMMARY))
    story.engage(sqlite_world, "D09", {"form_kinds": ["sales", "repairs"]})
    with sqlite_world.acting("lin", on=day("02-05")):
        (agreement,) = agreements.of_dealer(sqlite_world.dealers["D09"])
        stands = queries.month_of(agreement, JANUARY, day("02-05"))
    assert stands is not None
    assert [one.kind for one in stands.forms] == [FormKind.REPAIRS, SALES]


def test_a_month_is_submitted_and_accepted_once(sqlite_world: World, books: Books) -> None:
    numbers = submit(sqlite_world)
    refused(sqlite_world, "MF-4", lambda: submit(sqlite_world, on="02-04"))
    refused(sqlite_world, "MF-4", lambda: submit(sqlite_world, SALES, on="02-04"))
    accept(sqlite_world, numbers[0])
    refused(sqlite_world, "MF-4", lambda: accept(sqlite_world, numbers[0]))
    refused(sqlite_world, "MF-4", lambda: send_back(sqlite_world, numbers[0], "x"))
    with sqlite_world.acting("mei", on=day("02-05")) as mei:
        assert commands.accept_month(mei, sqlite_world.dealers["D01"], JANUARY) == numbers[1:]


def test_a_month_that_is_not_complete_is_not_accepted_as_a_whole(sqlite_world: World, books: Books) -> None:
    submit(sqlite_world, SALES)

    def accept_all() -> None:
        with sqlite_world.acting("mei", on=day("02-05")) as mei:
            commands.accept_month(mei, sqlite_world.dealers["D01"], JANUARY)

    refused(sqlite_world, "MF-4", accept_all)


def test_a_return_names_lines_and_the_dealer_reads_them(world: World, books: Books) -> None:
    books.sold[JANUARY] = ["BXK-1"]
    (number,) = submit(world, SALES)
    refused(world, "MF-4", lambda: send_back(world, number, "  "))
    refused(world, "MF-4", lambda: send_back(world, number, "请核对", LineRemark("x", row="EB-99")))
    refused(world, "MF-4", lambda: send_back(world, number, "请核对", LineRemark("", row="EB-48")))
    send_back(world, number, "请核对", LineRemark("少一台", row="EB-48", column="sold"))
    with world.acting("dana", on=day("02-06")) as dana:
        form = queries.by_number(number)
        assert (form.state, form.return_reason) == (FormState.RETURNED, "请核对")
        said = [(row.revision, row.row, row.column, row.text) for row in queries.remarks(form.id)]
        assert said == [(1, "EB-48", "sold", "少一台")]
        assert commands.submit(dana, JANUARY, [SALES]) == [number]
    form = read(world, number).form
    # Whoever reads it again sees what he asked for.
    assert (form.state, form.revision, form.return_reason) == (FormState.SUBMITTED, 2, "请核对")


def test_the_sample_is_noted_and_no_dealer_sees_it(world: World, books: Books) -> None:
    books.sold[JANUARY] = [f"BXK-{n}" for n in range(40)]
    (number,) = submit(world, SALES)
    drawn = sample(books.sold[JANUARY], read(world, number).revisions[0].hash)
    assert len(drawn) == 4
    outside = next(one for one in books.sold[JANUARY] if one not in drawn)

    def check(record: str, verdict: Verdict, note: str = "") -> None:
        with world.acting("mei", on=day("02-04")) as mei:
            commands.check_record(mei, number, record, verdict, note=note)

    refused(world, "MF-4", lambda: check(outside, Verdict.IN_ORDER))
    refused(world, "MF-4", lambda: check(drawn[0], Verdict.NOT_IN_ORDER))
    check(drawn[0], Verdict.NOT_IN_ORDER, "发票看不清")
    check(drawn[0], Verdict.IN_ORDER)
    check(drawn[1], Verdict.IN_ORDER)
    with world.acting("lin"):
        form = queries.by_number(number)
        assert {key: row.verdict for key, row in queries.checks(form.id, 1).items()} == {
            drawn[0]: Verdict.IN_ORDER,
            drawn[1]: Verdict.IN_ORDER,
        }
    with world.acting("dana"):
        assert queries.checks(form.id, 1) == {}


def test_figures_that_changed_since_the_page_was_drawn_are_shown_again(
    sqlite_world: World, books: Books
) -> None:
    with sqlite_world.acting("dana", on=day("02-03")):
        agreement = agreements.of_dealer(sqlite_world.dealers["D01"])[0]
        seen = {SALES: content_hash(queries.live(agreement, JANUARY, SALES).as_json())}
    books.sold[JANUARY] = ["BXK-1"]
    before = counts(sqlite_world)
    with sqlite_world.acting("dana", on=day("02-03")) as dana, pytest.raises(Conflict):
        commands.submit(dana, JANUARY, [SALES], seen=seen)
    assert counts(sqlite_world) == before


def test_nobody_accepts_forms_that_he_submitted(sqlite_world: World, books: Books) -> None:
    (number,) = submit(sqlite_world, SALES)
    both_sides = Actor(
        "Dana",
        frozenset({Permission.FORMS_ACCEPT}),
        person_id=sqlite_world.people["dana"],
        manufacturer_id=sqlite_world.manufacturers["MF"],
    )

    def accept_own() -> None:
        with sqlite_world.at(day("02-04")), sqlite_world.app.app_context():
            commands.accept(both_sides, number)

    refused(sqlite_world, "FE-1", accept_own)
    with sqlite_world.at(day("02-04")), sqlite_world.app.app_context():
        assert commands.accept_many(both_sides, [number]) == {"accepted": [], "left": [number]}


def test_many_are_accepted_at_once_but_those_with_findings(sqlite_world: World, books: Books) -> None:
    books.sold[JANUARY] = ["BXK-1"]
    save(sqlite_world, EntryDraft("EB-48", "sold", "2", "一台未开单"))
    numbers = submit(sqlite_world)
    with sqlite_world.acting("rival", "MF", on=day("02-03")) as rival:
        remarked = commands.submit(rival, JANUARY, [SALES], remarks="有一笔退票")
    plain = [number for number in numbers if number != numbers[4]]
    left = [numbers[4], *remarked]
    with sqlite_world.acting("mei", on=day("02-04")) as mei:
        assert commands.accept_many(mei, [*numbers, *remarked]) == {"accepted": plain, "left": left}
    with sqlite_world.acting("mei", on=day("02-04")) as mei:
        assert commands.accept_many(mei, plain) == {"accepted": [], "left": plain}


def test_only_the_dealer_submits_and_only_the_manufacturer_decides(world: World, books: Books) -> None:
    (number,) = submit(world, SALES)
    before = counts(world)
    for who in ("tom", "mei", "sub"):
        with world.acting(who, on=day("02-05")) as actor, pytest.raises(Forbidden):
            commands.submit(actor, JANUARY)
    with world.acting("mei", on=day("02-05")) as mei, pytest.raises(Forbidden):
        commands.save(mei, JANUARY, SALES, [])
    for who in ("dana", "lin"):
        with pytest.raises(Forbidden):
            accept(world, number, who)
    with world.acting("rival"), pytest.raises(NotFound):
        queries.by_number(number)
    with pytest.raises(NotFound), world.acting("rival", "MF", on=day("02-05")) as rival:
        commands.withdraw(rival, number)
    assert counts(world) == before


def test_the_months_owed_say_how_they_stand(sqlite_world: World, books: Books) -> None:
    submit(sqlite_world, on="02-05")
    with sqlite_world.acting("mei", on=day("02-06")) as mei:
        commands.accept_month(mei, sqlite_world.dealers["D01"], JANUARY)
    submit(sqlite_world, SALES, month=FEBRUARY, on="03-01")
    with sqlite_world.acting("dana"):
        rows = queries.owed_by(sqlite_world.dealers["D01"], dt.date(2026, 3, 4))
    assert [(str(row.month), row.state, row.due, row.late, len(row.missing)) for row in rows] == [
        ("2026-03", FormState.OWED, dt.date(2026, 4, 3), 0, 6),
        ("2026-02", FormState.OWED, dt.date(2026, 3, 3), 1, 5),
        ("2026-01", FormState.ACCEPTED, dt.date(2026, 2, 3), 2, 0),
    ]
    with sqlite_world.acting("lin"):
        matrix = queries.matrix(Quarter(2026, 1).months, dt.date(2026, 3, 4))
        agreement = agreements.of_dealer(sqlite_world.dealers["D01"])[0]
        counted = queries.of_quarter(agreement, Quarter(2026, 1))
    assert {
        row.dealer.code: [cell and cell.state.value for cell in row.months.values()] for row in matrix
    } == {
        "D01": ["accepted", "owed", "owed"],
        "D02": ["owed", "owed", "owed"],
        "D03": ["owed", "owed", "owed"],
    }
    assert (counted.owed, counted.submitted, counted.accepted) == (3, 1, 1)


def test_a_second_click_shows_the_first_result(world: World, books: Books) -> None:
    with world.acting("dana", on=day("02-03")) as dana:
        first = commands.submit(dana, JANUARY, key="k" * 32)
    before = counts(world)
    with world.acting("dana", on=day("02-03")) as dana:
        assert commands.submit(dana, JANUARY, key="k" * 32) == first
    assert counts(world) == before
