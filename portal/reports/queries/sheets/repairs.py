"""售后维修月报表: what its figures are counted from.

A repair is a service request that was not cancelled (one solved on the phone included), or a walk-in's record that was
not taken back; those of sub-dealers count. One request is one repair, however many records answer it. The days are
those of the month that the agreement has: where one agreement follows another within a month, each counts its own.

- opening: begun before the first day, not over before it.
- received: begun in the month: the day of the call, or on which a walk-in was brought.
- repaired: over in the month: the request was done, or the walk-in's record says finished (else: was filed).
- closing: opening + received − repaired; the records behind it are those in repair at the end of the last day.
- in and out of warranty: of the repaired, by who was covered as the last record judged it; without a record neither.
- onsite: of the repaired, those done at the customer's.
- mean days: of the repaired, the days that the receipt prints (brought until handed over), without a record from call
  to end.
- over 30 days: of the repaired, those that took longer. Units still waiting are said in a finding.
- exchanged, returned: returned units that got the disposition exchanged or credited in the month (RT-5).
- fees: of all records of the repaired: what the customer pays of category A (RP-4), labour and on-site fee as asked of
  every other. What a claim grants is the statement's matter: it is decided later and would move frozen months.
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from portal.agreements.models import Agreement
from portal.kernel.period import Month
from portal.repairs.queries.months import Job, jobs_in
from portal.repairs.rules.records import Way
from portal.reports.queries.sheets.common import UNKNOWN, days_of, model_of, words_of
from portal.reports.rules import Compiled, Record, Row
from portal.reports.rules.layouts.repairs import LONG
from portal.returns import queries as returns
from portal.returns.rules import Disposition

COLUMNS = {Disposition.EXCHANGED: "exchanged", Disposition.CREDITED: "returned"}


def compile_month(agreement: Agreement, month: Month) -> Compiled:
    """The records of a month."""
    first, last = days_of(agreement, month)
    records = [
        record for job in jobs_in(agreement.dealer_id, first, last) for record in _standing(job, first, last)
    ]
    records += [
        Record(model_of(unit.model), COLUMNS[unit.disposition], unit.number, unit.on, words=unit.serial)
        for unit in returns.disposed_in(agreement.dealer_id, first, last)
        if unit.disposition in COLUMNS
    ]
    models = sorted({record.row for record in records}, key=lambda model: (model == UNKNOWN, model))
    return Compiled(tuple(Row(model, {"model": model}) for model in models), tuple(records))


def _standing(job: Job, first: dt.date, last: dt.date) -> Iterator[Record]:
    """What one repair counts in."""
    row, words = model_of(job.model), words_of(job.serial, job.symptom)
    column = "opening" if job.received_on < first else "received"
    yield Record(row, column, job.number, job.received_on, words=words)
    if job.ended_on is not None and job.ended_on <= last:
        yield from _ended(job, job.ended_on)
        return
    yield Record(row, "in_repair", job.number, job.received_on, words=words)
    if (last - job.received_on).days > LONG:
        yield Record(row, "waiting_long", job.number, job.received_on, words=words)


def _ended(job: Job, day: dt.date) -> Iterator[Record]:
    """What one repair counts in that was over on a day of the month."""
    row, words = model_of(job.model), words_of(job.serial, job.symptom)
    columns = {"repaired": True, "onsite": job.way is Way.ON_SITE, "over_30": job.days > LONG}
    if job.records:
        covered = job.records[-1].cost_class.covered
        columns |= {"in_warranty": covered, "out_of_warranty": not covered}
    for column, counts in columns.items():
        if counts:
            yield Record(row, column, job.number, day, words=words)
    yield Record(row, "days", job.number, day, Decimal(job.days), words)
    for record in job.records:
        if record.service_fee:
            yield Record(row, "fees", record.number, day, record.service_fee, words)
