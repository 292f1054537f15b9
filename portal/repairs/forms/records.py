"""Forms of repair records: the unit, the work in one page, the last check with consent and signature, small verbs."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import wtforms
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.catalogue.models import Component, Operation
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import lazy_gettext as _l
from portal.kernel.money import ZERO, parse_money, total
from portal.repairs.models.records import FaultCode
from portal.repairs.rules.faults import FaultKind
from portal.repairs.rules.records import (
    LONGEST,
    MOST_LINES,
    MOST_PIECES,
    Category,
    Consent,
    ConsentWay,
    OldPart,
    PartUse,
    RepairDraft,
    Way,
)
from portal.warranty.rules import Cause
from portal.web.forms import DateField, Form, MoneyField, SafeInteger, SeenForm, choices_of, leaves


class RepairUnitForm(Form):
    """Step 1: which unit is repaired."""

    serial = StringField(_l("Serial"), [InputRequired(_l("Enter the serial on the plate.")), Length(max=60)])
    request_number = HiddenField()


class PartRow(wtforms.Form):  # type: ignore[misc]
    """One part that was fitted; a row without a part counts for nothing."""

    class Meta(Form.Meta):
        pass

    part = StringField(_l("Part"), [Length(max=60)])
    pieces = SafeInteger(_l("Pieces"), [Optional(), NumberRange(min=1, max=MOST_PIECES)])
    serial_out = StringField(_l("Old serial"), [Length(max=LONGEST["component"])])
    serial_in = StringField(_l("New serial or lot"), [Length(max=LONGEST["component"])])
    old = SelectField(_l("Old part"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.old.choices = choices_of(OldPart)
        self.old.data = self.old.data or OldPart.KEPT.value


class WorkForm(Form):
    """Step 2: the fault, what was done, what it costs, whose unit it is; what it says is judged by the rules."""

    incident = DateField(
        _l("Fault showed on"), [InputRequired(_l("Enter the day on which the fault showed."))]
    )
    cause = RadioField(_l("Caused by"), default=Cause.PRODUCT.value)
    component = SelectField(_l("Component with its own warranty"), [Optional()])
    symptom = SelectField(_l("Symptom"), [Optional()])
    reason = SelectField(_l("Fault cause"), [Optional()])
    location = SelectField(_l("Fault location"), [Optional()])
    symptom_text = StringField(_l("Symptom in words"), [Optional(), Length(max=LONGEST["symptom_text"])])
    cause_text = StringField(_l("Cause in words"), [Optional(), Length(max=LONGEST["cause_text"])])
    action_text = TextAreaField(_l("Action taken"), [Optional(), Length(max=LONGEST["action_text"])])
    resolved = RadioField(_l("Does it work again?"), default="yes")
    lines = FieldList(FormField(PartRow, ""), _l("Parts fitted"), min_entries=1, max_entries=MOST_LINES)
    operations = SelectMultipleField(
        _l("Work by the fee standard"),
        [Optional()],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    labour = MoneyField(_l("Labour"), [Optional()])
    travel = SelectField(_l("Going on site"), [Optional()])
    onsite = MoneyField(_l("On-site fee"), [Optional()])
    category = RadioField(_l("Category"))
    way = RadioField(_l("How the unit came"), default=Way.BRING_IN.value)
    received_on = DateField(_l("Brought in on"), [Optional()])
    finished_on = DateField(_l("Repaired on"), [Optional()])
    handed_over_on = DateField(_l("Handed over on"), [Optional()])
    technician = StringField(_l("Technician"), [Optional(), Length(max=LONGEST["technician"])])
    customer = StringField(_l("Customer"), [Optional(), Length(max=LONGEST["customer"])])
    phone = TelField(_l("Phone"), [Optional()])
    address = StringField(_l("Address"), [Optional(), Length(max=LONGEST["address"])])

    def __init__(
        self,
        *args: Any,
        components: Sequence[Component] = (),
        codes: Mapping[FaultKind, Sequence[FaultCode]],
        fees: Sequence[tuple[Operation, Decimal]] = (),
        **kwargs: Any,
    ) -> None:
        """`components` of the unit, `codes` of the manufacturer, `fees` of the standard at this unit on its day."""
        super().__init__(*args, **kwargs)
        self.fees = {operation.code: fee for operation, fee in fees}
        self.cause.choices = choices_of(Cause)
        self.category.choices = choices_of(Category)
        self.way.choices = choices_of(Way)
        self.resolved.choices = [SelectChoice("yes", _("Yes")), SelectChoice("no", _("No, not yet"))]
        self.component.choices = [
            SelectChoice("", _("The unit as a whole")),
            *(SelectChoice(row.code, f"{row.title} ({row.code})") for row in components),
        ]
        for name, kind in (
            ("symptom", FaultKind.SYMPTOM),
            ("reason", FaultKind.CAUSE),
            ("location", FaultKind.LOCATION),
        ):
            self[name].choices = [
                SelectChoice("", _("Please choose")),
                *(SelectChoice(row.code, f"{row.code} {row.title}") for row in codes.get(kind, ())),
            ]
        work = [(row, fee) for row, fee in fees if not row.onsite]
        travel = [(row, fee) for row, fee in fees if row.onsite]
        self.operations.choices = [SelectChoice(row.code, f"{row.title} · ¥ {fee}") for row, fee in work]
        self.travel.choices = [
            SelectChoice("", _("Nobody went on site")),
            *(SelectChoice(row.code, f"{row.title} · ¥ {fee}") for row, fee in travel),
        ]
        if not components:
            del self.component
        if not work:
            del self.operations
        if travel:
            del self.onsite
        else:
            del self.travel

    @property
    def typed(self) -> dict[str, list[str]]:
        """Every field as it was typed, for the draft."""
        fields = (field for field in leaves(self) if not isinstance(field, HiddenField))
        return {field.name: [str(value) for value in field.raw_data or ()] for field in fields}

    @property
    def chosen(self) -> tuple[str, ...]:
        """The operations of the fee standard that were ticked, going on site among them."""
        work = list(self.operations.data or ()) if "operations" in self else []
        travel = [self.travel.data] if "travel" in self and self.travel.data else []
        return tuple(code for code in (*work, *travel) if code in self.fees)

    @property
    def standard(self) -> Decimal | None:
        """The labour of the ticked operations; None: none is ticked."""
        work = (
            [code for code in (self.operations.data or ()) if code in self.fees]
            if "operations" in self
            else []
        )
        return total(self.fees[code] for code in work) if work else None

    @property
    def site_fee(self) -> Decimal:
        """The on-site fee: that of the standard where it names one, else what was typed."""
        if "travel" in self:
            return self.fees.get(self.travel.data or "", ZERO)
        return self.onsite.data or ZERO

    @property
    def readable(self) -> bool:
        """Whether what is typed so far makes a record, right or wrong; else `draft` can't be asked for."""
        chosen = ((self.cause, Cause), (self.category, Category), (self.way, Way))
        rows = ((row.form.old, OldPart) for row in self.lines)
        known = all(field.data in list(kind) for field, kind in (*chosen, *rows))
        return known and self.incident.data is not None

    def draft(self, serial: str, request_number: str, consent: Consent | None = None) -> RepairDraft:
        """The record as filled in, once the form is valid; labour that is left out is that of the fee standard."""
        assert self.incident.data is not None, "a valid form"
        labour = self.labour.data if self.labour.data is not None else self.standard
        return RepairDraft(
            serial=serial,
            incident=self.incident.data,
            cause=Cause(self.cause.data),
            category=Category(self.category.data),
            component=(self.component.data or "") if "component" in self else "",
            labour=labour or ZERO,
            onsite=self.site_fee,
            operations=self.chosen,
            symptom=self.symptom.data or "",
            reason=self.reason.data or "",
            location=self.location.data or "",
            symptom_text=self.symptom_text.data or "",
            cause_text=self.cause_text.data or "",
            action_text=self.action_text.data or "",
            parts=tuple(_use(row.form) for row in self.lines if (row.form.part.data or "").strip()),
            way=Way(self.way.data),
            received_on=self.received_on.data,
            finished_on=self.finished_on.data,
            handed_over_on=self.handed_over_on.data,
            resolved=self.resolved.data == "yes",
            technician=self.technician.data or "",
            customer=self.customer.data or "",
            phone=self.phone.data or "",
            address=self.address.data or "",
            request_number=request_number,
            consent=consent,
        )


