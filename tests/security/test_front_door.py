"""What stands before every page: cookies, headers, the token of forms, the name of the host, the sign-in."""

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer

from portal.app import create_app
from portal.config import local
from portal.kernel import crypto
from tests import databases
from tests.browser import Browser
from tests.people import PASSWORD, TODAY, World, make_world

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=()",
}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[World]:
    """The portal as it is served to the world: over HTTPS, under its own name."""
    settings = local(tmp_path, database_url=databases.sqlite_copy(tmp_path / "portal.sqlite3"), queue_url="")
    app = create_app(dataclasses.replace(settings, secure=True, public_url="https://portal.example.test"))
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False
    yield make_world(app)
    databases.dispose(app)


def post_sign_in(client: FlaskClient, who: str = "dana", password: str = PASSWORD, **more: Any) -> Any:
    return client.post("/sign-in", data={"email": f"{who}@example.test", "password": password}, **more)


# -- cookies and headers ---------------------------------------------------------------------------------------


def test_cookies_can_not_be_read_sent_elsewhere_or_planted(served: World) -> None:
    client = served.app.test_client()
    with served.at(TODAY):
        answer = post_sign_in(client, base_url="https://portal.example.test")
        language = client.get("/help?lang=en", base_url="https://portal.example.test")
    for cookie in answer.headers.getlist("Set-Cookie") + language.headers.getlist("Set-Cookie"):
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; ")), cookie
        assert "Domain=" not in cookie
    assert any(c.startswith("__Host-portal=") for c in answer.headers.getlist("Set-Cookie"))


def test_every_answer_has_its_headers(served: World) -> None:
    client = served.app.test_client()
    paths = (
        "/sign-in",
        "/",
        "/m/MF/",
        "/nowhere",
        "/static/app.css",
        "/static/nothing",
        "/help",
        "/v/AAAA",
        "/%00",
    )
    for path in paths:
        for method in ("GET", "POST", "PUT", "OPTIONS", "TRACE"):
            answer = client.open(path, method=method, base_url="https://portal.example.test")
            assert answer.status_code < 500
            for name, value in HEADERS.items():
                assert answer.headers.get(name) == value, (method, path, name)
            assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
            if not path.startswith("/static/"):
                assert answer.headers["Cache-Control"] == "no-store", (method, path)
                assert "HX-Request" in answer.headers["Vary"]
            answer.close()


def test_the_content_policy_allows_nothing_inline_and_nothing_foreign() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "http" not in policy


def test_files_for_browsers_to_keep_are_named_by_their_content(sqlite_app: Flask) -> None:
    client = sqlite_app.test_client()
    for query, kept in (("?v=0123456789ab", "public, max-age=31536000, immutable"), ("", "no-cache")):
        with client.get(f"/static/app.css{query}") as answer:
            assert answer.headers["Cache-Control"] == kept


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "portal.example.test.evil.example",
        "evil.example:443",
        "portal.example.test@evil.example",
        "",
    ],
)
def test_under_another_name_there_is_no_portal(served: World, host: str) -> None:
    client = served.app.test_client()
    for path in ("/sign-in", "/m/MF/", "/password-reset"):
        assert client.get(path, headers={"Host": host}).status_code == 400
    assert client.get("/sign-in", headers={"Host": "portal.example.test"}).status_code == 200
    assert client.get("/sign-in", headers={"Host": "127.0.0.1:8000"}).status_code == 200


def test_an_address_in_a_mail_never_comes_from_the_request(sqlite_world: World, tmp_path: Path) -> None:
    client = sqlite_world.app.test_client()
    with sqlite_world.at(TODAY):
        data = {"email": "dana@example.test"}
        client.post("/password-reset", data=data, headers={"Host": "evil.example"})
        from portal.jobs import worker

        worker.run_all(sqlite_world.app)
    mails = [path.read_text() for path in (tmp_path / "mail").glob("*.eml")]
    assert mails
    assert not any("evil.example" in mail for mail in mails)


# -- the session -----------------------------------------------------------------------------------------------


def cookie_of(client: FlaskClient) -> str:
    found = client.get_cookie("portal")
    assert found is not None
    return found.value


def test_a_forged_cookie_is_nobody_s(sqlite_world: World) -> None:
    client = sqlite_world.app.test_client()
    with sqlite_world.at(TODAY):
        post_sign_in(client)
        good = cookie_of(client)
        assert client.get("/profile").status_code == 200
        payload, _, signature = good.rpartition(".")
        serializer = URLSafeTimedSerializer("another secret that is long enough", salt="cookie-session")
        forged = (
            payload + "." + signature[::-1],
            payload + ".",
            "A" + good,
            good[:-1],
            "",
            "." * 500,
            serializer.dumps({"_user_id": "1", "_fresh": True}),
        )
        for value in forged:
            client.set_cookie("portal", value)
            assert client.get("/profile").status_code == 303, value
        client.set_cookie("portal", good)
        assert client.get("/profile").status_code == 200


def test_a_session_holds_a_token_that_the_database_does_not_know(sqlite_world: World) -> None:
    """Who reads the table of sessions can't sign in with what stands there."""
    from portal.kernel.db import session
    from portal.tenants.models import SignIn

    client = sqlite_world.app.test_client()
    with sqlite_world.at(TODAY):
        post_sign_in(client)
    with client.session_transaction() as cookie:
        token = cookie["_user_id"]
    with sqlite_world.app.app_context():
        stored = session().query(SignIn).one().token_hash
    assert stored == crypto.token_hash(token)
    assert token not in stored
    for wrong in (stored, "1", str(sqlite_world.people["dana"])):
        with client.session_transaction() as cookie:
            cookie["_user_id"] = wrong
        with sqlite_world.at(TODAY):
            assert client.get("/profile").status_code == 303


