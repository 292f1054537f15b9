"""Forms of quality feedback: what it is about, the problem, and what both sides say in a round (QF-1)."""

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.core import Label
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from portal.catalogue.models import Product
from portal.catalogue.rules import LONGEST
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.i18n import lazy_gettext as _l
from portal.quality.rules import (
    LENGTHS,
    Answer,
    FeedbackDraft,
    FeedbackGrade,
    FeedbackSubject,
    Report,
    UseUnit,
)
from portal.quality.rules.feedback import MOST_UNITS
from portal.web.forms import DateField, Form, SafeInteger, SeenForm, choices_of


class AboutUnitForm(Form):
    """Step 1: the unit that shows the problem."""

    serial = StringField(_l("Serial"), [InputRequired(_l("Enter the serial on the plate.")), Length(max=60)])
    #: The repair record that it is filed from.
    repair = HiddenField()

    @property
    def about(self) -> dict[str, str]:
        """What a draft keeps of it."""
        return {"subject": FeedbackSubject.UNIT.value, "serial": self.serial.data, "model": "", "batch": ""}


class AboutModelForm(Form):
    """Step 1: a production batch of a model; without a batch the model as a whole."""

    model = SelectField(_l("Model"), [InputRequired(_l("Choose a model."))])
    batch = StringField(_l("Batch"), [Optional(), Length(max=LONGEST)])

    def __init__(self, *args: Any, products: Iterable[Product], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        options = [(product.model, f"{product.model} {product.title}") for product in products]
        self.model.choices = [("", _("Please choose")), *options]

    @property
    def about(self) -> dict[str, str]:
        """What a draft keeps of it."""
        batch = self.batch.data or ""
        subject = FeedbackSubject.BATCH if batch else FeedbackSubject.MODEL
        return {"subject": subject.value, "serial": "", "model": self.model.data, "batch": batch}


class ProblemForm(Form):
    """Step 2: the problem."""

    grade = RadioField(_l("Urgency"))
    found_on = DateField(_l("Found on"), [InputRequired(_l("Enter the day on which it was found."))])
    phenomenon = TextAreaField(
        _l("Phenomenon"), [InputRequired(_l("Say what is wrong.")), Length(max=LENGTHS["phenomenon"])]
    )
    place = StringField(_l("Where"), [Optional(), Length(max=LENGTHS["place"])])
    conditions = TextAreaField(_l("Under which conditions"), [Optional(), Length(max=LENGTHS["conditions"])])
    units = SafeInteger(
        _l("Units with the problem"),
        [InputRequired(_l("Enter how many units have the problem.")), NumberRange(1, MOST_UNITS)],
    )
    used = SafeInteger(_l("Time in use"), [Optional(), NumberRange(0, 10_000)])
    use_unit = SelectField(_l("Counted in"))
    measures = TextAreaField(_l("Measures already taken"), [Optional(), Length(max=LENGTHS["measures"])])
    judgement = TextAreaField(_l("First judgement"), [Optional(), Length(max=LENGTHS["judgement"])])
    suggestion = TextAreaField(_l("What is suggested"), [Optional(), Length(max=LENGTHS["suggestion"])])
    part = StringField(_l("Part or component"), [Optional(), Length(max=LENGTHS["part"])])
    repair_number = StringField(_l("Repair record"), [Optional(), Length(max=20)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.grade.choices = [(grade.value, label(grade)) for grade in FeedbackGrade]
        self.use_unit.choices = choices_of(UseUnit)

    @property
    def typed(self) -> dict[str, str]:
        """The fields as they were typed, for the draft."""
        names = [field.name for field in self if not isinstance(field, HiddenField)]
        return {name: str((self[name].raw_data or [""])[0]) for name in names}

    def draft(self, about: Mapping[str, Any]) -> FeedbackDraft:
        """The feedback as filled in, once the form is valid; `about`: what step 1 kept."""
        assert self.found_on.data is not None, "a valid form"
        assert self.units.data is not None, "a valid form"
        return FeedbackDraft(
            subject=FeedbackSubject(about["subject"]),
            serial=about["serial"],
            model=about["model"],
            batch=about["batch"],
            grade=FeedbackGrade(self.grade.data),
            found_on=self.found_on.data,
            phenomenon=self.phenomenon.data,
            place=self.place.data or "",
            conditions=self.conditions.data or "",
            units=self.units.data,
            used=self.used.data,
            use_unit=UseUnit(self.use_unit.data),
            measures=self.measures.data or "",
            judgement=self.judgement.data or "",
            suggestion=self.suggestion.data or "",
            part=self.part.data or "",
            repair_number=self.repair_number.data or "",
        )


class WordsForm(SeenForm):
    """One verb with words; several of them stand on one page, so that each names its field."""

    text = TextAreaField(_l("In words"), [Optional(), Length(max=LENGTHS["text"])])
    question = BooleanField(_l("It is a question"))

    def __init__(self, name: str, words: str = "", **kwargs: Any) -> None:
        """`name`: of the verb; `words`: what the field is called."""
        super().__init__(**kwargs)
        self.name = name
        for field in (self.text, self.question):
            field.id = f"{name}-{field.name}"
            field.label = Label(
                field.id, (words or field.label.text) if field is self.text else field.label.text
            )


class TakeOnForm(SeenForm):
    """Who is in charge."""

    in_charge = StringField(_l("Person in charge"), [Optional(), Length(max=LENGTHS["in_charge"])])


class AnswerForm(SeenForm):
    """What the manufacturer answers."""

    cause = TextAreaField(
        _l("Cause analysis"),
        [
            InputRequired(_l("Say what caused it, as far as it is known.")),
            Length(max=LENGTHS["cause"]),
        ],
    )
    corrective = TextAreaField(
        _l("Corrective measures"),
        [InputRequired(_l("Say what is done about it.")), Length(max=LENGTHS["corrective"])],
    )
    department = StringField(_l("Responsible department"), [Optional(), Length(max=LENGTHS["department"])])
    complete_on = DateField(_l("In place by"), [Optional()])
    offers = BooleanField(_l("Propose to close it with this answer"))

    @property
    def said(self) -> Answer:
        """The answer as filled in."""
        return Answer(
            cause=self.cause.data or "",
            corrective=self.corrective.data or "",
            department=self.department.data or "",
            complete_on=self.complete_on.data,
            offers=bool(self.offers.data),
        )


class ReportForm(SeenForm):
    """The service report of a major feedback."""

    found = TextAreaField(
        _l("What was found"),
        [InputRequired(_l("Say what was found.")), Length(max=LENGTHS["found"])],
        id="report-found",
    )
    cause = TextAreaField(
        _l("Cause found"),
        [
            InputRequired(_l("Say what caused it, as far as it is known.")),
            Length(max=LENGTHS["cause"]),
        ],
        id="report-cause",
    )
    corrective = TextAreaField(
        _l("Measures"),
        [InputRequired(_l("Say what is done about it.")), Length(max=LENGTHS["corrective"])],
        id="report-corrective",
    )
    units = SafeInteger(
        _l("Units treated"),
        [InputRequired(_l("Enter how many units were treated.")), NumberRange(0, MOST_UNITS)],
        id="report-units",
    )
    verification = TextAreaField(
        _l("Verification"),
        [InputRequired(_l("Say how it was verified.")), Length(max=LENGTHS["verification"])],
        id="report-verification",
    )
    done_on = DateField(_l("Done on"), [InputRequired(_l("Enter the day of the work."))], id="report-done_on")

    @property
    def said(self) -> Report:
        """The report as filled in, once the form is valid."""
        assert self.units.data is not None, "a valid form"
        assert self.done_on.data is not None, "a valid form"
        return Report(
            found=self.found.data,
            cause=self.cause.data,
            corrective=self.corrective.data,
            units=self.units.data,
            verification=self.verification.data,
            done_on=self.done_on.data,
        )
