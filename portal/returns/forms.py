"""Forms of returns: a unit in the basket, decision, shipment, scanning, disposition."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import request
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from portal.agreements.rules import CostColumn
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.i18n import lazy_gettext as _l
from portal.kernel.money import ZERO
from portal.returns.rules import (
    FAULT,
    NOTE,
    TEXT,
    Condition,
    Disposition,
    Packing,
    Release,
    ReturnLine,
    ReturnReason,
)
from portal.warranty.rules import Cause
from portal.web.forms import DateField, Form, MoneyField, SafeInteger, SeenForm, choices_of


class SerialForm(Form):
    """The next unit for the basket."""

    serial = StringField(_l("Serial"), [InputRequired(_l("Enter the serial on the plate.")), Length(max=60)])


class UnitForm(Form):
    """What the dealer says of one unit."""

    found = DateField(
        _l("Fault found on"), [InputRequired(_l("Enter the day on which the fault was found."))]
    )
    cause = RadioField(_l("Cause"), validate_choice=True)
    fault = TextAreaField(
        _l("Fault"), [InputRequired(_l("Say what is wrong with the unit.")), Length(max=FAULT)]
    )
    repair = SelectField(_l("Repair that was tried"), [Optional()])
    packing = SelectField(_l("Packing"))

    def __init__(self, *args: Any, repairs: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        """`repairs`: number and words of the repair records of the unit."""
        super().__init__(*args, **kwargs)
        self.cause.choices = [(cause.value, label(cause)) for cause in Cause]
        self.packing.choices = choices_of(Packing)
        self.repair.choices = [("", _("None")), *repairs]

    def line(self, serial: str, photos: tuple[int, ...]) -> ReturnLine:
        """The line as filled in, once the form is valid."""
        assert self.found.data is not None, "a valid form"
        return ReturnLine(
            serial=serial,
            found=self.found.data,
            cause=Cause(self.cause.data),
            repair_number=self.repair.data or "",
            fault=self.fault.data or "",
            packing=Packing(self.packing.data),
            photos=photos,
        )


class SubmitForm(Form):
    """The last page before submitting."""

    note = TextAreaField(_l("To the manufacturer"), [Optional(), Length(max=TEXT)])
    shown = HiddenField()


class AnswerForm(SeenForm):
    """What the dealer adds; per unit the repair record that shows the attempt (`repair-SERIAL`)."""

    text = TextAreaField(_l("What you added"), [InputRequired(_l("Say what you added.")), Length(max=TEXT)])

    def repairs(self, serials: Sequence[str]) -> dict[str, str]:
        """Serial → the record that is named for it now."""
        return {
            serial: number
            for serial in serials
            if (number := request.form.get(f"repair-{serial}", "").strip()[:20])
        }


class ReasonForm(SeenForm):
    """One verb with its reason in words."""

    text = TextAreaField(_l("Reason"), [Length(max=NOTE)])


class ShipForm(SeenForm):
    """How the units travel."""

    carrier = StringField(_l("Carrier"), [InputRequired(_l("Enter the carrier.")), Length(max=60)])
    waybill = StringField(
        _l("Waybill"), [InputRequired(_l("Enter the number of the waybill.")), Length(max=60)]
    )
    cartons = SafeInteger(_l("Cartons"), [Optional(), NumberRange(1, 9999)])
    note = StringField(_l("Remark"), [Optional(), Length(max=NOTE)])


class DecideForm(SeenForm):
    """The decision unit by unit: ticked ones may be sent, the others need a reason."""

    waive = BooleanField(_l("Waive the repair attempt"))
    text = TextAreaField(_l("To the dealer"), [Optional(), Length(max=TEXT)])

    @property
    def approved(self) -> list[str]:
        """The serials that are ticked."""
        return request.form.getlist("approve")[:200]

    def reason(self, serial: str) -> str:
        """The coded reason as it was chosen for a unit."""
        return request.form.get(f"reason-{serial}", "")

    def words(self, serial: str) -> str:
        """The words that were typed for a unit."""
        return request.form.get(f"text-{serial}", "").strip()[:TEXT]

    def reasons(self, serials: Sequence[str]) -> dict[str, ReturnReason]:
        """Serial → why it is rejected, of those that have a reason."""
        return {s: ReturnReason(code) for s in serials if (code := self.reason(s)) in list(ReturnReason)}

    def need_reasons(self, serials: Sequence[str]) -> bool:
        """Whether every unit that is not ticked has its reason; else the form says which lacks one."""
        given = self.reasons(serials)
        lacking = [s for s in serials if s not in self.approved and s not in given]
        self.refusals += [_("%(serial)s: choose a reason for rejecting it.", serial=s) for s in lacking]
        return not lacking


class AskForm(SeenForm):
    """What is missing."""

    reason = SelectField(_l("Reason"), validate_choice=False)
    text = TextAreaField(_l("What is missing"), [Length(max=TEXT)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reason.choices = choices_of(ReturnReason, blank=_("Please choose"))

    @property
    def coded(self) -> ReturnReason:
        """The coded reason; without one it is insufficient information."""
        code = self.reason.data
        return ReturnReason(code) if code in list(ReturnReason) else ReturnReason.INSUFFICIENT_INFORMATION


class ScanForm(Form):
    """One unit at the warehouse's door; what it looks like is asked once and stays chosen."""

    serial = StringField(_l("Serial or RMA number"), [Length(max=200)])
    condition = SelectField(_l("Condition"))
    packing = SelectField(_l("Packing"))
    complete = BooleanField(_l("Complete, with everything that belongs to it"))
    note = StringField(_l("Remark"), [Optional(), Length(max=NOTE)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.condition.choices = choices_of(Condition)
        self.packing.choices = choices_of(Packing)


class CountForm(SeenForm):
    """The end of the count of a request."""

    listed = RadioField(_l("Packing list"))
    note = StringField(_l("Remark"), [Optional(), Length(max=NOTE)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.listed.choices = [
            ("yes", _("A proper list came along: what it names and was not counted stays missing")),
            ("no", _("No proper list: the count stands, what was not counted was not sent")),
        ]


class LetGoForm(SeenForm):
    """Units that never came."""

    text = TextAreaField(
        _l("Reason"),
        [InputRequired(_l("Say why it is not waited for any longer.")), Length(max=NOTE)],
        id="let-go-text",
    )

    @property
    def serials(self) -> list[str]:
        """The serials that are ticked."""
        return request.form.getlist("serial")[:200]


class InspectForm(SeenForm):
    """What was found on a unit."""

    text = TextAreaField(_l("What was found"), [Length(max=TEXT)])


class AheadForm(SeenForm):
    """The unit in exchange that is sent before the old one comes."""

    new_serial = StringField(
        _l("Serial of the unit in exchange"),
        [InputRequired(_l("Enter the serial of the unit in exchange.")), Length(max=60)],
    )


class DisposeForm(SeenForm):
    """What becomes of a unit, and what it costs."""

    disposition = RadioField(_l("What becomes of the unit"))
    new_serial = StringField(_l("Serial of the unit in exchange"), [Optional(), Length(max=60)])
    inbound = MoneyField(_l("Freight to the manufacturer"))
    outbound = MoneyField(_l("Freight back"))
    parts = MoneyField(_l("Parts used"))
    labour = MoneyField(_l("Labour"))
    note = TextAreaField(_l("To the dealer"), [Optional(), Length(max=TEXT)])

    def __init__(self, *args: Any, only: Sequence[Disposition] = tuple(Disposition), **kwargs: Any) -> None:
        """`only`: what may become of this unit."""
        super().__init__(*args, **kwargs)
        self.disposition.choices = [(member.value, label(member)) for member in only]

    @property
    def costs(self) -> Mapping[CostColumn, Decimal]:
        """The costs as typed; an empty one is nothing."""
        return {column: self[column.value].data or ZERO for column in CostColumn}


class ReleaseForm(Form):
    """How a unit leaves quarantine."""

    how = SelectField(_l("What happens to it"))
    note = StringField(_l("Remark"), [Optional(), Length(max=NOTE)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.how.choices = choices_of(Release)
