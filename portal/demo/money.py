"""Remittances, monthly forms, and the quarters that are settled from them."""

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from portal.agreements import queries as agreements
from portal.agreements.rules import FormKind, Terms
from portal.demo.agenda import Agenda
from portal.demo.cast import Business
from portal.demo.stage import Stage
from portal.kernel import clock
from portal.kernel.calendar import Calendar
from portal.kernel.period import Month, Quarter
from portal.ledger import commands as ledger
from portal.reports import commands as reports
from portal.reports import queries as forms
from portal.reports.rules import EntryDraft
from portal.settlement import commands as settlement
from portal.settlement import queries

#: Working days after a quarter's end on which its run is started, and calendar days after that on which it is closed.
SETTLED_AFTER, CLOSED_AFTER = 8, 18
#: Days after a quarter's end before which nothing of it is issued: its forms are still on their way.
LATELY = 14
#: What a unit is sold for, in yuan.
PRICES = {"EB-48": 2380, "EB-60": 3180, "EC-20": 4280, "TR-35": 86000, "RT-08": 12800, "HV-12": 148000}
#: Background work that a run sets off.
RUN = ("settlement.compute",)
ISSUE = ("settlement.issue",)


@dataclass
class Payments:
    """What one dealer remits, and the forms that it sends each month."""

    stage: Stage
    agenda: Agenda
    business: Business
    finance: str
    reviewer: str
    dice: random.Random
    #: The last day of the newest quarter that is to be settled.
    settled_until: dt.date
    #: Months whose forms are never sent.
    forgotten: frozenset[Month] = frozenset()

    def month(self, month: Month) -> None:
        """Put the month's remittances and its forms on the agenda."""
        for place in range(self.business.remittances):
            day = Calendar().add_working_days(
                month.first + dt.timedelta(days=3 + place * 13 + self.dice.randrange(8)), 1
            )
            amount = Decimal(self.business.remits) * self.dice.randrange(70, 131) / 100
            reference = f"YH{month.year}{month.number:02d}-{self.business.code}-{place + 1}"
            self.agenda.at(day, 15, partial(self.remit, day, amount.quantize(Decimal("0.01")), reference))
        if self.business.terms and Terms.parse(self.business.terms).forms and month not in self.forgotten:
            day = month.next.first + dt.timedelta(days=self.dice.randrange(3))
            sure = month.last <= self.settled_until
            self.agenda.at(day, 9 + self.dice.random() * 8, partial(self.submit, month, sure), sure=sure)

    def remit(self, day: dt.date, amount: Decimal, reference: str) -> str:
        """Finance records a remittance now. Returns its number."""
        return self.stage.act(
            self.finance,
            self.business.maker,
            ledger.record_remittance,
            self.stage.dealers[self.business.maker, self.business.code],
            date=day,
            amount=amount,
            bank_ref=reference,
        )

    def bounce(self, amount: Decimal, reference: str) -> None:
        """A remittance is recorded now that the bank takes back days later."""
        number = self.remit(clock.today(self.agenda.zone.key), amount, reference)
        reverse = partial(ledger.reverse_remittance, number=number, reason="银行退票")
        self.agenda.after(4, 10, partial(self.stage.act, self.finance, self.business.maker, reverse))

    def submit(self, month: Month, sure: bool) -> None:
        """The owner sends the month's forms now; the reviewer accepts them, sometimes at the second attempt."""
        numbers = self.send(month)
        days, hour = self.dice.randrange(1, 4), 9 + self.dice.random() * 7
        # Not those of a quarter's last month: its settlement comes soon after.
        returned = self.dice.random() < 0.08 and month != month.quarter.months[2]
        judge = (
            partial(self._return, self.dice.choice(numbers), month, sure)
            if returned
            else partial(self._accept, month)
        )
        self.agenda.after(days, hour, judge, sure=sure)

    def send(self, month: Month) -> list[str]:
        """The owner sends the month's forms now. Returns their numbers."""
        self._count_stock(month)
        remarks = "" if self.dice.random() < 0.8 else "本月有两台样车展示，未计入销售。"
        return self.stage.act(
            self.business.owner, self.business.tenant, reports.submit, month, remarks=remarks
        )

    def _count_stock(self, month: Month) -> None:
        """The clerk adds what no record holds, before the first time: the counted stock, and for how much was sold."""
        clerk, tenant = self.business.clerk, self.business.tenant
        dealer = self.stage.dealers[self.business.maker, self.business.code]

        def lines() -> list[tuple[str, int, int]]:
            agreement = forms.agreement_for(dealer, month)
            if forms.find(agreement.id, month, FormKind.SALES) is not None:
                return []
            sheet = forms.live(agreement, month, FormKind.SALES, ())
            rows = [(row.key, row.cells) for row in sheet.rows]
            return [(key, int(c["closing"]), int(c["sold"]) + int(c["sold_by_points"])) for key, c in rows]

        drafts = []
        for model, closing, sold in self.stage.look(self.stage.actor(clerk, tenant), lines):
            missing = int(closing > 0 and self.dice.random() < 0.03)
            drafts.append(EntryDraft(model, "counted", str(closing - missing)))
            if missing:
                drafts.append(EntryDraft(model, "note", "盘亏一台，正在核查。"))
            if sold:
                drafts.append(EntryDraft(model, "turnover", str(sold * PRICES[model])))
        if drafts:
            self.stage.act(clerk, tenant, reports.save, month, FormKind.SALES, drafts)
            self.stage.act(clerk, tenant, reports.prepare, month, FormKind.SALES)

    def send_back(self, number: str) -> None:
        """The reviewer returns a form now."""
        reason = "请核对本表与维修记录。"
        self.stage.act(self.reviewer, self.business.maker, reports.send_back, number, reason=reason)

    def _accept(self, month: Month) -> None:
        dealer = self.stage.dealers[self.business.maker, self.business.code]
        self.stage.act(self.reviewer, self.business.maker, reports.accept_month, dealer, month)

    def _return(self, number: str, month: Month, sure: bool) -> None:
        self.send_back(number)
        self.agenda.after(1, 10, partial(self._send_again, month, sure), sure=sure)

    def _send_again(self, month: Month, sure: bool) -> None:
        self.send(month)
        self.agenda.after(1, 15, partial(self._accept, month), sure=sure)


