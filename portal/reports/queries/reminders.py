"""Which dealers are to be reminded of missing forms, and when they were (MF-3)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.kernel.db import session
from portal.kernel.period import Month
from portal.ledger import queries as ledger
from portal.reports.models import FormReminder
from portal.reports.queries.months import OwedMonth, owed_months
from portal.reports.rules import AHEAD, ReminderStage, is_near, stage_on


@dataclass(frozen=True)
class Reminding:
    """One month of one agreement that a dealer is told of today."""

    month: OwedMonth
    #: None: it is told of only because another month is; it was reminded of before.
    stage: ReminderStage | None

    @property
    def days_late(self) -> int:
        """By how many days the forms that are missing are late; 0: not yet."""
        return max((form.late for form in self.month.missing), default=0)


def to_remind(today: dt.date, dealer_id: int | None = None) -> dict[int, list[Reminding]]:
    """The dealers that are to be reminded today, each with every month near or past its due day of which forms are
    missing, oldest first; a dealer that was reminded of all of them today, or has none, is left out.

    A month whose quarter is closed is settled and nobody's business any more.
    """
    horizon = today + dt.timedelta(days=AHEAD)
    found = [a for a in agreements.touching(dt.date.min, horizon) if dealer_id in (None, a.dealer_id)]
    ids = [agreement.id for agreement in found]
    closed = ledger.closed_until(ids)
    open_from = {a.id: closed[a.id].next.months[0] if a.id in closed else Month.of(a.starts) for a in found}
    rows = owed_months(found, min(open_from.values()), Month.of(horizon), today) if found else []
    told = _told(ids, today)
    by_dealer: dict[int, list[Reminding]] = defaultdict(list)
    for row in rows:
        if not row.missing or not is_near(row.due, today) or row.month < open_from[row.agreement_id]:
            continue
        before = told[row.agreement_id, row.month]
        stage = None if today in before else stage_on(row.due, today, set(before.values()))
        by_dealer[row.dealer_id].append(Reminding(row, stage))
    return {dealer: rows for dealer, rows in by_dealer.items() if any(row.stage for row in rows)}


def reminders(agreement_id: int, month: Month) -> Sequence[FormReminder]:
    """When a dealer was reminded of the forms of a month, newest first."""
    wanted = sa.select(FormReminder).where(
        FormReminder.agreement_id == agreement_id, FormReminder.month == month
    )
    return session().scalars(wanted.order_by(FormReminder.day.desc())).all()


def _told(ids: Sequence[int], today: dt.date) -> dict[tuple[int, Month], dict[dt.date, ReminderStage]]:
    """The reminders that today's depend on: the early ones, and those of today."""
    told: dict[tuple[int, Month], dict[dt.date, ReminderStage]] = defaultdict(dict)
    wanted = sa.select(FormReminder).where(
        FormReminder.agreement_id.in_(ids),
        sa.or_(FormReminder.stage == ReminderStage.SOON, FormReminder.day == today),
    )
    for row in session().scalars(wanted):
        told[row.agreement_id, row.month][row.day] = row.stage
    return told
