"""What filing, correcting and signing records have in common: writing a version, its parts, photos and signature."""

from collections.abc import Sequence
from decimal import Decimal

from portal.drafts import steps as drafts
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import step
from portal.kernel.crypto import search_hash
from portal.kernel.db import session
from portal.kernel.errors import Conflict, RuleBroken
from portal.kernel.money import ZERO
from portal.kernel.text import T
from portal.repairs.models.records import (
    Repair,
    RepairPart,
    RepairPhoto,
    RepairSignature,
    RepairVersion,
)
from portal.repairs.queries.records import Judged
from portal.repairs.rules.checks import price
from portal.repairs.rules.records import (
    MOST_PHOTOS,
    Consent,
    RepairPhotoKind,
    RepairState,
    SignatureKind,
    days_in_repair,
    frozen_reasons,
    parts_total,
)
from portal.repairs.rules.versions import content_of
from portal.warranty import steps as warranty
from portal.warranty.rules import Cause, EventKind, normalise_phone

#: The kind of a saved draft of a record.
DRAFT = "repairs.record"
#: What a form sends: what a photo shows, how a signature came, and the upload that holds it.
Photo = tuple[RepairPhotoKind, int]
Signature = tuple[SignatureKind, int]


def check_seen(repair: Repair, seen_version: int | None) -> None:
    """OL-1: raises Conflict when the record changed since the person looked at it."""
    if seen_version is not None and repair.version != seen_version:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))


def fill(repair: Repair, judged: Judged, *, keep_entitlement: bool = False) -> None:
    """Write onto a record what the dealer filled in; it has been judged and nothing blocks it.

    `keep_entitlement`: its claim is decided; who is covered stays as it was decided on.
    """
    draft, coverage = judged.draft, judged.coverage
    repair.unit_id, repair.product_id = coverage.unit_id, coverage.product_id
    repair.serial, repair.model = coverage.serial, coverage.model
    for name in (
        "category", "way", "incident", "received_on", "finished_on", "handed_over_on", "cause", "symptom",
        "reason", "location", "resolved", "labour", "onsite",
    ):  # fmt: skip
        setattr(repair, name, getattr(draft, name))
    for name in (
        "component",
        "symptom_text",
        "cause_text",
        "action_text",
        "technician",
        "customer",
        "address",
    ):
        setattr(repair, name, getattr(draft, name).strip())
    repair.request_number = draft.request_number.strip().upper()
    phone = normalise_phone(draft.phone) if draft.phone else ""
    repair.phone, repair.phone_last4 = phone, phone[-4:]
    repair.phone_hash = search_hash(phone) if phone else ""
    repair.operations, repair.standard = judged.labour.lines, judged.labour.standard
    repair.parts_total = parts_total(judged.facts.lines)
    repair.price = price(draft, judged.facts.lines)
    _note_consent(repair, draft.consent)
    if keep_entitlement:
        return
    entitlement = judged.entitlement
    repair.cost_class, repair.reasons = entitlement.cost_class, frozen_reasons(entitlement)
    repair.period_first, repair.period_last = entitlement.first, entitlement.last
    repair.period_day, repair.period_days = entitlement.day, entitlement.days


def _note_consent(repair: Repair, consent: Consent | None) -> None:
    """RP-4: the instant of a consent is that of its first mention; a new amount or way is a new consent."""
    amount, way = (consent.amount, consent.way) if consent else (None, None)
    if (amount, way) != (repair.consented, repair.consent_way):
        repair.consented_at = clock.now() if consent else None
    repair.consented, repair.consent_way = amount, way


