"""The manufacturer's matrix of dealers and months (MF-4): what waits, what is late, accepting what has no findings."""

import contextlib
import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from flask import Response, request, url_for

from portal.agreements.rules import OWABLE, FormKind
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label, ngettext, translate
from portal.kernel.period import Month, Quarter
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.reports import commands, queries
from portal.reports.forms import BulkForm
from portal.reports.models import MonthlyForm
from portal.reports.queries import OwedForm, OwedMonth
from portal.reports.rules import MISSING, FormState, state_of_month
from portal.reports.views.common import pages
from portal.spreadsheets.writing import Kind, OutColumn, write_xlsx
from portal.tenants.models import Dealer
from portal.web.pages import done, download, page
from portal.web.routing import actor
from portal.web.tables import sliced

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: How many months stand side by side.
SPANS = (3, 6, 12)
#: What stands for a form's state where there is no room for its word; told apart without colour.
SIGNS = {
    FormState.OWED: "○",
    FormState.PREPARED: "◐",
    FormState.SUBMITTED: "●",
    FormState.RETURNED: "↩",
    FormState.ACCEPTED: "✓",
}


@dataclass(frozen=True)
class MonthCell:
    """One month of one dealer in the matrix, with those of its forms that are looked at."""

    owed: OwedMonth
    forms: tuple[OwedForm, ...]

    @property
    def places(self) -> tuple[OwedForm | None, ...]:
        """The forms in the order of all six, so that a sign's place says which it is; None: that one is not owed."""
        known = {one.kind: one for one in self.forms}
        if self.forms != self.owed.forms or not known.keys() <= set(OWABLE):
            return self.forms
        return tuple(known.get(kind) for kind in OWABLE)

    @property
    def state(self) -> FormState:
        """The form that is furthest behind decides."""
        return state_of_month(one.state for one in self.forms)

    @property
    def late(self) -> int:
        """Days late of its latest form."""
        return max(one.late for one in self.forms)

    @property
    def is_overdue(self) -> bool:
        """Whether something that is late is still missing."""
        return any(one.late and one.state in MISSING for one in self.forms)

    @property
    def findings(self) -> int:
        """What the forms that wait make a reader look at."""
        return sum(form.findings for form in self._waiting)

    @property
    def plain(self) -> str:
        """The numbers of the forms that wait and had no findings when they were submitted, parted by commas."""
        return ",".join(form.number for form in self._waiting if form.number and not form.findings)

    @property
    def _waiting(self) -> list[MonthlyForm]:
        return [one.form for one in self.forms if one.form and one.state is FormState.SUBMITTED]


@dataclass(frozen=True)
class MatrixRow:
    """One dealer of the matrix; a month that it does not owe is None."""

    dealer: Dealer
    months: Mapping[Month, MonthCell | None]
    #: The number of the agreement, where several of the dealer touch these months; None: nothing to tell apart.
    agreement: str | None = None


#: Tab → its words, and which months it is about.
TABS: Mapping[str, tuple[T, Callable[[MonthCell], bool]]] = MappingProxyType(
    {
        "all": (T("All"), lambda _cell: True),
        "waiting": (T("To accept"), lambda cell: cell.state is FormState.SUBMITTED),
        "findings": (T("With findings"), lambda cell: cell.findings > 0),
        "returned": (T("Returned"), lambda cell: cell.state is FormState.RETURNED),
        "missing": (T("Not submitted"), lambda cell: cell.state in (FormState.OWED, FormState.PREPARED)),
        "late": (T("Late"), lambda cell: cell.is_overdue),
        "accepted": (T("Accepted"), lambda cell: cell.state is FormState.ACCEPTED),
    }
)


@dataclass(frozen=True)
class Asked:
    """What the matrix is narrowed to."""

    until: Month
    span: int
    tab: str
    kind: FormKind | None
    text: str

    @property
    def months(self) -> list[Month]:
        """The months side by side, the oldest first."""
        months = [self.until]
        while len(months) < self.span:
            months.insert(0, months[0].previous)
        return months

    def query(self, **changes: Any) -> dict[str, Any]:
        """The same as parts of an address, with `changes`."""
        parts: dict[str, Any] = {
            "until": str(self.until),
            "span": self.span,
            "tab": self.tab if self.tab != "all" else None,
            "kind": self.kind.value if self.kind else None,
            "q": self.text or None,
        }
        return parts | changes


@pages.get("/review", allow=Permission.FORMS_READ, side=Side.MANUFACTURER)
def review() -> Response:
    """Dealers and months, each with the state of its forms."""
    return _review_page(BulkForm(formdata=None))


@pages.post("/review/accept", allow=Permission.FORMS_ACCEPT, side=Side.MANUFACTURER)
def accept_many() -> Response:
    """Accept the ticked months' forms that have no findings."""
    form = BulkForm()
    answer = form.submit(lambda: commands.accept_many(actor(), form.numbers, key=form.submit_key))
    if answer is None:
        return _review_page(form, form.status)
    accepted, left = len(answer["accepted"]), answer["left"]
    text = ngettext("%(num)s form accepted.", "%(num)s forms accepted.", accepted)
    if left:
        text += " " + _(
            "Left, because of findings or a decision meanwhile: %(numbers)s", numbers=", ".join(left)
        )
    return done(url_for(".review", **_asked(_today()).query()), text)


