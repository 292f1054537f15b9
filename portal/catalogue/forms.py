"""Forms of the catalogue: products, parts with prices, the fee standard, shipping and receiving units."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from portal.catalogue.models import NAME, Product
from portal.catalogue.rules import LONGEST, Supply
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import lazy_gettext as _l
from portal.tenants.models import Dealer
from portal.web.forms import DateField, Form, MoneyField, SafeInteger

_NEEDED = InputRequired(_l("Enter something here."))
_DAY = InputRequired(_l("Enter a date."))
_AMOUNT = InputRequired(_l("Enter an amount."))


class _Named(Form):
    """A name in both languages."""

    name = StringField(_l("Designation"), [_NEEDED, Length(max=NAME)])
    name_en = StringField(_l("Name in English"), [Optional(), Length(max=NAME)])


class _Changed(_Named):
    """A change of something that somebody else may change at the same time."""

    version = HiddenField()


class ProductForm(_Named):
    """A new model."""

    model = StringField(_l("Model"), [_NEEDED, Length(max=LONGEST)])
    months = SafeInteger(_l("Warranty"), [_NEEDED])


class ProductChange(_Changed):
    """A change of a model."""

    months = SafeInteger(_l("Warranty"), [_NEEDED])
    active = BooleanField(_l("Is still shipped"))


class ComponentForm(_Named):
    """A component with a warranty of its own."""

    code = StringField(_l("Item code"), [_NEEDED, Length(max=LONGEST)])
    months = SafeInteger(_l("Warranty"), [_NEEDED])


class ComponentChange(_Changed):
    """A change of a component."""

    months = SafeInteger(_l("Warranty"), [_NEEDED])


#: How a part is supplied, in the words of the form (PT-5).
_SUPPLY_WORDS = {
    Supply.FUND: _l("Fund: drawn on the dealer's repair fund at the price of the request's day."),
    Supply.PURCHASE: _l("Purchase: paid before it is shipped; it never touches the fund or the statement."),
    Supply.EXCHANGE: _l(
        "Exchange: costs nothing if the old part comes back in time, else it is charged at cost."
    ),
    Supply.FREE: _l("Free: costs nothing, small parts under a unit price."),
    Supply.FLOOR_STOCK: _l("Floor stock: consigned up to a share of the sales, refilled one for one."),
}


class _Supplied(Form):
    """How a part is supplied."""

    supply = RadioField(_l("Supply"), default=Supply.FUND.value)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.supply.choices = [(how.value, str(words)) for how, words in _SUPPLY_WORDS.items()]

    @property
    def chosen_supply(self) -> Supply:
        """The class as the catalogue takes it."""
        return Supply(self.supply.data)


class PartForm(_Named, _Supplied):
    """A new part with its first price."""

    code = StringField(_l("Part number"), [_NEEDED, Length(max=LONGEST)])
    unit = StringField(_l("Unit of count"), [_NEEDED, Length(max=20)])
    price = MoneyField(_l("Price"), [_AMOUNT])
    cost = MoneyField(_l("Cost"), [Optional()])
    starts = DateField(_l("Holds from"), [_DAY])


class PartChange(_Changed, _Supplied):
    """A change of a part."""

    unit = StringField(_l("Unit of count"), [_NEEDED, Length(max=20)])
    fits = StringField(_l("Made for these models"), [Optional(), Length(max=1000)])
    active = BooleanField(_l("Can be requested"))

    @property
    def models(self) -> list[str]:
        """The models that were typed, with commas or spaces between them."""
        return re.split(r"[,，、;；\s]+", self.fits.data or "")


class PriceForm(Form):
    """A new price of a part."""

    price = MoneyField(_l("Price"), [_AMOUNT])
    cost = MoneyField(_l("Cost"), [Optional()])
    starts = DateField(_l("Holds from"), [_DAY])
    version = HiddenField()


class OperationForm(_Named):
    """A new line of the fee standard with its first fee."""

    code = StringField(_l("Item code"), [_NEEDED, Length(max=LONGEST)])
    onsite = BooleanField(_l("A fee for going on site"))
    amount = MoneyField(_l("Amount"), [_AMOUNT])
    starts = DateField(_l("Holds from"), [_DAY])


class OperationChange(_Changed):
    """A change of a line of the fee standard."""

    active = BooleanField(_l("Can be claimed"))


class FeeForm(Form):
    """A new fee of an operation."""

    model = SelectField(_l("For"))
    amount = MoneyField(_l("Amount"), [_AMOUNT])
    starts = DateField(_l("Holds from"), [_DAY])
    version = HiddenField()

    def __init__(self, *, products: Iterable[Product]) -> None:
        super().__init__()
        self.model.choices = [("", _("All products")), *model_choices(products)]


class ShipForm(Form):
    """Units of one model that went to one selling point."""

    dealer = SelectField(_l("Dealer"), [InputRequired(_l("Choose a dealer."))])
    model = SelectField(_l("Model"), [InputRequired(_l("Choose a model."))])
    shipped_on = DateField(_l("Ship date"), [_DAY])
    delivery_note = StringField(_l("Delivery note"), [Optional(), Length(max=60)])
    batch = StringField(_l("Batch"), [Optional(), Length(max=LONGEST)])
    serials = TextAreaField(_l("Serial numbers"), [InputRequired(_l("List at least one serial number."))])

    def __init__(self, *, dealers: Iterable[Dealer], products: Iterable[Product]) -> None:
        super().__init__()
        self.dealer.choices = [("", _("Please choose")), *dealer_choices(dealers)]
        self.model.choices = [("", _("Please choose")), *model_choices(products)]

    @property
    def listed(self) -> list[str]:
        """The serials as they were typed: one a line, or with commas or blanks between."""
        return re.findall(r"[^\s,;，；、]+", self.serials.data or "")


class ReceiveForm(Form):
    """Confirming receipt: of the ticked units, or without any of all that wait."""

    received_on = DateField(_l("Received on"), [_DAY])
    serials = SelectMultipleField(_l("Units"), [Optional()])

    def __init__(self, *, waiting: Sequence[str]) -> None:
        super().__init__()
        self.serials.choices = [(serial, serial) for serial in waiting]


class UploadForm(Form):
    """A file of shipped units."""

    file = FileField(_l("File"), [FileRequired(_l("Choose a file."))])


class DecideForm(Form):
    """What becomes of a file whose rows were judged."""

    version = HiddenField()


def given(field: Any) -> Any:
    """The value of a field that its form has checked to be there."""
    return field.data


def seen(form: Form) -> int | None:
    """The version that the person saw, if the browser sent one."""
    text = form["version"].data or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def dealer_choices(dealers: Iterable[Dealer]) -> list[tuple[str, str]]:
    """Options for dealers and their sub-dealers by code."""
    return [(dealer.code, f"{dealer.code} {dealer.name}") for dealer in dealers if dealer.active]


def model_choices(products: Iterable[Product]) -> list[tuple[str, str]]:
    """Options for models."""
    return [(product.model, f"{product.model} {product.title}") for product in products]
