"""Looking into a PDF: text, faces, glyphs, attachments."""

import io
import re
import shutil
import subprocess

import pikepdf
from pypdf import PdfReader


def pages(pdf: bytes) -> list[str]:
    """The text of each page as a reader selects it."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def other_text(pdf: bytes) -> str:
    """The text that a second program finds: `pdftotext` where it is installed, else pypdf."""
    if shutil.which("pdftotext") is None:
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


def faces(pdf: bytes) -> set[str]:
    """The names of the faces without their subset tag; each must be embedded and tell its characters."""
    found = set()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        for thing in opened.objects:
            if isinstance(thing, pikepdf.Dictionary) and "/DescendantFonts" in thing:
                assert "/ToUnicode" in thing, f"{thing.BaseFont} does not tell its characters"
                for font in thing.DescendantFonts:
                    assert "/FontFile2" in font.FontDescriptor, f"{thing.BaseFont} is not embedded"
            elif isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/Font":
                assert str(thing.Subtype).startswith("/CIDFont"), f"{thing.BaseFont} is not one of ours"
                found.add(re.sub(r"^/([A-Z]{6}\+)?", "", str(thing.BaseFont)))
    return found


def glyphs(pdf: bytes) -> set[int]:
    """Every glyph number that is drawn; 0 is the box for a missing glyph."""
    drawn: set[int] = set()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        for page in opened.pages:
            for operands, operator in pikepdf.parse_content_stream(page):
                if str(operator) in ("Tj", "TJ"):
                    parts = operands[0] if str(operator) == "TJ" else [operands[0]]
                    for part in parts:
                        if isinstance(part, pikepdf.String):
                            code = bytes(part)
                            drawn.update(int.from_bytes(code[i : i + 2]) for i in range(0, len(code), 2))
    return drawn


def attachments(pdf: bytes) -> dict[str, bytes]:
    """The files inside, by name."""
    return {name: content for name, (content, *_) in PdfReader(io.BytesIO(pdf)).attachments.items()}
