"""Shipping and receiving the parts of a request (PT-4 … PT-7)."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from portal.catalogue.rules import Supply
from portal.kernel.errors import RuleBroken
from portal.kernel.money import ZERO, total
from portal.kernel.text import T
from portal.parts.rules.requests import (
    REQUEST,
    Lines,
    Pieces,
    RequestAction,
    RequestLine,
    RequestState,
    check_known,
)


def ship(
    state: RequestState, lines: Lines, pieces: Pieces, *, paid: bool
) -> tuple[RequestState, tuple[RequestLine, ...]]:
    """A shipment (PT-6): the request after it. What it draws is `shipment_cost(lines, pieces)`.

    Raises RuleBroken: PT-3 when nothing is to be shipped in this state, PT-5 for parts that must be paid
    first (`paid`: the payment is confirmed), PT-6 for more than is approved and not shipped, or for nothing.
    A request whose approved parts are all shipped has none left: one more is PT-6 too.
    """
    if state is not RequestState.SHIPPED:
        REQUEST.advance(state, RequestAction.SHIP)
    check_known(lines, pieces, "PT-6")
    if not any(pieces.values()):
        raise RuleBroken("PT-6", T("Say what is shipped."), field="lines")
    for line in lines:
        if line.supply is Supply.PURCHASE and pieces.get(line.part, 0) > 0 and not paid:
            raise RuleBroken(
                "PT-5", T("{part} is shipped when its payment is confirmed.", part=line.part), field=line.part
            )
    for line in lines:
        if not 0 <= pieces.get(line.part, 0) <= line.open:
            raise RuleBroken(
                "PT-6",
                T(
                    "{part}: {pieces} can't be shipped; approved and not yet shipped: {open}.",
                    part=line.part,
                    pieces=pieces[line.part],
                    open=line.open,
                ),
                field=line.part,
            )
    shipped = tuple(replace(line, shipped=line.shipped + pieces.get(line.part, 0)) for line in lines)
    return (
        RequestState.PARTLY_SHIPPED if any(line.open for line in shipped) else RequestState.SHIPPED
    ), shipped


def shipment_cost(lines: Iterable[RequestLine], pieces: Pieces) -> Decimal:
    """What a shipment of `pieces` draws on the fund: price of the request's day × quantity."""
    return total(line.cost(pieces.get(line.part, 0)) for line in lines)


def express_due(express: Decimal, lines: Iterable[RequestLine]) -> Decimal:
    """PT-4: the surcharge that a shipment charges to the dealer: all of it on the first, nothing afterwards.

    `lines` are those before the shipment.
    """
    return ZERO if any(line.shipped for line in lines) else express
