"""The terms of an agreement: every clause that a rule may ask for, with its default and its bounds.

Terms are a value: read from a mapping (a scenario file, the stored JSON, a form), checked once, never
changed. What is left out has its default:

    >>> terms = Terms.parse({"bases": [{"kind": "remittance_share", "rate": "2.5%"}], "card_due_days": 20})
    >>> terms.remittance_rates, terms.card_due_days, terms.deemed_confirm_days
    ((Decimal('0.025'),), 20, 10)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self, TypeVar

from portal.agreements.rules.matrix import DEFAULT_MATRIX, Bearer, CostClass, CostColumn
from portal.kernel.money import ZERO, format_rate, parse_money, parse_rate, total
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


class TermsError(ValueError):
    """A term that can't be: `key` names it (`bases.0.rate`, `matrix.doa.inbound`), `reason` says why."""

    def __init__(self, key: str, reason: T) -> None:
        super().__init__(f"{key}: {reason}")
        self.key = key
        self.reason = reason


#: Currencies that an agreement may be kept in; all of them have two decimals (MN-1).
CURRENCIES = ("CNY", "HKD", "MOP", "TWD", "USD", "EUR", "GBP", "SGD", "MYR", "THB")

#: Lowest and highest value of each whole number.
BOUNDS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "card_due_days": (0, 366),
        "shelf_months": (0, 120),
        "extra_months": (0, 120),
        "deemed_receipt_days": (0, 90),
        "doa_days": (0, 366),
        "early_failure_days": (0, 366),
        "old_part_days": (0, 366),
        "return_approval_days": (0, 366),
        "form_due_day": (1, 28),
        "deemed_confirm_days": (0, 366),
    }
)

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

Cell = tuple[CostClass, CostColumn]
E = TypeVar("E", bound=StrEnum)


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


@dataclass(frozen=True)
class Terms:
    """One version of an agreement's clauses; `portal.agreements.rules.clauses` explains each."""

    currency: str = "CNY"
    bases: tuple[Base, ...] = (Base(BaseKind.REMITTANCE_SHARE, rate=Decimal("0.02")),)
    surplus: Surplus = Surplus.CARRY
    claims: Claims = Claims.NONE
    cancellable: tuple[BaseKind, ...] = (BaseKind.CARD_FEE,)
    card_due_days: int = 30
    late_card: LateCard = LateCard.NOT_RECOGNISED
    shelf_months: int = 0
    deemed_receipt_days: int = 3
    doa_days: int = 7
    early_failure_days: int = 15
    #: The cells that differ from DEFAULT_MATRIX, in the order of the classes and columns.
    matrix: tuple[tuple[Cell, Bearer], ...] = ()
    old_part_days: int = 30
    return_approval_days: int = 30
    forms: bool = True
    form_due_day: int = 3
    deemed_confirm_days: int = 10
    extra_months: int = 0

    @classmethod
    def parse(cls, given: Mapping[str, object]) -> Self:
        """The terms that `given` names, the rest by default. Raises TermsError at the first thing wrong."""
        for key in given:
            if key not in _READERS:
                raise TermsError(str(key), T("There is no such term."))
        return cls(**{key: _READERS[key](key, value) for key, value in given.items()})

    def as_json(self) -> dict[str, Any]:
        """Every key with its value, as `parse` reads it; what is stored, hashed and compared."""
        cells: dict[str, dict[str, str]] = {}
        for (cost_class, column), bearer in self.matrix:
            cells.setdefault(cost_class.value, {})[column.value] = bearer.value
        written: dict[str, Any] = {
            "bases": [base.as_json() for base in self.bases],
            "cancellable": [kind.value for kind in self.cancellable],
            "matrix": cells,
        }
        return {name: written.get(name, _plain(getattr(self, name))) for name in KEYS}

    @property
    def remittance_rates(self) -> tuple[Decimal, ...]:
        """The rate of each remittance share, in the order of the bases."""
        return tuple(base.rate for base in self.bases if base.kind is BaseKind.REMITTANCE_SHARE)

    @property
    def pays_card_fee(self) -> bool:
        """Whether cards earn anything; only then do undecided cards hold a settlement (ST-4)."""
        return any(base.kind is BaseKind.CARD_FEE for base in self.bases)

    @property
    def card_fee(self) -> Decimal:
        """What one card filed in time earns once accepted; 0.00 without such a base."""
        return total(base.fee for base in self.bases if base.kind is BaseKind.CARD_FEE)

    @property
    def carries(self) -> bool:
        """Whether a positive result is carried into the next quarter; else it is paid out."""
        return self.surplus is Surplus.CARRY

    def bearer(self, cost_class: CostClass, column: CostColumn) -> Bearer:
        """Who bears this cost of such a case (EN-12)."""
        return dict(self.matrix).get((cost_class, column), DEFAULT_MATRIX[cost_class][column])


