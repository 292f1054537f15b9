"""Forms of the monthly forms: what the dealer fills in and submits, the manufacturer's decision."""

from flask import request
from wtforms import HiddenField, TextAreaField
from wtforms.validators import Length

from portal.kernel.i18n import lazy_gettext as _l
from portal.reports.rules import LONGEST_REMARKS
from portal.web.forms import Form


class RemarksForm(Form):
    """What the dealer adds to the compiled figures."""

    remarks = TextAreaField(
        _l("Remarks"),
        validators=[Length(max=LONGEST_REMARKS)],
        description=_l("What no record holds, such as units sold without a card."),
    )


class SubmitForm(RemarksForm):
    """Submitting what was checked."""

    seen = HiddenField()


class DecideForm(Form):
    """Accepting or returning a form as it was seen."""

    version = HiddenField()
    reason = TextAreaField(_l("What has to be corrected"), validators=[Length(max=500)])

    @property
    def seen_version(self) -> int | None:
        """Which version of it the person saw."""
        text = self.version.data or ""
        return int(text) if text.isdecimal() and len(text) < 10 else None


class BulkForm(Form):
    """Accepting many at once."""

    @property
    def numbers(self) -> list[str]:
        """The numbers of the ticked forms, at most as many as one page has."""
        return request.form.getlist("sel")[:300]
