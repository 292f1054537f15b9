"""Whether forms came in time, for the assessment of dealers (MF-3, AS-1)."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from portal.agreements import queries as agreements
from portal.kernel.period import Month
from portal.reports.queries.months import OwedForm, owed_months


@dataclass(frozen=True)
class Timeliness:
    """The forms of one month of one agreement by their first submission; what was returned afterwards is no matter."""

    #: in_time + late + missing
    owed: int
    in_time: int
    late: int
    #: Never submitted so far, be the due day past or not.
    missing: int
    #: By how many days the latest of them is late, counted up to `today` for missing ones; 0: none is late.
    days_late: int


def timeliness(
    agreement_ids: Collection[int], months: Collection[Month], today: dt.date
) -> dict[tuple[int, Month], Timeliness]:
    """Agreement and month → how its forms came; months that owe no form are left out."""
    if not agreement_ids or not months:
        return {}
    rows = owed_months(agreements.by_ids(agreement_ids), min(months), max(months), today)
    return {(row.agreement_id, row.month): _timeliness(row.forms) for row in rows if row.month in set(months)}


def _timeliness(forms: tuple[OwedForm, ...]) -> Timeliness:
    sent = [one for one in forms if one.form is not None and one.form.first_submitted_on is not None]
    late = sum(one.late > 0 for one in sent)
    return Timeliness(
        owed=len(forms),
        in_time=len(sent) - late,
        late=late,
        missing=len(forms) - len(sent),
        days_late=max(one.late for one in forms),
    )
