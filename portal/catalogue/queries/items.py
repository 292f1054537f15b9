"""Products with their components, and parts."""

from collections.abc import Iterable
from typing import Any, TypeVar

import sqlalchemy as sa

from portal.catalogue.models import Component, Operation, Part, Product
from portal.catalogue.rules import Supply
from portal.kernel.db import session
from portal.kernel.errors import NotFound

Row = TypeVar("Row")
Listing = TypeVar("Listing", bound=sa.Select[*tuple[Any, ...]])


def product(model: str) -> Product:
    """A product by its model, in any spelling. Raises NotFound."""
    return _one(sa.select(Product).where(Product.model == model.strip().upper()))


def product_by_id(product_id: int) -> Product:
    """A product of the scope. Raises NotFound."""
    return _one(sa.select(Product).where(Product.id == product_id))


def products(*, active_only: bool = False) -> list[Product]:
    """All products by model."""
    statement = sa.select(Product).order_by(Product.model)
    return list(session().scalars(statement.where(Product.active.is_(True)) if active_only else statement))


def products_by_id() -> dict[int, Product]:
    """Every product by its id: a catalogue of models is small, lists of units are not."""
    return {row.id: row for row in products()}


def components_of(product_id: int) -> list[Component]:
    """The components of a product that have a warranty of their own, by code."""
    return list(
        session().scalars(
            sa.select(Component).where(Component.product_id == product_id).order_by(Component.code)
        )
    )


def component(product_id: int, code: str) -> Component:
    """One component of a product. Raises NotFound."""
    return _one(
        sa.select(Component).where(Component.product_id == product_id, Component.code == code.strip().upper())
    )


def component_months(product_id: int) -> dict[str, int]:
    """Component → months of warranty, as `rules.warranty_months` takes it (EN-1)."""
    return {row.code: row.months for row in components_of(product_id)}


def part(code: str) -> Part:
    """A part by its code, in any spelling. Raises NotFound."""
    return _one(sa.select(Part).where(Part.code == code.strip().upper()))


def parts(*, active_only: bool = False, supply: Supply | None = None) -> list[Part]:
    """All parts by code."""
    statement = sa.select(Part).order_by(Part.code)
    if active_only:
        statement = statement.where(Part.active.is_(True))
    if supply is not None:
        statement = statement.where(Part.supply == supply)
    return list(session().scalars(statement))


def parts_by_code(codes: Iterable[str]) -> dict[str, Part]:
    """The parts with these codes that exist, by code."""
    wanted = {code.strip().upper() for code in codes}
    return {row.code: row for row in session().scalars(sa.select(Part).where(Part.code.in_(wanted)))}


def english_part_names() -> dict[str, str]:
    """Code → English name of every part that has one."""
    statement = sa.select(Part.code, Part.name_en).where(Part.name_en != "")
    return {row.code: row.name_en for row in session().execute(statement)}


def english_operation_names() -> dict[str, str]:
    """Code → English name of every operation that has one."""
    statement = sa.select(Operation.code, Operation.name_en).where(Operation.name_en != "")
    return {row.code: row.name_en for row in session().execute(statement)}


def strange_parts(model: str, codes: Iterable[str]) -> list[str]:
    """Which of these parts are made for other models only (RP-7), by code."""
    rows = parts_by_code(codes)
    return sorted(code for code, row in rows.items() if row.fits and model not in row.fits)


def _one(statement: sa.Select[Row]) -> Row:
    found = session().scalars(statement).one_or_none()
    if found is None:
        raise NotFound
    return found


def product_listing(*, active: bool | None = None, text: str = "") -> sa.Select[Product, int]:
    """Products by model with how many components have a warranty of their own; `text` is a part of model or name."""
    components = (
        sa.select(sa.func.count(Component.id)).where(Component.product_id == Product.id).scalar_subquery()
    )
    statement = sa.select(Product, components).order_by(Product.model)
    return narrowed(statement, active, text, Product.active, (Product.model, Product.name, Product.name_en))


def part_listing(*, active: bool | None = None, text: str = "") -> sa.Select[Part]:
    """Parts by code; `text` is a part of code or name."""
    statement = sa.select(Part).order_by(Part.code)
    return narrowed(statement, active, text, Part.active, (Part.code, Part.name, Part.name_en))


def matching_parts(*, active: bool | None, text: str, limit: int) -> list[Part]:
    """The parts of a list for its export."""
    return list(session().scalars(part_listing(active=active, text=text).limit(limit)))


def narrowed(
    statement: Listing, active: bool | None, text: str, flag: Any, columns: Iterable[Any]
) -> Listing:
    """A list with only what is in use, or not; `text` is a part of one of the columns."""
    if active is not None:
        statement = statement.where(flag.is_(active))
    if text:
        statement = statement.where(sa.or_(*(column.icontains(text, autoescape=True) for column in columns)))
    return statement
