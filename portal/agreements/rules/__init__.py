"""The rules of agreements: terms (every key of an agreement), clauses, cost matrix, versions, states.

AG-1 states of an agreement · AG-2 terms change from a quarter's start · EN-12 who bears which cost.
"""

from portal.agreements.rules.clauses import CHAPTERS, CLAUSES, Clause
from portal.agreements.rules.matrix import DEFAULT_MATRIX, Bearer, CostClass, CostColumn
from portal.agreements.rules.terms import (
    BASE_KEYS,
    BOUNDS,
    CURRENCIES,
    HIGHEST_FEE,
    KEYS,
    Base,
    BaseKind,
    Claims,
    LateCard,
    Surplus,
    Terms,
    TermsError,
)
from portal.agreements.rules.versions import (
    AGREEMENT,
    AgreementAction,
    AgreementState,
    Difference,
    Span,
    TermsVersion,
    differences,
    may_start,
    terms_in_force,
    terms_of_quarter,
    version_in_force,
)
from portal.agreements.rules.words import base_in_words, matrix_of, terms_in_words, words

__all__ = [
    "AGREEMENT",
    "BASE_KEYS",
    "BOUNDS",
    "CHAPTERS",
    "CLAUSES",
    "CURRENCIES",
    "DEFAULT_MATRIX",
    "HIGHEST_FEE",
    "KEYS",
    "AgreementAction",
    "AgreementState",
    "Base",
    "BaseKind",
    "Bearer",
    "Claims",
    "Clause",
    "CostClass",
    "CostColumn",
    "Difference",
    "LateCard",
    "Span",
    "Surplus",
    "Terms",
    "TermsError",
    "TermsVersion",
    "base_in_words",
    "differences",
    "matrix_of",
    "may_start",
    "terms_in_force",
    "terms_in_words",
    "terms_of_quarter",
    "version_in_force",
    "words",
]
