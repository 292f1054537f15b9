"""Forms of the monthly forms: what the dealer fills in and submits, the manufacturer's decision."""

import hashlib
from typing import Any

from flask import request
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Length

from portal.agreements.rules import FormKind
from portal.kernel.errors import PortalError
from portal.kernel.i18n import label, translate
from portal.kernel.i18n import lazy_gettext as _l
from portal.reports.rules import LONGEST_REMARKS, EntryDraft, Layout, Verdict
from portal.reports.rules.entries import LONGEST_REASON
from portal.web.forms import Form, SeenForm, choices_of, clean

#: No form has more cells, and nobody adds more lines.
MOST_FIELDS, MOST_ADDED = 8000, 60


def field_id(name: str) -> str:
    """The id of a cell's field, whose name may hold anything."""
    return f"f-{hashlib.sha256(name.encode()).hexdigest()[:12]}"


class SheetForm(SeenForm):
    """One form as the dealer fills it in: `column@row` holds a cell, `why@column@row` the reason of a correction."""

    remarks = TextAreaField(
        _l("Explanation"),
        validators=[Length(max=LONGEST_REMARKS)],
        description=_l("What no record holds, such as units sold without a card."),
    )

    def __init__(self, layout: Layout, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.layout = layout
        #: Name of a cell's field → what is wrong with it.
        self.cell_errors: dict[str, str] = {}

    @property
    def typed(self) -> dict[str, str]:
        """The cells and reasons as they were typed."""
        fields = list(request.form.items())[:MOST_FIELDS]
        return {name: clean(text) or "" for name, text in fields if "@" in name}

    @property
    def drafts(self) -> list[EntryDraft]:
        """The cells that something was typed into, without the one whose correction is taken back."""
        typed, undone = self.typed, request.form.get("undo")
        cells = [name for name, text in typed.items() if text and not name.startswith("why@")]
        return [
            EntryDraft(row, column, typed[name], typed.get(f"why@{name}", ""))
            for name in cells
            if name != undone
            for column, _at, row in [name.partition("@")]
        ]

    @property
    def added(self) -> list[str]:
        """Keys of the lines that the dealer added and has not filled in yet."""
        chosen = request.form.get("line", "") if request.form.get("then") == "add" else ""
        keys = [*request.form.getlist("added"), chosen]
        return list(dict.fromkeys(key for key in keys if key))[:MOST_ADDED]

    def refuse(self, error: PortalError) -> None:
        """Show a refusal beside its cell, else as every form does."""
        name = getattr(error, "field", None) or ""
        if "@" not in name:
            super().refuse(error)
            return
        self.status = error.status
        self.cell_errors[name] = translate(error.text)

    @property
    def problems(self) -> list[tuple[str | None, str]]:
        found = super().problems
        for name, text in self.cell_errors.items():
            column, _at, row = name.removeprefix("why@").partition("@")
            words = [translate(one.words) for one in self.layout.columns if one.key == column]
            found.append((field_id(name), ": ".join([" · ".join([self._line(row), *words]), text])))
        return found

    def _line(self, key: str) -> str:
        """What a line is called: a member by its label, else by its key."""
        members = {member.value: member for member in self.layout.columns[0].names or ()}
        return label(members[key]) if key in members else key


class SubmitForm(Form):
    """Submitting the forms of a month whose figures were seen: `seen-<kind>` holds the hash of each."""

    remarks = TextAreaField(
        _l("Explanation"),
        validators=[Length(max=LONGEST_REMARKS)],
        description=_l("Goes with the forms that have no explanation of their own."),
    )

    @property
    def seen(self) -> dict[FormKind, str]:
        """The forms that the page showed, each with the hash of its figures."""
        return {kind: text for kind in FormKind if (text := request.form.get(f"seen-{kind.value}"))}


class ResubmitForm(SeenForm):
    """Submitting a form anew."""

    reason = TextAreaField(_l("Why it is submitted again"), validators=[Length(max=LONGEST_REASON)])


class DecideForm(SeenForm):
    """Accepting or returning a form as it was seen."""

    reason = TextAreaField(_l("What has to be corrected"), validators=[Length(max=500)])


class BulkForm(Form):
    """Accepting many at once."""

    @property
    def numbers(self) -> list[str]:
        """The numbers of the ticked months' forms, at most as many as one page has."""
        ticked = ",".join(request.form.getlist("sel")).split(",")
        return [number for number in ticked if number][:2000]


class MonthForm(Form):
    """Accepting the forms of a month as they were seen: `seen` holds number and version of each that waits."""

    @property
    def seen(self) -> dict[str, int]:
        """The forms that the page showed as waiting, each with its version."""
        pairs = (text.rpartition(":") for text in request.form.getlist("seen"))
        return {number: int(version) for number, _at, version in pairs if version.isdecimal()}


class RemarkForm(Form):
    """What the auditor says about a line or figure."""

    row = SelectField(_l("Line"), validate_choice=False)
    column = SelectField(_l("Figure"), validate_choice=False)
    text = TextAreaField(_l("Remark"), validators=[Length(max=500)])


class CheckForm(Form):
    """What was found on one record of a sample."""

    record = HiddenField()
    verdict = RadioField(_l("What was found"), validate_choice=True)
    note = StringField(_l("Note"), validators=[Length(max=300)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.verdict.choices = choices_of(Verdict)
