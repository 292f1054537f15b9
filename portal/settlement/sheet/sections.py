"""Every line behind a statement's figures, each with its document (ST-3)."""

from decimal import Decimal

from portal.agreements.models import Agreement
from portal.agreements.rules import BaseKind
from portal.documents import rules as documents
from portal.documents.rules import Part
from portal.kernel.period import Month, Quarter
from portal.ledger import queries as ledger
from portal.ledger.models import Entry, RecordedFigure
from portal.ledger.queries import Movement
from portal.ledger.rules import Account, FigureKind, month_in
from portal.parts import queries as parts
from portal.settlement.sheet import words
from portal.settlement.sheet.grants import BASE_WORDS
from portal.settlement.sheet.words import printed
from portal.warranty import queries as warranty

_ACCOUNTS = {
    Part.CHARGED: Account.CHARGED,
    Part.CLAIMS: Account.CLAIMS,
    Part.ADJUSTED: Account.ADJUSTED,
    Part.CANCELLED: Account.CANCELLED,
    Part.DIRECT: Account.DIRECT,
}
_FIGURES = {Part.SALES: FigureKind.SALES, Part.RESULTS: FigureKind.RESULT}
#: Accounts whose balance is negative when the figure is positive.
_CREDIT = {Account.ADJUSTED, Account.GRANTED}
#: How many cards a cancellation names as its evidence; the others are counted.
_NAMED = 3


def sections(agreement: Agreement, quarter: Quarter) -> tuple[documents.Section, ...]:
    """All parts that have lines, in the order of printing."""
    lines: dict[Part, tuple[documents.Line, ...]] = {
        Part.REMITTANCES: _remittances(agreement, quarter),
        Part.GRANTED: _granted(agreement, quarter),
        Part.DRAWN: _drawn(agreement, quarter),
    }
    for part, kind in _FIGURES.items():
        lines[part] = tuple(_figure(row) for row in ledger.figures_counted(agreement.id, quarter, kind))
    for part, account in _ACCOUNTS.items():
        moved = ledger.movements(agreement.id, quarter, account)
        lines[part] = tuple(_line(move, account) for move in moved)
    return tuple(documents.Section(part, lines[part]) for part in Part if lines[part])


def _outside(entry: Entry) -> str:
    """The month that an entry stands under when its date lies outside the quarter (MN-4)."""
    return "" if entry.date in entry.quarter else str(entry.month)


def _remittances(agreement: Agreement, quarter: Quarter) -> tuple[documents.Line, ...]:
    return tuple(
        documents.Line(
            date=str(r.date),
            document=r.number,
            text=printed(words.REMITTANCE_REVERSED, r.reason) if r.is_reversal else printed(words.REMITTED),
            amount=r.amount,
            item=r.bank_ref,
            belongs_to="" if r.date in quarter else str(Quarter.of(r.date)),
            month="" if r.date in quarter else str(month_in(r.date, quarter)),
        )
        for r in ledger.remittances(agreement.id, quarter)
    )


def _figure(row: RecordedFigure) -> documents.Line:
    """Sales of the year, whenever they were made, or a result with what it was taken of."""
    counted = row.quarter or Quarter.of(row.date)
    text = printed(words.FIGURE_REVERSED, row.reason) if row.is_reversal else row.note
    if row.kind is FigureKind.RESULT:
        text = f"收入 {row.income:,.2f} − 成本 {row.cost:,.2f} {text}".strip()
    elif not text:
        text = printed(words.SOLD)
    return documents.Line(
        date=str(row.date),
        document=row.number,
        text=text,
        amount=row.amount,
        item=str(Month.of(row.date)),
        month="" if row.date in counted else str(month_in(row.date, counted)),
    )


