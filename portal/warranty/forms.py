"""Forms of warranty cards: filing in steps, correcting, a file of many, deciding."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wtforms import BooleanField, FileField, HiddenField, SelectField, StringField, TelField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from portal.catalogue.models import Component
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import lazy_gettext as _l
from portal.kernel.text import T
from portal.spreadsheets.rules import Column, day, text
from portal.tenants.models import Dealer
from portal.warranty.rules import LONGEST, LONGEST_REASON, CardDraft, Cause, RejectReason
from portal.web.forms import DateField, Form, SafeInteger, choices_of

#: What a file of many cards holds.
COLUMNS = (
    Column("serial", T("Serial"), text(40), ("序列号", "序號", "机号", "sn", "serial number")),
    Column("sale_date", T("Sale date"), day, ("销售日期", "銷售日期", "购买日期", "sold on")),
    Column(
        "customer", T("Customer"), text(LONGEST["customer"]), ("顾客", "顧客", "顾客姓名", "姓名", "name")
    ),
    Column("phone", T("Phone"), text(40), ("电话", "電話", "顾客电话", "手机", "手机号", "mobile")),
    Column(
        "invoice",
        T("Invoice number"),
        text(LONGEST["invoice"]),
        ("发票号", "發票號碼", "发票号码", "invoice"),
    ),
    Column("address", T("Address"), text(LONGEST["address"]), ("地址", "顾客地址", "住址"), needed=False),
    Column("model", T("Model"), text(40), ("型号", "產品型號", "产品型号"), needed=False),
)


class UnitForm(Form):
    """Step 1: which unit was sold."""

    serial = StringField(_l("Serial"), [InputRequired(_l("Enter the serial on the plate.")), Length(max=60)])


class SaleForm(Form):
    """Step 2: the sale and the customer; what the fields say is judged by the rules (FD-2)."""

    sale_date = DateField(_l("Sale date"), [InputRequired(_l("Enter the day of the sale."))])
    invoice = StringField(_l("Invoice number"), [InputRequired(_l("Enter the number of the invoice."))])
    customer = StringField(_l("Customer"), [InputRequired(_l("Enter the customer's name."))])
    phone = TelField(_l("Phone"), [InputRequired(_l("Enter the customer's phone number."))])
    address = StringField(_l("Address"), [Optional()])
    point = SelectField(_l("Selling point"))

    def __init__(self, *args: Any, points: Sequence[Dealer] = (), **kwargs: Any) -> None:
        """`points`: where the unit may have been sold; a single one is not asked for."""
        super().__init__(*args, **kwargs)
        self.point.choices = [(str(point.id), point.name) for point in points]
        if len(points) < 2:
            del self.point

    def draft(self, serial: str, point_id: int) -> CardDraft:
        """The card as filled in, once the form is valid; `point_id` where none is chosen."""
        assert self.sale_date.data is not None, "a valid form"
        chosen = self.point.data if "point" in self else None
        return CardDraft(
            serial=serial,
            sale_date=self.sale_date.data,
            customer=self.customer.data or "",
            phone=self.phone.data or "",
            invoice=self.invoice.data or "",
            point_id=int(chosen) if chosen else point_id,
            address=self.address.data or "",
        )

    @property
    def typed(self) -> dict[str, str]:
        """The fields as they were typed, for the draft."""
        names = [field.name for field in self if not isinstance(field, HiddenField)]
        return {name: str((self[name].raw_data or [""])[0]) for name in names}


class CorrectForm(SaleForm):
    """What the dealer changes on a card that was sent back."""

    serial = StringField(_l("Serial"), [InputRequired(_l("Enter the serial on the plate.")), Length(max=60)])
    version = HiddenField()


class ReasonForm(Form):
    """One verb with its reason in words; the version that was seen."""

    reason = TextAreaField(_l("Reason"), [Length(max=300)])
    version = HiddenField()


class FileManyForm(Form):
    """A file of many cards."""

    file = FileField(_l("XLSX or CSV file"), [InputRequired(_l("Choose a file."))])


class ReviewForm(Form):
    """A reviewer's decision about one card."""

    reason = SelectField(_l("Reason"), validate_choice=False)
    text = TextAreaField(_l("To the dealer"), [Length(max=500)])
    waive = BooleanField(_l("Forgive that it is late"))
    version = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reason.choices = choices_of(RejectReason, blank=_("Please choose"))

    @property
    def coded(self) -> RejectReason | None:
        """The coded reason; None when none, or none that there is, was chosen."""
        return RejectReason(self.reason.data) if self.reason.data in list(RejectReason) else None


class CoverageForm(Form):
    """Which case: a unit, the day of the fault, what caused it and where."""

    serial = StringField(_l("Serial"), [InputRequired(_l("Enter the serial on the plate.")), Length(max=60)])
    day = DateField(_l("Day of the fault"), [InputRequired(_l("Enter the day of the fault."))])
    cause = SelectField(_l("Cause"), default=Cause.PRODUCT.value)
    component = SelectField(_l("Component"), validate_choice=False, default="")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cause.choices = choices_of(Cause)
        self.component.choices = [("", _("Whole unit"))]

    def offer(self, components: Iterable[Component]) -> None:
        """The components of the product, once it is known; one that it doesn't have counts as the whole unit."""
        options = {component.code: component.title for component in components}
        self.component.choices = [("", _("Whole unit")), *options.items()]
        if self.component.data not in options:
            self.component.data = ""

    @property
    def on(self) -> dt.date:
        """The day that was entered, once the form is valid."""
        assert self.day.data is not None, "a valid form"
        return self.day.data


class ExtensionForm(Form):
    """A longer warranty for one unit."""

    months = SafeInteger(_l("Months more"), [InputRequired(_l("Enter a whole number."))])
    reason = TextAreaField(
        _l("Reason"), [InputRequired(_l("Give a reason; both parties read it.")), Length(max=LONGEST_REASON)]
    )


class AnswerForm(Form):
    """The manufacturer's answer to a request for a longer warranty."""

    #: Which button: grant, or decline.
    act = HiddenField()
    answer = TextAreaField(
        _l("To the dealer"),
        [InputRequired(_l("Give a reason; both parties read it.")), Length(max=LONGEST_REASON)],
    )
    version = HiddenField()


class VersionForm(Form):
    """One verb without words; the version that was seen."""

    version = HiddenField()


def row_draft(values: Mapping[str, Any], point_id: int) -> CardDraft:
    """A row of a file whose cells could all be read."""
    return CardDraft(
        serial=values["serial"],
        sale_date=values["sale_date"],
        customer=values["customer"],
        phone=values["phone"],
        invoice=values["invoice"],
        point_id=point_id,
        address=values["address"] or "",
        model=values["model"].strip().upper() if values["model"] else None,
    )
