"""Where the pages of feedback live, and what several of them say."""

import datetime as dt

from portal.drafts.photos import Kinds
from portal.kernel import clock
from portal.kernel.actor import Side
from portal.quality.models import Feedback
from portal.quality.rules import FeedbackPhotoKind, FeedbackState, shown_state
from portal.web.routing import Pages, actor

pages = Pages("feedback", __name__, prefix="/feedback")
#: The photos that the form of a feedback asks for.
PHOTOS = Kinds(tuple(FeedbackPhotoKind))


def to_dealer() -> bool:
    """Whether the reader is on the dealer's side."""
    return actor().side is Side.DEALER


def state_of(feedback: Feedback) -> FeedbackState:
    """The state as the reader may know it (TN-2)."""
    return shown_state(feedback.state, to_dealer=to_dealer())


def today() -> dt.date:
    """The business day of the reader."""
    return clock.today(actor().timezone)
