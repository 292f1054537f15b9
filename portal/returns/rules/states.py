"""The words of returns: states and what leads from one to the next, dispositions, verdicts, reasons (domain.md 7)."""

from enum import StrEnum

from portal.kernel.transitions import Transitions


class ReturnState(StrEnum):
    """The states of domain.md 7."""

    #: Waits for the manufacturer.
    SUBMITTED = "submitted"
    #: Waits for the dealer to add what is missing.
    NEEDS_INFO = "needs_info"
    #: At least one unit may be sent; the approval expires.
    APPROVED = "approved"
    REJECTED = "rejected"
    #: On its way to the manufacturer.
    SHIPPED = "shipped"
    #: At least one unit was counted; more may follow.
    RECEIVED = "received"
    #: Every unit that was received and has no disposition yet was looked at.
    INSPECTED = "inspected"
    #: Every unit that was received has its disposition; or none came, and none is waited for any longer.
    SETTLED = "settled"
    #: Approved and not sent in time.
    EXPIRED = "expired"
    #: Taken back by the dealer before it was sent.
    CANCELLED = "cancelled"

    @property
    def tone(self) -> str:
        """The colour of its badge; finished requests are quiet."""
        return _TONES[self]


_TONES = {
    ReturnState.SUBMITTED: "info",
    ReturnState.NEEDS_INFO: "warn",
    ReturnState.APPROVED: "info",
    ReturnState.REJECTED: "bad",
    ReturnState.SHIPPED: "info",
    ReturnState.RECEIVED: "info",
    ReturnState.INSPECTED: "info",
    ReturnState.SETTLED: "ok",
    ReturnState.EXPIRED: "bad",
    ReturnState.CANCELLED: "mute",
}


class ReturnAction(StrEnum):
    """What is done to a request."""

    ASK = "ask"
    ANSWER = "answer"
    APPROVE = "approve"
    REJECT = "reject"
    SHIP = "ship"
    RECEIVE = "receive"
    INSPECT = "inspect"
    DISPOSE = "dispose"
    LET_GO = "let_go"
    EXPIRE = "expire"
    CANCEL = "cancel"


RETURN = Transitions[ReturnState, ReturnAction](
    "RT-3",
    {
        (ReturnState.SUBMITTED, ReturnAction.ASK): ReturnState.NEEDS_INFO,
        (ReturnState.NEEDS_INFO, ReturnAction.ANSWER): ReturnState.SUBMITTED,
        (ReturnState.SUBMITTED, ReturnAction.APPROVE): ReturnState.APPROVED,
        (ReturnState.SUBMITTED, ReturnAction.REJECT): ReturnState.REJECTED,
        (ReturnState.NEEDS_INFO, ReturnAction.REJECT): ReturnState.REJECTED,
        (ReturnState.APPROVED, ReturnAction.SHIP): ReturnState.SHIPPED,
        (ReturnState.SHIPPED, ReturnAction.RECEIVE): ReturnState.RECEIVED,
        (ReturnState.RECEIVED, ReturnAction.RECEIVE): ReturnState.RECEIVED,
        (ReturnState.INSPECTED, ReturnAction.RECEIVE): ReturnState.RECEIVED,
        # What follows in a second parcel.
        (ReturnState.SETTLED, ReturnAction.RECEIVE): ReturnState.RECEIVED,
        (ReturnState.RECEIVED, ReturnAction.INSPECT): ReturnState.INSPECTED,
        # A disposition of the last unit leads to SETTLED.
        (ReturnState.RECEIVED, ReturnAction.DISPOSE): ReturnState.RECEIVED,
        (ReturnState.INSPECTED, ReturnAction.DISPOSE): ReturnState.INSPECTED,
        # When none of a sent request is waited for any more, it is SETTLED.
        (ReturnState.SHIPPED, ReturnAction.LET_GO): ReturnState.SHIPPED,
        (ReturnState.RECEIVED, ReturnAction.LET_GO): ReturnState.RECEIVED,
        (ReturnState.INSPECTED, ReturnAction.LET_GO): ReturnState.INSPECTED,
        (ReturnState.APPROVED, ReturnAction.EXPIRE): ReturnState.EXPIRED,
        (ReturnState.SUBMITTED, ReturnAction.CANCEL): ReturnState.CANCELLED,
        (ReturnState.NEEDS_INFO, ReturnAction.CANCEL): ReturnState.CANCELLED,
        (ReturnState.APPROVED, ReturnAction.CANCEL): ReturnState.CANCELLED,
    },
)

