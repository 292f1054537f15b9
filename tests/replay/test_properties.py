"""What holds after any sequence of events, whatever they were (architecture.md 8)."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import pairwise

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.agreements.models import Agreement
from portal.audit.models import Fact
from portal.checks import problems
from portal.jobs import worker
from portal.jobs.daily import begin_day
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.db import session
from portal.kernel.period import Quarter
from portal.ledger import queries as ledger
from portal.ledger.models import Entry, Line
from portal.replay.player import play
from portal.replay.scenario import load
from portal.settlement import queries as settlement
from portal.settlement.rules import StatementState
from portal.tenants import queries as tenants
from portal.tenants.models import Dealer, Organisation
from tests.replay.generate import generate
from tests.replay.generate_aftersales import AfterSalesWriter
from tests.replay.reference import Model

SEEDS = [13, 11]


def played(app: Flask, seed: int) -> Model:
    """The portal after a random scenario, and the reference after the same."""
    scenario = generate(seed, quarters=2, kind=AfterSalesWriter)
    play(app, load("random", json.dumps(scenario, ensure_ascii=False)))
    model = Model(scenario)
    for event in scenario["events"]:
        model.play(event)
    return model


@contextmanager
def at_the_end(app: Flask, model: Model) -> Iterator[Actor]:
    """The manufacturer's scope on the last day of the scenario, entered as time itself."""
    with app.app_context(), clock.fixed(dt.datetime.combine(model.today, dt.time(12), dt.UTC)):
        tenant = session().scalars(sa.select(Organisation).where(Organisation.code == "MF")).one()
        actor = tenants.clock_actor(tenant.id, tenant.timezone)
        assert actor.scope is not None
        session().enter(actor.scope)
        yield actor


@pytest.mark.parametrize("seed", SEEDS)
def test_money_holds_after_any_sequence_of_events(sqlite_app: Flask, seed: int) -> None:
    model = played(sqlite_app, seed)
    assert problems(sqlite_app) == []
    with at_the_end(sqlite_app, model):
        sums: dict[int, Decimal] = defaultdict(Decimal)
        for line in session().scalars(sa.select(Line)):
            sums[line.entry_id] += line.amount
        assert set(sums.values()) == {Decimal("0.00")}
        codes = dict(session().execute(sa.select(Dealer.id, Dealer.code)).all())
        for agreement in session().scalars(sa.select(Agreement)):
            known = model.agreements[codes[agreement.dealer_id]]
            quota = ledger.quota(agreement, Quarter(*known.counts_in(model.today)))
            assert quota.left == model.quota(known)
            assert sum(amount for _, amount in quota.terms) == quota.left
            issued = [row for row in settlement.all_statements() if row.agreement_id == agreement.id]
            for statement in issued:
                # Nothing has posted into a quarter since its statement was issued.
                if statement.state is not StatementState.DISPUTED:
                    figures = settlement.result(agreement, statement.quarter)
                    assert figures.as_strings() == dict(statement.figures)
            for one, following in pairwise(sorted(issued, key=lambda row: row.quarter)):
                assert one.quarter.next == following.quarter
                assert following.figures["opening"] == one.figures["carried"]


@pytest.mark.parametrize("seed", SEEDS[:1])
def test_what_time_brought_it_brings_once(sqlite_app: Flask, seed: int) -> None:
    model = played(sqlite_app, seed)
    with at_the_end(sqlite_app, model):
        before = recorded()
    for _ in range(2):
        with at_the_end(sqlite_app, model) as actor:
            begin_day(actor)
        with clock.fixed(dt.datetime.combine(model.today, dt.time(12), dt.UTC)):
            worker.run_all(sqlite_app)
    with at_the_end(sqlite_app, model):
        assert recorded() == before


def recorded() -> tuple[list[str], int]:
    """Every posting, and how many facts there are."""
    sources = session().scalars(sa.select(Entry.source).order_by(Entry.id)).all()
    return list(sources), session().scalar(sa.select(sa.func.count(Fact.id))) or 0
