"""People, their addresses and their passwords.

PE-3 an e-mail address is one · PW-1 a password is hard to guess.
"""

import itertools
import re
from enum import StrEnum

from portal.kernel.errors import RuleBroken
from portal.kernel.text import T


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
