"""What terms are made of: the choices, the bases of the grant, and what is said of a term that can't be."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from portal.kernel.money import ZERO, format_rate
from portal.kernel.text import T


class BaseKind(StrEnum):
    """What the fund is granted for (ST-1). An agreement may combine several."""

    #: rate × remittances of the quarter, cumulatively.
    REMITTANCE_SHARE = "remittance_share"
    #: fee for each card filed in time and accepted, one per serial ever.
    CARD_FEE = "card_fee"
    #: rate × the year's settled sales, in the fourth quarter.
    SALES_SHARE = "sales_share"
    #: fee for each approved in-warranty repair, plus a fee if somebody went on site.
    FLAT_PER_REPAIR = "flat_per_repair"
    #: labour and on-site costs as approved.
    APPROVED_CLAIMS = "approved_claims"
    #: ratio × (income − costs) of each recorded result; may be negative.
    PROFIT_SHARE = "profit_share"


class Surplus(StrEnum):
    """What becomes of a positive result at a quarter's end (ST-2)."""

    CARRY = "carry"
    PAY_OUT = "pay_out"


class Claims(StrEnum):
    """Whether approved labour and on-site fees are paid to the dealer out of the fund."""

    NONE = "none"
    DRAW = "draw"


class LateCard(StrEnum):
    """What a card filed late does to the unit's warranty (WC-2)."""

    NOT_RECOGNISED = "not_recognised"
    RECOGNISED = "recognised"


class FormKind(StrEnum):
    """The forms of a month (domain.md 5), in the order in which they are listed and printed."""

    #: 售后维修月报表
    REPAIRS = "repairs"
    #: 每月零件更换清单
    PARTS = "parts"
    #: 顾客满意度调查统计表
    SATISFACTION = "satisfaction"
    #: 顾客意见统计表
    OPINIONS = "opinions"
    #: 每月销售统计表
    SALES = "sales"
    #: 维修质量信息反馈单
    QUALITY = "quality"
    #: 售后月报: the one form of the months before these six; kept as it was submitted, never owed anew.
    SUMMARY = "summary"


#: The forms that terms may ask for.
OWABLE = tuple(kind for kind in FormKind if kind is not FormKind.SUMMARY)


class TermsError(ValueError):
    """A term that can't be: `key` names it (`bases.0.rate`, `matrix.doa.inbound`), `reason` says why."""

    def __init__(self, key: str, reason: T) -> None:
        super().__init__(f"{key}: {reason}")
        self.key = key
        self.reason = reason


#: Currencies that an agreement may be kept in; all of them have two decimals (MN-1).
CURRENCIES = ("CNY", "HKD", "MOP", "TWD", "USD", "EUR", "GBP", "SGD", "MYR", "THB")

#: The highest fee per card or repair.
HIGHEST_FEE = Decimal("1000000.00")

#: Which values each base carries; the first one is required, the others are 0.00 when left out.
BASE_KEYS: Mapping[BaseKind, tuple[str, ...]] = MappingProxyType(
    {
        BaseKind.REMITTANCE_SHARE: ("rate",),
        BaseKind.CARD_FEE: ("fee",),
        BaseKind.SALES_SHARE: ("rate",),
        BaseKind.FLAT_PER_REPAIR: ("fee", "onsite"),
        BaseKind.APPROVED_CLAIMS: (),
        BaseKind.PROFIT_SHARE: ("ratio",),
    }
)


@dataclass(frozen=True)
class Base:
    """One base of the grant. Values that its kind doesn't carry (BASE_KEYS) are zero and mean nothing."""

    kind: BaseKind
    #: A share of 1: 2.5 % is 0.025.
    rate: Decimal = Decimal(0)
    fee: Decimal = ZERO
    onsite: Decimal = ZERO
    ratio: Decimal = Decimal(0)

    def as_json(self) -> dict[str, str]:
        """`{"kind": "card_fee", "fee": "15.00"}`"""
        values = {
            key: format_rate(getattr(self, key)) if key in ("rate", "ratio") else str(getattr(self, key))
            for key in BASE_KEYS[self.kind]
        }
        return {"kind": self.kind.value, **values}
