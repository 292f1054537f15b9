"""What the other party has done lately, for the home page: each change of state reaches who it concerns (RT-7)."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from portal.audit import queries as audit
from portal.audit.models import Fact
from portal.audit.queries import Line
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.db import session
from portal.web import numbers

#: How far back it looks, how many facts it reads, and how many of them it shows.
DAYS, READ, SHOWN = 7, 60, 8


@dataclass(frozen=True)
class News:
    """One fact of the other party, with the page of the document that it is about."""

    line: Line
    url: str


def news_for(actor: Actor) -> list[News]:
    """The newest facts of the other party about documents that the actor may open; one a document, the latest."""
    since = clock.now() - dt.timedelta(days=DAYS)
    statement = (
        sa.select(Fact)
        .where(Fact.side != actor.side, Fact.dealer_id.is_not(None), Fact.at >= since)
        .order_by(Fact.seq.desc())
        .limit(READ)
    )
    found: dict[str, News] = {}
    for fact in session().scalars(statement):
        url = numbers.url_of(fact.subject, actor)
        if url is not None and fact.subject not in found:
            found[fact.subject] = News(audit.line(fact), url)
    return list(found.values())[:SHOWN]
