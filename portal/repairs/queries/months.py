"""What a dealer had in repair on some days, as the monthly forms count it (MF-1)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal.agreements.rules import CostClass
from portal.kernel.db import session
from portal.repairs.models.records import FaultCode, Repair, RepairPart
from portal.repairs.models.service import ServiceRequest
from portal.repairs.rules.faults import FaultKind
from portal.repairs.rules.records import Category, RepairState, Way, days_in_repair
from portal.repairs.rules.service import ServiceState

#: The latest of possibly several records of a job is the one that tells what it was.
_RECORD = (
    Repair.id,
    Repair.number,
    Repair.revision,
    Repair.state,
    Repair.request_number,
    Repair.model,
    Repair.serial,
    Repair.way,
    Repair.category,
    Repair.cost_class,
    Repair.labour,
    Repair.onsite,
    Repair.price,
    Repair.symptom,
    Repair.symptom_text,
    Repair.received_on,
    Repair.finished_on,
    Repair.handed_over_on,
    Repair.filed_on,
    FaultCode.name.label("fault"),
)


#: A row of the columns that a statement names.
Values = sa.Row[*tuple[Any, ...]]


@dataclass(frozen=True)
class Symptom:
    """What was wrong, without anything that a customer said: a code with its name, or the technician's words."""

    code: str
    words: str

    def __str__(self) -> str:
        return f"{self.code} {self.words}".strip()


@dataclass(frozen=True)
class JobRecord:
    """A repair record of a job."""

    id: int
    number: str
    revision: int
    model: str
    serial: str
    way: Way
    category: Category
    cost_class: CostClass
    labour: Decimal
    onsite: Decimal
    price: Decimal
    symptom: Symptom
    received_on: dt.date | None
    finished_on: dt.date | None
    handed_over_on: dt.date | None
    filed_on: dt.date

    @property
    def ended_on(self) -> dt.date:
        """The day on which the unit worked again; of a record that names none, that of its filing."""
        return self.finished_on or self.filed_on

    @property
    def service_fee(self) -> Decimal:
        """What the customer pays for paid work (RP-4), labour and on-site fee of every other."""
        return self.price if self.category is Category.PAID else self.labour + self.onsite


@dataclass(frozen=True)
class Job:
    """One repair from its beginning to its end: a service request, or a walk-in that only its record tells of.

    A request that was opened for a walk-in's follow-up (RP-8) is no job of its own. An unresolved walk-in (RP-10) is
    over with its record: whoever goes on with the unit opens a request.
    """

    #: Of the request, or of the walk-in's record.
    number: str
    received_on: dt.date
    #: None: still in repair.
    ended_on: dt.date | None
    model: str
    serial: str
    way: Way
    symptom: Symptom
    #: Its records, oldest first, those taken back left out; a request may have none.
    records: tuple[JobRecord, ...] = field(default=())

    @property
    def days(self) -> int:
        """Days in repair: as its record counts them for the customer (占用天数), else from the call to the end."""
        if self.records:
            last = self.records[-1]
            if last.received_on and (last.handed_over_on or last.finished_on):
                return days_in_repair(last.received_on, last.handed_over_on, last.finished_on)
        return (self.ended_on - self.received_on).days if self.ended_on else 0

    def is_between(self, first: dt.date, last: dt.date) -> bool:
        """Whether it was in repair on a day within first … last."""
        return self.received_on <= last and (self.ended_on is None or first <= self.ended_on)


def jobs_in(dealer_id: int, first: dt.date, last: dt.date) -> list[Job]:
    """Every repair of a dealer and its sub-dealers that was in repair on a day within first … last.

    By the day of their beginning. Cancelled requests and records that were taken back do not count, whatever month
    they once were counted in.
    """
    requests = _requests(dealer_id, first, last)
    answers: dict[str, list[JobRecord]] = defaultdict(list)
    walk_ins = {}
    for row in _records(dealer_id, first, last, requests):
        if not row.request_number:
            walk_ins[row.number] = row
        elif row.state is not RepairState.VOID:
            answers[row.request_number].append(_record(row))
    own = [row for row in requests if row.repair_record not in walk_ins]
    found = [_of_request(row, tuple(answers[row.number])) for row in own]
    found += [_of_walk_in(_record(row)) for row in walk_ins.values() if row.state is not RepairState.VOID]
    return sorted(
        (job for job in found if job.is_between(first, last)), key=lambda job: (job.received_on, job.number)
    )


