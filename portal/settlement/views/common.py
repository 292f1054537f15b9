"""What several pages of the settlement say: the names of quarters, where a hold is cured, tables as files."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response, url_for

from portal.kernel import clock
from portal.kernel.errors import NotFound
from portal.kernel.i18n import translate
from portal.kernel.period import Quarter
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.settlement.rules import Hold
from portal.spreadsheets.writing import OutColumn, write_xlsx
from portal.web.pages import download
from portal.web.routing import actor

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Figures that are the balance of an account of the ledger.
POSTED = frozenset({"opening", "granted", "drawn", "charged", "claims", "adjusted", "cancelled", "direct"})
_QUARTERS = (
    T("First quarter of {year}"),
    T("Second quarter of {year}"),
    T("Third quarter of {year}"),
    T("Fourth quarter of {year}"),
)


def quarter_words(quarter: Quarter) -> T:
    """`Third quarter of 2026`, to be said in the reader's language."""
    return T(_QUARTERS[quarter.number - 1].msgid, year=quarter.year)


def quarter_name(quarter: Quarter) -> str:
    """`2026 年第三季度`."""
    return translate(quarter_words(quarter))


def quarter_of(text: str) -> Quarter:
    """A quarter in an address. Raises NotFound for what is none."""
    try:
        return Quarter.parse(text)
    except ValueError:
        raise NotFound from None


def cure_url(hold: Hold, quarter: Quarter, dealer_code: str, dealer_id: int) -> str | None:
    """Where what holds a dealer is looked at; None: nowhere for this reader, or only time helps."""
    if hold in (Hold.FORMS_MISSING, Hold.FORMS_NOT_ACCEPTED) and actor().may(Permission.FORMS_READ):
        return url_for("reports.review", quarter=str(quarter), q=dealer_code)
    if hold is Hold.CARDS_UNDECIDED and actor().may(Permission.CARDS_READ):
        return url_for("warranty.index", state="submitted", dealer=dealer_id)
    if hold is Hold.PREVIOUS_OPEN:
        return url_for("settlement.quarter", quarter=str(quarter.previous))
    return None


def as_xlsx(
    name: str, title: str, columns: Sequence[OutColumn], rows: Iterable[Sequence[Any]], *, filters: str = ""
) -> Response:
    """A table as a file."""
    content = write_xlsx(
        columns, rows, title=title, filters=filters, generated=clock.now(), timezone=actor().timezone
    )
    return download(content, name=f"{name}.xlsx", media_type=XLSX)


def ledger_url(agreement: str, quarter: Quarter, account: str) -> str | None:
    """Where the postings behind a figure open; None for who may not read them, or for a figure without postings."""
    if account not in POSTED or not actor().may(Permission.LEDGER_READ):
        return None
    return url_for("ledger.account", quarter=str(quarter), account=account, agreement=agreement)
