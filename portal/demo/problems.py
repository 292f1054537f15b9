"""Scenes of quality feedback: one whole story a quarter, and one feedback in every state by the present (QF-1)."""

import datetime as dt
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from portal.catalogue import queries as catalogue
from portal.demo import pictures
from portal.demo.houses import House
from portal.demo.workshop import Workshop
from portal.drafts import commands as drafts
from portal.kernel import clock
from portal.kernel.period import Quarter
from portal.quality import commands
from portal.quality.rules import (
    Answer,
    FeedbackDraft,
    FeedbackGrade,
    FeedbackPhotoKind,
    FeedbackSubject,
    Report,
)

#: Who answers at the manufacturer, and the second person for major ones.
QUALITY, SECOND = "qin", "adi"
#: Hours of a day, for what happened days ago.
DAY = 24.0
#: What happens, where, under which conditions, what the dealer holds for the cause, cause and measures in the end.
STORIES = (
    (
        "爬坡时电机断续失电，仪表重启。",
        "城东坡道",
        "满载，气温 32 ℃",
        "控制器温度保护误动作",
        "控制器散热硅脂涂布不足，温升超限。",
        "对库存控制器补涂硅脂；修改作业指导书，增加涂布量检查。",
    ),
    (
        "雨后骑行时前灯与仪表同时熄灭。",
        "示例市城东区",
        "中雨，积水路面约 2 公里",
        "线束插接件进水",
        "前线束插接件密封圈装反。",
        "更换密封圈；装配工位增加防错工装。",
    ),
    (
        "充电四小时后电量只到 60%，充电器发烫。",
        "顾客家中",
        "室温 25 ℃，随车充电器",
        "电池组单体不均衡",
        "个别单体自放电偏大，均衡功能未启用。",
        "更换保护板固件；来料增加自放电抽检。",
    ),
    (
        "行驶中后轮异响，停车检查发现辐条松动。",
        "示例市城东区",
        "日均 30 公里，使用两个月后出现",
        "轮组预紧力不足",
        "轮组机张力标定漂移。",
        "重新标定轮组机；近三批轮组复检。",
    ),
)


@dataclass
class Desk:
    """The feedback of one dealer, and those who answer it."""

    house: House
    shop: Workshop
    #: Of its own: the workshop's chance stays as it is.
    dice: random.Random = field(
        default_factory=lambda: random.Random("feedback")  # noqa: S311 -- made-up data, the same each time
    )

    def file(
        self, story: int, *, major: bool = False, units: int = 1, days: int = 0, batch: bool = False
    ) -> str:
        """File one about a unit sold long ago, or a batch; `days` after it was found. Returns its number."""
        phenomenon, place, conditions, judgement, _cause, _measures = STORIES[story]
        today = clock.today(self.shop.agenda.zone.key)
        sold = self._sold(today)
        serial = "" if batch else sold
        model, made = self._made(sold) if sold else (self.shop.business.models[0], "")
        draft = FeedbackDraft(
            subject=_subject(serial, made),
            serial=serial,
            model=model,
            batch=made,
            grade=FeedbackGrade.MAJOR if major else FeedbackGrade.ORDINARY,
            found_on=today - dt.timedelta(days=days),
            phenomenon=phenomenon,
            place=place,
            conditions=conditions,
            units=units,
            measures="已检查插接件并更换易损件，现象仍在。",
            judgement=judgement,
            suggestion="建议厂方提供检测方法。",
        )
        shots = [(FeedbackPhotoKind.FAULT, pictures.fault(self.dice))]
        if serial:
            shots.insert(0, (FeedbackPhotoKind.PLATE, pictures.plate(self.dice, serial)))
        photos = [
            (kind, self.shop.act(drafts.receive_photo, content=shot.content, fingerprint=shot.fingerprint))
            for kind, shot in shots
        ]
        return self.shop.act(commands.file, draft, photos=photos)

    def _sold(self, day: dt.date) -> str:
        """The serial of a unit that a customer has; empty when none was sold yet."""
        sold = [serial for serial, (sale_date, _) in self.shop.sales.sold.items() if sale_date < day]
        return self.dice.choice(sold) if sold else ""

    def _made(self, serial: str) -> tuple[str, str]:
        """Model and batch of a unit."""
        stage, business = self.house.stage, self.shop.business

        def read() -> tuple[str, str]:
            unit = catalogue.unit(serial)
            return catalogue.product_by_id(unit.product_id).model, unit.batch

        return stage.look(stage.actor(business.clerk, business.tenant), read)

    def maker(
        self, command: Callable[..., Any], number: str, *args: Any, who: str = QUALITY, **kw: Any
    ) -> None:
        """Something that the manufacturer does."""
        self.house.stage.act(who, self.house.maker, command, number, *args, **kw)

    def take_on(self, number: str) -> None:
        self.maker(commands.take_on, number)

    def answer(self, story: int, number: str, *, offers: bool = False) -> None:
        *_said, cause, measures = STORIES[story]
        done = clock.today(self.shop.agenda.zone.key) + dt.timedelta(days=21)
        said = Answer(cause=cause, corrective=measures, department="质量部", complete_on=done, offers=offers)
        self.maker(commands.answer, number, said)

    def release(self, number: str) -> None:
        self.maker(commands.release, number, who=SECOND)

    def report(self, story: int, number: str, units: int) -> None:
        *_said, cause, measures = STORIES[story]
        said = Report(
            found="现场检查与反馈一致。",
            cause=cause,
            corrective=measures,
            units=units,
            verification="路试 50 公里，现象未再出现。",
            done_on=clock.today(self.shop.agenda.zone.key),
        )
        self.maker(commands.report, number, said)


