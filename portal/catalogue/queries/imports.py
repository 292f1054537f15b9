"""Files of shipped units, and what their rows are judged by."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import undefer

from portal.agreements.models import Agreement
from portal.agreements.rules import AgreementState
from portal.catalogue.models import Product, UnitImport
from portal.kernel.db import session
from portal.kernel.errors import NotFound
from portal.tenants.models import Dealer


def unit_import(import_id: int) -> UnitImport:
    """A file of the manufacturer with its rows. Raises NotFound."""
    statement = sa.select(UnitImport).where(UnitImport.id == import_id).options(undefer(UnitImport.rows))
    found = session().scalars(statement).one_or_none()
    if found is None:
        raise NotFound
    return found


def unit_imports(limit: int = 10) -> Sequence[UnitImport]:
    """The last files, newest first, without their rows."""
    return session().scalars(sa.select(UnitImport).order_by(UnitImport.id.desc()).limit(limit)).all()


def shippable_dealers() -> dict[str, bool]:
    """Code of each dealer and sub-dealer → whether the dealer that holds the agreement has an active one."""
    active = set(
        session().scalars(sa.select(Agreement.dealer_id).where(Agreement.state == AgreementState.ACTIVE))
    )
    return {dealer.code: dealer.holder_id in active for dealer in session().scalars(sa.select(Dealer))}


def shippable_models() -> dict[str, bool]:
    """Model → whether it is still shipped."""
    return {row[0]: row[1] for row in session().execute(sa.select(Product.model, Product.active))}


def rows_of(found: UnitImport, *, wrong: bool | None = None) -> list[Mapping[str, Any]]:
    """The rows of a file: all, the wrong ones, or the good ones."""
    return [row for row in found.rows if wrong is None or bool(row["problems"]) is wrong]
