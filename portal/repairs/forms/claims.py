"""Forms of claims: a reviewer's decision line by line, the dealer's answer or objection."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import wtforms
from wtforms import FieldList, FormField, HiddenField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.kernel.errors import PortalError
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import lazy_gettext as _l
from portal.kernel.i18n import translate
from portal.repairs.models.claims import ClaimLine
from portal.repairs.rules.claims import ClaimReason
from portal.web.forms import Form, MoneyField, choices_of


def _coded(value: str | None) -> ClaimReason | None:
    """A coded reason; None when none, or none that there is, was chosen."""
    return ClaimReason(value) if value in list(ClaimReason) else None


class GrantRow(wtforms.Form):  # type: ignore[misc]
    """What is granted on one line."""

    class Meta(Form.Meta):
        pass

    line = HiddenField()
    granted = MoneyField(_l("Granted"), [InputRequired(_l("Enter an amount."))])
    reason = SelectField(_l("Reason"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reason.choices = choices_of(ClaimReason, blank=_("No reason of its own"))


class ClaimForm(Form):
    """A decision about a claim: a reason for the whole, amounts and reasons for single lines."""

    reason = SelectField(_l("Reason"), validate_choice=False)
    text = TextAreaField(_l("To the dealer"), [Length(max=500)])
    lines = FieldList(FormField(GrantRow, ""), _l("Lines"), max_entries=60)
    version = HiddenField()

    def __init__(
        self,
        *args: Any,
        usual: Sequence[ClaimLine] = (),
        before: Mapping[str, Decimal] | None = None,
        **kwargs: Any,
    ) -> None:
        """`usual`: draw these lines as asked, or as they stood granted `before` an objection."""
        rows = [{"line": line.key, "granted": (before or {}).get(line.key, line.asked)} for line in usual]
        super().__init__(*args, data={"lines": rows}, **kwargs)
        self.reason.choices = choices_of(ClaimReason, blank=_("Please choose"))

    @property
    def coded(self) -> ClaimReason | None:
        """The reason for the whole claim."""
        return _coded(self.reason.data)

    @property
    def by_key(self) -> Mapping[str, Any]:
        """The row of each line."""
        return {row.form.line.data: row.form for row in self.lines if row.form.line.data}

    @property
    def granted(self) -> dict[str, Decimal] | None:
        """Line → amount; None where no lines were sent: as asked."""
        return {key: row.granted.data for key, row in self.by_key.items()} or None

    @property
    def reasons(self) -> dict[str, ClaimReason]:
        """Line → coded reason, where one was chosen."""
        chosen = {key: _coded(row.reason.data) for key, row in self.by_key.items()}
        return {key: reason for key, reason in chosen.items() if reason is not None}

    def refuse(self, error: PortalError) -> None:
        """A refusal that names a line goes to its amount."""
        row = self.by_key.get(getattr(error, "field", None) or "")
        if row is None:
            super().refuse(error)
            return
        self.status = error.status
        row.granted.errors = [*row.granted.errors, translate(error.text)]


class SayForm(Form):
    """The dealer's words on a claim."""

    text = TextAreaField(
        _l("In words"), [InputRequired(_l("Say it in words; the other side reads it.")), Length(max=500)]
    )
    version = HiddenField()
