"""Reading the ledger: figures of a quarter, the quota at a moment, the entries behind a balance."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.agreements.rules import terms_of_quarter
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.money import ZERO
from portal.kernel.period import Month, Quarter
from portal.ledger.models import Balance, Entry, Fund, Line, Remittance
from portal.ledger.rules import (
    SIDES,
    Account,
    Figures,
    Quota,
    opening_of,
)
from portal.ledger.rules import quota as quota_of

Balances = Mapping[Quarter, Mapping[Account, Decimal]]


def balances(agreement_id: int) -> Balances:
    """Every balance of an agreement by quarter and account."""
    rows = session().execute(
        sa.select(Balance.quarter, Balance.account, Balance.amount).where(Balance.agreement_id == agreement_id)
    )
    found: dict[Quarter, dict[Account, Decimal]] = defaultdict(dict)
    for quarter, account, amount in rows:
        found[quarter][account] = amount
    return found


def fund(agreement_id: int) -> Fund | None:
    """How far an agreement's money is settled; None before anything moved."""
    return session().scalars(sa.select(Fund).where(Fund.agreement_id == agreement_id)).one_or_none()


def opening(agreement: Agreement, quarter: Quarter, known: Balances | None = None) -> Decimal:
    """What `quarter` opens with; while earlier quarters are open, their results so far count (ST-2)."""
    by_quarter = balances(agreement.id) if known is None else known
    row = fund(agreement.id)
    since = Quarter.of(agreement.starts)
    if row is not None and row.closed_until is not None:
        since = row.closed_until.next
    if quarter <= since:
        return Figures.of(by_quarter.get(quarter, {})).opening
    versions = agreements.versions(agreement.id)
    return opening_of(
        quarter,
        since=since,
        opening=Figures.of(by_quarter.get(since, {})).opening,
        moved={q: Figures.of(found).moved for q, found in by_quarter.items()},
        carries=lambda q: terms_of_quarter(versions, q).carries,
    )


def figures(agreement: Agreement, quarter: Quarter) -> Figures:
    """The figures of a quarter so far, with what it opens with."""
    known = balances(agreement.id)
    found = Figures.of(known.get(quarter, {}))
    return Figures(
        opening=opening(agreement, quarter, known),
        granted=found.granted,
        drawn=found.drawn,
        charged=found.charged,
        claims=found.claims,
        adjusted=found.adjusted,
        cancelled=found.cancelled,
        direct=found.direct,
    )


def quota(agreement: Agreement, quarter: Quarter) -> Quota:
    """The quota in `quarter`, with every term of its formula (PT-2)."""
    known = balances(agreement.id)
    reserved = sum((found.get(Account.RESERVED, ZERO) for found in known.values()), ZERO)
    return quota_of(
        quarter,
        Figures.of(known.get(quarter, {})),
        opening=opening(agreement, quarter, known),
        reserved=reserved,
    )


def remitted(agreement_id: int, quarter: Quarter) -> Decimal:
    """Remittances that count in a quarter so far, reversals taken off."""
    return session().scalar(
        sa.select(sa.func.coalesce(sa.func.sum(Remittance.amount), 0)).where(
            Remittance.agreement_id == agreement_id, Remittance.quarter == quarter
        )
    ) or ZERO


def month_remitted(agreement_id: int, month: Month) -> tuple[Decimal, int]:
    """Amount and number of the remittances dated in a month, reversals taken off and counted too."""
    amount, count = session().execute(
        sa.select(sa.func.coalesce(sa.func.sum(Remittance.amount), 0), sa.func.count()).where(
            Remittance.agreement_id == agreement_id, Remittance.date.between(month.first, month.last)
        )
    ).one()
    return amount or ZERO, count


def remittances(agreement_id: int, quarter: Quarter) -> list[Remittance]:
    """The remittances and reversals that count in a quarter, oldest first."""
    statement = (
        sa.select(Remittance)
        .where(Remittance.agreement_id == agreement_id, Remittance.quarter == quarter)
        .order_by(Remittance.date, Remittance.id)
    )
    return list(session().scalars(statement))


def remittance(number: str) -> Remittance:
    """A remittance of the scope by its number. Raises NotFound."""
    found = session().scalars(sa.select(Remittance).where(Remittance.number == number)).one_or_none()
    if found is None:
        raise NotFound
    return found


def remittance_by_reference(bank_ref: str) -> Remittance | None:
    """The remittance (not a reversal) with this bank reference."""
    statement = sa.select(Remittance).where(Remittance.bank_ref == bank_ref, Remittance.is_reversal.is_(False))
    return session().scalars(statement).one_or_none()


def is_reversed(remittance_id: int) -> bool:
    """Whether a remittance was taken back."""
    found = session().scalar(sa.select(Remittance.id).where(Remittance.reverses_id == remittance_id))
    return found is not None


@dataclass(frozen=True)
class Movement:
    """One entry as lists show it: what it did to one account."""

    entry: Entry
    amount: Decimal


def movements(agreement_id: int, quarter: Quarter, *accounts: Account) -> list[Movement]:
    """The entries behind the balances of `accounts` in a quarter, oldest first."""
    rows = session().execute(
        sa.select(Entry, sa.func.sum(Line.amount))
        .join(Line, Line.entry_id == Entry.id)
        .where(Entry.agreement_id == agreement_id, Entry.quarter == quarter, Line.account.in_(accounts))
        .group_by(Entry.id)
        .order_by(Entry.date, Entry.id)
    )
    return [Movement(entry, amount) for entry, amount in rows]


def of_document(number: str) -> list[Movement]:
    """What a document posted, oldest first, each entry with its amount; a reversal's is negative."""
    rows = session().execute(
        sa.select(Entry, Line.account, Line.amount)
        .join(Line, Line.entry_id == Entry.id)
        .where(Entry.document == number)
        .order_by(Entry.id)
    )
    return [Movement(entry, amount) for entry, account, amount in rows if account is SIDES[entry.kind][0]]


def last_entry(agreement_id: int) -> int:
    """The id of the newest entry of an agreement; 0 when there is none."""
    return session().scalar(sa.select(sa.func.max(Entry.id)).where(Entry.agreement_id == agreement_id)) or 0


def since(agreement_id: int, quarter: Quarter, entry_id: int) -> list[Movement]:
    """What was posted into a quarter after an entry, oldest first; a reversal's amount is negative."""
    rows = session().execute(
        sa.select(Entry, Line.account, Line.amount)
        .join(Line, Line.entry_id == Entry.id)
        .where(Entry.agreement_id == agreement_id, Entry.quarter == quarter, Entry.id > entry_id)
        .order_by(Entry.id)
    )
    return [Movement(entry, amount) for entry, account, amount in rows if account is SIDES[entry.kind][0]]
