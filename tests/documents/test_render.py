"""The statement as PDF: what it says, how it is made, what it must never do."""

import dataclasses
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest

from portal.documents import render as printing
from portal.documents.render import Attached, PrintingUnavailable, engine, money, render, render_key
from portal.documents.rules import canonical_json, data_sha256, detail_widths
from tests.documents import pdfs
from tests.documents.sheets import DEALER, MAKER, STATEMENT, adjustments, draws, proven, statement

ROOT = Path(__file__).parents[2]


def printed(**changes: object) -> bytes:
    return render(STATEMENT, proven(statement(**changes)))  # type: ignore[arg-type]


def test_the_first_page_says_who_what_and_how_much() -> None:
    pdf = printed()
    front = pdfs.pages(pdf)[0]
    for text in (
        "专项维修费用结算对账单",
        "Repair Fund Settlement Statement",
        "2026 年第三季度",
        "JS-2026-000057",
        MAKER.name,
        DEALER.name,
        "1588 **** **** 0302",
        "2.500% × 596,500.55",
        "14,912.51",
        "−2,065.00",
        "14,097.51",
        "人民币壹万肆仟零玖拾柒元伍角壹分",
        "何静",
        "第一联",
        "7F3A-91C2-D0B6-4KXQ-8M2T",
        data_sha256(statement()),
    ):
        assert text in front, text


def test_another_program_reads_the_same_text() -> None:
    text = pdfs.other_text(printed())
    for wanted in (
        "人民币壹万肆仟零玖拾柒元伍角壹分",
        "14,912.51",
        "第 1 页 共 2 页",
        "Page 2 of 2",
        "柱塞泵修理包",
    ):
        assert wanted in text, wanted


@pytest.mark.parametrize("lines", [0, 3, 10])
def test_the_signatures_are_on_the_page_with_the_result(lines: int) -> None:
    front, *rest = pdfs.pages(printed(adjusted=adjustments(lines)))
    assert "批准" in front
    assert "结算专用章" in front
    assert ("TZ-2026-000001" in front) == (0 < lines <= 3)
    assert ("TZ-2026-000010" in "".join(rest)) == (lines == 10)


def test_long_names_and_a_revision_leave_the_signatures_on_the_first_page() -> None:
    maker = dataclasses.replace(
        MAKER, name="很长的公司名称" * 3 + "有限公司", address="很长的地址" * 9, bank="示例银行" * 8
    )
    dealer = dataclasses.replace(DEALER, name="某某贸易" * 7, address="No. 1 Some Very Long Road, " * 4)
    view = statement(adjusted=adjustments(3), drawn=draws(150), revision=2, maker=maker, dealer=dealer)
    assert "批准" in pdfs.pages(render(STATEMENT, proven(view)))[0]


def test_every_line_is_printed_with_its_document_and_each_month_has_its_subtotal() -> None:
    lines = draws(200)
    rest = "\n".join(pdfs.pages(printed(drawn=lines))[1:])
    assert all(line.document in rest for line in lines)
    assert "7 月小计（67 笔）" in rest
    assert "11,451.50" in rest
    assert "合计（200 笔）" in rest
    assert "34,374.50" in rest


def test_each_page_counts_the_pages_and_names_the_document() -> None:
    pages = pdfs.pages(printed(drawn=draws(200)))
    assert len(pages) == 5
    for number, text in enumerate(pages, 1):
        assert f"第 {number} 页 共 5 页" in text
        assert "JS-2026-000057" in text
        assert MAKER.name in text


def test_a_revision_says_what_it_changed_and_why() -> None:
    front = pdfs.pages(printed(adjusted=adjustments(2), revision=2))[0]
    assert "第 2 版更正" in front
    assert "补记第二季度漏计回款" in front
    assert "0.00 → −16.00" in front


def test_a_trial_print_says_so_on_every_page_and_has_no_code() -> None:
    view = statement()
    pdf = render(STATEMENT, view)
    assert all("试算稿，未签发" in text for text in pdfs.pages(pdf))
    assert not any("SHA-256" in text or "扫码核验" in text for text in pdfs.pages(pdf))
    assert "试算稿" not in "".join(pdfs.pages(printed()))


def test_only_our_faces_are_embedded_and_every_glyph_is_real() -> None:
    pdf = printed(drawn=draws(60), adjusted=adjustments(10))
    assert pdfs.faces(pdf) == {"Portal-Sans", "Portal-Sans-Bold"}
    assert 0 not in pdfs.glyphs(pdf)


def test_a_rare_character_is_drawn_and_a_missing_one_becomes_a_geta_mark() -> None:
    dealer = dataclasses.replace(DEALER, contact="李喆堃 𠮷😀", name="臺灣灣仔經銷商")
    pdf = render(STATEMENT, proven(statement(dealer=dealer)))
    front = pdfs.pages(pdf)[0]
    assert "李喆堃 𠮷〓" in front
    assert "臺灣灣仔經銷商" in front
    assert {face.rpartition("-")[0] or face for face in pdfs.faces(pdf)} >= {"Portal-Sans-Rare"} or any(
        "Rare" in face for face in pdfs.faces(pdf)
    )
    assert all(face.startswith("Portal-Sans") for face in pdfs.faces(pdf))
    assert 0 not in pdfs.glyphs(pdf)
    assert "😀" in json.loads(pdfs.attachments(pdf)["JS-2026-000057.json"])["dealer"]["contact"]


