"""A dealer's year under one agreement: figures by quarter, each with the records that it counts or adds up."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.agreements.rules import UNBORN, TermsVersion
from portal.insight.rules import YearFigure
from portal.kernel.actor import Actor
from portal.kernel.db import session
from portal.kernel.money import ZERO, total
from portal.kernel.period import Month, Quarter
from portal.kernel.permissions import Permission
from portal.ledger import queries as ledger
from portal.ledger.models import Remittance
from portal.ledger.rules import Account, Figures
from portal.parts.models import PartsRequest, Shipment
from portal.quality.models import Feedback
from portal.repairs.models import Claim, Repair
from portal.repairs.rules import RepairState
from portal.reports.queries.timeliness import Timeliness, timeliness
from portal.returns.models import ReturnDisposition, ReturnedUnit, ReturnRequest
from portal.settlement import queries as settlement
from portal.settlement.models import Statement
from portal.settlement.rules import StatementState
from portal.tenants import queries as tenants
from portal.tenants.models import Dealer
from portal.warranty.models import Card
from portal.warranty.rules import CardState

#: What a quarter is made of, in the order of the statement, with the sign that makes the result.
FUND = (
    (Account.OPENING, 1),
    (Account.GRANTED, 1),
    (Account.DRAWN, -1),
    (Account.CHARGED, -1),
    (Account.CLAIMS, -1),
    (Account.ADJUSTED, 1),
    (Account.CANCELLED, -1),
)


@dataclass(frozen=True)
class Item:
    """One record behind a figure."""

    number: str
    day: dt.date
    #: What it adds to the figure; 1 where records are counted.
    amount: Decimal
    words: str = ""


@dataclass(frozen=True)
class Source:
    """Where the records of a figure are."""

    allow: Permission
    number: Any
    day: Any
    amount: Any
    words: Any
    conditions: tuple[Any, ...]
    agreement: Any


_ONE = sa.literal(1)
_ACCEPTED = (CardState.ACCEPTED, CardState.ACCEPTED_LATE)
SOURCES: Mapping[YearFigure, Source] = {
    YearFigure.CARDS_FILED: Source(
        Permission.CARDS_READ, Card.number, Card.filed_on, _ONE, Card.serial, (), Card.agreement_id
    ),
    YearFigure.CARDS_ACCEPTED: Source(
        Permission.CARDS_READ,
        Card.number,
        Card.filed_on,
        _ONE,
        Card.serial,
        (Card.state.in_(_ACCEPTED),),
        Card.agreement_id,
    ),
    YearFigure.CARDS_LATE: Source(
        Permission.CARDS_READ,
        Card.number,
        Card.filed_on,
        _ONE,
        Card.serial,
        (Card.state == CardState.ACCEPTED_LATE,),
        Card.agreement_id,
    ),
    YearFigure.REPAIRS: Source(
        Permission.REPAIRS_READ,
        Repair.number,
        Repair.filed_on,
        _ONE,
        Repair.serial,
        (Repair.state != RepairState.VOID,),
        Repair.agreement_id,
    ),
    YearFigure.CLAIMS_FILED: Source(
        Permission.REPAIRS_READ, Claim.number, Claim.filed_on, _ONE, Claim.serial, (), Claim.agreement_id
    ),
    YearFigure.CLAIMS_GRANTED: Source(
        Permission.REPAIRS_READ,
        Claim.number,
        Claim.decided_on,
        Claim.granted,
        Claim.serial,
        (Claim.granted.is_not(None),),
        Claim.agreement_id,
    ),
    YearFigure.PARTS_REQUESTS: Source(
        Permission.PARTS_READ,
        PartsRequest.number,
        PartsRequest.filed_on,
        _ONE,
        sa.literal(""),
        (),
        PartsRequest.agreement_id,
    ),
    YearFigure.PARTS_SHIPPED: Source(
        Permission.PARTS_READ,
        PartsRequest.number,
        Shipment.shipped_on,
        Shipment.cost,
        Shipment.number,
        (Shipment.request_id == PartsRequest.id,),
        Shipment.agreement_id,
    ),
    YearFigure.RETURNS: Source(
        Permission.RETURNS_READ,
        ReturnRequest.number,
        ReturnRequest.filed_on,
        _ONE,
        sa.literal(""),
        (),
        ReturnRequest.agreement_id,
    ),
    YearFigure.UNITS_RETURNED: Source(
        Permission.RETURNS_READ,
        ReturnRequest.number,
        ReturnDisposition.disposed_on,
        _ONE,
        ReturnedUnit.serial,
        (ReturnDisposition.line_id == ReturnedUnit.id, ReturnedUnit.request_id == ReturnRequest.id),
        ReturnRequest.agreement_id,
    ),
    YearFigure.FEEDBACK: Source(
        Permission.FEEDBACK_READ,
        Feedback.number,
        Feedback.filed_on,
        _ONE,
        Feedback.model,
        (),
        Feedback.agreement_id,
    ),
    YearFigure.REMITTED: Source(
        Permission.REMITTANCES_READ,
        Remittance.number,
        Remittance.date,
        Remittance.amount,
        Remittance.bank_ref,
        (),
        Remittance.agreement_id,
    ),
}


def items(agreement: Agreement, figure: YearFigure, first: dt.date, last: dt.date) -> list[Item]:
    """The records of `figure` that are dated within first … last, oldest first."""
    source = SOURCES[figure]
    statement = (
        sa.select(source.number, source.day, source.amount, source.words)
        .where(source.agreement == agreement.id, source.day.between(first, last), *source.conditions)
        .order_by(source.day, source.number)
    )
    return [
        Item(number, day, Decimal(amount), str(words or ""))
        for number, day, amount, words in session().execute(statement)
    ]


@dataclass(frozen=True)
class YearRow:
    """One figure by quarter; None for a quarter that has not begun or that the agreement does not touch."""

    figure: YearFigure
    quarters: tuple[Decimal | None, ...]

    @property
    def year(self) -> Decimal:
        return total(amount for amount in self.quarters if amount is not None)


@dataclass(frozen=True)
class FundRow:
    """One term of the fund by quarter, signed as in the result; None like in `YearRow`."""

    account: Account
    quarters: tuple[Decimal | None, ...]

    @property
    def year(self) -> Decimal | None:
        """The year's sum; what the year opens with for the opening; None where no quarter is shown."""
        known = [amount for amount in self.quarters if amount is not None]
        if not known:
            return None
        return known[0] if self.account is Account.OPENING else total(known)


