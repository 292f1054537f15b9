"""The notice by which approved claims are deducted from what a dealer owes for goods (ST-10)."""

from dataclasses import dataclass
from decimal import Decimal

from portal.documents.rules.amounts import capital_amount
from portal.documents.rules.common import DocumentView, Party


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOffRow:
    """One approved claim."""

    date: str
    document: str
    serial: str
    #: The quarter whose statement shows it.
    quarter: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOffView(DocumentView):
    """三包费用核销通知单: the claims, their sum, and both parties' seals."""

    manufacturer: Party
    dealer: Party
    agreement: str
    amount: Decimal
    note: str
    is_issued: bool
    #: Who confirmed it for the dealer, and when; empty: nobody yet.
    confirmed: str
    lines: tuple[WriteOffRow, ...]

    @property
    def capitals(self) -> str:
        """The amount in capitals; empty in another currency than CNY."""
        return capital_amount(self.amount) if self.currency == "CNY" else ""
