"""A real Chromium: signing in, photographing pages, checking that they can be used by everybody."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).parents[2]
#: Pictures of the run, for people to judge; not committed.
ARTEFACTS = ROOT / "artefacts"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
#: Nothing but the portal is asked for anything.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-default-apps",
    "--proxy-server=direct://",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
PHONE, NARROW, DESKTOP = (
    {"width": 390, "height": 844},
    {"width": 360, "height": 740},
    {"width": 1440, "height": 900},
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium, found by the set-up."""
    program = os.environ.get("PORTAL_CHROMIUM", "/usr/bin/chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS), headless=True)
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """One person in a browser of her own, at a portal."""

    def __init__(
        self,
        browser: Browser,
        address: str,
        *,
        size: dict[str, int] = DESKTOP,
        language: str = "zh-CN",
        scripts: bool = True,
    ) -> None:
        self.address = address
        self.tenant = ""
        self.context: BrowserContext = browser.new_context(
            viewport=size,  # type: ignore[arg-type]
            locale=language,
            java_script_enabled=scripts,
            # Of the test alone, to look into pages; the pages themselves keep their content policy.
            bypass_csp=False,
            has_touch=size["width"] < 500,
        )
        self.context.set_default_timeout(10_000)
        self.page: Page = self.context.new_page()
        self.troubles: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))

    def sign_in(self, email: str, password: str, *, tenant: str = "") -> "Visitor":
        """Sign in through the form; `tenant` chooses for whom to act."""
        self.page.goto(f"{self.address}/sign-in")
        self.page.fill("input[name=email]", email)
        self.page.fill("input[name=password]", password)
        self.press("#sign-in button[type=submit]")
        if tenant:
            self.page.goto(f"{self.address}/m/{tenant}/")
        found = re.search(r"/m/[^/]+", self.page.url)
        self.tenant = found[0] if found else ""
        return self

    def go(self, path: str) -> Page:
        """Open a page; without a slash in front, below the tenant's prefix."""
        url = f"{self.address}{path}" if path.startswith("/") else f"{self.address}{self.tenant}/{path}"
        answer = self.page.goto(url)
        assert answer is not None
        assert answer.status == 200, f"{url} answered {answer.status}"
        return self.page

    def press(self, selector: str) -> Page:
        """Press a button or link that leads to another page, and wait for that."""
        with self.page.expect_navigation():
            self.page.click(selector)
        return self.page

    def photograph(self, name: str) -> Path:
        """A picture of the whole page."""
        ARTEFACTS.mkdir(exist_ok=True)
        path = ARTEFACTS / f"{name}.png"
        self.page.evaluate("scrollTo(0, 0)")
        self.page.screenshot(path=path, full_page=True)
        return path

    @property
    def text(self) -> str:
        """What stands in the middle of the page."""
        return re.sub(r"\s+", " ", self.page.inner_text("main"))

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(
            self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        )

    def violations(self) -> list[str]:
        """What axe-core finds fault with (WCAG 2.2 A and AA)."""
        # The content policy lets no foreign script in; evaluating goes by the debugger.
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: dict[str, Any] = self.page.evaluate(
            "async () => await axe.run(document, {resultTypes: ['violations'], "
            "runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
        )
        return [
            f"{one['id']}: {one['help']}: {json.dumps([node['target'] for node in one['nodes'][:3]])}"
            for one in found["violations"]
        ]

    def close(self) -> None:
        """Close the browser's window; anything that went wrong in it is an error of the test."""
        self.context.close()
        assert self.troubles == []

    def _heard(self, message: Any) -> None:
        # A refused form answers 422 on purpose, and Chromium says so.
        if message.type == "error" and "status of 4" not in message.text:
            self.troubles.append(message.text)
