"""Roles and what they may do (domain.md 0). Deny by default."""

from collections.abc import Iterable
from enum import StrEnum

from portal.kernel.permissions import Permission as P


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
_EVERYBODY = {P.PUBLIC, P.SIGNED_IN, P.HOME, P.CATALOGUE_READ, P.UNITS_READ, P.AGREEMENTS_READ}
_READS = {
    P.CARDS_READ,
    P.PARTS_READ,
    P.LEDGER_READ,
    P.REMITTANCES_READ,
    P.FORMS_READ,
    P.STATEMENTS_READ,
    P.DEALERS_READ,
}

GRANTS: dict[Role, frozenset[P]] = {
    Role.ADMIN: frozenset(
        _EVERYBODY
        | _READS
        | {
            P.SETTLEMENT_READ,
            P.AGREEMENTS_WRITE,
            P.CATALOGUE_WRITE,
            P.DEALERS_WRITE,
            P.PEOPLE_READ,
            P.PEOPLE_WRITE,
            P.AUDIT_READ,
            P.UNITS_SHIP,
        }
    ),
    Role.REVIEWER: frozenset(
        _EVERYBODY | _READS | {P.CARDS_REVIEW, P.CARDS_REVEAL, P.PARTS_DECIDE, P.FORMS_ACCEPT, P.UNITS_SHIP}
    ),
    Role.WAREHOUSE: frozenset(_EVERYBODY | {P.CARDS_READ, P.PARTS_READ, P.PARTS_SHIP, P.UNITS_SHIP, P.DEALERS_READ}),
    Role.QUALITY: frozenset(_EVERYBODY | {P.CARDS_READ, P.PARTS_READ, P.FORMS_READ, P.DEALERS_READ}),
    Role.FINANCE: frozenset(
        _EVERYBODY
        | _READS
        | {P.REMITTANCES_WRITE, P.LEDGER_ADJUST, P.SETTLEMENT_READ, P.SETTLEMENT_RUN, P.SETTLEMENT_CLOSE, P.FORMS_ACCEPT}
    ),
    Role.AUDITOR: frozenset(_EVERYBODY | _READS | {P.SETTLEMENT_READ, P.AUDIT_READ, P.PEOPLE_READ}),
    Role.OWNER: frozenset(
        _EVERYBODY
        | (_READS - {P.DEALERS_READ})
        | {
            P.CARDS_FILE,
            P.CARDS_REVEAL,
            P.UNITS_RECEIVE,
            P.PARTS_FILE,
            P.FORMS_SUBMIT,
            P.STATEMENTS_ANSWER,
            P.PEOPLE_READ,
            P.PEOPLE_WRITE,
        }
    ),
    Role.SERVICE: frozenset(
        _EVERYBODY
        | {P.CARDS_READ, P.CARDS_FILE, P.CARDS_REVEAL, P.UNITS_RECEIVE, P.PARTS_READ, P.PARTS_FILE, P.LEDGER_READ, P.FORMS_READ}
    ),
    Role.ACCOUNTS: frozenset(
        _EVERYBODY | {P.PARTS_READ, P.LEDGER_READ, P.REMITTANCES_READ, P.FORMS_READ, P.STATEMENTS_READ, P.STATEMENTS_ANSWER}
    ),
}

#: What a sub-dealer's people may do at all: their own selling point's cards and units.
POINT_PERMISSIONS = frozenset(
    _EVERYBODY | {P.CARDS_READ, P.CARDS_FILE, P.CARDS_REVEAL, P.UNITS_RECEIVE, P.PEOPLE_READ, P.PEOPLE_WRITE}
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
