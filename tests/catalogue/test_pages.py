"""Pages of the catalogue: products, parts, fees, units, deliveries, files of units."""

import datetime as dt
from decimal import Decimal
from io import BytesIO

import pytest

from portal.catalogue import commands, queries
from portal.jobs import worker
from portal.kernel.actor import Actor
from portal.kernel.text import T
from portal.spreadsheets.reading import read_rows
from tests.browser import Browser
from tests.people import World

HEADER = "经销商编码,产品型号,序列号,生产批次,发货日期,送货单号"


@pytest.fixture
def shop(sqlite_world: World) -> World:
    world = sqlite_world
    with world.acting("mei") as mei:
        commands.add_product(mei, model="EB-48", name="电动车 48V", name_en="E-bike 48V", months=12)
    with world.acting("mei") as mei:
        commands.add_part(
            mei,
            code="P-MOTOR",
            name="电机",
            unit="台",
            price=Decimal("120.00"),
            cost=Decimal("80.00"),
            starts=dt.date(2026, 1, 1),
        )
    with world.acting("mei") as mei:
        commands.add_operation(
            mei, code="B-07", name="换电机", amount=Decimal("60.00"), starts=dt.date(2026, 1, 1)
        )
    with world.acting("mei") as mei:
        commands.ship_units(
            mei, "D01", "EB-48", ["A1", "A2", "A3"], batch="B1", shipped_on=dt.date(2026, 5, 19)
        )
    with world.acting("mei") as mei:
        commands.ship_units(mei, "D01S", "EB-48", ["S1"], shipped_on=dt.date(2026, 5, 1), delivery_note="N-2")
    return world


@pytest.fixture
def mei(shop: World) -> Browser:
    return Browser(shop.app).sign_in("mei")


@pytest.fixture
def dana(shop: World) -> Browser:
    return Browser(shop.app).sign_in("dana")


def test_a_product_is_added_changed_and_given_components(mei: Browser) -> None:
    mei.get("catalogue/products/new")
    mei.submit("product", status=422, model="EB-48", name="又一个", months="12")
    assert mei.select("#model[aria-invalid]")
    mei.submit("product", model="eb-60", name="电动车 60V", months="18")
    assert mei.url.endswith("catalogue/products/EB-60")
    mei.get("catalogue/products/EB-60/components/new")
    mei.submit("component", code="CTRL", name="控制器", months="24")
    mei.get("catalogue/products/EB-60/components/CTRL")
    mei.submit("component", name="控制器", months="36")
    assert "36" in mei.main
    mei.get("catalogue/products/EB-60/edit")
    mei.submit("product", name="电动车 60V", months="18", active=None)
    assert "已停用" in mei.main
    mei.get("catalogue/products")
    assert "EB-60" not in mei.main
    mei.get("catalogue/products?show=old", htmx=True)
    mei.get("catalogue/products?show=all&q=60V")
    assert "EB-60" in mei.main


def test_a_part_gets_its_prices_by_day(mei: Browser) -> None:
    mei.get("catalogue/parts/new")
    mei.submit("part", status=422, code="P-CTRL", name="", price="free")
    mei.submit("part", code="p-ctrl", name="控制器", price="88.5", starts="2026-01-01")
    mei.get("catalogue/parts/P-CTRL/price")
    mei.submit("new-price", status=422, price="90", starts="2026-05-20")
    assert mei.select("#starts[aria-invalid]")
    mei.submit("new-price", price="90", starts="2026-07-01")
    assert "90.00" in mei.main
    assert "88.50" in mei.main
    mei.get("catalogue/parts")
    assert "自 2026-07-01 起" in mei.main
    mei.get("catalogue/parts/P-CTRL/edit")
    mei.submit("part", name="控制器 48V", unit="只")
    mei.get("catalogue/parts?q=控制器")
    assert "控制器 48V" in mei.main


def test_a_dealer_reads_prices_and_never_costs(dana: Browser) -> None:
    dana.get("catalogue/parts/P-MOTOR")
    assert "120.00" in dana.main
    assert "80.00" not in dana.main
    assert "成本" not in dana.main
    for page in ("products", "products/EB-48", "parts", "fees", "fees/B-07"):
        dana.get(f"catalogue/{page}")
    for page in (
        "products/new",
        "products/EB-48/edit",
        "parts/new",
        "parts/P-MOTOR/price",
        "fees/new",
        "fees/B-07/fee",
    ):
        dana.get(f"catalogue/{page}", status=403)
    dana.get("catalogue/parts/NONE", status=404)


def test_the_fee_standard_is_kept_by_day_and_product(mei: Browser) -> None:
    mei.get("catalogue/fees/new")
    mei.submit("operation", code="C-01", name="上门", onsite="y", amount="30", starts="2026-01-01")
    mei.get("catalogue/fees/B-07/fee")
    mei.submit("fee", status=422, amount="75", starts="2026-05-01")
    mei.submit("fee", model="EB-48", amount="75", starts="2026-06-01")
    assert "75.00" in mei.main
    mei.get("catalogue/fees/C-01/edit")
    mei.submit("operation", name="上门服务", active=None)
    mei.get("catalogue/fees?show=all")
    assert "上门服务" in mei.main
    mei.get("catalogue/fees?q=nothing")


def test_lists_are_exported_as_workbooks(mei: Browser) -> None:
    for url, words in (("catalogue/parts", "P-MOTOR"), ("catalogue/fees", "B-07"), ("units", "A1")):
        mei.get(f"{url}/export.xlsx")
        rows = read_rows(mei.response.data, "x.xlsx").rows
        assert any(words in row.cells for row in rows)
    mei.get("units/export.xlsx?model=NONE")
    assert len([row for row in read_rows(mei.response.data, "x.xlsx").rows if not row.blank]) == 3


