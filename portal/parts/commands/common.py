"""What the acts on a request share: the fund locked before the request is read (PT-3)."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import Conflict
from portal.kernel.text import T
from portal.ledger import steps as ledger
from portal.ledger.models import Fund
from portal.ledger.rules import EntryKind
from portal.parts import queries
from portal.parts.models import PartsRequest
from portal.parts.queries import Line
from portal.parts.rules import RequestLine

STALE = T("Somebody else changed this just now. Look at it again, then decide.")


def locked(number: str, seen_version: int | None) -> tuple[PartsRequest, Fund, tuple[Line, ...]]:
    """The request with its fund locked, read after the lock. Raises NotFound, Conflict (OL-1)."""
    agreement: Agreement = agreements.by_id(queries.agreement_of(number))
    fund = ledger.lock_fund(agreement)
    found = queries.get(number)
    if seen_version is not None and found.version != seen_version:
        raise Conflict(STALE)
    return found, fund, queries.lines_of(found.id)


def rules_of(lines: Iterable[Line]) -> tuple[RequestLine, ...]:
    """The lines as values of the rules."""
    return tuple(line.rule for line in lines)


def spelled(pieces: Mapping[str, int]) -> dict[str, int]:
    """The codes as they are kept, whatever somebody typed."""
    return {code.strip().upper(): count for code, count in pieces.items()}


def spelled_codes(codes: Mapping[str, str]) -> dict[str, str]:
    """The same for part → part; what names no part is left out."""
    return {code.strip().upper(): other.strip().upper() for code, other in codes.items() if other.strip()}


def hold(actor: Actor, fund: Fund, found: PartsRequest, amount: Decimal, fact: str) -> None:
    """Reserve more for a request."""
    ledger.post(
        actor,
        fund,
        EntryKind.HOLD,
        amount,
        source=f"{fact}:hold",
        date=clock.today(actor.timezone),
        document=found.number,
    )


def release(actor: Actor, fund: Fund, found: PartsRequest, amount: Decimal, fact: str) -> None:
    """Give back what a request no longer holds; nothing when that is nothing."""
    ledger.post(
        actor,
        fund,
        EntryKind.RELEASE,
        amount,
        source=f"{fact}:release",
        date=clock.today(actor.timezone),
        document=found.number,
    )
