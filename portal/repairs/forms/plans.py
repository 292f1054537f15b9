"""Forms of service plans, cards and planned visits."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, StringField, TelField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from portal.kernel.i18n import lazy_gettext as _l
from portal.repairs.models import DealerPlan, ServicePlan
from portal.repairs.rules.plans import PlanDraft, VisitDraft
from portal.web.forms import DateField, Form, MoneyField, SafeInteger

_WHOLE = _l("Enter a whole number.")


class PlanForm(Form):
    """A service plan (EN-11)."""

    code = StringField(_l("Code"), [InputRequired(_l("Enter a code.")), Length(max=20)])
    name = StringField(
        _l("Name of the plan"), [InputRequired(_l("Enter the name of the plan.")), Length(max=60)]
    )
    respond_hours = SafeInteger(_l("Answered within"), [InputRequired(_WHOLE)])
    visits = SafeInteger(_l("Visits"), [InputRequired(_WHOLE)])
    months = SafeInteger(_l("Valid for"), [InputRequired(_WHOLE)])
    price = MoneyField(_l("Price of a card"), [InputRequired(_l("Enter an amount such as 1,234.50."))])
    planned = SafeInteger(
        _l("Of these, planned maintenance visits"), [Optional(), NumberRange(min=0, max=99)], default=0
    )
    note = StringField(_l("What else it holds"), [Length(max=300)])
    offered = BooleanField(_l("Cards are sold under it"), default=True)

    @property
    def draft(self) -> PlanDraft:
        """What was filled in, once the form is valid."""
        return PlanDraft(
            code=(self.code.data or "").strip().upper(),
            name=self.name.data or "",
            respond_hours=self.respond_hours.data or 0,
            visits=self.visits.data or 0,
            price=self.price.data or Decimal("0.00"),
            months=self.months.data or 0,
            planned=self.planned.data or 0,
            note=self.note.data or "",
        )


class SellForm(Form):
    """A service card that is sold."""

    plan = RadioField(_l("Plan"), [InputRequired(_l("Choose a plan."))], validate_choice=False)
    customer = StringField(_l("Customer"), [InputRequired(_l("Enter the customer's name."))])
    phone = TelField(_l("Phone"), [InputRequired(_l("Enter the customer's phone number."))])
    serial = StringField(_l("Serial"), [Length(max=60)])
    starts = DateField(_l("Valid from"), [Optional()])

    def __init__(self, *args: Any, plans: Sequence[ServicePlan | DealerPlan] = (), **kwargs: Any) -> None:
        """`plans`: those that are offered; the manufacturer's and the dealer's own may have the same code."""
        super().__init__(*args, **kwargs)
        self.plan.choices = [
            (f"{'own' if isinstance(plan, DealerPlan) else 'maker'}:{plan.code}", plan.name) for plan in plans
        ]

    @property
    def chosen(self) -> tuple[str, bool]:
        """Code of the plan, and whether it is the dealer's own."""
        whose, _colon, code = (self.plan.data or "").partition(":")
        return code, whose == "own"


class VisitsForm(Form):
    """Visits that are planned for a unit under contract."""

    serial = StringField(_l("Serial"), [InputRequired(_l("Enter the serial on the plate.")), Length(max=60)])
    customer = StringField(_l("Customer"), [InputRequired(_l("Enter the customer's name."))])
    phone = TelField(_l("Phone"), [InputRequired(_l("Enter the customer's phone number."))])
    address = StringField(_l("Address"), [Length(max=200)])
    what = StringField(_l("What is to be done"), [Length(max=200)])
    first = DateField(_l("First visit on"), [InputRequired(_l("Enter a date such as 2026-11-12."))])
    count = SafeInteger(_l("Number of visits"), [InputRequired(_WHOLE)], default=1)
    every_months = SafeInteger(_l("Months between them"), [Optional()])

    @property
    def draft(self) -> VisitDraft:
        """What was filled in, once the form is valid."""
        assert self.first.data is not None, "a valid form"
        return VisitDraft(
            serial=self.serial.data or "",
            customer=self.customer.data or "",
            phone=self.phone.data or "",
            first=self.first.data,
            address=self.address.data or "",
            what=self.what.data or "",
            count=self.count.data or 0,
            every_months=self.every_months.data or 0,
        )


class ReasonForm(Form):
    """One verb with words; the version that was seen."""

    reason = TextAreaField(_l("Reason"), [Length(max=300)])
    document = StringField(_l("Repair record"), [Length(max=20)])
    version = HiddenField()
