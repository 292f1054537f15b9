"""State machines as one table each: `actions` draws the buttons, `advance` is the guard."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from portal.kernel.errors import RuleBroken
from portal.kernel.text import T

S = TypeVar("S", bound=StrEnum)
A = TypeVar("A", bound=StrEnum)


class Transitions(Generic[S, A]):
    """The moves of one kind of document. `rule` is the id that a refusal names (WC-6, PT-3, ST-5 …)."""

    def __init__(self, rule: str, table: Mapping[tuple[S, A], S]) -> None:
        self.rule = rule
        self.table = dict(table)

    def actions(self, state: S) -> frozenset[A]:
        """What may be done to a document in `state`."""
        return frozenset(action for source, action in self.table if source == state)

    def advance(self, state: S, action: A) -> S:
        """The state after `action`. Raises RuleBroken with the document's states rule when it isn't possible."""
        try:
            return self.table[state, action]
        except KeyError:
            raise RuleBroken(
                self.rule,
                T("This document is {state}; it can't be changed that way any more.", state=state),
            ) from None
