"""Parts requests (PT-1 … PT-6, PT-10): states, what they cost the fund, deciding and shipping line by line.

Submission reserves the whole fund amount, the decision lowers it to what was approved, each shipment turns
its share into a draw, a cancel frees the rest. What a request holds follows from its lines (`held`):

    10 motors at 120.00 and 5 controllers at 88.50:  submitted 1642.50, 9 and 5 approved 1522.50,
    9 motors shipped 442.50 (1080.00 drawn), controllers shipped 0.00
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from portal.catalogue.rules import Supply
from portal.kernel.errors import RuleBroken
from portal.kernel.money import LIMIT, ZERO, total
from portal.kernel.text import T
from portal.kernel.transitions import Transitions


class Purpose(StrEnum):
    """What the parts are for (PT-1)."""

    STOCK = "stock"
    REPAIR = "repair"


class Shipping(StrEnum):
    """How the parts travel (PT-1, PT-4)."""

    #: With the next goods.
    ORDINARY = "ordinary"
    #: At the dealer's cost.
    EXPRESS = "express"


#: The most pieces of one part on one request.
MOST_PIECES = 9_999
#: The most lines on one request.
MOST_LINES = 200


class RequestState(StrEnum):
    """PT-3."""

    #: Waits for the manufacturer; its whole amount is reserved.
    SUBMITTED = "submitted"
    #: Every line as asked; waits for shipping.
    APPROVED = "approved"
    #: At least one line reduced or refused.
    PARTLY_APPROVED = "partly_approved"
    #: Nothing approved; final.
    REJECTED = "rejected"
    PARTLY_SHIPPED = "partly_shipped"
    #: Everything approved is on its way.
    SHIPPED = "shipped"
    #: Some was shipped, the rest was cancelled.
    PARTLY_CANCELLED = "partly_cancelled"
    #: The dealer confirmed receipt; final.
    RECEIVED = "received"
    #: Cancelled before anything was shipped; final.
    CANCELLED = "cancelled"

    @property
    def tone(self) -> str:
        """The colour that pages give it."""
        return _TONES[self]


_TONES = {
    RequestState.SUBMITTED: "info",
    RequestState.APPROVED: "info",
    RequestState.PARTLY_APPROVED: "warn",
    RequestState.REJECTED: "bad",
    RequestState.PARTLY_SHIPPED: "warn",
    RequestState.SHIPPED: "info",
    RequestState.PARTLY_CANCELLED: "mute",
    RequestState.RECEIVED: "ok",
    RequestState.CANCELLED: "mute",
}


class RequestAction(StrEnum):
    DECIDE = "decide"
    SHIP = "ship"
    RECEIVE = "receive"
    CANCEL = "cancel"


#: Deciding and shipping lead to the state that follows from the lines; the table holds the furthest one.
REQUEST = Transitions[RequestState, RequestAction](
    "PT-3",
    {
        (RequestState.SUBMITTED, RequestAction.DECIDE): RequestState.APPROVED,
        (RequestState.APPROVED, RequestAction.SHIP): RequestState.SHIPPED,
        (RequestState.PARTLY_APPROVED, RequestAction.SHIP): RequestState.SHIPPED,
        (RequestState.PARTLY_SHIPPED, RequestAction.SHIP): RequestState.SHIPPED,
        (RequestState.SHIPPED, RequestAction.RECEIVE): RequestState.RECEIVED,
        (RequestState.PARTLY_CANCELLED, RequestAction.RECEIVE): RequestState.RECEIVED,
        (RequestState.SUBMITTED, RequestAction.CANCEL): RequestState.CANCELLED,
        (RequestState.APPROVED, RequestAction.CANCEL): RequestState.CANCELLED,
        (RequestState.PARTLY_APPROVED, RequestAction.CANCEL): RequestState.CANCELLED,
        (RequestState.PARTLY_SHIPPED, RequestAction.CANCEL): RequestState.PARTLY_CANCELLED,
    },
)

#: States in which shipping is still owed; with SUBMITTED those in which the request holds money.
TO_SHIP = frozenset({RequestState.APPROVED, RequestState.PARTLY_APPROVED, RequestState.PARTLY_SHIPPED})


#: States in which something may be on its way that nobody received yet.
ARRIVING = frozenset({RequestState.PARTLY_SHIPPED, RequestState.SHIPPED, RequestState.PARTLY_CANCELLED})


@dataclass(frozen=True)
class Substitute:
    """A part that is supplied in place of another one, at its own price of the request's day (PT-6)."""

    part: str
    supply: Supply
    price: Decimal


