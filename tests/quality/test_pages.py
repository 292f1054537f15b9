"""Pages of defective batches (RT-6)."""

import pytest

from portal.quality import queries
from portal.quality.rules import DefectState
from tests.browser import Browser
from tests.people import World
from tests.warranty.shop import stock


@pytest.fixture
def shop(sqlite_world: World) -> World:
    return stock(sqlite_world)


def test_quality_declares_a_batch_and_sees_how_many_units_it_touches(shop: World) -> None:
    mei = Browser(shop.app).sign_in("mei")
    assert "没有缺陷批次" in mei.get("batches").main
    mei.follow("宣布缺陷批次")
    mei.submit("统计台数", model="EB-48", batch="B1")
    assert "本批次已发货 11 台" in mei.main
    mei.get("batches/new?model=EB-48&batch=B9", htmx=True)
    mei.get("batches/new?model=NONE&batch=B9")
    mei.submit("declare", status=422, model="", batch=" ")
    mei.submit("declare", model="EB-48", batch="B1", reason="控制器进水")
    assert "控制器进水" in mei.main
    mei.get("batches?state=declared&q=b1").follow("B1")
    assert "EB-48" in mei.main
    dana = Browser(shop.app).sign_in("dana")
    assert "批次 B1 自 2026-05-20 起宣布为缺陷批次" in dana.get("units/A1").main
    assert "控制器进水" in dana.main
    dana.get("batches", status=403)


def test_a_declaration_is_taken_back_on_its_page(shop: World) -> None:
    mei = Browser(shop.app, language="en").sign_in("mei")
    mei.get("batches/new").submit("declare", model="EB-48", batch="B1")
    mei.follow("B1")
    mei.submit("lift", status=422, reason="")
    mei.submit("lift", reason="A mistake")
    assert "A mistake" in mei.main
    mei.get("batches?state=declared&q=none", htmx=True)
    with shop.acting("mei"):
        assert queries.counts() == {DefectState.LIFTED: 1}
    fei = Browser(shop.app).sign_in("fei")
    fei.get("batches").follow("B1")
    assert not fei.select("#lift")
    fei.get("batches/new", status=403)
