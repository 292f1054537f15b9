"""What may be done to a feedback, each a form of its page: taking on, asking, answering, agreeing, closing (QF-1)."""

from collections.abc import Callable

from flask import Response, url_for

from portal.drafts.photos import received
from portal.kernel.actor import Side
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.quality import commands
from portal.quality.forms.feedback import AnswerForm, ReportForm, TakeOnForm, WordsForm
from portal.quality.rules import FeedbackPhotoKind
from portal.quality.views.cases import show_page, words
from portal.quality.views.common import pages
from portal.web.forms import SeenForm
from portal.web.pages import done
from portal.web.routing import actor

ANSWER, FILE, RELEASE = (
    Permission.FEEDBACK_ANSWER,
    Permission.FEEDBACK_FILE,
    Permission.FEEDBACK_RELEASE,
)
MAKER, DEALER = Side.MANUFACTURER, Side.DEALER
Photos = list[tuple[FeedbackPhotoKind, int]]


def _act(number: str, name: str, form: SeenForm, act: Callable[[], object], message: T) -> Response:
    """Run a verb of the page; refused, the page comes back with what was typed."""
    if form.submit(act) is None:
        return show_page(number, status=form.status, **{name: form})
    return done(url_for("feedback.show", number=number), message)


def _act_with_photos(
    number: str, name: str, form: SeenForm, act: Callable[[Photos], object], message: T
) -> Response:
    """The same for a form with photos; those that were sent stay with it."""
    ids, errors = received(f"{name}_photo")
    kept = {name: {"ids": ids, "errors": errors}}
    if errors:
        form.validate()
        return show_page(number, status=422, photos=kept, **{name: form})
    if form.submit(lambda: act([(FeedbackPhotoKind.DETAIL, one) for one in ids])) is None:
        return show_page(number, status=form.status, photos=kept, **{name: form})
    return done(url_for("feedback.show", number=number), message)


def _said(form: WordsForm) -> str:
    return form.text.data or ""


@pages.post("/<number:number>/take-on", allow=ANSWER, side=MAKER)
def take_on(number: str) -> Response:
    form = TakeOnForm()
    return _act(
        number,
        "take_on",
        form,
        lambda: commands.take_on(
            actor(),
            number,
            in_charge=form.in_charge.data or "",
            seen_version=form.seen_version,
            key=form.submit_key,
        ),
        T("{number} is taken on.", number=number),
    )


@pages.post("/<number:number>/ask", allow=ANSWER, side=MAKER)
def ask(number: str) -> Response:
    form = words("ask")
    return _act(
        number,
        "ask",
        form,
        lambda: commands.ask(
            actor(), number, _said(form), seen_version=form.seen_version, key=form.submit_key
        ),
        T("{number} is with the dealer; the clock stands still.", number=number),
    )


@pages.post("/<number:number>/inform", allow=ANSWER, side=MAKER)
def inform(number: str) -> Response:
    form = words("inform")
    return _act(
        number,
        "inform",
        form,
        lambda: commands.inform(
            actor(), number, _said(form), seen_version=form.seen_version, key=form.submit_key
        ),
        T("The dealer reads it now."),
    )


@pages.post("/<number:number>/answer", allow=ANSWER, side=MAKER)
def answer(number: str) -> Response:
    form = AnswerForm()
    return _act_with_photos(
        number,
        "answer",
        form,
        lambda photos: commands.answer(
            actor(),
            number,
            form.said,
            photos=photos,
            seen_version=form.seen_version,
            key=form.submit_key,
        ),
        T("The answer to {number} is written.", number=number),
    )


@pages.post("/<number:number>/release", allow=RELEASE, side=MAKER)
def release(number: str) -> Response:
    form = SeenForm()
    return _act(
        number,
        "release",
        form,
        lambda: commands.release(actor(), number, seen_version=form.seen_version, key=form.submit_key),
        T("The answer is released; the dealer reads it now."),
    )