def _granted(agreement: Agreement, quarter: Quarter) -> tuple[documents.Line, ...]:
    movements = ledger.movements(agreement.id, quarter, Account.GRANTED)
    serials = warranty.serials([m.entry.document for m in movements if m.entry.basis == BaseKind.CARD_FEE])
    return tuple(
        documents.Line(
            date=str(m.entry.date),
            document=m.entry.document,
            text=_granted_text(m.entry, -m.amount),
            amount=-m.amount,
            item=serials.get(m.entry.document) or _granted_item(m.entry),
            belongs_to=str(m.entry.belongs_to or ""),
            month=_outside(m.entry),
        )
        for m in movements
    )


def _granted_item(entry: Entry) -> str:
    """The serial that a claim is about, else the month."""
    if entry.basis in (BaseKind.FLAT_PER_REPAIR, BaseKind.APPROVED_CLAIMS):
        return entry.memo
    return str(Month.of(entry.date))


def _granted_text(entry: Entry, amount: Decimal) -> str:
    if entry.basis == BaseKind.CARD_FEE and entry.source.endswith(":credit"):
        return printed(words.CREDITED)
    return printed(words.GRANTED.get((entry.basis or "", amount > 0), words.TAKEN_BACK))


def _drawn(agreement: Agreement, quarter: Quarter) -> tuple[documents.Line, ...]:
    movements = ledger.movements(agreement.id, quarter, Account.DRAWN)
    items = parts.drawn_by(_act(movement.entry) for movement in movements)
    return tuple(
        documents.Line(
            date=str(movement.entry.date),
            document=movement.entry.document,
            text=item.name,
            amount=item.amount,
            item=item.code,
            quantity=item.quantity,
            unit_price=item.price,
            belongs_to=str(movement.entry.belongs_to or ""),
            month=_outside(movement.entry),
        )
        for movement in movements
        for item in items[_act(movement.entry)]
    )


def _act(entry: Entry) -> str:
    """The number of the shipment (or difference) behind a draw, whose source is `FH-2026-000001:draw`."""
    return entry.source.partition(":")[0]


def _line(movement: Movement, account: Account) -> documents.Line:
    entry = movement.entry
    amount = -movement.amount if account in _CREDIT else movement.amount
    text, item = _said(entry, account, amount)
    return documents.Line(
        date=str(entry.date),
        document=entry.document,
        text=text,
        amount=amount,
        item=item,
        belongs_to=str(entry.belongs_to or ""),
        month=_outside(entry),
    )


def _said(entry: Entry, account: Account, amount: Decimal) -> tuple[str, str]:
    """What a posting is for, in words, and what it is about: a serial, a part."""
    if account is Account.CLAIMS:
        return printed(words.CLAIMED), entry.memo
    if account is Account.CANCELLED:
        return _cancelled(entry), ""
    if entry.basis == "express":
        return printed(words.EXPRESS, entry.memo), ""
    if entry.basis == "old_part":
        said = words.OLD_PART_OWED if amount > 0 else words.OLD_PART_BACK
        return printed(said, entry.memo), _piece(entry.source, 1)
    if entry.basis == "return":
        said = words.RETURNED.get(_piece(entry.source, 2), words.RETURN_COST)
        return printed(said), _piece(entry.source, 1)
    return entry.memo, ""


def _cancelled(entry: Entry) -> str:
    """Which fee is cancelled, why, and the cards that prove it."""
    base = BASE_WORDS[BaseKind(entry.basis or "")]
    cards = [str(card) for card in ledger.cancellation(entry.document).evidence]
    named = "、".join(cards[:_NAMED]) + (f" 等 {len(cards)} 张" if len(cards) > _NAMED else "")
    proof = f"（证据 {named}）" if named else ""
    return f"取消{base.zh}：{entry.memo}{proof}"


def _piece(source: str, place: int) -> str:
    """One piece of a source such as `RMA-2026-000001:W1:inbound`; empty when it has no such piece."""
    pieces = source.split(":")
    return pieces[place] if place < len(pieces) else ""
