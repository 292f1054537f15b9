"""Forms of the settlement: starting runs, lifting holds, answering statements."""

from flask import request
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import Length

from portal.kernel.i18n import lazy_gettext as _l
from portal.web.forms import Form

#: What stands before a dealer's code in the name of the field with the reason that lifts its holds.
LIFT = "lift-"


class StartForm(Form):
    """Starting a run: whose holds are lifted, and why."""

    @property
    def trial(self) -> bool:
        """Which of the two buttons was pressed."""
        return "trial" in request.form

    @property
    def overrides(self) -> dict[str, str]:
        """Dealer code → reason, for those that something was written for."""
        fields = {
            name.removeprefix(LIFT): text.strip()
            for name, text in request.form.items()
            if name.startswith(LIFT)
        }
        return {code: reason[:300] for code, reason in fields.items() if reason}


class SeenForm(Form):
    """A decision about something as it was seen."""

    version = HiddenField()

    @property
    def seen_version(self) -> int | None:
        """Which version of it the person saw."""
        text = self.version.data or ""
        return int(text) if text.isdecimal() and len(text) < 10 else None


class LiftForm(Form):
    """Lifting the holds of one dealer."""

    reason = StringField(_l("Reason"), validators=[Length(max=300)])


class ReviseForm(Form):
    """Computing the next revision of one statement."""

    reason = StringField(_l("Why its holds are lifted"), validators=[Length(max=300)])


class DisputeForm(SeenForm):
    """Objecting to a statement."""

    reason = TextAreaField(_l("What is wrong, and with which documents"), validators=[Length(max=1000)])


class ReplyForm(Form):
    """Writing about a dispute."""

    text = TextAreaField(_l("Message"), validators=[Length(max=1000)])
