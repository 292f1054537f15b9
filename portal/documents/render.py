"""Printing: a template and a frozen view become PDF bytes, the same bytes each time.

One engine a process: one font configuration and one parsed stylesheet, since building them costs more than
a document. Nothing is ever fetched but the own faces, and the pictures that the caller hands over with the view:
a template names them by the SHA-256 of their bytes, which the view holds, `portal-picture:<hash>`. Every PDF is
tagged PDF/A-3 with its data attached (ST-8), and carries the date of its issue instead of the clock's.
"""

import contextlib
import datetime as dt
import gc
import hashlib
import io
import threading
import warnings
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import segno
from markupsafe import Markup

from portal.documents import rules
from portal.documents.glyphs import coverage, lacking, printable

if TYPE_CHECKING:
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
STYLESHEET = ROOT / "static" / "document.css"
FONTS = ROOT / "static" / "fonts"
VARIANT = "pdf/a-3a"
#: The faces of every document, and those with the rare characters of names, by weight.
OWN = {400: "PortalSans-Regular.ttf", 700: "PortalSans-Bold.ttf"}
RARE = {400: "PortalSansRare-Regular.ttf", 700: "PortalSansRare-Bold.ttf"}
#: How the files begin that may be shown: raster pictures, which ask for nothing themselves.
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
#: Documents between two collections of garbage; the collector rests while one is printed.
_COLLECT_EVERY = 20


class ForbiddenFetch(ValueError):
    """A document asked for something from outside."""


class PrintingUnavailable(RuntimeError):
    """This machine can't print: a library or a face is missing. The message says what to install."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file inside the PDF, besides the data that is always there."""

    name: str
    content: bytes
    description: str


@dataclass(frozen=True, slots=True)
class Typeface:
    """A stylesheet that is parsed with its faces, and what these can draw."""

    sheet: "CSS"
    fonts: "FontConfiguration"
    drawn: frozenset[int]


class Engine:
    """Prints documents one at a time; kept for the life of the process, see `engine`."""

    def __init__(self, fonts: Path = FONTS) -> None:
        _require(fonts)
        self._fonts = fonts
        self._lock = threading.Lock()
        self._printed = 0
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(money=money, qr=qr, rules=rules)
        self._fingerprint = self._make_fingerprint()

    def render(
        self,
        template: str,
        view: rules.DocumentView,
        attachments: Sequence[Attached] = (),
        pictures: Sequence[bytes] = (),
    ) -> bytes:
        """The PDF of `view` by `template`, such as `documents/statement.html`."""
        html = self._environment.get_template(template).render(view=view)
        with self._lock, _undisturbed():
            typeface = self._with_rare if lacking(html, self._own.drawn) else self._own
            pdf = self._write(printable(html, typeface.drawn), view, typeface, attachments, pictures)
            self._printed += 1
            if self._printed % _COLLECT_EVERY == 0:
                gc.collect()
        return pdf

    def key(self, template: str, view: rules.DocumentView) -> str:
        """Names a rendering: a hash of data, proof, template, stylesheet, faces and engine."""
        proof = f"{view.proof.code} {view.proof.url}" if view.proof else "trial"
        parts = (self._fingerprint, template, rules.data_sha256(view), proof)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _write(
        self,
        html: str,
        view: rules.DocumentView,
        typeface: Typeface,
        attachments: Sequence[Attached],
        pictures: Sequence[bytes] = (),
    ) -> bytes:
        from weasyprint import HTML, Attachment

        issued = dt.datetime.combine(dt.date.fromisoformat(view.issued_on), dt.time(), dt.UTC)
        data = Attached(f"{view.number}.json", rules.canonical_json(view), "data of this document")
        files = [
            Attachment(
                string=file.content,
                name=file.name,
                description=file.description,
                relationship="Data",
                created=issued,
                modified=issued,
            )
            for file in (data, *attachments)
        ]
        out = io.BytesIO()
        HTML(string=html, url_fetcher=_fetcher(_addressed(pictures))).write_pdf(
            out,
            font_config=typeface.fonts,
            stylesheets=[typeface.sheet],
            attachments=files,
            pdf_variant=VARIANT,
            finisher=_list_attachments_once,
        )
        return out.getvalue()

    @cached_property
    def _own(self) -> Typeface:
        return self._typeface({"Portal Sans": OWN})

    @cached_property
    def _with_rare(self) -> Typeface:
        return self._typeface({"Portal Sans": OWN, "Portal Sans Rare": RARE})

    def _typeface(self, families: Mapping[str, Mapping[int, str]]) -> Typeface:
        from weasyprint import CSS
        from weasyprint.text.fonts import FontConfiguration

        files, css = {}, ""
        for family, faces in families.items():
            for weight, name in faces.items():
                address = f"portal-font:{name}"
                files[address] = (self._fonts / name).read_bytes()
                css += f'@font-face{{font-family:"{family}";font-weight:{weight};src:url("{address}")}}\n'
        fonts = FontConfiguration()
        sheet = CSS(
            string=css + STYLESHEET.read_text("utf-8"), font_config=fonts, url_fetcher=_fetcher(files)
        )
        drawn = [coverage(self._fonts / faces[400]) for faces in families.values()]
        return Typeface(sheet, fonts, frozenset().union(*drawn))

    def _make_fingerprint(self) -> str:
        import pydyf
        import weasyprint
        from weasyprint.text.ffi import pango

        digest = hashlib.sha256()
        own_code = sorted(Path(__file__).parent.rglob("*.py"))
        for path in (*sorted((TEMPLATES / "documents").glob("*.html")), STYLESHEET, *own_code):
            digest.update(path.read_bytes())
        for name in (*OWN.values(), *RARE.values()):
            digest.update((self._fonts / name).read_bytes())
        versions = (
            weasyprint.__version__,
            pydyf.__version__,
            segno.__version__,
            zlib.ZLIB_RUNTIME_VERSION,
            VARIANT,
        )
        digest.update(repr((versions, pango.pango_version())).encode())
        return digest.hexdigest()


