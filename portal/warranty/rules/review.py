"""What a decision about a card needs in words, and which cards a bulk decision leaves out (WC-5, WC-2, FE-1)."""

from portal.kernel.errors import RuleBroken
from portal.kernel.text import T
from portal.warranty.rules.cards import CARD, REASONED, CardAction, CardState, RejectReason
from portal.warranty.rules.risk import FLAGGED

#: Decisions that say in words what is meant, besides a code or without one.
WORDED = frozenset({CardAction.SEND_BACK, CardAction.VOID})


def check_words(
    decision: CardAction, reason: RejectReason | None, text: str, *, waived: bool = False
) -> CardAction:
    """The decision, if it says what the dealer has to read.

    Sending back and rejecting need a coded reason, sending back and voiding need words (WC-5), forgiving lateness
    needs words (WC-2). Raises RuleBroken with the field.
    """
    if decision in REASONED and reason is None:
        raise RuleBroken("WC-5", T("Choose a reason; the dealer reads it."), field="reason")
    if decision in WORDED and not text.strip():
        raise RuleBroken("WC-5", T("Say in words what is meant; the dealer reads it."), field="text")
    if waived and not text.strip():
        raise RuleBroken("WC-2", T("Say why the lateness is forgiven."), field="text")
    return decision


def left_out(state: CardState, decision: CardAction, *, score: int, own: bool) -> T | None:
    """Why a bulk decision doesn't take a card; None: it takes it.

    `score`: what the signals come to (WC-4): from FLAGGED on somebody opens the card before it is accepted.
    `own`: the person filed it (FE-1).
    """
    if own:
        return T("You filed it yourself; another person decides it.")
    if decision not in CARD.actions(state):
        return T("It is {state} meanwhile.", state=state)
    if decision is CardAction.ACCEPT and score >= FLAGGED:
        return T("It has signals of falsification; open it before you accept it.")
    return None