#: All keys, in the order in which they are written.
KEYS: tuple[str, ...] = tuple(field.name for field in fields(Terms))


def _plain(value: object) -> object:
    return value.value if isinstance(value, StrEnum) else value


def _choice(kind: type[E], key: str, value: object) -> E:
    try:
        return kind(str(value))
    except ValueError:
        choices = ", ".join(member.value for member in kind)
        raise TermsError(key, T("This must be one of: {choices}.", choices=choices)) from None


def _mapping(key: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TermsError(key, T("This must be a mapping of names to values."))
    return value


def _list(key: str, value: object) -> list[object]:
    if not isinstance(value, list | tuple):
        raise TermsError(key, T("This must be a list."))
    return list(value)


def _whole(key: str, value: object) -> int:
    low, high = BOUNDS[key]
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise TermsError(key, T("This must be a whole number from {low} to {high}.", low=low, high=high))
    return value


def _flag(key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise TermsError(key, T("This must be true or false."))
    return value


def _currency(key: str, value: object) -> str:
    if value not in CURRENCIES:
        raise TermsError(key, T("This must be one of: {choices}.", choices=", ".join(CURRENCIES)))
    return str(value)


def _fee(key: str, value: object) -> Decimal:
    try:
        fee = parse_money(value) if isinstance(value, str) else None
    except ValueError:
        fee = None
    if fee is None or not ZERO <= fee <= HIGHEST_FEE:
        raise TermsError(key, T('This must be an amount such as "15.00", up to {high}.', high=HIGHEST_FEE))
    return fee


def _rate(key: str, value: object) -> Decimal:
    try:
        return parse_rate(value if isinstance(value, str) else "")
    except ValueError:
        raise TermsError(key, T('This must be a rate such as "2.5%", up to 100%.')) from None


_BASE_READERS: Mapping[str, Callable[[str, object], Decimal]] = MappingProxyType(
    {"rate": _rate, "ratio": _rate, "fee": _fee, "onsite": _fee}
)


def _base(key: str, value: object) -> Base:
    given = dict(_mapping(key, value))
    kind = _choice(BaseKind, f"{key}.kind", given.pop("kind", None))
    keys = BASE_KEYS[kind]
    for name in given:
        if name not in keys:
            raise TermsError(f"{key}.{name}", T("This base has no such value."))
    if keys and keys[0] not in given:
        raise TermsError(f"{key}.{keys[0]}", T("This value is missing."))
    return Base(kind, **{name: _BASE_READERS[name](f"{key}.{name}", given[name]) for name in given})


def _bases(key: str, value: object) -> tuple[Base, ...]:
    return tuple(_base(f"{key}.{place}", item) for place, item in enumerate(_list(key, value)))


def _kinds(key: str, value: object) -> tuple[BaseKind, ...]:
    kinds = {_choice(BaseKind, f"{key}.{place}", item) for place, item in enumerate(_list(key, value))}
    return tuple(kind for kind in BaseKind if kind in kinds)


def _matrix(key: str, value: object) -> tuple[tuple[Cell, Bearer], ...]:
    cells: dict[Cell, Bearer] = {}
    for row, columns in _mapping(key, value).items():
        cost_class = _choice(CostClass, f"{key}.{row}", row)
        for name, bearer in _mapping(f"{key}.{row}", columns).items():
            column = _choice(CostColumn, f"{key}.{row}.{name}", name)
            cells[cost_class, column] = _choice(Bearer, f"{key}.{row}.{name}", bearer)
    return tuple(
        ((cost_class, column), cells[cost_class, column])
        for cost_class in CostClass
        for column in CostColumn
        if cells.get((cost_class, column), DEFAULT_MATRIX[cost_class][column])
        is not DEFAULT_MATRIX[cost_class][column]
    )


_READERS: Mapping[str, Callable[[str, object], Any]] = MappingProxyType(
    {
        "currency": _currency,
        "bases": _bases,
        "surplus": lambda key, value: _choice(Surplus, key, value),
        "claims": lambda key, value: _choice(Claims, key, value),
        "cancellable": _kinds,
        "late_card": lambda key, value: _choice(LateCard, key, value),
        "matrix": _matrix,
        "forms": _flag,
        **dict.fromkeys(BOUNDS, _whole),
    }
)
