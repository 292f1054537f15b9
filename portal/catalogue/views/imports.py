"""Shipping units by a file: template, verdict on every row, the good rows or none (SH-1)."""

from flask import Response, redirect, url_for

from portal.catalogue import commands, queries
from portal.catalogue.forms import DecideForm, UploadForm, seen
from portal.catalogue.models import UnitImport
from portal.catalogue.rules import COLUMNS, IMPORT, ImportAction, ImportState, problems_of
from portal.catalogue.views.lists import asked, export
from portal.catalogue.views.units import SHIP, pages
from portal.jobs.worker import job_state
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import translate
from portal.kernel.text import T
from portal.spreadsheets.reading import read_rows
from portal.spreadsheets.writing import OutColumn
from portal.web.forms import new_key
from portal.web.pages import done, page
from portal.web.routing import actor, here
from portal.web.tables import sliced

SHOW = "units.show_import"


@pages.get("/imports", allow=SHIP, side=Side.MANUFACTURER)
def new_import() -> Response:
    return _upload(UploadForm())


@pages.post("/imports", allow=SHIP, side=Side.MANUFACTURER)
def upload() -> Response:
    form = UploadForm()
    import_id = form.submit(lambda: _read(form))
    if import_id is None:
        return _upload(form, status=form.status)
    return redirect(url_for("units.show_import", import_id=import_id), 303)  # type: ignore[return-value]


@pages.get("/imports/template.xlsx", allow=SHIP, side=Side.MANUFACTURER)
def import_template() -> Response:
    columns = [OutColumn(translate(column.label), width=18) for column in COLUMNS]
    return export("units-template", _("Shipped units"), columns, [])


@pages.get("/imports/<int:import_id>", allow=SHIP, side=Side.MANUFACTURER)
def show_import(import_id: int) -> Response:
    return _show(queries.unit_import(import_id), DecideForm())


@pages.get("/imports/<int:import_id>/progress", allow=SHIP, side=Side.MANUFACTURER)
def import_progress(import_id: int) -> Response:
    found = queries.unit_import(import_id)
    if found.state is not ImportState.SAVING:
        return done(url_for("units.show_import", import_id=import_id))
    return _show(found, DecideForm(), fragment="progress")


@pages.post("/imports/<int:import_id>/save", allow=SHIP, side=Side.MANUFACTURER)
def save_import(import_id: int) -> Response:
    form = DecideForm()
    count = form.submit(
        lambda: commands.save_units(actor(), import_id, seen_version=seen(form), key=form.submit_key)
    )
    if count is None:
        return _show(queries.unit_import(import_id), form, status=form.status)
    found = queries.unit_import(import_id)
    text = T("{count} units are recorded.", count=found.saved) if found.state is ImportState.SAVED else ""
    return done(url_for("units.show_import", import_id=import_id), text)


@pages.post("/imports/<int:import_id>/resume", allow=SHIP, side=Side.MANUFACTURER)
def resume_import(import_id: int) -> Response:
    form = DecideForm()
    if form.submit(lambda: commands.resume_units(actor(), import_id, key=form.submit_key)) is None:
        return _show(queries.unit_import(import_id), form, status=form.status)
    return done(url_for("units.show_import", import_id=import_id))


@pages.post("/imports/<int:import_id>/discard", allow=SHIP, side=Side.MANUFACTURER)
def discard_import(import_id: int) -> Response:
    form = DecideForm()
    if form.submit(lambda: _discard(import_id, form)) is None:
        return _show(queries.unit_import(import_id), form, status=form.status)
    return done(url_for("units.new_import"), T("Nothing of the file was saved."))


def _read(form: UploadForm) -> int:
    content, name = form.file.data.read(), form.file.data.filename or ""
    return commands.read_units(actor(), name, read_rows(content, name), key=form.submit_key)


def _discard(import_id: int, form: DecideForm) -> bool:
    commands.discard_units(actor(), import_id, seen_version=seen(form), key=form.submit_key)
    return True


def _upload(form: UploadForm, *, status: int = 200) -> Response:
    return page(
        "catalogue/import_new.html", status=status, form=form, columns=COLUMNS, recent=queries.unit_imports()
    )


def _show(found: UnitImport, form: DecideForm, *, status: int = 200, fragment: str | None = None) -> Response:
    bad = found.total - found.good
    wrong = {"wrong": True, "good": False, "all": None}.get(asked("rows"), True if bad else None)
    rows = queries.rows_of(found, wrong=wrong)
    tabs = (
        (True, "wrong", _("Wrong rows"), bad),
        (False, "good", _("Good rows"), found.good),
        (None, "all", _("All"), found.total),
    )
    actions = IMPORT.actions(found.state)
    return page(
        "catalogue/import.html",
        status=status,
        fragment=fragment,
        found=found,
        bad=bad,
        rows=sliced(rows, endpoint=SHOW),
        problems_of=problems_of,
        tabs=[
            {"label": t, "url": here(SHOW, rows=key), "count": n, "current": flag is wrong}
            for flag, key, t, n in tabs
        ],
        may_save=ImportAction.SAVE in actions and found.good > 0,
        may_discard=ImportAction.DISCARD in actions,
        job=job_state(found.job_id, found.manufacturer_id, None) if found.job_id else None,
        form=form,
        keys=(new_key(), new_key()),
    )
