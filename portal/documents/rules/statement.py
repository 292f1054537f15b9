"""What a settlement statement prints (ST-3), and the arithmetic that it must satisfy (ST-2).

The view is complete: whoever has it can print the statement without asking anything else. `check` refuses
a view whose lines don't add up to its figures, so a statement that is issued always explains itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import groupby

from portal.documents.rules.amounts import capital_amount
from portal.documents.rules.common import Bilingual, DocumentView, Party
from portal.kernel.money import ZERO, total


class Part(StrEnum):
    """The parts of a statement that are explained line by line; the order is the order of printing."""

    REMITTANCES = "remittances"
    #: Recorded figures that a share is taken of; like remittances they are no money of the fund.
    SALES = "sales"
    RESULTS = "results"
    GRANTED = "granted"
    DRAWN = "drawn"
    CHARGED = "charged"
    CLAIMS = "claims"
    ADJUSTED = "adjusted"
    CANCELLED = "cancelled"
    DIRECT = "direct"


#: What each part is called, and what its lines' `item` column holds.
PART_WORDS: Mapping[Part, tuple[Bilingual, Bilingual]] = {
    Part.REMITTANCES: (Bilingual("回款", "Remittances"), Bilingual("银行流水号", "Bank reference")),
    Part.SALES: (Bilingual("年度销售额", "Sales of the year"), Bilingual("月份", "Month")),
    Part.RESULTS: (Bilingual("经营结果", "Results"), Bilingual("月份", "Month")),
    Part.GRANTED: (Bilingual("核定", "Granted"), Bilingual("序列号 / 月份", "Serial / month")),
    Part.DRAWN: (Bilingual("领用配件", "Parts drawn"), Bilingual("零件编码", "Part no.")),
    Part.CHARGED: (Bilingual("计入专项费用的费用", "Charged to the fund"), Bilingual("关联项目", "Item")),
    Part.CLAIMS: (Bilingual("理赔支付", "Approved claims"), Bilingual("序列号", "Serial")),
    Part.ADJUSTED: (Bilingual("调整", "Adjustments"), Bilingual("关联项目", "Item")),
    Part.CANCELLED: (Bilingual("取消核定", "Grant cancelled"), Bilingual("关联项目", "Item")),
    Part.DIRECT: (Bilingual("直接费用", "Direct charges"), Bilingual("关联项目", "Item")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The statement in numbers, in the words of ST-2. All are CNY or the agreement's currency, two places.

    result = opening + granted − drawn − charged − claims + adjusted − cancelled.
    """

    opening: Decimal
    granted: Decimal
    drawn: Decimal
    charged: Decimal
    claims: Decimal
    adjusted: Decimal
    cancelled: Decimal
    result: Decimal
    #: What goes into the next quarter, or is paid out, or is missing: at most one of the three is not zero.
    carried: Decimal
    paid_out: Decimal
    overspent: Decimal
    #: Charged to the dealer directly, outside the fund.
    direct: Decimal
    #: What the dealer owes: overspent + direct.
    due: Decimal
    #: What the manufacturer owes: paid_out + claims.
    payable: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One posting with the document behind it."""

    date: str
    document: str
    text: str
    amount: Decimal
    #: Part number, serial or bank reference.
    item: str = ""
    quantity: int | None = None
    unit_price: Decimal | None = None
    #: The earlier period it belongs to, if it came too late for it (MN-4): `2026Q1`.
    belongs_to: str = ""
    #: The month it stands under, if its date lies outside the quarter; empty: the month of its date.
    month: str = ""

    @property
    def counts_in(self) -> str:
        """The month of the statement that it stands under: `2026-04`."""
        return self.month or self.date[:7]


@dataclass(frozen=True, slots=True)
class Section:
    """All lines of one part, in the order of their dates."""

    part: Part
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one basis of the terms granted: `2.5% × 80,600.00`, `15.00 × 12`."""

    basis: Bilingual
    formula: str
    amount: Decimal
    documents: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthFigures:
    """One month of the quarter. `granted_so_far`: the months add up to the rounded quarter (ST-1)."""

    month: str
    remitted: Decimal
    remitted_so_far: Decimal
    granted: Decimal
    granted_so_far: Decimal
    drawn: Decimal
    charged: Decimal
    claims: Decimal
    adjusted: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The version of the terms that ruled the quarter (AG-2), and the clauses that the statement cites."""

    agreement: str
    version: int
    effective_from: str
    clauses: tuple[Bilingual, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One figure that a new revision changed (ST-6)."""

    what: Bilingual
    before: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementView(DocumentView):
    """A dealer's result for a quarter, as both parties print it."""

    quarter: str
    starts: str
    ends: str
    manufacturer: Party
    dealer: Party
    terms: Terms
    figures: Figures
    grants: tuple[Grant, ...]
    months: tuple[MonthFigures, ...]
    sections: tuple[Section, ...]
    #: Last day to confirm or dispute; empty: silence never counts.
    confirm_by: str = ""
    #: The day by which what is due must be paid; empty when nothing is.
    due_on: str = ""
    #: Of a later revision: what it changed against the one before, and why.
    changes: tuple[Change, ...] = ()
    reason: str = ""

    def lines(self, part: Part) -> tuple[Line, ...]:
        """The lines of one part; empty when nothing happened."""
        return next((section.lines for section in self.sections if section.part is part), ())


