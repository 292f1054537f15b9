"""Balances: the figures of a quarter, the quota at a moment, how far an agreement is settled."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.agreements.rules import TermsVersion, terms_of_quarter
from portal.kernel.db import session
from portal.kernel.money import ZERO, total
from portal.kernel.period import Quarter
from portal.ledger.models import Balance, Fund
from portal.ledger.rules import Account, Figures, Quota, opening_of
from portal.ledger.rules import quota as quota_of

Balances = Mapping[Quarter, Mapping[Account, Decimal]]


def balances(agreement_id: int) -> Balances:
    """Every balance of an agreement by quarter and account."""
    return balances_of([agreement_id])[agreement_id]


def balances_of(agreement_ids: Iterable[int]) -> Mapping[int, Balances]:
    """The same for several agreements."""
    rows = session().execute(
        sa.select(Balance.agreement_id, Balance.quarter, Balance.account, Balance.amount).where(
            Balance.agreement_id.in_(list(agreement_ids))
        )
    )
    found: dict[int, dict[Quarter, dict[Account, Decimal]]] = defaultdict(lambda: defaultdict(dict))
    for agreement_id, quarter, account, amount in rows:
        found[agreement_id][quarter][account] = amount
    return found


def closed_until(agreement_ids: Iterable[int]) -> dict[int, Quarter]:
    """The last closed quarter of each of several agreements; those without one are left out."""
    statement = sa.select(Fund.agreement_id, Fund.closed_until).where(
        Fund.agreement_id.in_(list(agreement_ids)), Fund.closed_until.is_not(None)
    )
    return {row: quarter for row, quarter in session().execute(statement) if quarter is not None}


def fund(agreement_id: int) -> Fund | None:
    """How far an agreement's money is settled; None before anything moved."""
    return session().scalars(sa.select(Fund).where(Fund.agreement_id == agreement_id)).one_or_none()


def opening(agreement: Agreement, quarter: Quarter) -> Decimal:
    """What `quarter` opens with; while earlier quarters are open, their results so far count (ST-2)."""
    return _opening(
        agreement, quarter, balances(agreement.id), fund(agreement.id), agreements.versions(agreement.id)
    )


def _opening(
    agreement: Agreement,
    quarter: Quarter,
    known: Balances,
    row: Fund | None,
    versions: Sequence[TermsVersion],
) -> Decimal:
    since = Quarter.of(agreement.starts)
    if row is not None and row.closed_until is not None:
        since = row.closed_until.next
    if quarter <= since:
        return Figures.of(known.get(quarter, {})).opening
    return opening_of(
        quarter,
        since=since,
        opening=Figures.of(known.get(since, {})).opening,
        moved={q: Figures.of(found).moved for q, found in known.items()},
        carries=lambda q: terms_of_quarter(versions, q).carries and not agreement.span.is_final(q),
    )


def figures(agreement: Agreement, quarter: Quarter) -> Figures:
    """The figures of a quarter so far, with what it opens with."""
    return figures_of([agreement], quarter)[agreement.id]


def figures_of(found: Sequence[Agreement], quarter: Quarter) -> dict[int, Figures]:
    """The figures of several agreements by their ids."""
    ids = [agreement.id for agreement in found]
    known, versions, funds = balances_of(ids), agreements.versions_of(ids), _funds(ids)
    counted = {}
    for agreement in found:
        mine = known.get(agreement.id, {})
        opens = _opening(agreement, quarter, mine, funds.get(agreement.id), versions[agreement.id])
        counted[agreement.id] = replace(Figures.of(mine.get(quarter, {})), opening=opens)
    return counted


def quota(agreement: Agreement, quarter: Quarter) -> Quota:
    """The quota in `quarter`, with every term of its formula (PT-2)."""
    return _quota(
        agreement, quarter, balances(agreement.id), fund(agreement.id), agreements.versions(agreement.id)
    )


def quotas(found: Sequence[Agreement], quarter: Quarter) -> dict[int, Quota]:
    """The quota of several agreements by their ids, for lists."""
    ids = [agreement.id for agreement in found]
    known, versions, funds = balances_of(ids), agreements.versions_of(ids), _funds(ids)
    return {
        agreement.id: _quota(
            agreement, quarter, known.get(agreement.id, {}), funds.get(agreement.id), versions[agreement.id]
        )
        for agreement in found
    }


def _funds(agreement_ids: Sequence[int]) -> dict[int, Fund]:
    found = session().scalars(sa.select(Fund).where(Fund.agreement_id.in_(agreement_ids)))
    return {row.agreement_id: row for row in found}


def _quota(
    agreement: Agreement,
    quarter: Quarter,
    known: Balances,
    row: Fund | None,
    versions: Sequence[TermsVersion],
) -> Quota:
    return quota_of(
        quarter,
        Figures.of(known.get(quarter, {})),
        opening=_opening(agreement, quarter, known, row, versions),
        reserved=total(found.get(Account.RESERVED, ZERO) for found in known.values()),
    )
