"""A longer warranty for one unit, by the manufacturer's approval (EN-3)."""

from enum import StrEnum

from portal.kernel.errors import RuleBroken
from portal.kernel.text import T
from portal.kernel.transitions import Transitions

#: The longest extension, in months.
MOST_MONTHS = 60
#: Characters of a reason.
LONGEST_REASON = 300


class ExtensionState(StrEnum):
    """EN-3."""

    #: The dealer asked, the manufacturer decides.
    ASKED = "asked"
    GRANTED = "granted"
    DECLINED = "declined"
    #: Taken back by the dealer before a decision.
    WITHDRAWN = "withdrawn"

    @property
    def tone(self) -> str:
        """The colour of its badge."""
        return {"asked": "info", "granted": "ok", "declined": "bad"}.get(self.value, "mute")


class ExtensionAction(StrEnum):
    GRANT = "grant"
    DECLINE = "decline"
    WITHDRAW = "withdraw"


EXTENSION = Transitions[ExtensionState, ExtensionAction](
    "EN-3",
    {
        (ExtensionState.ASKED, ExtensionAction.GRANT): ExtensionState.GRANTED,
        (ExtensionState.ASKED, ExtensionAction.DECLINE): ExtensionState.DECLINED,
        (ExtensionState.ASKED, ExtensionAction.WITHDRAW): ExtensionState.WITHDRAWN,
    },
)


def check_extension(months: int, reason: str, *, field: str = "reason") -> None:
    """EN-3: from 1 to MOST_MONTHS months, with a reason. Raises RuleBroken EN-3."""
    if not 1 <= months <= MOST_MONTHS:
        raise RuleBroken(
            "EN-3", T("Enter a number of months from 1 to {most}.", most=MOST_MONTHS), field="months"
        )
    check_reason(reason, field=field)


def check_reason(reason: str, *, field: str) -> None:
    """Both parties read why. Raises RuleBroken EN-3."""
    if not reason.strip():
        raise RuleBroken("EN-3", T("Give a reason; both parties read it."), field=field)
    if len(reason) > LONGEST_REASON:
        raise RuleBroken(
            "EN-3", T("This has more than {longest} characters.", longest=LONGEST_REASON), field=field
        )
