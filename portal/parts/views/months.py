"""The monthly reconciliation of parts: the months, and one of them line by line (PT-11)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask import Response, request, url_for

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.errors import NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.period import Month
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.parts import commands
from portal.parts.forms import MonthForm
from portal.parts.models import Reconciliation
from portal.parts.queries import reconciliation as queries
from portal.parts.rules import latest_months
from portal.parts.rules.reconciliation import (
    MonthLine,
    MonthState,
    changes_since,
    digest,
    month_amount,
    month_state,
)
from portal.parts.views.common import XLSX
from portal.parts.views.common import months as pages
from portal.spreadsheets.writing import Kind, OutColumn, write_xlsx
from portal.tenants import queries as tenants
from portal.web.pages import done, download, page
from portal.web.routing import actor

#: Months that a dealer's list, and what waits for either side, goes back.
BACK = 12


@dataclass(frozen=True)
class Row:
    """A month of an agreement in the list."""

    agreement: Agreement
    month: Month
    lines: Sequence[MonthLine]
    confirmed: dict[Side, Reconciliation]
    state: MonthState

    @property
    def amount(self) -> Decimal:
        """Drawn on the fund in it."""
        return month_amount(self.lines)


@pages.get("", allow=Permission.PARTS_READ)
def index() -> Response:
    """A dealer's months, newest first; of one month every dealer that something was shipped to."""
    today = clock.today(actor().timezone)
    manufacturer = actor().side is Side.MANUFACTURER
    last = Month.of(today).previous
    chosen = _month(request.args.get("month", "")) or last
    if manufacturer:
        rows = [
            row for row in _rows(agreements.touching(chosen.first, chosen.last), (chosen,)) if _counts(row)
        ]
    else:
        own = agreements.of_dealer(actor().dealer_id or 0)
        rows = _rows(own, (*latest_months(Month.of(today), BACK), Month.of(today)))
        rows = [row for row in reversed(rows) if _counts(row)]
    return page(
        "parts/months.html",
        fragment="listing",
        rows=rows,
        month=chosen,
        waits=_waits() if manufacturer else {},
        dealers={dealer.id: dealer for dealer in tenants.dealers(holders_only=True)},
        manufacturer=manufacturer,
    )


def _waits() -> dict[Month, int]:
    """Month → lists that wait for the reader's side, oldest first."""
    months = latest_months(Month.of(clock.today(actor().timezone)), BACK)
    found = queries.waiting_months(months[0], months[-1], actor().side)
    return dict(sorted(Counter(month for _agreement, month in found).items()))


@pages.get("/<number:agreement>/<month>", allow=Permission.PARTS_READ)
def show(agreement: str, month: str) -> Response:
    return _page(agreement, month)


@pages.get("/<number:agreement>/<month>/list.xlsx", allow=Permission.PARTS_READ)
def export(agreement: str, month: str) -> Response:
    """The list of a month as a spreadsheet."""
    row = _row(agreement, month)
    columns = [
        OutColumn(_("Date"), Kind.DAY, 12),
        OutColumn(_("Shipment"), width=18),
        OutColumn(_("Parts request"), width=18),
        OutColumn(_("Part number"), width=16),
        OutColumn(_("Designation"), width=26),
        OutColumn(_("Supply"), width=14),
        OutColumn(_("Pieces"), Kind.WHOLE, 8),
        OutColumn(_("Price"), Kind.MONEY),
        OutColumn(_("Drawn on the fund"), Kind.MONEY),
    ]
    rows = [
        (x.date, x.act, x.document, x.code, x.name, label(x.supply), x.pieces, x.price, x.amount)
        for x in row.lines
    ]
    content = write_xlsx(
        columns,
        rows,
        title=_("Parts of %(month)s", month=month),
        filters=agreement,
        generated=clock.now(),
        timezone=actor().timezone,
    )
    return download(content, name=f"{agreement}-{month}.xlsx", media_type=XLSX)


@pages.post("/<number:agreement>/<month>", allow=Permission.PARTS_RECONCILE)
def confirm(agreement: str, month: str) -> Response:
    _row(agreement, month)
    form = MonthForm()
    kept = form.submit(
        lambda: commands.confirm_month(
            actor(), agreement, month, seen_digest=form.digest.data or "", key=form.submit_key
        )
    )
    if kept is None:
        return _page(agreement, month, form)
    return done(
        url_for("parts_months.show", agreement=agreement, month=month),
        T("The parts of {month} are confirmed.", month=month),
    )


def _page(agreement: str, month: str, form: MonthForm | None = None) -> Response:
    row, who = _row(agreement, month), actor()
    now, own = digest(row.lines), row.confirmed.get(who.side)
    open_to = row.state is not MonthState.RUNNING and (own is None or own.digest != now)
    changed = [
        (side, kept, *changes_since([MonthLine.parse(line) for line in kept.content], row.lines))
        for side, kept in row.confirmed.items()
        if kept.digest != now
    ]
    return page(
        "parts/month.html",
        status=form.status if form else 200,
        row=row,
        digest=now,
        changed=changed,
        form=(form or MonthForm(formdata=None)) if open_to and who.may(Permission.PARTS_RECONCILE) else None,
        dealer=tenants.dealer_by_id(row.agreement.dealer_id),
        manufacturer=who.side is Side.MANUFACTURER,
    )


def _row(agreement: str, month: str) -> Row:
    wanted = _month(month)
    if wanted is None:
        raise NotFound
    return _rows([agreements.get(agreement)], (wanted,))[0]


def _rows(found: Sequence[Agreement], months: Sequence[Month]) -> list[Row]:
    today = clock.today(actor().timezone)
    ids = [agreement.id for agreement in found]
    lines = queries.months_lines(ids, months[0], months[-1])
    confirmed = queries.confirmations_of(ids, months[0], months[-1])
    rows = []
    for wanted in months:
        for agreement in found:
            key = (agreement.id, wanted)
            kept = confirmed.get(key, {})
            now = lines.get(key, [])
            state = month_state(wanted, today, digest(now), [row.digest for row in kept.values()])
            rows.append(Row(agreement, wanted, now, kept, state))
    return rows


def _counts(row: Row) -> bool:
    """Whether there is anything to reconcile."""
    return bool(row.lines or row.confirmed)


def _month(text: str) -> Month | None:
    try:
        return Month.parse(text)
    except ValueError:
        return None
