"""What a dealer had in repair on some days, as the monthly forms count it (MF-1)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

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


def jobs_in(dealer_id: int, first: dt.date, last: dt.date) -> list[Job]:
    """Every repair of a dealer and its sub-dealers that was in repair on a day within first … last.

    By the day of their beginning. Cancelled requests and records that were taken back do not count, whatever month
    they once were counted in.
    """
    requests = _requests(dealer_id, first, last)
    records = defaultdict(list)
    walk_ins = []
    for request_number, record in _records(dealer_id, first, last, [row.number for row in requests]):
        if request_number:
            records[request_number].append(record)
        else:
            walk_ins.append(record)
    found = [_of_request(row, tuple(records[row.number])) for row in requests]
    found += [_of_walk_in(record) for record in walk_ins]
    return sorted(found, key=lambda job: (job.received_on, job.number))


def _of_request(row: sa.Row[*tuple[object, ...]], records: tuple[JobRecord, ...]) -> Job:
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


def _requests(dealer_id: int, first: dt.date, last: dt.date) -> list[sa.Row[*tuple[object, ...]]]:
    adopted = sa.exists().where(Repair.number == ServiceRequest.repair_record, Repair.request_number == "")
    statement = (
        sa.select(
            ServiceRequest.number,
            ServiceRequest.received_on,
            ServiceRequest.done_on,
            ServiceRequest.model,
            ServiceRequest.serial,
            ServiceRequest.way,
            ServiceRequest.symptom,
            FaultCode.name.label("fault"),
        )
        .outerjoin(FaultCode, _is_symptom(ServiceRequest.symptom))
        .where(
            ServiceRequest.dealer_id == dealer_id,
            ServiceRequest.received_on <= last,
            sa.or_(ServiceRequest.done_on.is_(None), ServiceRequest.done_on >= first),
            ServiceRequest.state != ServiceState.CANCELLED,
            ~adopted,
        )
    )
    return list(session().execute(statement))


def _records(
    dealer_id: int, first: dt.date, last: dt.date, requests: Collection[str]
) -> list[tuple[str, JobRecord]]:
    """Records of walk-ins and of these requests with the request that they answer, oldest first."""
    ended = sa.func.coalesce(Repair.finished_on, Repair.filed_on)
    walk_in = sa.and_(
        Repair.request_number == "",
        # Not by `ended`, and each half for itself: this way there is an index for it.
        sa.or_(Repair.finished_on >= first, sa.and_(Repair.finished_on.is_(None), Repair.filed_on >= first)),
        sa.or_(ended <= last, Repair.received_on <= last),
    )
    answer = sa.and_(Repair.request_number != "", Repair.request_number.in_(list(requests)))
    statement = (
        sa.select(*_RECORD)
        .outerjoin(FaultCode, _is_symptom(Repair.symptom))
        .where(
            Repair.dealer_id == dealer_id,
            Repair.state != RepairState.VOID,
            sa.or_(walk_in, answer),
        )
    )
    # Sorted here: ordered by the database it would walk all records instead of those of the days.
    rows = sorted(session().execute(statement), key=lambda row: row.id)
    return [(row.request_number, _record(row)) for row in rows]


def _is_symptom(column: sa.orm.InstrumentedAttribute[str]) -> sa.ColumnElement[bool]:
    return sa.and_(FaultCode.kind == FaultKind.SYMPTOM, FaultCode.code == column)


def _record(row: sa.Row[*tuple[object, ...]]) -> JobRecord:
    names = ("id", "number", "model", "serial", "way", "category", "cost_class", "labour", "onsite", "price",
             "received_on", "finished_on", "handed_over_on", "filed_on")  # fmt: skip
    words = (row.fault or "") if row.symptom else row.symptom_text.strip()
    return JobRecord(**{name: getattr(row, name) for name in names}, symptom=Symptom(row.symptom, words))


@dataclass(frozen=True)
class Fitted:
    """A part that a record says was fitted, in its newest version."""

    code: str
    name: str
    pieces: int
    #: By the price list of the record's day.
    amount: Decimal


def fitted_in(record_ids: Iterable[int]) -> dict[int, list[Fitted]]:
    """The parts of several records by the record's id, in the order of their lines."""
    statement = (
        sa.select(RepairPart.repair_id, RepairPart.code, RepairPart.name, RepairPart.pieces, RepairPart.price)
        .join(Repair, sa.and_(Repair.id == RepairPart.repair_id, Repair.revision == RepairPart.revision))
        .where(RepairPart.repair_id.in_(list(record_ids)))
        .order_by(RepairPart.repair_id, RepairPart.line)
    )
    found: dict[int, list[Fitted]] = defaultdict(list)
    for row in session().execute(statement):
        found[row.repair_id].append(Fitted(row.code, row.name, row.pieces, row.price * row.pieces))
    return found


def models_of(numbers: Iterable[str]) -> dict[str, str]:
    """The models of the units of several records, by the record's number; other numbers are left out."""
    statement = sa.select(Repair.number, Repair.model).where(Repair.number.in_(list(numbers)))
    return {row.number: row.model for row in session().execute(statement)}
