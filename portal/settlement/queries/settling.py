"""The facts that decide whether a dealer can be settled, its figures, and what is printed."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.agreements.rules import terms_of_quarter
from portal.documents.rules import StatementView, thaw
from portal.kernel.db import session
from portal.kernel.money import ZERO
from portal.kernel.period import Quarter
from portal.ledger import queries as ledger
from portal.ledger.models import Balance
from portal.repairs import queries as repairs
from portal.reports import queries as reports
from portal.returns import queries as returns
from portal.settlement.models import Statement
from portal.settlement.queries.runs import line
from portal.settlement.queries.statements import get, revision
from portal.settlement.rules import SETTLED, Hold, HoldFacts, Result, compute, holds, surplus_of
from portal.tenants import queries as tenants
from portal.warranty import queries as warranty

#: Before the first quarter that anything was closed in.
NEVER = Quarter(1900, 1)


def touching(quarter: Quarter) -> list[Agreement]:
    """The agreements that exist on a day of the quarter, and ended ones that it moved money of; by dealer code.

    What comes in after the final settlement (a claim approved late, a returned unit) counts in the next quarter, and is
    settled with it.
    """
    codes = {dealer.id: dealer.code for dealer in tenants.dealers(holders_only=True)}
    found = agreements.touching(quarter.first, quarter.last)
    moved = sa.select(Balance.agreement_id).where(Balance.quarter == quarter, Balance.amount != ZERO)
    ended = sa.select(Agreement).where(Agreement.ends < quarter.first, Agreement.id.in_(moved))
    found += session().scalars(ended)
    return sorted(found, key=lambda agreement: (codes[agreement.dealer_id], agreement.id))


def to_settle(quarter: Quarter) -> list[Agreement]:
    """The agreements that a run of the quarter works on, by dealer code: all but those whose statement stands."""
    statement = sa.select(Statement.agreement_id).where(
        Statement.quarter == quarter, Statement.state.in_(SETTLED)
    )
    settled = set(session().scalars(statement))
    return [agreement for agreement in touching(quarter) if agreement.id not in settled]


def hold_facts(agreement: Agreement, quarter: Quarter, today: dt.date) -> HoldFacts:
    """What is known of a dealer when its quarter is to be settled (ST-4)."""
    return hold_facts_of([agreement], quarter, today)[agreement.id]


def hold_facts_of(found: Sequence[Agreement], quarter: Quarter, today: dt.date) -> dict[int, HoldFacts]:
    """The same for many at once, by the agreement's id."""
    ids = [agreement.id for agreement in found]
    closed = ledger.closed_until(ids)
    forms = reports.of_quarters(found, quarter)
    cards = warranty.undecided_by_agreement(ids, quarter)
    claims, requests = repairs.undecided_claims(ids, quarter), returns.undecided(ids, quarter)
    versions = agreements.versions_of(ids)
    previous = quarter.previous
    return {
        agreement.id: HoldFacts(
            last_day=agreement.span.last_day_in(quarter),
            today=today,
            previous_open=agreement.span.touches(previous.first, previous.last)
            and closed.get(agreement.id, NEVER) < previous,
            forms_owed=forms[agreement.id].owed,
            forms_submitted=forms[agreement.id].submitted,
            forms_accepted=forms[agreement.id].accepted,
            pays_card_fee=terms_of_quarter(versions[agreement.id], quarter).pays_card_fee,
            cards_undecided=cards.get(agreement.id, 0),
            claims_undecided=claims.get(agreement.id, 0),
            returns_undecided=requests.get(agreement.id, 0),
        )
        for agreement in found
    }


def held_now(agreement_id: int, quarter: Quarter, today: dt.date) -> tuple[Hold, ...]:
    """What would hold a dealer if its quarter was settled now."""
    return holds(hold_facts(agreements.by_id(agreement_id), quarter, today))


def result(agreement: Agreement, quarter: Quarter) -> Result:
    """The quarter's figures as a statement of now would show them (ST-2)."""
    return results_of([agreement], quarter)[agreement.id]


def results_of(found: Sequence[Agreement], quarter: Quarter) -> dict[int, Result]:
    """The same for many at once, by the agreement's id."""
    figures = ledger.figures_of(found, quarter)
    versions = agreements.versions_of(figures)
    return {
        agreement.id: compute(
            figures[agreement.id],
            surplus_of(terms_of_quarter(versions[agreement.id], quarter), agreement.span, quarter),
        )
        for agreement in found
    }


def printable(line_id: int, public_url: str) -> StatementView:
    """The stored view of a run's statement with its proof, ready to print."""
    issued = line(line_id)
    stored = revision(get(issued.statement).id, issued.revision)
    return thaw(StatementView, stored.data).proven(stored.code, public_url)
