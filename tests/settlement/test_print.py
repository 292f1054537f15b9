"""The printed statement from the issued data to the reader's hand (ST-3, ST-6, ST-8)."""

import hashlib
import json
import re
from collections.abc import Iterator

import pytest

from portal.documents import queries as documents
from portal.kernel.money import parse_money
from portal.settlement import commands, queries
from tests import databases
from tests.browser import Browser
from tests.documents import pdfs
from tests.people import World, make_world
from tests.settlement import story
from tests.settlement.story import day, first_quarter, issue, settle, start, work


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """2026Q1 of all dealers, issued and printed; D01 has an express charge as well."""
    directory = tmp_path_factory.mktemp("printed")
    app = databases.make_app(databases.sqlite_copy(directory / "portal.sqlite3"), directory)
    world = make_world(app)
    first_quarter(world)
    story.draw(world, {"P-CTRL": 4}, on="03-12", express="36.00")
    settle(world, on="04-03", override=("D02", "D03"))
    work(world, on="04-03")
    yield world
    databases.dispose(app)


def pdf_of(world: World, number: str, revision: int = 1) -> bytes:
    with world.acting("lin"):
        return documents.find("statement", number, revision).content


def flat(pdf: bytes) -> str:
    """The text of all pages without blanks: where lines break is the printer's business."""
    return re.sub(r"\s", "", "".join(pdfs.pages(pdf)))


def test_the_statement_says_what_was_issued(printed: World) -> None:
    text = flat(pdf_of(printed, "JS-2026-000001"))
    for words in (
        "专项维修费用结算对账单",
        "JS-2026-000001",
        "示例车业有限公司",
        "甲经销商",
        "2026年第一季度",
        "2.5%×80,000.00",
        "15.00×1",
        "2,015.00",
        "BL-2026-000001",
        "P-MOTOR",
        "1,080.00",
        "加急运费ExpresssurchargeFH-2026-000002",
        "36.00",
        "581.00",
        "人民币叁拾陆元整",
        "2026-04-13",
        "XY-2026-000001",
        "Fei",
    ):
        assert words in text, words


def test_only_our_faces_are_in_it_and_every_glyph_is_real(printed: World) -> None:
    pdf = pdf_of(printed, "JS-2026-000001")
    assert all(name.startswith("Portal") for name in pdfs.faces(pdf))
    assert 0 not in pdfs.glyphs(pdf)


def test_the_data_inside_has_the_hash_that_the_portal_keeps(printed: World) -> None:
    (attached,) = pdfs.attachments(pdf_of(printed, "JS-2026-000001")).values()
    with printed.acting("dana"):
        revision = queries.revision(queries.get("JS-2026-000001").id, 1)
        assert hashlib.sha256(attached).hexdigest() == revision.data_hash
        data = json.loads(attached)
        assert data == revision.data
        assert parse_money(data["figures"]["result"]) == parse_money("581.00")


def test_the_print_file_joins_all_statements_in_dealer_order(printed: World) -> None:
    with printed.acting("fei"):
        (file,) = documents.print_files("JR-2026-000001")
        pages = pdfs.pages(file.content)
    numbers = [found[0] for page in pages if (found := re.findall(r"JS-2026-\d{6}", page))]
    assert numbers == sorted(numbers)
    assert set(numbers) == {"JS-2026-000001", "JS-2026-000002", "JS-2026-000003"}
    assert len(pages) == sum(len(pdfs.pages(pdf_of(printed, number))) for number in sorted(set(numbers)))


def test_a_revision_says_what_changed_and_supersedes_the_one_before(printed: World) -> None:
    with printed.acting("rival", tenant="MF", on=day("04-04")) as rival:
        commands.dispute(rival, "JS-2026-000002", reason="回款少计")
    story.adjust(printed, "12.34", dealer="D02", on="04-05")
    number = start(printed, on="04-05", overrides={"D02": "电话核实"})
    issue(printed, number, on="04-05")
    work(printed, on="04-05")
    text = flat(pdf_of(printed, "JS-2026-000002", 2))
    for words in ("回款少计", "250.00", "262.34", "TZ-2026-000001", "补记"):
        assert words in text, words
    assert "电话核实" not in text
    with printed.acting("lin"):
        codes = [queries.revision(queries.get("JS-2026-000002").id, n).code for n in (1, 2)]
    reader = Browser(printed.app)
    assert "已被" in reader.get(f"/v/{codes[0]}").text
    current = reader.get(f"/v/{codes[1]}").text
    assert "JS-2026-000002" in current
    assert "262.34" in current
    assert "已被" not in current


def test_printing_again_changes_no_byte(printed: World) -> None:
    before = pdf_of(printed, "JS-2026-000001")
    number = start(printed, on="04-06")
    issue(printed, number, on="04-06")
    work(printed, on="04-06")
    assert pdf_of(printed, "JS-2026-000001") == before
