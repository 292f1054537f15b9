"""Nothing that is sent makes the portal fall over: every form, address and query as everybody, with hostile values."""

import io
import logging
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from bs4 import BeautifulSoup

from tests import databases
from tests.browser import _values
from tests.people import TODAY
from tests.security.matrix import ROWS, Row
from tests.security.stage import PERSONAS, Stage, jpeg, open_stage
from tests.security.submits import submit
from tests.security.test_access import addresses, in_tenant

WHO = ("dana", "sub", "mei", "fei", "op", "nobody", "signed out")
NASTY = (
    "", " ", "\t", "\x00", "a\x00b", "\ud800", "\u202egnp.exe", "\u200b", "'", "''--", '"><script>alert(1)</script>',
    "{{7*7}}", "${7*7}", "%s%n", "%(name)s", "{0.__class__}", "../../etc/passwd", "=1+1", "@SUM(1)", "9" * 400,
    "-1", "0", "-0", "1e309", "NaN", "Infinity", "2147483648", "9223372036854775808", "99999999999999999999",
    "٣", "１２", "½", "0x10", "1_000", "1,000", "1.005", "999999999999.99", "-999999999999.99", "A" * 5000, "🧨" * 200,
    "人" * 3000, "İ" * 60, "ß" * 120, "1\r\nX-Evil: y", "null", "[]", "{}", "true", "2026-02-30", "0000-00-00",
    "99999-01-01", "1990-01-01", "2200-12-31", "9999-12-31", "0001-01-01", "2026Q5", "2026-13", "101%", "2.5%%",
    "accept", "file", "later", "add", "zh-CN", "BXK-2026-000001", "JS-2026-000001", "\ufeff", "\u2028", "a" * 201,
)  # fmt: skip
QUERIES = (
    "q", "page", "size", "sort", "dir", "state", "tab", "kind", "month", "quarter", "dealer", "since", "until",
    "person",
    "number", "lang", "next", "act", "sel", "seen_at", "all", "model", "line", "verb", "from", "to",
)  # fmt: skip
FILES = (
    b"", b"\x00" * 100, b"a,b\n\x00,\xff\xfe\n", b"PK\x03\x04" + b"\x00" * 200, "序列号\n".encode() * 3,
    b"\xff\xd8\xff" * 50, b'"' * 1000, b"\n" * 5000, ("序列号,型号\n" + "=cmd()," * 50).encode(), jpeg()[:300],
    b"%PDF-1.7", b"<svg onload=x>",
)  # fmt: skip


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What makes a page fall over does so on either engine; the long size asks both."""
    engines = ["sqlite", "postgresql"] if metafunc.config.getoption("--long") else ["sqlite"]
    metafunc.parametrize("fuzzed", engines, indirect=True)


@pytest.fixture
def fuzzed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A stage that may be spoilt."""
    if request.param == "sqlite":
        made: Stage = request.getfixturevalue("stage")
        level = made.app.logger.level
        yield made
        made.app.logger.setLevel(level)
        made.restore()
    else:
        server: databases.Postgres = request.getfixturevalue("postgres")
        url = server.copy()
        made = open_stage(tmp_path, url)
        yield made
        made.close()
        server.drop(url)


@dataclass
class Target:
    """A form, or a page, as one persona reaches it."""

    name: str
    endpoint: str
    method: str
    url: str
    #: What a browser would send.
    values: dict[str, list[Any]] = field(default_factory=dict)
    files: frozenset[str] = frozenset()


