"""Filing repair records, correcting and taking them back (RP-3 … RP-6).

Order of locks: number → stock → fund (a claim may be approved at once) → the log.
"""

from collections import Counter
from collections.abc import Sequence

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.agreements.rules import Bearer, CostColumn
from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.drafts import steps as drafts
from portal.kernel import clock, numbering
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Forbidden, Refused
from portal.kernel.findings import blocking
from portal.kernel.permissions import Permission
from portal.parts import steps as parts
from portal.repairs.models.records import Repair
from portal.repairs.queries import records as queries
from portal.repairs.queries.claims import is_decided
from portal.repairs.queries.records import Judged
from portal.repairs.rules.records import (
    REPAIR,
    Category,
    OldPart,
    RepairAction,
    RepairDraft,
    RepairState,
    check_amounts_kept,
    check_reason,
    check_undecided,
)
from portal.repairs.steps import records as steps
from portal.repairs.steps import service
from portal.repairs.steps.claims import raise_claim
from portal.repairs.steps.records import Photo, Signature


@command(allow=Permission.REPAIRS_FILE)
def file(
    actor: Actor,
    draft: RepairDraft,
    *,
    photos: Sequence[Photo] = (),
    signature: Signature | None = None,
    stock_confirmed: bool = True,
    draft_id: int | None = None,
) -> str:
    """File a repair of any unit of the manufacturer (RP-12). Returns its number (WX-2026-000001).

    Who is covered is judged and kept with it (EN-14); parts come out of the point's stock (PT-8), and a covered
    repair of category C raises its claim (RP-7), all at once. `photos`, `signature`: uploads that become the
    record's. `stock_confirmed`: the parts were there though the books hold fewer. Raises Refused with what blocks:
    WC-3 (unknown serial), RP-3 (left the field, dates, codes, parts, amounts), RP-4 (another price than the one
    consented to); RuleBroken AG-1 without an active agreement, PT-8.
    """
    if actor.dealer_id is None:
        raise Forbidden
    today = clock.today(actor.timezone)
    agreement = agreements.in_force(actor.dealer_id)
    judged = _fileable(
        queries.judge(draft, today=today, priced_on=today, photos=len(photos), signed=signature is not None)
    )
    repair = Repair(
        agreement_id=agreement.id,
        dealer_id=agreement.dealer_id,
        point_id=actor.point_id or agreement.dealer_id,
        draft_id=draft_id,
        number=numbering.take("WX", today.year),
        state=RepairState.UNSIGNED,
        filed_on=today,
        filed_at=clock.now(),
        filed_by_id=actor.person_id,
        filed_by=actor.name,
    )
    steps.fill(repair, judged)
    session().add(repair)
    session().flush()
    steps.write_version(actor, repair, judged)
    steps.attach(actor, repair, photos)
    if signature is not None:
        repair.state = REPAIR.advance(repair.state, RepairAction.SIGN)
        steps.put_signature(actor, repair, signature)
    session().flush()
    _move_parts(actor, agreement, repair, judged, before={}, confirmed=stock_confirmed)
    steps.note_clock(actor, repair)
    drafts.finish(draft_id)
    raise_claim(actor, repair)
    _answer_request(actor, repair)
    record(
        Tag.REPAIR_FILED,
        actor,
        repair.number,
        dealer_id=repair.dealer_id,
        point_id=repair.point_id,
        serial=repair.serial,
        category=f"Category.{repair.category.name}",
        cost_class=f"CostClass.{repair.cost_class.name}",
        labour=str(repair.labour),
        onsite=str(repair.onsite),
        photos=len(photos),
    )
    return repair.number


