"""Everybody in the demo follows the links of the pages: each leads to a page that is in order."""

from collections import Counter, deque
from urllib.parse import urljoin, urlsplit

import pytest
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from tests.browser import Browser
from tests.demo.conftest import NOW, Demo

#: One persona of each role, and those that are something special, with the tenant that they act for.
TENANTS = {
    "adi": "EV",
    "mei": "EV",
    "wen": "EV",
    "fei": "EV",
    "lin": "EV",
    "ida": "FM",
    "dana": "EV~D01",
    "tom": "EV~D01",
    "kai": "EV~D01",
    "sub": "EV~D01S",
    "grace": "EV~D04",
    "op": "",
}


#: Those who see most; the long size follows everybody.
MOST = ("mei", "fei", "dana", "sub", "grace", "op")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    metafunc.parametrize("persona", TENANTS if metafunc.config.getoption("--long") else MOST)


def test_every_link_leads_to_a_page_in_order(demo: Demo, persona: str, long: bool) -> None:
    """`Browser` checks each page: its structure, its words, its forms."""
    each = 3 if long else 1
    browser = Browser(demo.app, on=NOW.date())
    browser.sign_in(persona, tenant=TENANTS[persona], password=demo.password(persona))
    adapter = demo.app.url_map.bind("localhost")
    waiting, seen, opened = deque([browser.url]), {browser.url}, Counter[str]()
    while waiting:
        path = waiting.popleft()
        try:
            endpoint, _ = adapter.match(urlsplit(path).path, method="GET")
        except (HTTPException, RequestRedirect):
            pytest.fail(f"no page is at {path}")
        if endpoint == "static" or opened[endpoint] == each:
            continue
        opened[endpoint] += 1
        browser.get(path)
        if browser.response.mimetype != "text/html":
            continue
        for link in browser.select("a[href]"):
            target = urljoin(browser.url, str(link["href"])).partition("#")[0]
            if target.startswith("/") and target not in seen and "lang=" not in target:
                seen.add(target)
                waiting.append(target)
    assert len(opened) >= (4 if persona in ("op", "sub") else 10), opened
