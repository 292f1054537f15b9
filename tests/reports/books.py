"""A month's records as the tests of the pages write them: what a compiler would have found."""

from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from portal.agreements.rules import FormKind
from portal.kernel.period import Month
from portal.reports.queries import figures
from portal.reports.rules import Compiled, Record, Row

CARD = "BXK-2026-00000{}"


@dataclass
class Books:
    """Cards sold by month: one record each in the sales statistics of model EB-48; the other forms stay empty."""

    sold: dict[Month, list[str]] = field(default_factory=dict)
    #: How often anything was compiled.
    asked: int = 0

    def sell(self, month: Month, cards: int) -> None:
        """Let a month have so many cards."""
        self.sold[month] = [CARD.format(number) for number in range(1, cards + 1)]

    def compile(self, _agreement: object, month: Month) -> Compiled:
        self.asked += 1
        records = tuple(
            Record("EB-48", "sold", number, month.first, Decimal(1), "电动车")
            for number in self.sold.get(month, ())
        )
        return Compiled((Row("EB-48", {"model": "EB-48"}),), records)


def open_books(monkeypatch: pytest.MonkeyPatch) -> Books:
    """Sales statistics counted from `Books`."""
    books = Books()
    monkeypatch.setattr(figures, "COMPILERS", {FormKind.SALES: books.compile})
    return books
