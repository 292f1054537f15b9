"""The demo's platform: its app, who is who, and acting as somebody."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Concatenate, ParamSpec, TypeVar

from flask import Flask

from portal.jobs import worker
from portal.jobs.daily import begin_day
from portal.kernel import crypto
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.permissions import Permission
from portal.mail import steps as mail
from portal.tenants import queries, steps
from portal.tenants.models import Person
from portal.tenants.rules import OPERATOR_PERMISSIONS

P = ParamSpec("P")
R = TypeVar("R")
#: Who sets the platform up.
PLATFORM = Actor("platform", OPERATOR_PERMISSIONS)


@dataclass
class Stage:
    """Everything by the short names of the cast."""

    app: Flask
    #: A manufacturer's code → its organisation's id.
    makers: dict[str, int] = field(default_factory=dict)
    #: A company's key → its organisation's id.
    companies: dict[str, int] = field(default_factory=dict)
    #: (manufacturer's code, dealer's code) → the dealer's id.
    dealers: dict[tuple[str, str], int] = field(default_factory=dict)
    #: (manufacturer's code, dealer's code) → the agreement's number.
    agreements: dict[tuple[str, str], str] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    _actors: dict[tuple[str, str], Actor] = field(default_factory=dict)

    def act(
        self,
        who: str,
        tenant: str,
        command: Callable[Concatenate[Actor, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run a command as somebody acting for `tenant` (`EV`, `EV~D02`), in a session of its own."""
        return self.give(self.actor(who, tenant), command, *args, **kwargs)

    def set_up(
        self, maker: str, command: Callable[Concatenate[Actor, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """The same for a manufacturer whose people are not there yet."""
        platform = Actor("platform", frozenset(Permission), manufacturer_id=self.makers[maker])
        return self.give(platform, command, *args, **kwargs)

    def give(
        self, actor: Actor, command: Callable[Concatenate[Actor, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run a command as `actor`, in a session of its own."""
        return self.look(actor, command, actor, *args, **kwargs)

    def look(self, actor: Actor, query: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Read as `actor`, in a session of its own."""
        with self.app.app_context():
            if actor.scope is not None:
                session().enter(actor.scope)
            return query(*args, **kwargs)

    def actor(self, who: str, tenant: str) -> Actor:
        """Somebody acting for `tenant`."""
        actor = self._actors.get((who, tenant))
        if actor is None:
            with self.app.app_context():
                person = session().get_one(Person, self.people[who])
                chosen = next(acting for acting in queries.acting_for(person.id) if acting.tenant == tenant)
                actor = self._actors[who, tenant] = queries.actor_of(person, chosen)
        return actor

    def begin_day(self) -> None:
        """Let time bring what it brings, to every manufacturer, and workers judge the cards of the day before."""
        self.work("warranty.assess")
        for manufacturer_id in self.makers.values():
            with mail.closed():
                self.give(queries.clock_actor(manufacturer_id, "Asia/Shanghai"), begin_day)

    def work(self, *kinds: str) -> None:
        """Do the background work of these kinds that waits, as a worker would."""
        for kind in kinds:
            for job_id in worker.waiting(self.app, kind):
                worker.run(self.app, job_id)
            if worker.waiting(self.app, kind):
                raise RuntimeError(f"the background work {kind} did not succeed")


@command(allow=Permission.OPERATE, silent=True)
def add_person(
    _actor: Actor,
    *,
    email: str,
    name: str,
    password: str,
    phone: str = "",
    language: str = "",
    is_operator: bool = False,
) -> int:
    """Somebody who can sign in at once, without an invitation. Returns the id."""
    person = steps.add_person(
        email, name, password_hash=crypto.hash_password(password), is_operator=is_operator, language=language
    )
    person.phone = phone
    return person.id


@command(allow=Permission.OPERATE, silent=True)
def join(_actor: Actor, person_id: int, organisation_id: int, roles: tuple[str, ...]) -> None:
    """Make a person a member of an organisation at once."""
    steps.join(person_id, organisation_id, roles)
