"""The quota: what is left to draw parts on, how it came to be, month by month (PT-2)."""

from decimal import Decimal
from typing import Any

from flask import Response, request, url_for

from portal.agreements import queries as agreements
from portal.agreements.rules import CLAUSES, AgreementState, base_in_words
from portal.documents.render import render
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.errors import NotFound, RuleBroken
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import ngettext, translate
from portal.kernel.money import ZERO
from portal.kernel.period import Month, Quarter
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.ledger import queries
from portal.ledger.queries.papers import quota_statement
from portal.ledger.rules import LOW, Account, Quota
from portal.ledger.views.common import Book, book, months_of, needed_book, pages, present_quarter
from portal.spreadsheets.writing import Kind, OutColumn, write_xlsx
from portal.web import filters, nav
from portal.web.filters import money
from portal.web.nav import Item
from portal.web.pages import download, page
from portal.web.routing import actor
from portal.web.tables import paged

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Months in the chart.
CHARTED = 6
#: Amounts from here on are charted in thousands.
LARGE = Decimal("10000.00")


@pages.get("/quota", allow=Permission.LEDGER_READ)
def quota() -> Response:
    try:
        found = book()
    except RuleBroken as error:
        return page("ledger/none.html", reason=error.text)
    return _list() if found is None else _show(found)


def _list() -> Response:
    """Every dealer's quota, for the manufacturer."""
    text = request.args.get("q", "").strip()
    found = paged(agreements.listing(state=AgreementState.ACTIVE, text=text))
    quarter = Quarter.of(clock.today(actor().timezone))
    rows = [agreement for agreement, _dealer in found.rows]
    return page(
        "ledger/quotas.html",
        fragment="listing",
        found=found,
        quotas=queries.quotas(rows, quarter),
        quarter=quarter,
        q=text,
    )


def _show(found: Book) -> Response:
    today = clock.today(actor().timezone)
    quarter = present_quarter(found.agreement, Quarter.of(today))
    current = queries.quota(found.agreement, quarter)
    months = _months(found)
    chosen = _month(months)
    held = queries.held_by_document(found.agreement.id)
    version = found.version(quarter)
    return page(
        "ledger/quota.html",
        fragment="movements",
        book=found,
        quota=current,
        meter=_meter(current, found.agreement.number, len(held)),
        low=LOW,
        now=clock.now(),
        months=months,
        month=chosen,
        running=queries.running(found.agreement, chosen),
        held=held,
        bases=[base_in_words(base) for base in version.terms.bases],
        version=version,
        clause=CLAUSES["bases"],
        chart=_chart(queries.month_ends(found.agreement, list(reversed(months[:CHARTED]))), current),
        manufacturer=actor().side is Side.MANUFACTURER,
    )


@pages.get("/quota/movements.xlsx", allow=Permission.LEDGER_READ)
def download_movements() -> Response:
    """The running account of a month as a spreadsheet."""
    found = needed_book()
    months = _months(found)
    month = _month(months)
    running = queries.running(found.agreement, month)
    columns = [
        OutColumn(_("Date"), Kind.DAY, 12),
        OutColumn(_("What happened"), width=36),
        OutColumn(_("Document no."), width=18),
        OutColumn(_("Increase"), Kind.MONEY),
        OutColumn(_("Decrease"), Kind.MONEY),
        OutColumn(_("Quota after"), Kind.MONEY),
    ]
    rows: list[tuple[Any, ...]] = [
        (month.first, _("At the month's beginning"), "", None, None, running.begins)
    ]
    rows += [
        (
            step.entry.posted_on,
            translate(step.text),
            step.entry.document,
            step.plus or None,
            step.minus or None,
            step.left,
        )
        for step in running.steps
    ]
    content = write_xlsx(
        columns,
        rows,
        title=f"{_('Movements of the quota')} {month}",
        filters=f"{found.dealer.name} {found.agreement.number}",
        generated=clock.now(),
        timezone=actor().timezone,
    )
    return download(content, name=f"quota-{found.dealer.code}-{month}.xlsx", media_type=XLSX)


