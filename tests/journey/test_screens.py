"""The main pages with a year of records, in both languages and both sizes: usable by everybody, and photographed."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from portal.demo.build import Size, build
from tests import databases
from tests.journey import live as servers
from tests.journey.chromium import DESKTOP, NARROW, PHONE, Visitor
from tests.journey.live import ZONE, Live

NOW = dt.datetime(2026, 5, 20, 15, 30, tzinfo=ZONE)

#: Who looks at which pages; `*` follows the first link of the page before whose address contains what comes after it,
#: and what stands after `=` is typed as the serial of the page's form, which then leads on.
PAGES = {
    ("tom", "EV~D01"): (
        "",
        "cards",
        "*/cards/BXK-",
        "cards/new",
        "parts",
        "*/parts/BL-",
        "parts/new",
        "quota",
        "service",
        "*/service/BX-",
        "service/new",
        "units",
        "*/units/EB48",
        "repairs/new",
        "=",
        "repairs",
        "*/repairs/WX-",
        "claims",
        "coverage",
        "=",
        "oldparts",
        "stock",
    ),
    ("dana", "EV~D01"): (
        "monthly",
        "*/monthly/",
        "*/sales",
        "monthly/2026-03",
        "*/YB-",
        "statements",
        "*/statements/JS-",
        "agreements",
        "*/agreements/XY-",
        "returns",
        "*/returns/RMA-",
        "units?state=stock",
        "*/units/EB48",
        "returns/new",
        "=",
    ),
    ("mei", "EV"): (
        "",
        "review/cards",
        "*/cards/BXK-",
        "parts",
        "*/parts/BL-",
        "monthly/review",
        "units",
        "review/claims",
        "*/repairs/WX-",
        "returns?tab=dispose",
        "*/returns/RMA-",
        "*/units/",
        "service",
    ),
    ("fei", "EV"): (
        "remittances",
        "quota",
        "disputes",
        "settlements",
        "*/settlements/2026Q1",
        "*/JR-2026",
        "cancellations",
        "*/cancellations/QX-",
    ),
    ("adi", "EV"): ("dealers", "people", "log", "catalogue/parts", "catalogue/products"),
}


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, str]]]:
    """A small demo, and who signs in how."""
    directory = tmp_path_factory.mktemp("screens")
    app = databases.make_app(databases.sqlite_copy(directory / "portal.sqlite3"), directory)
    made = build(app, NOW, size=Size(quarters=2, share=0.2, prints=False), say=lambda _: None)
    databases.dispose(app)
    return directory, {account["persona"]: account for account in made}


@pytest.fixture(scope="module")
def live(accounts: tuple[Path, dict[str, dict[str, str]]]) -> Iterator[Live]:
    directory, _ = accounts
    with servers.portal(directory, NOW.date(), database=directory / "portal.sqlite3") as portal:
        portal.present = NOW
        yield portal


@pytest.mark.parametrize("who", PAGES, ids=[who for who, _ in PAGES])
def test_main_pages_can_be_used_by_everybody(
    browser: Browser,
    live: Live,
    accounts: tuple[Path, dict[str, dict[str, str]]],
    who: tuple[str, str],
) -> None:
    persona, tenant = who
    account = accounts[1][persona]
    visitor = Visitor(browser, live.address).sign_in(account["email"], account["password"], tenant=tenant)
    problems, addresses = [], dict[int, str]()
    usual = PHONE if "~" in tenant else DESKTOP
    for language in ("zh-Hans", "en"):
        visitor.go(f"?lang={language}")
        for place, wanted in enumerate(PAGES[who]):
            path = addresses[place] = addresses.get(place) or _address(visitor, wanted, addresses)
            visitor.go(path)
            name = path.strip("/").rsplit("/", 1)[-1].partition("?")[0] or "home"
            for size in (PHONE, DESKTOP):
                visitor.page.set_viewport_size(size)  # type: ignore[arg-type]
                if language != "en" or size is usual:
                    visitor.photograph(f"{persona}-{place}-{name}-{size['width']}-{language[:2]}")
                problems += [
                    f"{path} {language} {width}: too wide by {by}"
                    for width, by in _widths(visitor, size)
                    if by
                ]
                if language != "en":
                    problems += [f"{path} {size['width']}: {one}" for one in visitor.violations()]
    visitor.close()
    assert problems == [], json.dumps(problems, ensure_ascii=False, indent=1)


def _address(visitor: Visitor, wanted: str, addresses: dict[int, str]) -> str:
    """Where a page of `PAGES` is, seen from the page before it."""
    if wanted.startswith("*"):
        return str(visitor.page.locator(f"main a[href*='{wanted[1:]}']").first.get_attribute("href"))
    if wanted == "=":
        serial = next(path for path in addresses.values() if "/units/" in path).rsplit("/", 1)[1]
        visitor.page.fill("main [name=serial]", serial)
        visitor.press("main form .pri")
        return "/" + visitor.page.url.split("/", 3)[3]
    return wanted


def _widths(visitor: Visitor, size: dict[str, int]) -> Iterator[tuple[int, int]]:
    """By how much the page is wider than its window, for a phone also on a narrow one."""
    yield size["width"], visitor.overflow()
    if size == PHONE:
        visitor.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        yield NARROW["width"], visitor.overflow()
