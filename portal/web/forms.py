"""Forms: fields that take what people type, and one way to submit a form to a command (FD-2, ID-1)."""

import datetime as dt
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any, TypeVar

from flask_wtf import FlaskForm
from wtforms import DateField as WtDateField
from wtforms import Field, FieldList, FileField, FormField, HiddenField, IntegerField, StringField
from wtforms.csrf.core import CSRFTokenField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError
from wtforms.widgets import TextInput

from portal.kernel import money
from portal.kernel.errors import Conflict, Forbidden, NotFound, PortalError, RuleBroken
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label, translate
from portal.kernel.period import Month, Quarter

R = TypeVar("R")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def new_key() -> str:
    """An idempotency key, made when a form is drawn."""
    return uuid.uuid4().hex


class Translations:
    """WTForms' own messages through our catalogues."""

    def gettext(self, string: str) -> str:
        return _(string)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return _(singular if n == 1 else plural)


def clean(value: str | None) -> str | None:
    """Text as typed, without control characters that no database or document wants, and without outer space."""
    return _CONTROL.sub("", value).strip() if isinstance(value, str) else value


class Form(FlaskForm):  # type: ignore[misc]
    """Base of all forms: our translations, cleaned text, an idempotency key, refusals next to their fields."""

    class Meta:
        def get_translations(self, _form: Any) -> Translations:
            return Translations()

        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            if issubclass(unbound_field.field_class, HiddenField) and not unbound_field.args:
                options = {"label": "", **options}
            if issubclass(unbound_field.field_class, StringField):
                filters = [*unbound_field.kwargs.get("filters", ()), clean]
                return unbound_field.bind(form=form, filters=filters, **options)
            return unbound_field.bind(form=form, **options)

    #: Same key, same submit: a second click shows the first result.
    key = HiddenField(default=new_key)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: What the page answers with when `submit` returned nothing.
        self.status = 422
        #: Refusals that belong to no field.
        self.refusals: list[str] = []

    @property
    def submit_key(self) -> str | None:
        """The idempotency key as the browser sent it, if it is one."""
        value = self.key.data or ""
        return value if re.fullmatch(r"[0-9a-f]{32}", value) else None

    @property
    def problems(self) -> list[tuple[str | None, str]]:
        """Everything wrong, for the summary: (id of the field or None, sentence)."""
        found: list[tuple[str | None, str]] = [(None, text) for text in self.refusals]
        for field in leaves(self, rows=True):
            found += [
                (field.id, str(error)) for error in field.errors if not isinstance(error, dict | list | tuple)
            ]
        return found

    @property
    def carried(self) -> list[tuple[str, str]]:
        """Everything as it was typed, for the hidden fields of a page on which the person checks it."""
        fields = (field for field in leaves(self) if not isinstance(field, FileField | CSRFTokenField))
        return [(field.name, str(value)) for field in fields for value in field.raw_data or ()]

    def submit(self, command: Callable[[], R]) -> R | None:
        """Run `command` if the form is right. None: it is not, and the form says where; answer with `self.status`."""
        if not self.validate():
            self.status = 422
            return None
        try:
            return command()
        except (Forbidden, NotFound):
            raise
        except PortalError as error:
            self.refuse(error)
            return None

    def refuse(self, error: PortalError) -> None:
        """Show a refusal next to its field, or at the top."""
        self.status = error.status
        if isinstance(error, Conflict):
            self.key.data = self.key.raw_data = None
            self.key.data = new_key()
        findings = error.findings if isinstance(error, RuleBroken) else ()
        pairs = [(finding.field, translate(finding.text)) for finding in findings] or [
            (getattr(error, "field", None), translate(error.text))
        ]
        fields = {field.name: field for field in leaves(self, rows=True)}
        for name, text in pairs:
            if name and name in fields:
                fields[name].errors = [*fields[name].errors, text]
            else:
                self.refusals.append(text)


