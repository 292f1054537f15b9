"""Roles and what they may do (domain.md 0), people and their passwords. Deny by default.

PE-1 an organisation keeps somebody who can invite others · PE-2 everybody has at least one role of their side ·
PE-3 an e-mail address is one · PE-4 nobody is invited twice · PE-5 a dealer sees to its own people ·
PE-6 nobody disables themselves · PW-1 a password is hard to guess · PW-2 changing it needs the present one ·
PW-3 signing in needs the right one.
"""

import itertools
import re
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
            P.QUALITY_READ,
            P.QUALITY_DECLARE,
            P.SETTLEMENT_READ,
            P.AGREEMENTS_WRITE,
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
        _EVERYBODY | _READS | {P.QUALITY_READ, P.SETTLEMENT_READ, P.AUDIT_READ, P.PEOPLE_READ}
    ),
    Role.OWNER: frozenset(
        _EVERYBODY
        | (_READS - {P.DEALERS_READ})
        | {
            P.EXTENSIONS_ASK,
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


def masked_account(account: str) -> str:
    """A bank account as pages and facts show it: the last four digits."""
    return f"**** {account[-4:]}" if len(account) > 4 else "****" * bool(account)


class PersonState(StrEnum):
    """Whether a person can act for an organisation."""

    ACTIVE = "active"
    #: The invitation has not been accepted.
    INVITED = "invited"
    DISABLED = "disabled"
    #: By the platform's operator: can't sign in anywhere.
    LOCKED = "locked"

    @property
    def tone(self) -> str:
        """Its colour."""
        return {"active": "ok", "invited": "info", "disabled": "mute", "locked": "bad"}[self.value]


_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def clean_email(text: str) -> str:
    """The address in lower case. Raises RuleBroken PE-3 for what is none."""
    email = text.strip().lower()
    if len(email) > 120 or not _EMAIL.fullmatch(email):
        raise RuleBroken("PE-3", T("Enter an e-mail address such as name@example.com."), field="email")
    return email


PASSWORD_LENGTH = 10
#: What people choose when they must choose something, ours and others' favourites; compared without marks and case.
_COMMON = frozenset(
    (
        "password", "passwort", "passw0rd", "p4ssword", "adminadmin", "administrator", "changeme",
        "changeit", "letmein", "letmeinnow", "welcome", "welcomehome", "iloveyou", "iloveyouyou",
        "sunshine", "princess", "football", "baseball", "superman", "trustno1", "dragondragon",
        "qwertyuiop", "qwertyqwerty", "qwerty123456", "asdfghjkl", "asdfghjklzxcv", "zxcvbnm",
        "zxcvbnmasdf", "1qaz2wsx", "1qaz2wsx3edc", "1q2w3e4r", "1q2w3e4r5t", "1q2w3e4r5t6y", "q1w2e3r4t5",
        "qazwsxedc", "qazwsxedcrfv", "abcd1234", "abcdefghij", "a1b2c3d4e5", "aa123456", "a123456789",
        "abc123456789", "woaini", "woaini1314", "woaini520", "woaiwojia", "5201314", "5201314520",
        "1314520520", "7758521", "mima123456", "mimamima", "ceshi123456", "gongchang", "guanliyuan",
        "shouhou", "shouhoufuwu", "jingxiaoshang", "dealerportal", "portalportal", "testtest",
        "testtesttest", "test123456", "guestguest", "rootroot", "secretsecret", "default", "summer",
        "winter",
    )
)  # fmt: skip


def password_problem(password: str, *, email: str) -> T | None:
    """What is wrong with a new password (PW-1), None when nothing is.

    At least ten characters, no everyday one (also with digits around it), not the e-mail address or its name, and
    not one pattern over and over.
    """
    if len(password) < PASSWORD_LENGTH:
        return T("Use at least {count} characters.", count=PASSWORD_LENGTH)
    plain = re.sub(r"[^a-z0-9]", "", password.lower())
    name = re.sub(r"[^a-z0-9]", "", email.partition("@")[0].lower())
    if password.lower() == email.lower() or (
        len(name) >= 4 and plain.strip("0123456789") == name.strip("0123456789")
    ):
        return T("Don't use your e-mail address.")
    if plain in _COMMON or plain.strip("0123456789") in _COMMON:
        return T("This password is used by many people. Choose another one.")
    if len(set(password)) < 5 or _is_run(password):
        return T("This password is too simple. Choose another one.")
    return None


def _is_run(text: str) -> bool:
    """Whether each character is the one after (or before) the last: 1234567890, jihgfedcba."""
    steps = {ord(b) - ord(a) for a, b in itertools.pairwise(text)}
    return len(steps - {-9, 9}) == 1 and steps <= {-9, -1, 1, 9}


def is_last_keeper(others: Sequence[Iterable[str]], *, dealer: bool) -> bool:
    """Whether nobody among the others (their roles) could invite people any more (PE-1)."""
    return not any(keeper(dealer=dealer) in set(roles) for roles in others)


#: How browsers and systems call themselves, the more special ones first, and what people call them.
_BROWSERS = (
    ("MicroMessenger/", "WeChat"),
    ("Edg", "Edge"),
    ("QQBrowser/", "QQ"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def browser_in_words(user_agent: str) -> str:
    """`Chrome · Windows`; a stranger's own first word."""
    found = [
        next((name for sign, name in signs if sign in user_agent), "") for signs in (_BROWSERS, _SYSTEMS)
    ]
    return " · ".join(filter(None, found)) or user_agent.partition(" ")[0].partition("/")[0]
