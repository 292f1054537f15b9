"""Forms of service requests: the intake, what is done to a request, the follow-up call."""

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TelField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label, language
from portal.kernel.i18n import lazy_gettext as _l
from portal.repairs.models import FaultCode, ServiceRequest
from portal.repairs.rules.follow_ups import CallDraft, CallResult, OpinionTopic, SatisfactionItem
from portal.repairs.rules.records import Way
from portal.repairs.rules.service import LONGEST, Area, Channel, ServiceDraft, ServicePriority
from portal.tenants.models import Dealer
from portal.web.forms import DateField, Form, choices_of


def name_of(fault: FaultCode) -> str:
    """A fault code's name in the reader's language."""
    return fault.name_en if language() == "en" and fault.name_en else fault.name


class IntakeForm(Form):
    """A customer's call (RP-1); what the fields say is judged by the rules."""

    serial = StringField(_l("Serial"), [Length(max=LONGEST["serial"])])
    customer = StringField(_l("Customer"), [InputRequired(_l("Enter the customer's name."))])
    phone = TelField(_l("Phone"), [InputRequired(_l("Enter the customer's phone number."))])
    way = RadioField(_l("Where it is repaired"), default=Way.ON_SITE.value)
    area = RadioField(_l("Way to the customer"), default=Area.URBAN.value)
    address = StringField(_l("Address"), [Length(max=LONGEST["address"])])
    symptom = SelectField(_l("Symptom"))
    words = TextAreaField(_l("In the customer's words"), [Length(max=LONGEST["words"])])
    priority = RadioField(_l("Priority"), default=ServicePriority.ORDINARY.value)
    channel = SelectField(_l("How the call came"), default=Channel.PHONE.value)
    point = SelectField(_l("Selling point"))
    version = HiddenField()

    def __init__(
        self, *args: Any, symptoms: Sequence[FaultCode] = (), points: Sequence[Dealer] = (), **kwargs: Any
    ) -> None:
        """`points`: who may take it; a single one is not asked for."""
        super().__init__(*args, **kwargs)
        self.way.choices = choices_of(Way)
        self.area.choices = choices_of(Area)
        self.priority.choices = choices_of(ServicePriority)
        self.channel.choices = choices_of(Channel)
        self.symptom.choices = [("", _("Not chosen")), *((row.code, name_of(row)) for row in symptoms)]
        self.point.choices = [(str(point.id), point.name) for point in points]
        if len(points) < 2:
            del self.point

    @property
    def draft(self) -> ServiceDraft:
        """What was filled in, once the form is valid."""
        chosen = self.point.data if "point" in self else None
        return ServiceDraft(
            customer=self.customer.data or "",
            phone=self.phone.data or "",
            way=Way(self.way.data),
            area=Area(self.area.data),
            symptom=self.symptom.data or "",
            words=self.words.data or "",
            address=self.address.data or "",
            serial=self.serial.data or "",
            channel=Channel(self.channel.data),
            priority=ServicePriority(self.priority.data),
            point_id=int(chosen) if chosen else 0,
        )


def values_of(request: ServiceRequest, phone: str) -> dict[str, Any]:
    """A request as the intake form shows it; `phone` as it is dialled."""
    return {
        **{name: getattr(request, name) for name in ("serial", "customer", "address", "symptom", "words")},
        **{name: getattr(request, name).value for name in ("way", "area", "priority", "channel")},
        "phone": phone,
        "version": str(request.version),
    }


class ActForm(Form):
    """One thing that is done to a request; each uses the fields that it asks for."""

    note = TextAreaField(_l("Remark"), [Length(max=500)])
    technician = StringField(_l("Technician"), [Length(max=LONGEST["technician"])])
    report = TextAreaField(_l("Fault report"), [Length(max=LONGEST["words"])])
    next_on = DateField(_l("The work goes on on"), [Optional()])
    unit = StringField(_l("Loaner unit"), [Length(max=60)])
    reason = TextAreaField(_l("Reason"), [Length(max=500)])
    without_card = BooleanField(_l("Leave the service card alone"))
    version = HiddenField()


class CallForm(Form):
    """A follow-up call (RP-8)."""

    result = RadioField(_l("What came of the call"), default=CallResult.REACHED.value)
    complaint = BooleanField(_l("The customer complains"))
    topic = SelectField(_l("The opinion is about"))
    opinion = TextAreaField(_l("The customer's words"), [Length(max=500)])
    note = StringField(_l("Remark"), [Length(max=500)])
    version = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.result.choices = choices_of(CallResult)
        self.topic.choices = choices_of(OpinionTopic, blank=_("Not chosen"))
        for item in SatisfactionItem:
            self[f"grade_{item.value}"].label.text = label(item)

    @property
    def grades(self) -> list[Any]:
        """The field of each item, in their order."""
        return [self[f"grade_{item.value}"] for item in SatisfactionItem]

    @property
    def draft(self) -> CallDraft:
        """What was filled in, once the form is valid."""
        chosen = {item: self[f"grade_{item.value}"].data for item in SatisfactionItem}
        return CallDraft(
            result=CallResult(self.result.data),
            grades={item: int(grade) for item, grade in chosen.items() if grade},
            complaint=bool(self.complaint.data),
            topic=OpinionTopic(self.topic.data) if self.topic.data else None,
            opinion=self.opinion.data or "",
            note=self.note.data or "",
        )


for _item in SatisfactionItem:
    setattr(
        CallForm,
        f"grade_{_item.value}",
        RadioField(
            _item.name,
            [Optional()],
            choices=[SelectChoice(str(grade), str(grade)) for grade in (5, 4, 3, 2, 1)],
        ),
    )
