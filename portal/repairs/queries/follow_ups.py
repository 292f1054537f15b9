"""Reading follow-up calls: the month's rate, grades and opinions, as the monthly forms count them (RP-8, MF-5)."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.agreements.rules import terms_in_force
from portal.kernel.db import session
from portal.kernel.period import Month
from portal.repairs.models.records import Repair
from portal.repairs.models.service import FollowUp, ServiceRequest
from portal.repairs.rules.follow_ups import CallResult, ItemMean, OpinionTopic, Rate, means
from portal.repairs.rules.records import RepairState
from portal.repairs.rules.service import ServiceState

#: Walk-ins that a page names.
MOST = 50


@dataclass(frozen=True)
class Call:
    """One answered follow-up call with what it was about."""

    request: str
    serial: str
    model: str
    called_on: dt.date
    turn: int
    grades: dict[str, int]
    complaint: bool
    topic: OpinionTopic | None
    opinion: str
    #: What was done about it, as far as it was written down: at the closing of the request, else by the caller.
    handled: str

    @property
    def unit(self) -> str:
        return unit_of(self.model, self.serial)


@dataclass(frozen=True)
class Counted:
    """What a month's figures of follow-ups count once: a document, its day, the unit in words."""

    number: str
    on: dt.date
    unit: str


def unit_of(model: str, serial: str) -> str:
    """Model and serial as a line names a unit, each as far as it is known."""
    return f"{model} {serial}".strip()


def follow_ups_in(agreement_id: int, month: Month) -> list[Call]:
    """The calls of a month in which the customer was reached, in their order; what satisfaction is counted from."""
    statement = (
        sa.select(FollowUp, ServiceRequest)
        .join(ServiceRequest, ServiceRequest.id == FollowUp.request_id)
        .where(
            FollowUp.agreement_id == agreement_id,
            FollowUp.called_on.between(month.first, month.last),
            FollowUp.result == CallResult.REACHED,
        )
        .order_by(FollowUp.id)
    )
    return [
        Call(
            request=request.number,
            serial=request.serial,
            model=request.model,
            called_on=row.called_on,
            turn=row.turn,
            grades=row.grades,
            complaint=row.complaint,
            topic=row.topic,
            opinion=row.opinion,
            handled=_handled(row, request),
        )
        for row, request in session().execute(statement)
    ]


def _handled(call: FollowUp, request: ServiceRequest) -> str:
    """A request whose customer complained is closed with words about what was done (RP-8)."""
    closed = call.complaint and request.state is ServiceState.CLOSED
    return (request.note if closed else "") or call.note


def tried_in(agreement_id: int, month: Month) -> list[Counted]:
    """The follow-ups tried in a month, each with the day of its first try, in the order of the requests.

    A request's first and second follow-up count apart, several tries of one do not.
    """
    named = (ServiceRequest.number, ServiceRequest.model, ServiceRequest.serial)
    statement = (
        sa.select(*named, sa.func.min(FollowUp.called_on))
        .join(ServiceRequest, ServiceRequest.id == FollowUp.request_id)
        .where(FollowUp.agreement_id == agreement_id, FollowUp.called_on.between(month.first, month.last))
        .group_by(*named, FollowUp.turn)
        .order_by(ServiceRequest.number, FollowUp.turn)
    )
    return [
        Counted(number, on, unit_of(model, serial))
        for number, model, serial, on in session().execute(statement)
    ]


def repaired_in(agreement_id: int, month: Month) -> list[Counted]:
    """The repairs that the follow-up rate of a month is a share of (RP-8): requests, then walk-ins' records."""
    requests = sa.select(
        ServiceRequest.number, ServiceRequest.done_on, ServiceRequest.model, ServiceRequest.serial
    ).where(
        ServiceRequest.agreement_id == agreement_id, ServiceRequest.done_on.between(month.first, month.last)
    )
    walk_ins = sa.select(Repair.number, _ended(), Repair.model, Repair.serial).where(
        *_walk_in(month), Repair.agreement_id == agreement_id
    )
    return [
        Counted(number, on, unit_of(model, serial))
        for statement in (requests.order_by(ServiceRequest.number), walk_ins.order_by(Repair.number))
        for number, on, model, serial in session().execute(statement)
        if on is not None
    ]


