"""Remittances from a file: upload, a verdict for every row, record the good ones or none (ST-11)."""

from flask import Response, url_for

from portal.kernel import clock
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import ngettext, translate
from portal.kernel.permissions import Permission
from portal.ledger import commands, queries
from portal.ledger.forms import ImportForm, UploadForm
from portal.ledger.views.remittances import pages
from portal.spreadsheets import reading
from portal.spreadsheets.writing import Kind, OutColumn, write_xlsx
from portal.web.pages import done, download, page
from portal.web.routing import actor

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LIMITS = reading.Limits(rows=queries.MOST)
KINDS = {"date": Kind.DAY, "amount": Kind.MONEY}


@pages.get("/file", allow=Permission.REMITTANCES_WRITE, side=Side.MANUFACTURER)
def upload() -> Response:
    return page("ledger/upload.html", form=UploadForm(), columns=queries.COLUMNS, most=queries.MOST)


@pages.post("/file", allow=Permission.REMITTANCES_WRITE, side=Side.MANUFACTURER)
def judge() -> Response:
    form = UploadForm()
    draft_id = form.submit(lambda: _keep(form))
    if draft_id is None:
        return page(
            "ledger/upload.html", status=form.status, form=form, columns=queries.COLUMNS, most=queries.MOST
        )
    return done(url_for(".verdicts", draft_id=draft_id))


@pages.get("/file/template.xlsx", allow=Permission.REMITTANCES_WRITE, side=Side.MANUFACTURER)
def template() -> Response:
    """An empty table with the columns that an import takes."""
    columns = [
        OutColumn(translate(column.label), KINDS.get(column.key, Kind.TEXT), 20) for column in queries.COLUMNS
    ]
    return download(
        write_xlsx(
            columns, (), title=_("Remittances"), filters="", generated=clock.now(), timezone=actor().timezone
        ),
        name="remittances.xlsx",
        media_type=XLSX,
    )


@pages.get("/file/<int:draft_id>", allow=Permission.REMITTANCES_WRITE, side=Side.MANUFACTURER)
def verdicts(draft_id: int) -> Response:
    return _verdicts(draft_id, ImportForm())


@pages.post("/file/<int:draft_id>", allow=Permission.REMITTANCES_WRITE, side=Side.MANUFACTURER)
def save(draft_id: int) -> Response:
    form = ImportForm()
    recorded = form.submit(
        lambda: commands.import_remittances(actor(), draft_id, seen_good=form.seen, key=form.submit_key)
    )
    if recorded is None:
        return _verdicts(draft_id, form, form.status)
    return done(
        url_for("remittances.index"),
        ngettext("%(num)s remittance is recorded.", "%(num)s remittances are recorded.", len(recorded)),
    )


def _keep(form: UploadForm) -> int:
    sheet = reading.read_rows(form.file.data.read(), form.file.data.filename or "", LIMITS)
    rows = [(row.number, row.cells) for row in sheet.rows]
    queries.judge_file(sheet.name, rows, clock.today(actor().timezone))
    return commands.keep_file(actor(), form.file.data.filename or "", rows)


def _verdicts(draft_id: int, form: ImportForm, status: int = 200) -> Response:
    judged = queries.judge_kept(draft_id, clock.today(actor().timezone))
    return page("ledger/verdicts.html", status=status, judged=judged, draft_id=draft_id, form=form)
