"""What a clause of an agreement is."""

from dataclasses import dataclass

from portal.agreements.rules.reading import BOUNDS
from portal.kernel.text import T


@dataclass(frozen=True)
class Clause:
    """One clause of the agreement; `key` is the term that holds its value."""

    key: str
    #: `"2.1"`: chapter and place, the same on screens and on paper.
    number: str
    title: T
    explanation: T
    #: The unit of a whole number; None where the value speaks for itself.
    unit: T | None = None
    #: Ids of the rules that ask for it.
    rules: tuple[str, ...] = ()

    @property
    def bounds(self) -> tuple[int, int] | None:
        """Lowest and highest value of a whole number."""
        return BOUNDS.get(self.key)
