"""One small demo for the tests that only look at it."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from portal.demo.build import Size, build
from portal.demo.founding import Account
from tests import databases

NOW = dt.datetime(2026, 5, 20, 15, 30, tzinfo=ZoneInfo("Asia/Shanghai"))


@dataclass(frozen=True)
class Demo:
    """A small demo that ends on 20 May: 2025Q4 is closed, 2026Q1 waits to be settled."""

    app: Flask
    accounts: list[Account]

    def password(self, persona: str) -> str:
        return str(next(one["password"] for one in self.accounts if one["persona"] == persona))


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    directory = tmp_path_factory.mktemp("demo")
    app = databases.make_app(databases.sqlite_copy(directory / "portal.sqlite3"), directory)
    yield Demo(app, build(app, NOW, size=Size(quarters=2, share=0.2, prints=False), say=lambda _: None))
    databases.dispose(app)
