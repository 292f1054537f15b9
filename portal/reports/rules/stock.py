"""Which units a dealer had in stock on which days: what the sales statistics count (MF-1).

A unit comes into stock on the day that it was received, or counts as received (SH-1), and leaves it on the day of the
sale that a live card tells (WC-1), else on the day that it left the field unsold (RT-9). Sold before its receipt was
confirmed, it came on the day of the sale. A unit that left the field after its sale leaves no stock again.

A unit handed over in exchange for one in stock comes on the day that the other leaves. Was the other one sold, the new
one is the customer's at once and never in stock: its card goes on with the old sale. A card of the new unit with a sale
before the exchange tells the sale of the old one.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """One unit that was shipped to a dealer, or handed over in exchange."""

    id: int
    serial: str
    model: str
    batch: str
    #: The day that it is or counts as received.
    received_on: dt.date
    left_field_on: dt.date | None = None
    #: The unit in whose place it was handed over; None: it was shipped itself.
    exchanged_from: int | None = None


@dataclass(frozen=True)
class Sale:
    """The sale of a unit as a live card tells it."""

    piece: int
    #: Of the card.
    number: str
    sold_on: dt.date
    #: Whether a sub-dealer sold it.
    by_point: bool
    filed_at: dt.datetime


@dataclass(frozen=True)
class Movement:
    """When one unit came into stock, and when and how it left."""

    piece: Piece
    came_on: dt.date
    #: None: it is still there.
    went_on: dt.date | None
    #: None: it left unsold, or is still there.
    sale: Sale | None

    def was_there(self, evening: dt.date) -> bool:
        """Whether it was in stock at the end of a day."""
        return self.came_on <= evening and (self.went_on is None or self.went_on > evening)


def movements(pieces: Iterable[Piece], sales: Iterable[Sale]) -> list[Movement]:
    """Every unit that was in stock, in the order of their ids: a unit's successor has the greater one."""
    known = {piece.id: piece for piece in sorted(pieces, key=lambda piece: piece.id)}
    sold: dict[int, Sale] = {}
    for sale in sales:
        piece = known[sale.piece]
        while (old := _before(known, piece)) and old.left_field_on and sale.sold_on < old.left_field_on:
            piece = old
        sold.setdefault(piece.id, sale)
    found, with_customers = [], set[int]()
    for piece in known.values():
        before, last = _before(known, piece), sold.get(piece.id)
        if before and (before.id in sold or before.id in with_customers):
            with_customers.add(piece.id)
            continue
        came_on = (before.left_field_on if before else None) or piece.received_on
        went_on = last.sold_on if last else piece.left_field_on
        found.append(Movement(piece, min(came_on, went_on or came_on), went_on, last))
    return found


def _before(known: dict[int, Piece], piece: Piece) -> Piece | None:
    return known.get(piece.exchanged_from) if piece.exchanged_from else None


@dataclass(frozen=True)
class Told:
    """Units of a model that a form of an earlier month told as sold without a card."""

    model: str
    #: First and last day of its month.
    first: dt.date
    last: dt.date
    count: int
    #: The form's number, if it has one.
    form: str = ""
    #: When the form was submitted; None: it is open, and what came since is in it.
    at: dt.datetime | None = None


def without_card(told: Told, sales: Iterable[Sale]) -> int:
    """How many of them have got no card since: `sales` are those of the model.

    A card that came after the submission with a sale of that month is taken for the card of one of them; else the
    same unit would leave the stock twice.
    """
    if told.at is None:
        return told.count
    late = sum(told.first <= sale.sold_on <= told.last and sale.filed_at > told.at for sale in sales)
    return max(0, told.count - late)
