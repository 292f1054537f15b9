"""Monthly forms from the compiled figures to the acceptance, on both engines (MF-1 … MF-4)."""

import datetime as dt
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.audit.models import Fact
from portal.kernel.actor import Actor
from portal.kernel.canonical import content_hash
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, NotFound, RuleBroken
from portal.kernel.period import Month, Quarter
from portal.kernel.permissions import Permission
from portal.reports import commands, queries
from portal.reports.models import FormRevision, MonthlyForm
from portal.reports.rules import FormState, differences
from tests.people import World
from tests.settlement import story
from tests.settlement.story import day, first_quarter, submit_form

JANUARY, MARCH = Month(2026, 1), Month(2026, 3)


def compiled(world: World, month: Month, dealer: str = "D01") -> dict[str, dict[str, object]]:
    with world.acting("lin"):
        return queries.compile_figures(agreements.of_dealer(world.dealers[dealer])[0], month)


def counts(world: World) -> tuple[int, ...]:
    with world.acting("lin"):
        tables = (Fact, MonthlyForm, FormRevision)
        return tuple(session().scalar(sa.select(sa.func.count()).select_from(t)) or 0 for t in tables)


def refused(world: World, rule: str, act: Callable[[], object]) -> None:
    before = counts(world)
    with pytest.raises(RuleBroken) as broken:
        act()
    assert broken.value.rule == rule
    assert counts(world) == before


def test_the_figures_come_from_cards_parts_and_remittances(world: World) -> None:
    first_quarter(world, with_forms=False)
    assert compiled(world, JANUARY) == {
        "cards": {
            "filed": 1,
            "undecided": 0,
            "accepted": 1,
            "late": 0,
            "rejected": 0,
            "void": 0,
            "withdrawn": 0,
        },
        "parts": {
            "requests": 1,
            "requested": "1080.00",
            "shipments": 1,
            "drawn": "1080.00",
            "express": "0.00",
            "parts": [{"code": "P-MOTOR", "name": "电机", "unit": "件", "pieces": 9, "amount": "1080.00"}],
        },
        "remittances": {"amount": "80000.00", "count": 1},
    }
    assert compiled(world, Month(2026, 2))["remittances"] == {"amount": "0.00", "count": 0}
    assert compiled(world, MARCH, "D02")["remittances"] == {"amount": "-20000.05", "count": 1}


def test_a_submission_freezes_the_figures_with_their_hash(world: World) -> None:
    first_quarter(world, with_forms=False)
    number = submit_form(world, JANUARY, on="02-03", accepted=False)
    assert number == "YB-2026-000001"
    figures = compiled(world, JANUARY)
    with world.acting("dana"):
        form = queries.by_number(number)
        (revision,) = queries.revisions(form.id)
        assert (form.state, form.revision, form.first_submitted_on) == (FormState.SUBMITTED, 1, day("02-03"))
        assert (revision.figures, revision.remarks) == (figures, "")
        assert revision.hash == content_hash({"figures": figures, "remarks": ""})


def test_what_is_filed_later_shows_as_a_difference(world: World) -> None:
    first_quarter(world, with_forms=False)
    number = submit_form(world, MARCH, on="03-20", accepted=False)
    story.card(world, "A2", filed="03-31")
    with world.acting("lin"):
        frozen = queries.revisions(queries.by_number(number).id)[0].figures
    changed = differences(frozen, compiled(world, MARCH))
    assert [(str(d.words), d.before, d.after) for d in changed] == [
        ("Cards filed", 0, 1),
        ("Of these undecided", 0, 1),
    ]


def test_a_returned_month_is_submitted_again_as_the_next_revision(world: World) -> None:
    first_quarter(world, with_forms=False)
    number = submit_form(world, JANUARY, on="02-03", accepted=False)
    with world.acting("mei", on=day("02-04")) as mei:
        commands.send_back(mei, number, reason="请说明领用数量")
    with world.acting("dana", on=day("02-10")) as dana:
        assert queries.by_number(number).return_reason == "请说明领用数量"
        assert commands.submit(dana, JANUARY, remarks="含备用") == number
    with world.acting("dana"):
        form = queries.by_number(number)
        assert (form.revision, form.submitted_on, form.first_submitted_on) == (2, day("02-10"), day("02-03"))
        # Whoever reads it again sees what he asked for.
        assert (form.state, form.return_reason) == (FormState.SUBMITTED, "请说明领用数量")
        assert [r.remarks for r in queries.revisions(form.id)] == ["含备用", ""]


def test_a_month_that_is_not_owed_or_not_begun_is_refused(world: World) -> None:
    first_quarter(world, with_forms=False)
    refused(world, "MF-3", lambda: submit_form(world, Month(2025, 12), on="02-03"))
    refused(world, "MF-3", lambda: submit_form(world, Month(2026, 3), on="02-03"))


