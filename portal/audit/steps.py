"""Writing facts."""

import hashlib
import json
from typing import Any

import sqlalchemy as sa

from portal.audit.models import Fact, FactChain
from portal.audit.tags import Tag
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import step
from portal.kernel.db import session

GENESIS = "0" * 64


@step
def start_chain(manufacturer_id: int) -> None:
    """Begin a new tenant's log."""
    session().add(FactChain(manufacturer_id=manufacturer_id, seq=0, hash=GENESIS))


@step
def record(
    tag: Tag,
    actor: Actor,
    subject: str,
    *,
    dealer_id: int | None = None,
    point_id: int | None = None,
    **data: Any,
) -> None:
    """Write the one fact from which audit log, timelines and notifications are made (AU-1).

    `subject` is the document's number. `dealer_id`, `point_id` say whom it concerns; a dealer's own acts concern
    itself. `data` must be plain JSON values. Call it last: it holds the tenant's chain until the command ends.
    """
    db_session = session()
    chain = db_session.scalars(sa.select(FactChain).with_for_update()).one()
    fact = Fact(
        dealer_id=dealer_id or actor.dealer_id,
        point_id=point_id or actor.point_id or dealer_id or actor.dealer_id,
        seq=chain.seq + 1,
        at=clock.now(),
        person_id=actor.person_id,
        actor=actor.name,
        side=actor.side,
        address=actor.address,
        tag=tag,
        subject=subject,
        data=data,
        previous_hash=chain.hash,
    )
    fact.hash = fact_hash(fact)
    chain.seq, chain.hash = fact.seq, fact.hash
    db_session.add(fact)
    db_session.flush()
    db_session.info["facts"] += 1


def fact_hash(fact: Fact) -> str:
    """SHA-256 over everything that a fact says, and over the hash before it."""
    content = [
        fact.manufacturer_id or session().scope.manufacturer_id,
        fact.dealer_id,
        fact.point_id,
        fact.seq,
        fact.at.isoformat(timespec="microseconds"),
        fact.person_id,
        fact.actor,
        fact.side.value,
        fact.address,
        fact.tag.value,
        fact.subject,
        fact.data,
        fact.previous_hash,
    ]
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
