"""Forms of a dealer's stock: a count, a minimum, parts that go back."""

import re
from collections.abc import Iterable
from typing import Any

import wtforms
from wtforms import FieldList, FormField, HiddenField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from portal.kernel.errors import PortalError
from portal.kernel.i18n import lazy_gettext as _l
from portal.kernel.i18n import translate
from portal.parts.queries.stock import Kept
from portal.parts.rules.stock import MOST_COUNTED, MOST_STOCK
from portal.web.forms import Form, SafeInteger

#: Empty lines for parts that the books don't know.
EXTRA = 3


class CountRow(wtforms.Form):  # type: ignore[misc]
    """What was counted of one part; left empty, it is not counted."""

    class Meta(Form.Meta):
        pass

    part = StringField(_l("Part"), [Length(max=60)])
    #: What the books said when the sheet was drawn.
    book = HiddenField()
    counted = SafeInteger(_l("Counted"), [Optional(), NumberRange(min=0, max=MOST_STOCK)])
    reason = StringField(_l("Why they differ"), [Length(max=200)])

    @property
    def code(self) -> str:
        """The part's code as it is kept; empty for an empty line."""
        return (self.part.data or "").strip().upper()


class CountForm(Form):
    """A count of the stock."""

    lines = FieldList(FormField(CountRow, ""), _l("Parts"), max_entries=MOST_COUNTED)
    extra = FieldList(
        FormField(CountRow, ""), _l("Parts that are not in the books"), min_entries=EXTRA, max_entries=50
    )
    note = StringField(_l("Remark"), [Length(max=200)])

    def __init__(self, *args: Any, kept: Iterable[Kept] = (), **kwargs: Any) -> None:
        rows = [{"part": one.part.code, "book": one.need.stock} for one in kept]
        super().__init__(*args, data={"lines": rows[:MOST_COUNTED]}, **kwargs)

    @property
    def _counted(self) -> dict[str, Any]:
        rows = [row.form for row in (*self.lines, *self.extra)]
        return {row.code: row for row in rows if row.code and row.counted.data is not None}

    @property
    def counted(self) -> dict[str, int]:
        """Part → pieces found."""
        return {code: row.counted.data for code, row in self._counted.items()}

    @property
    def seen(self) -> dict[str, int]:
        """Part → what the books said on the sheet."""
        books = {code: str(row.book.data or "") for code, row in self._counted.items()}
        return {code: int(book) for code, book in books.items() if re.fullmatch("-?[0-9]{1,9}", book)}

    @property
    def reasons(self) -> dict[str, str]:
        """Part → why the count differs."""
        return {code: row.reason.data for code, row in self._counted.items() if row.reason.data}

    def refuse(self, error: PortalError) -> None:
        """A refusal that names a part goes to its line."""
        row = self._counted.get((getattr(error, "field", None) or "").upper())
        if row is None:
            super().refuse(error)
            return
        self.status = error.status
        row.counted.errors = [*row.counted.errors, translate(error.text)]

    def redraw(self, books: dict[str, int]) -> None:
        """After a refusal the sheet shows what the books say now."""
        for row in (*self.lines, *self.extra):
            if row.form.code in books:
                row.form.book.data = books[row.form.code]
                row.form.book.raw_data = None


class MinimumForm(Form):
    """How many pieces of a part should be there at least."""

    minimum = SafeInteger(
        _l("Minimum stock"), [InputRequired(_l("Enter a whole number.")), NumberRange(min=0, max=MOST_STOCK)]
    )


class SendBackForm(Form):
    """Unused parts go back to the manufacturer."""

    pieces = SafeInteger(
        _l("Pieces"), [InputRequired(_l("Enter a whole number.")), NumberRange(min=1, max=MOST_STOCK)]
    )
    note = StringField(_l("Why"), [InputRequired(_l("Say why; the other side reads it.")), Length(max=200)])