def test_a_session_ends_by_itself(sqlite_world: World) -> None:
    import datetime as dt

    client = sqlite_world.app.test_client()
    with sqlite_world.at(TODAY):
        post_sign_in(client)
    with sqlite_world.at(TODAY + dt.timedelta(days=13)):
        assert client.get("/profile").status_code == 200
    with sqlite_world.at(TODAY + dt.timedelta(days=14), hour=11):
        assert client.get("/profile").status_code == 303


def test_htmx_is_told_to_sign_in_and_a_submit_is_not_repeated(sqlite_world: World) -> None:
    client = sqlite_world.app.test_client()
    answer = client.get("/m/MF/cards", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.data) == (401, b"")
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/m/MF/cards"
    assert client.post("/m/MF/cards/new").headers["Location"] == "/sign-in"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/m/MF/\\evil",
        "javascript:alert(1)",
        "data:text/html,x",
        "/m/../../evil.example",
        "http:evil.example",
        "/%2f%2fevil.example",
        "///evil.example",
        "/m/MF/\r\nX-Evil: 1",
        "/m/MF\t/x",
        " https://evil.example",
        "https:/m/MF/",
        "/m/MF/@evil.example",
    ],
)
def test_signing_in_never_leads_out(sqlite_world: World, target: str) -> None:
    client = sqlite_world.app.test_client()
    with sqlite_world.at(TODAY):
        answer = client.post(
            "/sign-in",
            query_string={"next": target},
            data={"email": "dana@example.test", "password": PASSWORD},
        )
    location = answer.headers.get("Location", "/")
    assert re.fullmatch(r"/(?![/\\])[^\\\r\n\t]*", location), location
    assert "X-Evil" not in answer.headers


# -- signing in ------------------------------------------------------------------------------------------------


def test_the_same_work_is_done_whoever_signs_in(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """How long the answer takes must not tell who has an account: one hash is checked in each case."""
    checked: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Any:  # noqa: A002 - the library's word
            checked.append(str(hash))
            return super().verify(hash, password)

    crypto.hash_password("warm")
    monkeypatch.setattr(crypto._passwords, "hasher", Counting(time_cost=1, memory_cost=8, parallelism=1))
    answers = []
    for who, password in (("dana", "wrong password"), ("unknown", "wrong password"), ("nobody", "")):
        before = len(checked)
        with sqlite_world.at(TODAY):
            answers.append(post_sign_in(sqlite_world.app.test_client(), who, password))
        expected = 1 if password else 0
        assert len(checked) - before == expected, who
    assert [answer.status_code for answer in answers] == [422, 422, 422]
    cost = [re.match(r"\$argon2id\$v=19\$m=8,t=1,p=1\$", text) is not None for text in checked]
    assert all(cost)


def test_passwords_are_hashed_with_argon2id_at_full_cost() -> None:
    made = PasswordHasher().hash("x")
    assert re.match(r"\$argon2id\$v=19\$m=65536,t=3,p=4\$", made)
    assert crypto.password_matches(None, "x") is False
    assert crypto.password_matches("not a hash", "x") is False
    assert crypto.password_matches("", "x") is False
    assert crypto.password_matches(made, "x") is True


# -- the token of forms ----------------------------------------------------------------------------------------


def posts(app: Flask) -> list[str]:
    return sorted(rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ()))


def test_no_submit_counts_without_its_token(sqlite_world: World) -> None:
    browser = Browser(sqlite_world.app, csrf=True).sign_in("dana")
    app = sqlite_world.app
    tried = 0
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()):
            continue
        values = {name: "1" if "id" in name else "BXK-2026-000001" for name in rule.arguments} | {
            "tenant": "MF"
        }
        with app.test_request_context():
            url = app.url_map.bind("localhost").build(rule.endpoint, _fitting(rule, values), method="POST")
        for data in ({}, {"csrf_token": ""}, {"csrf_token": "forged"}):
            with sqlite_world.at(TODAY):
                answer = browser.client.post(url, data=data)
            assert answer.status_code == 400, (rule.endpoint, data, answer.status_code)
        tried += 1
    assert tried == len(posts(app)) > 50


def _fitting(rule: Any, values: dict[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {name: values[name] for name in rule.arguments}
    for name, converter in rule._converters.items():
        if type(converter).__name__ == "SmallIntConverter":
            made[name] = 1
    return made


def test_the_token_of_another_session_counts_for_nothing(sqlite_world: World) -> None:
    rival = Browser(sqlite_world.app, csrf=True).sign_in("rival")
    token = rival.page.select_one("input[name=csrf_token]")
    assert token is not None
    dana = Browser(sqlite_world.app, csrf=True).sign_in("dana")
    with sqlite_world.at(TODAY):
        answer = dana.client.post("/sign-out", data={"csrf_token": token["value"]})
        assert answer.status_code == 400
        assert dana.client.get("/profile").status_code == 200


def test_a_submit_can_not_be_made_by_a_link(sqlite_world: World) -> None:
    """A page that only takes submits does not open by its address; nothing happens."""
    browser = Browser(sqlite_world.app).sign_in("mei")
    app = sqlite_world.app
    with_get = {(rule.rule) for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and rule.rule not in with_get:
            values = {name: "1" if "id" in name else "BXK-2026-000001" for name in rule.arguments} | {
                "tenant": "MF"
            }
            url = app.url_map.bind("localhost").build(rule.endpoint, _fitting(rule, values), method="POST")
            with sqlite_world.at(TODAY):
                # 403: the address of a dealers' page has room for the word.
                assert browser.client.get(url).status_code in (403, 404, 405), rule.rule
