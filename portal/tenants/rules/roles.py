"""Roles and what they may do (domain.md 0). Deny by default.

PE-1 an organisation keeps somebody who can invite others · PE-2 everybody has at least one role of their side.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from portal.kernel.errors import RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T

P = Permission


class Role(StrEnum):
    """A role of a membership. The manufacturer's and the dealer's roles never mix in one session."""

    ADMIN = "admin"
    REVIEWER = "reviewer"
    WAREHOUSE = "warehouse"
    QUALITY = "quality"
    FINANCE = "finance"
    AUDITOR = "auditor"
    OWNER = "owner"
    SERVICE = "service"
    ACCOUNTS = "accounts"


MANUFACTURER_ROLES = (Role.ADMIN, Role.REVIEWER, Role.WAREHOUSE, Role.QUALITY, Role.FINANCE, Role.AUDITOR)
DEALER_ROLES = (Role.OWNER, Role.SERVICE, Role.ACCOUNTS)

#: What everybody of a side reads.
_EVERYBODY = {
    P.PUBLIC,
    P.SIGNED_IN,
    P.HOME,
    P.CATALOGUE_READ,
    P.UNITS_READ,
    P.AGREEMENTS_READ,
    P.CALENDAR_READ,
    P.COVERAGE_READ,
}
_READS = {
    P.CARDS_READ,
    P.PARTS_READ,
    P.RETURNS_READ,
    P.LEDGER_READ,
    P.REMITTANCES_READ,
    P.FIGURES_READ,
    P.FORMS_READ,
    P.STATEMENTS_READ,
    P.DEALERS_READ,
    P.REPAIRS_READ,
}

GRANTS: dict[Role, frozenset[P]] = {
    Role.ADMIN: frozenset(
        _EVERYBODY
        | _READS
        | {
            P.EXTENSIONS_DECIDE,
            P.FEEDBACK_ANSWER,
            P.FEEDBACK_OVERSEE,
            P.FEEDBACK_READ,
            P.FEEDBACK_RELEASE,
            P.PHOTOS_SEND,
            P.QUALITY_READ,
            P.QUALITY_DECLARE,
            P.SETTLEMENT_READ,
            P.AGREEMENTS_WRITE,
            P.CALENDAR_WRITE,
            P.PLANS_WRITE,
            P.CATALOGUE_WRITE,
            P.DEALERS_WRITE,
            P.PEOPLE_READ,
            P.PEOPLE_WRITE,
            P.AUDIT_READ,
            P.UNITS_SHIP,
        }
    ),
    Role.REVIEWER: frozenset(
        _EVERYBODY
        | _READS
        | {
            P.EXTENSIONS_DECIDE,
            P.FEEDBACK_READ,
            P.QUALITY_READ,
            P.RETURNS_DECIDE,
            P.RETURNS_DISPOSE,
            P.RETURNS_RECEIVE,
            P.CARDS_REVIEW,
            P.FEES_CANCEL,
            P.CARDS_REVEAL,
            P.CLAIMS_DECIDE,
            P.SERVICE_OVERSEE,
            P.PARTS_DECIDE,
            P.PARTS_RECONCILE,
            P.FORMS_ACCEPT,
            P.STATEMENTS_REPLY,
            P.UNITS_SHIP,
        }
    ),
    Role.WAREHOUSE: frozenset(
        _EVERYBODY
        | {
            P.QUALITY_READ,
            P.CARDS_READ,
            P.RETURNS_READ,
            P.RETURNS_RECEIVE,
            P.PARTS_READ,
            P.PARTS_SHIP,
            P.OLD_PARTS_RECEIVE,
            P.UNITS_SHIP,
            P.DEALERS_READ,
        }
    ),
    Role.QUALITY: frozenset(
        _EVERYBODY
        | {
            P.FEEDBACK_READ,
            P.FEEDBACK_ANSWER,
            P.FEEDBACK_RELEASE,
            P.PHOTOS_SEND,
            P.QUALITY_READ,
            P.QUALITY_DECLARE,
            P.CARDS_READ,
            P.RETURNS_READ,
            P.RETURNS_INSPECT,
            P.REPAIRS_READ,
            P.PARTS_READ,
            P.FORMS_READ,
            P.DEALERS_READ,
        }
    ),
    Role.FINANCE: frozenset(
        _EVERYBODY
        | _READS
        | {
            P.QUALITY_READ,
            P.REMITTANCES_WRITE,
            P.FIGURES_WRITE,
            P.FEES_CANCEL,
            P.CLAIMS_WRITE_OFF,
            P.LEDGER_ADJUST,
            P.PARTS_PAYMENTS,
            P.PARTS_RECONCILE,
            P.SETTLEMENT_READ,
            P.SETTLEMENT_RUN,
            P.SETTLEMENT_CLOSE,
            P.STATEMENTS_REPLY,
            P.FORMS_ACCEPT,
        }
    ),
    Role.AUDITOR: frozenset(
        _EVERYBODY
        | _READS
        | {P.FEEDBACK_READ, P.QUALITY_READ, P.SETTLEMENT_READ, P.AUDIT_READ, P.PEOPLE_READ}
    ),
    Role.OWNER: frozenset(
        _EVERYBODY
        | (_READS - {P.DEALERS_READ})
        | {
            P.EXTENSIONS_ASK,
            P.FEEDBACK_FILE,
            P.FEEDBACK_READ,
            P.RETURNS_FILE,
            P.CARDS_FILE,
            P.CARDS_REVEAL,
            P.PHOTOS_SEND,
            P.REPAIRS_FILE,
            P.PLANS_WRITE,
            P.SERVICE_OVERSEE,
            P.UNITS_RECEIVE,
            P.PARTS_FILE,
            P.PARTS_RECONCILE,
            P.OLD_PARTS_SEND,
            P.STOCK_READ,
            P.STOCK_WRITE,
            P.FORMS_PREPARE,
            P.FORMS_SUBMIT,
            P.STATEMENTS_ANSWER,
            P.STATEMENTS_REPLY,
            P.PEOPLE_READ,
            P.PEOPLE_WRITE,
        }
    ),
    Role.SERVICE: frozenset(
        _EVERYBODY
        | {
            P.EXTENSIONS_ASK,
            P.FEEDBACK_FILE,
            P.FEEDBACK_READ,
            P.RETURNS_FILE,
            P.RETURNS_READ,
            P.CARDS_READ,
            P.CARDS_FILE,
            P.CARDS_REVEAL,
            P.PHOTOS_SEND,
            P.REPAIRS_FILE,
            P.REPAIRS_READ,
            P.UNITS_RECEIVE,
            P.PARTS_READ,
            P.PARTS_FILE,
            P.OLD_PARTS_SEND,
            P.STOCK_READ,
            P.STOCK_WRITE,
            P.LEDGER_READ,
            P.FORMS_PREPARE,
            P.FORMS_READ,
        }
    ),
    Role.ACCOUNTS: frozenset(
        _EVERYBODY
        | {
            P.RETURNS_READ,
            P.REPAIRS_READ,
            P.PARTS_READ,
            P.PARTS_RECONCILE,
            P.STOCK_READ,
            P.LEDGER_READ,
            P.REMITTANCES_READ,
            P.FIGURES_READ,
            P.FORMS_READ,
            P.STATEMENTS_READ,
            P.STATEMENTS_ANSWER,
            P.STATEMENTS_REPLY,
        }
    ),
}

#: What a sub-dealer's people may do at all: their own selling point's cards, repairs and units.
POINT_PERMISSIONS = frozenset(
    _EVERYBODY
    | {
        P.FEEDBACK_FILE,
        P.FEEDBACK_READ,
        P.RETURNS_FILE,
        P.RETURNS_READ,
        P.CARDS_READ,
        P.CARDS_FILE,
        P.CARDS_REVEAL,
        P.EXTENSIONS_ASK,
        P.PHOTOS_SEND,
        P.REPAIRS_FILE,
        P.REPAIRS_READ,
        P.STOCK_READ,
        P.STOCK_WRITE,
        P.UNITS_RECEIVE,
        P.PEOPLE_READ,
        P.PEOPLE_WRITE,
    }
)
OPERATOR_PERMISSIONS = frozenset({P.PUBLIC, P.SIGNED_IN, P.OPERATE})
SIGNED_IN_PERMISSIONS = frozenset({P.PUBLIC, P.SIGNED_IN})


def permissions_of(roles: Iterable[str], *, dealer: bool, point: bool) -> frozenset[P]:
    """What these roles may do on one side; roles of the other side count for nothing."""
    side = DEALER_ROLES if dealer else MANUFACTURER_ROLES
    granted = frozenset().union(*(GRANTS[Role(role)] for role in roles if role in side))
    return granted & POINT_PERMISSIONS if point else granted


def side_roles(roles: Iterable[str], *, dealer: bool) -> tuple[str, ...]:
    """The roles that count on one side."""
    side = DEALER_ROLES if dealer else MANUFACTURER_ROLES
    return tuple(role for role in roles if role in side)


def roles_of(*, dealer: bool) -> tuple[Role, ...]:
    """The roles that exist on a side, in the order that pages show them."""
    return DEALER_ROLES if dealer else MANUFACTURER_ROLES


def keeper(*, dealer: bool) -> Role:
    """The role that invites the others of its side (PE-1)."""
    return Role.OWNER if dealer else Role.ADMIN


def with_roles(present: Iterable[str], chosen: Iterable[str], *, dealer: bool) -> list[str]:
    """The roles of a membership when its roles on one side become `chosen`; the other side's stay.

    Raises RuleBroken PE-2 when nothing or something of the other side was chosen.
    """
    side = roles_of(dealer=dealer)
    wanted = [role.value for role in side if role.value in set(chosen)]
    if not wanted or len(wanted) != len(set(chosen)):
        raise RuleBroken("PE-2", T("Choose at least one role."), field="roles")
    return [*wanted, *side_roles(present, dealer=not dealer)]


def labels(roles: Iterable[str]) -> list[str]:
    """Roles as a fact records them: keys of the words that readers see."""
    return [f"Role.{Role(role).name}" for role in roles]


def is_last_keeper(others: Sequence[Iterable[str]], *, dealer: bool) -> bool:
    """Whether nobody among the others (their roles) could invite people any more (PE-1)."""
    return not any(keeper(dealer=dealer) in set(roles) for roles in others)
