"""Prices, costs and fees by day (PT-10)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

import sqlalchemy as sa

from portal.catalogue.models import Operation, OperationFee, PartCost, PartPrice
from portal.catalogue.queries import items
from portal.catalogue.rules import PriceVersion, price_on
from portal.kernel.db import session
from portal.kernel.errors import NotFound, RuleBroken


def price_rows(part_id: int) -> Sequence[PartPrice]:
    """The prices of a part with who set them and when, newest first."""
    statement = sa.select(PartPrice).where(PartPrice.part_id == part_id).order_by(PartPrice.number.desc())
    return session().scalars(statement).all()


def price_of(part_code: str, day: dt.date) -> Decimal:
    """The price of a part on a day. Raises NotFound, and RuleBroken PT-10 when it has none yet."""
    return price_on([row.version for row in price_rows(items.part(part_code).id)], day)


def prices_on(day: dt.date, part_ids: Iterable[int] | None = None) -> dict[int, Decimal]:
    """Part → price on a day, for all parts or these; a part without a price yet is left out."""
    statement = sa.select(PartPrice).where(PartPrice.starts <= day)
    if part_ids is not None:
        statement = statement.where(PartPrice.part_id.in_(list(part_ids)))
    versions: dict[int, list[PriceVersion]] = defaultdict(list)
    for row in session().scalars(statement):
        versions[row.part_id].append(row.version)
    return {part_id: price_on(found, day) for part_id, found in versions.items()}


def costs_of(part_id: int) -> Sequence[PartCost]:
    """What a part costs the manufacturer, newest first; none for anybody else."""
    statement = sa.select(PartCost).where(PartCost.part_id == part_id).order_by(PartCost.number.desc())
    return session().scalars(statement).all()


def cost_on(part_code: str, day: dt.date) -> Decimal:
    """What a part costs the manufacturer on a day. Raises NotFound and PT-10 before its first cost."""
    return price_on([row.version for row in costs_of(items.part(part_code).id)], day)


def operation(code: str) -> Operation:
    """A line of the fee standard by its code, in any spelling. Raises NotFound."""
    found = (
        session().scalars(sa.select(Operation).where(Operation.code == code.strip().upper())).one_or_none()
    )
    if found is None:
        raise NotFound
    return found


def operations() -> list[Operation]:
    """The fee standard by code."""
    return list(session().scalars(sa.select(Operation).order_by(Operation.code)))


def fee_rows(operation_id: int | None = None) -> Sequence[OperationFee]:
    """The fees of one operation or of all, newest first."""
    statement = sa.select(OperationFee).order_by(OperationFee.operation_id, OperationFee.number.desc())
    if operation_id is not None:
        statement = statement.where(OperationFee.operation_id == operation_id)
    return session().scalars(statement).all()


def fee_on(operation_code: str, product_id: int, day: dt.date) -> Decimal:
    """The fee of an operation at a product on a day: the product's own, else that for all.

    Raises NotFound, and RuleBroken PT-10 when there is none yet.
    """
    rows = fee_rows(operation(operation_code).id)
    own = [row.version for row in rows if row.product_id == product_id]
    general = [row.version for row in rows if row.product_id is None]
    try:
        return price_on(own, day)
    except RuleBroken:
        return price_on(general, day)
