"""Forms of agreements: every term with its clause, explanation, unit and bounds."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import wtforms
from wtforms import (
    FieldList,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.agreements.rules import (
    AMOUNTS,
    BASE_KEYS,
    BOUNDS,
    CLAUSES,
    CURRENCIES,
    DEFAULT_MATRIX,
    FLAGS,
    RATES,
    SETS,
    BaseKind,
    Bearer,
    Claims,
    CostClass,
    CostColumn,
    LateCard,
    Surplus,
    Terms,
    TermsError,
    words,
)
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label, translate
from portal.kernel.i18n import lazy_gettext as _l
from portal.kernel.money import format_rate
from portal.tenants.models import Dealer
from portal.web.forms import DateField, Form, MoneyField, RateField, SafeInteger, choices_of

#: Rows for bases that a fresh form has, and the most that it can have.
ROWS, MOST_ROWS = 2, 8


class BaseRow(wtforms.Form):  # type: ignore[misc]
    """One base of the grant; a row without a kind counts for nothing."""

    class Meta(Form.Meta):
        pass

    kind = SelectField(_l("Basis"), validators=[Optional()])
    rate = RateField(_l("Rate"))
    fee = MoneyField(_l("Fee each"))
    onsite = MoneyField(_l("On-site fee"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = choices_of(BaseKind, blank=_("None"))

    def given(self) -> dict[str, str]:
        """What was typed, as `Terms.parse` reads it; a ratio is typed as a rate."""
        kind = BaseKind(self.kind.data)
        rate = "ratio" if "ratio" in BASE_KEYS[kind] else "rate"
        values = {
            rate: None if self.rate.data is None else format_rate(self.rate.data),
            "fee": None if self.fee.data is None else str(self.fee.data),
            "onsite": None if self.onsite.data is None else str(self.onsite.data),
        }
        return {"kind": kind.value, **{key: value for key, value in values.items() if value is not None}}


def cell(row: CostClass, column: CostColumn) -> str:
    """The field of one cell of the cost matrix."""
    return f"matrix_{row.value}_{column.value}"


class TermsForm(Form):
    """All terms of an agreement; labels and explanations come from the clauses and are set when the form is made."""

    currency = SelectField("")
    bases = FieldList(FormField(BaseRow, ""), "", min_entries=ROWS, max_entries=MOST_ROWS)
    surplus = RadioField("")
    claims = RadioField("")
    late_card = RadioField("")
    #: What a button asks for: another row, the check of what changes, back to the form, or saving.
    act = HiddenField()

    def __init__(self, *args: Any, terms: Terms | None = None, **kwargs: Any) -> None:
        super().__init__(*args, data=_typed(terms or Terms()), **kwargs)
        for name, enum in (
            ("surplus", Surplus),
            ("claims", Claims),
            ("late_card", LateCard),
            *SETS.items(),
        ):
            self[name].choices = choices_of(enum)
        self.currency.choices = [(code, code) for code in CURRENCIES]
        for name in FLAGS:
            self[name].choices = [("yes", _("Yes")), ("no", _("No"))]
        for row in CostClass:
            for column in CostColumn:
                usual = DEFAULT_MATRIX[row][column]
                self[cell(row, column)].choices = [
                    (
                        bearer.value,
                        _("%(bearer)s (usual)", bearer=label(bearer)) if bearer is usual else label(bearer),
                    )
                    for bearer in Bearer
                ]
                self[cell(row, column)].label.text = f"{label(row)}: {label(column)}"
        for key, clause in CLAUSES.items():
            if key in self:
                self[key].label.text = f"{clause.number} {translate(clause.title)}"
                self[key].description = _explained(key)

    @property
    def asked(self) -> str:
        """What the pressed button asks for: `add`, `check`, `edit` or `save`."""
        return self.act.data if self.act.data in ("add", "check", "edit") else "save"

    def add_row(self) -> None:
        """Another row for a base, as long as there is room."""
        if len(self.bases) < MOST_ROWS:
            self.bases.append_entry()

    def terms(self) -> dict[str, Any]:
        """The terms as `Terms.parse` reads them."""
        plain = {
            key: self[key].data for key in (*BOUNDS, *SETS, "currency", "surplus", "claims", "late_card")
        }
        matrix = {
            row.value: {column.value: self[cell(row, column)].data for column in CostColumn}
            for row in CostClass
        }
        return {
            **plain,
            "bases": [row.form.given() for row in self._rows()],
            "matrix": matrix,
            **{key: self[key].data == "yes" for key in FLAGS},
            **{key: str(self[key].data) for key in AMOUNTS},
            **{key: format_rate(self[key].data) for key in RATES},
        }

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Check the form, then each term by its own rules, so that everything wrong is said at once."""
        if not super().validate(*args, **kwargs):
            return False
        terms = self.terms()
        wrong = [self._wrong("bases", [row.form.given()], row.form) for row in self._rows()]
        wrong += [self._wrong(key, value, self) for key, value in terms.items() if key != "bases"]
        return not any(wrong)

    def _rows(self) -> list[Any]:
        return [row for row in self.bases if row.form.kind.data]

    def _wrong(self, key: str, value: object, form: Any) -> bool:
        """Whether this term can't be; the reason then stands beside its field in `form`."""
        try:
            # the kinds of forms can't be told without whether any are owed
            Terms.parse({"forms": self["forms"].data == "yes", key: value})
        except TermsError as error:
            name = error.key.rpartition(".")[2] if key == "bases" else key
            field = form["rate" if name == "ratio" else name]
            field.errors = [*field.errors, translate(error.reason)]
            return True
        return False


