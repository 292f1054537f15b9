"""What filing and reviewing have in common: the version that was seen, photos, asking for the signals."""

from collections.abc import Sequence

from portal.drafts import steps as drafts
from portal.jobs.steps import ask
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import step
from portal.kernel.db import session
from portal.kernel.errors import Conflict
from portal.kernel.text import T
from portal.warranty.models import Card, CardPhoto
from portal.warranty.rules import PhotoKind

#: Kinds of saved drafts: one card, and a file of many.
ONE, MANY = "warranty.card", "warranty.cards"
#: A photo of a form: what it shows, and the upload that holds it.
Photo = tuple[PhotoKind, int]


def check_seen(card: Card, seen_version: int | None) -> None:
    """OL-1: raises Conflict when the card changed since the person looked at it."""
    if seen_version is not None and card.version != seen_version:
        raise Conflict(T("Somebody else changed this just now. Look at it again, then decide."))


@step
def attach(actor: Actor, card: Card, photos: Sequence[Photo]) -> None:
    """Move uploaded photos into a card. Raises RuleBroken FD-2 when one is no longer there."""
    taken = drafts.take_uploads([upload_id for _, upload_id in photos])
    for (kind, _), (content, fingerprint) in zip(photos, taken, strict=True):
        session().add(
            CardPhoto(
                card_id=card.id,
                dealer_id=card.dealer_id,
                point_id=card.point_id,
                kind=kind,
                content=content,
                fingerprint=fingerprint,
                person=actor.name,
                at=clock.now(),
            )
        )


@step
def ask_for_signals(actor: Actor, card: Card) -> None:
    """Have the signals of the dealer's undecided cards judged anew: this card came, changed or went (WC-4).

    A job of the manufacturer's, since what it writes is the manufacturer's alone: the dealer who files may not
    even store it. The queue can sort by the stored score; the evidence is judged when a card is opened.
    """
    session().flush()
    ask(
        actor,
        "warranty.assess",
        key=f"warranty.assess:{card.number}:{card.version}",
        for_manufacturer=True,
        dealer_id=card.dealer_id,
    )
