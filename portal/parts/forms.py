"""Forms of parts requests: the request, the decision, the payment, the shipment, the receipt, its differences."""

from collections.abc import Iterable, Mapping, Sequence
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
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from portal.catalogue.models import Part
from portal.kernel.errors import PortalError
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import lazy_gettext as _l
from portal.kernel.i18n import translate
from portal.kernel.money import ZERO, parse_money
from portal.parts.rules import (
    MOST_LINES,
    MOST_PIECES,
    DifferenceKind,
    DifferenceOutcome,
    Purpose,
    Shipping,
)
from portal.web.forms import DateField, Form, MoneyField, SafeInteger, SeenForm, choices_of

#: Lines that a fresh request has.
LINES = 3


class LineRow(wtforms.Form):  # type: ignore[misc]
    """One part of a request; a row without a part counts for nothing."""

    class Meta(Form.Meta):
        pass

    part = StringField(_l("Part"), [Length(max=60)])
    pieces = SafeInteger(_l("Pieces"), [Optional(), NumberRange(min=1, max=MOST_PIECES)])


class RequestForm(Form):
    """A parts request, checked before it is submitted."""

    lines = FieldList(FormField(LineRow, ""), _l("Parts"), min_entries=LINES, max_entries=MOST_LINES)
    purpose = RadioField(_l("What for"), default=Purpose.STOCK.value)
    purpose_note = StringField(_l("Details of the purpose"), [Length(max=200)])
    needed_by = DateField(_l("Needed by"), [Optional()])
    shipping = RadioField(_l("Shipping"), default=Shipping.ORDINARY.value)
    express = MoneyField(_l("Express surcharge"), [Optional()])
    consent = BooleanField(_l("Consent"))
    #: The excess that the check page showed.
    shown = HiddenField()
    #: What a button asks for: another line, the check, back to the form, or submitting.
    act = HiddenField()

    def __init__(self, *args: Any, parts: Iterable[tuple[Part, Decimal]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.purpose.choices = choices_of(Purpose)
        self.shipping.choices = choices_of(Shipping)
        self.known = {part.code: part for part, _price in parts}

    @property
    def asked(self) -> str:
        """What the pressed button asks for: `add`, `check`, `edit` or `submit`."""
        return self.act.data if self.act.data in ("add", "check", "edit") else "submit"

    def add_row(self) -> None:
        """Another line, as long as there is room."""
        if len(self.lines) < MOST_LINES:
            self.lines.append_entry()

    def code_of(self, row: Any) -> str | None:
        """The code of the part that a row names, by its code or its name; None when there is none."""
        typed = (row.form.part.data or "").strip()
        if typed.upper() in self.known:
            return typed.upper()
        named = [part.code for part in self.known.values() if typed and typed in (part.name, part.name_en)]
        return named[0] if len(named) == 1 else None

    @property
    def pieces(self) -> dict[str, int]:
        """Part → pieces of the rows that make sense so far."""
        found: dict[str, int] = {}
        for row in self._rows():
            code, count = self.code_of(row), row.form.pieces.data
            if code is not None and count is not None and 0 < count <= MOST_PIECES:
                found[code] = count
        return found

    @property
    def surcharge(self) -> Decimal:
        """The express surcharge; nothing for ordinary shipping."""
        return self.express.data or ZERO if self.shipping.data == Shipping.EXPRESS.value else ZERO

    @property
    def shown_excess(self) -> Decimal | None:
        """The excess that the person consented to; None when the browser sent none."""
        try:
            return parse_money(self.shown.data or "")
        except ValueError:
            return None

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Check each row: a part that is supplied, once, with its pieces; at least one."""
        right: bool = super().validate(*args, **kwargs)
        seen: set[str] = set()
        for row in self._rows():
            code = self.code_of(row)
            if code is None:
                _refuse(row.form.part, _("There is no such part to request."))
            elif code in seen:
                _refuse(row.form.part, _("This part is listed twice."))
            elif row.form.pieces.data is None and not row.form.pieces.errors:
                _refuse(row.form.pieces, _("Enter the number of pieces."))
            seen.add(code or "")
            right = right and not row.form.part.errors and not row.form.pieces.errors
        if not self._rows():
            _refuse(self.lines, _("Add at least one part."))
            right = False
        if (
            self.shipping.data == Shipping.EXPRESS.value
            and self.express.data is None
            and not self.express.errors
        ):
            _refuse(self.express, _("Enter the surcharge as quoted, 0.00 if there is none."))
            right = False
        return right

    def _rows(self) -> list[Any]:
        return [
            row
            for row in self.lines
            if (row.form.part.data or "").strip() or row.form.pieces.data is not None
        ]


class PieceRow(wtforms.Form):  # type: ignore[misc]
    """How many pieces of one line."""

    class Meta(Form.Meta):
        pass

    code = HiddenField()
    pieces = SafeInteger(
        _l("Pieces"), [InputRequired(_l("Enter a whole number.")), NumberRange(min=0, max=MOST_PIECES)]
    )
    reason = StringField(_l("Reason"), [Length(max=200)])


class PiecesForm(SeenForm):
    """Pieces line by line; what goes wrong with a part stands beside its line."""

    lines = FieldList(FormField(PieceRow, ""), _l("Lines"), max_entries=MOST_LINES)
    #: The version of the request that the person saw.

    def __init__(self, *args: Any, usual: Sequence[tuple[str, int]] = (), **kwargs: Any) -> None:
        rows = [{"code": code, "pieces": pieces} for code, pieces in usual]
        super().__init__(*args, data={"lines": rows}, **kwargs)

    @property
    def pieces(self) -> dict[str, int]:
        """Part → pieces as entered."""
        return {code: row.pieces.data or 0 for code, row in self.by_code.items()}

    @property
    def reasons(self) -> dict[str, str]:
        """Part → words, where there are any."""
        return {code: row.reason.data for code, row in self.by_code.items() if row.reason.data}

    @property
    def by_code(self) -> Mapping[str, Any]:
        """The row of each part."""
        return {row.form.code.data: row.form for row in self.lines if row.form.code.data}

    def refuse(self, error: PortalError) -> None:
        """A refusal that names a part goes to its line."""
        row = self.by_code.get(getattr(error, "field", None) or "")
        if row is None:
            super().refuse(error)
            return
        self.status = error.status
        _refuse(row.pieces, translate(error.text))

    def need_reasons(self, full: Mapping[str, int]) -> bool:
        """Ask for a reason on each line that gets fewer pieces than in `full`; whether all are there."""
        complete = True
        for code, row in self.by_code.items():
            if (row.pieces.data or 0) < full.get(code, 0) and not row.reason.data:
                _refuse(row.reason, _("Say why; the other side reads it."))
                complete = False
        return complete


class DecideRow(PieceRow):
    """How many pieces of one line are supplied, and of which part."""

    other = StringField(_l("Other part"), [Length(max=60)])


class DecideForm(PiecesForm):
    """The manufacturer's decision."""

    lines = FieldList(FormField(DecideRow, ""), _l("Lines"), max_entries=MOST_LINES)
    express = MoneyField(_l("Express surcharge"), [Optional()])

    @property
    def substitutes(self) -> dict[str, str]:
        """Part as asked → the part that is supplied in its place."""
        return {code: row.other.data for code, row in self.by_code.items() if row.other.data}

    def need_reasons(self, full: Mapping[str, int]) -> bool:
        """Another part needs a reason as fewer pieces do."""
        complete = super().need_reasons(full)
        for row in self.by_code.values():
            if row.other.data and not row.reason.data and not row.reason.errors:
                _refuse(row.reason, _("Say why; the other side reads it."))
                complete = False
        return complete


class RejectForm(Form):
    """Refusing a request as a whole."""

    text = TextAreaField(
        _l("Reason"),
        [InputRequired(_l("Say why; the other side reads it.")), Length(max=200)],
        id="reject-text",
    )
    version = HiddenField()

    seen_version = PiecesForm.seen_version


class ShipForm(PiecesForm):
    """A shipment."""

    carrier = StringField(_l("Carrier"), [InputRequired(_l("Enter the carrier.")), Length(max=60)])
    waybill = StringField(_l("Waybill"), [InputRequired(_l("Enter the waybill number.")), Length(max=60)])
    note = StringField(_l("Remark"), [Length(max=200)])
    late_reason = StringField(_l("Why it leaves late"), [Length(max=200)])

    def need_late_reason(self) -> bool:
        """After the last day to ship a reason is asked for; whether it is there (PT-6)."""
        if not self.late_reason.data:
            _refuse(self.late_reason, _("Say why; the other side reads it."))
        return bool(self.late_reason.data)


class ReceiveRow(PieceRow):
    """How many pieces of one line came in good order, and what is wrong with the others."""

    kind = SelectField(_l("What is wrong"), default=DifferenceKind.SHORT.value)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = choices_of(DifferenceKind)


class ReceiveForm(PiecesForm):
    """What was counted of a shipment."""

    lines = FieldList(FormField(ReceiveRow, ""), _l("Lines"), max_entries=MOST_LINES)

    @property
    def kinds(self) -> dict[str, DifferenceKind]:
        """Part → what is wrong with what is missing of it."""
        return {code: DifferenceKind(row.kind.data) for code, row in self.by_code.items()}


class DifferenceForm(Form):
    """Pieces that turned out wrong or damaged after the receipt."""

    part = SelectField(_l("Part"))
    pieces = SafeInteger(
        _l("Pieces"), [InputRequired(_l("Enter a whole number.")), NumberRange(min=1, max=MOST_PIECES)]
    )
    kind = RadioField(_l("What is wrong"), default=DifferenceKind.DAMAGED.value)
    note = TextAreaField(
        _l("In words"), [InputRequired(_l("Say why; the other side reads it.")), Length(max=200)]
    )

    def __init__(self, *args: Any, parts: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.part.choices = [(code, f"{code} {name}") for code, name in parts]
        self.kind.choices = choices_of(DifferenceKind)


class AnswerForm(Form):
    """The manufacturer's answer to a difference."""

    outcome = RadioField(_l("Answer"), [InputRequired(_l("Choose an answer."))])
    reason = TextAreaField(_l("Reason"), [Length(max=200)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.outcome.choices = choices_of(DifferenceOutcome)


class AgainForm(Form):
    """Sending the pieces of a difference again."""

    carrier = StringField(_l("Carrier"), [InputRequired(_l("Enter the carrier.")), Length(max=60)])
    waybill = StringField(_l("Waybill"), [InputRequired(_l("Enter the waybill number.")), Length(max=60)])
    note = StringField(_l("Remark"), [Length(max=200)])


class PaymentForm(SeenForm):
    """Confirming that bought parts are paid."""

    paid_on = DateField(_l("Paid on"), [InputRequired(_l("Enter a date."))])
    reference = StringField(
        _l("Bank reference"), [InputRequired(_l("Enter the bank's reference.")), Length(max=60)]
    )


class MonthForm(Form):
    """Confirming the parts of a month."""

    #: The digest of the list that the person read.
    digest = HiddenField()


class CancelForm(Form):
    """Cancelling what was not shipped."""

    text = TextAreaField(_l("Reason"), [Length(max=200)], id="cancel-text")
    version = HiddenField()

    seen_version = PiecesForm.seen_version


class EndForm(Form):
    """Ending what is approved and will not be shipped."""

    text = TextAreaField(
        _l("Reason"),
        [InputRequired(_l("Say why; the other side reads it.")), Length(max=200)],
        id="end-text",
    )
    version = HiddenField()

    seen_version = PiecesForm.seen_version


def _refuse(field: Any, text: str) -> None:
    field.errors = [*field.errors, text]