@dataclass
class Settlements:
    """The quarters of one manufacturer."""

    stage: Stage
    agenda: Agenda
    maker: str
    finance: str
    second: str
    businesses: Sequence[Business]
    dice: random.Random
    #: Whether the statements are printed on the day; else a worker prints them later.
    prints: bool

    def settle_and_close(
        self, quarter: Quarter, *, disputes: str = "", overrides: dict[str, str] | None = None
    ) -> None:
        """Put everything about a quarter on the agenda: run, answers, closing.

        The dealer `disputes` objects first and gets an adjustment and a second revision. `overrides`: whose holds
        finance lifts, and why.
        """
        day = Calendar().add_working_days(quarter.last, SETTLED_AFTER)
        self.agenda.at(day, 9.5, partial(self.run, quarter, overrides))
        for business in self.businesses:
            if business.terms and not business.silent and business.code != disputes:
                answered = Calendar().add_working_days(day, self.dice.randrange(1, 6))
                self.agenda.at(answered, 9 + self.dice.random() * 8, partial(self.confirm, business, quarter))
        disputing = next((business for business in self.businesses if business.code == disputes), None)
        if disputing is not None:
            self.agenda.at(Calendar().add_working_days(day, 2), 15, partial(self.dispute, disputing, quarter))
            self.agenda.at(
                Calendar().add_working_days(day, 3), 10, partial(self._give_in, disputing, quarter)
            )
            self.agenda.at(Calendar().add_working_days(day, 4), 16, partial(self.confirm, disputing, quarter))
        closed = Calendar().add_working_days(day + dt.timedelta(days=CLOSED_AFTER), 1)
        self.agenda.at(closed, 10, partial(self._close, quarter))

    def rehearse(self, quarter: Quarter) -> None:
        """A trial run, yesterday, of the quarter that waits to be settled; not while its forms are on their way."""
        if (self.agenda.today - quarter.last).days >= LATELY:
            self.agenda.ago(20, partial(self.run, quarter, trial=True))

    def issue_lately(self, quarter: Quarter, *, confirms: str, disputes: str) -> None:
        """Statements of a quarter that were issued days ago: one confirmed, one disputed, the others unanswered."""
        if (self.agenda.today - quarter.last).days < LATELY:
            return
        self.agenda.ago(73, partial(self.run, quarter))
        for business in self.businesses:
            if business.code == confirms:
                self.agenda.ago(30, partial(self.confirm, business, quarter))
            elif business.code == disputes:
                self.agenda.ago(26, partial(self.dispute, business, quarter))

    def run(self, quarter: Quarter, overrides: dict[str, str] | None = None, *, trial: bool = False) -> None:
        """Compute a quarter now and, unless it is a trial, issue its statements."""
        number = self.stage.act(
            self.finance, self.maker, settlement.start_run, quarter, trial=trial, overrides=overrides
        )
        self.stage.work(*RUN)
        if not trial:
            self.stage.act(self.finance, self.maker, settlement.issue_run, number)
            self.stage.work(*ISSUE, *(("settlement.print",) if self.prints else ()))

    def confirm(self, business: Business, quarter: Quarter) -> None:
        """The dealer confirms its statement now, if it got one."""
        number = self._statement(business, quarter)
        if number:
            self.stage.act(business.owner, business.tenant, settlement.confirm, number)

    def dispute(self, business: Business, quarter: Quarter) -> None:
        """The dealer objects now."""
        number = self._statement(business, quarter)
        self.stage.act(
            business.owner,
            business.tenant,
            settlement.dispute,
            number,
            reason="上月活动期间代垫的配件运费未计入，请核对。",
        )

    def _give_in(self, business: Business, quarter: Quarter) -> None:
        """Finance answers, adjusts and issues the next revision."""
        number = self._statement(business, quarter)
        words = "已核对运费单据，同意补记，将出具第二版。"
        self.stage.act(self.finance, self.maker, settlement.reply, number, text=words)
        dealer_id = self.stage.dealers[self.maker, business.code]
        self.stage.act(
            self.finance,
            self.maker,
            ledger.adjust,
            dealer_id,
            amount=Decimal("368.50"),
            reason="补记活动期间代垫的配件运费",
        )
        self.run(quarter)

    def _close(self, quarter: Quarter) -> None:
        self.stage.act(self.second, self.maker, settlement.close_quarter, quarter)
        self.stage.work("settlement.close")

    def _statement(self, business: Business, quarter: Quarter) -> str:
        def read() -> str:
            agreement = agreements.get(self.stage.agreements[self.maker, business.code])
            found = queries.of_quarter(agreement.id, quarter)
            return found.number if found else ""

        return self.stage.look(self.stage.actor(self.finance, self.maker), read)
