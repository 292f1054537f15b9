"""Files of remittances: a verdict for every row before anything is saved (ST-11)."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from portal.agreements import queries as agreements
from portal.agreements.models import Agreement
from portal.drafts import queries as drafts
from portal.kernel.errors import RuleBroken
from portal.kernel.money import total
from portal.kernel.text import T
from portal.ledger.queries.remittances import known_references
from portal.ledger.rules import check_remittance
from portal.spreadsheets.rules import (
    Column,
    Row,
    RowVerdict,
    Sheet,
    amount,
    day,
    judge,
    match,
    repeated,
    text,
)
from portal.tenants import queries as tenants
from portal.tenants.models import Dealer

#: The kind of draft that a kept file is.
FILE = "ledger.remittances"
#: The most rows of one file.
MOST = 2_000

DEALER = Column(
    "dealer",
    T("Dealer code"),
    text(20),
    ("经销商编码", "经销商代码", "经销商", "經銷商編號", "經銷商", "dealer"),
)
DATE = Column("date", T("Value date"), day, ("到账日期", "回款日期", "日期", "到帳日期", "date"))
AMOUNT = Column("amount", T("Amount"), amount, ("金额", "回款金额", "到账金额", "金額", "回款金額"))
REFERENCE = Column(
    "bank_ref",
    T("Bank reference"),
    text(60),
    ("银行流水号", "流水号", "银行参考号", "凭证号", "銀行流水號", "reference"),
)
COLUMNS = (DEALER, DATE, AMOUNT, REFERENCE)


@dataclass(frozen=True)
class Judged:
    """A file with the verdict of each row."""

    name: str
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
        """What the good rows come to."""
        return total(verdict.values["amount"] for verdict in self.good)


def judge_kept(draft_id: int, today: dt.date) -> Judged:
    """The verdicts of a kept file as things are now. Raises NotFound, FileRefused."""
    data = drafts.get(draft_id, FILE).data
    return judge_file(data["name"], [(int(number), cells) for number, cells in data["rows"]], today)


def judge_file(name: str, rows: Iterable[tuple[int, Sequence[str]]], today: dt.date) -> Judged:
    """The verdict of each row of a file; a good row's values hold the dealer's id too. Raises FileRefused."""
    table = match(Sheet(name, tuple(Row(number, tuple(cells)) for number, cells in rows)), COLUMNS)
    verdicts = repeated(judge(table, COLUMNS), REFERENCE)
    known = known_references(verdict.values.get("bank_ref") or "" for verdict in verdicts)
    dealers = {dealer.code: dealer for dealer in tenants.dealers(holders_only=True)}
    contracts = agreements.newest_of(dealer.id for dealer in dealers.values())
    return Judged(
        name,
        tuple(_judge(verdict, dealers, contracts, known, today) for verdict in verdicts),
        table.unknown,
    )


def _judge(
    verdict: RowVerdict,
    dealers: dict[str, Dealer],
    contracts: dict[int, Agreement],
    known: set[str],
    today: dt.date,
) -> RowVerdict:
    values = verdict.values
    if values.get("bank_ref") in known:
        text_ = T("A remittance with bank reference {ref} is recorded already.", ref=values.get("bank_ref"))
        verdict = verdict.refuse(text_, REFERENCE)
    code = values.get("dealer")
    if code is None:
        return verdict
    dealer = dealers.get(code.upper())
    agreement = contracts.get(dealer.id) if dealer else None
    if dealer is None or agreement is None:
        return verdict.refuse(T("There is no agreement with dealer {code}.", code=code), DEALER)
    date, paid = values.get("date"), values.get("amount")
    if date is not None and paid is not None:
        try:
            check_remittance(agreement.span, agreement.number, date, today, paid)
        except RuleBroken as error:
            verdict = verdict.refuse(error.text, DATE if error.field == "date" else AMOUNT)
    return replace(verdict, values={**verdict.values, "dealer_id": dealer.id, "dealer_name": dealer.name})
