"""The running account of the quota agrees with the quota, and the whole ledger with itself, whatever happened."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from portal.agreements.models import Agreement
from portal.kernel.db import session
from portal.kernel.money import ZERO
from portal.kernel.period import Month, Quarter
from portal.kernel.scope import Scope
from portal.ledger import checks, commands, queries
from portal.ledger.models import Entry
from portal.replay.player import play
from portal.replay.scenario import load
from portal.tenants.models import Organisation
from tests.parts.stock import decide, grant, request, ship, stock
from tests.people import World
from tests.replay import generate


def follow(agreement: Agreement, newest: Quarter) -> None:
    """Each month goes on where the one before ended, and the last one ends with the quota."""
    quarter = Quarter.of(agreement.starts)
    while quarter <= newest:
        months = [queries.running(agreement, month) for month in quarter.months]
        assert [month.begins for month in months[1:]] == [month.ends for month in months[:-1]]
        for month in months:
            left = month.begins
            for act in month.steps:
                left += act.plus - act.minus
                assert act.left == left
        ends = queries.month_ends(agreement, list(quarter.months))
        assert ends == [(month.month, month.ends) for month in months]
        quarter = quarter.next
    assert months[-1].ends == queries.quota(agreement, newest).left
    assert queries.quotas([agreement], newest)[agreement.id] == queries.quota(agreement, newest)


def audit(app: Flask) -> None:
    with app.app_context():
        manufacturers = session().scalars(select(Organisation.id).where(Organisation.code.is_not(None))).all()
    for manufacturer in manufacturers:
        with app.app_context():
            session().enter(Scope(manufacturer))
            assert [str(finding.text) for finding in checks.check()] == []
            days = session().scalars(select(Entry.posted_on).order_by(Entry.posted_on.desc()).limit(1)).all()
            for agreement in session().scalars(select(Agreement)):
                follow(agreement, Quarter.of(days[0] if days else agreement.starts))


def test_after_a_random_scenario_everything_adds_up(sqlite_app: Flask) -> None:
    play(sqlite_app, load("test", json.dumps(generate.generate(200, quarters=2), ensure_ascii=False)))
    audit(sqlite_app)


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_after_a_random_scenario_everything_adds_up_on_postgresql(app: Flask) -> None:
    play(app, load("test", json.dumps(generate.generate(210, quarters=1), ensure_ascii=False)))
    audit(app)


def test_a_posting_after_the_quarter_s_end_stands_in_its_last_month(world: World) -> None:
    with world.acting("fei", on=dt.date(2026, 4, 2)) as fei:
        commands.record_remittance(
            fei, world.dealers["D01"], date=dt.date(2026, 3, 31), amount=Decimal("8000.00"), bank_ref="B-1"
        )
    with world.acting("lin", on=dt.date(2026, 4, 2)):
        agreement = (
            session().scalars(select(Agreement).where(Agreement.dealer_id == world.dealers["D01"])).one()
        )
        march = queries.running(agreement, Month(2026, 3))
        april = queries.running(agreement, Month(2026, 4))
        assert [(str(act.text), act.plus, act.entry.posted_on) for act in march.steps] == [
            ("Remittance, share granted", Decimal("200.00"), dt.date(2026, 4, 2))
        ]
        assert (april.begins, april.steps) == (march.ends, ())


def test_a_shipment_is_one_act_that_leaves_the_quota_as_it_is(world: World) -> None:
    stock(world)
    grant(world, "500.00")
    number = request(world, {"P-MOTOR": 2})
    decide(world, number, {"P-MOTOR": 2})
    ship(world, number, {"P-MOTOR": 1})
    with world.acting("lin"):
        agreement = (
            session().scalars(select(Agreement).where(Agreement.dealer_id == world.dealers["D01"])).one()
        )
        acts = queries.running(agreement, Month(2026, 5)).steps
        assert [(str(act.text), act.plus, act.minus) for act in acts][-1] == (
            "Parts shipped, held becomes drawn",
            ZERO,
            ZERO,
        )
        assert queries.held_by_document(agreement.id) == [(number, Decimal("120.00"))]