def statement_title() -> Bilingual:
    """The official name of the sheet."""
    return Bilingual("专项维修费用结算对账单", "Repair Fund Settlement Statement")


def quarter_words(quarter: str) -> Bilingual:
    """`"2026Q3"` → 2026 年第三季度 / third quarter of 2026."""
    year, number = quarter.split("Q")
    index = int(number) - 1
    ordinal = ("First", "Second", "Third", "Fourth")[index]
    return Bilingual(f"{year} 年第{'一二三四'[index]}季度", f"{ordinal} quarter of {year}")


def check(view: StatementView) -> None:
    """Raise ValueError unless the figures satisfy ST-2 and every figure is the sum of its lines."""
    f = view.figures
    expected = {
        "result": f.opening + f.granted - f.drawn - f.charged - f.claims + f.adjusted - f.cancelled,
        "carried or paid out": max(f.result, ZERO),
        "overspent": max(-f.result, ZERO),
        "due": f.overspent + f.direct,
        "payable": f.paid_out + f.claims,
        "granted": total(grant.amount for grant in view.grants),
    }
    printed = {
        "result": f.result,
        "carried or paid out": f.carried + f.paid_out,
        "overspent": f.overspent,
        "due": f.due,
        "payable": f.payable,
        "granted": f.granted,
    }
    for part in (Part.DRAWN, Part.CHARGED, Part.CLAIMS, Part.ADJUSTED, Part.CANCELLED, Part.DIRECT):
        expected[part] = total(line.amount for line in view.lines(part))
        printed[part] = getattr(f, part)
    if view.lines(Part.GRANTED):
        expected["lines of the grant"] = total(line.amount for line in view.lines(Part.GRANTED))
        printed["lines of the grant"] = f.granted
    for name in ("granted", "drawn", "charged", "claims", "adjusted"):
        expected[f"months: {name}"] = total(getattr(month, name) for month in view.months)
        printed[f"months: {name}"] = getattr(f, name)
    expected["remittances"] = total(line.amount for line in view.lines(Part.REMITTANCES))
    printed["remittances"] = total(month.remitted for month in view.months)
    for name, amount in expected.items():
        if printed[name] != amount:
            raise ValueError(f"{view.number}: {name} is {printed[name]}, but its parts add up to {amount}")


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One row of the summary on the first page; the amounts of all rows add up to the result."""

    words: Bilingual
    amount: Decimal
    documents: int | None = None
    #: Why it is this amount; empty when the lines of `part` say so.
    basis: str = ""
    part: Part | None = None


def summary(view: StatementView) -> tuple[SummaryRow, ...]:
    """Opening, each basis that granted, each class of draws and charges; signed as in the result."""
    rows = [SummaryRow(Bilingual("期初结转", "Brought forward"), view.figures.opening)]
    rows += [
        SummaryRow(
            Bilingual(f"核定：{g.basis.zh}", f"Granted: {g.basis.en}"), g.amount, g.documents, g.formula
        )
        for g in view.grants
    ]
    for part, sign in (
        (Part.DRAWN, -1),
        (Part.CHARGED, -1),
        (Part.CLAIMS, -1),
        (Part.ADJUSTED, 1),
        (Part.CANCELLED, -1),
    ):
        lines = view.lines(part)
        amount = sign * Decimal(getattr(view.figures, part))
        words = PART_WORDS[part][0]
        label = words if sign > 0 else Bilingual(f"减：{words.zh}", f"Less: {words.en.lower()}")
        rows.append(SummaryRow(label, amount or ZERO, len({line.document for line in lines}), part=part))
    return tuple(rows)


class Outcome(StrEnum):
    """What a quarter comes to: what either party owes the other, or what is carried over."""

    DUE = "due"
    PAYABLE = "payable"
    CARRIED = "carried"


@dataclass(frozen=True, slots=True)
class InWords:
    """An outcome of the quarter as it is signed for: in capitals and in figures, from the same cents."""

    outcome: Outcome
    label: Bilingual
    amount: Decimal
    #: Empty in another currency than CNY.
    capitals: str


def outcomes(view: StatementView) -> tuple[InWords, ...]:
    """What the parties sign for: what either owes the other; if nothing, what is carried over."""
    f = view.figures
    owed = [
        (Outcome.DUE, Bilingual("经销商应付厂方", "Due from the dealer"), f.due),
        (Outcome.PAYABLE, Bilingual("厂方应付经销商", "Payable to the dealer"), f.payable),
    ]
    carried = (Outcome.CARRIED, Bilingual("结转下季", "Carried to the next quarter"), f.carried)
    in_capitals = view.currency == "CNY"
    return tuple(
        InWords(outcome, label, amount, capital_amount(amount) if in_capitals else "")
        for outcome, label, amount in [row for row in owed if row[2]] or [carried]
    )


@dataclass(frozen=True, slots=True)
class MonthGroup:
    """The lines of one month with their subtotal."""

    month: str
    lines: tuple[Line, ...]
    subtotal: Decimal


def by_month(lines: Iterable[Line]) -> tuple[MonthGroup, ...]:
    """Lines grouped by the month they stand under, in the order of time; their order inside is kept."""
    ordered = sorted(lines, key=lambda line: line.counts_in)
    months = ((month, tuple(group)) for month, group in groupby(ordered, key=lambda line: line.counts_in))
    return tuple(MonthGroup(month, group, total(line.amount for line in group)) for month, group in months)


#: Parts of which a few lines are printed on the first page, above the signatures.
FRONT_PARTS = (Part.ADJUSTED, Part.CANCELLED, Part.DIRECT)
#: Printed lines for which the first page has room besides its fixed parts, see `fits_front`.
FRONT_ROOM = 5


def front_lines(view: StatementView) -> tuple[tuple[Part, Line], ...]:
    """The lines of `FRONT_PARTS`, each with its part."""
    return tuple((part, line) for part in FRONT_PARTS for line in view.lines(part))


def fits_front(view: StatementView) -> bool:
    """Whether the lines of `FRONT_PARTS` fit the first page together with the signatures.

    If not, they are printed with the details, and the first page keeps their totals: what is signed stays on
    the page with the result. Whatever makes the page longer than the shortest statement is counted in lines.
    """
    listed = sum(_lines_of(line.text + line.belongs_to, 46) for _, line in front_lines(view))
    return _base_lines(view) + listed <= FRONT_ROOM


def is_tight(view: StatementView) -> bool:
    """Whether the first page is so full of long names, bases or changes that it is set closer."""
    return _base_lines(view) > FRONT_ROOM


def _base_lines(view: StatementView) -> int:
    """By how many lines the first page is longer than the shortest one, without the lines of `FRONT_PARTS`."""
    needed = len(view.grants) - 1 + 2 * (len(outcomes(view)) - 1) + bool(view.due_on)
    if view.terms.clauses:
        needed += _lines_of("".join(f"{clause.zh} {clause.en}  " for clause in view.terms.clauses), 130)
    if view.revision > 1:
        changes = "".join(f"{c.what.zh}{c.what.en}{c.before}{c.after}      " for c in view.changes)
        needed += 1 + _lines_of(view.reason, 110) + _lines_of(changes, 130)
    return needed + max(_extra_lines(party) for party in (view.manufacturer, view.dealer))


def _extra_lines(party: Party) -> int:
    texts = (
        (party.name, 28),
        (f"{party.address}  {party.phone}", 44),
        (f"{party.bank}  {party.account}", 44),
    )
    return sum(_lines_of(text, width) - 1 for text, width in texts)


def _lines_of(text: str, width: int) -> int:
    """Lines that `text` takes where `width` narrow characters fit; a wide character counts two."""
    wide = sum(2 if ord(character) > 0x2E7F else 1 for character in text)
    return max(1, -(-wide // width))


#: Millimetres between the margins.
_SHEET = 179


def detail_widths(counted: bool, earlier: bool) -> tuple[int, ...]:
    """The widths of a detail table's columns in millimetres; the description takes what the others leave."""
    left, right = (9, 13, 29, 29), ((11, 18) if counted else ()) + ((15,) if earlier else ()) + (22,)
    return (*left, _SHEET - sum(left) - sum(right), *right)


def detail_parts(view: StatementView) -> list[Part]:
    """The parts that are listed after the first page, in their order."""
    front = FRONT_PARTS if fits_front(view) else ()
    return [part for part in Part if view.lines(part) and part not in front]
