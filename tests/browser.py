"""A browser without a screen: walks the pages as a persona and lints each page that it gets.

    browser = Browser(world.app)
    browser.sign_in("dana")
    browser.get("cards/new")                          # no slash in front: below the tenant's prefix
    browser.submit("file", serial="SN1", sold_on="2026-05-01")   # the form with that id, button or action
    assert "已提交" in browser.text

Every answer is checked by `tests.lint`: what a page must have whoever wrote it.
"""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from flask import Flask
from sqlalchemy import event
from werkzeug.test import TestResponse

from portal.kernel import clock, i18n
from portal.kernel.db import db
from tests.lint import Lint, missing_messages
from tests.people import PASSWORD, TODAY

SHANGHAI = dt.timezone(dt.timedelta(hours=8))
REDIRECTS = (301, 302, 303, 307, 308)


class Browser:
    """One browser with its cookies. `csrf=True` turns the token check on, as in production."""

    def __init__(
        self, app: Flask, *, on: dt.date = TODAY, language: str = "zh-CN", csrf: bool = False
    ) -> None:
        self.app = app
        self.client = app.test_client()
        self.day = on
        self.language = language
        #: The prefix of the tenant that the persona acts for: `/m/MF`.
        self.tenant = ""
        self.url = "/"
        self.status = 0
        #: The last answer: `.data` of a download, `.headers`.
        self.response: TestResponse
        #: The last HTML page, for `select`.
        self.page: BeautifulSoup
        #: Statements that the last answer needed, for query budgets.
        self.statements = 0
        self.who = ""
        app.config["WTF_CSRF_ENABLED"] = csrf

    # -- walking ---------------------------------------------------------------------------------------------

    def sign_in(self, who: str, *, tenant: str = "", password: str = PASSWORD) -> "Browser":
        """Sign in through the form. `tenant` (`MF`, `MF~D02`) chooses when the persona may act for several."""
        self.client = self.app.test_client()
        self.who = who
        self.get("/sign-in")
        self.submit("sign-in", email=f"{who}@example.test", password=password)
        if tenant:
            self.get(f"/m/{tenant}/")
        inside = re.match(r"/m/[^/]+", urlsplit(self.url).path)
        self.tenant = inside[0] if inside else ""
        return self

    def on(self, day: dt.date) -> "Browser":
        """Go on another day; the session may have ended meanwhile, so the persona signs in anew."""
        self.day = day
        return self.sign_in(self.who, tenant=self.tenant.removeprefix("/m/"))

    def get(self, url: str, *, status: int = 200, htmx: bool = False, target: str = "") -> "Browser":
        """Open a page, following redirects; the final status must be `status`."""
        return self._go("GET", url, status, htmx=htmx, target=target)

    def post(self, url: str, *, status: int = 200, htmx: bool = False, **fields: Any) -> "Browser":
        """Post fields without a form (the token of the last page is added); then as `get`."""
        token = self.page.select_one("input[name=csrf_token]") if hasattr(self, "page") else None
        if token is not None:
            fields.setdefault("csrf_token", token["value"])
        return self._go("POST", url, status, htmx=htmx, data=_flat(fields))

    def submit(self, which: str = "", *, status: int = 200, htmx: bool = False, **fields: Any) -> "Browser":
        """Fill in and submit a form of the last page: by id, by the words or name of a button, or by a part of its
        action; without `which` the only form in `main`. Hidden fields go along. `None` takes a value out; a list
        gives several; a file is `(BytesIO, "name.csv")`. A field that the form doesn't have is an error of the test.
        """
        form, button = self._form(which)
        data = _values(form)
        names = {control.get("name") for control in form.select("input, select, textarea, button")}
        for control in self.page.select(f'[form="{form.get("id")}"]') if form.get("id") else ():
            names.add(control.get("name"))
        for name, value in fields.items():
            assert name in names, (
                f"the form {which!r} of {self.url} has no field {name!r}, only {sorted(filter(None, names))}"
            )
            data.pop(name, None)
            if value is not None:
                data[name] = value if isinstance(value, list) else [value]
        if button is not None and button.get("name"):
            data[str(button["name"])] = [str(button.get("value", ""))]
        method = str(form.get("method", "get")).upper()
        action = urljoin(
            self.url, str((button is not None and button.get("formaction")) or form.get("action") or self.url)
        )
        if method == "GET":
            query = "&".join(f"{name}={value}" for name, values in data.items() for value in values)
            return self._go("GET", f"{action.partition('?')[0]}?{query}", status, htmx=htmx)
        return self._go("POST", action, status, htmx=htmx, data=data)

    def follow(self, words: str, *, status: int = 200) -> "Browser":
        """Follow the link with these words."""
        link = next((a for a in self.page.select("a[href]") if words in a.get_text(" ", strip=True)), None)
        assert link is not None, f"{self.url} has no link {words!r}"
        return self.get(urljoin(self.url, str(link["href"])), status=status)

    # -- reading ---------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """What a reader sees of the last page, without what only scripts and forms carry."""
        return re.sub(r"\s+", " ", self.page.get_text(" ", strip=True))

    @property
    def main(self) -> str:
        """What stands in the middle of the last page."""
        found = self.page.select_one("main") or self.page
        return re.sub(r"\s+", " ", found.get_text(" ", strip=True))

    def select(self, css: str) -> list[Tag]:
        """Elements of the last page."""
        return list(self.page.select(css))

    def has_link(self, path: str) -> bool:
        """Whether the page links to a path; without a slash in front, below the tenant's prefix."""
        wanted = self._absolute(path)
        return any(urljoin(self.url, str(a["href"])) == wanted for a in self.page.select("a[href]"))

    # -- how -------------------------------------------------------------------------------------------------

    def _absolute(self, url: str) -> str:
        return url if url.startswith("/") else f"{self.tenant}/{url}"

    def _go(
        self, method: str, url: str, status: int, *, htmx: bool = False, target: str = "", data: Any = None
    ) -> "Browser":
        headers = {"Accept-Language": self.language}
        if htmx:
            headers |= {"HX-Request": "true", "HX-Current-URL": f"http://localhost{self.url}"}
            headers |= {"HX-Target": target} if target else {}
        url = self._absolute(url)
        for _hop in range(6):
            with missing_messages() as missing, self._counted(), self._at():
                response = self.client.open(url, method=method, data=data, headers=headers)
            if not htmx:
                self.url = url
            self.response, self.status = response, response.status_code
            if response.status_code in REDIRECTS and status not in REDIRECTS:
                url, method, data = urljoin(url, response.headers["Location"]), "GET", None
                continue
            self._read(response, missing, fragment=htmx)
            assert self.status == status, (
                f"{method} {url} answered {self.status}, not {status}: {self._why()}"
            )
            return self
        raise AssertionError(f"{url} goes round in circles")

    def _read(self, response: TestResponse, missing: set[str], *, fragment: bool) -> None:
        if response.mimetype != "text/html" or response.status_code in REDIRECTS:
            return
        html = response.get_data(as_text=True)
        page = BeautifulSoup(html, "html.parser")
        if not fragment or not hasattr(self, "page"):
            self.page = page
        problems = Lint(self.app, self.url, html, page, fragment=fragment).problems()
        problems += [f"not translated: {message!r}" for message in sorted(missing)]
        assert not problems, f"{self.url}:\n  " + "\n  ".join(problems)

    def _why(self) -> str:
        if self.response.mimetype != "text/html":
            return ""
        page = BeautifulSoup(self.response.get_data(as_text=True), "html.parser")
        spots = page.select(".errsum, .err, .alert") or page.select("main")
        return re.sub(r"\s+", " ", " | ".join(spot.get_text(" ", strip=True) for spot in spots))[:600]

    def _form(self, which: str) -> tuple[Tag, Tag | None]:
        forms = self.page.select("form")
        if not which:
            own = self.page.select("main form[method=post]")
            assert len(own) == 1, f"{self.url} has {len(own)} forms in main; say which"
            return own[0], None
        for form in forms:
            if form.get("id") == which:
                return form, None
        for button in self.page.select("button, input[type=submit]"):
            form = (
                self.page.select_one(f"form#{button['form']}")
                if button.get("form")
                else button.find_parent("form")
            )
            words = re.sub(r"\s+", " ", button.get_text(" ", strip=True))
            if form is not None and which in (words, button.get("name"), button.get("value")):
                return form, button
        for form in forms:
            if which in str(form.get("action", "")):
                return form, None
        raise AssertionError(
            f"{self.url} has no form {which!r}: {[str(f.get('id') or f.get('action')) for f in forms]}"
        )

    @contextmanager
    def _at(self) -> Iterator[None]:
        """On the browser's day; the language of the answer doesn't stay behind in the test."""
        instant = dt.datetime(self.day.year, self.day.month, self.day.day, 10, tzinfo=SHANGHAI)
        with clock.fixed(instant), i18n.use_language(i18n.language()):
            yield

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self.app.app_context():
            engine = db.engine
        count = 0

        def one(*_args: Any) -> None:
            nonlocal count
            count += 1

        event.listen(engine, "after_cursor_execute", one)
        try:
            yield
        finally:
            event.remove(engine, "after_cursor_execute", one)
            self.statements = count


def _values(form: Tag) -> dict[str, list[Any]]:
    """What a browser would send for the form as it was drawn."""
    data: dict[str, list[Any]] = {}

    def put(control: Tag, value: str) -> None:
        if control.get("name") and not control.has_attr("disabled"):
            data.setdefault(str(control["name"]), []).append(value)

    for control in form.select("input, select, textarea"):
        if control.find_parent("template") is not None:
            continue
        if control.name == "select":
            options = control.select("option")
            chosen = [o for o in options if o.has_attr("selected")]
            if not chosen and not control.has_attr("multiple"):
                chosen = options[:1]
            for option in chosen:
                put(control, str(option.get("value", option.get_text())))
        elif control.name == "textarea":
            put(control, control.get_text().removeprefix("\n"))
        elif control.get("type") in ("checkbox", "radio"):
            if control.has_attr("checked"):
                put(control, str(control.get("value", "on")))
        elif control.get("type") not in ("submit", "button", "image", "reset", "file"):
            put(control, str(control.get("value", "")))
    return data


def _flat(fields: dict[str, Any]) -> dict[str, list[Any]]:
    return {
        name: value if isinstance(value, list) else [value]
        for name, value in fields.items()
        if value is not None
    }
