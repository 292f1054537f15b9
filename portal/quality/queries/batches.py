"""Which batches are declared defective (RT-6)."""

from collections.abc import Iterable

import sqlalchemy as sa

from portal.catalogue.models import Product, Unit
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.quality.models import DefectiveBatch
from portal.quality.rules import DefectState


def is_declared(product_id: int, batch: str) -> bool:
    """Whether a batch of a product is declared defective."""
    return (product_id, batch) in declared([(product_id, batch)])


def declared(pairs: Iterable[tuple[int, str]]) -> set[tuple[int, str]]:
    """Which of these pairs of product and batch are declared defective; for the lines of a return."""
    wanted = set(pairs)
    statement = sa.select(DefectiveBatch.product_id, DefectiveBatch.batch).where(
        DefectiveBatch.product_id.in_({product_id for product_id, _batch in wanted}),
        DefectiveBatch.batch.in_({batch for _product_id, batch in wanted}),
        DefectiveBatch.state == DefectState.DECLARED,
    )
    return {(row[0], row[1]) for row in session().execute(statement)} & wanted


def batch(batch_id: int) -> DefectiveBatch:
    """A declared batch by its id. Raises NotFound."""
    found = session().scalars(sa.select(DefectiveBatch).where(DefectiveBatch.id == batch_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def find(product_id: int, batch: str) -> DefectiveBatch | None:
    """The declaration of a batch, lifted or not."""
    statement = sa.select(DefectiveBatch).where(
        DefectiveBatch.product_id == product_id, DefectiveBatch.batch == batch
    )
    return session().scalars(statement).one_or_none()


def listing(
    *, state: DefectState | None = None, text: str = ""
) -> sa.Select[DefectiveBatch, Product, int, int]:
    """Declared batches with their product, the units shipped of them, and those still in the field; newest first.

    `text` is a part of the model or the batch.
    """
    of_batch = (
        sa.select(sa.func.count(Unit.id))
        .where(Unit.product_id == DefectiveBatch.product_id, Unit.batch == DefectiveBatch.batch)
        .correlate(DefectiveBatch)
    )
    statement = sa.select(
        DefectiveBatch,
        Product,
        of_batch.scalar_subquery(),
        of_batch.where(Unit.left_field_on.is_(None)).scalar_subquery(),
    ).join(Product, Product.id == DefectiveBatch.product_id)
    if state is not None:
        statement = statement.where(DefectiveBatch.state == state)
    if text:
        columns = (Product.model, DefectiveBatch.batch)
        statement = statement.where(sa.or_(*(column.icontains(text, autoescape=True) for column in columns)))
    return statement.order_by(DefectiveBatch.declared_on.desc(), DefectiveBatch.id.desc())


def counts() -> dict[DefectState, int]:
    """How many batches are declared, and how many were taken back."""
    statement = sa.select(DefectiveBatch.state, sa.func.count()).group_by(DefectiveBatch.state)
    return {row[0]: row[1] for row in session().execute(statement)}


def units_affected(product_id: int, batch: str) -> int:
    """How many units were shipped of a batch, as far as the scope sees them."""
    statement = sa.select(sa.func.count(Unit.id)).where(Unit.product_id == product_id, Unit.batch == batch)
    return session().scalar(statement) or 0


def batches_of(product_id: int) -> list[str]:
    """The batches of a product that units were shipped of, the latest shipment first."""
    statement = (
        sa.select(Unit.batch)
        .where(Unit.product_id == product_id, Unit.batch != "")
        .group_by(Unit.batch)
        .order_by(sa.func.max(Unit.shipped_on).desc(), Unit.batch)
    )
    return list(session().scalars(statement))
