"""A longer warranty for one unit: the dealer asks, the manufacturer decides or grants unasked (EN-3)."""

from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.catalogue import queries as catalogue
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, RuleBroken
from portal.kernel.foureyes import check_four_eyes
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.warranty import queries
from portal.warranty.models import WarrantyExtension
from portal.warranty.rules import (
    EXTENSION,
    ExtensionAction,
    ExtensionState,
    check_extension,
    check_reason,
)

_TAGS = {
    ExtensionState.ASKED: Tag.EXTENSION_ASKED,
    ExtensionState.GRANTED: Tag.EXTENSION_GRANTED,
    ExtensionState.DECLINED: Tag.EXTENSION_DECLINED,
    ExtensionState.WITHDRAWN: Tag.EXTENSION_WITHDRAWN,
}


@command(allow=Permission.EXTENSIONS_ASK)
def ask_extension(actor: Actor, serial: str, months: int, *, reason: str) -> str:
    """Ask for a longer warranty of an own unit. Returns the request's number.

    Raises NotFound, RuleBroken EN-3 for months or a reason that can't be, for a unit that has left the field, and
    while another request for the unit waits; Conflict when somebody asked at the same moment.
    """
    return _add(actor, serial, months, reason, ExtensionState.ASKED)


@command(allow=Permission.EXTENSIONS_DECIDE)
def extend(actor: Actor, serial: str, months: int, *, reason: str) -> str:
    """Grant a longer warranty of a unit that nobody asked for. Returns its number. Raises as `ask_extension`."""
    return _add(actor, serial, months, reason, ExtensionState.GRANTED)


@command(allow=Permission.EXTENSIONS_DECIDE)
def decide_extension(
    actor: Actor, number: str, *, grant: bool, answer: str, seen_version: int | None = None
) -> str:
    """Grant or decline a request, in words for both parties. Returns the state that it is in then.

    Raises RuleBroken EN-3 without words or for a request that is decided, FE-1 when the person asked for it,
    Conflict when it changed meanwhile.
    """
    extension = queries.extension(number)
    _check_seen(extension, seen_version)
    if extension.asked_by_id is not None and actor.person_id is not None:
        check_four_eyes(extension.asked_by_id, actor.person_id)
    action = ExtensionAction.GRANT if grant else ExtensionAction.DECLINE
    state = EXTENSION.advance(extension.state, action)
    check_reason(answer, field="answer")
    return _settle(actor, extension, state, answer)


@command(allow=Permission.EXTENSIONS_ASK)
def withdraw_extension(actor: Actor, number: str, *, seen_version: int | None = None) -> str:
    """Take a request back before it is decided. Returns its number. RuleBroken EN-3 when it is decided."""
    extension = queries.extension(number)
    _check_seen(extension, seen_version)
    _settle(actor, extension, EXTENSION.advance(extension.state, ExtensionAction.WITHDRAW), "")
    return extension.number


def _check_seen(extension: WarrantyExtension, seen_version: int | None) -> None:
    if seen_version is not None and extension.version != seen_version:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))


def _add(actor: Actor, serial: str, months: int, reason: str, state: ExtensionState) -> str:
    unit = catalogue.unit(serial)
    check_extension(months, reason)
    if unit.left_field:
        raise RuleBroken("EN-3", T("This unit has left the field."))
    if state is ExtensionState.ASKED and queries.asked_extension(unit.serial) is not None:
        raise RuleBroken(
            "EN-3", T("A request for {serial} waits for its decision already.", serial=unit.serial)
        )
    now = clock.now()
    granted = state is ExtensionState.GRANTED
    extension = WarrantyExtension(
        agreement_id=unit.agreement_id,
        dealer_id=unit.dealer_id,
        point_id=unit.point_id,
        unit_id=unit.id,
        number=numbering.take("YC", clock.today(actor.timezone).year),
        serial=unit.serial,
        state=state,
        months=months,
        reason=reason.strip(),
        asked_by_id=actor.person_id,
        asked_by=actor.name,
        asked_at=now,
        decided_by=actor.name if granted else "",
        decided_at=now if granted else None,
    )
    session().add(extension)
    session().flush()
    _record(actor, extension)
    return extension.number


def _settle(actor: Actor, extension: WarrantyExtension, state: ExtensionState, answer: str) -> str:
    extension.state = state
    extension.decided_by, extension.decided_at = actor.name, clock.now()
    extension.answer = answer.strip()
    session().flush()
    _record(actor, extension)
    return state.value


def _record(actor: Actor, extension: WarrantyExtension) -> None:
    record(
        _TAGS[extension.state],
        actor,
        extension.number,
        dealer_id=extension.dealer_id,
        point_id=extension.point_id,
        serial=extension.serial,
        months=extension.months,
        reason=extension.answer or extension.reason,
    )