class Fuzzer:
    """Draws requests by lot and counts what was answered."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage, self.lot = stage, random.Random(seed)
        self.codes: Counter[int] = Counter()
        #: (persona, route, values of its own object's address) that there are.
        self.places = [
            (name, row, own)
            for name in WHO
            for row in ROWS.values()
            for what, own in addresses(stage, row, PERSONAS[name])
            if what == "own" and row.endpoint != "tenants.sign_out"
        ]
        #: Those of them that lead somewhere; the others are turned away at the door.
        self.open = [(name, row, own) for name, row, own in self.places if _may(name, row)]
        self._known: dict[tuple[str, str], list[Target]] = {}

    def target(self) -> Target:
        """One by lot; a page is opened for its forms when the lot first falls on it."""
        name, row, own = self.lot.choice(self.lot.choice((self.open, self.places)))
        if (name, row.endpoint) not in self._known:
            self._known[name, row.endpoint] = list(self._targets(name, row, own))
        return self.lot.choice(self._known[name, row.endpoint])

    def _targets(self, name: str, row: Row, own: dict[str, Any]) -> Iterator[Target]:
        """A route as a persona reaches it, with the forms of its page."""
        values = {**own, **({"verb": "accept"} if row.verb else {})}
        prefix = {"tenant": PERSONAS[name].tenant} if in_tenant(row) else {}
        rule = next(r for r in self.stage.app.url_map.iter_rules() if r.endpoint == row.endpoint)
        method = "POST" if "POST" in (rule.methods or ()) else "GET"
        with self.stage.app.test_request_context():
            url = self.stage.app.url_for(row.endpoint, **values, **prefix)
        sent = submit(self.stage, row.endpoint, method, name, values)
        known = {key: [value] for key, value in sent.get("data", sent.get("query_string", {})).items()}
        yield Target(
            name,
            row.endpoint,
            method,
            url,
            known,
            frozenset(k for k, v in known.items() if isinstance(v[0], tuple)),
        )
        if method == "GET" and _may(name, row):
            yield from self._forms(name, row, url, sent)

    def _forms(self, name: str, row: Row, url: str, sent: dict[str, Any]) -> Iterator[Target]:
        with self.stage.world.at(TODAY):
            answer = self.stage.client(name).get(url, **sent)
        if answer.mimetype != "text/html":
            return
        page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
        for form in page.select("main form"):
            action = str(form.get("action") or url)
            if "sign-out" in action:
                continue
            files = frozenset(str(f["name"]) for f in form.select("input[type=file][name]"))
            method = str(form.get("method", "get")).upper()
            yield Target(name, row.endpoint, method, action, _values(form), files)

    def value(self) -> str:
        """A hostile text."""
        if self.lot.random() < 0.7:
            return self.lot.choice(NASTY)
        return "".join(
            chr(self.lot.choice((self.lot.randrange(32, 127), self.lot.randrange(0x2FFFF))))
            for _ in range(12)
        )

    def fields(self, target: Target) -> list[tuple[str, Any]]:
        """The fields of a form with some spoilt, missing, doubled or strange."""
        sent: list[tuple[str, Any]] = []
        spoil = self.lot.choice((0.1, 0.3, 0.8))
        for name, values in target.values.items():
            if name in target.files or self.lot.random() < 0.05:
                continue
            spoilt = self.lot.random() < spoil
            sent += [(name, self.value() if spoilt else value) for value in values or [""]]
            if spoilt and self.lot.random() < 0.15:
                sent += [(name, self.value())] * self.lot.choice((1, 1, 1, 300))
        for name in target.files:
            sent.append(
                (
                    name,
                    (
                        io.BytesIO(self.lot.choice(FILES)),
                        self.lot.choice(("a.csv", "b.xlsx", "c.jpg", "../x", "")),
                    ),
                )
            )
        if self.lot.random() < 0.2:
            sent.append(
                (
                    self.lot.choice(
                        (*QUERIES, "lines-0-pieces", "bases-99-kind", "key", "version", self.value())
                    ),
                    self.value(),
                )
            )
        return sent

    def once(self) -> None:
        """One request."""
        target = self.target()
        url, headers = self._spoil(target.url), {}
        if self.lot.random() < 0.2:
            headers["HX-Request"] = "true"
        arguments: dict[str, Any] = {"headers": headers}
        if target.method == "GET" or self.lot.random() < 0.15:
            url += ("&" if "?" in url else "?") + "&".join(
                f"{_quoted(name)}={_quoted(value)}"
                for name, value in [*self.fields(target), (self.lot.choice(QUERIES), self.value())]
                if isinstance(value, str)
            )
        if target.method == "POST":
            arguments |= self._body(self.fields(target), bool(target.files))
        with self.stage.world.at(TODAY):
            answer = self.stage.client(target.name).open(url, method=target.method, **arguments)
        answer.close()
        self.codes[answer.status_code] += 1

    def _body(self, fields: list[tuple[str, Any]], multipart: bool) -> dict[str, Any]:
        chance = self.lot.random()
        if chance < 0.04:
            kinds = (
                "application/x-www-form-urlencoded",
                "multipart/form-data",
                "application/json",
                "text/plain",
                "",
            )
            return {"data": self.lot.randbytes(200), "content_type": self.lot.choice(kinds)}
        if multipart or chance < 0.2:
            data: dict[str, list[Any]] = {}
            for name, value in fields:
                safe = value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
                data.setdefault(name.encode("utf-8", "replace").decode(), []).append(safe)
            return {"data": data, "content_type": "multipart/form-data"}
        body = "&".join(
            f"{_quoted(name)}={_quoted(value)}" for name, value in fields if isinstance(value, str)
        )
        return {"data": body, "content_type": "application/x-www-form-urlencoded"}

    def _spoil(self, url: str) -> str:
        """Sometimes another object, or something that is none, in the address."""
        path, mark, query = url.partition("?")
        parts = path.split("/")
        for place, part in enumerate(parts):
            if place > 2 and self.lot.random() < 0.06 and part:
                huge = ("0", "99999999999", "999999999999999", "9" * 30, "-1", "1.5")
                parts[place] = self.lot.choice(huge) if part.isdigit() else _quoted(self.value()[:40]) or part
        return "/".join(parts) + mark + query


def _may(name: str, row: Row) -> bool:
    """Whether a persona gets through the door of a route."""
    return PERSONAS[name].letter in row.who or row.who in ("in", "public")


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


# What the parser of a form that is refused half-way has spooled to a file is closed when it is collected.
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_no_request_makes_it_fall_over(fuzzed: Stage, long: bool, caplog: pytest.LogCaptureFixture) -> None:
    fuzzer = Fuzzer(fuzzed, seed=len(str(fuzzed.file)) if long else 1)
    assert len(fuzzer.places) > 1000
    fuzzed.app.logger.setLevel(logging.CRITICAL)
    total = 20_000 if long else 300
    with caplog.at_level(logging.ERROR, logger="portal.web.errors"):
        for _ in range(total):
            fuzzer.once()
    fell = [record for record in caplog.records if record.name == "portal.web.errors"]
    words = sorted(
        {f"{record.getMessage()[:90]}: {record.exc_info[1]!r:.200}" for record in fell if record.exc_info}
    )
    assert sum(count for code, count in fuzzer.codes.items() if code >= 500) == 0, "\n".join(words)
    assert fuzzer.codes[200] > total / 20
    assert fuzzer.codes[422] > total / 100
    assert fuzzer.codes[303] > 0
