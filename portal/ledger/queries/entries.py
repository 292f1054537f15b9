"""Entries: what stands behind a balance, what a document posted, how the quota came to be."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from portal.agreements.models import Agreement
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.money import ZERO, total
from portal.kernel.period import Month, Quarter
from portal.kernel.text import T
from portal.ledger.models import Balance, Entry, Line
from portal.ledger.queries.balances import opening
from portal.ledger.rules import CLOSING_KINDS, SIDES, Account, EntryKind, act_of, month_in, step_words


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


def entry(entry_id: int) -> Entry:
    """An entry of the scope. Raises NotFound."""
    found = session().scalars(sa.select(Entry).where(Entry.id == entry_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def lines_of(entry_id: int) -> Sequence[Line]:
    """The two sides of an entry."""
    return session().scalars(sa.select(Line).where(Line.entry_id == entry_id).order_by(Line.id)).all()


def held_by_document(agreement_id: int) -> list[tuple[str, Decimal]]:
    """What each document reserves of the fund now, those that reserve nothing left out."""
    amount = sa.func.sum(Line.amount)
    rows = session().execute(
        sa.select(Entry.document, amount)
        .join(Line, Line.entry_id == Entry.id)
        .where(Entry.agreement_id == agreement_id, Line.account == Account.RESERVED)
        .group_by(Entry.document)
        .order_by(Entry.document)
    )
    return [(document, held) for document, held in rows if held]


def holds_of(agreement_id: int, documents: Iterable[str]) -> list[Movement]:
    """The holds and releases of these documents in all quarters, oldest first."""
    rows = session().execute(
        sa.select(Entry, Line.amount)
        .join(Line, Line.entry_id == Entry.id)
        .where(
            Entry.agreement_id == agreement_id,
            Line.account == Account.RESERVED,
            Entry.document.in_(list(documents)),
        )
        .order_by(Entry.id)
    )
    return [Movement(entry, amount) for entry, amount in rows]


@dataclass(frozen=True)
class Step:
    """One act in the running account of the quota: the entries that it posted together."""

    #: What was posted, in its order.
    kinds: tuple[EntryKind, ...]
    entry: Entry
    plus: Decimal
    minus: Decimal
    #: The quota after it.
    left: Decimal

    @property
    def text(self) -> T:
        """What happened, in words."""
        return step_words(self.kinds, self.entry.basis, rises=self.plus > 0)


@dataclass(frozen=True)
class Running:
    """The quota through one month: what it began with, each act, what it ended with."""

    month: Month
    begins: Decimal
    steps: tuple[Step, ...]

    @property
    def ends(self) -> Decimal:
        return self.steps[-1].left if self.steps else self.begins


def running(agreement: Agreement, month: Month) -> Running:
    """How the quota moved in a month, by the days of posting (PT-2).

    It opens with what the quarter opens with now; an entry that was posted after the quarter's end but counts in it
    stands in its last month.
    """
    quarter = month.quarter
    left = opening(agreement, quarter) - _reserved_before(agreement.id, quarter)
    rows = session().execute(
        sa.select(Entry, Line.account, Line.amount)
        .join(Line, Line.entry_id == Entry.id)
        .where(
            Entry.agreement_id == agreement.id,
            Entry.quarter == quarter,
            Entry.kind.not_in(CLOSING_KINDS),
            Line.account.in_([Account.FUND, Account.RESERVED]),
        )
        .order_by(Entry.posted_on, Entry.id)
    )
    acts: dict[tuple[str, str], list[tuple[Entry, Decimal]]] = defaultdict(list)
    for found, account, amount in rows:
        change = amount if account is Account.FUND else -amount
        if month_in(found.posted_on, quarter) < month:
            left += change
        elif month_in(found.posted_on, quarter) == month:
            acts[found.document, act_of(found.source)].append((found, change))
    begins, steps = left, []
    for moved in acts.values():
        change = total(amount for _, amount in moved)
        left += change
        steps.append(
            Step(
                tuple(found.kind for found, _ in moved),
                moved[0][0],
                plus=max(change, ZERO),
                minus=max(-change, ZERO),
                left=left,
            )
        )
    return Running(month, begins, tuple(steps))


def month_ends(agreement: Agreement, months: Sequence[Month]) -> list[tuple[Month, Decimal]]:
    """The quota at the end of each of these months, as far as it is known now."""
    quarters = {month.quarter for month in months}
    rows = session().execute(
        sa.select(Entry.quarter, Entry.posted_on, Line.account, sa.func.sum(Line.amount))
        .join(Line, Line.entry_id == Entry.id)
        .where(
            Entry.agreement_id == agreement.id,
            Entry.quarter.in_(list(quarters)),
            Entry.kind.not_in(CLOSING_KINDS),
            Line.account.in_([Account.FUND, Account.RESERVED]),
        )
        .group_by(Entry.quarter, Entry.posted_on, Line.account)
    )
    changes: dict[Month, Decimal] = defaultdict(lambda: ZERO)
    for quarter, posted_on, account, amount in rows:
        changes[month_in(posted_on, quarter)] += amount if account is Account.FUND else -amount
    begins = {q: opening(agreement, q) - _reserved_before(agreement.id, q) for q in quarters}
    return [
        (month, begins[month.quarter] + total(changes[m] for m in month.quarter.months if m <= month))
        for month in months
    ]


def _reserved_before(agreement_id: int, quarter: Quarter) -> Decimal:
    """What was held at a quarter's beginning."""
    rows = session().scalars(
        sa.select(Balance.amount).where(
            Balance.agreement_id == agreement_id,
            Balance.quarter < quarter,
            Balance.account == Account.RESERVED,
        )
    )
    return total(rows)
