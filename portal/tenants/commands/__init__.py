"""Use cases of tenants, dealers and people."""

from portal.tenants.commands.account import (
    accept_invitation,
    ask_reset,
    change_password,
    change_profile,
    end_other_sessions,
    forget_old,
    join_organisation,
    reset_password,
    sign_in,
    sign_out,
)
from portal.tenants.commands.calendar import enter_days, remove_day
from portal.tenants.commands.dealers import (
    add_dealer,
    change_company,
    change_dealer,
    disable_dealer,
    enable_dealer,
    invite_owner,
)
from portal.tenants.commands.people import change_roles, disable_person, enable_person, invite, invite_again
from portal.tenants.commands.tenants import (
    add_first_admin,
    add_tenant,
    appoint_operator,
    lock_person,
    open_tenant,
)

__all__ = [
    "accept_invitation",
    "add_dealer",
    "add_first_admin",
    "add_tenant",
    "appoint_operator",
    "ask_reset",
    "change_company",
    "change_dealer",
    "change_password",
    "change_profile",
    "change_roles",
    "disable_dealer",
    "disable_person",
    "enable_dealer",
    "enable_person",
    "end_other_sessions",
    "enter_days",
    "forget_old",
    "invite",
    "invite_again",
    "invite_owner",
    "join_organisation",
    "lock_person",
    "open_tenant",
    "remove_day",
    "reset_password",
    "sign_in",
    "sign_out",
]
