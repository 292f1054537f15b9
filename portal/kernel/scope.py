"""Who may see what. A session carries exactly one scope for its whole life."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """One manufacturer, and of its dealers all, one, or one selling point of one."""

    manufacturer_id: int
    #: None: the manufacturer's own people, who see every dealer.
    dealer_id: int | None = None
    #: A sub-dealer's people see their own selling point only.
    point_id: int | None = None

    @property
    def party(self) -> int:
        """Whose private rows these are: 0 the manufacturer, else the selling point or dealer that acts."""
        return self.point_id or self.dealer_id or 0


class NoScope(RuntimeError):
    """Owned rows were touched in a session that has no scope, or in a way that can't be scoped."""


class OutOfScope(RuntimeError):
    """A row of another party was about to be written."""
