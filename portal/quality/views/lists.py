"""The list of feedback, for both sides: what waits on top of the overdue, search, filters, export (QF-1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, request

from portal.drafts import queries as saved
from portal.kernel import clock
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.period import Month
from portal.kernel.permissions import Permission
from portal.quality import queries
from portal.quality.queries import FeedbackFilter
from portal.quality.rules import OPEN, FeedbackGrade, FeedbackState, days_late, days_over
from portal.quality.steps import DRAFT
from portal.quality.views.common import pages, state_of, to_dealer, today
from portal.spreadsheets.writing import Kind, OutColumn, write_xlsx
from portal.tenants import queries as tenants
from portal.tenants.models import Dealer
from portal.web.pages import download, page
from portal.web.routing import actor, here
from portal.web.tables import paged

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Rows of one export.
MOST = 5000
_S = FeedbackState
#: The tabs of each side: states that belong together.
FOR_MAKER: dict[str, tuple[FeedbackState, ...]] = {
    "open": tuple(sorted(OPEN)),
    "take_on": (_S.SUBMITTED,),
    "work": (_S.IN_WORK,),
    "release": (_S.TO_RELEASE,),
    "dealer": (_S.ASKED, _S.ANSWERED),
    "confirm": (_S.CLOSING,),
    "closed": (_S.CLOSED,),
    "all": (),
}
FOR_DEALER: dict[str, tuple[FeedbackState, ...]] = {
    "open": tuple(sorted(OPEN)),
    "mine": (_S.ASKED, _S.ANSWERED),
    "maker": (_S.SUBMITTED, _S.IN_WORK, _S.TO_RELEASE, _S.CLOSING),
    "closed": (_S.CLOSED,),
    "all": (),
}
_NARROWING = ("q", "dealer", "grade", "model", "month", "overdue")


@pages.get("", allow=Permission.FEEDBACK_READ)
def index() -> Response:
    dealers = tenants.dealers(holders_only=True)
    asked, wanted = _asked(dealers)
    on = today()
    files = to_dealer() and actor().may(Permission.FEEDBACK_FILE)
    return page(
        "feedback/index.html",
        fragment="listing",
        found=paged(queries.feedback_list(wanted, on)),
        tabs=_tabs(_tab()),
        tab=_tab(),
        asked=dict.fromkeys(_NARROWING, "") | asked,
        narrowed=asked,
        dealer_options=[(dealer.code, f"{dealer.code} {dealer.name}") for dealer in dealers],
        grade_options=[(grade.value, label(grade)) for grade in FeedbackGrade],
        model_options=[(model, model) for model in queries.models_with_feedback()],
        manufacturer=not to_dealer(),
        files=files,
        drafts=saved.of_kind(DRAFT) if files else [],
        state_of=state_of,
        over=lambda row: days_over(row.state, row.due_on, on),
    )


@pages.get("/list.xlsx", allow=Permission.FEEDBACK_READ)
def export() -> Response:
    """The feedbacks of the list, with what it is narrowed to."""
    asked, wanted = _asked(tenants.dealers(holders_only=True))
    columns = [
        OutColumn(_("Number"), width=18),
        OutColumn(_("Urgency"), width=10),
        OutColumn(_("State"), width=14),
        OutColumn(_("Found on"), Kind.DAY, 12),
        OutColumn(_("Filed on"), Kind.DAY, 12),
        OutColumn(_("Days late"), Kind.WHOLE, 10),
        OutColumn(_("Dealer"), width=28),
        OutColumn(_("Model"), width=12),
        OutColumn(_("Serial"), width=20),
        OutColumn(_("Batch"), width=14),
        OutColumn(_("Units"), Kind.WHOLE, 8),
        OutColumn(_("Phenomenon"), width=48),
        OutColumn(_("Person in charge"), width=16),
        OutColumn(_("Answer by"), Kind.DAY, 12),
        OutColumn(_("First answer"), Kind.DAY, 12),
        OutColumn(_("Rounds"), Kind.WHOLE, 8),
        OutColumn(_("Closed on"), Kind.DAY, 12),
    ]
    listed = [
        (
            row.number,
            label(row.grade),
            label(state_of(row)),
            row.found_on,
            row.filed_on,
            days_late(row.found_on, row.filed_on),
            point.name,
            row.model,
            row.serial,
            row.batch,
            row.units,
            row.phenomenon,
            row.in_charge,
            row.due_on,
            row.answered_on,
            row.round,
            row.closed_on,
        )
        for row, point in queries.feedback_rows(wanted, today(), MOST)
    ]
    content = write_xlsx(
        columns,
        listed,
        title=_("Quality feedback"),
        filters=_(", ").join([_titles()[_tab()], *asked.values()]),
        generated=clock.now(),
        timezone=actor().timezone,
    )
    return download(content, name=f"feedback-{today()}.xlsx", media_type=XLSX)


def _sides_tabs() -> Mapping[str, tuple[FeedbackState, ...]]:
    return FOR_DEALER if to_dealer() else FOR_MAKER


def _tab() -> str:
    """The tab of the address; without one what is not over."""
    asked = request.args.get("tab", "")
    return asked if asked in _sides_tabs() else "open"


def _titles() -> dict[str, str]:
    return {
        "open": _("Not closed"),
        "take_on": _("To take on"),
        "work": _("To answer"),
        "release": _("To release"),
        "dealer": _("With the dealer"),
        "confirm": _("To confirm"),
        "mine": _("Your turn"),
        "maker": _("With the manufacturer"),
        "closed": _("Closed"),
        "all": _("All"),
    }


def _tabs(current: str) -> list[dict[str, Any]]:
    counts, titles = queries.feedback_counts(), _titles()
    return [
        {
            "label": titles[tab],
            "url": here(tab=tab),
            "count": sum(counts.get(state, 0) for state in states or FeedbackState),
            "current": tab == current,
        }
        for tab, states in _sides_tabs().items()
    ]


def _asked(dealers: Sequence[Dealer]) -> tuple[dict[str, str], FeedbackFilter]:
    """What the address narrows the list to: as it is written there, and as the query takes it."""
    asked = {name: value for name in _NARROWING if (value := request.args.get(name, "").strip()[:60])}
    code, grade = asked.get("dealer", ""), asked.get("grade", "")
    return asked, FeedbackFilter(
        states=_sides_tabs()[_tab()],
        dealer_id=next((dealer.id for dealer in dealers if dealer.code == code), None),
        text=asked.get("q", ""),
        grade=FeedbackGrade(grade) if grade in list(FeedbackGrade) else None,
        model=asked.get("model", ""),
        month=_month(asked.get("month", "")),
        overdue_on=today() if asked.get("overdue") else None,
    )


def _month(text: str) -> Month | None:
    """A month in an address; None for what is none."""
    try:
        return Month.parse(text)
    except ValueError:
        return None
