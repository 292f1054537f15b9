"""Forms of the ledger: remittances, their reversal, adjustments, files of remittances."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypeVar

from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import lazy_gettext as _l
from portal.kernel.money import ZERO
from portal.ledger.rules import FigureKind
from portal.tenants.models import Dealer
from portal.web.forms import DateField, Form, MoneyField, choices_of

V = TypeVar("V")


def filled(value: V | None) -> V:
    """The value of a field that validation found filled in."""
    assert value is not None
    return value


def dealer_choices(dealers: Sequence[Dealer]) -> list[tuple[str, str]]:
    """Options of a select for dealers, by code."""
    return [("", _("Please choose")), *((dealer.code, f"{dealer.code} {dealer.name}") for dealer in dealers)]


class RemittanceForm(Form):
    """Money that a dealer paid."""

    dealer = SelectField(_l("Dealer"), validators=[InputRequired(_l("Choose a dealer."))])
    date = DateField(_l("Value date"), [InputRequired(_l("Enter the value date."))])
    amount = MoneyField(_l("Amount"), [InputRequired(_l("Enter the amount."))])
    bank_ref = StringField(
        _l("Bank reference"), [InputRequired(_l("Enter the bank's reference.")), Length(max=60)]
    )

    def __init__(self, *args: Any, dealers: Sequence[Dealer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dealer.choices = dealer_choices(dealers)

    @property
    def day(self) -> dt.date:
        """The value date that was entered."""
        return filled(self.date.data)

    @property
    def money(self) -> Decimal:
        """The amount that was entered."""
        amount: Decimal = filled(self.amount.data)
        return amount


class ReverseForm(Form):
    """Taking a remittance back."""

    text = TextAreaField(
        _l("Reason"),
        [InputRequired(_l("Say why; both parties read it.")), Length(max=200)],
        id="reverse-text",
    )


class AdjustForm(Form):
    """An adjustment of a fund, added or taken."""

    dealer = SelectField(_l("Dealer"), validators=[InputRequired(_l("Choose a dealer."))])
    direction = RadioField(_l("Direction"), default="add")
    amount = MoneyField(_l("Amount"), [InputRequired(_l("Enter the amount."))])
    reason = TextAreaField(
        _l("Reason"), [InputRequired(_l("Say why; both parties read it.")), Length(max=200)]
    )

    def __init__(self, *args: Any, dealers: Sequence[Dealer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dealer.choices = dealer_choices(dealers)
        self.direction.choices = [("add", _("Add to the fund")), ("take", _("Take from the fund"))]

    @property
    def signed(self) -> Decimal:
        """The amount with its sign: negative when it is taken."""
        amount: Decimal = abs(filled(self.amount.data))
        return -amount if self.direction.data == "take" else amount


class UploadForm(Form):
    """A file of remittances, to be judged."""

    file = FileField(_l("File"), [FileRequired(_l("Choose a file."))])


class ImportForm(Form):
    """Recording the good rows of a file."""

    #: How many good rows the person saw.
    good = HiddenField()

    @property
    def seen(self) -> int:
        """That number; −1 for what is none, which no file has."""
        text = self.good.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else -1


def figure_kind(text: str | None) -> FigureKind:
    """The kind that a field names; sales for what is none."""
    return FigureKind(text) if text in list(FigureKind) else FigureKind.SALES


class FigureForm(Form):
    """Sales of a dealer, or the result of a period."""

    kind = RadioField(_l("What is recorded"), default=FigureKind.SALES.value)
    dealer = SelectField(_l("Dealer"), validators=[InputRequired(_l("Choose a dealer."))])
    date = DateField(_l("Date"), [InputRequired(_l("Enter the date."))])
    income = MoneyField(_l("Sales, or income"), [InputRequired(_l("Enter the amount."))])
    cost = MoneyField(_l("Cost (of a result)"), [Optional()])
    note = StringField(_l("Note"), [Length(max=200)])

    def __init__(self, *args: Any, dealers: Sequence[Dealer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dealer.choices = dealer_choices(dealers)
        self.kind.choices = choices_of(FigureKind)

    @property
    def of(self) -> FigureKind:
        """Which kind was chosen."""
        return figure_kind(self.kind.data)

    @property
    def day(self) -> dt.date:
        """The date that was entered."""
        return filled(self.date.data)

    @property
    def money(self) -> Decimal:
        """The sales, or the income."""
        amount: Decimal = filled(self.income.data)
        return amount

    @property
    def spent(self) -> Decimal:
        """The cost; nothing entered is nothing spent."""
        amount: Decimal | None = self.cost.data
        return amount or ZERO


class FiguresUploadForm(UploadForm):
    """A file of sales or of results, to be judged."""

    kind = RadioField(_l("What is recorded"), default=FigureKind.SALES.value)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = choices_of(FigureKind)

    @property
    def of(self) -> FigureKind:
        """Which kind was chosen."""
        return figure_kind(self.kind.data)
