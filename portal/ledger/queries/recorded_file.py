"""Files of sales or results: a verdict for every row before anything is saved (ST-1)."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.drafts import queries as drafts
from portal.kernel.errors import RuleBroken
from portal.kernel.money import ZERO, total
from portal.kernel.text import T
from portal.ledger.queries.imports import DEALER
from portal.ledger.rules import FigureKind, check_figure, check_sales
from portal.spreadsheets.rules import Column, Row, RowVerdict, Sheet, amount, day, judge, match, text
from portal.tenants import queries as tenants
from portal.tenants.models import Dealer

#: The kind of draft that a kept file is.
FIGURES_FILE = "ledger.figures"

DATE = Column("date", T("Date"), day, ("日期", "销售日期", "期间截止日期", "銷售日期"))
SALES = Column("income", T("Sales"), amount, ("销售额", "金额", "销售金额", "銷售額", "金額", "amount"))
INCOME = Column("income", T("Income"), amount, ("收入",))
COST = Column("cost", T("Costs"), amount, ("成本", "支出", "费用", "費用"))
NOTE = Column("note", T("Note"), text(200), ("备注", "说明", "備註"), needed=False)
COLUMNS_OF: Mapping[FigureKind, tuple[Column, ...]] = {
    FigureKind.SALES: (DEALER, DATE, SALES, NOTE),
    FigureKind.RESULT: (DEALER, DATE, INCOME, COST, NOTE),
}


@dataclass(frozen=True)
class JudgedFigures:
    """A file with the verdict of each row."""

    name: str
    kind: FigureKind
    verdicts: tuple[RowVerdict, ...]
    #: Headers that nothing is read from.
    unknown: tuple[str, ...]

    @property
    def good(self) -> list[RowVerdict]:
        return [verdict for verdict in self.verdicts if verdict.ok]

    @property
    def bad(self) -> list[RowVerdict]:
        return [verdict for verdict in self.verdicts if not verdict.ok]

    @property
    def sum(self) -> object:
        """What the good rows come to: income less cost."""
        return total(v.values["income"] - (v.values.get("cost") or ZERO) for v in self.good)


def judge_kept_figures(draft_id: int, today: dt.date) -> JudgedFigures:
    """The verdicts of a kept file as things are now. Raises NotFound, FileRefused."""
    data = drafts.get(draft_id, FIGURES_FILE).data
    rows = [(int(number), cells) for number, cells in data["rows"]]
    return judge_figures(FigureKind(data["kind"]), data["name"], rows, today)


def judge_figures(
    kind: FigureKind, name: str, rows: Iterable[tuple[int, Sequence[str]]], today: dt.date
) -> JudgedFigures:
    """The verdict of each row of a file; a good row's values hold the dealer's id too. Raises FileRefused."""
    columns = COLUMNS_OF[kind]
    table = match(Sheet(name, tuple(Row(number, tuple(cells)) for number, cells in rows)), columns)
    dealers = {dealer.code: dealer for dealer in tenants.dealers(holders_only=True)}
    contracts = agreements.newest_of(dealer.id for dealer in dealers.values())
    judged = tuple(_judge(kind, verdict, dealers, contracts, today) for verdict in judge(table, columns))
    return JudgedFigures(name, kind, judged, table.unknown)


def _judge(
    kind: FigureKind,
    verdict: RowVerdict,
    dealers: Mapping[str, Dealer],
    contracts: Mapping[int, Agreement],
    today: dt.date,
) -> RowVerdict:
    values = verdict.values
    code = values.get("dealer")
    if code is None:
        return verdict
    dealer = dealers.get(code.upper())
    agreement = contracts.get(dealer.id) if dealer else None
    if dealer is None or agreement is None:
        return verdict.refuse(T("There is no agreement with dealer {code}.", code=code), DEALER)
    date, income = values.get("date"), values.get("income")
    cost = ZERO if kind is FigureKind.SALES else values.get("cost")
    if date is not None and income is not None and cost is not None:
        try:
            if kind is FigureKind.SALES:
                check_sales(agreement.span, agreement.number, date, today, amount=income)
            else:
                check_figure(agreement.span, agreement.number, date, today, income=income, cost=cost)
        except RuleBroken as error:
            wrong = {"date": DATE, "cost": COST}.get(error.field or "", COLUMNS_OF[kind][2])
            verdict = verdict.refuse(error.text, wrong)
    return replace(verdict, values={**verdict.values, "dealer_id": dealer.id, "dealer_name": dealer.name})
