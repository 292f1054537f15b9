"""List pages of fifty rows against the same rows by the driver and string formatting (performance.md goals 1, 2, 4)."""

import io
from collections.abc import Callable
from html import escape
from typing import Any

from flask import Flask
from sqlalchemy import event

from portal.bench.measure import Line, medians
from portal.bench.prototype import PASSWORD, TENANT, Prototype
from portal.bench.scratch import Driver, Scratch
from portal.kernel.actor import PUBLIC
from portal.kernel.db import db
from portal.tenants import commands as tenants

ROWS = 50
_LIST = """
select c.number, d.name, c.model, c.serial, c.customer, c.phone, c.sale_date, c.filed_on, c.late, c.state
from card c join dealer d on d.id = c.point_id and d.manufacturer_id = c.manufacturer_id
where c.manufacturer_id = ? order by c.filed_at desc, c.id desc limit 50"""
_QUEUE = """
select c.number, d.name, c.model, c.serial, r.score, r.signals, c.sale_date, c.filed_on, c.late, c.waiting_since
from card c join dealer d on d.id = c.point_id and d.manufacturer_id = c.manufacturer_id
left join card_risk r on r.card_id = c.id and r.manufacturer_id = c.manufacturer_id and r.owner_id = 0
where c.manufacturer_id = ? and c.state = 'submitted' order by c.waiting_since, c.id limit 50"""


def compare(scratch: Scratch, prototype: Prototype, driver: Driver, *, calls: int = 15) -> list[Line]:
    """The list of cards and the review queue, whole and as the fragment that htmx asks for."""
    token = scratch.give(
        PUBLIC, tenants.sign_in, prototype.email, PASSWORD, address="127.0.0.1", browser="bench"
    )
    assert token is not None
    cookie = _cookie(scratch.app, token)
    sqlite = driver.is_sqlite
    lines = []
    for name, path, statement in (("cards", "cards", _LIST), ("review queue", "review/cards", _QUEUE)):
        address = f"/m/{TENANT}/{path}?size={ROWS}"
        whole = Visit(scratch.app, address, cookie)
        fragment = Visit(scratch.app, address, cookie, htmx=True)
        floor = _floor(driver, statement, prototype.maker.manufacturer_id)
        for visit in (whole, fragment):
            answer = visit()
            assert answer.count(b"-2026-") > ROWS, f"{address} shows no {ROWS} rows"
        found = medians({"whole": whole, "fragment": fragment, "floor": floor}, calls=calls)
        goals = ("<= 8 x", "<= 6 x") if sqlite else ("<= 5 x", "<= 4 x")
        for what, visit, goal in (("whole", whole, goals[0]), ("fragment", fragment, goals[1])):
            note = f"{_statements(scratch.app, visit)} statements (goal: <= 3), {len(visit()) // 1024} KB"
            lines.append(
                Line(
                    f"{name}, {ROWS} rows, {what} / driver + strings",
                    found[what],
                    found["floor"],
                    goal,
                    note=note,
                )
            )
    return lines


class Visit:
    """A request to the bare application, without a server or test client around it; calling it returns the body."""

    def __init__(self, app: Flask, address: str, cookie: str, *, htmx: bool = False) -> None:
        path, _, query = address.partition("?")
        self._app = app
        self._environ: dict[str, Any] = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "HTTP_COOKIE": cookie,
            "HTTP_ACCEPT_LANGUAGE": "zh-CN",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        if htmx:
            self._environ |= {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": f"http://localhost{address}"}

    def __call__(self) -> bytes:
        status = ""

        def start_response(line: str, _headers: Any, _info: Any = None) -> Callable[[bytes], object]:
            nonlocal status
            status = line
            return lambda _chunk: None

        answer: Any = self._app.wsgi_app({**self._environ, "wsgi.input": io.BytesIO()}, start_response)
        try:
            body = b"".join(answer)
        finally:
            answer.close()
        if not status.startswith("200"):
            raise RuntimeError(f"{self._environ['PATH_INFO']} answered {status}")
        return body


def _cookie(app: Flask, token: str) -> str:
    """What the browser of somebody sends who has signed in."""
    client = app.test_client()
    with client.session_transaction() as kept:
        kept["_user_id"] = token
        kept["_fresh"] = True
    name = app.config["SESSION_COOKIE_NAME"]
    cookie = client.get_cookie(name)
    assert cookie is not None
    return f"{name}={cookie.value}"


def _statements(app: Flask, visit: Visit) -> int:
    count = 0

    def one(*_arguments: Any) -> None:
        nonlocal count
        count += 1

    with app.app_context():
        engine = db.engine
    event.listen(engine, "after_cursor_execute", one)
    try:
        visit()
    finally:
        event.remove(engine, "after_cursor_execute", one)
    return count


def _floor(driver: Driver, statement: str, maker_id: int | None) -> Callable[[], bytes]:
    def page() -> bytes:
        cells = (
            f'<tr><td><a href="/m/{TENANT}/cards/{number}">{number}</a><div>{escape(dealer)}</div></td>'
            f"<td>{escape(model)}<div>{escape(serial)}</div></td><td>{escape(str(one))} {escape(str(two))}</td>"
            f"<td>{sold}</td><td>{filed}{'<div>late</div>' if late else ''}</td><td>{last}</td></tr>"
            for number, dealer, model, serial, one, two, sold, filed, late, last in driver.rows(
                statement, maker_id
            )
        )
        return f"<!doctype html><table>{''.join(cells)}</table>".encode()

    return page
