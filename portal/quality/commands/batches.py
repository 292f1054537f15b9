"""Declaring a batch defective, and taking that back (RT-6)."""

from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.catalogue import queries as catalogue
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, NotFound, RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.quality import queries
from portal.quality.models import DefectiveBatch
from portal.quality.rules import DefectState, check_reason, kept_batch, subject


@command(allow=Permission.QUALITY_DECLARE)
def declare_batch(actor: Actor, model: str, batch: str, *, reason: str = "") -> None:
    """Declare a production batch of a product defective: from now on its units are returned as such (RT-6).

    A batch that is declared already stays so, with the new reason; one that was taken back is declared anew. Units of
    it need not be shipped yet. Raises RuleBroken RT-6 for an unknown model (field `model`) or no batch.
    """
    try:
        product = catalogue.product(model)
    except NotFound as error:
        raise RuleBroken("RT-6", T("There is no model {model}.", model=model), field="model") from error
    kept, why = kept_batch(batch), check_reason(reason)
    declared = queries.find(product.id, kept)
    if declared is None:
        declared = DefectiveBatch(product_id=product.id, batch=kept)
        session().add(declared)
    declared.state, declared.reason = DefectState.DECLARED, why
    declared.declared_on, declared.declared_by = clock.today(actor.timezone), actor.name
    declared.lifted_on, declared.lifted_by, declared.lifted_reason = None, "", ""
    session().flush()
    record(Tag.BATCH_DECLARED, actor, subject(product.model, kept), model=product.model, reason=why)


@command(allow=Permission.QUALITY_DECLARE)
def lift_batch(actor: Actor, batch_id: int, *, reason: str, seen_version: int | None = None) -> str:
    """Take a declaration back, with a reason; returns classified before keep their class. Returns the batch.

    Raises RuleBroken RT-6 without a reason or when it is taken back already, Conflict when it changed meanwhile.
    """
    declared = queries.batch(batch_id)
    if seen_version is not None and declared.version != seen_version:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))
    if declared.state is not DefectState.DECLARED:
        raise RuleBroken("RT-6", T("The declaration of this batch is taken back already."))
    why = check_reason(reason)
    if not why:
        raise RuleBroken("RT-6", T("Say why the declaration is taken back."), field="reason")
    declared.state = DefectState.LIFTED
    declared.lifted_on, declared.lifted_by = clock.today(actor.timezone), actor.name
    declared.lifted_reason = why
    session().flush()
    product = catalogue.product_by_id(declared.product_id)
    record(Tag.BATCH_LIFTED, actor, subject(product.model, declared.batch), model=product.model, reason=why)
    return declared.batch
