"""The demo's year, in a small size: everything a visitor should find is there, and everything adds up."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from portal.checks import problems
from portal.demo.build import Size, build
from portal.demo.cast import BUSINESSES, PEOPLE
from portal.kernel import clock
from portal.kernel.db import session
from portal.kernel.money import ZERO
from portal.kernel.period import Quarter
from portal.kernel.scope import Scope
from portal.parts.models import PartsRequest
from portal.parts.rules import RequestState
from portal.quality.models import Feedback
from portal.quality.rules import FeedbackState
from portal.repairs.models import Claim, ServiceRequest
from portal.repairs.rules.claims import ClaimState
from portal.repairs.rules.service import ServiceState
from portal.returns.models import ReturnRequest
from portal.returns.rules import ReturnState
from portal.settlement import queries as settlement
from portal.settlement.rules import Hold, StatementState
from portal.tenants import queries as tenants
from portal.tenants.models import Dealer, Organisation
from portal.tenants.rules import DEALER_ROLES, MANUFACTURER_ROLES
from portal.warranty.models import Card, CardRisk
from portal.warranty.rules import CardState
from tests import databases
from tests.demo.conftest import NOW, Demo


@pytest.fixture(params=["EV", "FM"])
def maker(demo: Demo, request: pytest.FixtureRequest) -> Iterator[str]:
    """Inside the scope of one manufacturer after the other."""
    with clock.fixed(NOW), demo.app.app_context():
        organisation = tenants.manufacturer_by_code(request.param)
        assert organisation is not None
        session().enter(Scope(organisation.id))
        yield request.param


def test_the_ledger_adds_up_and_the_logs_are_whole(demo: Demo) -> None:
    with clock.fixed(NOW):
        assert problems(demo.app) == []


def test_there_are_two_manufacturers_and_eight_companies_that_deal(
    demo: Demo,
) -> None:
    with demo.app.app_context():
        makers = set(session().scalars(select(Organisation.id).where(Organisation.code.is_not(None))))
    dealing: list[int] = []
    for manufacturer_id in makers:
        with demo.app.app_context():
            session().enter(Scope(manufacturer_id))
            dealing += session().scalars(select(Dealer.organisation_id))
    assert len(makers) == 2
    assert len(set(dealing)) == 8
    assert len(set(dealing) & makers) == 1, "one is manufacturer and dealer"
    assert [count for count in Counter(dealing).values() if count > 1] == [2], "one deals for both"


def test_every_role_of_each_side_has_an_account(demo: Demo) -> None:
    accounts = demo.accounts
    keys = {"persona", "email", "password", "organisation", "side", "roles"}
    assert all(set(account) == keys for account in accounts)
    assert {account["persona"] for account in accounts} == {person.persona for person in PEOPLE} | {"op"}
    for side, wanted in (("manufacturer", MANUFACTURER_ROLES), ("dealer", DEALER_ROLES)):
        found = {role for account in accounts if account["side"] == side for role in account["roles"]}
        assert found == {role.value for role in wanted}
    assert [account["side"] for account in accounts if account["persona"] == "ida"] == [
        "manufacturer",
        "dealer",
    ]
    assert len({account["password"] for account in accounts}) == len(PEOPLE) + 1
    assert all(len(str(account["password"])) >= 12 for account in accounts)


def test_everybody_can_sign_in(demo: Demo) -> None:
    from portal.kernel.actor import PUBLIC
    from portal.tenants import commands

    for account in demo.accounts:
        with demo.app.app_context():
            token = commands.sign_in(
                PUBLIC, str(account["email"]), str(account["password"]), address="127.0.0.1", browser="test"
            )
            assert token is not None
            person = tenants.signed_in(token)
            assert person is not None
            assert tenants.acting_for(person.id) or person.is_operator


def test_past_quarters_are_closed_for_everybody(maker: str) -> None:
    holders = [one for one in BUSINESSES if one.maker == maker and one.terms and one.joins == 0]
    statements = settlement.in_quarter(Quarter(2025, 4))
    assert [statement.state for statement in statements] == [StatementState.CLOSED] * len(holders)
    assert [s.revision for s in statements] == ([2, 1, 1, 1] if maker == "EV" else [1, 1]), "one was disputed"


def test_one_quarter_is_ready_to_be_settled_and_one_dealer_holds_itself(maker: str) -> None:
    quarter = Quarter(2026, 1)
    if maker == "FM":
        states = [statement.state for statement in settlement.in_quarter(quarter)]
        assert states == [StatementState.ISSUED, StatementState.CONFIRMED, StatementState.DISPUTED]
        return
    assert settlement.in_quarter(quarter) == []
    trial = settlement.runs(quarter)[0]
    assert trial.trial
    held = {line.dealer: line.holds for line in settlement.lines(trial.id) if line.holds}
    assert held == {tenants.dealer("D03").id: [Hold.FORMS_MISSING]}


def test_cards_are_in_every_state_but_withdrawn_and_the_risky_ones_stand_out(maker: str) -> None:
    if maker == "FM":
        return
    states = Counter(session().scalars(select(Card.state)))
    assert set(states) >= {CardState.SUBMITTED, CardState.SENT_BACK, CardState.ACCEPTED, CardState.VOID}
    assert {CardState.REJECTED, CardState.ACCEPTED_LATE} & set(states)
    assert states[CardState.SUBMITTED] >= 11
    scores = session().scalars(
        select(CardRisk.score)
        .join(Card, Card.id == CardRisk.card_id)
        .where(Card.state == CardState.SUBMITTED)
    )
    ranked = sorted(scores, reverse=True)
    assert ranked[0] >= 60
    assert ranked[-1] == 0


def test_parts_requests_are_in_every_state(maker: str) -> None:
    if maker == "FM":
        return
    states = set(session().scalars(select(PartsRequest.state)))
    assert states >= set(RequestState) - {RequestState.CANCELLED}
    assert (
        session()
        .scalars(
            select(PartsRequest.number).where(
                PartsRequest.excess > ZERO, PartsRequest.state == RequestState.SUBMITTED
            )
        )
        .all()
    ), "one waits that the quota does not cover"


def test_what_happens_to_sold_units_waits_for_everybody_in_turn(maker: str) -> None:
    if maker == "FM":
        return
    assert set(session().scalars(select(ServiceRequest.state))) >= {
        ServiceState.RECEIVED,
        ServiceState.TRIAGED,
        ServiceState.DISPATCHED,
        ServiceState.IN_PROGRESS,
        ServiceState.WAITING_PARTS,
        ServiceState.DONE,
    }
    assert set(session().scalars(select(Claim.state))) >= {
        ClaimState.SUBMITTED,
        ClaimState.NEEDS_INFO,
        ClaimState.APPROVED,
        ClaimState.PARTLY_APPROVED,
    }
    assert set(session().scalars(select(ReturnRequest.state))) >= {
        ReturnState.SUBMITTED,
        ReturnState.NEEDS_INFO,
        ReturnState.REJECTED,
        ReturnState.APPROVED,
        ReturnState.SHIPPED,
        ReturnState.RECEIVED,
        ReturnState.SETTLED,
    }
    assert set(session().scalars(select(Feedback.state))) >= {
        FeedbackState.SUBMITTED,
        FeedbackState.IN_WORK,
        FeedbackState.ASKED,
        FeedbackState.TO_RELEASE,
        FeedbackState.ANSWERED,
        FeedbackState.CLOSED,
    }


@pytest.mark.parametrize("now", [(2026, 10, 1, 0, 5), (2028, 2, 29, 23, 59)], ids=["first day", "leap day"])
def test_any_day_may_be_today(now: tuple[int, int, int, int, int], tmp_path: Path) -> None:
    app = databases.make_app(databases.sqlite_copy(tmp_path / "portal.sqlite3"), tmp_path)
    instant = dt.datetime(*now, tzinfo=ZoneInfo("Asia/Shanghai"))
    build(app, instant, size=Size(quarters=2, share=0.1, prints=False), say=lambda _: None)
    with clock.fixed(instant):
        assert problems(app) == []
    databases.dispose(app)