def test_control_and_direction_characters_are_not_printed() -> None:
    dealer = dataclasses.replace(DEALER, contact="a\u202eb\u0007c\u200bd")
    assert "abcd" in pdfs.pages(render(STATEMENT, proven(statement(dealer=dealer))))[0]


def test_the_data_is_attached_and_its_hash_is_the_printed_one() -> None:
    view = proven(statement(adjusted=adjustments(3)))
    pdf = render(STATEMENT, view, attachments=[Attached("lines.csv", b"a,b\n", "lines")])
    files = pdfs.attachments(pdf)
    assert files == {"JS-2026-000057.json": canonical_json(view), "lines.csv": b"a,b\n"}
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert len(opened.Root.AF) == 2, "each attachment is listed once"
        for reference in opened.Root.AF:
            assert reference.AFRelationship == "/Data"
            assert str(reference.EF.F.Params.CreationDate).startswith("D:20261008")


def test_the_file_is_tagged_pdf_a() -> None:
    with pikepdf.open(io.BytesIO(printed(drawn=draws(120)))) as opened:
        root = opened.Root
        assert root.Lang == "zh-Hans"
        assert root.MarkInfo.Marked
        assert root.OutputIntents[0].S == "/GTS_PDFA1"
        metadata = root.Metadata.read_bytes()
        assert b'pdfaid:part="3"' in metadata
        assert b'pdfaid:conformance="A"' in metadata
        assert opened.trailer.ID is not None
        nums = root.StructTreeRoot.ParentTree.Nums
        for index, page in enumerate(opened.pages):
            marked = {
                int(operands[1].MCID)
                for operands, operator in pikepdf.parse_content_stream(page)
                if str(operator) == "BDC" and "/MCID" in operands[1]
            }
            assert int(nums[2 * index]) == index == int(page.StructParents)
            assert marked == set(range(len(nums[2 * index + 1]))), (
                "every marked piece of text has its place in the tree"
            )


def test_the_same_data_gives_the_same_bytes_whatever_was_printed_before() -> None:
    first = printed(adjusted=adjustments(3))
    render(STATEMENT, proven(statement(drawn=draws(90), dealer=dataclasses.replace(DEALER, contact="喆"))))
    assert printed(adjusted=adjustments(3)) == first


def test_another_process_with_another_hash_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys\n"
        "from portal.documents.render import render, render_key\n"
        "from tests.documents.sheets import draws, proven, statement\n"
        "view = proven(statement(drawn=draws(30)))\n"
        "pathlib.Path(sys.argv[1]).write_bytes(render('documents/statement.html', view))\n"
        "print(render_key('documents/statement.html', view))\n"
    )
    target = tmp_path / "other.pdf"
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "TZ": "America/New_York"}
    done = subprocess.run(
        [sys.executable, "-c", program, str(target)],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    view = proven(statement(drawn=draws(30)))
    assert target.read_bytes() == render(STATEMENT, view)
    assert done.stdout.strip() == render_key(STATEMENT, view)


def test_the_key_names_data_proof_and_template() -> None:
    view = proven(statement())
    keys = {
        render_key(STATEMENT, view),
        render_key(STATEMENT, statement()),
        render_key(STATEMENT, proven(statement(opening="1250.01"))),
        render_key(STATEMENT, view.proven("0" * 20, "https://portal.example.com")),
        render_key("other", view),
    }
    assert len(keys) == 5
    assert render_key(STATEMENT, proven(statement())) == render_key(STATEMENT, view)


def test_money_has_groups_a_true_minus_and_a_dash_for_none() -> None:
    view = statement()
    assert money(view.figures.granted) == "14,912.51"
    assert money(-view.figures.granted) == "−14,912.51"
    assert money(None) == "—"


def test_a_machine_without_the_subsetter_refuses_to_print(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weasyprint.text.ffi.harfbuzz_subset", None)
    with pytest.raises(PrintingUnavailable, match="libharfbuzz-subset0"):
        printing.Engine()


def test_a_machine_without_the_faces_refuses_to_print(tmp_path: Path) -> None:
    with pytest.raises(PrintingUnavailable, match="run the set-up"):
        printing.Engine(tmp_path)


def test_the_engine_is_made_once_a_process() -> None:
    assert engine() is engine()


def test_every_column_width_that_a_template_asks_for_is_in_the_stylesheet() -> None:
    known = {int(width) for width in re.findall(r"\.w(\d+) \{", printing.STYLESHEET.read_text("utf-8"))}
    asked = {
        width
        for counted in (True, False)
        for earlier in (True, False)
        for width in detail_widths(counted, earlier)
    }
    for template in (printing.TEMPLATES / "documents").glob("*.html"):
        for widths in re.findall(r"parts\.columns\(\[([^\]]*)\]\)", template.read_text("utf-8")):
            asked |= {int(width) for width in widths.split(",")}
    assert asked <= known