@step
def write_version(actor: Actor, repair: Repair, judged: Judged, *, why: str = "") -> None:
    """Keep the present content of a record as its version `repair.revision`, with its lines of parts (RP-6)."""
    session().add(
        RepairVersion(
            repair_id=repair.id,
            dealer_id=repair.dealer_id,
            point_id=repair.point_id,
            revision=repair.revision,
            content=content_of(
                judged.draft,
                judged.facts.lines,
                serial=repair.serial,
                cost_class=repair.cost_class,
                price=repair.price,
            ),
            why=why,
            findings=[finding.as_json() for finding in judged.findings],
            person_id=actor.person_id,
            person=actor.name,
            at=clock.now(),
        )
    )
    session().add_all(
        RepairPart(
            repair_id=repair.id,
            dealer_id=repair.dealer_id,
            point_id=repair.point_id,
            revision=repair.revision,
            line=line,
            part_id=part.part_id,
            code=part.use.code,
            name=part.name,
            pieces=part.use.pieces,
            serial_in=part.use.serial_in.strip(),
            serial_out=part.use.serial_out.strip(),
            lot=part.use.lot.strip(),
            old=part.use.old,
            price=part.price or ZERO,
        )
        for line, part in enumerate(judged.facts.lines, 1)
    )
    session().flush()


@step
def attach(actor: Actor, repair: Repair, photos: Sequence[Photo], *, present: int = 0) -> None:
    """Move uploaded photos into a record that has `present` ones. RuleBroken RP-3 for more than MOST_PHOTOS."""
    if present + len(photos) > MOST_PHOTOS:
        raise RuleBroken("RP-3", T("A record has at most {most} photos.", most=MOST_PHOTOS), field="photos")
    taken = drafts.take_uploads([upload_id for _, upload_id in photos])
    for (kind, _), (content, fingerprint) in zip(photos, taken, strict=True):
        session().add(
            RepairPhoto(
                repair_id=repair.id,
                dealer_id=repair.dealer_id,
                point_id=repair.point_id,
                kind=kind,
                content=content,
                fingerprint=fingerprint,
                person=actor.name,
                at=clock.now(),
            )
        )


@step
def put_signature(actor: Actor, repair: Repair, signature: Signature) -> None:
    """Move an uploaded signature under the present version of a record (RP-5)."""
    kind, upload_id = signature
    (content, _fingerprint), *_ = drafts.take_uploads([upload_id])
    session().add(
        RepairSignature(
            repair_id=repair.id,
            dealer_id=repair.dealer_id,
            point_id=repair.point_id,
            revision=repair.revision,
            kind=kind,
            content=content,
            person=actor.name,
            at=clock.now(),
        )
    )
    repair.signed_at = clock.now()


def amounts_of(repair: Repair, pieces: dict[str, int]) -> tuple[Decimal | str, ...]:
    """What a claim is decided on: category, amounts, parts, unit and fault."""
    return (
        repair.category.value,
        repair.labour,
        repair.onsite,
        repair.parts_total,
        *(f"{code}×{count}" for code, count in sorted(pieces.items())),
        repair.serial,
        repair.incident.isoformat(),
        repair.cause.value,
        repair.component,
    )


@step
def note_clock(actor: Actor, repair: Repair, *, before: str = "") -> None:
    """Tell the unit's clock under three guarantees how long the repair took it away, and whether it failed (EN-13).

    Nothing is told of a record that says neither, and has said neither before. `before`: the serial before a
    correction; what was told of another unit is taken back there.
    """
    void = repair.state is RepairState.VOID
    days = days_in_repair(repair.received_on, repair.handed_over_on, repair.finished_on)
    told = {
        EventKind.PROLONGED: 0 if void else days,
        EventKind.FAILED_REPAIR: int(not void and not repair.resolved and repair.cause is Cause.PRODUCT),
    }
    for kind, count in told.items():
        if before and before != repair.serial:
            _note(actor, repair, before, kind, 0)
        if count or repair.revision > 1 or void:
            _note(actor, repair, repair.serial, kind, count)


def _note(actor: Actor, repair: Repair, serial: str, kind: EventKind, count: int) -> None:
    """One entry of the clock; `count` is the days, or one failed repair; nothing: it did not happen after all."""
    warranty.note_event(
        actor,
        serial,
        kind,
        repair.handed_over_on or repair.finished_on or repair.filed_on,
        document=repair.number,
        dealer_id=repair.dealer_id,
        point_id=repair.point_id,
        days=count if kind is EventKind.PROLONGED else 0,
        withdrawn=not count,
    )
