"""Service requests and follow-up calls of D01 as rows, without the commands that lead to them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import func, select

from portal.agreements.models import Agreement
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.permissions import Permission
from portal.repairs.models import FollowUp, ServiceRequest
from portal.repairs.rules.follow_ups import CallResult, OpinionTopic
from portal.repairs.rules.records import Way
from portal.repairs.rules.service import Area, Channel, ServicePriority, ServiceState
from tests.people import World

NOON = dt.datetime(2026, 1, 1, 4, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Asked:
    """One follow-up call; calls with one `request` (a running number) are about the same service request."""

    request: int
    on: dt.date
    grades: Mapping[str, int] = field(default_factory=dict)
    result: CallResult = CallResult.REACHED
    turn: int = 1
    complaint: bool = False
    topic: OpinionTopic | None = None
    opinion: str = ""
    note: str = ""


@dataclass(frozen=True)
class Request:
    """One service request, over on `done`; requests that nobody describes are closed and over since long."""

    number: int
    done: dt.date | None = dt.date(2020, 1, 1)
    state: ServiceState = ServiceState.CLOSED
    note: str = ""
    #: 0: the first agreement of D01.
    agreement: int = 0


def number_of(request: int) -> str:
    return f"BX-2026-{request:06d}"


def put(world: World, calls: Sequence[Asked], requests: Sequence[Request] = ()) -> None:
    """Write these rows, and those of the requests that the calls are about."""
    dana = replace(world.actor("dana"), permissions=frozenset(Permission))
    with world.app.app_context():
        _put(dana, calls, requests)


@command(allow=Permission.CLOCK, silent=True)
def _put(actor: Actor, calls: Sequence[Asked], requests: Sequence[Request]) -> None:
    first = (
        session().scalars(select(func.min(Agreement.id)).where(Agreement.dealer_id == actor.dealer_id)).one()
    )
    described = {one.number: one for one in requests}
    made: dict[int, ServiceRequest] = {}
    for number in sorted({*described, *(call.request for call in calls)}):
        request = described.get(number) or Request(number)
        made[number] = _request(actor.dealer_id, request, request.agreement or first or 0)
        session().add(made[number])
    session().flush()
    for call in calls:
        session().add(
            FollowUp(
                request_id=made[call.request].id,
                agreement_id=made[call.request].agreement_id,
                dealer_id=actor.dealer_id,
                point_id=actor.dealer_id,
                turn=call.turn,
                called_on=call.on,
                result=call.result,
                grades=dict(call.grades),
                complaint=call.complaint,
                topic=call.topic,
                opinion=call.opinion,
                note=call.note,
                person="Dana",
                at=NOON,
            )
        )
        session().flush()


def _request(dealer_id: Any, request: Request, agreement_id: int) -> ServiceRequest:
    return ServiceRequest(
        agreement_id=agreement_id,
        dealer_id=dealer_id,
        point_id=dealer_id,
        number=number_of(request.number),
        state=request.state,
        since=NOON,
        received_at=NOON,
        received_on=NOON.date(),
        received_by="Dana",
        channel=Channel.PHONE,
        way=Way.ON_SITE,
        area=Area.URBAN,
        priority=ServicePriority.ORDINARY,
        customer="王小明",
        phone="+8613800005678",
        phone_hash="0",
        phone_last4="5678",
        serial=f"A{request.number}",
        model="EB-48",
        respond_hours=2,
        done_on=request.done,
        note=request.note,
    )