for _key in BOUNDS:
    setattr(TermsForm, _key, SafeInteger("", [InputRequired(_l("Enter a whole number."))]))
for _key in SETS:
    _boxes = {"option_widget": CheckboxInput(), "widget": ListWidget(prefix_label=False)}
    setattr(TermsForm, _key, SelectMultipleField("", **_boxes))
for _key in FLAGS:
    setattr(TermsForm, _key, RadioField(""))
for _key in AMOUNTS:
    setattr(TermsForm, _key, MoneyField("", [InputRequired(_l("Enter an amount."))]))
for _key in RATES:
    setattr(TermsForm, _key, RateField("", [InputRequired(_l("Enter a rate such as 2.5%."))]))
for _row in CostClass:
    for _column in CostColumn:
        setattr(TermsForm, cell(_row, _column), SelectField(""))


class DraftForm(TermsForm):
    """A new agreement."""

    dealer = SelectField(_l("Dealer"), coerce=str, validators=[InputRequired(_l("Choose a dealer."))])
    starts = DateField(_l("First day"), [InputRequired(_l("Enter the first day."))])
    ends = DateField(_l("Last day"), [Optional()])

    def __init__(self, *args: Any, dealers: Iterable[Dealer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        options = [(str(dealer.id), f"{dealer.code} {dealer.name}") for dealer in dealers]
        self.dealer.choices = [("", _("Please choose")), *options]

    @property
    def first_day(self) -> dt.date:
        """The day that was entered."""
        assert self.starts.data is not None
        return self.starts.data


class VersionForm(TermsForm):
    """A new version of the terms of an agreement in force."""

    starts = SelectField(_l("Rules from"))
    reason = TextAreaField(
        _l("Reason"), [InputRequired(_l("Say why; both parties read it.")), Length(max=300)]
    )
    #: The number of the newest version that the person saw.
    version = HiddenField()

    def __init__(self, *args: Any, days: Sequence[dt.date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.starts.choices = [(day.isoformat(), day.isoformat()) for day in days]

    @property
    def first_day(self) -> dt.date:
        """The day that was chosen."""
        return dt.date.fromisoformat(self.starts.data)


class RedraftForm(TermsForm):
    """The terms of a draft, written anew."""

    version = HiddenField()


class ActivateForm(Form):
    """Putting a draft in force."""

    version = HiddenField()


class StateForm(Form):
    """Suspending, resuming, ending an agreement, or giving a draft up."""

    version = HiddenField()
    reason = TextAreaField(_l("Reason"), [Length(max=300)])


class TerminateForm(StateForm):
    """Ending an agreement with a last day."""

    last_day = DateField(_l("Last day"), [InputRequired(_l("Enter the last day."))])

    @property
    def day(self) -> dt.date:
        """The day that was entered."""
        assert self.last_day.data is not None
        return self.last_day.data


def _explained(key: str) -> str:
    clause = CLAUSES[key]
    parts = [translate(clause.explanation)]
    if clause.bounds is not None:
        low, high = clause.bounds
        parts.append(
            _("%(low)s to %(high)s; usually %(usual)s.", low=low, high=high, usual=getattr(Terms(), key))
        )
    elif key in (*FLAGS, *AMOUNTS, *RATES):
        usual = translate(words(clause, getattr(Terms(), key))[0])
        parts.append(_("Usually: %(usual)s.", usual=usual))
    return " ".join(parts)


def _typed(terms: Terms) -> dict[str, Any]:
    """The terms as the fields hold them."""
    matrix = {
        cell(row, column): terms.bearer(row, column).value for row in CostClass for column in CostColumn
    }
    bases = [
        {
            "kind": base.kind.value,
            "rate": base.ratio
            if base.kind is BaseKind.PROFIT_SHARE
            else base.rate
            if "rate" in BASE_KEYS[base.kind]
            else None,
            "fee": base.fee if "fee" in BASE_KEYS[base.kind] else None,
            "onsite": base.onsite if "onsite" in BASE_KEYS[base.kind] else None,
        }
        for base in terms.bases
    ]
    return {
        **{key: getattr(terms, key) for key in (*BOUNDS, *AMOUNTS, *RATES)},
        **{key: "yes" if getattr(terms, key) else "no" for key in FLAGS},
        "currency": terms.currency,
        "bases": bases,
        "surplus": terms.surplus.value,
        "claims": terms.claims.value,
        "late_card": terms.late_card.value,
        **{key: [member.value for member in getattr(terms, key)] for key in SETS},
        **matrix,
    }
