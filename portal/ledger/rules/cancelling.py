"""ST-9: what a quarter whose fees are cancelled loses.

Fees of cards are looked at one by one: a fee that the quarter granted and took back itself is gone already, and a fee
of an earlier quarter that it took back was none of its own. Granted +15.00 and +15.00, taken back −15.00 of a card of
the quarter before: cancelled are 30.00. Every other base is cancelled at what it granted in the quarter.
"""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from portal.agreements.rules import BaseKind
from portal.kernel.money import ZERO, total


def fact_of(source: str) -> str:
    """The fact that a grant and its taking back have in common: `card-fee:S1:void:BXK-2026-000001` → `card-fee:S1`."""
    return ":".join(source.split(":")[:2])


def to_cancel(basis: BaseKind, grants: Iterable[tuple[str, Decimal]]) -> Decimal:
    """What is cancelled of a base, of which a quarter posted these grants (source, signed amount)."""
    if basis is not BaseKind.CARD_FEE:
        return total(amount for _source, amount in grants)
    kept: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for source, amount in grants:
        kept[fact_of(source)] += amount
    return total(max(amount, ZERO) for amount in kept.values())
