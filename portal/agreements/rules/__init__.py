"""The rules of agreements: terms (every key of an agreement), clauses, cost matrix, versions, states.

AG-1 states of an agreement · AG-2 terms change from a quarter's start · EN-12 who bears which cost.
"""

from portal.agreements.rules.clause import Clause
from portal.agreements.rules.clauses import CHAPTERS, CLAUSES
from portal.agreements.rules.matrix import DEFAULT_MATRIX, Bearer, CostClass, CostColumn
from portal.agreements.rules.reading import AMOUNTS, BOUNDS, FLAGS, RATES, SETS
from portal.agreements.rules.terms import KEYS, Terms
from portal.agreements.rules.values import (
    BASE_KEYS,
    CURRENCIES,
    HIGHEST_FEE,
    OWABLE,
    Base,
    BaseKind,
    Claims,
    FormKind,
    LateCard,
    Surplus,
    TermsError,
)
from portal.agreements.rules.versions import (
    AGREEMENT,
    UNBORN,
    AgreementAction,
    AgreementState,
    Difference,
    Span,
    TermsVersion,
    check_last_day,
    differences,
    may_start,
    terms_in_force,
    terms_of_quarter,
    version_in_force,
)
from portal.agreements.rules.words import base_in_words, matrix_of, terms_in_words, words

__all__ = [
    "AGREEMENT",
    "AMOUNTS",
    "BASE_KEYS",
    "BOUNDS",
    "CHAPTERS",
    "CLAUSES",
    "CURRENCIES",
    "DEFAULT_MATRIX",
    "FLAGS",
    "HIGHEST_FEE",
    "KEYS",
    "OWABLE",
    "RATES",
    "SETS",
    "UNBORN",
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
    "FormKind",
    "LateCard",
    "Span",
    "Surplus",
    "Terms",
    "TermsError",
    "TermsVersion",
    "base_in_words",
    "check_last_day",
    "differences",
    "matrix_of",
    "may_start",
    "terms_in_force",
    "terms_in_words",
    "terms_of_quarter",
    "version_in_force",
    "words",
]