def leaves(fields: Iterable[Any], *, rows: bool = False) -> Iterator[Any]:
    """The fields that hold a value, in repeated rows too (`lines-0-pieces`); `rows`: the lists of rows as well."""
    for field in fields:
        if isinstance(field, FieldList | FormField):
            if rows and isinstance(field, FieldList):
                yield field
            yield from leaves(field, rows=rows)
        else:
            yield field


def typed(field: Any, valuelist: list[Any]) -> str:
    """What was typed into a field whose text is read. Blanks count as nothing, for the check of required fields too."""
    text = (clean(str(valuelist[0])) or "") if valuelist else ""
    if not text:
        field.raw_data = []
    return text


class SafeInteger(IntegerField):  # type: ignore[misc]
    """A whole number of at most 15 digits; longer ones overflow the library's own check."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = typed(self, valuelist)
        if not text:
            self.data = None
            return
        if not re.fullmatch(r"-?[0-9]{1,15}", text):
            self.data = None
            raise ValidationError(_("Enter a whole number."))
        self.data = int(text)


class _ParsedField(Field):  # type: ignore[misc]
    """A text input whose value is parsed; what was typed is shown again when it can't be."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.show(self.data)

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = typed(self, valuelist)
        self.data = None
        if text:
            try:
                self.data = self.parse(text)
            except ValueError:
                raise ValidationError(self.complaint()) from None

    def parse(self, text: str) -> Any:
        raise NotImplementedError

    def show(self, value: Any) -> str:
        return str(value)

    def complaint(self) -> str:
        raise NotImplementedError


class MoneyField(_ParsedField):
    """An amount of money: a Decimal with two places."""

    def parse(self, text: str) -> Decimal:
        return money.parse_money(text)

    def complaint(self) -> str:
        return _("Enter an amount such as 1,234.50.")


class RateField(_ParsedField):
    """A rate such as 2.5%: a Decimal fraction. The sign % may be left out."""

    def parse(self, text: str) -> Decimal:
        return money.parse_rate(text if text.endswith("%") else f"{text}%")

    def show(self, value: Any) -> str:
        return money.format_rate(value)

    def complaint(self) -> str:
        return _("Enter a rate such as 2.5%.")


class MonthField(_ParsedField):
    """A month such as 2026-01."""

    def parse(self, text: str) -> Month:
        return Month.parse(text)

    def complaint(self) -> str:
        return _("Enter a month such as 2026-01.")


class QuarterField(_ParsedField):
    """A quarter such as 2026Q1."""

    def parse(self, text: str) -> Quarter:
        return Quarter.parse(text.upper())

    def complaint(self) -> str:
        return _("Enter a quarter such as 2026Q1.")


class DateField(WtDateField):  # type: ignore[misc]
    """A date: 2026-11-12, 2026/11/12, 20261112 and 2026年11月12日 are all understood."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = typed(self, valuelist)
        self.data = None
        if not text:
            return
        match = re.fullmatch(
            r"([0-9]{4})(?:[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?|([0-9]{2})([0-9]{2}))", text
        )
        try:
            if not match:
                raise ValueError
            year, month, day = (int(part) for part in match.groups() if part)
            if not 1990 <= year <= 2200:
                raise ValueError
            self.data = dt.date(year, month, day)
        except ValueError:
            raise ValidationError(_("Enter a date such as 2026-11-12.")) from None


def sent_number(text: str | None) -> int | None:
    """The id, version or place that a hidden field or an address carries; None for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def seen(form: Form) -> int | None:
    """The version of what the form is about that the person saw, if the browser sent one (OL-1)."""
    return sent_number(form["version"].data)


class SeenForm(Form):
    """A form about something as the person saw it."""

    version = HiddenField()

    @property
    def seen_version(self) -> int | None:
        """The version that was seen; 0: nothing was there yet."""
        return seen(self)


def choices_of(enum: Any, *, blank: str | None = None) -> list[SelectChoice]:
    """Options of a select for an enum, by its labels in the present language."""
    options = [SelectChoice(member.value, label(member)) for member in enum]
    return ([SelectChoice("", blank)] if blank is not None else []) + options
