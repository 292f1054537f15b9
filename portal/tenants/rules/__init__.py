"""Roles, people and their passwords, the manufacturer's calendar.

PE-1 an organisation keeps somebody who can invite others · PE-2 everybody has at least one role of their side ·
PE-3 an e-mail address is one · PE-4 nobody is invited twice · PE-5 a dealer sees to its own people ·
PE-6 nobody disables themselves · PW-1 a password is hard to guess · PW-2 changing it needs the present one ·
PW-3 signing in needs the right one · TM-1 working days.
"""

from portal.tenants.rules.calendar import DAYS_AHEAD, check_removable, days_to_enter
from portal.tenants.rules.people import (
    PASSWORD_LENGTH,
    PersonState,
    browser_in_words,
    clean_email,
    masked_account,
    password_problem,
)
from portal.tenants.rules.roles import (
    DEALER_ROLES,
    GRANTS,
    MANUFACTURER_ROLES,
    OPERATOR_PERMISSIONS,
    POINT_PERMISSIONS,
    SIGNED_IN_PERMISSIONS,
    Role,
    is_last_keeper,
    keeper,
    labels,
    permissions_of,
    roles_of,
    side_roles,
    with_roles,
)

__all__ = [
    "DAYS_AHEAD",
    "DEALER_ROLES",
    "GRANTS",
    "MANUFACTURER_ROLES",
    "OPERATOR_PERMISSIONS",
    "PASSWORD_LENGTH",
    "POINT_PERMISSIONS",
    "SIGNED_IN_PERMISSIONS",
    "PersonState",
    "Role",
    "browser_in_words",
    "check_removable",
    "clean_email",
    "days_to_enter",
    "is_last_keeper",
    "keeper",
    "labels",
    "masked_account",
    "password_problem",
    "permissions_of",
    "roles_of",
    "side_roles",
    "with_roles",
]
