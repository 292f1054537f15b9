"""A feedback's own page, for both sides: the problem, the rounds, what may be done now; its photos and its sheet."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from flask import Response, current_app, url_for

from portal.audit import queries as audit
from portal.catalogue import queries as catalogue
from portal.documents.render import render
from portal.drafts.photos import field, picture, shown, waiting
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.permissions import Permission
from portal.quality import papers, queries
from portal.quality.forms.feedback import AnswerForm, ReportForm, TakeOnForm, WordsForm
from portal.quality.models import Feedback
from portal.quality.rules import FEEDBACK, FeedbackAction, FeedbackGrade, FeedbackState, days_late, days_over
from portal.quality.views.common import pages, state_of, to_dealer, today
from portal.tenants import queries as tenants
from portal.web import numbers
from portal.web.forms import Form
from portal.web.pages import download, page
from portal.web.routing import actor

PDF = "application/pdf"
A = FeedbackAction
#: Which permission an action needs, and on which side.
_OWN = frozenset({A.TELL, A.AGREE, A.OBJECT, A.PROPOSE})
_RELEASE = frozenset({A.RELEASE, A.HOLD_BACK})


@pages.get("/<number:number>", allow=Permission.FEEDBACK_READ)
def show(number: str) -> Response:
    return show_page(number)


def show_page(
    number: str,
    *,
    status: int = 200,
    photos: Mapping[str, Any] | None = None,
    **forms: Form,
) -> Response:
    """A feedback's page; `forms` holds the one that was refused, by its action, `photos` the photos sent with it."""
    found = queries.feedback(number)
    may = _may(found)
    proposals = [] if to_dealer() else queries.proposals(found.id)
    proposal = next((row for row in proposals if row.released is None), None)
    held_back = next((row for row in reversed(proposals) if row.released is False), None)
    return page(
        "feedback/show.html",
        status=status,
        feedback=found,
        state=state_of(found),
        point=tenants.dealer_by_id(found.point_id),
        holder=tenants.dealer_by_id(found.dealer_id),
        product=papers.product_of(found),
        own_unit=bool(found.serial) and catalogue.find_unit(found.serial) is not None,
        manufacturer=not to_dealer(),
        may=may,
        forms=_forms(found, may, forms),
        fields={name: field(f"{name}_photo", **(photos or {}).get(name, {})) for name in _WITH_PHOTOS},
        refused=next((form for name, form in forms.items() if may.get(name)), None),
        too_late=any(not may.get(name) for name in forms),
        rounds=_rounds(found),
        report=queries.report_of(found.id),
        major=found.grade is FeedbackGrade.MAJOR,
        proposal=proposal,
        proposal_photos=waiting(queries.waiting_photos(proposal)) if proposal else [],
        held_back=held_back if found.state is FeedbackState.IN_WORK else None,
        late=days_late(found.found_on, found.filed_on),
        over=days_over(found.state, found.due_on, today()),
        repair_url=numbers.url_of(found.repair_number, actor()) if found.repair_number else None,
        declared=bool(found.batch) and queries.is_declared(found.product_id, found.batch),
        timeline=audit.timeline_view(number),
        today=today(),
    )


_WITH_PHOTOS = ("tell", "object", "answer")


def _may(found: Feedback) -> dict[str, bool]:
    """What the reader may do to the feedback now; what is true is offered on the page."""
    who, actions = actor(), FEEDBACK.actions(found.state)
    rights = {
        **dict.fromkeys(A, who.side is Side.MANUFACTURER and who.may(Permission.FEEDBACK_ANSWER)),
        **dict.fromkeys(_OWN, who.side is Side.DEALER and who.may(Permission.FEEDBACK_FILE)),
        **dict.fromkeys(_RELEASE, who.side is Side.MANUFACTURER and who.may(Permission.FEEDBACK_RELEASE)),
    }
    may = {action.value: rights[action] and action in actions for action in A}
    mine = found.filed_by_id is not None and found.filed_by_id == who.person_id
    proposal = queries.waiting_proposal(found.id) if may["release"] else None
    wrote = proposal is not None and proposal.person_id == who.person_id
    ordinary = found.grade is FeedbackGrade.ORDINARY
    return may | {
        "answer": (may["answer"] or may["write"]) and not mine,
        "release": may["release"] and not mine and not wrote,
        "hold_back": may["hold_back"] and not mine and not wrote,
        "wrote": may["release"] and wrote,
        "upgrade": may["upgrade"] and ordinary,
        "report": may["report"] and not ordinary,
        "offer": may["offer"] and not found.offered,
        "close": may["close"] and not mine,
    }


def _forms(found: Feedback, may: Mapping[str, bool], refused: Mapping[str, Form]) -> dict[str, Form | None]:
    """A form for everything that may be done, None for the rest; the refused one as it was typed."""
    blank: dict[str, Form] = {
        "take_on": TakeOnForm(formdata=None, in_charge=found.in_charge or actor().name),
        "answer": AnswerForm(formdata=None),
        "report": ReportForm(formdata=None),
        "release": Form(formdata=None),
        **{name: words(name, formdata=None) for name in _WORDS},
    }
    return {name: refused.get(name, form) if may[name] else None for name, form in blank.items()}


_WORDS = (
    *("ask", "inform", "hold_back", "upgrade", "offer", "close", "go_on"),
    *("tell", "agree", "object", "propose"),
)


def words(name: str, **kwargs: Any) -> WordsForm:
    """The form of one verb that takes words."""
    titles = {
        "ask": _("What is missing"),
        "inform": _("What the dealer should know"),
        "hold_back": _("What should change"),
        "upgrade": _("Why it is a major one"),
        "go_on": _("Why it is not done"),
        "tell": _("What you add"),
        "object": _("Why it does not solve it"),
        "propose": _("Why it can be closed"),
    }
    return WordsForm(name, titles.get(name, _("Remark")), **kwargs)


def _rounds(found: Feedback) -> list[tuple[int, list[dict[str, Any]]]]:
    """What was said, round by round, with its photos; the newest round first."""
    photos = queries.photos_of(found.id)
    said: list[dict[str, Any]] = [
        {"row": row, "photos": shown("feedback.photo", found.number, photos.get(row.id, []))}
        for row in queries.entries(found.id)
    ]
    rounds = [(number, list(rows)) for number, rows in groupby(said, key=lambda one: one["row"].round)]
    return rounds[::-1]


@pages.get("/<number:number>/photos/<int:photo_id>", allow=Permission.FEEDBACK_READ)
def photo(number: str, photo_id: int) -> Response:
    return picture(queries.photo(number, photo_id).content, f"{number}-{photo_id}.jpg")


@pages.get("/<number:number>/feedback.pdf", allow=Permission.FEEDBACK_READ)
def sheet(number: str) -> Response:
    """The feedback as the customary sheet (信息反馈单), A4, with its photos."""
    public_url: str = current_app.extensions["settings"].public_url
    url = public_url.rstrip("/") + url_for(".show", number=number)
    found = queries.feedback(number)
    photos = papers.pictures(found)
    view = papers.sheet(found, photos, url)
    pictures = [one.content for one in photos]
    content = render("documents/feedback.html", view, pictures=pictures)
    return download(content, name=f"{number}.pdf", media_type=PDF)
