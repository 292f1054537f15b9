"""What happens to a monthly form, and to the month that its forms make up (MF-2, MF-4)."""

from collections.abc import Iterable
from enum import StrEnum

from portal.kernel.transitions import Transitions


class FormState(StrEnum):
    """Where one form of a month is."""

    #: Compiled by the portal, not submitted.
    OWED = "owed"
    #: Checked and completed by whoever prepares it; waits for the owner to submit.
    PREPARED = "prepared"
    #: Frozen with a hash; waits for the manufacturer.
    SUBMITTED = "submitted"
    #: With remarks; the dealer corrects and submits again.
    RETURNED = "returned"
    ACCEPTED = "accepted"

    @property
    def tone(self) -> str:
        """The colour of its badge."""
        tones = {"prepared": "info", "submitted": "info", "returned": "warn", "accepted": "ok"}
        return tones.get(self.value, "mute")


class FormAction(StrEnum):
    PREPARE = "prepare"
    #: Something was typed after it was prepared.
    CHANGE = "change"
    SUBMIT = "submit"
    #: Taken back by the dealer before anybody decided.
    WITHDRAW = "withdraw"
    #: Submitted anew with the records of now, while the month is open.
    RESUBMIT = "resubmit"
    RETURN = "return"
    ACCEPT = "accept"


FORM = Transitions[FormState, FormAction](
    "MF-4",
    {
        (FormState.OWED, FormAction.PREPARE): FormState.PREPARED,
        (FormState.OWED, FormAction.CHANGE): FormState.OWED,
        (FormState.OWED, FormAction.SUBMIT): FormState.SUBMITTED,
        (FormState.PREPARED, FormAction.CHANGE): FormState.OWED,
        (FormState.PREPARED, FormAction.SUBMIT): FormState.SUBMITTED,
        (FormState.RETURNED, FormAction.PREPARE): FormState.PREPARED,
        (FormState.RETURNED, FormAction.CHANGE): FormState.RETURNED,
        (FormState.RETURNED, FormAction.SUBMIT): FormState.SUBMITTED,
        (FormState.SUBMITTED, FormAction.WITHDRAW): FormState.OWED,
        (FormState.SUBMITTED, FormAction.RESUBMIT): FormState.SUBMITTED,
        (FormState.SUBMITTED, FormAction.RETURN): FormState.RETURNED,
        (FormState.SUBMITTED, FormAction.ACCEPT): FormState.ACCEPTED,
        (FormState.ACCEPTED, FormAction.RESUBMIT): FormState.SUBMITTED,
    },
)

#: Forms that the dealer has still to send; any of them holds the settlement as missing (ST-4).
MISSING = frozenset({FormState.OWED, FormState.PREPARED, FormState.RETURNED})


def state_of_month(states: Iterable[FormState]) -> FormState:
    """Where a month is whose owed forms are in `states`: the form that is furthest behind decides.

    A returned form outweighs one that was never sent: somebody waits for the answer.
    """
    found = set(states)
    order = (FormState.RETURNED, FormState.OWED, FormState.PREPARED, FormState.SUBMITTED)
    return next((state for state in order if state in found), FormState.ACCEPTED)


class Verdict(StrEnum):
    """What an auditor found on one record of a sample (MF-4)."""

    IN_ORDER = "in_order"
    NOT_IN_ORDER = "not_in_order"

    @property
    def tone(self) -> str:
        return "ok" if self is Verdict.IN_ORDER else "bad"
