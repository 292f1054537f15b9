"""What is added to a filed record: the customer's signature, photos; looking at the customer's number (RP-5, PII-1)."""

from collections.abc import Sequence

from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.repairs.queries import records as queries
from portal.repairs.rules.records import REPAIR, RepairAction, RepairState
from portal.repairs.steps import records as steps
from portal.repairs.steps import service
from portal.repairs.steps.claims import raise_claim
from portal.repairs.steps.records import Photo, Signature
from portal.warranty.rules import local_digits


@command(allow=Permission.REPAIRS_FILE)
def sign(actor: Actor, number: str, signature: Signature, *, seen_version: int | None = None) -> str:
    """Put the customer's signature under the present version of a record (RP-5). Returns its number.

    Raises RuleBroken RP-6 when it was taken back, FD-2 when the upload is gone, Conflict when it changed meanwhile.
    """
    repair = queries.get(number)
    steps.check_seen(repair, seen_version)
    repair.state = REPAIR.advance(repair.state, RepairAction.SIGN)
    steps.put_signature(actor, repair, signature)
    session().flush()
    raise_claim(actor, repair)
    if repair.request_number:
        service.record_signed(actor, repair.request_number)
    record(
        Tag.REPAIR_SIGNED,
        actor,
        repair.number,
        dealer_id=repair.dealer_id,
        point_id=repair.point_id,
        serial=repair.serial,
        version=repair.revision,
    )
    return repair.number


@command(allow=Permission.REPAIRS_FILE)
def add_photos(actor: Actor, number: str, photos: Sequence[Photo], *, seen_version: int | None = None) -> str:
    """Add photos to a record; none is ever taken away. Returns its number.

    Raises RuleBroken RP-3 without a photo or with too many, RP-6 when the record was taken back, Conflict when it
    changed meanwhile.
    """
    repair = queries.get(number)
    steps.check_seen(repair, seen_version)
    REPAIR.advance(repair.state, RepairAction.CORRECT)
    if not photos:
        raise RuleBroken("RP-3", T("Choose at least one photo."), field="photos")
    steps.attach(actor, repair, photos, present=len(queries.photos(repair.id)))
    session().flush()
    raise_claim(actor, repair)
    record(
        Tag.REPAIR_PHOTOGRAPHED,
        actor,
        repair.number,
        dealer_id=repair.dealer_id,
        point_id=repair.point_id,
        serial=repair.serial,
        photos=len(photos),
    )
    return repair.number


@command(allow=Permission.CARDS_REVEAL)
def reveal(actor: Actor, number: str, *, reason: str) -> str:
    """The customer's whole phone number as it is dialled; that it was shown, to whom and why, is recorded (PII-1).

    Raises RuleBroken PII-1 without a reason, or when the record has no number.
    """
    repair = queries.get(number)
    if not reason.strip():
        raise RuleBroken("PII-1", T("Say what the number is needed for."), field="reason")
    if repair.state is RepairState.VOID or not repair.phone:
        raise RuleBroken("PII-1", T("This record holds no phone number to show."))
    record(Tag.REPAIR_REVEALED, actor, repair.number, serial=repair.serial, reason=reason.strip())
    return local_digits(repair.phone)


@command(allow=Permission.CARDS_REVEAL)
def print_receipt(actor: Actor, number: str) -> str:
    """Note that a receipt is printed whose retained copy names the customer's whole phone number (PII-1).

    Returns the number as it is dialled, empty when the record has none. Raises RuleBroken RP-6 when the record was
    taken back.
    """
    repair = queries.get(number)
    REPAIR.advance(repair.state, RepairAction.CORRECT)
    record(
        Tag.REPAIR_PRINTED,
        actor,
        repair.number,
        dealer_id=repair.dealer_id,
        point_id=repair.point_id,
        serial=repair.serial,
        version=repair.revision,
    )
    return local_digits(repair.phone) if repair.phone else ""
