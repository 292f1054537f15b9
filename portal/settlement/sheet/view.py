"""What a statement prints, put together from the ledger and the records behind it (ST-3).

Everything is read once, when the statement is issued; from then on the stored view is the truth.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.agreements.rules import CLAUSES, Terms, version_in_force
from portal.documents import rules as documents
from portal.documents.rules import Bilingual, Party
from portal.kernel.i18n import translate, use_language
from portal.kernel.money import ZERO, parse_money, total
from portal.kernel.period import Month, Quarter
from portal.ledger import queries as ledger
from portal.ledger.queries import Movement
from portal.ledger.rules import Account, month_in
from portal.settlement import queries
from portal.settlement.models import Statement
from portal.settlement.rules import FIGURE_OF, FIGURES, Posting, Result, compare, due_date
from portal.settlement.sheet.grants import grants
from portal.settlement.sheet.sections import sections
from portal.tenants import queries as tenants

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
        ends=str(agreement.span.last_day_in(quarter)),
        manufacturer=Party.of(manufacturer),
        dealer=Party.of(dealer),
        terms=_terms(agreement, quarter, terms),
        figures=documents.Figures(**{name: getattr(result, name) for name in FIGURES}),
        grants=grants(agreement, quarter, terms),
        months=_months(agreement, quarter),
        sections=sections(agreement, quarter),
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
