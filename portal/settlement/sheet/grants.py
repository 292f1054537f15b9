"""What each base of the terms granted in a quarter: what was counted, times what (ST-1, ST-3)."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from portal.agreements.models import Agreement
from portal.agreements.rules import Base, BaseKind, Terms
from portal.documents import rules as documents
from portal.documents.rules import Bilingual
from portal.kernel.money import ZERO, format_rate, total
from portal.kernel.period import Quarter
from portal.ledger import queries as ledger
from portal.ledger.queries import Movement
from portal.ledger.rules import Account, FigureKind, base_place

#: What each base is called on paper.
BASE_WORDS: Mapping[BaseKind, Bilingual] = {
    BaseKind.REMITTANCE_SHARE: Bilingual("回款提成", "Share of remittances"),
    BaseKind.CARD_FEE: Bilingual("回执卡服务费", "Fee per warranty card"),
    BaseKind.SALES_SHARE: Bilingual("年度销售额提成", "Share of the year's sales"),
    BaseKind.FLAT_PER_REPAIR: Bilingual("维修定额", "Flat fee per repair"),
    BaseKind.APPROVED_CLAIMS: Bilingual("核准索赔", "Approved claims"),
    BaseKind.PROFIT_SHARE: Bilingual("利润分成", "Share of profit"),
}


def grants(agreement: Agreement, quarter: Quarter, terms: Terms) -> tuple[documents.Grant, ...]:
    """One line for each base of the terms, and for a base of earlier terms that something late was granted for."""
    granted: dict[tuple[BaseKind, int], list[Movement]] = defaultdict(list)
    for move in ledger.movements(agreement.id, quarter, Account.GRANTED):
        kind = BaseKind(move.entry.basis or "")
        granted[kind, base_place(kind, move.entry.source)].append(move)
    bases: dict[tuple[BaseKind, int], Base | None] = dict.fromkeys(granted)
    placed: Counter[BaseKind] = Counter()
    for base in terms.bases:
        # All card fees together are one fee per card.
        place = 0 if base.kind is BaseKind.CARD_FEE else placed[base.kind]
        bases[base.kind, place] = base
        placed[base.kind] += 1
    order = list(BaseKind)
    return tuple(
        _grant(agreement, quarter, terms, kind, bases[kind, place], granted[kind, place])
        for kind, place in sorted(bases, key=lambda key: (order.index(key[0]), key[1]))
    )


def _grant(
    agreement: Agreement,
    quarter: Quarter,
    terms: Terms,
    kind: BaseKind,
    base: Base | None,
    moved: Sequence[Movement],
) -> documents.Grant:
    amounts = [-move.amount for move in moved]
    formula, count = "", len({move.entry.document for move in moved})
    if kind is BaseKind.REMITTANCE_SHARE:
        remittances = ledger.remittances(agreement.id, quarter)
        count = len(remittances)
        if base is not None:
            formula = f"{format_rate(base.rate)} × {total(r.amount for r in remittances):,.2f}"
    elif kind is BaseKind.CARD_FEE:
        formula, count = _each(amounts, terms.card_fee), len(amounts)
    elif kind is BaseKind.FLAT_PER_REPAIR:
        formula = _flat(amounts, base)
    elif kind in (BaseKind.SALES_SHARE, BaseKind.PROFIT_SHARE):
        of = FigureKind.SALES if kind is BaseKind.SALES_SHARE else FigureKind.RESULT
        rows = ledger.figures_counted(agreement.id, quarter, of)
        count, income, cost = len(rows), total(row.income for row in rows), total(row.cost for row in rows)
        if base is not None and of is FigureKind.SALES:
            formula = f"{format_rate(base.rate)} × {income:,.2f}"
        elif base is not None:
            formula = f"{format_rate(base.ratio)} × ({income:,.2f} − {cost:,.2f})"
    return documents.Grant(basis=BASE_WORDS[kind], formula=formula, amount=total(amounts), documents=count)


def _each(fees: Sequence[Decimal], present: Decimal) -> str:
    """`15.00 × 12`; a late item may carry the fee of an earlier quarter: `15.00 × 12 + 12.00 × 1`."""
    net = Counter({present: 0})
    for fee in fees:
        net[abs(fee)] += 1 if fee > 0 else -1
    return " + ".join(f"{fee:,.2f} × {count}" for fee, count in net.items() if count or fee == present)


def _flat(amounts: Sequence[Decimal], base: Base | None) -> str:
    """`45.00 × 3 + 20.00 × 1`: repairs, and those of them on site; as they come where the fee has changed."""
    if base is None:
        return _each(amounts, ZERO) if amounts else ""
    onsite = sum(amount == base.fee + base.onsite for amount in amounts) if base.onsite else 0
    if total(amounts) != base.fee * len(amounts) + base.onsite * onsite:
        return _each(amounts, base.fee)
    fees = f"{base.fee:,.2f} × {len(amounts)}"
    return f"{fees} + {base.onsite:,.2f} × {onsite}" if onsite else fees
