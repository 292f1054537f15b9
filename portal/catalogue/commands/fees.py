"""The fee standard (维修收费标准), versioned by day (PT-10)."""

import datetime as dt
from decimal import Decimal

from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.catalogue import queries
from portal.catalogue.commands.products import STALE
from portal.catalogue.models import Operation, OperationFee
from portal.catalogue.rules import check_amount, check_price_start, normalise_code
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T


@command(allow=Permission.CATALOGUE_WRITE)
def add_operation(
    actor: Actor,
    *,
    code: str,
    name: str,
    amount: Decimal,
    starts: dt.date,
    name_en: str = "",
    onsite: bool = False,
) -> str:
    """A new line of the fee standard with its first fee for all products. Returns its code.

    Raises RuleBroken PT-10.
    """
    kept = normalise_code(code)
    if any(operation.code == kept for operation in queries.operations()):
        raise RuleBroken("PT-10", T("{code} exists already.", code=kept), field="code")
    check_amount(amount, field="amount")
    operation = Operation(code=kept, name=name, name_en=name_en, onsite=onsite)
    session().add(operation)
    session().flush()
    _add_fee(actor, operation, None, 1, amount, starts)
    record(Tag.CATALOGUE_CHANGED, actor, kept, name=name, after={"amount": str(amount), "onsite": onsite})
    return kept


@command(allow=Permission.CATALOGUE_WRITE)
def change_operation(
    actor: Actor, code: str, *, name: str, name_en: str, active: bool, seen_version: int | None = None
) -> str:
    """Change a line of the fee standard; its fees have their own command. Returns its code."""
    operation = queries.operation(code)
    if seen_version is not None and operation.version != seen_version:
        raise Conflict(STALE)
    before = {"name": operation.name, "name_en": operation.name_en, "active": operation.active}
    after = {"name": name, "name_en": name_en, "active": active}
    operation.name, operation.name_en, operation.active = name, name_en, active
    record(Tag.CATALOGUE_CHANGED, actor, operation.code, name=name, before=before, after=after)
    return operation.code


@command(allow=Permission.CATALOGUE_WRITE)
def set_fee(
    actor: Actor,
    code: str,
    *,
    amount: Decimal,
    starts: dt.date,
    model: str | None = None,
    seen_number: int | None = None,
) -> int:
    """A new fee of an operation from a day to come, for all products or for `model` alone (PT-10).

    Returns the number of the version. Raises RuleBroken PT-10, and Conflict when somebody set a later one
    meanwhile.
    """
    operation = queries.operation(code)
    rows = queries.fee_rows(operation.id)
    if seen_number is not None and rows[0].number != seen_number:
        raise Conflict(STALE)
    product = queries.product(model) if model else None
    check_amount(amount, field="amount")
    check_price_start(starts, clock.today(actor.timezone), first=False)
    number = _add_fee(actor, operation, product.id if product else None, rows[0].number + 1, amount, starts)
    record(
        Tag.FEE_PRICED,
        actor,
        operation.code,
        name=operation.name,
        price=str(amount),
        starts=str(starts),
        model=product.model if product else "",
    )
    return number


def _add_fee(
    actor: Actor, operation: Operation, product_id: int | None, number: int, amount: Decimal, starts: dt.date
) -> int:
    session().add(
        OperationFee(
            operation_id=operation.id,
            product_id=product_id,
            number=number,
            starts=starts,
            amount=amount,
            person=actor.name,
            at=clock.now(),
        )
    )
    session().flush()
    return number