def test_a_month_is_submitted_and_accepted_once(world: World) -> None:
    first_quarter(world, with_forms=False)
    number = submit_form(world, JANUARY, on="02-03")
    refused(world, "MF-4", lambda: submit_form(world, JANUARY, on="02-04"))
    refused(world, "MF-4", lambda: _accept(world, number))
    refused(world, "MF-4", lambda: _send_back(world, number, "x"))


def _accept(world: World, number: str, who: str = "mei") -> None:
    with world.acting(who, on=day("02-05")) as actor:
        commands.accept(actor, number)


def _send_back(world: World, number: str, reason: str) -> None:
    with world.acting("mei", on=day("02-05")) as mei:
        commands.send_back(mei, number, reason=reason)


def test_a_return_needs_a_reason(world: World) -> None:
    first_quarter(world, with_forms=False)
    number = submit_form(world, JANUARY, on="02-03", accepted=False)
    refused(world, "MF-4", lambda: _send_back(world, number, "  "))


def test_figures_that_changed_since_the_page_was_drawn_are_shown_again(world: World) -> None:
    first_quarter(world, with_forms=False)
    seen = content_hash(compiled(world, MARCH))
    story.card(world, "A2", filed="03-31")
    before = counts(world)
    with world.acting("dana", on=day("04-01")) as dana, pytest.raises(Conflict):
        commands.submit(dana, MARCH, seen_hash=seen)
    assert counts(world) == before


def test_nobody_accepts_forms_that_he_submitted(world: World) -> None:
    first_quarter(world, with_forms=False)
    number = submit_form(world, JANUARY, on="02-03", accepted=False)
    both_sides = Actor(
        "Dana",
        frozenset({Permission.FORMS_ACCEPT}),
        person_id=world.people["dana"],
        manufacturer_id=world.manufacturers["MF"],
    )

    def accept_own() -> None:
        with world.at(day("02-04")), world.app.app_context():
            commands.accept(both_sides, number)

    refused(world, "FE-1", accept_own)
    with world.at(day("02-04")), world.app.app_context():
        assert commands.accept_plain(both_sides, [number]) == {"accepted": [], "left": [number]}


def test_many_are_accepted_at_once_but_those_with_remarks(world: World) -> None:
    first_quarter(world, with_forms=False)
    plain = submit_form(world, JANUARY, on="02-03", accepted=False)
    with world.acting("rival", on=day("02-03")) as rival:
        remarked = commands.submit(rival, JANUARY, remarks="有一笔退票")
    with world.acting("mei", on=day("02-04")) as mei:
        assert commands.accept_plain(mei, [plain, remarked]) == {"accepted": [plain], "left": [remarked]}
    with world.acting("mei", on=day("02-04")) as mei:
        assert commands.accept_plain(mei, [plain, remarked]) == {"accepted": [], "left": [plain, remarked]}


def test_only_the_dealer_submits_and_only_the_manufacturer_decides(world: World) -> None:
    first_quarter(world, with_forms=False)
    number = submit_form(world, JANUARY, on="02-03", accepted=False)
    before = counts(world)
    for who in ("tom", "mei", "sub"):
        with world.acting(who, on=day("02-05")) as actor, pytest.raises(Forbidden):
            commands.submit(actor, Month(2026, 2))
    for who in ("dana", "lin"):
        with pytest.raises(Forbidden):
            _accept(world, number, who)
    with world.acting("rival"), pytest.raises(NotFound):
        queries.by_number(number)
    with pytest.raises(Forbidden), world.acting("otto", on=day("02-05")) as otto:
        commands.submit(otto, JANUARY)
    assert counts(world) == before


def test_the_months_owed_say_how_late_they_are(world: World) -> None:
    first_quarter(world, with_forms=False)
    submit_form(world, JANUARY, on="02-05")
    with world.acting("dana"):
        rows = queries.owed_by(world.dealers["D01"], dt.date(2026, 3, 4))
    assert [(str(row.month), row.state, row.due, row.late) for row in rows] == [
        ("2026-03", FormState.OWED, dt.date(2026, 4, 3), 0),
        ("2026-02", FormState.OWED, dt.date(2026, 3, 3), 1),
        ("2026-01", FormState.ACCEPTED, dt.date(2026, 2, 3), 2),
    ]


def test_the_matrix_shows_every_dealer_and_month(world: World) -> None:
    first_quarter(world, with_forms=False)
    submit_form(world, JANUARY, on="02-03", accepted=False)
    with world.acting("lin"):
        rows = queries.matrix(Quarter(2026, 1).months, dt.date(2026, 3, 4))
        cells = {row.dealer.code: [cell and cell.state.value for cell in row.months.values()] for row in rows}
    assert cells == {
        "D01": ["submitted", "owed", "owed"],
        "D02": ["owed", "owed", "owed"],
        "D03": ["owed", "owed", "owed"],
    }
