"""The words of quality feedback: states and what leads from one to the next, what is said in a round (QF-1)."""

from enum import StrEnum

from portal.kernel.transitions import Transitions


class FeedbackGrade(StrEnum):
    """How urgent a problem is (紧急程度)."""

    ORDINARY = "ordinary"
    #: Its answers are released by a second person, and it ends with a service report.
    MAJOR = "major"

    @property
    def tone(self) -> str:
        """The colour of its badge."""
        return "bad" if self is FeedbackGrade.MAJOR else "mute"


class FeedbackSubject(StrEnum):
    """What a feedback is about."""

    UNIT = "unit"
    BATCH = "batch"
    MODEL = "model"


class UseUnit(StrEnum):
    """What the time in use is counted in."""

    DAYS = "days"
    MONTHS = "months"


class FeedbackPhotoKind(StrEnum):
    """What a photo shows."""

    PLATE = "plate"
    FAULT = "fault"
    DETAIL = "detail"


class FeedbackState(StrEnum):
    """Where a feedback stands."""

    #: Filed; nobody at the manufacturer has taken it on.
    SUBMITTED = "submitted"
    IN_WORK = "in_work"
    #: The manufacturer asked the dealer for more; its clock stands still.
    ASKED = "asked"
    #: The answer to a major one is written and waits for a second person; the dealer reads "in work".
    TO_RELEASE = "to_release"
    #: Waits for the dealer, who agrees or says why not.
    ANSWERED = "answered"
    #: The dealer holds it for done; the manufacturer confirms or goes on.
    CLOSING = "closing"
    CLOSED = "closed"

    @property
    def tone(self) -> str:
        """The colour of its badge; a closed one is quiet."""
        return _TONES[self]


_TONES = {
    FeedbackState.SUBMITTED: "info",
    FeedbackState.IN_WORK: "info",
    FeedbackState.ASKED: "warn",
    FeedbackState.TO_RELEASE: "info",
    FeedbackState.ANSWERED: "warn",
    FeedbackState.CLOSING: "info",
    FeedbackState.CLOSED: "ok",
}

#: The manufacturer owes an answer; its clock runs.
CLOCKED = frozenset({FeedbackState.SUBMITTED, FeedbackState.IN_WORK, FeedbackState.TO_RELEASE})
#: The dealer's turn.
WITH_DEALER = frozenset({FeedbackState.ASKED, FeedbackState.ANSWERED})
#: Everything that is not over.
OPEN = frozenset(FeedbackState) - {FeedbackState.CLOSED}


class FeedbackAction(StrEnum):
    """What is done to a feedback."""

    TAKE_ON = "take_on"
    ASK = "ask"
    TELL = "tell"
    INFORM = "inform"
    ANSWER = "answer"
    WRITE = "write"
    RELEASE = "release"
    HOLD_BACK = "hold_back"
    AGREE = "agree"
    OBJECT = "object"
    OFFER = "offer"
    PROPOSE = "propose"
    GO_ON = "go_on"
    CLOSE = "close"
    REPORT = "report"
    UPGRADE = "upgrade"


_S, _A = FeedbackState, FeedbackAction

FEEDBACK = Transitions[FeedbackState, FeedbackAction](
    "QF-1",
    {
        # Taken on once more it goes to another person.
        (_S.SUBMITTED, _A.TAKE_ON): _S.IN_WORK,
        (_S.IN_WORK, _A.TAKE_ON): _S.IN_WORK,
        (_S.IN_WORK, _A.ASK): _S.ASKED,
        # What the dealer adds; an answer is replied to by agreeing or objecting.
        (_S.SUBMITTED, _A.TELL): _S.SUBMITTED,
        (_S.IN_WORK, _A.TELL): _S.IN_WORK,
        (_S.TO_RELEASE, _A.TELL): _S.TO_RELEASE,
        (_S.ASKED, _A.TELL): _S.IN_WORK,
        # What the manufacturer lets the dealer know in between.
        (_S.IN_WORK, _A.INFORM): _S.IN_WORK,
        (_S.TO_RELEASE, _A.INFORM): _S.TO_RELEASE,
        (_S.ASKED, _A.INFORM): _S.ASKED,
        (_S.ANSWERED, _A.INFORM): _S.ANSWERED,
        # ANSWER: of an ordinary one; WRITE: of a major one, which a second person releases.
        (_S.IN_WORK, _A.ANSWER): _S.ANSWERED,
        (_S.ASKED, _A.ANSWER): _S.ANSWERED,
        (_S.IN_WORK, _A.WRITE): _S.TO_RELEASE,
        (_S.ASKED, _A.WRITE): _S.TO_RELEASE,
        (_S.TO_RELEASE, _A.RELEASE): _S.ANSWERED,
        (_S.TO_RELEASE, _A.HOLD_BACK): _S.IN_WORK,
        # Agreeing proposes to close, or confirms what the manufacturer offered: then it leads to CLOSED.
        (_S.ANSWERED, _A.AGREE): _S.CLOSING,
        (_S.ANSWERED, _A.OBJECT): _S.IN_WORK,
        (_S.ANSWERED, _A.OFFER): _S.ANSWERED,
        # The dealer's own proposal, when the problem is gone before an answer came.
        (_S.SUBMITTED, _A.PROPOSE): _S.CLOSING,
        (_S.IN_WORK, _A.PROPOSE): _S.CLOSING,
        (_S.ASKED, _A.PROPOSE): _S.CLOSING,
        (_S.CLOSING, _A.CLOSE): _S.CLOSED,
        (_S.CLOSING, _A.GO_ON): _S.IN_WORK,
        **{
            (state, _A.REPORT): state
            for state in (_S.IN_WORK, _S.ASKED, _S.TO_RELEASE, _S.ANSWERED, _S.CLOSING)
        },
        (_S.SUBMITTED, _A.UPGRADE): _S.SUBMITTED,
        (_S.IN_WORK, _A.UPGRADE): _S.IN_WORK,
        (_S.ASKED, _A.UPGRADE): _S.ASKED,
        # What was answered as an ordinary one is answered anew, in the next round.
        (_S.ANSWERED, _A.UPGRADE): _S.IN_WORK,
        (_S.CLOSING, _A.UPGRADE): _S.IN_WORK,
    },
)


class TalkKind(StrEnum):
    """What a contribution does."""

    FILED = "filed"
    TAKEN_ON = "taken_on"
    #: Either side asks the other for more.
    QUESTION = "question"
    TOLD = "told"
    ANSWER = "answer"
    AGREED = "agreed"
    OBJECTED = "objected"
    #: Either side proposes to close it.
    PROPOSED = "proposed"
    #: The manufacturer does not hold it for done.
    WENT_ON = "went_on"
    UPGRADED = "upgraded"
    CLOSED = "closed"

    @property
    def tone(self) -> str:
        """The colour that a timeline gives it."""
        return {
            "question": "warn",
            "answer": "info",
            "agreed": "ok",
            "objected": "bad",
            "upgraded": "bad",
            "closed": "ok",
        }.get(self.value, "mute")
