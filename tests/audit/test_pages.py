"""The log as the administrator and the auditor read it."""

import csv
import io

import pytest
import sqlalchemy as sa

from portal.app import owner_engine
from portal.tenants import commands
from tests.browser import Browser
from tests.people import World


def test_the_auditor_reads_the_log_and_others_do_not(sqlite_world: World) -> None:
    lin = Browser(sqlite_world.app).sign_in("lin")
    lin.get("log")
    assert "协议生效" in lin.main
    assert "新增经销商：甲经销商" in lin.main
    for who in ("dana", "fei"):
        Browser(sqlite_world.app).sign_in(who).get("log", status=403)


def test_the_log_is_narrowed_by_kind_document_person_and_date(sqlite_world: World) -> None:
    with sqlite_world.acting("mei") as mei:
        commands.change_dealer(mei, "D01", contact="王五")
    lin = Browser(sqlite_world.app).sign_in("lin")
    lin.get("log?kind=tenants:dealer")
    assert len(lin.select("tbody tr")) == 5
    lin.get("log?subject=D01S")
    assert [row.get_text() for row in lin.select("tbody td:nth-of-type(4)")] == ["D01S"]
    lin.get("log?person=mei")
    assert len(lin.select("tbody tr")) == 1
    assert "王五" in lin.main
    lin.get("log?since=2026-05-20&until=2026-05-20")
    assert len(lin.select("tbody tr")) == 1
    lin.get("log?until=2026-05-19&person=Mei")
    assert "没有符合条件的记录" in lin.main


@pytest.mark.parametrize(
    "query", ["kind=nothing", "since=gestern", "until=9999-12-31", "page=99999", "kind=%25", "subject=%25_"]
)
def test_strange_queries_find_nothing_or_everything_and_never_break(sqlite_world: World, query: str) -> None:
    Browser(sqlite_world.app).sign_in("lin").get(f"log?{query}")


def test_the_log_is_exported_as_it_was_narrowed(sqlite_world: World) -> None:
    lin = Browser(sqlite_world.app).sign_in("lin")
    lin.get("log?kind=tenants:dealer")
    lin.follow("导出（CSV）")
    rows = list(csv.reader(io.StringIO(lin.response.data.decode("utf-8-sig"))))
    assert rows[0][:3] == ["序号", "时间", "经办人"]
    assert len(rows) == 5
    assert all(len(row[-1]) == 64 for row in rows[1:])
    lin.get("log/export.xlsx?kind=tenants:dealer")
    assert lin.response.data.startswith(b"PK")


def test_a_changed_fact_shows_in_the_check(sqlite_world: World) -> None:
    lin = Browser(sqlite_world.app).sign_in("lin")
    lin.get("log/check")
    assert "校验相符" in lin.main
    engine = owner_engine(sqlite_world.app.config["SQLALCHEMY_DATABASE_URI"])
    with engine.begin() as connection:
        connection.execute(sa.text("update fact set actor = 'x' where manufacturer_id = 1 and seq = 3"))
    engine.dispose()
    lin.get("log/check")
    assert "第 3 条记录处校验不符" in lin.main


def test_a_cut_tail_shows_in_the_check(sqlite_world: World) -> None:
    engine = owner_engine(sqlite_world.app.config["SQLALCHEMY_DATABASE_URI"])
    with engine.begin() as connection:
        last = connection.execute(sa.text("select max(seq) from fact where manufacturer_id = 1")).scalar()
        connection.execute(
            sa.text("delete from fact where manufacturer_id = 1 and seq = :seq"), {"seq": last}
        )
    engine.dispose()
    lin = Browser(sqlite_world.app).sign_in("lin").get("log/check")
    assert f"第 {last} 条记录处校验不符" in lin.main


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_the_log_reads_in_other_languages(sqlite_world: World, language: str) -> None:
    lin = Browser(sqlite_world.app, language=language).sign_in("lin")
    lin.get("log")
    lin.get("log/check")