#: Requests that the manufacturer has not decided; they hold a settlement (ST-4).
UNDECIDED = frozenset({ReturnState.SUBMITTED, ReturnState.NEEDS_INFO})
#: Requests whose units wait for what becomes of them.
AT_WAREHOUSE = frozenset({ReturnState.RECEIVED, ReturnState.INSPECTED})
#: Requests of which units may arrive.
ARRIVING = frozenset({ReturnState.SHIPPED, ReturnState.RECEIVED, ReturnState.INSPECTED, ReturnState.SETTLED})
#: Requests that are over.
FINISHED = frozenset({ReturnState.REJECTED, ReturnState.SETTLED, ReturnState.EXPIRED, ReturnState.CANCELLED})


class Packing(StrEnum):
    """How a unit is packed."""

    ORIGINAL = "original"
    SUBSTITUTE = "substitute"
    CRUSHED = "crushed"
    NONE = "none"


class Condition(StrEnum):
    """How a unit looks when it arrives (RT-4)."""

    GOOD = "good"
    DAMAGED = "damaged"
    WET = "wet"

    @property
    def tone(self) -> str:
        """The colour that pages give it."""
        return "ok" if self is Condition.GOOD else "bad"


class Disposition(StrEnum):
    """What becomes of a unit (RT-5)."""

    REPAIRED = "repaired"
    EXCHANGED = "exchanged"
    CREDITED = "credited"
    SCRAPPED = "scrapped"
    NO_FAULT = "no_fault"

    @property
    def leaves_field(self) -> bool:
        """Whether the unit is gone for good: no card, repair or return for it any more (RT-9)."""
        return self in (Disposition.EXCHANGED, Disposition.CREDITED, Disposition.SCRAPPED)

    @property
    def tone(self) -> str:
        """The colour that pages give it."""
        return "mute" if self.leaves_field else "ok"


class Verdict(StrEnum):
    """What the manufacturer says about a request or one line of it; both parties read it."""

    APPROVED = "approved"
    REJECTED = "rejected"
    #: Sent back to the dealer for more.
    ASKED = "asked"
    #: What quality saw when it looked at the unit.
    INSPECTED = "inspected"
    #: Approved and sent, as the dealer says, and never came: it is not waited for any longer.
    NOT_ARRIVED = "not_arrived"

    @property
    def tone(self) -> str:
        """The colour that pages give it."""
        return {
            "approved": "ok",
            "rejected": "bad",
            "asked": "warn",
            "inspected": "info",
            "not_arrived": "bad",
        }[self.value]


class ReturnReason(StrEnum):
    """Why a unit may not be sent, or what is missing: the coded reasons that fit a return."""

    INSUFFICIENT_INFORMATION = "insufficient_information"
    UNCLEAR_PHOTO = "unclear_photo"
    NO_REPAIR_TRIED = "no_repair_tried"
    SERIAL_MISMATCH = "serial_mismatch"
    NOT_OUR_PRODUCT = "not_our_product"
    UNAUTHORISED_REPAIR = "unauthorised_repair"
    MISUSE = "misuse"
    NO_FAULT_FOUND = "no_fault_found"
    REPAIRABLE_ON_SITE = "repairable_on_site"
    OTHER = "other"


class Stray(StrEnum):
    """Why a unit that arrived lies in quarantine (RT-4)."""

    #: No unit with this serial was ever shipped.
    UNKNOWN = "unknown"
    #: Nobody asked for its return.
    UNASKED = "unasked"
    #: Its return is not approved, was rejected, its approval expired, or it is not waited for any longer.
    NOT_APPROVED = "not_approved"
    #: Approved, but the dealer never said that it sent it.
    NOT_SHIPPED = "not_shipped"


class Release(StrEnum):
    """How a unit leaves quarantine."""

    SENT_BACK = "sent_back"
    #: A return was filed and approved afterwards; it is received with that.
    TAKEN_IN = "taken_in"
    SCRAPPED = "scrapped"
