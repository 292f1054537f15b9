"""Reading monthly forms: the months owed (`months`), single forms (`forms`), their figures (`figures`, `sheets/`)."""

from portal.reports.queries.auditing import next_to_audit
from portal.reports.queries.figures import changed, compiled, earlier, findings, frozen, frozen_or_live, live
from portal.reports.queries.forms import (
    by_number,
    checks,
    entries,
    find,
    latest,
    of_month,
    remarks,
    revisions,
    submitted_in,
)
from portal.reports.queries.months import (
    DealerMonths,
    OwedForm,
    OwedMonth,
    QuarterForms,
    agreement_for,
    count,
    is_open,
    matrix,
    month_of,
    of_quarter,
    of_quarters,
    oldest_to_accept,
    owed_by,
)
from portal.reports.queries.reminders import Reminding, reminders, to_remind
from portal.reports.queries.standing import Standing, standings
from portal.reports.queries.timeliness import Timeliness, timeliness

__all__ = [
    "DealerMonths",
    "OwedForm",
    "OwedMonth",
    "QuarterForms",
    "Reminding",
    "Standing",
    "Timeliness",
    "agreement_for",
    "by_number",
    "changed",
    "checks",
    "compiled",
    "count",
    "earlier",
    "entries",
    "find",
    "findings",
    "frozen",
    "frozen_or_live",
    "is_open",
    "latest",
    "live",
    "matrix",
    "month_of",
    "next_to_audit",
    "of_month",
    "of_quarter",
    "of_quarters",
    "oldest_to_accept",
    "owed_by",
    "remarks",
    "reminders",
    "revisions",
    "standings",
    "submitted_in",
    "timeliness",
    "to_remind",
]
