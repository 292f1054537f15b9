"""The value of a clause in words: what forms, histories and statements print beside its title."""

from decimal import Decimal

from portal.agreements.rules.clause import Clause
from portal.agreements.rules.clauses import CLAUSES
from portal.agreements.rules.matrix import Bearer, CostClass, CostColumn
from portal.agreements.rules.reading import RATES
from portal.agreements.rules.terms import Terms
from portal.agreements.rules.values import BASE_KEYS, Base, BaseKind
from portal.kernel.money import format_rate
from portal.kernel.text import T

_SINGULAR = {
    T("days"): T("day"),
    T("months"): T("month"),
    T("hours"): T("hour"),
    T("working days"): T("working day"),
    T("repairs"): T("repair"),
}


def words(clause: Clause, value: object) -> tuple[T, ...]:
    """A value as `Terms` holds it, as one or several lines: `15 days`; `Remittance share 2.5 %`, `Card fee 15.00`."""
    if isinstance(value, bool):
        return (T("Yes") if value else T("No"),)
    if clause.key == "form_due_day":
        return (T("Day {day} of the next month", day=value),)
    if isinstance(value, int) and clause.unit is not None:
        unit = _SINGULAR.get(clause.unit, clause.unit) if value == 1 else clause.unit
        return (T("{number} {unit}", number=value, unit=unit),)
    if isinstance(value, Decimal):
        return (T("{value}", value=format_rate(value) if clause.key in RATES else value),)
    if isinstance(value, tuple):
        return tuple(_item(item) for item in value) or (T("None"),)
    return (T("{value}", value=value),)


def _item(item: object) -> T:
    return base_in_words(item) if isinstance(item, Base) else T("{value}", value=item)


def base_in_words(base: Base) -> T:
    """`Remittance share 2.5 %`, `Flat fee per repair 45.00, on site 20.00 more`."""
    keys = BASE_KEYS[base.kind]
    if not keys:
        return T("{value}", value=base.kind)
    if base.kind is BaseKind.FLAT_PER_REPAIR and base.onsite:
        return T("{kind} {fee}, on site {onsite} more", kind=base.kind, fee=base.fee, onsite=base.onsite)
    value: Decimal | str = getattr(base, keys[0])
    return T(
        "{kind} {value}", kind=base.kind, value=base.fee if keys[0] == "fee" else format_rate(Decimal(value))
    )


def terms_in_words(terms: Terms) -> list[tuple[Clause, tuple[T, ...]]]:
    """Every clause but the matrix with its value in words, in the order in which they are printed."""
    return [
        (clause, words(clause, getattr(terms, key))) for key, clause in CLAUSES.items() if key != "matrix"
    ]


def matrix_of(terms: Terms) -> list[tuple[CostClass, list[tuple[CostColumn, Bearer, bool]]]]:
    """The cost matrix row by row: (column, bearer, whether it differs from the usual one)."""
    changed = dict(terms.matrix)
    return [
        (row, [(column, terms.bearer(row, column), (row, column) in changed) for column in CostColumn])
        for row in CostClass
    ]
