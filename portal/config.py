"""Settings from the environment, one dataclass, validated at start."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INSTANCE = ROOT / "instance"
_SHORTEST_SECRET = 32


class BadSettings(Exception):
    """A setting is missing or weak; the message names it and says what to do. Nothing was started."""


@dataclass(frozen=True)
class Settings:
    """What a deployment decides. Every field has its environment variable `PORTAL_<NAME>`."""

    #: SQLAlchemy address of the application's database.
    database_url: str
    #: Signs cookies and links; at least 32 random characters.
    secret_key: str
    #: Where wake-ups of the workers go: `sqlite:///path`, `postgresql://…` or `redis://…`.
    queue_url: str
    #: The address that links in mails and QR codes begin with.
    public_url: str = "http://127.0.0.1:8000"
    #: `smtp://user:password@host:port`, or empty: mails are written to `mail_dir`.
    mail_url: str = ""
    mail_from: str = "portal@localhost"
    mail_dir: str = str(INSTANCE / "mail")
    #: Cookies only over HTTPS, and HSTS; on unless the portal is served on this machine only.
    secure: bool = True
    #: How many proxies in front of the portal set X-Forwarded-For.
    proxies: int = 0
    #: What the portal is called; empty: by its name in the reader's language.
    product_name: str = ""


def local(directory: Path = INSTANCE, **changes: object) -> Settings:
    """Settings of the embedded portal: SQLite, its secret made once and kept in `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    secret_file = directory / "secret-key"
    if not secret_file.exists():
        secret_file.write_text(secrets.token_urlsafe(48))
        secret_file.chmod(0o600)
    values: dict[str, object] = {
        "database_url": f"sqlite:///{directory / 'portal.sqlite3'}",
        "queue_url": f"sqlite:///{directory / 'queue.sqlite3'}",
        "secret_key": secret_file.read_text().strip(),
        "mail_dir": str(directory / "mail"),
        "secure": False,
    }
    return Settings(**{**values, **changes})  # type: ignore[arg-type]


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings for production. Raises BadSettings for what is missing or weak."""
    problems = [
        f"PORTAL_{name} is not set"
        for name in ("DATABASE_URL", "QUEUE_URL", "SECRET_KEY", "PUBLIC_URL")
        if not environment.get(f"PORTAL_{name}")
    ]
    secret = environment.get("PORTAL_SECRET_KEY", "")
    if secret and (len(secret) < _SHORTEST_SECRET or len(set(secret)) < 10):
        problems.append(f"PORTAL_SECRET_KEY is weak: give it at least {_SHORTEST_SECRET} random characters")
    public = environment.get("PORTAL_PUBLIC_URL", "")
    insecure = environment.get("PORTAL_INSECURE") == "1"
    if public and not public.startswith("https://") and not insecure:
        problems.append("PORTAL_PUBLIC_URL must begin with https:// (or set PORTAL_INSECURE=1 for a trial)")
    if problems:
        raise BadSettings("\n".join(problems))
    return Settings(
        database_url=environment["PORTAL_DATABASE_URL"],
        secret_key=secret,
        queue_url=environment["PORTAL_QUEUE_URL"],
        public_url=public.rstrip("/"),
        mail_url=environment.get("PORTAL_MAIL_URL", ""),
        mail_from=environment.get("PORTAL_MAIL_FROM", "portal@localhost"),
        mail_dir=environment.get("PORTAL_MAIL_DIR", str(INSTANCE / "mail")),
        secure=not insecure,
        proxies=int(environment.get("PORTAL_PROXIES", "0")),
        product_name=environment.get("PORTAL_PRODUCT_NAME", ""),
    )
