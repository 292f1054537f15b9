"""Reading terms: each key by its own reader, checked once, with a word about what can't be."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeVar

from portal.agreements.rules.matrix import DEFAULT_MATRIX, Bearer, CostClass, CostColumn
from portal.agreements.rules.values import (
    BASE_KEYS,
    CURRENCIES,
    HIGHEST_FEE,
    OWABLE,
    Base,
    BaseKind,
    Claims,
    LateCard,
    Surplus,
    TermsError,
)
from portal.kernel.money import ZERO, parse_money, parse_rate
from portal.kernel.text import T

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
        "refund_days": (0, 90),
        "exchange_days": (0, 90),
        "repairs_before_exchange": (1, 10),
        "claim_duplicate_days": (0, 366),
        "claim_objection_days": (0, 90),
        "respond_hours": (1, 168),
        "onsite_hours_urban": (1, 720),
        "onsite_hours_rural": (1, 720),
        "dispatch_working_days": (1, 60),
        "repair_working_days": (1, 60),
        "follow_up_from_days": (0, 60),
        "first_follow_up_days": (1, 60),
        "second_follow_up_days": (1, 60),
        "follow_up_percent": (0, 100),
        "ship_days": (1, 90),
        "receipt_difference_days": (1, 90),
        "floor_stock_months": (0, 24),
        "feedback_answer_days": (0, 90),
    }
)
#: Terms that are yes or no.
FLAGS = (
    "forms",
    "three_guarantees",
    "advance_exchange",
    "batch_refund",
    "warranty_old_parts",
    "form_due_moves",
)
#: Terms that are several of these members of an enum.
SETS: Mapping[str, tuple[StrEnum, ...]] = MappingProxyType(
    {"cancellable": tuple(BaseKind), "form_kinds": OWABLE}
)
#: Terms that are an amount of money, and terms that are a share.
AMOUNTS, RATES = ("claim_auto_limit",), ("floor_stock_rate",)

Cell = tuple[CostClass, CostColumn]
E = TypeVar("E", bound=StrEnum)


def _choice(members: Iterable[E], key: str, value: object) -> E:
    known = {member.value: member for member in members}
    if str(value) not in known:
        raise TermsError(key, T("This must be one of: {choices}.", choices=", ".join(known)))
    return known[str(value)]


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


def _set(key: str, value: object) -> tuple[StrEnum, ...]:
    members = SETS[key]
    given = {_choice(members, f"{key}.{place}", item) for place, item in enumerate(_list(key, value))}
    return tuple(member for member in members if member in given)


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


#: How each term is read: called with its key and what was given; raises TermsError.
READERS: Mapping[str, Callable[[str, object], Any]] = MappingProxyType(
    {
        "currency": _currency,
        "bases": _bases,
        "surplus": lambda key, value: _choice(Surplus, key, value),
        "claims": lambda key, value: _choice(Claims, key, value),
        "late_card": lambda key, value: _choice(LateCard, key, value),
        "matrix": _matrix,
        **dict.fromkeys(SETS, _set),
        **dict.fromkeys(FLAGS, _flag),
        **dict.fromkeys(AMOUNTS, _fee),
        **dict.fromkeys(RATES, _rate),
        **dict.fromkeys(BOUNDS, _whole),
    }
)
