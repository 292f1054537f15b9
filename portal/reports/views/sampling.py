"""The sample of a submission: which records an auditor looks at, and what was found on them (MF-4)."""

from collections import defaultdict

from flask import Response, url_for

from portal.kernel.actor import Side
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.reports import commands, queries
from portal.reports.forms import CheckForm
from portal.reports.rules import FORM, LAYOUTS, FormAction, Record, Verdict, sample
from portal.reports.views.common import pages
from portal.reports.views.grid import where
from portal.reports.views.records import record_url
from portal.tenants import queries as tenants
from portal.web.pages import done, page
from portal.web.routing import actor


@pages.get("/<number:number>/sample", allow=Permission.FORMS_READ, side=Side.MANUFACTURER)
def sampled(number: str) -> Response:
    """The sampled records of the last submission, each with what it counts in."""
    return _sample_page(number, CheckForm(formdata=None))


@pages.post("/<number:number>/sample", allow=Permission.FORMS_ACCEPT, side=Side.MANUFACTURER)
def check_record(number: str) -> Response:
    """Note what was found on one record."""
    form = CheckForm()
    noted = form.submit(
        lambda: commands.check_record(
            actor(),
            number,
            form.record.data or "",
            Verdict(form.verdict.data),
            note=form.note.data or "",
            key=form.submit_key,
        )
    )
    if noted is None:
        return _sample_page(number, form, form.status)
    return done(url_for(".sampled", number=number), T("{record} is noted.", record=form.record.data))


def _sample_page(number: str, form: CheckForm, status: int = 200) -> Response:
    found = queries.by_number(number)
    revision = queries.latest([found])[found.id]
    layout, sheet = LAYOUTS[found.kind], queries.frozen(revision)
    behind: dict[str, list[Record]] = defaultdict(list)
    for one in sheet.records:
        behind[one.number].append(one)
    drawn = sample(behind, revision.hash)
    return page(
        "reports/sample.html",
        status=status,
        form=form,
        found=found,
        revision=revision,
        dealer=tenants.dealer_by_id(found.dealer_id),
        drawn=[(one, behind[one]) for one in drawn],
        total=len(behind),
        checks=queries.checks(found.id, found.revision),
        counts_in=lambda one: where(layout, sheet, one.row, one.column),
        url=record_url,
        can_check=FormAction.ACCEPT in FORM.actions(found.state) and actor().may(Permission.FORMS_ACCEPT),
        Verdict=Verdict,
    )
