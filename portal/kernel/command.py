"""Commands own the transaction: one use case, one commit, one or more recorded facts.

A command loads what it needs itself, so page, job, replay and shell call it alike. It never calls another command;
what it may do in another module's tables is that module's `@step`.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast, overload

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm.exc import StaleDataError

from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.db import Base, Private, ScopedSession, session
from portal.kernel.engine import is_serialization_failure, writing
from portal.kernel.errors import Conflict, Forbidden
from portal.kernel.permissions import Permission
from portal.kernel.text import T

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
_ATTEMPTS = 4


class Command(Protocol[P, R_co]):
    """A use case as it is called; what is passed beside a `key` is checked only when it runs."""

    allow: Permission

    @overload
    def __call__(self, actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R_co: ...
    @overload
    def __call__(self, actor: Actor, /, *args: Any, key: str | None, **kwargs: Any) -> R_co: ...


#: Every command by its full name, for the structure tests.
COMMANDS: dict[str, Command[..., Any]] = {}


class IdempotencyKey(Private, Base):
    """The first answer to a submit, kept for ever: a second click, a retry or a re-sent file gets it again (ID-1)."""

    __tablename__ = "idempotency_key"
    __table_args__ = (sa.UniqueConstraint("manufacturer_id", "owner_id", "person_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(comment="who submitted; 0: no person")
    key: Mapped[str] = mapped_column(sa.String(80), comment="made when the form was drawn")
    request_hash: Mapped[str] = mapped_column(sa.String(64), comment="SHA-256 of command and content")
    answer: Mapped[list[Any]] = mapped_column(comment="what the command returned, in a list of one")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


def command(
    *, allow: Permission, silent: bool = False
) -> Callable[[Callable[Concatenate[Actor, P], R]], Command[P, R]]:
    """Make a use case of a function whose first argument is the actor.

    `allow`: who may run it. `silent`: it changes nothing that anybody would look up later (a saved draft), so it may
    record no fact. The caller may pass `key=`: the same key with the same content returns the first answer and
    changes nothing, with other content it raises Conflict (ID-1). Keys belong to a party; an actor without a scope
    has none, and the command runs as if no key was given. Raises Forbidden, and Conflict when a row changed
    meanwhile (OL-1). Whatever is raised, nothing is saved.
    """

    def decorate(fn: Callable[Concatenate[Actor, P], R]) -> Command[P, R]:
        name = f"{fn.__module__.removeprefix('portal.')}.{fn.__name__}"

        @wraps(fn)
        def run(actor: Actor, *args: Any, key: str | None = None, **kwargs: Any) -> Any:
            if allow not in actor.permissions:
                raise Forbidden
            key = key if actor.scope is not None else None
            call = _Call(name, actor, key, _content_hash(name, args, kwargs) if key else "", silent)
            for attempt in range(_ATTEMPTS):
                try:
                    return call.once(lambda: fn(actor, *args, **kwargs))
                except OperationalError as error:
                    if not is_serialization_failure(error) or attempt == _ATTEMPTS - 1:
                        raise
            raise AssertionError("unreachable")

        made = cast(Command[P, R], run)
        made.allow = allow
        COMMANDS[name] = made
        return made

    return decorate


class _Call:
    """One run of one command in its own transaction."""

    def __init__(self, name: str, actor: Actor, key: str | None, content: str, silent: bool) -> None:
        self.name, self.actor, self.key, self.content, self.silent = name, actor, key, content, silent

    def once(self, body: Callable[[], R]) -> R:
        db_session = session()
        if running := db_session.info.get("command"):
            raise RuntimeError(f"{self.name} called inside {running}: call a step instead")
        # What a page has read so far may be old; a command starts from the present.
        db_session.rollback()
        if self.actor.scope is not None:
            db_session.enter(self.actor.scope)
        db_session.info.update(command=self.name, facts=0, wrote=False, after_commit=[])
        try:
            with writing():
                if self.key and (known := self._known(db_session)):
                    db_session.rollback()
                    return cast(R, known[0])
                result = body()
                self._finish(db_session, result)
        except BaseException as error:
            db_session.rollback()
            # The same submit may have run at the same moment and won: then its answer counts, whatever stopped this
            # one - a key that was taken, or a rule that its twin's success has just made true.
            if self.key and isinstance(error, Exception) and (known := self._known(db_session)):
                db_session.rollback()
                return cast(R, known[0])
            if conflict := _conflict(error):
                raise conflict from error
            raise
        finally:
            db_session.info.pop("command", None)
        for callback in db_session.info.pop("after_commit"):
            callback()
        return result

    def _known(self, db_session: ScopedSession) -> list[Any] | None:
        """The answer that this key got before. Raises Conflict when it came with other content."""
        row = db_session.execute(
            sa.select(IdempotencyKey.request_hash, IdempotencyKey.answer).where(
                IdempotencyKey.person_id == (self.actor.person_id or 0), IdempotencyKey.key == self.key
            )
        ).one_or_none()
        if row is None:
            return None
        if row.request_hash != self.content:
            raise Conflict(
                T("This form was already submitted with other content. Open it again and start anew.")
            )
        return cast(list[Any], row.answer)

    def _finish(self, db_session: ScopedSession, result: Any) -> None:
        db_session.flush()
        if db_session.info["wrote"] and not db_session.info["facts"] and not self.silent:
            raise RuntimeError(f"{self.name} changed something and recorded no fact")
        if self.key:
            db_session.add(
                IdempotencyKey(
                    person_id=self.actor.person_id or 0,
                    key=self.key,
                    request_hash=self.content,
                    answer=[result],
                    at=clock.now(),
                )
            )
        db_session.commit()


def _conflict(error: BaseException) -> Conflict | None:
    """How a lost race is shown; None for every other error."""
    if isinstance(error, StaleDataError):
        return Conflict(T("Somebody else changed this just now. Look at it again, then decide."))
    if isinstance(error, IntegrityError):
        return Conflict(T("Somebody else did the same just now. Look at it again, then decide."))
    return None


def step(fn: Callable[P, R]) -> Callable[P, R]:
    """Mark a write that other modules may do inside their command; outside of one it raises RuntimeError."""

    @wraps(fn)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if not session().info.get("command"):
            raise RuntimeError(f"{fn.__name__} is a step: it runs only inside a command")
        return fn(*args, **kwargs)

    return run


def after_commit(callback: Callable[[], None]) -> None:
    """Run `callback` when the running command has committed; never when it is refused."""
    session().info["after_commit"].append(callback)


def _content_hash(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    text = json.dumps([name, args, kwargs], default=_plain, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, frozenset | set):
        return sorted(map(str, value))
    if isinstance(value, Decimal | dt.date):
        return str(value)
    if hasattr(value, "__dataclass_fields__"):
        return {field: getattr(value, field) for field in value.__dataclass_fields__}
    return str(value)
