"""What an auditor reads next (MF-4)."""

from typing import Any

import sqlalchemy as sa

from portal.kernel.db import session
from portal.reports.models import MonthlyForm
from portal.reports.rules import FormState


def next_to_audit(after: MonthlyForm | None = None) -> MonthlyForm | None:
    """The submitted form to read after `after`: one of the same dealer's month, else the one that waits longest."""
    statement = sa.select(MonthlyForm).where(MonthlyForm.state == FormState.SUBMITTED)
    order: list[Any] = [
        MonthlyForm.submitted_on,
        MonthlyForm.month,
        MonthlyForm.agreement_id,
        MonthlyForm.number,
    ]
    if after is not None:
        same = sa.and_(MonthlyForm.agreement_id == after.agreement_id, MonthlyForm.month == after.month)
        statement = statement.where(MonthlyForm.id != after.id)
        order.insert(0, sa.case((same, 0), else_=1))
    return session().scalars(statement.order_by(*order).limit(1)).first()