@dataclass(frozen=True)
class Year:
    """The annual record of one agreement."""

    agreement: Agreement
    year: int
    quarters: tuple[Quarter, ...]
    #: Those that the agreement touches and that have begun.
    shown: frozenset[Quarter]
    versions: tuple[TermsVersion, ...]
    rows: tuple[YearRow, ...]
    #: Empty where the reader may not read the fund.
    fund: tuple[FundRow, ...]
    results: tuple[Decimal | None, ...]
    #: The issued statement of each quarter.
    statements: tuple[Statement | None, ...]
    #: Month → how its forms came; months that owe none, or that have not begun, are left out.
    forms: Mapping[Month, Timeliness]


def years_of(agreement: Agreement, today: dt.date) -> list[int]:
    """The years that an agreement touches until today, newest first."""
    last = min(today, agreement.ends) if agreement.ends else today
    return list(range(max(last, agreement.starts).year, agreement.starts.year - 1, -1))


def touching(dealer_id: int, year: int) -> list[Agreement]:
    """The agreements of a dealer that touch a year, newest first."""
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    return [
        row
        for row in agreements.of_dealer(dealer_id)
        if row.state not in UNBORN and row.span.touches(first, last)
    ]


def agreements_of(year: int, text: str = "") -> list[tuple[Agreement, Dealer]]:
    """The agreements of the scope that touch a year with their dealers, by code; `text` is a part of code or name."""
    names = {dealer.id: dealer for dealer in tenants.dealers(holders_only=True)}
    found = [
        (row, names[row.dealer_id]) for row in agreements.touching(dt.date(year, 1, 1), dt.date(year, 12, 31))
    ]
    if text:
        found = [
            one for one in found if text.lower() in f"{one[1].code} {one[1].name} {one[0].number}".lower()
        ]
    return sorted(found, key=lambda one: (one[1].code, one[0].starts))


def year_of(actor: Actor, agreement: Agreement, year: int, today: dt.date) -> Year:
    """A year of an agreement, as far as its reader may read its parts."""
    quarters = tuple(Quarter(year, number) for number in range(1, 5))
    shown = frozenset(q for q in quarters if q.first <= today and agreement.span.touches(q.first, q.last))
    readable = [figure for figure in YearFigure if actor.may(SOURCES[figure].allow)]
    months = [month for q in quarters for month in q.months if month.first <= today]
    moved = [ledger.figures(agreement, q) if q in shown else None for q in quarters]
    money = actor.may(Permission.LEDGER_READ)
    return Year(
        agreement=agreement,
        year=year,
        quarters=quarters,
        shown=shown,
        versions=_versions(agreement, quarters),
        rows=tuple(_row(agreement, figure, quarters, shown) for figure in readable),
        fund=tuple(
            FundRow(account, tuple(_signed(f, account, sign) if f else None for f in moved))
            for account, sign in FUND
        )
        if money
        else (),
        results=tuple(f.result if f else None for f in moved),
        statements=tuple(_statement(actor, agreement, q) for q in quarters),
        forms={
            month: found
            for (_agreement_id, month), found in timeliness([agreement.id], months, today).items()
        }
        if actor.may(Permission.FORMS_READ)
        else {},
    )


def _signed(figures: Figures, account: Account, sign: int) -> Decimal:
    """A term as it stands in the result; zero has no sign."""
    amount: Decimal = getattr(figures, account.value)
    return sign * amount if amount else ZERO


def _row(
    agreement: Agreement, figure: YearFigure, quarters: Sequence[Quarter], shown: frozenset[Quarter]
) -> YearRow:
    found = items(agreement, figure, quarters[0].first, quarters[-1].last)
    return YearRow(
        figure,
        tuple(
            total(item.amount for item in found if item.day in q) if q in shown else None for q in quarters
        ),
    )


def _versions(agreement: Agreement, quarters: Sequence[Quarter]) -> tuple[TermsVersion, ...]:
    """The versions of the terms that ruled a day of the year, oldest first."""
    known = agreements.versions(agreement.id)
    before = [version for version in known if version.starts <= quarters[0].first]
    within = [version for version in known if quarters[0].first < version.starts <= quarters[-1].last]
    return (*before[-1:], *within)


def _statement(actor: Actor, agreement: Agreement, quarter: Quarter) -> Statement | None:
    if not actor.may(Permission.STATEMENTS_READ):
        return None
    found = settlement.of_quarter(agreement.id, quarter)
    return found if found is not None and found.state is not StatementState.DRAFT else None


def sum_of(found: Sequence[Item]) -> Decimal:
    """What a list of records comes to."""
    return total(item.amount for item in found) if found else ZERO
