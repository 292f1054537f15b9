"""What is repaired at one dealer of the demo: calls, records, claims, follow-ups, and the parts that came out."""

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

from portal.demo import pictures
from portal.demo.agenda import Agenda
from portal.demo.cast import PEOPLE, Business
from portal.demo.goods import RANGES
from portal.demo.sales import Sales
from portal.demo.stage import Stage
from portal.drafts import commands as drafts
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.period import Month
from portal.repairs import commands as repairs
from portal.repairs import queries
from portal.repairs.commands import follow_ups, service
from portal.repairs.rules.checks import price
from portal.repairs.rules.claims import ClaimAction, ClaimReason, ClaimState
from portal.repairs.rules.follow_ups import CallDraft, CallResult, OpinionTopic, SatisfactionItem
from portal.repairs.rules.records import (
    Category,
    Consent,
    PartUse,
    RepairDraft,
    RepairPhotoKind,
    SignatureKind,
    Way,
)
from portal.repairs.rules.service import ServiceDraft
from portal.warranty.rules import Cause
from portal.web.uploads import Photo

P = ParamSpec("P")
R = TypeVar("R")
#: Repairs a month for each unit that a month brings.
RATE = 0.32
#: How many of a hundred repairs began with a call, were caused by the user, and have photos.
CALLED, MISUSED, PICTURED = 45, 14, 40
#: Of a hundred units those that are repaired on the day, those that stay for days, and the rest, which wait for a part.
AT_ONCE, FOR_DAYS = 55, 35
#: The part that goes with a place of the fault, for e-bikes.
FITTED = {
    "L01": "P-MOTOR-{voltage}",
    "L03": "P-CHARGER",
    "L04": "P-CTRL-{voltage}",
    "L05": "P-BRAKE-F",
    "L06": "P-SHOCK",
    "L09": "P-DISPLAY",
}
#: Of a hundred walk-ins those that are called back, of a hundred calls those that nobody answers, of a hundred
#: customers those who complain, and those who say something else.
ADOPTED, UNREACHED, COMPLAINING, TALKING = 75, 9, 14, 45
#: What becomes of a claim, in parts of a hundred; the rest is approved as asked.
REDUCED, REFUSED, RETURNED = 9, 4, 5
#: Symptom, cause, place, what the customer says, what was done.
FAULTS = (
    ("S01", "C07", "L04", "拧钥匙没有反应", "更换控制器，试车正常"),
    ("S03", "C04", "L01", "爬坡无力", "检修电机，更换霍尔元件"),
    ("S04", "C05", "L06", "行驶中后轮异响", "紧固后轮，调整轴承"),
    ("S09", "C01", "L03", "充满电只跑十几公里", "检测电池组，更换单体"),
    ("S10", "C04", "L05", "刹车偏软", "更换制动片，调整行程"),
    ("S08", "C07", "L09", "仪表不显示", "更换仪表插接件"),
)
#: What customers say otherwise, and what the caller notes about it.
OPINIONS = (
    (OpinionTopic.PRAISE, "师傅上门很快，服务态度好。", ""),
    (OpinionTopic.PRODUCT, "希望续航再长一些。", "已转产品部参考。"),
    (OpinionTopic.PARTS, "等配件等了一周，有点久。", "已说明到货周期，并增备该件。"),
    (OpinionTopic.PRICE, "过保以后的配件价格偏高。", ""),
    (OpinionTopic.PACKING, "提车时外包装有破损。", "已拍照反馈仓库。"),
)
#: What customers complain of, and what was done about it.
COMPLAINTS = (
    (OpinionTopic.SPEED, "约好上午上门，下午才到。", "已致歉，改为派工时与顾客确认时段。"),
    (OpinionTopic.WORK, "修好两天又响，要求返工。", "已免费返工，紧固后轮并复检。"),
    (OpinionTopic.PARTS, "等配件前后等了十天。", "已补足常用件备货，赠送一次保养。"),
    (OpinionTopic.ATTITUDE, "电话里语气不耐烦。", "已内部提醒，由店长回电致歉。"),
)


