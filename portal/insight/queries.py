"""The month in figures, and the search: what the reader may see and what fits (TN-1, TN-2)."""

import datetime as dt
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.catalogue.models import Delivery, Part, Product, Unit
from portal.insight.rules import HitKind
from portal.kernel import clock
from portal.kernel.actor import Actor, Side
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.period import Month
from portal.kernel.permissions import Permission
from portal.ledger.models import Remittance
from portal.parts import queries as parts
from portal.parts.models import OldPartBatch, PartsRequest, Shipment
from portal.quality.models import Feedback
from portal.repairs.models import Repair, ServiceCard, ServiceRequest
from portal.reports.models import MonthlyForm
from portal.returns.models import ReturnRequest
from portal.settlement.models import SettlementRun, Statement
from portal.settlement.rules import StatementState
from portal.tenants.models import Dealer
from portal.warranty.models import Card
from portal.warranty.queries import coverage
from portal.warranty.rules import CardState

#: So many hits of each kind are shown; who needs more narrows the search.
MOST = 8
#: Fewer characters would find half of everything.
SHORTEST, LONGEST = 2, 60


@dataclass(frozen=True)
class Hit:
    """Something that was found."""

    kind: HitKind
    #: What people call it: its number, serial number or code.
    name: str
    #: The second line: a name, a dealer, a state.
    text: str = ""
    #: How its page's address names it, where that is not the name.
    at: str = ""

    @property
    def key(self) -> str:
        """How its page's address names it."""
        return self.at or self.name

    def is_exactly(self, asked: str) -> bool:
        """Whether its name is what was typed, whatever the case."""
        return self.name.casefold() == plain(asked).casefold()


def plain(text: str) -> str:
    """What was typed, wide letters and digits made narrow, blanks at the ends taken off."""
    return unicodedata.normalize("NFKC", text).strip()


@dataclass(frozen=True)
class Source:
    """One kind of thing that can be found: who may, by which columns, and what its line says."""

    kind: HitKind
    allow: Permission
    #: Its name, then what else is searched.
    columns: tuple[Any, ...]
    #: The second line.
    second: Any
    side: Side | None = None
    #: The dealer that it belongs to, where the second line is the dealer's name.
    dealer: Any = None
    #: How its page's address names it, where that is not the name, and the row that says so.
    at: Any = None
    beside: Any = None


_SOURCES = (
    Source(HitKind.UNIT, Permission.UNITS_READ, (Unit.serial,), Unit.batch),
    Source(HitKind.CARD, Permission.CARDS_READ, (Card.number, Card.serial), Card.serial),
    Source(HitKind.REPAIR, Permission.REPAIRS_READ, (Repair.number, Repair.serial), Repair.serial),
    Source(
        HitKind.SERVICE_REQUEST,
        Permission.REPAIRS_READ,
        (ServiceRequest.number, ServiceRequest.serial),
        ServiceRequest.serial,
    ),
    Source(
        HitKind.SERVICE_CARD,
        Permission.REPAIRS_READ,
        (ServiceCard.number, ServiceCard.serial),
        ServiceCard.plan_name,
    ),
    Source(
        HitKind.RETURN,
        Permission.RETURNS_READ,
        (ReturnRequest.number,),
        Dealer.name,
        dealer=ReturnRequest.point_id,
    ),
    Source(
        HitKind.FEEDBACK, Permission.FEEDBACK_READ, (Feedback.number, Feedback.serial), Feedback.phenomenon
    ),
    Source(
        HitKind.OLD_PARTS,
        Permission.PARTS_READ,
        (OldPartBatch.number, OldPartBatch.waybill),
        OldPartBatch.waybill,
    ),
    Source(
        HitKind.PARTS_REQUEST,
        Permission.PARTS_READ,
        (PartsRequest.number,),
        Dealer.name,
        dealer=PartsRequest.dealer_id,
    ),
    Source(
        HitKind.SHIPMENT,
        Permission.PARTS_READ,
        (Shipment.number, Shipment.waybill),
        Shipment.waybill,
        at=PartsRequest.number,
        beside=PartsRequest.id == Shipment.request_id,
    ),
    Source(
        HitKind.STATEMENT,
        Permission.STATEMENTS_READ,
        (Statement.number,),
        Dealer.name,
        dealer=Statement.dealer_id,
    ),
    Source(
        HitKind.RUN,
        Permission.SETTLEMENT_READ,
        (SettlementRun.number,),
        sa.cast(SettlementRun.quarter, sa.String),
        side=Side.MANUFACTURER,
    ),
    Source(
        HitKind.REMITTANCE,
        Permission.REMITTANCES_READ,
        (Remittance.number, Remittance.bank_ref),
        Remittance.bank_ref,
    ),
    Source(
        HitKind.FORM, Permission.FORMS_READ, (MonthlyForm.number,), Dealer.name, dealer=MonthlyForm.dealer_id
    ),
    Source(
        HitKind.DELIVERY,
        Permission.UNITS_READ,
        (Delivery.number, Delivery.delivery_note),
        Delivery.delivery_note,
    ),
    Source(
        HitKind.AGREEMENT,
        Permission.AGREEMENTS_READ,
        (Agreement.number,),
        Dealer.name,
        dealer=Agreement.dealer_id,
    ),
    Source(
        HitKind.DEALER,
        Permission.DEALERS_READ,
        (Dealer.code, Dealer.name, Dealer.contact),
        Dealer.name,
        side=Side.MANUFACTURER,
    ),
    Source(HitKind.PART, Permission.CATALOGUE_READ, (Part.code, Part.name, Part.name_en), Part.name),
    Source(HitKind.PRODUCT, Permission.CATALOGUE_READ, (Product.model, Product.name), Product.name),
)


