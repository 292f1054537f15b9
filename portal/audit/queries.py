"""Reading the log: timelines of a document, the tenant's log, the chain's check."""

import sqlalchemy as sa

from portal.audit.models import Fact, FactChain
from portal.audit.steps import GENESIS, fact_hash
from portal.kernel.db import session


def timeline(subject: str) -> list[Fact]:
    """What happened to a document, oldest first."""
    return list(session().scalars(sa.select(Fact).where(Fact.subject == subject).order_by(Fact.seq)))


def head() -> tuple[int, str]:
    """Number and hash of the tenant's last fact; printed on statements, so that a cut tail shows."""
    chain = session().scalars(sa.select(FactChain)).one()
    return chain.seq, chain.hash


def first_break() -> int | None:
    """The number of the first fact that doesn't fit the chain, None when all do. Reads the whole log."""
    expected, seq = GENESIS, 0
    for fact in session().scalars(sa.select(Fact).order_by(Fact.seq).execution_options(yield_per=500)):
        seq += 1
        if fact.seq != seq or fact.previous_hash != expected or fact_hash(fact) != fact.hash:
            return seq
        expected = fact.hash
    return None if (seq, expected) == head() else seq + 1