def least_of(agreement_id: int, month: Month) -> int:
    """The minimum of the follow-up rate in percent, by the terms on the month's last day."""
    return terms_in_force(agreements.versions(agreement_id), month.last).follow_up_percent


def grades_in(agreement_ids: Iterable[int], months: Iterable[Month]) -> dict[Month, list[dict[str, int]]]:
    """What customers graded in each of these months under any of the agreements, call by call (MF-5)."""
    found: dict[Month, list[dict[str, int]]] = {month: [] for month in months}
    statement = sa.select(FollowUp.called_on, FollowUp.grades).where(
        FollowUp.agreement_id.in_(list(agreement_ids)),
        FollowUp.result == CallResult.REACHED,
        sa.or_(*(FollowUp.called_on.between(month.first, month.last) for month in found)),
    )
    for called_on, grades in session().execute(statement):
        found[Month.of(called_on)].append(grades)
    return found


def opinions_in(agreement_id: int, month: Month) -> list[Call]:
    """The calls of a month in which the customer said something in words, or complained."""
    return [call for call in follow_ups_in(agreement_id, month) if call.opinion or call.complaint]


def satisfaction_in(agreement_id: int, month: Month) -> list[ItemMean]:
    """The mean grade of every item in a month."""
    return means(call.grades for call in follow_ups_in(agreement_id, month))


def rates(agreement_ids: Iterable[int], month: Month) -> dict[int, Rate]:
    """The follow-up rate of a month by agreement (RP-8).

    Calls: requests whose customer was reached in the month, each once. Repairs: requests whose repair ended in the
    month, and repair records of walk-ins. The minimum is that of the terms on the month's last day.
    """
    ids = list(agreement_ids)
    calls = _counted(
        sa.select(FollowUp.agreement_id, sa.func.count(FollowUp.request_id.distinct())).where(
            FollowUp.called_on.between(month.first, month.last), FollowUp.result == CallResult.REACHED
        ),
        FollowUp.agreement_id,
        ids,
    )
    repairs = _counted(
        sa.select(ServiceRequest.agreement_id, sa.func.count()).where(
            ServiceRequest.done_on.between(month.first, month.last)
        ),
        ServiceRequest.agreement_id,
        ids,
    )
    walk_ins = _counted(
        sa.select(Repair.agreement_id, sa.func.count()).where(*_walk_in(month)),
        Repair.agreement_id,
        ids,
    )
    versions = agreements.versions_of(ids)
    return {
        key: Rate(
            calls.get(key, 0),
            repairs.get(key, 0) + walk_ins.get(key, 0),
            terms_in_force(versions[key], month.last).follow_up_percent,
        )
        for key in ids
    }


def walk_ins_to_call(agreement_id: int, month: Month) -> Sequence[Repair]:
    """The signed repairs of walk-ins in a month for whose follow-up no request was opened, oldest first."""
    statement = (
        sa.select(Repair)
        .where(
            *_walk_in(month),
            Repair.agreement_id == agreement_id,
            Repair.state == RepairState.SIGNED,
            Repair.phone != "",
        )
        .order_by(Repair.id)
        .limit(MOST)
    )
    return session().scalars(statement).all()


def _walk_in(month: Month) -> tuple[sa.ColumnElement[bool], ...]:
    """Which records are repairs of a month that no service request stands for."""
    return (
        _ended().between(month.first, month.last),
        Repair.request_number == "",
        Repair.state != RepairState.VOID,
        ~sa.exists().where(ServiceRequest.repair_record == Repair.number),
    )


def _ended() -> sa.ColumnElement[dt.date]:
    """The day on which a walk-in's repair was over."""
    return sa.func.coalesce(Repair.finished_on, Repair.filed_on)


def rate(agreement_id: int, month: Month) -> Rate:
    """The follow-up rate of one agreement in a month (RP-8)."""
    return rates([agreement_id], month)[agreement_id]


def _counted(
    statement: sa.Select[int, int], column: sa.orm.InstrumentedAttribute[int], ids: list[int]
) -> dict[int, int]:
    return {row[0]: row[1] for row in session().execute(statement.where(column.in_(ids)).group_by(column))}
