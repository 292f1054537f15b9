"""The public page behind the QR."""

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal.documents import queries, views
from portal.documents.download import send
from tests.documents.sheets import DEALER, MAKER, proven, statement
from tests.documents.test_store import publish, store
from tests.people import World

CODE = "7F3A91C2D0B64KXQ8M2T"
CHINESE, ENGLISH = {"Accept-Language": "zh-CN"}, {"Accept-Language": "en"}


@pytest.fixture
def client(sqlite_world: World) -> FlaskClient:
    with sqlite_world.acting("fei") as actor:
        publish(actor, proven(statement()), b"%PDF 1")
    return sqlite_world.app.test_client()


def words(html: bytes) -> str:
    main = BeautifulSoup(html, "html.parser").find("main")
    assert main is not None
    return " ".join(main.get_text(" ").split())


def test_a_valid_document_shows_number_parties_and_amount(client: FlaskClient) -> None:
    answer = client.get(f"/v/{CODE}", headers=CHINESE)
    assert answer.status_code == 200
    text = words(answer.data)
    for wanted in ("有效", "JS-2026-000057", MAKER.name, DEALER.name, "结转下季", "CNY 14,097.51"):
        assert wanted in text, wanted
    for hidden in (DEALER.contact, DEALER.tax_number, "1588", "2,065.00", "2026-10-08", "sha"):
        assert hidden not in text.lower(), hidden


def test_it_speaks_english_too(client: FlaskClient) -> None:
    text = words(client.get(f"/v/{CODE}", headers=ENGLISH).data)
    assert "Valid" in text
    assert "Carried to the next quarter" in text


def test_a_superseded_document_says_so(client: FlaskClient, sqlite_world: World) -> None:
    with sqlite_world.acting("fei") as actor:
        publish(actor, statement(revision=2).proven("2" * 20, "https://x"), b"%PDF 2")
    answer = client.get(f"/v/{CODE}", headers=ENGLISH)
    assert answer.status_code == 200
    assert "Superseded" in words(answer.data)
    assert "Valid" in words(client.get(f"/v/{'2' * 20}", headers=ENGLISH).data)


@pytest.mark.parametrize("code", ["7F3A91C2D0B64KXQ8M2V", "x", "%2e%2e", "码", "0" * 3000])
def test_an_unknown_code_is_a_404_of_the_same_shape(client: FlaskClient, code: str) -> None:
    known = BeautifulSoup(client.get(f"/v/{CODE}", headers=ENGLISH).data, "html.parser")
    answer = client.get(f"/v/{code}", headers=ENGLISH)
    assert answer.status_code == 404
    page = BeautifulSoup(answer.data, "html.parser")
    assert page.h1 is not None
    assert known.h1 is not None
    assert page.h1.get_text() == known.h1.get_text() == "Verify a document"
    assert "This code is not known" in words(answer.data)


def test_the_page_is_not_for_search_engines_nor_caches(client: FlaskClient) -> None:
    headers = client.get(f"/v/{CODE}").headers
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["Cache-Control"] == "no-store"


def test_guessing_is_slowed_down_and_looking_up_what_exists_is_not(client: FlaskClient) -> None:
    for _ in range(views.MISSES):
        assert client.get("/v/unknown").status_code == 404
    assert client.get("/v/unknown").status_code == 429
    assert client.get(f"/v/{CODE}").status_code == 200


def test_a_typed_code_leads_to_its_page(client: FlaskClient) -> None:
    assert b"<form" in client.get("/v").data
    answer = client.get("/v", query_string={"code": " 7f3a-91c2-d0b6-4kxq-8m2t "})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/v/{CODE}")
    assert client.get("/v", query_string={"code": "nonsense"}).headers["Location"] == "/v/unknown"


def test_a_stored_file_is_sent_as_an_attachment_that_nothing_runs(sqlite_world: World) -> None:
    with sqlite_world.acting("fei") as actor:
        number = store(actor, sqlite_world.dealers["D01"], b"%PDF 1")
        document = queries.get(number)
        with sqlite_world.app.test_request_context():
            answer = send(document)
            assert answer.get_data() == b"%PDF 1"
        assert answer.headers["Content-Disposition"] == "attachment; filename=JS-2026-000057-1.pdf"
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.get_etag() == (document.sha256, False)
        with sqlite_world.app.test_request_context(headers={"If-None-Match": f'"{document.sha256}"'}):
            assert send(document).status_code == 304
