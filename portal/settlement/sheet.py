"""What a statement prints, put together from the ledger and the records behind it (ST-3).

Everything is read once, when the statement is issued; from then on the stored view is the truth.
"""

import json
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.agreements.rules import CLAUSES, BaseKind, Terms, version_in_force
from portal.documents import rules as documents
from portal.documents.rules import Bilingual, Party
from portal.kernel.i18n import translate, use_language
from portal.kernel.money import ZERO, format_rate, parse_money, total
from portal.kernel.period import Month, Quarter
from portal.ledger import queries as ledger
from portal.ledger.models import Entry
from portal.ledger.queries import Movement
from portal.ledger.rules import Account, month_in
from portal.parts import queries as parts
from portal.settlement import queries
from portal.settlement.models import Statement
from portal.settlement.rules import FIGURE_OF, FIGURES, Posting, Result, compare, due_date
from portal.tenants import queries as tenants
from portal.warranty import queries as warranty

#: What each figure is called in a list of changes.
FIGURE_WORDS: Mapping[str, Bilingual] = {
    "opening": Bilingual("期初结转", "Brought forward"),
    "granted": Bilingual("本季核定", "Granted"),
    "drawn": Bilingual("领用配件", "Parts drawn"),
    "charged": Bilingual("计入费用", "Charged to the fund"),
    "claims": Bilingual("理赔支付", "Approved claims"),
    "adjusted": Bilingual("调整", "Adjusted"),
    "cancelled": Bilingual("取消核定", "Cancelled"),
    "result": Bilingual("本季结果", "Result"),
    "carried": Bilingual("结转下季", "Carried over"),
    "paid_out": Bilingual("余额支付", "Paid out"),
    "overspent": Bilingual("超支", "Overspent"),
    "direct": Bilingual("直接费用", "Direct charges"),
    "due": Bilingual("经销商应付", "Due"),
    "payable": Bilingual("厂方应付", "Payable"),
}
_SECTION_ACCOUNTS = {
    documents.Part.CHARGED: Account.CHARGED,
    documents.Part.CLAIMS: Account.CLAIMS,
    documents.Part.ADJUSTED: Account.ADJUSTED,
    documents.Part.CANCELLED: Account.CANCELLED,
    documents.Part.DIRECT: Account.DIRECT,
}
#: What a posting is for, where its basis says so.
BASIS_WORDS: Mapping[str, Bilingual] = {"express": Bilingual("加急运费", "Express surcharge")}
#: Accounts whose balance is negative when the figure is positive.
_CREDIT = {Account.ADJUSTED, Account.GRANTED}
_COPIES = (
    Bilingual("第一联　厂方财务", "Copy 1: manufacturer's finance"),
    Bilingual("第二联　经销商", "Copy 2: dealer"),
)


def build(
    agreement: Agreement,
    statement: Statement,
    result: Result,
    changes: list[dict[str, Any]],
    *,
    prepared: str,
    checked: str,
) -> documents.StatementView:
    """The complete view of a statement that is being issued. Raises ValueError unless its lines add up.

    `changes`: what `changes` found; `prepared` and `checked`: who computed and who issued it. Who approves signs.
    """
    quarter, issued_on = statement.quarter, str(statement.issued_on)
    terms = agreements.terms_for(agreement.id, quarter)
    manufacturer, dealer = tenants.manufacturer(), tenants.dealer_by_id(agreement.dealer_id)
    view = documents.StatementView(
        title=documents.statement_title(),
        number=statement.number,
        revision=statement.revision,
        issuer=manufacturer.name,
        issued_on=issued_on,
        currency=terms.currency,
        copies=_COPIES,
        roles=(
            documents.Role(Bilingual("制表", "Prepared"), prepared, issued_on),
            documents.Role(Bilingual("审核", "Checked"), checked, issued_on),
            documents.Role(Bilingual("批准", "Approved")),
        ),
        quarter=str(quarter),
        starts=str(max(quarter.first, agreement.starts)),
        ends=str(min(quarter.last, agreement.ends or quarter.last)),
        manufacturer=_party(manufacturer),
        dealer=_party(dealer),
        terms=_terms(agreement, quarter, terms),
        figures=documents.Figures(**{name: getattr(result, name) for name in FIGURES}),
        grants=_grants(agreement, quarter, terms),
        months=_months(agreement, quarter),
        sections=_sections(agreement, quarter),
        confirm_by=str(statement.answer_by or ""),
        due_on=str(due_date(statement.issued_on)) if result.due > 0 else "",
        changes=tuple(_change(change) for change in changes),
        reason=statement.dispute_reason if statement.revision > 1 else "",
    )
    documents.check(view)
    return view


