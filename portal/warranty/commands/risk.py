"""Keeping what the signals say, for the order of the review queue (WC-4)."""

from collections.abc import Mapping, Sequence

from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.permissions import Permission
from portal.warranty import queries
from portal.warranty.models import CardRisk


@command(allow=Permission.CLOCK, silent=True)
def save_risks(_actor: Actor, risks: Mapping[int, tuple[int, Sequence[str]]]) -> None:
    """Store score and signals of cards, by card id; what was stored before is replaced."""
    known = queries.stored_risks(risks)
    for card_id, (score, signals) in risks.items():
        row = known.get(card_id) or CardRisk(card_id=card_id)
        row.score, row.signals, row.at = score, list(signals), clock.now()
        session().add(row)
