"""The pages of feedback: filing on a phone, the rounds on both sides, release, lists, the sheet (QF-1)."""

import datetime as dt
import io

import pytest
from pikepdf import Pdf
from PIL import Image

from portal.quality import commands
from portal.quality import queries as quality
from portal.spreadsheets.reading import read_rows
from tests.browser import Browser
from tests.documents import pdfs
from tests.people import TODAY, World
from tests.quality.line import ANSWER, MAJOR, N1, REPORT, answer, file, midnight, second, state, take_on
from tests.warranty.shop import stock

DAY = dt.timedelta(days=1)


@pytest.fixture
def shop(sqlite_world: World) -> World:
    return stock(sqlite_world)


@pytest.fixture
def dana(shop: World) -> Browser:
    return Browser(shop.app).sign_in("dana")


@pytest.fixture
def mei(shop: World) -> Browser:
    return Browser(shop.app).sign_in("mei")


def jpeg() -> tuple[io.BytesIO, str]:
    content = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(content, "JPEG")
    content.seek(0)
    return content, "plate.jpg"


def test_a_dealer_files_a_feedback_in_three_steps_and_nothing_typed_is_lost(
    shop: World, dana: Browser
) -> None:
    dana.get("feedback").follow("填写信息反馈单")
    dana.submit("unit", serial="NONE", status=422)
    assert "没有序列号为 NONE 的整机" in dana.main
    dana.submit("unit", serial=" x1 ")
    assert "X1" in dana.main
    assert dana.select("#found_on")[0]["value"] == "2026-05-20"
    # What can't be filed is kept as it was typed, and so is what is left for later.
    dana.submit("check", found_on="2026-05-21", phenomenon="电机异响", units="0", status=422)
    assert "电机异响" in dana.main
    dana.submit("later", found_on="2026-05-21", photo_plate_files=jpeg())
    assert "有 1 张信息反馈单尚未提交" in dana.main
    dana.follow("继续填写")
    assert dana.select("#phenomenon")[0].text.strip() == "电机异响"
    dana.submit("check", found_on="2026-05-18", units="2", place="城东路", status=200)
    assert "发现后第 2 天才提交" in dana.main
    assert len(dana.select("img.ph")) == 1
    dana.submit("submit")
    assert dana.url.endswith(f"/feedback/{N1}")
    assert "城东路" in dana.main
    assert len(dana.select("img.ph")) == 1
    with shop.acting("dana"):
        filed = quality.feedback(N1)
        assert (filed.serial, filed.units, filed.batch) == ("X1", 2, "B1")
    assert "尚未提交" not in dana.get("feedback").main


def test_a_batch_or_a_model_is_reported_and_a_draft_is_thrown_away(shop: World, dana: Browser) -> None:
    dana.get("feedback/new?model=EB-48&batch=B1")
    dana.submit("model-or-batch", model="", status=422)
    dana.submit("model-or-batch", model="EB-48", batch="B1")
    assert "批次 B1" in dana.main
    dana.follow("更换反馈对象")
    dana.submit("model-or-batch", model="EB-48", batch="")
    assert "整个型号" in dana.main
    page = dana.url
    dana.submit("check", phenomenon="把手脱漆", grade="major")
    dana.post(page, found_on="2026-05-20", phenomenon="把手脱漆严重", units="3", go="later", grade="major")
    assert state(shop, file(shop)) == "submitted"
    dana.get("feedback/new")
    dana.submit("discard")
    assert "草稿已丢弃" in dana.response.text


def test_both_sides_go_through_two_rounds_on_their_pages(shop: World, dana: Browser, mei: Browser) -> None:
    file(shop)
    assert "待受理的信息反馈：1 张" in mei.get("").main
    mei.get("feedback").follow(N1)
    mei.submit("take-on", in_charge="秦工")
    assert "秦工" in mei.main
    mei.submit("ask", text=" ", status=422)
    mei.submit("ask", text="请补拍铭牌")
    assert "厂方请贵方补充" in dana.get("").main
    dana.get(f"feedback/{N1}")
    assert "请补拍铭牌" in dana.main
    dana.submit("tell", text="已补拍", tell_photo_files=jpeg())
    assert len(dana.select("img.ph")) == 1
    mei.get(f"feedback/{N1}")
    mei.submit("answer", cause="", corrective="更换密封圈", status=422)
    assert "更换密封圈" in mei.main
    mei.submit("answer", cause="密封圈装反", department="质量部", complete_on="2026-06-01")
    assert "信息反馈 XF-2026-000001 已答复" in dana.get("").main
    dana.get(f"feedback/{N1}")
    assert "密封圈装反" in dana.main
    dana.submit("object", text="", status=422)
    dana.submit("object", text="换后仍断电")
    assert "第 2 轮" in dana.main
    mei.get(f"feedback/{N1}").submit("answer", cause="线束磨损", corrective="改走线", offers="y")
    dana.get(f"feedback/{N1}").submit("agree")
    assert "已关闭" in dana.main
    assert not dana.select("#tell, #agree, #propose")
    assert state(shop) == "closed"
    mei.post(f"feedback/{N1}/go-on", text="x", status=422)
    assert "当前不能进行该操作" in mei.main


