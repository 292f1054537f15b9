"""Reading the log: timelines of a document, the tenant's log, the chain's check."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from portal.audit.models import Fact, FactChain
from portal.audit.rules import NOTES, Recorded, changes, tags_below
from portal.audit.steps import GENESIS, fact_hash
from portal.audit.tags import Tag
from portal.kernel.actor import Side
from portal.kernel.db import session
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label

#: The name that time itself acts under: deadlines and expiries.
CLOCK = "clock"
DASH = "\N{EM DASH}"
_MEMBER = re.compile(r"[A-Z][A-Za-z]+\.[A-Z][A-Z_0-9]*")


@dataclass(frozen=True)
class Line:
    """One fact as people read it, in their language."""

    seq: int
    at: dt.datetime
    actor: str
    side: Side
    address: str
    subject: str
    tag: Tag
    text: str
    #: The reason or remark that somebody wrote.
    remark: str
    #: The remark, else what changed, a line for each value: what a timeline shows below the sentence.
    note: str
    #: info, ok, warn or bad.
    tone: str
    data: Mapping[str, Any]

    @property
    def values(self) -> list[tuple[str, str, str]]:
        """What was recorded with it: (name, before, after); before is empty where there was none."""
        return [(_name(name), _shown(old), _shown(new)) for name, old, new in changes(self.data)]


def line(fact: Fact) -> Line:
    """The sentence of a fact in the present language."""
    values = {name: _shown(value) for name, value in fact.data.items()}
    remark = next((str(fact.data[name]) for name in NOTES if fact.data.get(name)), "")
    return Line(
        seq=fact.seq,
        at=fact.at,
        actor=_("System") if fact.person_id is None and fact.actor == CLOCK else fact.actor,
        side=fact.side,
        address=fact.address,
        subject=fact.subject,
        tag=fact.tag,
        text=sentence(fact.tag, values | {"subject": fact.subject, "actor": fact.actor}),
        remark=remark,
        note=remark or _changes(fact.data),
        tone=fact.tag.tone,
        data=fact.data,
    )


def _changes(data: Mapping[str, Any]) -> str:
    """What changed, a line for each value."""
    return "\n".join(
        f"{_name(name)}: {_shown(old) or DASH} → {_shown(new) or DASH}"
        for name, old, new in changes(data)
        if old is not None
    )


def sentence(tag: Tag, values: Mapping[str, str]) -> str:
    """The words for a tag from the catalogue; a value that wasn't recorded shows as a dash."""
    return _(tag.value).format_map(defaultdict(lambda: DASH, values))


def timeline(subject: str) -> list[Fact]:
    """What happened to a document, oldest first."""
    return list(session().scalars(sa.select(Fact).where(Fact.subject == subject).order_by(Fact.seq)))


def timeline_view(subject: str) -> list[Line]:
    """The history of a document for `ui.timeline`, newest first."""
    return [line(fact) for fact in reversed(timeline(subject))]


def log(
    *,
    kind: str = "",
    person: str = "",
    subject: str = "",
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> sa.Select[Fact]:
    """The facts of the tenant, newest first.

    `kind` is a tag or its beginning (`warranty:card`), `person` a part of the name, `subject` a part of the number;
    `until` itself is not included.
    """
    statement = sa.select(Fact).order_by(Fact.seq.desc())
    if kind:
        statement = statement.where(Fact.tag.in_(tags_below(kind)))
    if person:
        statement = statement.where(Fact.actor.icontains(person, autoescape=True))
    if subject:
        statement = statement.where(Fact.subject.icontains(subject, autoescape=True))
    if since is not None:
        statement = statement.where(Fact.at >= since)
    if until is not None:
        statement = statement.where(Fact.at < until)
    return statement


def facts(statement: sa.Select[Fact]) -> Iterator[Fact]:
    """The facts of `log`, one after the other, without holding them all."""
    with session().scalars(statement.execution_options(yield_per=500)) as found:
        yield from found


def head() -> tuple[int, str]:
    """Number and hash of the tenant's last fact; printed on statements, so that a cut tail shows."""
    chain = session().scalars(sa.select(FactChain)).one()
    return chain.seq, chain.hash


def first_break() -> int | None:
    """The number of the first fact that doesn't fit the chain, None when all do. Reads the whole log."""
    expected, seq = GENESIS, 0
    statement = sa.select(Fact).order_by(Fact.seq).execution_options(yield_per=500)
    with session().scalars(statement) as found:
        for fact in found:
            seq += 1
            if fact.seq != seq or fact.previous_hash != expected or fact_hash(fact) != fact.hash:
                return seq
            expected = fact.hash
    return None if (seq, expected) == head() else seq + 1


def _name(name: str) -> str:
    """The word for the name of a recorded value; the name itself where nobody has found a word."""
    return label(Recorded(name)) if name in set(Recorded) else name


def _shown(value: Any) -> str:
    """A recorded value in words: lists joined, yes and no, labels of enum members."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return _(", ").join(_shown(item) for item in value)
    if isinstance(value, Mapping):
        return _(", ").join(f"{name}: {_shown(item)}" for name, item in value.items())
    text = str(value)
    return _(text) if _MEMBER.fullmatch(text) else text