@pages.get("/review.xlsx", allow=Permission.FORMS_READ, side=Side.MANUFACTURER)
def export() -> Response:
    """Every form of the matrix as it is narrowed down, one a row."""
    today = _today()
    asked = _asked(today)
    rows = [
        (
            row.dealer.code,
            row.dealer.name,
            str(month),
            label(one.kind),
            one.form.number if one.form else "",
            label(one.state),
            one.due,
            one.form.first_submitted_on if one.form else None,
            one.form.submitted_on if one.form else None,
            one.late,
            one.form.findings if one.form else 0,
            one.form.decided_by if one.form and one.state is FormState.ACCEPTED else "",
        )
        for row in _narrowed(_rows(asked, today), asked)
        for month, cell in row.months.items()
        if cell and TABS[asked.tab][1](cell)
        for one in cell.forms
    ]
    columns = [
        OutColumn(_("Dealer no."), width=12),
        OutColumn(_("Dealer"), width=28),
        OutColumn(_("Month"), width=10),
        OutColumn(_("Form"), width=26),
        OutColumn(_("Number"), width=18),
        OutColumn(_("State"), width=14),
        OutColumn(_("Due"), Kind.DAY, 12),
        OutColumn(_("First submitted"), Kind.DAY, 12),
        OutColumn(_("Submitted on"), Kind.DAY, 12),
        OutColumn(_("Days late"), Kind.WHOLE, 10),
        OutColumn(_("Findings"), Kind.WHOLE, 10),
        OutColumn(_("Accepted by"), width=16),
    ]
    content = write_xlsx(
        columns,
        rows,
        title=_("Monthly forms"),
        filters=f"{asked.months[0]} – {asked.until}",
        generated=clock.now(),
        timezone=actor().timezone,
    )
    return download(content, name=f"monthly-forms-{asked.until}.xlsx", media_type=XLSX)


def _today() -> dt.date:
    return clock.today(actor().timezone)


def _asked(today: dt.date) -> Asked:
    """What the address asks for."""
    args = request.args
    span, tab = args.get("span", ""), args.get("tab", "")
    kinds = [kind for kind in OWABLE if kind.value == args.get("kind")]
    return Asked(
        until=_until(today),
        span=int(span) if span in {str(one) for one in SPANS} else SPANS[0],
        tab=tab if tab in TABS else "all",
        kind=kinds[0] if kinds else None,
        text=args.get("q", "").strip()[:60],
    )


def _until(today: dt.date) -> Month:
    """The newest month that is shown: `until`, or the last one of a `quarter`.

    By default the last month that is over, or the running one when forms of it wait already.
    """
    newest = Month.of(today)
    with contextlib.suppress(ValueError):
        return min(newest, Month.parse(request.args.get("until", "")))
    with contextlib.suppress(ValueError):
        return min(newest, Quarter.parse(request.args.get("quarter", "")).months[-1])
    waiting = queries.next_to_audit()
    return max(newest.previous, waiting.month) if waiting else newest.previous


def _rows(asked: Asked, today: dt.date) -> list[MatrixRow]:
    """The dealers that the text fits, each with its months; of a single form where one is asked for."""
    found = queries.matrix(asked.months, today)
    text, agreements = asked.text.lower(), Counter(row.dealer.id for row in found)
    rows = [
        MatrixRow(
            row.dealer,
            {month: _cell(owed, asked.kind) for month, owed in row.months.items()},
            row.agreement.number if agreements[row.dealer.id] > 1 else None,
        )
        for row in found
        if text in f"{row.dealer.code} {row.dealer.name}".lower()
    ]
    return [row for row in rows if any(row.months.values())]


def _cell(owed: OwedMonth | None, kind: FormKind | None) -> MonthCell | None:
    forms = tuple(one for one in owed.forms if kind in (None, one.kind)) if owed else ()
    return MonthCell(owed, forms) if owed and forms else None


def _narrowed(rows: Sequence[MatrixRow], asked: Asked) -> list[MatrixRow]:
    """The dealers that have a month of the tab."""
    fits = TABS[asked.tab][1]
    return [row for row in rows if any(cell and fits(cell) for cell in row.months.values())]


def _review_page(form: BulkForm, status: int = 200) -> Response:
    today = _today()
    asked = _asked(today)
    rows = _rows(asked, today)
    cells = [cell for row in rows for cell in row.months.values() if cell]
    accepted = sum(cell.state is FormState.ACCEPTED for cell in cells)
    return page(
        "reports/review.html",
        fragment="matrix",
        status=status,
        form=form,
        asked=asked,
        found=sliced(_narrowed(rows, asked), size=50, endpoint=".review"),
        fits=TABS[asked.tab][1],
        tabs=[
            {
                "label": translate(words),
                "url": url_for(".review", **asked.query(tab=tab if tab != "all" else None)),
                "count": sum(fits(cell) for cell in cells),
                "current": tab == asked.tab,
            }
            for tab, (words, fits) in TABS.items()
        ],
        accepted=accepted,
        owed=len(cells),
        next=queries.next_to_audit(),
        spans=SPANS,
        kinds=OWABLE,
        newest=Month.of(today),
        SIGNS=SIGNS,
        FormState=FormState,
        MISSING=MISSING,
    )
