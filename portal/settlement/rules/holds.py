"""What holds a dealer when its quarter is to be settled (ST-4)."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Hold(StrEnum):
    """Why a dealer gets no statement (ST-4); listed and reported in this order."""

    QUARTER_OPEN = "quarter_open"
    PREVIOUS_OPEN = "previous_open"
    FORMS_MISSING = "forms_missing"
    FORMS_NOT_ACCEPTED = "forms_not_accepted"
    CARDS_UNDECIDED = "cards_undecided"
    CLAIMS_UNDECIDED = "claims_undecided"
    RETURNS_UNDECIDED = "returns_undecided"

    @property
    def overridable(self) -> bool:
        """Whether finance may lift it; the two open quarters it may not."""
        return self not in (Hold.QUARTER_OPEN, Hold.PREVIOUS_OPEN)


#: Reasons that finance may override with a reason of its own; the first two never.
OVERRIDABLE = frozenset(hold for hold in Hold if hold.overridable)


@dataclass(frozen=True)
class HoldFacts:
    """What is known of one dealer when its quarter is to be settled."""

    #: The day after which the quarter can be settled: its last, or the agreement's (AG-3).
    last_day: dt.date
    today: dt.date
    #: The agreement touched the quarter before, and that one is not closed.
    previous_open: bool
    #: Months of the quarter whose forms are owed; of those, submitted (accepted ones included) and accepted.
    forms_owed: int
    forms_submitted: int
    forms_accepted: int
    #: Whether cards earn a fee; without one, undecided cards hold nothing.
    pays_card_fee: bool
    #: Filed in the quarter and neither accepted nor rejected.
    cards_undecided: int
    #: Repairs filed, and returns requested, in the quarter and not decided.
    claims_undecided: int
    returns_undecided: int


def holds(facts: HoldFacts) -> tuple[Hold, ...]:
    """All reasons that hold the dealer, in the order of Hold; none: the statement can be issued."""
    found = {
        Hold.QUARTER_OPEN: facts.today <= facts.last_day,
        Hold.PREVIOUS_OPEN: facts.previous_open,
        Hold.FORMS_MISSING: facts.forms_submitted < facts.forms_owed,
        Hold.FORMS_NOT_ACCEPTED: facts.forms_accepted < facts.forms_owed <= facts.forms_submitted,
        Hold.CARDS_UNDECIDED: facts.pays_card_fee and facts.cards_undecided > 0,
        Hold.CLAIMS_UNDECIDED: facts.claims_undecided > 0,
        Hold.RETURNS_UNDECIDED: facts.returns_undecided > 0,
    }
    return tuple(hold for hold in Hold if found[hold])


def remaining(found: Iterable[Hold], *, override: bool) -> tuple[Hold, ...]:
    """What still holds when finance overrides this dealer; the two open quarters can't be overridden."""
    return tuple(hold for hold in found if not (override and hold in OVERRIDABLE))
