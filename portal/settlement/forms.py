"""Forms of the settlement: starting runs, lifting holds, answering statements."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask import request
from wtforms import SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import lazy_gettext as _l
from portal.tenants.models import Dealer
from portal.web.forms import Form, MoneyField, SeenForm

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


class CancelForm(Form):
    """Proposing to cancel a quarter's fees."""

    dealer = SelectField(_l("Dealer"), validators=[InputRequired(_l("Choose a dealer."))])
    quarter = SelectField(_l("Quarter"), validators=[InputRequired(_l("Choose a quarter."))])
    evidence = SelectMultipleField(
        _l("Falsified cards"),
        [Optional()],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        validate_choice=False,
    )
    reason = TextAreaField(
        _l("Reason"), [InputRequired(_l("Say why; both parties read it.")), Length(max=300)]
    )

    def __init__(
        self,
        *args: Any,
        dealers: Sequence[Dealer],
        quarters: Sequence[tuple[str, str]],
        cards: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.dealer.choices = [("", _("Please choose")), *((d.code, f"{d.code} {d.name}") for d in dealers)]
        self.quarter.choices = list(quarters)
        self.evidence.choices = list(cards)


class WithdrawForm(SeenForm):
    """Taking something back that was proposed, prepared or offered."""

    text = TextAreaField(_l("Why"), [Length(max=300)], id="withdraw-text")


class HandoverForm(Form):
    """Offering to take over residual duties."""

    amount = MoneyField(_l("Settled amount"), [InputRequired(_l("Enter the amount."))])
    reason = TextAreaField(
        _l("What is taken over"), [InputRequired(_l("Say why; both parties read it.")), Length(max=300)]
    )

    @property
    def money(self) -> Decimal:
        """The amount that was entered."""
        assert self.amount.data is not None, "validation found it filled in"
        amount: Decimal = self.amount.data
        return amount


class WriteOffForm(Form):
    """Putting claims on a notice; all of them are ticked at first."""

    entries = SelectMultipleField(
        _l("Claims"),
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        validate_choice=False,
    )
    note = StringField(_l("Note"), [Length(max=300)])

    def __init__(self, *args: Any, claims: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entries.choices = [(str(entry_id), str(entry_id)) for entry_id in claims]

    @property
    def chosen(self) -> list[int]:
        """Ids of the postings that were ticked."""
        return [int(text) for text in self.entries.data or [] if text.isdecimal() and len(text) < 10]