@cache
def engine() -> Engine:
    """This process's engine. Raises PrintingUnavailable."""
    # WeasyPrint keeps the faces in a temporary folder, which goes only if the engine goes before the modules do.
    # Unlike atexit this also runs at the end of a worker process.
    Finalize(None, engine.cache_clear, exitpriority=0)
    return Engine()


def render(
    template: str,
    view: rules.DocumentView,
    *,
    attachments: Sequence[Attached] = (),
    pictures: Sequence[bytes] = (),
) -> bytes:
    """Print `view` with a template such as `documents/statement.html`: PDF/A-3 with the data attached.

    `pictures`: JPEG or PNG files that the template shows, each by its hash in the view. ValueError for other files.
    """
    return engine().render(template, view, attachments, pictures)


def render_key(template: str, view: rules.DocumentView) -> str:
    """The name of the rendering that `render` would make; equal keys mean equal bytes."""
    return engine().key(template, view)


def money(amount: Decimal | None) -> str:
    """`1,234.50`, `−12.00` with a real minus sign, `—` where there is no amount."""
    return "—" if amount is None else f"{amount:,.2f}".replace("-", "−")


def qr(text: str, label: str) -> Markup:
    """The QR code of `text` as an inline drawing, with `label` for those who can't see it."""
    out = io.BytesIO()
    code = segno.make_qr(text, error="m")
    code.save(out, kind="svg", border=0, xmldecl=False, svgns=True, omitsize=True, title=label)
    return Markup(out.getvalue().decode("utf-8"))  # noqa: S704 - drawn by segno from a checked address


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def picture_name(content: bytes) -> str:
    """What a view calls a picture, and a template asks for: the hexadecimal SHA-256 of its bytes."""
    return hashlib.sha256(content).hexdigest()


def _addressed(pictures: Sequence[bytes]) -> dict[str, bytes]:
    for content in pictures:
        if not content.startswith(_PICTURES):
            raise ValueError("a document shows JPEG and PNG pictures only")
    return {f"portal-picture:{picture_name(content)}": content for content in pictures}


def _fetcher(files: dict[str, bytes]) -> Any:
    """A fetcher that gives exactly `files` by their addresses and refuses everything else, by any scheme."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Closed(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: object = None) -> Any:
            if url not in files:
                raise ForbiddenFetch(f"a document may not fetch {url[:80]}")
            return URLFetcherResponse(url, files[url])

    return Closed()


def _list_attachments_once(_document: object, pdf: Any) -> None:
    """WeasyPrint 70 lists each attachment twice in the catalogue's /AF; validators call that an error."""
    references = pdf.catalog.get("AF", [])
    references[:] = list(dict.fromkeys(references))


def _require(fonts: Path) -> None:
    for name in (*OWN.values(), *RARE.values()):
        if not (fonts / name).is_file():
            raise PrintingUnavailable(f"The document face {name} is missing; run the set-up again.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            from weasyprint.text import ffi
    except OSError as error:
        raise PrintingUnavailable(
            "Pango is missing: install libpango-1.0-0 and libpangoft2-1.0-0."
        ) from error
    if ffi.harfbuzz_subset is None:
        # Without it each document takes twenty times as long, and only a log line says so.
        raise PrintingUnavailable("HarfBuzz' subsetter is missing: install libharfbuzz-subset0.")