def _subject(serial: str, batch: str) -> FeedbackSubject:
    if serial:
        return FeedbackSubject.UNIT
    return FeedbackSubject.BATCH if batch else FeedbackSubject.MODEL


def play(house: House, closed: Sequence[Quarter], ready: Quarter) -> None:
    """Put the scenes of one manufacturer on the agenda."""
    for place, quarter in enumerate((*closed, ready)):
        _whole_story(
            Desk(house, house.workshops["D01" if place % 2 else "D02"]), quarter, place % len(STORIES)
        )
    _open_ones(Desk(house, house.workshops["D01"]))
    other = Desk(house, house.workshops["D02"])
    house.agenda.ago(9, partial(other.file, 3, units=4, batch=True))


def _whole_story(desk: Desk, quarter: Quarter, story: int) -> None:
    """Filed, answered within the days, not agreed with at once, closed by both."""

    def begin() -> None:
        number = desk.file(story, major=story == 1, units=story + 1, days=story % 2)
        after = desk.house.agenda.after
        after(1, 10, partial(desk.take_on, number), sure=True)
        after(2, 16, partial(answered, number, offers=False), sure=True)
        after(
            4,
            9,
            partial(desk.shop.act, commands.object_to, number, "更换后一周再次出现，请复查。"),
            sure=True,
        )
        after(6, 15, partial(answered, number, offers=story != 1), sure=True)
        after(9, 11, partial(end, number), sure=True)

    def answered(number: str, *, offers: bool) -> None:
        desk.answer(story, number, offers=offers)
        if story == 1:
            desk.release(number)

    def end(number: str) -> None:
        desk.shop.act(commands.agree, number, text="更换后正常。")
        if story == 1:
            desk.report(story, number, story + 1)
            desk.maker(commands.close, number, text="措施已验证。")

    desk.house.agenda.at(quarter.first + dt.timedelta(days=37), 11, begin)


def _open_ones(desk: Desk) -> None:
    """Feedback that waits for each side in turn; one waits too long."""

    def file(acts: Sequence[Callable[[str], object]], **more: Any) -> None:
        number = desk.file(**more)
        for act in acts:
            act(number)

    def ask(number: str) -> None:
        desk.maker(commands.ask, number, "请补充控制器铭牌照片和软件版本。")

    for hours, more, acts in (
        (3, {"story": 2}, ()),
        (30, {"story": 0, "days": 2}, (desk.take_on,)),
        (52, {"story": 3}, (desk.take_on, ask)),
        (55, {"story": 2}, (desk.take_on, partial(desk.answer, 2, offers=True))),
        (60, {"story": 1, "major": True, "units": 6}, (desk.take_on, partial(desk.answer, 1))),
        (6 * DAY, {"story": 0, "units": 2}, ()),
    ):
        desk.house.agenda.ago(hours, partial(file, acts, **more))