def as_data(view: documents.StatementView) -> dict[str, Any]:
    """The view as it is stored: plain JSON, whose canonical form has the statement's hash."""
    data: dict[str, Any] = json.loads(documents.canonical_json(view))
    return data


def from_data(data: Mapping[str, Any], code: str, public_url: str) -> documents.StatementView:
    """The stored view, ready to print with its proof."""
    return documents.thaw(documents.StatementView, data).proven(code, public_url)


def _party(row: Any) -> Party:
    return Party(
        name=row.name,
        tax_number=row.tax_number,
        address=row.address,
        phone=row.phone,
        bank=row.bank,
        account=documents.mask_account(row.bank_account) if row.bank_account else "",
        contact=row.contact,
    )


def _terms(agreement: Agreement, quarter: Quarter, terms: Terms) -> documents.Terms:
    version = version_in_force(agreements.versions(agreement.id), quarter.last)
    cited = ["bases", "surplus", "deemed_confirm_days"]
    return documents.Terms(
        agreement=agreement.number,
        version=version.number,
        effective_from=str(version.starts),
        clauses=tuple(
            _clause(key) for key in cited if key != "deemed_confirm_days" or terms.deemed_confirm_days
        ),
    )


def _clause(key: str) -> Bilingual:
    clause = CLAUSES[key]
    with use_language("zh_Hans"):
        chinese = translate(clause.title)
    return Bilingual(f"第 {clause.number} 条　{chinese}", f"{clause.number} {clause.title}")


def _grants(agreement: Agreement, quarter: Quarter, terms: Terms) -> tuple[documents.Grant, ...]:
    """One line for each base: what was counted, times what, and what it granted."""
    granted = ledger.movements(agreement.id, quarter, Account.GRANTED)
    remittances = ledger.remittances(agreement.id, quarter)
    remitted = total(r.amount for r in remittances)
    shares = [m for m in granted if m.entry.basis == BaseKind.REMITTANCE_SHARE]
    found = [
        documents.Grant(
            basis=Bilingual("回款提成", "Share of remittances"),
            formula=f"{format_rate(rate)} × {remitted:,.2f}",
            amount=total(-m.amount for m in shares if m.entry.source.endswith(f":{place}")),
            documents=len(remittances),
        )
        for place, rate in enumerate(terms.remittance_rates)
    ]
    cards = [-m.amount for m in granted if m.entry.basis == BaseKind.CARD_FEE]
    if terms.pays_card_fee or cards:
        found.append(
            documents.Grant(
                basis=Bilingual("回执卡服务费", "Fee per warranty card"),
                formula=_per_card(cards, terms.card_fee),
                amount=total(cards),
                documents=len(cards),
            )
        )
    return tuple(found)


def _per_card(fees: list[Decimal], present: Decimal) -> str:
    """`15.00 × 12`; a late item may carry the fee of an earlier quarter: `15.00 × 12 + 12.00 × 1`."""
    net = Counter({present: 0})
    for fee in fees:
        net[abs(fee)] += 1 if fee > 0 else -1
    return " + ".join(f"{fee:,.2f} × {count}" for fee, count in net.items() if count or fee == present)


def _months(agreement: Agreement, quarter: Quarter) -> tuple[documents.MonthFigures, ...]:
    moved = {
        account: ledger.movements(agreement.id, quarter, account)
        for account in (Account.GRANTED, Account.DRAWN, Account.CHARGED, Account.CLAIMS, Account.ADJUSTED)
    }
    remittances = ledger.remittances(agreement.id, quarter)
    found: list[documents.MonthFigures] = []
    remitted_so_far = granted_so_far = ZERO
    for month in quarter.months:
        remitted = total(r.amount for r in remittances if month_in(r.date, quarter) == month)
        granted = -total(m.amount for m in moved[Account.GRANTED] if m.entry.month == month)
        remitted_so_far += remitted
        granted_so_far += granted
        found.append(
            documents.MonthFigures(
                month=str(month),
                remitted=remitted,
                remitted_so_far=remitted_so_far,
                granted=granted,
                granted_so_far=granted_so_far,
                drawn=_of(moved[Account.DRAWN], month),
                charged=_of(moved[Account.CHARGED], month),
                claims=_of(moved[Account.CLAIMS], month),
                adjusted=-_of(moved[Account.ADJUSTED], month),
            )
        )
    return tuple(found)


def _of(movements: list[Movement], month: Month) -> Decimal:
    return total(m.amount for m in movements if m.entry.month == month)


