"""Units on their way to dealers and customers, and the cards that tell of it."""

import datetime as dt
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count

from portal.catalogue import commands as catalogue
from portal.demo import pictures
from portal.demo.agenda import Agenda
from portal.demo.cast import Business
from portal.demo.customers import Customer, customer
from portal.demo.stage import Stage
from portal.drafts import commands as drafts
from portal.kernel import clock
from portal.kernel.period import Month
from portal.warranty import commands as warranty
from portal.warranty.rules import CardAction, CardDraft, PhotoKind, RejectReason
from portal.web.uploads import Photo

#: What becomes of a card, in parts of a hundred; the rest is accepted.
SENT_BACK, REJECTED = 4, 3
#: How many of a hundred units are sold within the demo, and of a hundred cards are filed late or have photos.
SOLD, LATE, PICTURED = 78, 5, 30


@dataclass
class Sales:
    """The goods of one dealer of one manufacturer."""

    stage: Stage
    agenda: Agenda
    business: Business
    reviewer: str
    warehouse: str
    dice: random.Random
    #: Serials of a model are numbered through, whichever dealer gets them.
    serials: Callable[[str], str]
    #: The last day of the newest quarter that is to be settled.
    settled_until: dt.date
    #: Units that customers have: when they were sold, and to whom.
    sold: dict[str, tuple[dt.date, Customer]] = field(default_factory=dict)
    _basket: list[CardDraft] = field(default_factory=list)

    @property
    def point_id(self) -> int:
        return self.stage.dealers[self.business.maker, self.business.code]

    def month(self, month: Month, share: float) -> None:
        """Put the month's deliveries on the agenda."""
        wanted = self.business.units * share
        units = int(wanted) + (self.dice.random() < wanted % 1)
        if units:
            day = month.first + dt.timedelta(days=self.dice.randrange(1, 12))
            self.agenda.at(day, 9 + self.dice.random() * 6, partial(self.ship, units))

    def ship(self, units: int, *, wait: bool = True) -> list[str]:
        """The manufacturer ships units of one model today; the dealer confirms them and sells them by and by."""
        business, today = self.business, clock.today(self.agenda.zone.key)
        model = self.dice.choice(business.models)
        shipped = [self.serials(model) for _ in range(units)]
        number = self.stage.act(
            self.warehouse,
            business.maker,
            catalogue.ship_units,
            business.code,
            model,
            shipped,
            batch=f"{model[:2]}{today:%y%m}",
            shipped_on=today,
            delivery_note=f"FH{today:%m%d}-{business.code}",
        )
        if wait and self.dice.random() < 0.9:
            self.agenda.after(
                self.dice.randrange(2, 5), 10 + self.dice.random() * 6, partial(self._receive, number)
            )
        if wait:
            for serial in shipped:
                if self.dice.randrange(100) < SOLD:
                    self._sell(serial, today + dt.timedelta(days=5 + int(self.dice.expovariate(1 / 24))))
        return shipped

    def draft(self, serial: str, sold: dt.date, buyer: Customer) -> CardDraft:
        """A card as the clerk writes it."""
        return CardDraft(
            serial=serial,
            sale_date=sold,
            customer=buyer.name,
            phone=buyer.phone,
            invoice=buyer.invoice,
            point_id=self.point_id,
            address=buyer.address,
        )

    def file(
        self, draft: CardDraft, *, decide: bool = True, photos: Sequence[tuple[PhotoKind, Photo]] = ()
    ) -> str:
        """The clerk files a card now; the reviewer decides it within days."""
        clerk, tenant = self.business.clerk, self.business.tenant
        uploads = [
            (
                kind,
                self.stage.act(
                    clerk, tenant, drafts.receive_photo, content=photo.content, fingerprint=photo.fingerprint
                ),
            )
            for kind, photo in photos
        ]
        number = self.stage.act(clerk, tenant, warranty.file, draft, photos=uploads)
        if decide:
            self._wait_for_review(number, draft)
        return number

    def pictures(self, draft: CardDraft) -> list[tuple[PhotoKind, Photo]]:
        """Photos for a card."""
        return [
            (PhotoKind.INVOICE, pictures.invoice(self.dice, draft.invoice)),
            (PhotoKind.PLATE, pictures.plate(self.dice, draft.serial)),
        ]

    def review(
        self, number: str, decision: CardAction, *, reason: RejectReason | None = None, text: str = ""
    ) -> None:
        """The manufacturer's reviewer decides a card now."""
        self.stage.act(
            self.reviewer, self.business.maker, warranty.review, number, decision, reason=reason, text=text
        )

    def _receive(self, number: str) -> None:
        today = clock.today(self.agenda.zone.key)
        self.stage.act(
            self.business.clerk, self.business.tenant, catalogue.receive_delivery, number, on=today
        )

    def _sell(self, serial: str, sold: dt.date) -> None:
        buyer = customer(self.dice, self.business.region)
        self.sold[serial] = (sold, buyer)
        draft = self.draft(serial, sold, buyer)
        late = self.dice.randrange(100) < LATE
        filed = sold + dt.timedelta(days=self.dice.randrange(31, 50) if late else self.dice.randrange(0, 9))
        hour = 8.5 + self.dice.random() * 9
        if self.business.bulk:
            # What was sold up to the tenth, twentieth or last day is filed in one go on the day after.
            filed = min(day for day in _filing_days(filed) if day >= filed)
            self.agenda.at(filed, 16, partial(self._collect, draft))
        else:
            photos = self.pictures(draft) if self.dice.randrange(100) < PICTURED else ()
            self.agenda.at(filed, hour, partial(self.file, draft, photos=photos))

    def _collect(self, draft: CardDraft) -> None:
        if not self._basket:
            self.agenda.after(0, 17, self._file_all)
        self._basket.append(draft)

    def _file_all(self) -> None:
        drafts, self._basket = self._basket, []
        filed = self.stage.act(
            self.business.clerk, self.business.tenant, warranty.file_bulk, drafts, keep_good=True
        )["filed"]
        for number, draft in zip(filed, drafts, strict=True):
            self._wait_for_review(number, draft)

    def _wait_for_review(self, number: str, draft: CardDraft) -> None:
        # A card of a quarter that is to be settled may not wait for ever.
        sure = clock.today(self.agenda.zone.key) <= self.settled_until
        hour = 9 + self.dice.random() * 8
        self.agenda.after(
            self.dice.randrange(1, 3), hour, partial(self._judge, number, draft, sure), sure=sure
        )

    def _judge(self, number: str, draft: CardDraft, sure: bool) -> None:
        roll = self.dice.randrange(100)
        if roll < SENT_BACK:
            self.review(
                number,
                CardAction.SEND_BACK,
                reason=RejectReason.INSUFFICIENT_INFORMATION,
                text="请补充顾客的门牌号。",
            )
            self.agenda.after(2, 11, partial(self._complete, number, draft, sure), sure=sure)
        elif roll < SENT_BACK + REJECTED:
            self.review(
                number, CardAction.REJECT, reason=RejectReason.SERIAL_MISMATCH, text="铭牌与所填序列号不符。"
            )
        else:
            self.review(number, CardAction.ACCEPT)

    def _complete(self, number: str, draft: CardDraft, sure: bool) -> None:
        whole = replace(draft, address=f"{draft.address} 2-301")
        self.stage.act(self.business.clerk, self.business.tenant, warranty.resubmit, number, whole)
        self.agenda.after(1, 14, partial(self.review, number, CardAction.ACCEPT), sure=sure)


def _filing_days(around: dt.date) -> list[dt.date]:
    """The days on which a dealer that files in bulk does so."""
    month = Month.of(around)
    days = [day for one in (month, month.next) for day in (one.first, one.first + dt.timedelta(days=10))]
    return [*days, month.first + dt.timedelta(days=20), month.next.next.first]


def serial_numbers() -> Callable[[str], str]:
    """Gives out serials: `EB48-000101`, `EB48-000102` … for each model."""
    counters: dict[str, count[int]] = {}

    def following(model: str) -> str:
        number = next(counters.setdefault(model, count(101)))
        return f"{model.replace('-', '')}-{number:06d}"

    return following
