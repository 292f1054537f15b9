"""A unit's second half of life in a real browser: called for, repaired, claimed, sent back, exchanged."""

import datetime as dt
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.journey.chromium import DESKTOP, PHONE, Visitor
from tests.journey.live import Live
from tests.journey.people import LATER, SERIALS, picture, visit, workshop_of
from tests.people import World

#: Beyond the fifteen days after the sale in which a fault counts as a defect of quality.
DAYS_LATER = dt.date(2026, 4, 28)
SOLD, STOCKED = SERIALS[:2]
NEW = "EB48-000901"
#: Who pays for the repair, and why; the same words before the work, before filing and on the record.
COVERED = (
    "保修期内 保修期至 2027-04-10（含当日）。",
    "第 10 天，共 365 天（2026-04-10 至 2027-04-10）",
    "2026-04-10 售出，保修卡已审核通过。",
    "零件 专项维修费用 工时 厂方",
)


def test_from_a_call_to_an_exchanged_unit(browser: Browser, live: Live, world: World, tmp_path: Path) -> None:
    workshop_of(world)
    live.go_to(LATER)
    call = a_technician_takes_the_call_and_begins(browser, live)
    repair = he_files_the_record_and_the_customer_signs(browser, live, call, tmp_path)
    the_reviewer_grants_less_of_one_line(browser, live, repair)
    the_dealer_reads_what_the_fund_got(browser, live, repair)
    live.go_to(DAYS_LATER)
    asked = the_dealer_asks_to_send_two_units_back(browser, live, repair, tmp_path)
    the_reviewer_approves_one(browser, live, asked)
    the_dealer_ships_it(browser, live, asked)
    the_warehouse_scans_it_in(browser, live, asked)
    it_is_exchanged(browser, live, asked)
    both_read_its_whole_life(browser, live, call, repair, asked)


def a_technician_takes_the_call_and_begins(browser: Browser, live: Live) -> str:
    tom = visit(browser, live, "tom", size=PHONE)
    tom.go("service/new")
    tom.page.fill("[name=customer]", "王小明")
    tom.page.fill("[name=phone]", "13800005678")
    tom.page.check("[name=way][value=on_site]")
    tom.page.fill("[name=address]", "示例市示例路 1 号")
    tom.page.fill("[name=serial]", SOLD.lower())
    tom.page.fill("[name=words]", "骑行中断电")
    tom.press("#intake .pri")
    call = tom.page.url.rsplit("/", 1)[1]
    assert call == "BX-2026-000001"
    tom.page.click("[data-dialog=ask-dispatch]")
    tom.page.fill("#dispatch-technician", "张师傅")
    tom.press("#dispatch .pri")
    tom.press("#start button")
    assert "维修中" in tom.text
    assert "时限 2026-04-27 · 剩余 7 天 14 小时" in tom.text
    assert "138****5678" in tom.text
    tom.photograph("repair-1-call")
    tom.close()
    return call


def he_files_the_record_and_the_customer_signs(
    browser: Browser, live: Live, call: str, tmp_path: Path
) -> str:
    tom = visit(browser, live, "tom", size=PHONE)
    tom.go(f"service/{call}")
    tom.press("a[href*='/repairs/new?request=']")
    assert tom.page.input_value("[name=serial]") == SOLD
    for words in COVERED:
        assert words in tom.text, words
    tom.press("#unit .pri")
    tom.page.fill("[name=incident]", "2026-04-20")
    for name, code in (("symptom", "S01"), ("reason", "C01"), ("location", "L01")):
        tom.page.select_option(f"[name={name}]", code)
    tom.page.fill("[name=action_text]", "更换电机并试车")
    tom.page.fill("[name=lines-0-part]", "P-MOTOR")
    tom.page.fill("[name=lines-0-pieces]", "1")
    tom.page.check("[name=operations][value=W-10]")
    tom.page.select_option("[name=travel]", "W-90")
    tom.page.set_input_files("#photo_fault-files", picture(tmp_path / "fault.jpg"))
    expect(tom.page.locator("#photo_fault [data-rows] [data-state]")).to_contain_text("KB")
    expect(tom.page.locator("#answer .big")).to_have_text("¥ 110.00")
    assert "对应报修单 BX-2026-000001" in tom.text
    tom.photograph("repair-2-work")
    tom.press("#work .stick button[value=check]")
    for words in (
        *COVERED,
        "C 保修免费",
        "不能启动 · 骑行中断电",
        "上门费符合收费标准。",
        "P-MOTOR：装用 1 件，账面库存 0 件。",
        "顾客尚未签字。",
    ):
        assert words in tom.text, words
    draw(tom)
    tom.page.check("[name=stock]")
    usable(tom, "repair-3-signed")
    tom.press("#file .pri")
    repair = tom.page.url.rsplit("/", 1)[1]
    assert repair == "WX-2026-000001"
    for words in (
        "已签字",
        "申报金额 ¥ 230.00",
        "应审结日期 2026-04-23",
        "第 1 版 · 屏幕签字",
        "顾客付费 ¥ 0.00",
    ):
        assert words in tom.text, words
    assert tom.page.locator("#photos img, #signature img").count() == 2
    tom.photograph("repair-4-record")
    tom.close()
    return repair