@command(allow=Permission.REPAIRS_FILE)
def correct(
    actor: Actor,
    number: str,
    draft: RepairDraft,
    *,
    why: str,
    photos: Sequence[Photo] = (),
    signature: Signature | None = None,
    stock_confirmed: bool = True,
    draft_id: int | None = None,
    seen_version: int | None = None,
) -> str:
    """Correct a record by a new version with a reason (RP-6). Returns its number.

    Prices and fees stay those of the filing day (PT-10). Who is covered is judged anew, unless its claim is
    decided: then amounts, parts and what the decision rests on can't change (RP-6). Raises Refused like `file`,
    RuleBroken RP-6 without a reason or when it was taken back, Conflict when it changed meanwhile.
    """
    repair = queries.get(number)
    steps.check_seen(repair, seen_version)
    state = REPAIR.advance(repair.state, RepairAction.CORRECT)
    words = check_reason(why)
    present = len(queries.photos(repair.id))
    judged = _fileable(
        queries.judge(
            draft,
            today=clock.today(actor.timezone),
            priced_on=repair.filed_on,
            photos=present + len(photos),
            signed=signature is not None or state is RepairState.SIGNED,
        )
    )
    fitted = _pieces_of(repair)
    before, serial = steps.amounts_of(repair, fitted), repair.serial
    decided = is_decided(repair.number)
    steps.fill(repair, judged, keep_entitlement=decided)
    if decided:
        check_amounts_kept(before, steps.amounts_of(repair, _pieces(judged)))
    repair.revision += 1
    repair.state = REPAIR.advance(state, RepairAction.SIGN) if signature is not None else state
    session().flush()
    steps.write_version(actor, repair, judged, why=words)
    steps.attach(actor, repair, photos, present=present)
    if signature is not None:
        steps.put_signature(actor, repair, signature)
    session().flush()
    agreement = agreements.by_id(repair.agreement_id)
    _move_parts(actor, agreement, repair, judged, before=fitted, confirmed=stock_confirmed)
    steps.note_clock(actor, repair, before=serial)
    drafts.finish(draft_id)
    raise_claim(actor, repair)
    record(
        Tag.REPAIR_CORRECTED,
        actor,
        repair.number,
        dealer_id=repair.dealer_id,
        point_id=repair.point_id,
        serial=repair.serial,
        version=repair.revision,
        reason=words,
    )
    return repair.number


@command(allow=Permission.REPAIRS_FILE)
def void(actor: Actor, number: str, *, reason: str, seen_version: int | None = None) -> str:
    """Take a record back whose claim is not decided; its parts go back into the stock. Returns its number.

    Raises RuleBroken RP-6 without a reason, when it was taken back before, or when its claim is decided; Conflict
    when it changed meanwhile.
    """
    repair = queries.get(number)
    steps.check_seen(repair, seen_version)
    repair.state = REPAIR.advance(repair.state, RepairAction.VOID)
    repair.void_reason = check_reason(reason)
    check_undecided(is_decided(repair.number))
    session().flush()
    agreement = agreements.by_id(repair.agreement_id)
    back = {code: -pieces for code, pieces in _pieces_of(repair).items()}
    parts.use_stock(actor, agreement, back, document=repair.number, confirmed=True)
    parts.owe_old_parts(actor, agreement, {}, document=repair.number, warranty=True)
    steps.note_clock(actor, repair)
    raise_claim(actor, repair)
    record(
        Tag.REPAIR_VOIDED,
        actor,
        repair.number,
        dealer_id=repair.dealer_id,
        point_id=repair.point_id,
        serial=repair.serial,
        reason=repair.void_reason,
    )
    return repair.number


def _answer_request(actor: Actor, repair: Repair) -> None:
    """Tell the service request that this record answers, if there is one (RP-2)."""
    if not repair.request_number:
        return
    service.record_filed(
        actor,
        repair.request_number,
        repair.number,
        technician=repair.technician,
        resolved=repair.resolved,
    )
    if repair.state is RepairState.SIGNED:
        service.record_signed(actor, repair.request_number)


def _fileable(judged: Judged) -> Judged:
    """What may be filed. Raises Refused with everything that blocks it."""
    if blocks := blocking(judged.findings):
        raise Refused(blocks)
    return judged


def _pieces(judged: Judged) -> dict[str, int]:
    return {part.use.code: part.use.pieces for part in judged.facts.lines}


def _pieces_of(repair: Repair) -> dict[str, int]:
    return {part.code: part.pieces for part in queries.parts_of(repair)}


def _move_parts(
    actor: Actor,
    agreement: Agreement,
    repair: Repair,
    judged: Judged,
    *,
    before: dict[str, int],
    confirmed: bool,
) -> None:
    """Take out of the stock what is fitted more than `before` (PT-8); note the old parts that are owed (PT-9)."""
    change = Counter(_pieces(judged))
    change.subtract(before)
    moved = {code: count for code, count in change.items() if count}
    parts.use_stock(actor, agreement, moved, document=repair.number, confirmed=confirmed)
    bearer = judged.coverage.terms.bearer(repair.cost_class, CostColumn.PARTS)
    borne = repair.category is Category.WARRANTY and bearer in (Bearer.MANUFACTURER, Bearer.FUND)
    kept = {
        part.use.code: part.use.pieces
        for part in judged.facts.lines
        if borne and part.use.old is not OldPart.NONE
    }
    parts.owe_old_parts(actor, agreement, kept, document=repair.number, warranty=True)
