"""Forms of old parts: the list of a batch, its shipment, its arrival, the count."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import wtforms
from wtforms import FieldList, FormField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from portal.kernel.errors import PortalError
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import lazy_gettext as _l
from portal.kernel.i18n import translate
from portal.parts.queries.old_parts import Item, Owed
from portal.parts.rules.old_parts import LINE, MOST, MOST_ITEMS, Counted
from portal.tenants.models import Dealer
from portal.web.forms import DateField, Form, SafeInteger, SeenForm

#: Empty lines for parts that no list names.
EXTRA = 2
#: What stands on a tag: the batch, the line, the piece.
_TAG = re.compile(r"([A-Z]{2}-[0-9]{4}-[0-9]{4,9})/([0-9]{1,3})(?:/[0-9]{1,4})?")


def _whole(low: int, high: int = MOST) -> list[Any]:
    return [Optional(), NumberRange(min=low, max=high)]


BOXES = [InputRequired(_l("Enter a whole number.")), NumberRange(min=1, max=999)]


def _id(text: Any) -> int | None:
    """An id or a line number as a hidden field carries it; None for anything else."""
    return int(text) if re.fullmatch("[0-9]{1,9}", str(text or "")) else None


def _refuse(field: Any, text: str) -> None:
    field.errors = [*field.errors, text]


def tag_parts(text: str) -> tuple[str, int] | None:
    """Batch and line of a tag that was scanned or typed; None for anything else."""
    found = _TAG.fullmatch(text.strip().upper())
    return (found[1], int(found[2])) if found else None


class _Row(wtforms.Form):  # type: ignore[misc]
    class Meta(Form.Meta):
        pass


class PackRow(_Row):
    """Pieces of one debt."""

    debt = HiddenField()
    pieces = SafeInteger(_l("Send back"), _whole(0))


class PackForm(Form):
    """Which debts a batch lists."""

    items = FieldList(FormField(PackRow, ""), _l("Old parts"), max_entries=MOST_ITEMS)
    boxes = SafeInteger(_l("Boxes"), BOXES, default=1)
    note = StringField(_l("Remark"), [Length(max=200)])

    def __init__(self, *args: Any, usual: Sequence[Owed] = (), **kwargs: Any) -> None:
        rows = [{"debt": owed.row.id, "pieces": owed.listable} for owed in usual]
        super().__init__(*args, data={"items": rows}, **kwargs)

    @property
    def by_debt(self) -> dict[int, Any]:
        """The row of each debt."""
        rows = ((_id(row.form.debt.data), row.form) for row in self.items)
        return {debt_id: row for debt_id, row in rows if debt_id is not None}

    @property
    def pieces(self) -> dict[int, int]:
        """Debt → pieces as entered."""
        return {debt_id: row.pieces.data or 0 for debt_id, row in self.by_debt.items() if row.pieces.data}

    def refuse(self, error: PortalError) -> None:
        """A refusal that names a debt goes to its line."""
        field = getattr(error, "field", None) or ""
        row = self.by_debt.get(_id(field) or 0)
        if row is None:
            super().refuse(error)
            return
        self.status = error.status
        _refuse(row.pieces, translate(error.text))


class SendForm(SeenForm):
    """A batch leaves."""

    carrier = StringField(_l("Carrier"), [InputRequired(_l("Enter the carrier.")), Length(max=60)])
    waybill = StringField(_l("Waybill"), [InputRequired(_l("Enter the waybill number.")), Length(max=60)])
    boxes = SafeInteger(_l("Boxes"), BOXES, default=1)


class UnpackForm(SeenForm):
    """A batch is taken apart."""

    text = TextAreaField(_l("Reason"), [Length(max=200)], id="unpack-text")


class ArriveForm(SeenForm):
    """A batch is there."""

    arrived_on = DateField(_l("Arrived on"), [InputRequired(_l("Enter a date such as 2026-11-12."))])


class FoundRow(_Row):
    """What was found of one line: `matching` empty means all that came."""

    place = HiddenField()
    came = SafeInteger(_l("Came"), _whole(0))
    matching = SafeInteger(_l("Matches"), _whole(0))
    reusable = SafeInteger(_l("Reusable"), _whole(0))
    note = StringField(_l("Remark"), [Length(max=200)])

    @property
    def counted(self) -> Counted:
        """The same for the rules."""
        came = self.came.data or 0
        matching = came if self.matching.data is None else self.matching.data
        return Counted(came, matching, self.reusable.data or 0, self.note.data or "")

    @property
    def errors_of_row(self) -> list[str]:
        """Everything wrong in it."""
        return [
            str(error)
            for field in (self.came, self.matching, self.reusable, self.note)
            for error in field.errors
        ]


class ExtraRow(FoundRow):
    """A part that no line names."""

    part = StringField(_l("Part"), [Length(max=60)])

    @property
    def code(self) -> str:
        """The part's code as it is kept; empty for an empty line."""
        return (self.part.data or "").strip().upper()


