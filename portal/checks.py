"""Checks over everything: balances against postings, and the log's chain, tenant by tenant."""

import sqlalchemy as sa
from flask import Flask

from portal.audit import queries as audit
from portal.kernel.db import session
from portal.kernel.i18n import translate
from portal.kernel.scope import Scope
from portal.ledger import checks as ledger
from portal.tenants.models import Organisation


def problems(app: Flask) -> list[str]:
    """What doesn't add up, in words; empty when everything does."""
    with app.app_context():
        rows = session().execute(
            sa.select(Organisation.id, Organisation.code).where(Organisation.code.is_not(None))
        )
        manufacturers = [(row.id, row.code) for row in rows]
    found = []
    for manufacturer_id, code in manufacturers:
        with app.app_context():
            session().enter(Scope(manufacturer_id))
            found += [f"{code}: {translate(finding.text)}" for finding in ledger.check()]
            if (seq := audit.first_break()) is not None:
                found.append(f"{code}: the log breaks at fact {seq}")
    return found
