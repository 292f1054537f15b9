"""The monthly forms on paper: one view for every form, worked out of its layout and sheet; the set of a month."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from portal.documents.rules import Bilingual, DocumentView, Party
from portal.reports.rules.sheets import Column, Layout, Measure

#: 表式版本: raised whenever the printed columns of a form change.
TEMPLATE_VERSION = "2026.1"
SET_TITLE = Bilingual("每月售后报表（整套）", "Monthly Forms, complete set")
#: Millimetres between the margins, standing and lying; the running number of the line.
PORTRAIT, LANDSCAPE, PLACE = 179, 266, 9
#: A column without a width of its own: at least, at most; a text counts as so many numbers.
NARROWEST, WIDEST, TEXT_SHARE = 15, 120, 3


@dataclass(frozen=True, slots=True)
class FormColumn:
    """One printed column."""

    words: Bilingual
    is_number: bool
    #: Millimetres.
    width: int


@dataclass(frozen=True, slots=True)
class FormCell:
    """One printed cell; a corrected figure is marked."""

    text: str
    corrected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A figure that the dealer put in the place of the compiled one, or that an earlier month reads differently."""

    #: The line's number in the form, or the earlier month.
    where: str
    row: str
    column: Bilingual
    was: str
    now: str
    reason: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormView(DocumentView):
    """One form of a month as it was submitted, or a draft of it."""

    kind: str
    period: Bilingual
    dealer: Party
    dealer_code: str
    agreement: str
    terms_version: int
    state: Bilingual
    is_draft: bool
    is_landscape: bool
    submitted_on: str
    due_on: str
    columns: tuple[FormColumn, ...]
    rows: tuple[tuple[FormCell, ...], ...]
    #: The row of sums, without the line's number; empty: the form has none.
    total: tuple[str, ...]
    #: Figures of the whole form.
    summary: tuple[tuple[Bilingual, str], ...]
    corrections: tuple[Correction, ...]
    earlier: tuple[Correction, ...]
    #: 情况说明.
    remarks: str
    #: SHA-256 of the frozen figures and remarks; empty for a draft.
    hash: str
    template_version: str = TEMPLATE_VERSION

    @property
    def foot(self) -> str:
        """What stands at the foot of each page: form template, revision, hash."""
        standing = (
            "草稿 Draft"
            if self.is_draft
            else f"第 {self.revision} 版 Rev. {self.revision}　SHA-256 {self.hash}"
        )
        return f"表式版本 {self.template_version}　{standing}"

    @property
    def head(self) -> str:
        """What stands at the head of each page: number and revision."""
        return (
            "草稿 Draft" if self.is_draft else f"{self.number}　第 {self.revision} 版  Rev. {self.revision}"
        )

    @property
    def standing(self) -> str:
        """The kind of page that it is printed on."""
        return ("wide-form" if self.is_landscape else "form") + ("-draft" if self.is_draft else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRow:
    """One form on the cover of a set; `printed`: it follows in the set."""

    title: Bilingual
    number: str
    state: Bilingual
    submitted_on: str
    revision: int
    hash: str
    printed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSetView(DocumentView):
    """All forms of a month behind one cover."""

    period: Bilingual
    dealer: Party
    dealer_code: str
    agreement: str
    due_on: str
    rows: tuple[SetRow, ...]
    forms: tuple[FormView, ...]


def widths(layout: Layout) -> tuple[int, ...]:
    """The widths of a layout's printed columns in millimetres; with the line's number they fill the sheet.

    Columns without a width share what the others leave, texts three times as much as numbers.
    """
    room = (LANDSCAPE if layout.is_landscape else PORTRAIT) - PLACE
    shares = [0 if c.width else TEXT_SHARE if c.measure is Measure.TEXT else 1 for c in layout.shown]
    left = room - sum(c.width or 0 for c in layout.shown)
    unit = max(left // sum(shares), NARROWEST) if sum(shares) else 0
    found = [c.width or share * unit for c, share in zip(layout.shown, shares, strict=True)]
    over = sum(found) - room
    widest = max(range(len(found)), key=lambda place: (shares[place], found[place]))
    found[widest] = max(found[widest] - over, NARROWEST)
    return tuple(min(width, WIDEST) for width in found)


def printed(text: str, column: Column) -> str:
    """A cell as paper shows it: amounts grouped, shares with their sign, a real minus; a dash for no number."""
    if not column.measure.is_number:
        return text
    if not text:
        return "—"
    if column.measure is Measure.MONEY:
        text = f"{Decimal(text):,.2f}"
    return text.replace("-", "−") + ("%" if column.measure is Measure.PERCENT else "")


def sum_row(layout: Layout, cells: dict[str, str]) -> tuple[str, ...]:
    """The row of sums: empty where a column is not added up; nothing at all for a form without one."""
    if not layout.has_total:
        return ()
    return (
        "合计",
        *(
            printed(cells[c.key], c) if cells.get(c.key) and c.measure.is_number else ""
            for c in layout.shown[1:]
        ),
    )


def places(rows: Sequence[str]) -> dict[str, str]:
    """Key of a line → its number on the form, as corrections name it."""
    return {key: str(place) for place, key in enumerate(rows, 1)}
