"""Limits that hold across processes and machines: tries are counted in the database, in fixed windows."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel import clock
from portal.kernel.actor import PUBLIC, Actor
from portal.kernel.command import command
from portal.kernel.db import Base, session
from portal.kernel.errors import PortalError
from portal.kernel.permissions import Permission
from portal.kernel.text import T


class TooMany(PortalError):
    """The limit is used up; try again when the window ends."""

    status = 429


class Attempt(Base):
    """Tries within one window."""

    __tablename__ = "attempt"

    key: Mapped[str] = mapped_column(
        sa.String(200), primary_key=True, comment="what is limited, and for whom"
    )
    count: Mapped[int] = mapped_column(comment="tries in the window")
    expires_at: Mapped[dt.datetime] = mapped_column(comment="end of the window")


@command(allow=Permission.PUBLIC, silent=True)
def _count(_actor: Actor, key: str, window: dt.timedelta) -> int:
    db_session, now = session(), clock.now()
    insert = (postgresql if db_session.get_bind().dialect.name == "postgresql" else sqlite).insert
    over = Attempt.expires_at < now
    statement = (
        insert(Attempt)
        .values(key=key, count=1, expires_at=now + window)
        .on_conflict_do_update(
            index_elements=["key"],
            set_={
                "count": sa.case((over, 1), else_=Attempt.count + 1),
                "expires_at": sa.case((over, now + window), else_=Attempt.expires_at),
            },
        )
        .returning(Attempt.count)
    )
    return int(db_session.scalar(statement) or 0)


def take(what: str, whom: str, *, limit: int, window: dt.timedelta) -> None:
    """Count one try of `whom` at `what`. Raises TooMany from the `limit` + first one within `window` on."""
    if _count(PUBLIC, f"{what}:{whom}"[:200], window) > limit:
        raise TooMany(T("Too many tries. Wait a few minutes, then try again."))
