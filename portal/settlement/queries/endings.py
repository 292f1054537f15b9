"""What outlives an agreement: units still in warranty, handovers (AG-3); claims to write off, notices (ST-10)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.agreements.rules import LateCard
from portal.catalogue.models import Product, Unit
from portal.kernel.actor import Side
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.money import ZERO
from portal.ledger.models import Entry, Line
from portal.ledger.rules import Account, EntryKind
from portal.settlement.models import DutyHandover, WriteOff, WriteOffLine
from portal.settlement.rules import SHOWN, HandoverState, WriteOffState
from portal.tenants.models import Dealer
from portal.warranty import queries as warranty
from portal.warranty.models import Card, WarrantyEvent, WarrantyExtension
from portal.warranty.rules import IN_FORCE, Coverage, ExtensionState, Sale


@dataclass(frozen=True)
class Residual:
    """A unit that was sold under an agreement and is still in warranty."""

    serial: str
    model: str
    sold_on: dt.date
    #: The last day of its warranty.
    last: dt.date
    card: str


def residual_duties(agreement: Agreement, on: dt.date) -> list[Residual]:
    """The units of an agreement that are in warranty on `on`, by the day on which that ends, the earliest first.

    Counted are units with a card in force whose warranty is recognised. Sub-dealers' units are the holder's.
    """
    terms = agreements.terms_on(agreement.id, on)
    rows = (
        session()
        .execute(
            sa.select(
                Unit.serial,
                Product.model,
                Product.months,
                Unit.batch,
                Unit.shipped_on,
                Unit.exchanged_from_id,
                Card.number,
                Card.sale_date,
                Card.late,
                Card.waived,
            )
            .join(Card, Card.unit_id == Unit.id)
            .join(Product, Product.id == Unit.product_id)
            .where(
                Card.agreement_id == agreement.id,
                Card.state.in_(IN_FORCE),
                Unit.left_field_on.is_(None),
                Card.sale_date <= on,
            )
        )
        .all()
    )
    months, clocked = _extensions(agreement), _clocked()
    found = []
    for row in rows:
        sale = Sale(row.number, row.sale_date, row.late, row.waived)
        if sale.late and not sale.waived and terms.late_card is LateCard.NOT_RECOGNISED:
            continue
        if row.exchanged_from_id is not None or row.serial in clocked:
            covered = warranty.coverage(row.serial, on)
        else:
            covered = Coverage(
                serial=row.serial,
                model=row.model,
                batch=row.batch,
                shipped_on=row.shipped_on,
                received_on=row.shipped_on,
                months=row.months,
                components={},
                terms=terms,
                extension_months=months[row.serial],
            )
        last = covered.last_day(sale.sale_date)
        if last >= on:
            found.append(Residual(row.serial, row.model, sale.sale_date, last, sale.number))
    return sorted(found, key=lambda unit: (unit.last, unit.serial))


def _extensions(agreement: Agreement) -> dict[str, int]:
    """Serial → months that were granted for it (EN-3)."""
    statement = sa.select(WarrantyExtension.serial, WarrantyExtension.months).where(
        WarrantyExtension.agreement_id == agreement.id, WarrantyExtension.state == ExtensionState.GRANTED
    )
    found: dict[str, int] = defaultdict(int)
    for serial, months in session().execute(statement):
        found[serial] += months
    return found


def _clocked() -> set[str]:
    """Serials whose clock something happened to (EN-13)."""
    return set(session().scalars(sa.select(WarrantyEvent.serial).distinct()))


def handovers(agreement_id: int) -> Sequence[DutyHandover]:
    """Every handover that was offered under an agreement, newest first."""
    statement = sa.select(DutyHandover).where(DutyHandover.agreement_id == agreement_id)
    return session().scalars(statement.order_by(DutyHandover.id.desc())).all()


def handover(number: str) -> DutyHandover:
    """A handover of the scope by its number. Raises NotFound."""
    found = session().scalars(sa.select(DutyHandover).where(DutyHandover.number == number)).one_or_none()
    if found is None:
        raise NotFound
    return found


def live_handover(agreement_id: int) -> DutyHandover | None:
    """The handover of an agreement that waits or holds."""
    statement = sa.select(DutyHandover).where(
        DutyHandover.agreement_id == agreement_id,
        DutyHandover.state.in_([HandoverState.OFFERED, HandoverState.AGREED]),
    )
    return session().scalars(statement).one_or_none()


def offered_handovers() -> list[tuple[DutyHandover, Agreement]]:
    """Handovers of the scope that wait for the dealer."""
    statement = (
        sa.select(DutyHandover, Agreement)
        .join(Agreement, Agreement.id == DutyHandover.agreement_id)
        .where(DutyHandover.state == HandoverState.OFFERED)
        .order_by(DutyHandover.id)
    )
    return [(row[0], row[1]) for row in session().execute(statement)]


@dataclass(frozen=True)
class OpenClaim:
    """A claim that was paid out of the fund to the dealer and stands on no notice."""

    entry: Entry
    amount: Decimal


def open_claims(agreement_id: int) -> list[OpenClaim]:
    """The claims of an agreement that can be written off, oldest first; reversals among them are negative (ST-10)."""
    noted = sa.select(WriteOffLine.entry_id).where(WriteOffLine.released.is_(False))
    statement = (
        sa.select(Entry, Line.amount)
        .join(Line, Line.entry_id == Entry.id)
        .where(
            Entry.agreement_id == agreement_id,
            Entry.kind == EntryKind.CLAIM,
            Line.account == Account.CLAIMS,
            Entry.id.not_in(noted),
        )
        .order_by(Entry.date, Entry.id)
    )
    return [OpenClaim(row[0], row[1]) for row in session().execute(statement)]


def open_claim_sums() -> list[tuple[int, int, Decimal]]:
    """Dealer, number of claims and their sum, for every dealer of the scope with claims to write off."""
    noted = sa.select(WriteOffLine.entry_id).where(WriteOffLine.released.is_(False))
    statement = (
        sa.select(Entry.dealer_id, sa.func.count(), sa.func.sum(Line.amount))
        .join(Line, Line.entry_id == Entry.id)
        .where(Entry.kind == EntryKind.CLAIM, Line.account == Account.CLAIMS, Entry.id.not_in(noted))
        .group_by(Entry.dealer_id)
        .order_by(Entry.dealer_id)
    )
    return [(row[0], row[1], row[2] or ZERO) for row in session().execute(statement)]


def write_off(number: str, side: Side) -> WriteOff:
    """A notice of the scope by its number; the dealer's side sees it once it is issued. Raises NotFound."""
    found = session().scalars(sa.select(WriteOff).where(WriteOff.number == number)).one_or_none()
    if found is None or (side is Side.DEALER and not is_shown(found)):
        raise NotFound
    return found


