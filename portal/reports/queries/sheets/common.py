"""What the compilations of several forms have in common."""

import datetime as dt

from portal.agreements.models import Agreement
from portal.kernel.period import Month
from portal.repairs.queries.months import Symptom

#: Stands for a model that no record knows.
UNKNOWN = "—"
#: The most characters of a fault in a cell.
LONGEST_FAULT = 60


def days_of(agreement: Agreement, month: Month) -> tuple[dt.date, dt.date]:
    """The first and the last day that an agreement has of a month which it touches."""
    return max(month.first, agreement.starts), min(month.last, agreement.ends or dt.date.max)


def model_of(model: str) -> str:
    """A model as lines are named by it."""
    return model or UNKNOWN


def fault_of(symptom: Symptom) -> str:
    """What was wrong, as a cell says it; empty where nobody wrote it down."""
    return str(symptom)[:LONGEST_FAULT]


def words_of(serial: str, symptom: Symptom) -> str:
    """What a reader recognises a repair by."""
    return " · ".join(part for part in (serial, fault_of(symptom)) if part)
