"""A document fetches nothing: whatever its data or markup asks for, no request leaves, no file gets in."""

import dataclasses
import http.server
import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader

from portal.documents.render import engine, picture_name, render
from tests.documents import pdfs
from tests.documents.sheets import DEALER, STATEMENT, proven, statement


@pytest.fixture
def requests() -> Iterator[list[str]]:
    """The paths that a server on the loopback was asked for; the first entry is its address."""
    asked: list[str] = []

    class Recorder(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Says nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    asked.append(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield asked
    server.shutdown()
    server.server_close()


PAYLOADS = [
    "<img src='{server}/img'>",
    "<link rel=stylesheet href='{server}/css'>",
    "<style>@import url({server}/imp);body{{background:url({server}/bg)}}</style>",
    "<link rel=attachment href='file://{secret}'>",
    "<a rel=attachment href='file://{secret}'>x</a>",
    "<link rel=attachment href='{server}/att'>",
    "<object data='{server}/obj'></object>",
    "<embed src='{server}/emb'>",
    "<svg xmlns='http://www.w3.org/2000/svg'><image href='{server}/svg'/></svg>",
    "<svg xmlns='http://www.w3.org/2000/svg'><image href='file://{secret}'/></svg>",
    "<svg xmlns='http://www.w3.org/2000/svg'><use href='{server}/use#a'/></svg>",
    "<style>@font-face{{font-family:x;src:url({server}/font)}} *{{font-family:x}}</style>",
    "<style>@font-face{{font-family:x;src:url(portal-font:PortalSans-Regular.ttf)}}</style>",
    "<img src='file://{secret}'>",
    "<base href='{server}/'><img src=rel>",
    "<p style='content:url({server}/c);list-style-image:url({server}/ls)'>y</p>",
    "<img src='gopher://127.0.0.1/'>",
    "<img src='ftp://127.0.0.1/x'>",
    "<img src='data:image/svg+xml,<svg xmlns=%22{svg}%22><image href=%22{server}/d%22/></svg>'>",
    "<img srcset='{server}/set 1x'>",
    "<iframe src='{server}/frame'></iframe>",
    "<style>@page{{background:url({server}/page)}} @import 'file://{secret}';</style>",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_markup_fetches_nothing_and_attaches_nothing(
    payload: str, requests: list[str], tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOPSECRET")
    markup = payload.format(server=requests[0], secret=secret, svg="http://www.w3.org/2000/svg")
    printer = engine()
    page = f"<html lang=en><title>t</title><body>{markup}<p>end</p>"
    pdf = printer._write(page, proven(statement()), printer._own, ())
    assert requests[1:] == []
    assert list(pdfs.attachments(pdf)) == ["JS-2026-000057.json"]
    assert b"TOPSECRET" not in pdf
    assert "TOPSECRET" not in "".join(pdfs.pages(pdf))


def picture(kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (120, 40), "#17232b").save(out, kind)
    return out.getvalue()


def test_only_the_views_own_pictures_are_shown_and_always_the_same_bytes() -> None:
    printer, own, other = engine(), picture(), picture("JPEG")
    view = proven(statement())

    def printed(*names: str) -> bytes:
        shown = "".join(f"<img alt=x src='portal-picture:{name}'>" for name in names)
        return printer._write(f"<html lang=en><title>t</title><body>{shown}", view, printer._own, (), [own])

    def images(pdf: bytes) -> int:
        return sum(len(page.images) for page in PdfReader(io.BytesIO(pdf)).pages)

    assert images(printed(picture_name(own))) == 1
    assert images(printed(picture_name(other), "1", "../x")) == 0
    assert printed(picture_name(own)) == printed(picture_name(own))
    for refused in (b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b""):
        with pytest.raises(ValueError, match="JPEG and PNG"):
            render(STATEMENT, view, pictures=[refused])


def test_hostile_data_is_printed_as_it_is_typed(requests: list[str], tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOPSECRET")
    for payload in PAYLOADS[:6]:
        typed = payload.format(server=requests[0], secret=secret, svg="http://www.w3.org/2000/svg")
        view = proven(statement(dealer=dataclasses.replace(DEALER, contact=typed)))
        pdf = render(STATEMENT, view)
        front = "".join(pdfs.pages(pdf)[0].split())
        assert "".join(typed.split())[:20] in front
        assert list(pdfs.attachments(pdf)) == ["JS-2026-000057.json"]
    assert requests[1:] == []