@pages.get("/quota/statement.pdf", allow=Permission.LEDGER_READ)
def statement() -> Response:
    """How the quota stood and moved in `?period=`, a quarter or a month, to compare with one's own books."""
    found = needed_book()
    period = _period(found)
    view = quota_statement(
        found.agreement, period, today=clock.today(actor().timezone), moment=filters.datetime(clock.now())
    )
    name = f"quota-{found.dealer.code}-{period}.pdf"
    content = render("documents/quota_statement.html", view)
    return download(content, name=name, media_type="application/pdf", inline=True)


def _period(found: Book) -> Quarter | Month:
    """The period of the address; without one the present quarter. Raises NotFound for one that the agreement lacks."""
    months = _months(found)
    asked = request.args.get("period", "") or str(months[0].quarter)
    known: dict[str, Quarter | Month] = {str(month): month for month in months}
    known |= {str(month.quarter): month.quarter for month in months}
    if asked not in known:
        raise NotFound
    return known[asked]


def _months(found: Book) -> list[Month]:
    today = clock.today(actor().timezone)
    quarter = present_quarter(found.agreement, Quarter.of(today))
    return months_of(found.agreement, max(Month.of(today), quarter.months[0]))


def _month(months: list[Month]) -> Month:
    """The month of the address, if the agreement has it; else the newest."""
    asked = request.args.get("month", "")
    return next((month for month in months if str(month) == asked), months[0])


def _meter(quota: Quota, number: str, requests: int) -> list[dict[str, Any]]:
    """The bar's parts: used, held, available, as shares of what the fund got; the first two open their postings."""
    whole = max(quota.given, quota.used + quota.reserved)

    def part(
        kind: str, name: str, amount: Decimal, account: Account | None = None, words: str = ""
    ) -> dict[str, Any]:
        share = amount * 100 / whole if whole > 0 else ZERO
        url = account and url_for(
            "ledger.account", quarter=quota.quarter, account=account.value, agreement=number
        )
        note = f"{words} · {share:.0f}%" if words else f"{share:.0f}%"
        return {
            "kind": kind,
            "share": share,
            "name": name,
            "value": money(amount),
            "note": note,
            "url": url or "",
        }

    words = ngettext("%(num)s request", "%(num)s requests", requests)
    return [
        part("used", _("Drawn and charged"), quota.used, Account.DRAWN),
        part("hold", _("On hold"), quota.reserved, Account.RESERVED, words),
        part("free", _("Available"), quota.available),
    ]


def _chart(ends: list[tuple[Month, Decimal]], quota: Quota) -> dict[str, Any]:
    """The columns of the last months; the running one is marked when the quota is low."""
    large = max((amount for _month, amount in ends), default=ZERO) >= LARGE
    unit = Decimal(1000) if large else Decimal(1)
    digits = 1 if large else 0
    series = [
        {
            "name": _month_name(month),
            "value": max(amount, ZERO) / unit,
            "text": f"{amount / unit:,.{digits}f}".replace("-", "\N{MINUS SIGN}"),
            "tone": "warn" if month == ends[-1][0] and quota.is_low else "",
        }
        for month, amount in ends
    ]
    limit = quota.given * LOW / unit
    words = _("Quota at the month's end: ") + _(", ").join(
        f"{month} {money(amount)}" for month, amount in ends
    )
    return {"series": series, "limit": limit if limit > 0 else None, "large": large, "words": words}


def _month_name(month: Month) -> str:
    names = (
        _("Jan"), _("Feb"), _("Mar"), _("Apr"), _("May"), _("Jun"),
        _("Jul"), _("Aug"), _("Sep"), _("Oct"), _("Nov"), _("Dec"),
    )  # fmt: skip
    return names[month.number - 1]


nav.add(
    Item("money", T("Parts quota"), "ledger.quota", Permission.LEDGER_READ, icon="quota", order=10),
)
