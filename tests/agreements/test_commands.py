"""Drafting agreements, putting them in force, versions of the terms, on both engines (AG-1, AG-2)."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from portal.agreements import commands, queries
from portal.agreements.models import Agreement, TermsVersion
from portal.agreements.rules import AgreementState
from portal.audit.models import Fact
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, NotFound, RuleBroken
from tests.people import World

JULY, OCTOBER = dt.date(2026, 7, 1), dt.date(2026, 10, 1)


def counts(world: World) -> list[int]:
    with world.acting("mei"):
        return [
            session().scalar(sa.select(sa.func.count(t.id))) or 0 for t in (Agreement, TermsVersion, Fact)
        ]


def version(world: World, who: str = "mei", number: str = "", **changes: Any) -> int:
    values: dict[str, Any] = {"starts": JULY, "terms": {"doa_days": 10}, "reason": "新年度", **changes}
    with world.acting(who) as actor:
        return commands.version_terms(actor, number or world.agreements["D01"], **values)


def test_a_version_rules_from_its_quarter_on_and_leaves_the_earlier_ones(world: World) -> None:
    assert version(world) == 2
    assert version(world, starts=OCTOBER, terms={"doa_days": 12}) == 3
    with world.acting("dana"):
        agreement = queries.get(world.agreements["D01"])
        days = (dt.date(2026, 6, 30), JULY, dt.date(2026, 9, 30), OCTOBER)
        assert [queries.terms_on(agreement.id, day).doa_days for day in days] == [7, 10, 10, 12]


@pytest.mark.parametrize(
    ("changes", "rule", "field"),
    [
        ({"starts": dt.date(2026, 4, 1)}, "AG-2", "starts"),
        ({"starts": dt.date(2026, 7, 2)}, "AG-2", "starts"),
        ({"terms": {"doa_days": 400}}, "AG-2", "doa_days"),
        ({"terms": {"nonsense": 1}}, "AG-2", "nonsense"),
        ({"terms": {"bases": [{"kind": "card_fee"}]}}, "AG-2", "bases-0-fee"),
    ],
)
def test_a_refused_version_changes_nothing(
    world: World, changes: dict[str, Any], rule: str, field: str
) -> None:
    before = counts(world)
    with pytest.raises(RuleBroken) as refused:
        version(world, **changes)
    assert (refused.value.rule, refused.value.field) == (rule, field)
    assert counts(world) == before


def test_terms_do_not_start_after_the_agreement_ends(world: World) -> None:
    with world.acting("mei") as mei:
        number = commands.draft(
            mei, world.dealers["D02"], starts=dt.date(2025, 1, 1), ends=dt.date(2025, 12, 31), terms={}
        )
    with world.acting("mei") as mei:
        commands.activate(mei, number)
    with pytest.raises(RuleBroken) as refused:
        version(world, number=number)
    assert (refused.value.rule, refused.value.field) == ("AG-2", "starts")


def test_the_second_of_two_people_is_told(world: World) -> None:
    version(world, seen_number=1)
    before = counts(world)
    with pytest.raises(Conflict):
        version(world, seen_number=1)
    assert counts(world) == before


def test_a_draft_is_written_anew_and_then_put_in_force_once(world: World) -> None:
    with world.acting("mei") as mei:
        number = commands.draft(mei, world.dealers["D01"], starts=dt.date(2027, 1, 1), terms={})
    with pytest.raises(RuleBroken) as refused:
        version(world, number=number, starts=dt.date(2027, 4, 1))
    assert refused.value.rule == "AG-1"
    with world.acting("mei") as mei:
        assert commands.redraft(mei, number, terms={"doa_days": 9}, seen_number=1) == 2
    with world.acting("mei"):
        assert queries.terms_on(queries.get(number).id, dt.date(2027, 1, 1)).doa_days == 9
    with world.acting("mei") as mei, pytest.raises(RuleBroken) as refused:
        commands.activate(mei, number)
    assert refused.value.rule == "AG-1"
    with world.acting("mei"):
        assert queries.get(number).state is AgreementState.DRAFT


def test_only_a_draft_is_written_anew(world: World) -> None:
    before = counts(world)
    with world.acting("mei") as mei, pytest.raises(RuleBroken) as refused:
        commands.redraft(mei, world.agreements["D01"], terms={})
    assert refused.value.rule == "AG-1"
    assert counts(world) == before


def test_a_sub_dealer_has_no_agreement_of_its_own(world: World) -> None:
    before = counts(world)
    with world.acting("mei") as mei, pytest.raises(RuleBroken) as refused:
        commands.draft(mei, world.dealers["D01S"], starts=JULY, terms={})
    assert (refused.value.rule, refused.value.field) == ("AG-1", "dealer")
    assert counts(world) == before


def test_nobody_else_writes_and_a_foreign_agreement_is_not_there(world: World) -> None:
    for who in ("dana", "fei", "lin"):
        with pytest.raises(Forbidden):
            version(world, who)
    with pytest.raises(NotFound):
        version(world, number=world.agreements["X01"], who="mei") if world.agreements[
            "X01"
        ] != world.agreements["D01"] else version(world, number="XY-2026-999999")
    with world.acting("otto") as otto, pytest.raises(NotFound):
        commands.activate(otto, world.agreements["D02"])


def test_the_history_tells_what_each_version_changed(world: World) -> None:
    version(world, terms={"doa_days": 10, "matrix": {"stock": {"inbound": "manufacturer"}}})
    with world.acting("dana"):
        newest, first = queries.history(queries.get(world.agreements["D01"]).id)
        assert (newest.row.number, newest.replaced, newest.row.person, newest.row.reason) == (
            2,
            1,
            "Mei",
            "新年度",
        )
        assert {difference.clause.key for difference in newest.differences} == {"bases", "doa_days", "matrix"}
        assert (first.replaced, first.differences) == (None, [])
    with world.acting("sub"):
        assert len(queries.history(queries.get(world.agreements["D01"]).id)) == 2