def usable(visitor: Visitor, name: str) -> None:
    """Photograph a page as it is being filled in; it is no wider than its window, and everybody can use it."""
    visitor.photograph(name)
    assert visitor.overflow() == 0
    assert visitor.violations() == []


def draw(visitor: Visitor) -> None:
    """Sign on the pad with the pointer."""
    pad = visitor.page.locator("canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    mouse = visitor.page.mouse
    mouse.move(box["x"] + 40, box["y"] + 30)
    mouse.down()
    for across, down in ((90, 80), (140, 30), (200, 90), (260, 40)):
        mouse.move(box["x"] + across, box["y"] + down, steps=4)
    mouse.up()
    expect(visitor.page.locator("#drawn [data-state]")).to_have_text("已签字，签字已保存。")


def the_reviewer_grants_less_of_one_line(browser: Browser, live: Live, repair: str) -> None:
    mei = visit(browser, live, "mei")
    mei.go("review/claims")
    assert "共 1 单，申报合计 ¥ 230.00" in mei.text
    assert "电机 ×1 P-MOTOR 专项维修费用 120.00 —" in mei.text
    assert "核查全部通过" in mei.text
    usable(mei, "repair-5-queue")
    mei.go(f"review/claims/{repair}/approve")
    mei.page.fill("[name=lines-0-granted]", "40.00")
    mei.page.select_option("[name=lines-0-reason]", "fee_above_schedule")
    usable(mei, "repair-6-lines")
    mei.press("#decide .pri")
    mei.go(f"repairs/{repair}")
    for words in ("部分通过", "核定 ¥ 210.00", "60.00 40.00 费用超标", "上门 厂方 50.00 50.00"):
        assert words in mei.text, words
    assert "王小明" not in mei.text
    mei.close()


def the_dealer_reads_what_the_fund_got(browser: Browser, live: Live, repair: str) -> None:
    dana = visit(browser, live, "dana", size=PHONE)
    dana.go(f"repairs/{repair}")
    assert "可在 2026-05-05 前提出一次异议。" in dana.text
    assert "费用超标" in dana.text
    dana.go("quota")
    assert "¥ 155.00" in dana.text, "65.00 for a repair on site, 40.00 labour and 50.00 on site"
    assert "维修核准，核定定额 WX-2026-000001 +155.00" in dana.text
    dana.close()


def the_dealer_asks_to_send_two_units_back(browser: Browser, live: Live, repair: str, tmp_path: Path) -> str:
    dana = visit(browser, live, "dana", size=PHONE)
    dana.go("returns/new")
    dana.page.fill("[name=serial]", SOLD)
    dana.press("#first .pri")
    dana.page.fill("#next [name=serial]", STOCKED)
    dana.press("#next button[type=submit]")
    for words in (
        "2 台",
        "第 18 天，共 365 天（2026-04-10 至 2027-04-10）",
        "寄出运费 专项维修费用 返回运费 厂方 零件 专项维修费用 工时 厂方",
        "本机未售出，已超过开箱不良期限。",
        "2026-04-28 为第 54 天，期限为 7 天，至 2026-03-12 止",
        "寄出运费 经销商 返回运费 经销商 零件 经销商 工时 经销商",
    ):
        assert words in dana.text, words
    basket = dana.page.url
    for serial, fault in ((SOLD, "更换电机后仍断电"), (STOCKED, "车架划伤")):
        with dana.page.expect_navigation():
            dana.page.click(f"a[href$='/units/{serial}']")
        dana.page.fill("[name=fault]", fault)
        if serial == SOLD:
            dana.page.select_option("[name=repair]", repair)
            dana.page.set_input_files("#photo-files", picture(tmp_path / "plate.jpg"))
            expect(dana.page.locator("#photo [data-rows] [data-state]")).to_contain_text("KB")
        dana.press("#unit .pri")
    assert dana.page.url.split("?")[0] == basket.split("?")[0]
    usable(dana, "return-1-basket")
    dana.press("a.pri[href$='/check']")
    assert "已尝试的维修 WX-2026-000001" in dana.text
    assert "更换电机后仍断电" in dana.text
    usable(dana, "return-2-check")
    dana.press("#submit .pri")
    number = dana.page.url.rsplit("/", 1)[1]
    assert number == "RMA-2026-000001"
    dana.close()
    return number


def the_reviewer_approves_one(browser: Browser, live: Live, number: str) -> None:
    mei = visit(browser, live, "mei")
    mei.go(f"returns/{number}")
    assert "处理期限 2026-05-06" in mei.text
    mei.page.uncheck(f"[name=approve][value='{STOCKED}']")
    mei.page.select_option(f"[name='reason-{STOCKED}']", "repairable_on_site")
    usable(mei, "return-3-decide")
    mei.press("#decide .pri")
    assert "已通过：2 台中的 1 台请于 2026-05-28 前寄出" in mei.text
    assert "驳回 · 可就地维修 · Mei" in mei.text
    mei.close()


def the_dealer_ships_it(browser: Browser, live: Live, number: str) -> None:
    dana = visit(browser, live, "dana", size=PHONE)
    dana.go(f"returns/{number}")
    dana.page.fill("[name=carrier]", "示例快运")
    dana.page.fill("[name=waybill]", "YD-7")
    usable(dana, "return-4-ship")
    dana.press("#ship .pri")
    assert "RMA-2026-000001 已发货，等待仓库签收。" in dana.text
    assert "承运单位 示例快运 运单号 YD-7" in dana.text
    dana.close()


def the_warehouse_scans_it_in(browser: Browser, live: Live, number: str) -> None:
    mei = visit(browser, live, "mei")
    mei.go("returns/receiving")
    expect(mei.page.locator("#serial")).to_be_focused()
    mei.page.keyboard.type(SOLD.lower())
    mei.page.keyboard.press("Enter")
    expect(mei.page.locator("#desk [role=status]")).to_contain_text(f"{SOLD} 已签收（{number}）。")
    expect(mei.page.locator("#serial")).to_be_focused()
    assert "已清点 1／1 台" in mei.text
    assert "该申请的整机已全部到齐。" in mei.text
    usable(mei, "return-5-receiving")
    mei.close()


def it_is_exchanged(browser: Browser, live: Live, number: str) -> None:
    mei = visit(browser, live, "mei")
    mei.go(f"returns/{number}/units/{SOLD}")
    mei.page.check("[name=disposition][value=exchanged]")
    mei.page.fill("[name=new_serial]", NEW)
    for name, amount in (
        ("inbound", "42.00"),
        ("outbound", "41.00"),
        ("parts", "66.60"),
        ("labour", "30.00"),
    ):
        mei.page.fill(f"[name={name}]", amount)
    mei.page.locator("[name=labour]").blur()
    charges = mei.page.locator("#charges .sum")
    expect(charges).to_have_text(["记入专项维修费用108.60", "直接向经销商收取0.00"])
    usable(mei, "return-6-dispose")
    mei.press("#dispose .pri")
    assert "已处理完毕" in mei.text
    assert f"换货 → {NEW} · Mei · 2026-04-28" in mei.text
    assert "2026-04-28 2026Q2 计入费用 42.00" in mei.text
    assert "2026-04-28 2026Q2 计入费用 66.60" in mei.text
    mei.close()
    dana = visit(browser, live, "dana", size=PHONE)
    dana.go("quota")
    assert "¥ 46.40" in dana.text, "155.00 less 42.00 there and 66.60 of parts"
    dana.close()


def both_read_its_whole_life(browser: Browser, live: Live, call: str, repair: str, number: str) -> None:
    card = "BXK-2026-000001"
    life = (
        "退出使用 2026-04-28",
        f"退回处理：换货 {number} 2026-04-28",
        f"厂家收货 {number} 2026-04-28",
        f"已寄往厂家 {number} 2026-04-28",
        f"申请退回 {number} 2026-04-28",
        f"索赔：部分通过 {repair} 2026-04-20",
        f"更换零件：电机 × 1 {repair} 2026-04-20",
        f"维修记录：保修期内 {repair} 2026-04-20",
        f"顾客报修 {call} 2026-04-20",
        f"保修卡：通过 {card} 2026-04-12",
        f"提交保修卡 {card} 2026-04-11",
        f"售予顾客 {card} 2026-04-10",
        "已发往经销商 2026-03-02",
    )
    for who, size in (("dana", PHONE), ("mei", DESKTOP)):
        visitor = visit(browser, live, who, size=size)
        visitor.go(f"units/{SOLD}")
        assert "该机已退出流通" in visitor.text
        assert " ".join(life) in visitor.text
        visitor.photograph(f"return-7-life-{who}")
        visitor.press(f"main a[href$='/units/{NEW}']")
        assert f"{SOLD} → {NEW} 换机链，最新的在最后" in visitor.text
        assert f"换机交付，替换 {SOLD} {number} 2026-04-28" in visitor.text
        assert "保修期至 2027-04-10（含当日）。" in visitor.text, "the warranty goes on from the old sale"
        visitor.close()