class CountForm(SeenForm):
    """The count of a batch, typed or scanned tag by tag."""

    items = FieldList(FormField(FoundRow, ""), _l("Lines"), max_entries=MOST_ITEMS)
    extra = FieldList(FormField(ExtraRow, ""), _l("Not on the list"), min_entries=EXTRA, max_entries=50)
    tag = StringField(_l("Scan or type a tag"), [Length(max=60)])
    #: Tags that were scanned already, so that one piece counts once.
    scanned = HiddenField()
    #: What a button asks for: a scan, all as listed, or the count.
    act = HiddenField()

    def __init__(self, *args: Any, listed: Iterable[Item] = (), **kwargs: Any) -> None:
        super().__init__(*args, data={"items": [{"place": item.place} for item in listed]}, **kwargs)

    @property
    def asked(self) -> str:
        """What the pressed button asks for: `scan`, `all` or `count`."""
        return self.act.data if self.act.data in ("scan", "all") else "count"

    @property
    def by_place(self) -> dict[int, Any]:
        """The row of each line."""
        rows = ((_id(row.form.place.data), row.form) for row in self.items)
        return {place: row for place, row in rows if place is not None}

    @property
    def found(self) -> dict[int, Counted]:
        """Line → what was found."""
        return {place: row.counted for place, row in self.by_place.items()}

    @property
    def unlisted(self) -> dict[str, Counted]:
        """Part → what was found that no line names."""
        return {row.form.code: row.form.counted for row in self.extra if row.form.code}

    def fill(self, items: Iterable[Item]) -> None:
        """Everything as listed; what differs is corrected then."""
        for item in items:
            row = self.by_place.get(item.place)
            if row is not None and row.came.data is None:
                _set(row.came, item.listed)
                _set(row.matching, item.listed)

    def scan(self, number: str) -> None:
        """Count the piece whose tag was scanned: it came, and it matches until somebody says otherwise."""
        text = (self.tag.data or "").strip().upper()
        read = tag_parts(text)
        row = self.by_place.get(read[1]) if read and read[0] == number else None
        tags = (self.scanned.data or "").split()
        if row is None:
            _refuse(self.tag, _("This tag does not belong to %(number)s.", number=number))
            return
        if text in tags:
            _refuse(self.tag, _("This tag is counted already."))
            return
        _set(row.came, (row.came.data or 0) + 1)
        _set(row.matching, (row.matching.data or 0) + 1)
        _set(self.scanned, " ".join([*tags, text])[-8000:])
        _set(self.tag, "")

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Every line is counted: nothing is taken for none."""
        right: bool = super().validate(*args, **kwargs)
        for row in self.by_place.values():
            if row.came.data is None and not row.came.errors:
                _refuse(row.came, _("Enter how many came, 0 for none."))
                right = False
        return right

    def refuse(self, error: PortalError) -> None:
        """A refusal that names a line or a part goes there."""
        field = getattr(error, "field", None) or ""
        row = self.by_place.get(_id(field.removeprefix(LINE)) or 0) if field.startswith(LINE) else None
        extra = {one.form.code: one.form.part for one in self.extra if one.form.code}
        wrong = row.note if row is not None else extra.get(field.upper())
        if wrong is None:
            super().refuse(error)
            return
        self.status = error.status
        _refuse(wrong, translate(error.text))


class ReceiveRow(_Row):
    """A part that came without a list."""

    part = StringField(_l("Part"), [Length(max=60)])
    code = ExtraRow.code
    pieces = SafeInteger(_l("Matching pieces"), _whole(1))
    reusable = SafeInteger(_l("Reusable"), _whole(0))


class WalkInForm(Form):
    """Old parts that a dealer brings without a list."""

    dealer = SelectField(_l("Dealer"), [InputRequired(_l("Choose the dealer."))])
    rows = FieldList(FormField(ReceiveRow, ""), _l("Old parts"), min_entries=4, max_entries=MOST_ITEMS)
    note = StringField(_l("Remark"), [Length(max=200)])

    def __init__(self, *args: Any, dealers: Iterable[Dealer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = list(dealers)
        self.dealer.choices = [
            ("", _("Please choose")),
            *((one.code, f"{one.code} {one.name}") for one in found),
        ]
        self.ids = {one.code: one.id for one in found}

    @property
    def _filled(self) -> list[Any]:
        return [row.form for row in self.rows if row.form.code]

    @property
    def pieces(self) -> dict[str, int]:
        """Part → matching pieces."""
        return {row.code: row.pieces.data or 0 for row in self._filled}

    @property
    def reusable(self) -> dict[str, int]:
        """Part → of these, worth repairing."""
        return {row.code: row.reusable.data or 0 for row in self._filled}

    def refuse(self, error: PortalError) -> None:
        """A refusal that names a part goes to its line."""
        field = (getattr(error, "field", None) or "").upper()
        row = next((row for row in self._filled if row.code == field), None)
        if row is None:
            super().refuse(error)
            return
        self.status = error.status
        _refuse(row.part, translate(error.text))


def _set(field: Any, value: Any) -> None:
    """Show another value than the one that was typed."""
    field.data = value
    field.raw_data = [str(value)]