def find(actor: Actor, asked: str) -> list[Hit]:
    """Everything in the actor's scope that fits and that the actor may read; nothing for very short texts."""
    text = plain(asked)
    if not SHORTEST <= len(text) <= LONGEST:
        return []
    return [
        hit
        for source in _SOURCES
        if actor.may(source.allow) and source.side in (None, actor.side)
        for hit in _hits(source, text)
    ]


def _hits(source: Source, text: str) -> Iterator[Hit]:
    """The first of one kind, the exact one at the head."""
    name = source.columns[0]
    statement = sa.select(name, source.second, sa.literal("") if source.at is None else source.at)
    if source.dealer is not None:
        statement = statement.join(Dealer, Dealer.id == source.dealer)
    if source.beside is not None:
        statement = statement.where(source.beside)
    fits = sa.or_(*(column.icontains(text, autoescape=True) for column in source.columns))
    exact = sa.case((sa.func.lower(name) == text.lower(), 0), else_=1)
    for row in session().execute(statement.where(fits).order_by(exact, name.desc()).limit(MOST)):
        yield Hit(source.kind, *(str(value or "") for value in row))


def is_elsewhere(actor: Actor, asked: str) -> bool:
    """Whether it is the serial of a unit that was shipped to another dealer, for those who may ask who pays (RP-12)."""
    if actor.side is not Side.DEALER or not actor.may(Permission.COVERAGE_READ):
        return False
    try:
        coverage(plain(asked), clock.today(actor.timezone))
    except NotFound:
        return False
    return True


@dataclass(frozen=True)
class MonthFigures:
    """The month so far, for the home page; None for what the reader may not read."""

    #: Cards filed this month by their state.
    cards: dict[CardState, int] | None
    #: Parts requests filed this month.
    requests: int | None
    #: A dealer's quota, now.
    quota: Decimal | None
    #: Remittances of this month, reversals taken off.
    remitted: Decimal | None
    #: Statements that wait for the dealer's answer.
    unanswered: int | None


def month_figures(actor: Actor, today: dt.date) -> MonthFigures:
    """The figures of today's month in the actor's scope."""
    month = Month.of(today)
    dealer = actor.side is Side.DEALER
    return MonthFigures(
        cards=_cards_of(month) if actor.may(Permission.CARDS_READ) else None,
        requests=_requests_of(month) if actor.may(Permission.PARTS_READ) else None,
        quota=_quota(actor, today) if dealer and actor.may(Permission.LEDGER_READ) else None,
        remitted=_remitted_in(month) if not dealer and actor.may(Permission.REMITTANCES_READ) else None,
        unanswered=_unanswered() if actor.may(Permission.STATEMENTS_READ) else None,
    )


def _cards_of(month: Month) -> dict[CardState, int]:
    rows = session().execute(
        sa.select(Card.state, sa.func.count(Card.id))
        .where(Card.filed_on.between(month.first, month.last))
        .group_by(Card.state)
    )
    return {row[0]: row[1] for row in rows}


def _requests_of(month: Month) -> int:
    filed = PartsRequest.filed_on.between(month.first, month.last)
    return session().scalar(sa.select(sa.func.count(PartsRequest.id)).where(filed)) or 0


def _quota(actor: Actor, today: dt.date) -> Decimal | None:
    assert actor.dealer_id is not None
    agreement = agreements.newest_of([actor.dealer_id]).get(actor.dealer_id)
    return parts.quota(agreement, today).left if agreement is not None else None


def _remitted_in(month: Month) -> Decimal:
    in_month = Remittance.date.between(month.first, month.last)
    return session().scalar(sa.select(sa.func.sum(Remittance.amount)).where(in_month)) or Decimal("0.00")


def _unanswered() -> int:
    issued = Statement.state == StatementState.ISSUED
    return session().scalar(sa.select(sa.func.count(Statement.id)).where(issued)) or 0
