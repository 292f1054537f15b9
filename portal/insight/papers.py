"""A dealer's annual record (经销商年度售后档案) on paper, filled in from what its page shows."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from portal.agreements import queries as agreements
from portal.agreements.rules import base_in_words
from portal.documents.rules import Bilingual, DocumentView, Party
from portal.documents.words import NOTHING, both, said
from portal.insight.rules import YearFigure
from portal.insight.year import FundRow, Year, YearRow
from portal.tenants import queries as tenants

TITLE = Bilingual("经销商年度售后档案", "Dealer's Annual Record")
#: The list of the portal that a figure opens to.
SOURCES: Mapping[YearFigure, Bilingual] = {
    YearFigure.CARDS_FILED: Bilingual("保修回执卡", "Warranty cards"),
    YearFigure.CARDS_ACCEPTED: Bilingual("保修回执卡", "Warranty cards"),
    YearFigure.CARDS_LATE: Bilingual("保修回执卡", "Warranty cards"),
    YearFigure.REPAIRS: Bilingual("维修记录", "Repair records"),
    YearFigure.CLAIMS_FILED: Bilingual("费用申报", "Claims"),
    YearFigure.CLAIMS_GRANTED: Bilingual("费用申报", "Claims"),
    YearFigure.PARTS_REQUESTS: Bilingual("备料单", "Parts requests"),
    YearFigure.PARTS_SHIPPED: Bilingual("发货单", "Shipments"),
    YearFigure.RETURNS: Bilingual("退货返修", "Returns"),
    YearFigure.UNITS_RETURNED: Bilingual("退货返修", "Returns"),
    YearFigure.FEEDBACK: Bilingual("信息反馈单", "Feedback"),
    YearFigure.REMITTED: Bilingual("回款", "Remittances"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """One figure: a text for each quarter and for the year; a dash where there was no such quarter."""

    words: Bilingual
    source: Bilingual
    quarters: tuple[str, ...]
    year: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordStatement:
    """The settlement statement of a quarter; `number` is empty where none was issued."""

    quarter: str
    number: str
    state: Bilingual
    result: str
    due: str
    payable: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordMonth:
    """How the monthly forms of a month came."""

    month: str
    owed: int
    in_time: int
    late: int
    missing: int
    days_late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordVersion:
    """A version of the terms that ruled some of the year."""

    number: int
    starts: str
    bases: tuple[Bilingual, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnualRecord(DocumentView):
    """One year of one agreement, for both parties to keep."""

    year: int
    manufacturer: Party
    dealer: Party
    dealer_code: str
    region: str
    agreement: str
    agreement_state: Bilingual
    starts: str
    ends: str
    moment: str
    versions: tuple[RecordVersion, ...]
    figures: tuple[RecordRow, ...]
    fund: tuple[RecordRow, ...]
    statements: tuple[RecordStatement, ...]
    months: tuple[RecordMonth, ...]


def annual_record(found: Year, *, today: dt.date, moment: str) -> AnnualRecord:
    """The paper of a year; `moment`: now, as it is printed."""
    agreement = found.agreement
    manufacturer, dealer = tenants.manufacturer(), tenants.dealer_by_id(agreement.dealer_id)
    return AnnualRecord(
        title=TITLE,
        number=f"{agreement.number}-{found.year}",
        issuer=manufacturer.name,
        issued_on=str(today),
        currency=agreements.versions(agreement.id)[-1].terms.currency,
        copies=(
            Bilingual("第一联　厂方", "Copy 1: manufacturer"),
            Bilingual("第二联　经销商", "Copy 2: dealer"),
        ),
        year=found.year,
        manufacturer=Party.of(manufacturer, bank=False),
        dealer=Party.of(dealer, bank=False),
        dealer_code=dealer.code,
        region=dealer.region,
        agreement=agreement.number,
        agreement_state=both(agreement.state),
        starts=str(agreement.starts),
        ends=str(agreement.ends or ""),
        moment=moment,
        versions=tuple(
            RecordVersion(
                number=version.number,
                starts=str(version.starts),
                bases=tuple(said(base_in_words(base)) for base in version.terms.bases),
            )
            for version in found.versions
        ),
        figures=tuple(_figure(row) for row in found.rows),
        fund=(*(_fund(row) for row in found.fund), *_result(found)),
        statements=_statements(found),
        months=tuple(
            RecordMonth(
                month=str(month),
                owed=came.owed,
                in_time=came.in_time,
                late=came.late,
                missing=came.missing,
                days_late=came.days_late,
            )
            for month, came in sorted(found.forms.items())
        ),
    )


def _figure(row: YearRow) -> RecordRow:
    is_money = row.figure.is_money
    return RecordRow(
        words=both(row.figure),
        source=SOURCES[row.figure],
        quarters=tuple(_text(amount, is_money) for amount in row.quarters),
        year=_text(row.year, is_money),
    )


def _fund(row: FundRow) -> RecordRow:
    return RecordRow(
        words=both(row.account),
        source=Bilingual("额度台账", "Ledger"),
        quarters=tuple(_text(amount) for amount in row.quarters),
        year=_text(row.year),
    )


def _result(found: Year) -> tuple[RecordRow, ...]:
    """The quarters' results; the year ends with the last one."""
    if not found.fund:
        return ()
    known = [amount for amount in found.results if amount is not None]
    return (
        RecordRow(
            words=Bilingual("季度结果", "Result"),
            source=Bilingual("额度台账", "Ledger"),
            quarters=tuple(_text(amount) for amount in found.results),
            year=_text(known[-1] if known else None),
        ),
    )


def _statements(found: Year) -> tuple[RecordStatement, ...]:
    return tuple(
        RecordStatement(
            quarter=str(quarter),
            number=row.number if row else "",
            state=both(row.state) if row else NOTHING,
            result=_text(row.result if row else None),
            due=_text(row.due if row else None),
            payable=_text(row.payable if row else None),
        )
        for quarter, row in zip(found.quarters, found.statements, strict=True)
        if quarter in found.shown
    )


def _text(amount: Decimal | None, is_money: bool = True) -> str:
    if amount is None:
        return "—"
    return (f"{amount:,.2f}" if is_money else str(int(amount))).replace("-", "−")
