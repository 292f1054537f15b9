"""ST-9: cancelling a quarter's fees is proposed by one person and confirmed by another."""

from enum import StrEnum

from portal.kernel.errors import RuleBroken
from portal.kernel.text import T
from portal.kernel.transitions import Transitions
from portal.settlement.rules.statements import StatementState


class CancellationState(StrEnum):
    """Where a proposal is."""

    #: Nothing is posted; the dealer knows nothing of it.
    PROPOSED = "proposed"
    #: By a second person: the fees are cancelled, and whatever the quarter grants later is cancelled too.
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"

    @property
    def tone(self) -> str:
        """The colour of its badge."""
        return {"proposed": "warn", "confirmed": "bad"}.get(self.value, "mute")


class CancellationAction(StrEnum):
    CONFIRM = "confirm"
    WITHDRAW = "withdraw"


CANCELLATION = Transitions[CancellationState, CancellationAction](
    "ST-9",
    {
        (CancellationState.PROPOSED, CancellationAction.CONFIRM): CancellationState.CONFIRMED,
        (CancellationState.PROPOSED, CancellationAction.WITHDRAW): CancellationState.WITHDRAWN,
    },
)


def check_cancellable(state: StatementState | None, number: str) -> None:
    """Before the quarter's statement is issued, or while it is disputed; else RuleBroken ST-5.

    `state` and `number`: of the quarter's statement, None and "" when there is none.
    """
    if state not in (None, StatementState.DRAFT, StatementState.DISPUTED):
        raise RuleBroken(
            "ST-5",
            T(
                "Statement {number} is issued; its fees can be cancelled only while it is disputed.",
                number=number,
            ),
            field="quarter",
        )
