"""Secrets: password hashes, single-use tokens, keyed hashes for search."""

import hashlib
import hmac
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app


class _Passwords:
    """The hasher in use, and a hash of nothing that anybody knows: checking it takes as long as a real one."""

    def __init__(self) -> None:
        self.use(PasswordHasher())

    def use(self, hasher: PasswordHasher) -> None:
        self.hasher = hasher
        self.nobody = ""

    def hash_of_nobody(self) -> str:
        self.nobody = self.nobody or self.hasher.hash(secrets.token_urlsafe(16))
        return self.nobody


_passwords = _Passwords()


def use_hasher(hasher: PasswordHasher) -> None:
    """Replace the hasher; tests use cheaper parameters."""
    _passwords.use(hasher)


def hash_password(password: str) -> str:
    """argon2id."""
    return _passwords.hasher.hash(password)


def password_matches(stored: str | None, password: str) -> bool:
    """Whether it is the password; takes the same time when there is no such person (`stored` None)."""
    try:
        _passwords.hasher.verify(stored or _passwords.hash_of_nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def needs_rehash(stored: str) -> bool:
    """Whether the parameters have been raised since this hash was made."""
    return _passwords.hasher.check_needs_rehash(stored)


def new_token() -> str:
    """A random token for a link or a session; only its hash is stored."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def keyed_hash(key: str, value: str) -> str:
    """An HMAC for exact search of a masked value, such as a phone number."""
    return hmac.new(key.encode(), value.encode(), hashlib.sha256).hexdigest()


def search_hash(value: str) -> str:
    """The keyed hash under which a masked value is found again; its key comes from the application's secret."""
    return keyed_hash(f"search:{current_app.config['SECRET_KEY']}", value)