@pages.post("/<number:number>/hold-back", allow=RELEASE, side=MAKER)
def hold_back(number: str) -> Response:
    form = words("hold_back")
    return _act(
        number,
        "hold_back",
        form,
        lambda: commands.hold_back(
            actor(), number, _said(form), seen_version=form.seen_version, key=form.submit_key
        ),
        T("The answer goes back to its writer."),
    )


@pages.post("/<number:number>/upgrade", allow=ANSWER, side=MAKER)
def upgrade(number: str) -> Response:
    form = words("upgrade")
    return _act(
        number,
        "upgrade",
        form,
        lambda: commands.upgrade(
            actor(), number, _said(form), seen_version=form.seen_version, key=form.submit_key
        ),
        T("{number} is a major one now.", number=number),
    )


@pages.post("/<number:number>/report", allow=ANSWER, side=MAKER)
def report(number: str) -> Response:
    form = ReportForm()
    return _act(
        number,
        "report",
        form,
        lambda: commands.report(
            actor(), number, form.said, seen_version=form.seen_version, key=form.submit_key
        ),
        T("The service report is saved."),
    )


@pages.post("/<number:number>/offer", allow=ANSWER, side=MAKER)
def offer(number: str) -> Response:
    form = words("offer")
    return _act(
        number,
        "offer",
        form,
        lambda: commands.offer(
            actor(), number, text=_said(form), seen_version=form.seen_version, key=form.submit_key
        ),
        T("It is closed as soon as the dealer agrees."),
    )


@pages.post("/<number:number>/close", allow=ANSWER, side=MAKER)
def close(number: str) -> Response:
    form = words("close")
    return _act(
        number,
        "close",
        form,
        lambda: commands.close(
            actor(), number, text=_said(form), seen_version=form.seen_version, key=form.submit_key
        ),
        T("{number} is closed.", number=number),
    )


@pages.post("/<number:number>/go-on", allow=ANSWER, side=MAKER)
def go_on(number: str) -> Response:
    form = words("go_on")
    return _act(
        number,
        "go_on",
        form,
        lambda: commands.go_on(
            actor(), number, _said(form), seen_version=form.seen_version, key=form.submit_key
        ),
        T("The next round of {number} begins.", number=number),
    )


@pages.post("/<number:number>/tell", allow=FILE, side=DEALER)
def tell(number: str) -> Response:
    form = words("tell")
    return _act_with_photos(
        number,
        "tell",
        form,
        lambda photos: commands.tell(
            actor(),
            number,
            _said(form),
            question=bool(form.question.data),
            photos=photos,
            seen_version=form.seen_version,
            key=form.submit_key,
        ),
        T("The manufacturer reads it now."),
    )


@pages.post("/<number:number>/agree", allow=FILE, side=DEALER)
def agree(number: str) -> Response:
    form = words("agree")
    return _act(
        number,
        "agree",
        form,
        lambda: commands.agree(
            actor(), number, text=_said(form), seen_version=form.seen_version, key=form.submit_key
        ),
        T("You agreed with the answer to {number}.", number=number),
    )


@pages.post("/<number:number>/object", allow=FILE, side=DEALER)
def object_to(number: str) -> Response:
    form = words("object")
    return _act_with_photos(
        number,
        "object",
        form,
        lambda photos: commands.object_to(
            actor(),
            number,
            _said(form),
            photos=photos,
            seen_version=form.seen_version,
            key=form.submit_key,
        ),
        T("The next round of {number} begins.", number=number),
    )


@pages.post("/<number:number>/propose", allow=FILE, side=DEALER)
def propose(number: str) -> Response:
    form = words("propose")
    return _act(
        number,
        "propose",
        form,
        lambda: commands.propose(
            actor(), number, _said(form), seen_version=form.seen_version, key=form.submit_key
        ),
        T("{number} is closed as soon as the manufacturer confirms.", number=number),
    )
