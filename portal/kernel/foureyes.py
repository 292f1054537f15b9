"""Four eyes (FE-1): nobody decides what they filed, closes what they issued, confirms what they proposed."""

from portal.kernel.errors import RuleBroken
from portal.kernel.text import T


def check_four_eyes(first: int, second: int) -> None:
    """`first` did the earlier act, `second` is about to do the deciding one (ids of persons).

    Raises RuleBroken FE-1 when they are the same.
    """
    if first == second:
        raise RuleBroken("FE-1", T("You did the first step yourself; another person has to do this one."))