def _use(row: Any) -> PartUse:
    """A row of the page."""
    return PartUse(
        code=row.part.data.strip().upper(),
        pieces=row.pieces.data if row.pieces.data is not None else 1,
        serial_in=row.serial_in.data or "",
        serial_out=row.serial_out.data or "",
        old=OldPart(row.old.data),
    )


class FinishForm(Form):
    """Step 3: the customer's consent to a price, the signature, and a word about the stock."""

    agreed = BooleanField(_l("The customer agrees to this price"))
    agreed_way = RadioField(_l("How the customer agreed"), [Optional()], default=ConsentWay.SIGNED.value)
    #: The price that the page showed.
    shown = HiddenField()
    #: The upload that holds the drawn signature.
    drawn = HiddenField()
    stock = BooleanField(_l("The parts were there, though the books hold fewer"))
    #: Why a filed record is changed; on the page of a correction only.
    why = StringField(_l("Why the record is changed"), [Optional(), Length(max=300)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agreed_way.choices = choices_of(ConsentWay)

    @property
    def consent(self) -> Consent | None:
        """What the customer agreed to: the price that was shown; None when it was not ticked."""
        if not self.agreed.data or self.agreed_way.data not in list(ConsentWay):
            return None
        try:
            return Consent(parse_money(self.shown.data or ""), ConsentWay(self.agreed_way.data))
        except ValueError:
            return None


class RepairReasonForm(Form):
    """One verb with its reason in words; the version that was seen."""

    reason = TextAreaField(_l("Reason"), [Length(max=300)])
    version = HiddenField()


class ProofForm(SeenForm):
    """A signature or photos for a record as somebody saw it."""

    drawn = HiddenField()


class FaultCodeForm(Form):
    """A line of the lists of fault codes."""

    kind = SelectField(_l("List"))
    code = StringField(_l("Code"), [InputRequired(_l("Enter a code.")), Length(max=40)])
    name = StringField(_l("Name in Chinese"), [InputRequired(_l("Enter a name.")), Length(max=120)])
    name_en = StringField(_l("Name in English"), [Optional(), Length(max=120)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = choices_of(FaultKind)


class FaultNameForm(Form):
    """What may change of a fault code."""

    name = StringField(_l("Name in Chinese"), [InputRequired(_l("Enter a name.")), Length(max=120)])
    name_en = StringField(_l("Name in English"), [Optional(), Length(max=120)])
    active = BooleanField(_l("Is offered"))
    version = HiddenField()