@dataclass(frozen=True)
class RequestLine:
    """One part of a request: asked, decided and shipped, none overwritten by the other (FD-3)."""

    #: What is supplied: the part that was asked for, or its substitute once that is decided.
    part: str
    supply: Supply
    #: Price of the request's day (PT-10), per piece.
    price: Decimal
    asked: int
    #: None until the manufacturer decides.
    decided: int | None = None
    shipped: int = 0
    #: Of these, given back for a difference (PT-7).
    credited: int = 0
    #: Of those asked for, for floor stock that repairs used up (PT-5).
    refills: int = 0

    @property
    def open(self) -> int:
        """Pieces that may still be shipped."""
        return (self.decided or 0) - self.shipped

    def cost(self, pieces: int) -> Decimal:
        """What `pieces` of it cost the fund; nothing unless the part is drawn on the fund."""
        return self.price * pieces if self.supply is Supply.FUND else ZERO

    def bill(self, pieces: int) -> Decimal:
        """What `pieces` of it are paid for; nothing unless the part is bought (PT-5)."""
        return self.price * pieces if self.supply is Supply.PURCHASE else ZERO

    def promised(self, state: RequestState) -> int:
        """Pieces that the dealer has or may still expect in `state` of the request, credited ones taken off."""
        if state is RequestState.SUBMITTED:
            return self.asked
        return ((self.decided or 0) if state in TO_SHIP else self.shipped) - self.credited


Lines = Sequence[RequestLine]
#: Part → pieces; a part that is not named has none.
Pieces = Mapping[str, int]
#: A decision without substitutes.
NONE: Mapping[str, Substitute] = MappingProxyType({})


def check_request(lines: Lines, express: Decimal) -> None:
    """PT-1: at least one line, each part once, at least one piece each, no negative surcharge, amounts in bounds."""
    if not lines:
        raise RuleBroken("PT-1", T("Add at least one part."), field="lines")
    if len(lines) > MOST_LINES:
        raise RuleBroken("PT-1", T("A request has at most {most} lines.", most=MOST_LINES), field="lines")
    seen: set[str] = set()
    for line in lines:
        if line.asked < 1:
            raise RuleBroken(
                "PT-1", T("Ask for at least one piece of {part}.", part=line.part), field="lines"
            )
        if line.asked > MOST_PIECES:
            raise RuleBroken(
                "PT-1",
                T("{part}: ask for at most {most} pieces at a time.", part=line.part, most=MOST_PIECES),
                field="lines",
            )
        if line.part in seen:
            raise RuleBroken("PT-1", T("Part {part} is listed twice.", part=line.part), field="lines")
        seen.add(line.part)
    if express < 0:
        raise RuleBroken("PT-1", T("The express surcharge can't be negative."), field="express")
    if request_total(lines) >= LIMIT or express >= LIMIT:
        raise RuleBroken("PT-1", T("The amount is too large for one request."), field="lines")


def check_consent(excess: Decimal, *, consent: bool, shown: Decimal | None = None) -> None:
    """PT-2: beyond the quota only with the dealer's consent to the amount shown.

    `shown` is the excess that the dealer saw when it consented; a consent to less than the excess is none.
    """
    if excess > 0 and not consent:
        raise RuleBroken(
            "PT-2",
            T(
                "The quota does not cover {excess} of this request; consent to it or ask for less.",
                excess=excess,
            ),
            field="consent",
        )
    if shown is not None and excess > shown:
        raise RuleBroken(
            "PT-2",
            T(
                "The quota has changed: it does not cover {excess}, you consented to {shown}. Check the request again.",
                excess=excess,
                shown=shown,
            ),
            field="consent",
        )


def request_total(lines: Iterable[RequestLine]) -> Decimal:
    """What the request costs the fund as asked; this is reserved at submission."""
    return total(line.cost(line.asked) for line in lines)


