"""The rules of monthly forms: their states, when they are due, what they consist of, what changed in them."""

from portal.reports.rules.differences import Difference, between, corrections, since
from portal.reports.rules.due import check_submission, days_late, due_on, is_owed, kinds_owed
from portal.reports.rules.entries import LONGEST_REMARKS, EntryDraft, judge, kept_entries, sample
from portal.reports.rules.held import held
from portal.reports.rules.layouts import LAYOUTS
from portal.reports.rules.reminders import AHEAD, ReminderStage, is_near, stage_on
from portal.reports.rules.sheets import (
    SUMMARY,
    TOTAL,
    Column,
    Compiled,
    Earlier,
    Entry,
    Layout,
    Measure,
    Record,
    Row,
    Sheet,
    Source,
    make,
)
from portal.reports.rules.states import FORM, MISSING, FormAction, FormState, Verdict, state_of_month

__all__ = [
    "AHEAD",
    "FORM",
    "LAYOUTS",
    "LONGEST_REMARKS",
    "MISSING",
    "SUMMARY",
    "TOTAL",
    "Column",
    "Compiled",
    "Difference",
    "Earlier",
    "Entry",
    "EntryDraft",
    "FormAction",
    "FormState",
    "Layout",
    "Measure",
    "Record",
    "ReminderStage",
    "Row",
    "Sheet",
    "Source",
    "Verdict",
    "between",
    "check_submission",
    "corrections",
    "days_late",
    "due_on",
    "held",
    "is_near",
    "is_owed",
    "judge",
    "kept_entries",
    "kinds_owed",
    "make",
    "sample",
    "since",
    "stage_on",
    "state_of_month",
]
