"""One request with its units and everything that happened to them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import undefer

from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.kernel.period import Quarter
from portal.repairs import queries as repairs
from portal.returns.models import (
    OpenReturn,
    ReturnAdvance,
    ReturnAnswer,
    ReturnDecision,
    ReturnDisposition,
    ReturnedUnit,
    ReturnPhoto,
    ReturnReceipt,
    ReturnRequest,
    ReturnShipment,
)
from portal.returns.rules import UNDECIDED, AskedLine, ReturnState, Tally, Verdict


@dataclass(frozen=True)
class Line:
    """One unit of a request and what became of it."""

    row: ReturnedUnit
    #: The last verdict of the reviewer about it, approved or rejected.
    decision: ReturnDecision | None
    inspection: ReturnDecision | None
    #: That it never came and is not waited for any longer.
    lost: ReturnDecision | None
    receipt: ReturnReceipt | None
    advance: ReturnAdvance | None
    disposition: ReturnDisposition | None
    #: The repair record that is named for it now (RT-2).
    repair_number: str

    @property
    def approved(self) -> bool | None:
        """How it was decided; None: not yet."""
        return None if self.decision is None else self.decision.verdict is Verdict.APPROVED

    @property
    def expected(self) -> bool:
        """Whether it may be sent or is on its way: approved, not counted, not noted as not arrived."""
        return self.approved is True and self.receipt is None and self.lost is None

    @property
    def waits(self) -> bool:
        """Whether it lies in the warehouse without a disposition."""
        return self.receipt is not None and self.disposition is None


def get(number: str) -> ReturnRequest:
    """A request of the scope by its number. Raises NotFound."""
    found = session().scalars(sa.select(ReturnRequest).where(ReturnRequest.number == number)).one_or_none()
    if found is None:
        raise NotFound
    return found


def locked(number: str) -> ReturnRequest:
    """The same, locked until the command ends and read after the lock. Raises NotFound."""
    statement = sa.select(ReturnRequest).where(ReturnRequest.number == number)
    found = (
        session().scalars(statement.with_for_update().execution_options(populate_existing=True)).one_or_none()
    )
    if found is None:
        raise NotFound
    return found


def by_id(request_id: int) -> ReturnRequest:
    """A request of the scope. Raises NotFound."""
    found = session().scalars(sa.select(ReturnRequest).where(ReturnRequest.id == request_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def filed_from(draft_id: int) -> str:
    """The number of the request that was filed from a draft. Raises NotFound."""
    found = (
        session()
        .scalars(sa.select(ReturnRequest.number).where(ReturnRequest.draft_id == draft_id))
        .one_or_none()
    )
    if found is None:
        raise NotFound
    return found


def lines_of(request: ReturnRequest) -> tuple[Line, ...]:
    """The units of a request in their order."""
    rows = session().execute(
        sa.select(ReturnedUnit, ReturnReceipt, ReturnAdvance, ReturnDisposition)
        .outerjoin(ReturnReceipt, ReturnReceipt.line_id == ReturnedUnit.id)
        .outerjoin(ReturnAdvance, ReturnAdvance.line_id == ReturnedUnit.id)
        .outerjoin(ReturnDisposition, ReturnDisposition.line_id == ReturnedUnit.id)
        .where(ReturnedUnit.request_id == request.id)
        .order_by(ReturnedUnit.place)
    )
    verdicts: dict[int, dict[Verdict, ReturnDecision]] = defaultdict(dict)
    decided: dict[int, ReturnDecision] = {}
    for said in decisions(request.id):
        if said.line_id is not None:
            verdicts[said.line_id][said.verdict] = said
            if said.verdict in (Verdict.APPROVED, Verdict.REJECTED):
                decided[said.line_id] = said
    named = _named_since(request.id)
    return tuple(
        Line(
            row=row,
            decision=decided.get(row.id),
            inspection=verdicts[row.id].get(Verdict.INSPECTED),
            lost=verdicts[row.id].get(Verdict.NOT_ARRIVED),
            receipt=receipt,
            advance=advance,
            disposition=disposition,
            repair_number=named.get(row.serial, row.repair_number),
        )
        for row, receipt, advance, disposition in rows
    )


def _named_since(request_id: int) -> dict[str, str]:
    named: dict[str, str] = {}
    for answer in answers(request_id):
        named.update(answer.repairs)
    return named


def line_of(request: ReturnRequest, serial: str) -> Line:
    """One unit of a request by its serial, as it is kept. Raises NotFound."""
    for line in lines_of(request):
        if line.row.serial == serial:
            return line
    raise NotFound


def asked(lines: Iterable[Line]) -> list[AskedLine]:
    """Lines as the decision judges them: whether the named record is a repair of the unit (RT-2)."""
    return [AskedLine(line.row.serial, line.row.cost_class, is_attempt(line)) for line in lines]


def is_attempt(line: Line) -> bool:
    """Whether the repair record that is named for a line is one of this unit (RT-2)."""
    return bool(line.repair_number) and repairs.attempt(line.row.serial, line.repair_number)


def tally(lines: Iterable[Line]) -> Tally:
    """The counts of a request."""
    listed = list(lines)
    return Tally(
        asked=len(listed),
        approved=sum(line.approved is True for line in listed),
        received=sum(line.receipt is not None for line in listed),
        disposed=sum(line.disposition is not None for line in listed),
        lost=sum(line.lost is not None for line in listed),
    )


def decisions(request_id: int) -> Sequence[ReturnDecision]:
    """What the manufacturer said about a request and its units, oldest first."""
    statement = (
        sa.select(ReturnDecision).where(ReturnDecision.request_id == request_id).order_by(ReturnDecision.id)
    )
    return session().scalars(statement).all()


def answers(request_id: int) -> Sequence[ReturnAnswer]:
    """What the dealer added, oldest first."""
    statement = sa.select(ReturnAnswer).where(ReturnAnswer.request_id == request_id).order_by(ReturnAnswer.id)
    return session().scalars(statement).all()


def shipment_of(request_id: int) -> ReturnShipment | None:
    """How a request was sent; None: not yet."""
    statement = sa.select(ReturnShipment).where(ReturnShipment.request_id == request_id)
    return session().scalars(statement).one_or_none()


def photos_of(request_id: int) -> dict[int, list[ReturnPhoto]]:
    """Line → its photos without their content."""
    rows = session().scalars(
        sa.select(ReturnPhoto)
        .join(ReturnedUnit, ReturnedUnit.id == ReturnPhoto.line_id)
        .where(ReturnedUnit.request_id == request_id)
        .order_by(ReturnPhoto.id)
    )
    found: dict[int, list[ReturnPhoto]] = defaultdict(list)
    for row in rows:
        found[row.line_id].append(row)
    return dict(found)


def photo(number: str, photo_id: int) -> ReturnPhoto:
    """One photo of a request with its content. Raises NotFound."""
    found = (
        session()
        .scalars(
            sa.select(ReturnPhoto)
            .join(ReturnedUnit, ReturnedUnit.id == ReturnPhoto.line_id)
            .join(ReturnRequest, ReturnRequest.id == ReturnedUnit.request_id)
            .where(ReturnRequest.number == number, ReturnPhoto.id == photo_id)
            .options(undefer(ReturnPhoto.content))
        )
        .one_or_none()
    )
    if found is None:
        raise NotFound
    return found


def open_in(serials: Iterable[str]) -> dict[str, str]:
    """Serial → the open request that it is in, for those that are in one (RT-9)."""
    rows = session().execute(
        sa.select(OpenReturn.serial, ReturnRequest.number)
        .join(ReturnedUnit, ReturnedUnit.id == OpenReturn.line_id)
        .outerjoin(ReturnRequest, ReturnRequest.id == ReturnedUnit.request_id)
        .where(OpenReturn.serial.in_(list(serials)))
    )
    # A sub-dealer does not see the request that its holder filed for its unit.
    return {serial: number or "…" for serial, number in rows}


def held_by(request_id: int) -> dict[int, OpenReturn]:
    """Line → the row that holds its unit, for the lines of a request that still hold theirs."""
    statement = (
        sa.select(OpenReturn)
        .join(ReturnedUnit, ReturnedUnit.id == OpenReturn.line_id)
        .where(ReturnedUnit.request_id == request_id)
    )
    return {row.line_id: row for row in session().scalars(statement)}


def of_unit(serial: str) -> list[tuple[ReturnRequest, ReturnedUnit]]:
    """The requests that a unit was on, newest first."""
    statement = (
        sa.select(ReturnRequest, ReturnedUnit)
        .join(ReturnedUnit, ReturnedUnit.request_id == ReturnRequest.id)
        .where(ReturnedUnit.serial == serial)
        .order_by(ReturnRequest.id.desc())
    )
    return [(request, row) for request, row in session().execute(statement)]


def expired(today: dt.date) -> list[int]:
    """Approved requests whose last day is over; those with a unit sent in advance wait on for the old one."""
    ahead = (
        sa.select(ReturnAdvance.id)
        .join(ReturnedUnit, ReturnedUnit.id == ReturnAdvance.line_id)
        .where(ReturnedUnit.request_id == ReturnRequest.id)
        .correlate(ReturnRequest)
    )
    statement = (
        sa.select(ReturnRequest.id)
        .where(ReturnRequest.state == ReturnState.APPROVED, ReturnRequest.expires_on < today, ~ahead.exists())
        .order_by(ReturnRequest.id)
    )
    return list(session().scalars(statement))


def undecided(agreement_ids: Iterable[int], quarter: Quarter) -> dict[int, int]:
    """Agreement → requests of the quarter that are not decided; they hold a settlement (ST-4). Others are left out."""
    statement = (
        sa.select(ReturnRequest.agreement_id, sa.func.count(ReturnRequest.id))
        .where(
            ReturnRequest.agreement_id.in_(list(agreement_ids)),
            ReturnRequest.filed_on.between(quarter.first, quarter.last),
            ReturnRequest.state.in_(UNDECIDED),
        )
        .group_by(ReturnRequest.agreement_id)
    )
    return dict(session().execute(statement).all())


def classes(number: str) -> Mapping[str, ReturnedUnit]:
    """Serial → its line with class and bearers, as classified at the request."""
    return {line.row.serial: line.row for line in lines_of(get(number))}
