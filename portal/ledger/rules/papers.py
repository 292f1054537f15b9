"""The quota statement (领用额度对账单) as values: how the quota stood and moved in a quarter or a month (PT-2)."""

from dataclasses import dataclass
from decimal import Decimal

from portal.documents.rules import Bilingual, DocumentView, Party
from portal.kernel.money import total

TITLE = Bilingual("备料领用额度对账单", "Parts Quota Statement")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaLine:
    """One act: what it added to the quota or took from it, and what was left then."""

    date: str
    document: str
    text: Bilingual
    #: What it is worked out from, `2.5% × 80,600.00`, or why it was posted.
    note: str
    plus: Decimal
    minus: Decimal
    left: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaMonth:
    """One month by the days of posting; remittances and grants by their business dates."""

    month: str
    begins: Decimal
    ends: Decimal
    remitted: Decimal
    remittances: int
    granted: Decimal
    lines: tuple[QuotaLine, ...]

    @property
    def plus(self) -> Decimal:
        """What came to the quota."""
        return total(line.plus for line in self.lines)

    @property
    def minus(self) -> Decimal:
        """What left it."""
        return total(line.minus for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaStatement(DocumentView):
    """A moment's account of the quota, for both parties to compare with their books; no settlement follows from it."""

    manufacturer: Party
    dealer: Party
    agreement: str
    terms_version: int
    period: Bilingual
    #: The moment in the manufacturer's zone: `2026-05-20 10:00`.
    moment: str
    bases: tuple[Bilingual, ...]
    #: The formula of the quota, signed, for a whole quarter; none for a month.
    terms: tuple[tuple[Bilingual, Decimal], ...]
    months: tuple[QuotaMonth, ...]
    #: What each open request holds at this moment, for the running quarter.
    held: tuple[tuple[str, Decimal], ...]

    @property
    def begins(self) -> Decimal:
        """The quota at the beginning of the first month."""
        return self.months[0].begins

    @property
    def ends(self) -> Decimal:
        """The quota at the end of the last month, as far as it is posted."""
        return self.months[-1].ends


def check_statement(view: QuotaStatement) -> None:
    """Raise ValueError unless each line follows from the one before and the formula ends where the lines do."""
    left = view.begins
    for month in view.months:
        for line in month.lines:
            left += line.plus - line.minus
            if line.left != left:
                raise ValueError(f"{view.number}: {line.document} leaves {line.left}, not {left}")
        if month.ends != left:
            raise ValueError(f"{view.number}: {month.month} ends with {month.ends}, not {left}")
    if view.terms and total(amount for _, amount in view.terms) != left:
        raise ValueError(f"{view.number}: the formula does not come to {left}")
    if view.held and view.terms and total(amount for _, amount in view.held) != -view.terms[-1][1]:
        raise ValueError(f"{view.number}: the requests do not hold {-view.terms[-1][1]}")