def approved_total(lines: Iterable[RequestLine]) -> Decimal:
    """What it costs the fund as decided."""
    return total(line.cost(line.decided or 0) for line in lines)


def held(state: RequestState, lines: Iterable[RequestLine]) -> Decimal:
    """What the request reserves of the fund in `state` (PT-3); its change is what to hold or release."""
    if state is RequestState.SUBMITTED:
        return request_total(lines)
    if state in TO_SHIP:
        return total(line.cost(line.open) for line in lines)
    return ZERO


def decide(
    state: RequestState, lines: Lines, approved: Pieces, substitutes: Mapping[str, Substitute] = NONE
) -> tuple[RequestState, tuple[RequestLine, ...]]:
    """The manufacturer's decision, line by line (PT-6): a part that is not named gets nothing.

    `substitutes`: part as asked → what is supplied in its place; a line with no piece keeps its part. Nothing
    approved: rejected. All as asked: approved. Else partly approved.
    Raises RuleBroken PT-3 for a request that was decided already and for more than was asked, PT-6 for a substitute
    of another supply class or that stands on the request already.
    """
    REQUEST.advance(state, RequestAction.DECIDE)
    check_known(lines, approved, "PT-3")
    for line in lines:
        pieces = approved.get(line.part, 0)
        if not 0 <= pieces <= line.asked:
            raise RuleBroken(
                "PT-3",
                T(
                    "{part}: {pieces} can't be approved; asked for: {asked}.",
                    part=line.part,
                    pieces=pieces,
                    asked=line.asked,
                ),
                field=line.part,
            )
    used = {part: other for part, other in substitutes.items() if approved.get(part)}
    check_substitutes(lines, used)
    decided = tuple(_decided(line, approved.get(line.part, 0), used.get(line.part)) for line in lines)
    if not any(line.decided for line in decided):
        return RequestState.REJECTED, decided
    if not used and all(line.decided == line.asked for line in decided):
        return RequestState.APPROVED, decided
    return RequestState.PARTLY_APPROVED, decided


def _decided(line: RequestLine, pieces: int, other: Substitute | None) -> RequestLine:
    if other is None:
        return replace(line, decided=pieces)
    return replace(line, part=other.part, price=other.price, decided=pieces)


def check_substitutes(lines: Lines, substitutes: Mapping[str, Substitute]) -> None:
    """PT-6: a substitute is supplied like the part it stands for, and is on no line yet. Raises RuleBroken PT-6."""
    taken = {line.part for line in lines}
    for line in lines:
        other = substitutes.get(line.part)
        if other is None:
            continue
        if other.supply is not line.supply:
            raise RuleBroken(
                "PT-6",
                T("{part} is supplied differently: {supply}.", part=other.part, supply=other.supply),
                field=line.part,
            )
        if other.part in taken:
            raise RuleBroken(
                "PT-6", T("{part} is on this request already.", part=other.part), field=line.part
            )
        taken.add(other.part)


def check_rise(rise: Decimal, available: Decimal) -> None:
    """PT-2: dearer substitutes may cost the fund more than was asked only as far as the quota covers it.

    Raises RuleBroken PT-2.
    """
    if rise > max(available, ZERO):
        raise RuleBroken(
            "PT-2",
            T(
                "The substitutes cost {rise} more than the request; the quota covers {available} of it.",
                rise=rise,
                available=max(available, ZERO),
            ),
            field="lines",
        )


def granted_express(asked: Decimal, granted: Decimal | None) -> Decimal:
    """PT-4: the surcharge that the decision leaves: as the dealer agreed to it, or less. Raises RuleBroken PT-4."""
    if granted is None:
        return asked
    if not ZERO <= granted <= asked:
        raise RuleBroken(
            "PT-4",
            T("The dealer agreed to a surcharge of {asked}; it can only be lowered.", asked=asked),
            field="express",
        )
    return granted


def check_known(lines: Lines, pieces: Pieces, rule: str) -> None:
    """Only parts of the request are named. Raises RuleBroken `rule`."""
    parts = {line.part for line in lines}
    for part, count in pieces.items():
        if part not in parts and count:
            raise RuleBroken(rule, T("{part} is not on this request.", part=part), field=part)