def test_units_are_shipped_and_the_refusal_keeps_what_was_typed(mei: Browser) -> None:
    mei.get("units/ship")
    typed = {"dealer": "D02", "model": "EB-48", "shipped_on": "2026-05-20", "serials": "N1, A1\nN2"}
    mei.submit("ship", status=422, **typed)
    assert "A1 此前已发货" in mei.main
    assert mei.select("#serials")[0].get_text(strip=True) == "N1, A1\nN2"
    mei.submit("ship", serials="N1、N2\nN3")
    assert "SH-2026-000003" in mei.main
    mei.get("units?q=N")
    assert "N3" in mei.main
    mei.get("units?dealer=D02&model=EB-48&state=open", htmx=True)
    mei.get("units?dealer=nobody")
    assert "没有符合条件的整机" in mei.main


def test_a_dealer_confirms_ticked_units_then_the_rest(shop: World, dana: Browser) -> None:
    dana.get("deliveries?state=open")
    dana.get("deliveries/SH-2026-000001")
    dana.submit("receive", status=422, received_on="2026-05-18")
    assert dana.select("#received_on[aria-invalid]")
    dana.submit("some", serials=["A1", "A3"], received_on="2026-05-20")
    with shop.acting("dana"):
        received = {
            serial: unit.received_on for serial, unit in queries.units_by_serial(["A1", "A2", "A3"]).items()
        }
    assert received == {"A1": dt.date(2026, 5, 20), "A2": None, "A3": dt.date(2026, 5, 20)}
    dana.submit("receive")
    assert not dana.select("form#receive")
    dana.get("units?state=received")
    assert "A2" in dana.main


def test_home_and_navigation_name_what_is_still_to_be_received(shop: World, dana: Browser) -> None:
    with shop.acting("dana", on=dt.date(2026, 5, 20)) as actor:
        assert [
            (one.number, one.units, one.deemed_on)
            for one in queries.expected(actor.dealer_id or 0, dt.date(2026, 5, 20))
        ] == [("SH-2026-000001", 3, dt.date(2026, 5, 22))]
    dana.get("units/S1")
    assert "未确认，视为 2026-05-04 签收" in dana.main


def test_everybody_sees_only_their_own_units(shop: World, mei: Browser) -> None:
    rival, sub = Browser(shop.app).sign_in("rival", tenant="MF"), Browser(shop.app).sign_in("sub")
    rival.get("units")
    assert "A1" not in rival.main
    for url in ("units/A1", "deliveries/SH-2026-000001"):
        rival.get(url, status=404)
        sub.get(url, status=404)
    sub.get("units/S1")
    sub.get("deliveries/SH-2026-000002")
    rival.get("units/ship", status=403)
    rival.get("units/imports", status=403)
    mei.get("units/a1")
    mei.post("deliveries/SH-2026-000001/receive", status=403)


def test_a_section_of_an_upper_module_stands_on_the_unit_page(
    shop: World, mei: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.catalogue.queries.sections._sections", [])

    def load(actor: Actor, unit: object) -> dict[str, object] | None:
        return {"who": actor.name} if getattr(unit, "serial", "") == "A1" else None

    queries.add_unit_section(queries.UnitSection(T("Deliveries"), "errors/404.html", load))
    with shop.acting("mei") as actor:
        assert [found for _section, found in queries.unit_sections(actor, queries.unit("A1"))] == [
            {"who": "Mei"}
        ]
        assert queries.unit_sections(actor, queries.unit("A2")) == []
    mei.get("units/A2")
    assert "目前只有发货记录" in mei.main


def csv(*lines: str) -> tuple[BytesIO, str]:
    return BytesIO("\n".join((HEADER, *lines)).encode("gb18030")), "发货.csv"


def test_a_file_is_judged_row_by_row_and_its_good_rows_are_saved(shop: World, mei: Browser) -> None:
    mei.get("units/imports/template.xlsx")
    assert read_rows(mei.response.data, "x.xlsx").rows
    mei.get("units/imports")
    mei.submit("upload", status=422)
    mei.submit("upload", status=422, file=(BytesIO(b"PK\x03\x04nonsense"), "x.xlsx"))
    mei.submit("upload", file=csv("D01,EB-48,F1,B1,2026-05-20,N-9", "D09,EB-48,A1,B1,2026-05-20,N-9"))
    assert "没有这个经销商" in mei.main
    assert "A1 此前已发货" in mei.main
    mei.get(f"{mei.url.partition('/m/MF/')[2]}?rows=good")
    mei.submit("save")
    assert "已登记 1 台" in mei.main
    with shop.acting("dana"):
        assert queries.unit("F1").batch == "B1"
    assert not mei.select("form#save")


def test_a_file_may_be_left_unsaved(shop: World, mei: Browser) -> None:
    mei.get("units/imports")
    mei.submit("upload", file=csv("D01,EB-48,F1,B1,2026-05-20,N-9"))
    url = mei.url
    mei.submit("discard")
    assert "文件内容未保存" in mei.text
    mei.post(f"{url}/save", status=422)
    with shop.acting("mei"):
        assert queries.find_unit("F1") is None


def test_a_large_file_shows_its_progress(shop: World, mei: Browser) -> None:
    mei.get("units/imports")
    mei.submit("upload", file=csv(*(f"D01,EB-48,L{n:04d},,2026-05-20,N-9" for n in range(2001))))
    url = mei.url
    mei.submit("save")
    assert "正在保存" in mei.main
    mei.get(f"{url}/progress", htmx=True)
    with shop.at(dt.date(2026, 5, 20)):
        worker.run_all(shop.app)
    mei.get(url)
    assert "已登记 2001 台" in mei.main