def test_a_major_one_goes_through_release_and_report(shop: World, dana: Browser, mei: Browser) -> None:
    file(shop, grade=MAJOR)
    take_on(shop)
    mei.get(f"feedback/{N1}").submit("answer", cause="密封圈装反", corrective="更换", offers="y", status=422)
    assert "须有服务报告才能关闭" in mei.main
    mei.submit("answer", offers=None)
    assert "须由他人批准" in mei.main
    dana.get(f"feedback/{N1}")
    assert "密封圈装反" not in dana.main
    assert "处理中" in dana.main
    with second(shop) as fei:
        commands.hold_back(fei, N1, "请写明批次")
    assert "请写明批次" in mei.get(f"feedback/{N1}").main
    mei.submit("answer", cause="B1 密封圈装反", corrective="更换")
    with second(shop) as fei:
        commands.release(fei, N1)
    assert "Fei" in dana.get(f"feedback/{N1}").main
    dana.submit("agree", text="认可")
    mei.get(f"feedback/{N1}")
    assert not mei.select("#close")
    mei.submit("service-report", found="密封圈装反", cause="工装", corrective="更换", units="x", status=422)
    mei.submit("service-report", units="6", verification="淋雨试验通过", done_on="2026-05-20")
    mei.submit("close", text="完成")
    assert "淋雨试验通过" in dana.get(f"feedback/{N1}").main
    assert state(shop) == "closed"


def test_an_answer_is_released_on_the_page_of_a_second_person(shop: World, mei: Browser) -> None:
    file(shop, grade=MAJOR)
    take_on(shop)
    with second(shop) as fei:
        commands.answer(fei, N1, ANSWER)
    assert "待批准的重大反馈答复：1 份" in mei.get("").main
    mei.get("feedback?tab=release").follow(N1)
    mei.submit("hold-back", text="", status=422)
    mei.submit("release")
    assert state(shop) == "answered"
    mei.submit("offer", text="x", status=422)


def test_the_list_has_the_overdue_on_top_filters_and_a_file(shop: World) -> None:
    file(shop)
    file(shop, grade=MAJOR, serial="A2", on=TODAY + 3 * DAY)
    with shop.acting("mei") as mei_:
        commands.upgrade(mei_, N1, "多家反馈")
    later = TODAY + 5 * DAY
    mei = Browser(shop.app, on=later).sign_in("mei")
    mei.get("feedback")
    numbers = [a.get_text() for a in mei.select("td a.mono")]
    assert numbers == [N1, "XF-2026-000002"]
    assert "逾期 2 天" in mei.main
    mei.get("feedback?overdue=1&grade=major&model=EB-48&dealer=D01&month=2026-05")
    assert [a.get_text() for a in mei.select("td a.mono")] == [N1]
    assert "没有符合条件的信息反馈" in mei.get("feedback?q=none&month=nonsense&grade=none").main
    mei.get("feedback?tab=closed", htmx=True)
    mei.get("feedback/list.xlsx?tab=open&q=a2")
    rows = read_rows(mei.response.data, "x.xlsx")
    assert "XF-2026-000002" in str(rows)
    assert N1 not in str(rows)
    rival = Browser(shop.app).sign_in("rival", tenant="MF")
    assert "暂无信息反馈" in rival.get("feedback").main
    rival.get(f"feedback/{N1}", status=404)


def test_batch_unit_and_search_lead_to_the_feedback_and_back(
    shop: World, dana: Browser, mei: Browser
) -> None:
    file(shop)
    mei.get(f"feedback/{N1}").follow("宣布本批次为缺陷批次")
    assert mei.select("#batch")[0]["value"] == "B1"
    mei.submit("declare", reason=N1)
    mei.get("batches").follow("B1")
    assert mei.has_link(f"feedback/{N1}")
    assert "本批次已宣布为缺陷批次" in mei.get(f"feedback/{N1}").main
    assert dana.get("units/A1").has_link(f"feedback/{N1}")
    assert dana.get("units/A2").has_link("feedback/new?serial=A2")
    assert dana.get(f"search?q={N1}").url.endswith(f"/feedback/{N1}")
    lin = Browser(shop.app, language="en").sign_in("lin").get(f"feedback/{N1}")
    assert "To be taken on" in lin.main
    assert not lin.select("#take-on, #answer")
    Browser(shop.app).sign_in("fei").get("feedback", status=403)


def test_the_administrator_is_told_of_what_was_escalated(shop: World, mei: Browser) -> None:
    file(shop)
    assert "已升级的逾期信息反馈" not in mei.get("").main
    midnight(shop, TODAY + 4 * DAY)
    late = Browser(shop.app, on=TODAY + 4 * DAY).sign_in("mei")
    assert "已升级的逾期信息反馈：1 张" in late.get("").main
    assert "答复已逾期 1 天" in late.get(f"feedback/{N1}").main


def test_the_sheet_prints_what_both_sides_said_on_one_page_with_its_photos(
    shop: World, dana: Browser
) -> None:
    dana.get("feedback/new").submit("unit", serial="A1")
    dana.submit("check", phenomenon="雨后断电", grade="major", photo_fault_files=jpeg())
    dana.submit("submit")
    dana.get(f"feedback/{N1}/feedback.pdf")
    text = "".join(pdfs.pages(dana.response.data)[0].split())
    for words in (
        "信息反馈单",
        N1,
        "■重大",
        "□一般",
        "甲经销商",
        "雨后断电",
        "反馈人",
        "照片（1张）",
        "待受理",
    ):
        assert words in text, words
    answer(shop)
    with shop.acting("mei") as mei:
        commands.report(mei, N1, REPORT)
    dana.get(f"feedback/{N1}/feedback.pdf")
    pages = ["".join(page.split()) for page in pdfs.pages(dana.response.data)]
    for words in (
        "控制器密封圈装反",
        "更换密封圈并全检",
        "质量部",
        "淋雨试验通过",
        "批准Releasedby",
        "Fei",
        "厂方：答复",
    ):
        assert words in "".join(pages), words
    assert "Structure" in str(Pdf.open(io.BytesIO(dana.response.data)).Root.keys()) or (
        "/StructTreeRoot" in Pdf.open(io.BytesIO(dana.response.data)).Root
    )