def _of_request(row: Values, records: tuple[JobRecord, ...]) -> Job:
    last = records[-1] if records else None
    return Job(
        number=row.number,
        received_on=row.received_on,
        ended_on=row.done_on,
        model=last.model if last else row.model,
        serial=last.serial if last else row.serial,
        way=last.way if last else row.way,
        symptom=last.symptom if last else Symptom(row.symptom, row.fault or ""),
        records=records,
    )


def _of_walk_in(record: JobRecord) -> Job:
    return Job(
        number=record.number,
        received_on=min(record.received_on or record.ended_on, record.ended_on),
        ended_on=record.ended_on,
        model=record.model,
        serial=record.serial,
        way=record.way,
        symptom=record.symptom,
        records=(record,),
    )


def _requests(dealer_id: int, first: dt.date, last: dt.date) -> list[Values]:
    statement = (
        sa.select(
            ServiceRequest.number,
            ServiceRequest.received_on,
            ServiceRequest.done_on,
            ServiceRequest.model,
            ServiceRequest.serial,
            ServiceRequest.way,
            ServiceRequest.symptom,
            ServiceRequest.repair_record,
            FaultCode.name.label("fault"),
        )
        .outerjoin(FaultCode, _is_symptom(ServiceRequest.symptom))
        .where(
            ServiceRequest.dealer_id == dealer_id,
            ServiceRequest.received_on <= last,
            sa.or_(ServiceRequest.done_on.is_(None), ServiceRequest.done_on >= first),
            ServiceRequest.state != ServiceState.CANCELLED,
        )
    )
    return list(session().execute(statement))


def _records(dealer_id: int, first: dt.date, last: dt.date, requests: Sequence[Values]) -> list[Values]:
    """Walk-ins of the days and the records of these requests, oldest first; those taken back too."""
    ended = sa.func.coalesce(Repair.finished_on, Repair.filed_on)
    walk_in = sa.and_(
        Repair.request_number == "",
        # Not by `ended`, and each half for itself: this way there is an index for it.
        sa.or_(Repair.finished_on >= first, sa.and_(Repair.finished_on.is_(None), Repair.filed_on >= first)),
        sa.or_(ended <= last, Repair.received_on <= last),
    )
    answer = sa.and_(Repair.request_number != "", Repair.request_number.in_([row.number for row in requests]))
    adopted = Repair.number.in_([row.repair_record for row in requests if row.repair_record])
    statement = (
        sa.select(*_RECORD)
        .outerjoin(FaultCode, _is_symptom(Repair.symptom))
        .where(Repair.dealer_id == dealer_id, sa.or_(walk_in, answer, adopted))
    )
    # Sorted here: ordered by the database it would walk all records instead of those of the days.
    return sorted(session().execute(statement), key=lambda row: row.id)


def _is_symptom(column: sa.orm.InstrumentedAttribute[str]) -> sa.ColumnElement[bool]:
    return sa.and_(FaultCode.kind == FaultKind.SYMPTOM, FaultCode.code == column)


def _record(row: Values) -> JobRecord:
    values = {one.name: getattr(row, one.name) for one in fields(JobRecord) if one.name != "symptom"}
    words = (row.fault or "") if row.symptom else row.symptom_text.strip()
    return JobRecord(**values | {"symptom": Symptom(row.symptom, words)})


@dataclass(frozen=True)
class Fitted:
    """A part that a record says was fitted, in its newest version."""

    code: str
    name: str
    pieces: int
    #: By the price list of the record's day.
    amount: Decimal


def fitted_in(records: Collection[JobRecord]) -> dict[int, list[Fitted]]:
    """The parts of several records by the record's id, in the order of their lines."""
    newest = {record.id: record.revision for record in records}
    statement = (
        sa.select(
            RepairPart.repair_id,
            RepairPart.revision,
            RepairPart.code,
            RepairPart.name,
            RepairPart.pieces,
            RepairPart.price,
        )
        .where(RepairPart.repair_id.in_(list(newest)))
        .order_by(RepairPart.repair_id, RepairPart.line)
    )
    found: dict[int, list[Fitted]] = defaultdict(list)
    for row in session().execute(statement):
        if row.revision == newest[row.repair_id]:
            found[row.repair_id].append(Fitted(row.code, row.name, row.pieces, row.price * row.pieces))
    return found


def models_of(numbers: Iterable[str]) -> dict[str, str]:
    """The models of the units of several records, by the record's number; other numbers are left out."""
    statement = sa.select(Repair.number, Repair.model).where(Repair.number.in_(list(numbers)))
    return {row.number: row.model for row in session().execute(statement)}