def is_shown(row: WriteOff) -> bool:
    """Whether the dealer sees a notice: issued ones, also when they were withdrawn later."""
    return row.state in SHOWN or (row.state is WriteOffState.WITHDRAWN and row.issued_on is not None)


def write_off_lines(write_off_id: int) -> Sequence[WriteOffLine]:
    """The claims on a notice, oldest first."""
    statement = sa.select(WriteOffLine).where(WriteOffLine.write_off_id == write_off_id)
    return session().scalars(statement.order_by(WriteOffLine.date, WriteOffLine.id)).all()


def write_offs(side: Side, state: WriteOffState | None = None) -> sa.Select[WriteOff, Dealer]:
    """Notices of the scope with their dealers, newest first; for the dealer's side those that were issued."""
    statement = sa.select(WriteOff, Dealer).join(Dealer, Dealer.id == WriteOff.dealer_id)
    if side is Side.DEALER:
        statement = statement.where(WriteOff.issued_on.is_not(None))
    if state is not None:
        statement = statement.where(WriteOff.state == state)
    return statement.order_by(WriteOff.id.desc())


def write_off_counts(side: Side) -> dict[WriteOffState, int]:
    """How many of them are in each state."""
    statement = sa.select(WriteOff.state, sa.func.count()).group_by(WriteOff.state)
    if side is Side.DEALER:
        statement = statement.where(WriteOff.issued_on.is_not(None))
    return {row[0]: row[1] for row in session().execute(statement)}


def waiting_write_offs(side: Side, state: WriteOffState) -> list[WriteOff]:
    """The notices in a state that a side sees, oldest first."""
    return [row for row, _dealer in session().execute(write_offs(side, state)).all()][::-1]
