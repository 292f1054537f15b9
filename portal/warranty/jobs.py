"""Background work of the warranty cards: the signals of a dealer's undecided cards (WC-4)."""

from portal.jobs.worker import Progress, job
from portal.kernel.actor import Actor
from portal.warranty import commands, queries

#: Cards whose signals are stored in one transaction, so that nobody waits long for the database.
SLICE = 200


@job("warranty.assess")
def assess(actor: Actor, progress: Progress, *, dealer_id: int) -> None:
    """Judge the undecided cards of a dealer anew; doing it twice changes nothing."""
    found = list(queries.risks_of_dealer(dealer_id).items())
    for start in range(0, len(found), SLICE):
        commands.save_risks(
            actor,
            {card_id: (risk.score, list(risk.signals)) for card_id, risk in found[start : start + SLICE]},
        )
        progress(min(start + SLICE, len(found)), len(found))