@dataclass
class Workshop:
    """The repairs of one dealer."""

    stage: Stage
    agenda: Agenda
    business: Business
    reviewer: str
    dice: random.Random
    sales: Sales
    #: The last day of the newest quarter that is to be settled.
    settled_until: dt.date

    @property
    def technician(self) -> str:
        """The name of the person who does the work."""
        return next(person.name for person in PEOPLE if person.persona == self.business.clerk)

    def month(self, month: Month, share: float) -> None:
        """Put the month's repairs on the agenda."""
        wanted = self.business.units * RATE * share
        for _ in range(int(wanted) + (self.dice.random() < wanted % 1)):
            day = month.first + dt.timedelta(days=self.dice.randrange(27))
            self.agenda.at(day, 9 + self.dice.random() * 6, self._one)

    def sold_before(self, day: dt.date) -> str | None:
        """The serial of a unit that a customer has, by chance."""
        sold = [serial for serial, (sale_date, _) in self.sales.sold.items() if sale_date < day]
        return self.dice.choice(sold) if sold else None

    def draft(self, serial: str, incident: dt.date, *, cause: Cause = Cause.PRODUCT) -> RepairDraft:
        """A record as the technician writes it: the fee standard, a fault by its codes, a part now and then."""
        _, buyer = self.sales.sold[serial]
        symptom, why, where, words, done = self.dice.choice(FAULTS)
        operation = next(fee for fee in RANGES[self.business.maker].fees if not fee.onsite)
        draft = RepairDraft(
            serial=serial,
            incident=incident,
            cause=cause,
            category=Category.WARRANTY if cause is Cause.PRODUCT else Category.PAID,
            labour=Decimal(operation.amount),
            operations=(operation.code,),
            symptom=symptom,
            reason=why if cause is Cause.PRODUCT else "C09",
            location=where,
            symptom_text=words,
            action_text=done,
            way=Way.BRING_IN,
            received_on=incident,
            finished_on=clock.today(self.agenda.zone.key),
            handed_over_on=clock.today(self.agenda.zone.key),
            technician=self.technician,
            customer=buyer.name,
            phone=buyer.phone,
            address=buyer.address,
        )
        if self.dice.random() < 0.5:
            code = FITTED[where].format(voltage="60" if serial.startswith("EB60") else "48")
            if self.business.maker != "EV":
                code = self.dice.choice(RANGES[self.business.maker].parts[:6]).code
            draft = replace(draft, parts=(PartUse(code),))
        return self.agreed(draft)

    def agreed(self, draft: RepairDraft) -> RepairDraft:
        """The same with the customer's consent to what is to be paid today (RP-4)."""
        today = clock.today(self.agenda.zone.key)

        def asked() -> Decimal:
            return price(draft, queries.judge(draft, today=today, priced_on=today).facts.lines)

        amount = self.stage.look(self.stage.actor(self.business.clerk, self.business.tenant), asked)
        return replace(draft, consent=Consent(amount) if amount else None)

    def file(self, draft: RepairDraft, *, signed: bool = True, pictured: bool = True) -> str:
        """The technician files a record now. Returns its number."""
        photos = [(RepairPhotoKind.PLATE, pictures.plate(self.dice, draft.serial))] if pictured else []
        uploads = [(kind, self._upload(photo)) for kind, photo in photos]
        signature = (SignatureKind.DRAWN, self._upload(pictures.signature(self.dice))) if signed else None
        return self.act(repairs.file, draft, photos=uploads, signature=signature)

    def call(self, serial: str, *, way: Way = Way.ON_SITE) -> str:
        """A customer calls now. Returns the number of the service request."""
        _, buyer = self.sales.sold[serial]
        symptom, _, _, words, _ = self.dice.choice(FAULTS)
        draft = ServiceDraft(
            customer=buyer.name,
            phone=buyer.phone,
            way=way,
            symptom=symptom,
            words=words,
            address=buyer.address,
            serial=serial,
        )
        return self.act(service.receive, draft)

    def go(self, request: str) -> None:
        """Somebody answers, is sent and begins the work now."""
        self.act(service.triage, request, note="已电话联系顾客，需要到店或上门检查。")
        self.act(service.dispatch, request, self.technician)
        self.act(service.start, request)

    def call_back(self, request: str, turn: int = 1, answer: str = "", *, again: bool = False) -> None:
        """A call to the customer now, and the next one in its time; `answer`: what was done about a complaint."""
        if not again and self.dice.randrange(100) < UNREACHED:
            self.act(follow_ups.follow_up, request, CallDraft(CallResult.NOT_REACHED))
            self.agenda.after(1, 11, partial(self.call_back, request, turn, answer, again=True))
            return
        mood: tuple[int, ...] = (3, 4, 4, 5, 5, 5)
        topic, words, note, complains = None, "", "", False
        if turn == 1 and self.dice.randrange(100) < COMPLAINING:
            mood, complains = (1, 2, 3, 3, 4), True
            topic, words, answer = self.dice.choice(COMPLAINTS)
        elif self.dice.randrange(100) < TALKING:
            topic, words, note = self.dice.choice(OPINIONS)
        items = [item for item in SatisfactionItem if self.dice.random() < 0.92]
        grades = {item: self.dice.choice(mood) for item in items or [SatisfactionItem.ATTITUDE]}
        draft = CallDraft(CallResult.REACHED, grades, complains, topic, words, note)
        self.act(follow_ups.follow_up, request, draft)
        if turn == 1:
            self.agenda.after(6, 16, partial(self.call_back, request, 2, answer))
        elif answer:
            self.act(follow_ups.close_request, request, note=answer)

    def decide(
        self,
        number: str,
        decision: ClaimAction,
        *,
        granted: dict[str, Decimal] | None = None,
        reason: ClaimReason | None = None,
        text: str = "核对记录与照片，情况属实。",
    ) -> None:
        """The manufacturer's reviewer decides the claim of a record now, if it raised one that waits."""

        def waits() -> bool:
            claim = queries.find_claim(number)
            return claim is not None and claim.state is ClaimState.SUBMITTED

        if self.stage.look(self.stage.actor(self.reviewer, self.business.maker), waits):
            self.stage.act(
                self.reviewer,
                self.business.maker,
                repairs.decide_claim,
                number,
                decision,
                granted=granted,
                reason=reason,
                text=text,
            )

    def act(self, command: Callable[Concatenate[Actor, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a command as the dealer's technician."""
        return self.stage.act(self.business.clerk, self.business.tenant, command, *args, **kwargs)

    def _upload(self, photo: Photo) -> int:
        return self.act(drafts.receive_photo, content=photo.content, fingerprint=photo.fingerprint)

    def _one(self) -> None:
        today = clock.today(self.agenda.zone.key)
        serial = self.sold_before(today)
        if serial is None:
            return
        cause = Cause.USER if self.dice.randrange(100) < MISUSED else Cause.PRODUCT
        if self.dice.randrange(100) < CALLED:
            request = self.call(serial)
            self.agenda.after(
                self.dice.randrange(2), 15, partial(self._answer, request, serial, today, cause)
            )
        else:
            self._in_time(serial, today, cause)

    def _answer(self, request: str, serial: str, incident: dt.date, cause: Cause) -> None:
        self.go(request)
        self._in_time(serial, incident, cause, request)

    def _in_time(self, serial: str, brought: dt.date, cause: Cause, request: str = "") -> None:
        """The repair, today or on a later day; who waits for a part is told the day (RP-10)."""
        roll = self.dice.randrange(100)
        mend = partial(self._mend, serial, brought, cause, request)
        if roll < AT_ONCE:
            mend()
        elif roll < AT_ONCE + FOR_DAYS:
            self.agenda.after(self.dice.randrange(1, 6), 11, mend)
        else:
            days = self.dice.randrange(6, 27)
            if request:
                promised = clock.today(self.agenda.zone.key) + dt.timedelta(days=days)
                self.act(service.delay, request, "配件缺货，已报备料单。", promised)
            self.agenda.after(days, 11, mend)

    def _mend(self, serial: str, brought: dt.date, cause: Cause, request: str) -> None:
        draft = replace(self.draft(serial, brought, cause=cause), request_number=request)
        if request and brought == clock.today(self.agenda.zone.key):
            visit = next(fee for fee in RANGES[self.business.maker].fees if fee.onsite)
            draft = self.agreed(replace(draft, way=Way.ON_SITE, onsite=Decimal(visit.amount)))
        self._repair(draft)
        if request:
            self.agenda.after(3, 16, partial(self.call_back, request))

    def _repair(self, draft: RepairDraft) -> None:
        number = self.file(draft, pictured=self.dice.randrange(100) < PICTURED)
        if not draft.request_number and self.dice.randrange(100) < ADOPTED:
            self.agenda.after(2, 10, partial(self._adopt, number))
        sure = clock.today(self.agenda.zone.key) <= self.settled_until
        self.agenda.after(
            self.dice.randrange(1, 4),
            10 + self.dice.random() * 6,
            partial(self._judge, number, draft),
            sure=sure,
        )

    def _adopt(self, number: str) -> None:
        """A walk-in's customer is called too."""
        request = self.act(follow_ups.adopt, number)
        self.agenda.after(2, 16, partial(self.call_back, request))

    def _judge(self, number: str, draft: RepairDraft) -> None:
        roll = self.dice.randrange(100)
        if roll < REFUSED:
            self.decide(number, ClaimAction.REJECT, reason=ClaimReason.MISUSE, text="照片显示为碰撞损坏。")
        elif roll < REFUSED + REDUCED:
            half = {"labour": (draft.labour / 2).quantize(Decimal("0.01"))}
            reason = ClaimReason.FEE_ABOVE_SCHEDULE
            self.decide(number, ClaimAction.APPROVE, granted=half, reason=reason, text="工时按简单作业核给。")
        else:
            self.decide(number, ClaimAction.APPROVE)


def faults(stage: Stage, maker: str) -> None:
    """The manufacturer's lists of fault codes."""
    stage.set_up(maker, repairs.add_default_faults)
