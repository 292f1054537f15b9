"""The one sanctioned look across the dealers of a manufacturer (RP-12).

A dealer repairs every unit in its territory, whoever sold it, and has to know what the work needs. Such a read is a
select of plain columns under a listed name; it never returns rows that a session would keep, and never reaches
another manufacturer.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, with_loader_criteria

from portal.kernel import rowsecurity
from portal.kernel.db import Owned, session
from portal.kernel.scope import OutOfScope, Scope

#: What may be looked at; the leak tests go through each.
LOOKS = frozenset({"coverage", "terms", "claims of a fault", "earlier faults", "repair attempts"})


def look_across(name: str, statement: sa.Select[*tuple[Any, ...]]) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    """The rows of a select of columns, read with the eyes of the manufacturer.

    What is not committed by others is not seen. Raises OutOfScope for a name that is not in LOOKS and for a select
    of whole entities.
    """
    if name not in LOOKS or any(isinstance(column["expr"], type) for column in statement.column_descriptions):
        raise OutOfScope(f"no look across dealers: {name}")
    own = session()
    scope = own.scope
    if own.info.get("command"):
        own.flush()
    connection = Session.connection(own)
    manufacturer = scope.manufacturer_id
    narrowed = statement.options(
        with_loader_criteria(Owned, lambda c: c.manufacturer_id == manufacturer, include_aliases=True)
    )
    rowsecurity.announce(connection, Scope(manufacturer))
    try:
        with Session(bind=connection) as reader:
            return reader.execute(narrowed).all()
    finally:
        rowsecurity.announce(connection, scope)
