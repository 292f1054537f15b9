"""Prices, costs and fees by day (PT-10)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

import sqlalchemy as sa

from portal.catalogue.models import Operation, OperationFee, PartCost, PartPrice
from portal.catalogue.queries import items
from portal.catalogue.rules import PriceVersion, Standing, price_on, standing
from portal.kernel.db import session
from portal.kernel.errors import NotFound, RuleBroken


def price_rows(part_id: int) -> Sequence[PartPrice]:
    """The prices of a part with who set them and when, newest first."""
    statement = sa.select(PartPrice).where(PartPrice.part_id == part_id).order_by(PartPrice.number.desc())
    return session().scalars(statement).all()


def price_history(part_id: int, day: dt.date) -> list[tuple[PartPrice, Standing]]:
    """The prices of a part, newest first, and how each stands to a day."""
    rows = price_rows(part_id)
    versions = [row.version for row in rows]
    return [(row, standing(row.version, versions, day)) for row in rows]


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


def prices_to_come(day: dt.date, part_ids: Iterable[int]) -> dict[int, PartPrice]:
    """Part → its next price after a day, for those parts that have one."""
    statement = sa.select(PartPrice).where(PartPrice.part_id.in_(list(part_ids)), PartPrice.starts > day)
    coming: dict[int, PartPrice] = {}
    for row in session().scalars(statement.order_by(PartPrice.starts.desc(), PartPrice.number)):
        coming[row.part_id] = row
    return coming


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


def fee_history(operation_id: int, day: dt.date) -> list[tuple[OperationFee, Standing]]:
    """The fees of an operation, newest first, and how each stands to a day among those for the same product."""
    rows = fee_rows(operation_id)
    versions: dict[int | None, list[PriceVersion]] = defaultdict(list)
    for row in rows:
        versions[row.product_id].append(row.version)
    return [(row, standing(row.version, versions[row.product_id], day)) for row in rows]


def operation_listing(*, active: bool | None = None, text: str = "") -> sa.Select[Operation]:
    """Lines of the fee standard by code; `text` is a part of code or name."""
    statement = sa.select(Operation).order_by(Operation.code)
    columns = (Operation.code, Operation.name, Operation.name_en)
    return items.narrowed(statement, active, text, Operation.active, columns)


def fees_on(day: dt.date, operation_ids: Iterable[int]) -> dict[int, dict[int | None, Decimal]]:
    """Operation → product, or None for all others → fee on a day."""
    statement = sa.select(OperationFee).where(
        OperationFee.operation_id.in_(list(operation_ids)), OperationFee.starts <= day
    )
    versions: dict[tuple[int, int | None], list[PriceVersion]] = defaultdict(list)
    for row in session().scalars(statement):
        versions[row.operation_id, row.product_id].append(row.version)
    fees: dict[int, dict[int | None, Decimal]] = defaultdict(dict)
    for (operation_id, product_id), found in versions.items():
        fees[operation_id][product_id] = price_on(found, day)
    return fees


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
