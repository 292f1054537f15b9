"""What the commands of returns have in common: the version that was seen, what was said, letting units go."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.catalogue import steps as units
from portal.catalogue.models import Unit
from portal.catalogue.rules import normalise_serial
from portal.drafts import steps as drafts
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import step
from portal.kernel.db import session
from portal.kernel.errors import Conflict
from portal.kernel.text import T
from portal.returns import queries
from portal.returns.models import ReturnDecision, ReturnedUnit, ReturnPhoto, ReturnRequest
from portal.returns.rules import TEXT, ReturnReason, Verdict
from portal.warranty import steps as cards
from portal.warranty.queries import kept_serial
from portal.warranty.rules import EventKind


def check_seen(request: ReturnRequest, seen_version: int | None) -> None:
    """OL-1: raises Conflict when the request changed since the person looked at it."""
    if seen_version is not None and request.version != seen_version:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))


@step
def attach(actor: Actor, row: ReturnedUnit, photos: Sequence[int]) -> None:
    """Move uploaded photos into a line. Raises RuleBroken FD-2 when one is no longer there."""
    for content, fingerprint in drafts.take_uploads(photos):
        session().add(
            ReturnPhoto(
                line_id=row.id,
                dealer_id=row.dealer_id,
                point_id=row.point_id,
                content=content,
                fingerprint=fingerprint,
                person=actor.name,
                at=clock.now(),
            )
        )


@step
def say(
    actor: Actor,
    request: ReturnRequest,
    verdict: Verdict,
    *,
    row: ReturnedUnit | None = None,
    reason: ReturnReason | None = None,
    text: str = "",
    waived: bool = False,
) -> None:
    """Note what the manufacturer says about a request, or one unit of it."""
    session().add(
        ReturnDecision(
            request_id=request.id,
            line_id=row.id if row is not None else None,
            dealer_id=request.dealer_id,
            point_id=row.point_id if row is not None else request.point_id,
            verdict=verdict,
            reason=reason,
            text=text.strip()[:TEXT],
            waived=waived,
            person_id=actor.person_id,
            person=actor.name,
            at=clock.now(),
        )
    )


@step
def let_go(request: ReturnRequest, serials: Iterable[str] | None = None) -> None:
    """The units of a request, or these of them, are in an open return no longer (RT-9)."""
    wanted = None if serials is None else set(serials)
    for held in queries.held_by(request.id).values():
        if wanted is None or held.serial in wanted:
            session().delete(held)
    session().flush()


@step
def hand_over(
    actor: Actor, request: ReturnRequest, old: Unit, new_serial: str, *, card_number: str | None
) -> Unit:
    """A new unit takes the place of `old`: card and warranty follow, the guarantee starts anew (RT-5, EN-13).

    `card_number`: of the card that continues one in force, see `warranty.steps.needs_number`. Raises RuleBroken SH-1
    when the new serial was shipped before.
    """
    today = clock.today(actor.timezone)
    new = units.exchange(old, normalise_serial(new_serial), today)
    cards.note_event(
        actor,
        new.serial,
        EventKind.RESTARTED,
        today,
        document=request.number,
        dealer_id=request.dealer_id,
        point_id=new.point_id,
    )
    cards.follow_exchange(actor, old, new, number=card_number, document=request.number)
    return new


@step
def note(tag: Tag, actor: Actor, request: ReturnRequest, **data: Any) -> None:
    """Record a fact about a request; both parties see it (RT-7)."""
    session().flush()
    record(tag, actor, request.number, dealer_id=request.dealer_id, point_id=request.point_id, **data)


def spelled(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Serials as they are kept, whatever somebody typed."""
    return {kept_serial(serial): value for serial, value in (values or {}).items()}
