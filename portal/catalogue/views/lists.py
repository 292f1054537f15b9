"""What the lists of the catalogue have in common: search, tabs for what is in use, export."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response, request

from portal.kernel import clock
from portal.kernel.i18n import gettext as _
from portal.spreadsheets.writing import OutColumn, Value, write_xlsx
from portal.web.pages import download
from portal.web.routing import actor, here

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Rows of one export.
MOST = 20_000


def asked(name: str = "q") -> str:
    """A search text of the address."""
    return request.args.get(name, "").strip()[:60]


def in_use() -> bool | None:
    """Whether the list shows what is in use (the rule), what is not any more, or all."""
    return {"all": None, "old": False}.get(request.args.get("show", ""), True)


def use_tabs(words: tuple[str, str]) -> list[dict[str, Any]]:
    """Tabs for what is in use, what is not any more, and all."""
    tabs = ((None, True, words[0]), ("old", False, words[1]), ("all", None, _("All")))
    return [{"label": text, "url": here(show=show), "current": in_use() is flag} for show, flag, text in tabs]


def export(
    name: str, title: str, columns: Sequence[OutColumn], rows: Iterable[Sequence[Value]], filters: str = ""
) -> Response:
    """A list as a workbook with its filter and the time."""
    content = write_xlsx(
        columns, rows, title=title, filters=filters, generated=clock.now(), timezone=actor().timezone
    )
    return download(content, name=f"{name}-{clock.today(actor().timezone)}.xlsx", media_type=XLSX)