def _sections(agreement: Agreement, quarter: Quarter) -> tuple[documents.Section, ...]:
    sections = [
        documents.Section(documents.Part.REMITTANCES, _remittance_lines(agreement, quarter)),
        documents.Section(documents.Part.GRANTED, _granted_lines(agreement, quarter)),
        documents.Section(documents.Part.DRAWN, _drawn_lines(agreement, quarter)),
    ]
    for part, account in _SECTION_ACCOUNTS.items():
        sections.append(
            documents.Section(
                part, tuple(_line(m, account) for m in ledger.movements(agreement.id, quarter, account))
            )
        )
    return tuple(section for section in sections if section.lines)


def _outside(entry: Entry) -> str:
    """The month that an entry stands under when its date lies outside the quarter (MN-4)."""
    return "" if entry.date in entry.quarter else str(entry.month)


def _remittance_lines(agreement: Agreement, quarter: Quarter) -> tuple[documents.Line, ...]:
    return tuple(
        documents.Line(
            date=str(r.date),
            document=r.number,
            text=f"回款冲回 Reversal {r.reason}".strip() if r.is_reversal else "回款 Remittance",
            amount=r.amount,
            item=r.bank_ref,
            belongs_to="" if r.date in quarter else str(Quarter.of(r.date)),
            month="" if r.date in quarter else str(month_in(r.date, quarter)),
        )
        for r in ledger.remittances(agreement.id, quarter)
    )


def _granted_lines(agreement: Agreement, quarter: Quarter) -> tuple[documents.Line, ...]:
    movements = ledger.movements(agreement.id, quarter, Account.GRANTED)
    serials = warranty.serials([m.entry.document for m in movements if m.entry.basis == BaseKind.CARD_FEE])
    return tuple(
        documents.Line(
            date=str(m.entry.date),
            document=m.entry.document,
            text=_granted_text(m.entry, -m.amount),
            amount=-m.amount,
            item=serials.get(m.entry.document, str(Month.of(m.entry.date))),
            belongs_to=str(m.entry.belongs_to or ""),
            month=_outside(m.entry),
        )
        for m in movements
    )


def _granted_text(entry: Entry, amount: Decimal) -> str:
    if entry.basis == BaseKind.CARD_FEE:
        return "回执卡服务费 Card fee" if amount > 0 else "回执卡作废 Card voided"
    return "回款提成 Share of remittance" if amount > 0 else "回款冲回 Reversal"


def _drawn_lines(agreement: Agreement, quarter: Quarter) -> tuple[documents.Line, ...]:
    movements = ledger.movements(agreement.id, quarter, Account.DRAWN)
    items = parts.drawn_by(_shipment(movement.entry) for movement in movements)
    return tuple(
        documents.Line(
            date=str(movement.entry.date),
            document=movement.entry.document,
            text=item.name,
            amount=item.amount,
            item=item.code,
            quantity=item.quantity,
            unit_price=item.price,
            belongs_to=str(movement.entry.belongs_to or ""),
            month=_outside(movement.entry),
        )
        for movement in movements
        for item in items[_shipment(movement.entry)]
    )


def _shipment(entry: Entry) -> str:
    """The number of the shipment behind a draw, whose source is `FH-2026-000001:draw`."""
    return entry.source.partition(":")[0]


def _line(movement: Movement, account: Account) -> documents.Line:
    entry = movement.entry
    words = BASIS_WORDS.get(entry.basis or "")
    return documents.Line(
        date=str(entry.date),
        document=entry.document,
        text=f"{words.zh} {words.en} {entry.memo}".strip() if words else entry.memo,
        amount=-movement.amount if account in _CREDIT else movement.amount,
        belongs_to=str(entry.belongs_to or ""),
        month=_outside(entry),
    )


def _change(change: Mapping[str, Any]) -> documents.Change:
    return documents.Change(
        what=FIGURE_WORDS[change["figure"]],
        before=parse_money(change["before"]),
        after=parse_money(change["after"]),
    )


def changes(statement: Statement, result: Result) -> list[dict[str, Any]]:
    """What this revision changes against the one before, with the postings that changed it (ST-6)."""
    if statement.revision < 2:
        return []
    before = queries.revision(statement.id, statement.revision - 1)
    earlier = Result.parse(before.figures)
    postings = [
        Posting(m.entry.kind, m.amount, m.entry.document, m.entry.memo)
        for m in ledger.since(statement.agreement_id, statement.quarter, before.last_entry)
        if m.entry.kind in FIGURE_OF
    ]
    return [
        {
            "figure": change.figure,
            "before": str(change.before),
            "after": str(change.after),
            "because": [[p.kind.value, str(p.amount), p.number or "", p.memo] for p in change.because],
        }
        for change in compare(earlier, result, postings)
    ]
