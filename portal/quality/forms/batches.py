"""Forms of defective batches (RT-6)."""

from collections.abc import Iterable
from typing import Any

from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from portal.catalogue.models import Product
from portal.catalogue.rules import LONGEST
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import lazy_gettext as _l
from portal.quality.rules import LONGEST_REASON
from portal.web.forms import Form, SeenForm


class DeclareForm(Form):
    """A batch of a product, and what is wrong with it."""

    model = SelectField(_l("Model"), [InputRequired(_l("Choose a model."))])
    batch = StringField(_l("Batch"), [InputRequired(_l("Enter the production batch.")), Length(max=LONGEST)])
    reason = TextAreaField(_l("Reason"), [Optional(), Length(max=LONGEST_REASON)])

    #: `count` asks only how many units are affected.
    act = HiddenField()

    def __init__(self, *args: Any, products: Iterable[Product], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        options = [(product.model, f"{product.model} {product.title}") for product in products]
        self.model.choices = [("", _("Please choose")), *options]


class LiftForm(SeenForm):
    """Why a declaration is taken back."""

    reason = TextAreaField(
        _l("Reason"),
        [InputRequired(_l("Say why the declaration is taken back.")), Length(max=LONGEST_REASON)],
    )
