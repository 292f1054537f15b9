"""What a dealer has to do, done in a browser that runs no script."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from portal.jobs import worker
from portal.kernel.period import Month, Quarter
from portal.ledger import commands as ledger
from portal.parts import commands as parts
from portal.reports import commands as reports
from portal.settlement import commands as settlement
from tests.journey import live as servers
from tests.journey.chromium import PHONE
from tests.journey.live import Live
from tests.journey.people import APRIL, LATER, MARCH, SERIALS, picture, visit, workshop_of
from tests.people import World

MONTHS = (Month(2026, 1), Month(2026, 2), Month(2026, 3))


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    """A portal on 10 March without a worker: nothing here waits for one."""
    with servers.portal(tmp_path, MARCH, works=False) as portal:
        yield portal


def test_a_card_is_filed_with_its_photo(browser: Browser, live: Live, world: World, tmp_path: Path) -> None:
    tom = visit(browser, live, "tom", size=PHONE, scripts=False)
    tom.go("cards/new")
    tom.page.fill("[name=serial]", SERIALS[1])
    tom.press("#unit .pri")
    tom.press("#sale button[value=check]")
    assert "请" in tom.page.inner_text(".errsum"), "nothing was filled in"
    tom.page.fill("[name=sale_date]", "2026-03-09")
    tom.page.fill("[name=invoice]", "FP00000002")
    tom.page.fill("[name=customer]", "李样本")
    tom.page.fill("[name=phone]", "13900005678")
    tom.page.set_input_files("#photo_invoice-files", picture(tmp_path / "invoice.jpg"))
    tom.press("#sale button[value=check]")
    tom.press("#submit .pri")
    assert tom.page.url.endswith("/cards/BXK-2026-000001")
    assert tom.page.locator("#photos img").count() == 1
    tom.close()


def test_parts_are_asked_for_with_consent_and_received(browser: Browser, live: Live, world: World) -> None:
    tom = visit(browser, live, "tom", size=PHONE, scripts=False)
    tom.go("parts/new")
    tom.page.fill("[name=lines-0-part]", "P-MOTOR")
    tom.page.fill("[name=lines-0-pieces]", "2")
    tom.press("#request .stick button[value=check]")
    tom.page.check("[name=consent]")
    tom.press("#check button[value=submit]")
    number = tom.page.url.rsplit("/", 1)[1]
    with world.acting("mei", on=MARCH) as mei:
        parts.decide(mei, number, {"P-MOTOR": 2})
    with world.acting("mei", on=MARCH) as mei:
        parts.ship(mei, number, {"P-MOTOR": 2}, carrier="示例快运", waybill="YD-1")
    tom.go(f"parts/{number}")
    tom.press("a[href*='/shipments/']")
    tom.page.fill("#receive [name$=-pieces]", "1")
    tom.page.click("#receive summary")
    tom.page.fill("#receive [name$=-reason]", "少一件")
    tom.press("#receive .pri")
    assert "少一件" in tom.text
    tom.close()


def test_a_month_is_submitted(browser: Browser, live: Live, world: World) -> None:
    live.go_to(APRIL)
    dana = visit(browser, live, "dana", size=PHONE, scripts=False)
    dana.go("monthly")
    dana.press("main a[href$='/monthly/2026-03']")
    dana.press("#forms a.btn[href$='/sales']")
    received = dana.page.locator("#sheet tbody tr").first.locator("td").nth(1)
    with dana.page.expect_navigation():
        received.locator("a").click()
    assert SERIALS[0] in dana.text
    dana.press(".back a")
    received.locator("summary").click()
    received.locator("input").nth(0).fill("4")
    received.locator("input").nth(1).fill("一台未登记")
    with dana.page.expect_navigation():
        received.locator("button").click()
    assert "一台未登记" in dana.page.inner_text("#corrected")
    dana.press("button[name=then][value=submit]")
    dana.page.fill("#submit textarea", "三月有样车一台。")
    dana.press("#submit .pri")
    assert "待接收" in dana.text
    dana.press("#forms a.btn[href*='/YB-']")
    assert "三月有样车一台。" in dana.text
    dana.close()


def test_a_repair_is_filed_with_photo_and_signed_sheet(
    browser: Browser, live: Live, world: World, tmp_path: Path
) -> None:
    workshop_of(world)
    live.go_to(LATER)
    tom = visit(browser, live, "tom", size=PHONE, scripts=False)
    tom.go("repairs/new")
    tom.page.fill("[name=serial]", SERIALS[0])
    tom.press("#unit .pri")
    assert "保修期至 2027-04-10（含当日）。" in tom.text
    assert not tom.page.locator("canvas").count()
    tom.page.fill("[name=incident]", "2026-04-21")
    tom.press("#work .stick button[value=check]")
    assert "故障日期" in tom.page.inner_text(".errsum"), "that is tomorrow"
    tom.page.fill("[name=incident]", "2026-04-20")
    tom.page.select_option("[name=symptom]", "S01")
    tom.page.check("[name=operations][value=W-10]")
    tom.page.fill("[name=lines-0-part]", "P-MOTOR")
    tom.press("#parts button[value=add]")
    assert tom.page.locator("[name=lines-1-part]").count() == 1
    assert tom.page.input_value("[name=lines-0-part]") == "P-MOTOR"
    tom.page.set_input_files("#photo_fault-files", picture(tmp_path / "fault.jpg"))
    tom.press("#work .stick button[value=check]")
    assert not tom.page.locator("canvas").is_visible(), "nothing to draw on"
    tom.page.check("[name=stock]")
    tom.page.set_input_files("#scan", picture(tmp_path / "signed.jpg"))
    tom.press("#file .pri")
    assert tom.page.url.endswith("/repairs/WX-2026-000001")
    assert "已签字" in tom.text
    assert "申报金额 ¥ 180.00" in tom.text
    assert tom.page.locator("#photos img, #signature img").count() == 2
    tom.close()


def test_a_unit_is_asked_to_go_back(browser: Browser, live: Live, world: World, tmp_path: Path) -> None:
    dana = visit(browser, live, "dana", size=PHONE, scripts=False)
    dana.go("returns/new")
    dana.page.fill("[name=serial]", SERIALS[2])
    dana.press("#first .pri")
    dana.press("main a.pri[href*='/units/']")
    dana.page.fill("[name=fault]", "开箱后不通电")
    dana.page.set_input_files("#photo-files", picture(tmp_path / "plate.jpg"))
    dana.press("#unit .pri")
    dana.press("a.pri[href$='/check']")
    assert "开箱不良" in dana.text
    dana.press("#submit .pri")
    assert dana.page.url.endswith("/returns/RMA-2026-000001")
    assert "待审核" in dana.text
    assert "开箱后不通电" in dana.text
    assert dana.page.locator("img.ph").count() == 1
    dana.close()


@pytest.mark.parametrize(
    ("answer", "state"), [("confirm", "已确认"), ("dispute", "有异议")], ids=["confirm", "dispute"]
)
def test_a_statement_is_answered(browser: Browser, live: Live, world: World, answer: str, state: str) -> None:
    issue(live, world)
    dana = visit(browser, live, "dana", size=PHONE, scripts=False)
    dana.go("statements")
    dana.press("main a[href*='/statements/JS-']")
    if answer == "dispute":
        dana.page.click("#answer summary")
        dana.page.fill("#dispute [name=reason]", "三月回款少计一笔。")
    dana.press(f"#{answer} button")
    assert state in dana.text
    dana.close()


def issue(live: Live, world: World) -> None:
    """Settle the first quarter of D01 by the commands."""
    live.go_to(APRIL)
    with world.acting("fei", on=MARCH) as fei:
        ledger.record_remittance(
            fei, world.dealers["D01"], date=MARCH, amount=Decimal("40000.00"), bank_ref="B-1"
        )
    for month in MONTHS:
        with world.acting("dana", on=APRIL) as dana:
            reports.submit(dana, month)
        with world.acting("mei", on=APRIL) as mei:
            reports.accept_month(mei, world.dealers["D01"], month)
    with world.acting("fei", on=APRIL) as fei:
        run = settlement.start_run(fei, Quarter(2026, 1))
    work(live, "settlement.compute")
    with world.acting("fei", on=APRIL) as fei:
        settlement.issue_run(fei, run)
    work(live, "settlement.issue")


def work(live: Live, kind: str) -> None:
    """Do the background work of a kind."""
    for job_id in worker.waiting(live.app, kind):
        assert worker.run(live.app, job_id)
