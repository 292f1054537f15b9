"""Longer warranties: one by its number, those of a unit, lists (EN-3)."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from portal.catalogue.models import Product, Unit
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.tenants.models import Dealer
from portal.warranty.models import WarrantyExtension
from portal.warranty.queries.filing import kept_serial
from portal.warranty.rules import ExtensionState


def extension(number: str) -> WarrantyExtension:
    """An extension of the scope by its number. Raises NotFound."""
    statement = sa.select(WarrantyExtension).where(WarrantyExtension.number == number)
    found = session().scalars(statement).one_or_none()
    if found is None:
        raise NotFound
    return found


def extensions_of(unit_id: int) -> Sequence[WarrantyExtension]:
    """Every extension of a unit that was asked for or granted, newest first."""
    statement = sa.select(WarrantyExtension).where(WarrantyExtension.unit_id == unit_id)
    return session().scalars(statement.order_by(WarrantyExtension.id.desc())).all()


def asked_extension(serial: str) -> WarrantyExtension | None:
    """The request for a serial that waits for its decision."""
    statement = sa.select(WarrantyExtension).where(
        WarrantyExtension.serial == kept_serial(serial), WarrantyExtension.state == ExtensionState.ASKED
    )
    return session().scalars(statement).one_or_none()


def extension_listing(
    *, state: ExtensionState | None = None, text: str = ""
) -> sa.Select[WarrantyExtension, Dealer, Product]:
    """Extensions with selling point and product, newest first; `text`: a number or the beginning of a serial."""
    statement = (
        sa.select(WarrantyExtension, Dealer, Product)
        .join(Dealer, Dealer.id == WarrantyExtension.point_id)
        .join(Unit, Unit.id == WarrantyExtension.unit_id)
        .join(Product, Product.id == Unit.product_id)
    )
    if state is not None:
        statement = statement.where(WarrantyExtension.state == state)
    if text:
        wanted = text.strip().upper()
        starts = WarrantyExtension.serial.startswith(wanted, autoescape=True)
        statement = statement.where(sa.or_(WarrantyExtension.number == wanted, starts))
    return statement.order_by(WarrantyExtension.asked_at.desc(), WarrantyExtension.id.desc())


def extension_counts() -> dict[ExtensionState, int]:
    """How many extensions of the scope are in each state."""
    statement = sa.select(WarrantyExtension.state, sa.func.count()).group_by(WarrantyExtension.state)
    return {row[0]: row[1] for row in session().execute(statement)}


def oldest_asked() -> dt.datetime | None:
    """When the request that waits longest for its decision was made."""
    statement = sa.select(sa.func.min(WarrantyExtension.asked_at)).where(
        WarrantyExtension.state == ExtensionState.ASKED
    )
    return session().scalar(statement)
