"""The terms of an agreement: every clause that a rule may ask for, with its default.

Terms are a value: read from a mapping (a scenario file, the stored JSON, a form), checked once, never
changed. What is left out has its default:

    >>> terms = Terms.parse({"bases": [{"kind": "remittance_share", "rate": "2.5%"}], "card_due_days": 20})
    >>> terms.remittance_rates, terms.card_due_days, terms.deemed_confirm_days
    ((Decimal('0.025'),), 20, 10)
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from portal.agreements.rules.matrix import DEFAULT_MATRIX, Bearer, CostClass, CostColumn
from portal.agreements.rules.reading import RATES, READERS, SETS, Cell
from portal.agreements.rules.values import (
    OWABLE,
    Base,
    BaseKind,
    Claims,
    FormKind,
    LateCard,
    Surplus,
    TermsError,
)
from portal.kernel.money import ZERO, format_rate, total
from portal.kernel.text import T


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
    #: EN-13: the consumer's choice of refund, exchange or repair.
    three_guarantees: bool = False
    refund_days: int = 7
    exchange_days: int = 15
    repairs_before_exchange: int = 2
    #: RP-7; an automatic limit of 0.00 leaves every claim to a person.
    claim_auto_limit: Decimal = ZERO
    claim_duplicate_days: int = 30
    claim_objection_days: int = 15
    #: RP-1, RP-2, RP-8.
    respond_hours: int = 2
    onsite_hours_urban: int = 24
    onsite_hours_rural: int = 48
    dispatch_working_days: int = 3
    repair_working_days: int = 5
    follow_up_from_days: int = 3
    first_follow_up_days: int = 7
    second_follow_up_days: int = 7
    follow_up_percent: int = 30
    #: PT-5, PT-6, PT-7; without a rate or months nothing limits floor stock but the decision.
    ship_days: int = 3
    receipt_difference_days: int = 3
    floor_stock_rate: Decimal = Decimal(0)
    floor_stock_months: int = 0
    #: RT-5, RT-6, PT-9.
    advance_exchange: bool = False
    batch_refund: bool = False
    warranty_old_parts: bool = False
    #: MF-3, TM-1: the forms that `forms` asks for, and whether a due day that isn't worked moves on.
    form_kinds: tuple[FormKind, ...] = OWABLE
    form_due_moves: bool = True
    #: QF-1.
    feedback_answer_days: int = 3

    @classmethod
    def parse(cls, given: Mapping[str, object]) -> Self:
        """The terms that `given` names, the rest by default. Raises TermsError at the first thing wrong."""
        for key in given:
            if key not in READERS:
                raise TermsError(str(key), T("There is no such term."))
        terms = cls(**{key: READERS[key](key, value) for key, value in given.items()})
        if terms.forms and not terms.form_kinds:
            raise TermsError("form_kinds", T("Name at least one form, or say that none are owed."))
        return terms

    def as_json(self) -> dict[str, Any]:
        """Every key with its value, as `parse` reads it; what is stored, hashed and compared."""
        cells: dict[str, dict[str, str]] = {}
        for (cost_class, column), bearer in self.matrix:
            cells.setdefault(cost_class.value, {})[column.value] = bearer.value
        written: dict[str, Any] = {
            "bases": [base.as_json() for base in self.bases],
            **{key: [member.value for member in getattr(self, key)] for key in SETS},
            "matrix": cells,
        }
        return {name: written.get(name, _plain(name, getattr(self, name))) for name in KEYS}

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
    def forms_owed(self) -> tuple[FormKind, ...]:
        """The forms that each month owes; none where no monthly forms are owed (MF-3)."""
        return self.form_kinds if self.forms else ()

    @property
    def carries(self) -> bool:
        """Whether a positive result is carried into the next quarter; else it is paid out."""
        return self.surplus is Surplus.CARRY

    def bearer(self, cost_class: CostClass, column: CostColumn) -> Bearer:
        """Who bears this cost of such a case (EN-12)."""
        return dict(self.matrix).get((cost_class, column), DEFAULT_MATRIX[cost_class][column])


#: All keys, in the order in which they are written.
KEYS: tuple[str, ...] = tuple(field.name for field in fields(Terms))


def _plain(key: str, value: object) -> object:
    if isinstance(value, Decimal):
        return format_rate(value) if key in RATES else str(value)
    return value.value if isinstance(value, StrEnum) else value
