"""The signature on the printed receipt: the drawn one under the version that it was put to."""

import io

import pytest
from PIL import Image, ImageDraw
from pypdf import PdfReader

from portal.drafts import commands as drafts
from portal.repairs import commands
from portal.repairs.rules.records import PartUse, SignatureKind
from portal.web.uploads import read_photo
from tests.browser import Browser
from tests.people import World
from tests.repairs.workshop import file, workshop


@pytest.fixture
def shop(sqlite_world: World) -> World:
    return workshop(sqlite_world)


def sign(shop: World, number: str, kind: SignatureKind) -> None:
    drawn = Image.new("RGB", (640, 200), "#ffffff")
    ImageDraw.Draw(drawn).line([(30, 150), (200, 40), (330, 160), (600, 60)], fill="#17232b", width=5)
    out = io.BytesIO()
    drawn.save(out, "PNG")
    photo = read_photo(out.getvalue())
    with shop.acting("dana") as dana:
        kept = drafts.receive_photo(dana, content=photo.content, fingerprint=photo.fingerprint)
    with shop.acting("dana") as dana:
        commands.sign(dana, number, (kind, kept))


def receipt(shop: World, number: str) -> tuple[bytes, int, str]:
    """The file, its pictures, its text without blanks."""
    pdf = Browser(shop.app).sign_in("dana").get(f"repairs/{number}/receipt.pdf").response.data
    (page,) = PdfReader(io.BytesIO(pdf)).pages
    return pdf, len(page.images), "".join(page.extract_text().split())


def test_a_drawn_signature_is_printed_on_both_copies_and_not_under_a_correction(shop: World) -> None:
    number = file(shop)
    assert receipt(shop, number)[1] == 0
    sign(shop, number, SignatureKind.DRAWN)
    pdf, pictures, text = receipt(shop, number)
    assert pictures == 1  # once in the file, shown twice
    assert text.count("第1版屏幕签字2026-05-2010:00") == 2
    assert receipt(shop, number)[0] == pdf
    dana = Browser(shop.app).sign_in("dana").get(f"repairs/{number}/correct")
    dana.submit("correct", go="save", technician="刘建", why="补写维修员")
    _pdf, pictures, text = receipt(shop, number)
    assert pictures == 0
    assert text.count("第1版屏幕签字2026-05-2010:00年月日") == 2


def test_long_texts_and_names_leave_the_signatures_on_their_halves(shop: World) -> None:
    told = "作业时压力上不去，表压零点四兆帕，伴有间歇吐水，更换滤网后仍未改善；" * 5
    number = file(
        shop, symptom_text=told, cause_text=told[:80], action_text=told, parts=(PartUse("P-MOTOR"),)
    )
    pdf = Browser(shop.app).sign_in("dana").get(f"repairs/{number}/receipt.pdf").response.data
    halves, annex = ("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)
    assert halves.count("顾客签字") == 2
    assert halves.count("全文见附页") == 6
    assert annex.count(told) == 2


def test_a_scan_lies_with_the_paper(shop: World) -> None:
    number = file(shop)
    sign(shop, number, SignatureKind.SCAN)
    _pdf, pictures, text = receipt(shop, number)
    assert (pictures, text.count("第1版纸质签字2026-05-2010:00")) == (0, 2)
