"""What other modules may do with old parts and stock inside their command (PT-8, PT-9)."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

import sqlalchemy as sa

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.catalogue import queries as catalogue
from portal.catalogue.rules import Supply
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import step
from portal.kernel.db import session
from portal.kernel.errors import RuleBroken
from portal.kernel.findings import Finding
from portal.kernel.text import T
from portal.ledger import steps as ledger
from portal.ledger.rules import EntryKind
from portal.parts.models.old_parts import OldPartClearing, OldPartDebt
from portal.parts.models.stock import Stock, StockMovement
from portal.parts.queries import old_parts as queries
from portal.parts.rules import old_parts
from portal.parts.rules.old_parts import ClearingKind, OldPartOrigin
from portal.parts.rules.stock import MovementKind, check_use


@step
def owe_old_parts(
    actor: Actor,
    agreement: Agreement,
    pieces: Mapping[str, int],
    *,
    document: str,
    source: str = "",
    day: dt.date | None = None,
    warranty: bool = False,
) -> dict[str, int]:
    """The dealer owes the old parts of what was supplied or fitted, part → pieces (PT-9). How that changed its debts.

    `document`: whose page shows it (BL-…, WX-…); `source`: the act that makes it (FH-…), else the document. `day`:
    the act's business date, else today; the old parts are due `old_part_days` of its terms later. `warranty`: fitted in
    a warranty repair; then nothing is owed unless the terms ask for warranty parts, and never for an exchange part,
    whose old part is owed since its shipment. `pieces` is all that a source owes: what a corrected record says less,
    or not at all any more, is not owed any longer as far as it is open.
    """
    today = day or clock.today(actor.timezone)
    terms = agreements.terms_on(agreement.id, today)
    owed = _owed(source or document)
    known = catalogue.parts_by_code(pieces)
    asked = {code.strip().upper(): count for code, count in pieces.items()}
    if warranty:
        kept = terms.warranty_old_parts or bool(owed)
        asked = {
            code: count
            for code, count in asked.items()
            if kept and code in known and known[code].supply is not Supply.EXCHANGE
        }
    changed: dict[str, int] = {}
    for code in [*asked, *(code for code in owed if code not in asked)]:
        debt, count = owed.get(code), asked.get(code, 0)
        if debt is None:
            debt = OldPartDebt(
                agreement_id=agreement.id,
                dealer_id=agreement.dealer_id,
                point_id=actor.point_id or agreement.dealer_id,
                part_id=known[code].id,
                code=code,
                name=known[code].name,
                unit=known[code].unit,
                origin=OldPartOrigin.WARRANTY if warranty else OldPartOrigin.EXCHANGE,
                source=source or document,
                document=document,
                since=today,
                due=old_parts.due_day(today, terms.old_part_days),
                pieces=0,
                left_open=0,
            )
            session().add(debt)
        if change := max(count - debt.pieces, -debt.left_open):
            debt.pieces, debt.left_open = debt.pieces + change, debt.left_open + change
            changed[code] = change
    session().flush()
    return changed


def _owed(source: str) -> dict[str, OldPartDebt]:
    """The debts of one source by part, locked."""
    statement = sa.select(OldPartDebt).where(OldPartDebt.source == source).with_for_update()
    return {debt.code: debt for debt in session().scalars(statement)}


@step
def release_old_parts(
    actor: Actor, source: str, pieces: Mapping[str, int], *, document: str, day: dt.date
) -> dict[str, int]:
    """Pieces of a source (FH-…) never came, or came damaged, and are credited: no old part is owed for them (PT-7).

    What was charged for them is paid back, dated `day`; what came back stays as it is. `document` is the difference's
    number. Returns part → pieces that are released.
    """
    released: dict[str, int] = {}
    for code, debt in _owed(source).items():
        fund = ledger.lock_fund(agreements.by_id(debt.agreement_id))
        cleared = queries.with_clearings([debt])[0]
        still_open, paid = old_parts.release(debt.left_open, cleared.charged, pieces.get(code, 0))
        if paid:
            cost = cleared.amount / cleared.charged
            ledger.post(
                actor,
                fund,
                EntryKind.DIRECT,
                -cost * paid,
                source=f"{document}:{code}:old_part",
                basis="old_part",
                date=day,
                document=debt.document,
                memo=document,
            )
            clear_debt(actor, debt, ClearingKind.CHARGED, -paid, day, cost=cost)
        if still_open + paid:
            clear_debt(actor, debt, ClearingKind.RELEASED, still_open + paid, day)
            released[code] = still_open + paid
    return released


@step
def clear_debt(
    actor: Actor,
    debt: OldPartDebt,
    kind: ClearingKind,
    pieces: int,
    day: dt.date,
    *,
    batch_id: int | None = None,
    cost: Decimal | None = None,
) -> None:
    """Write down what became of pieces of a debt on a day, and lower what is open; the fund is locked already."""
    debt.left_open -= pieces
    session().add(
        OldPartClearing(
            debt_id=debt.id,
            dealer_id=debt.dealer_id,
            place=queries.last_place(debt.id) + 1,
            kind=kind,
            pieces=pieces,
            cleared_on=day,
            batch_id=batch_id,
            cost=cost,
            amount=None if cost is None else cost * pieces,
            actor=actor.name,
            at=clock.now(),
        )
    )
    session().flush()


@step
def take_in(actor: Actor, pieces: Mapping[str, int], *, document: str, note: str = "") -> None:
    """Put received parts, part → pieces, into the stock of the actor's selling point (PT-8).

    A negative number takes out what turned out wrong or damaged afterwards.
    """
    _move(actor, MovementKind.RECEIPT, pieces, document=document, note=note)


@step
def use_stock(
    actor: Actor,
    agreement: Agreement,
    pieces: Mapping[str, int],
    *,
    document: str,
    confirmed: bool = False,
    day: dt.date | None = None,
) -> list[Finding]:
    """Take fitted parts, part → pieces, out of the stock of the actor's selling point (PT-8). Warnings, if any.

    A negative number puts back what a corrected record did not use. `confirmed`: the person says that the parts were
    there though the books hold fewer; then the stock goes below zero and a warning says so, else RuleBroken PT-8
    (field `stock`). Does nothing for the manufacturer's people, who have no dealer's stock.
    """
    if actor.dealer_id is None or agreement.dealer_id != actor.dealer_id:
        return []
    return _move(
        actor, MovementKind.REPAIR, pieces, document=document, out=True, confirmed=confirmed, day=day
    )


@step
def send_back(actor: Actor, code: str, pieces: int, *, note: str) -> int:
    """Take unused parts that go back to the manufacturer out of the stock (PT-8). What is left.

    Raises RuleBroken PT-8 (field `pieces`) when there are fewer.
    """
    stock = keep(actor, [code])[code.strip().upper()]
    if pieces > stock.pieces:
        raise RuleBroken("PT-8", T("There are {stock} in stock.", stock=stock.pieces), field="pieces")
    _move(actor, MovementKind.RETURN, {code: -pieces}, document="", note=note)
    return stock.pieces


@step
def correct(
    actor: Actor, differences: Mapping[str, int], *, document: str, reasons: Mapping[str, str]
) -> None:
    """Book the differences that a count found, part → pieces more or fewer (PT-8)."""
    for code, pieces in differences.items():
        note = reasons.get(code, "")
        _move(actor, MovementKind.STOCKTAKE, {code: pieces}, document=document, note=note)


@step
def keep(actor: Actor, codes: list[str]) -> dict[str, Stock]:
    """The stock of these parts at the actor's selling point, locked; a part that had none begins with nothing.

    Raises RuleBroken PT-8 for a part that the catalogue does not know.
    """
    known = catalogue.parts_by_code(codes)
    point = actor.point_id or actor.dealer_id or 0
    statement = sa.select(Stock).where(
        Stock.point_id == point, Stock.part_id.in_([part.id for part in known.values()])
    )
    found = {
        row.part_id: row for row in session().scalars(statement.order_by(Stock.part_id).with_for_update())
    }
    kept: dict[str, Stock] = {}
    for code in codes:
        part = known.get(code.strip().upper())
        if part is None:
            raise RuleBroken("PT-8", T("There is no part {part}.", part=code), field=code)
        if part.id not in found:
            found[part.id] = Stock(point_id=point, part_id=part.id, pieces=0, minimum=0)
            session().add(found[part.id])
        kept[part.code] = found[part.id]
    session().flush()
    return kept


def _move(
    actor: Actor,
    kind: MovementKind,
    pieces: Mapping[str, int],
    *,
    document: str,
    note: str = "",
    out: bool = False,
    confirmed: bool = False,
    day: dt.date | None = None,
) -> list[Finding]:
    moved = {code.strip().upper(): count for code, count in pieces.items() if count}
    stocks = keep(actor, sorted(moved))
    warnings = []
    if out:
        books = {code: stock.pieces for code, stock in stocks.items()}
        warnings = check_use(books, moved, confirmed=confirmed)
    now = clock.now()
    for code, count in moved.items():
        stock, change = stocks[code], -count if out else count
        stock.pieces += change
        session().add(
            StockMovement(
                stock_id=stock.id,
                point_id=stock.point_id,
                kind=kind,
                pieces=change,
                after=stock.pieces,
                moved_on=day or clock.today(actor.timezone),
                document=document,
                note=note,
                actor=actor.name,
                at=now,
            )
        )
    session().flush()
    return warnings
