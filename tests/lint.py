"""What every page must be: well-formed, labelled, translated, its links and forms leading somewhere."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import html5lib
from bs4 import BeautifulSoup, NavigableString, Tag
from flask import Flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import RequestRedirect

from portal.kernel import i18n

#: Names of elements that html5lib, being older, takes for strangers where they may stand.
_TOLERATED = {"unknown-element"}
_MEMBER = re.compile(r"\b[A-Z][A-Za-z]+\.[A-Z][A-Z_]{2,}\b")
_TAG = re.compile(r"\b[a-z_]+:[a-z_]+:[a-z_]+\b")
_PLACEHOLDER = re.compile(r"%\([a-z_]+\)|(?<!\{)\{[a-z_]+\}")
_KEYED = re.compile(r"[A-Z][A-Za-z]+\.[A-Z][A-Z_0-9]*|[a-z_]+:[a-z_]+:[a-z_]+")
_UNTYPED = ("hidden", "submit", "button", "image", "reset")
_SILENT = ("script", "style", "template", "pre", "code", "textarea")


class Lint:
    """The faults of one answer of the portal; `page` is `html`, parsed."""

    def __init__(self, app: Flask, url: str, html: str, page: BeautifulSoup, *, fragment: bool) -> None:
        self.app, self.url, self.html, self.fragment = app, url, html, fragment
        self.page = page
        #: Every element, found by one walk; selectors walk the page each time.
        self.every = [found for found in page.descendants if isinstance(found, Tag)]
        spare = {
            id(inside) for found in self.every if found.name == "template" for inside in found.descendants
        }
        #: Those that are on the page: scripts take copies of what a template has.
        self.elements = [found for found in self.every if id(found) not in spare]
        self.ids = Counter(str(element["id"]) for element in self.elements if "id" in element.attrs)

    def problems(self) -> list[str]:
        """Sentences, empty for a page in order."""
        return [
            *self._syntax(),
            *([] if self.fragment else self._frame()),
            *self._ids(),
            *self._policy(),
            *self._forms(),
            *self._labels(),
            *self._links(),
            *self._htmx(),
            *self._words(),
        ]

    def _named(self, *names: str) -> list[Tag]:
        return [element for element in self.elements if element.name in names]

    def _with(self, attribute: str, *names: str) -> list[Tag]:
        """Elements that have an attribute; with `names` only those."""
        return [
            element
            for element in self.elements
            if attribute in element.attrs and (not names or element.name in names)
        ]

    def _syntax(self) -> Iterator[str]:
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        if self.fragment:
            parser.parseFragment(self.html, container="div")
        else:
            parser.parse(self.html)
        for position, code, data in parser.errors:
            if code not in _TOLERATED:
                yield f"HTML, line {position[0]}: {html5lib.constants.E[code] % data}"

    def _frame(self) -> Iterator[str]:
        headings = self._named("h1")
        if len(headings) != 1:
            yield f"{len(headings)} h1 instead of one"
        elif not headings[0].get_text(strip=True):
            yield "an empty h1"
        title = self.page.title
        if title is None or not title.get_text().partition("·")[0].strip():
            yield "no title"
        if not self._with("lang", "html"):
            yield "html has no lang"
        if len(self._named("main")) != 1:
            yield "not exactly one main"

    def _ids(self) -> Iterator[str]:
        yield from (f"the id {name!r} stands {count} times" for name, count in self.ids.items() if count > 1)
        for name in ("aria-describedby", "aria-labelledby", "aria-controls"):
            for element in self._with(name):
                for id_ in str(element[name]).split():
                    if id_ not in self.ids and not self.fragment:
                        yield f"{name} names {id_!r}, which isn't there"

    def _policy(self) -> Iterator[str]:
        for element in self.every:
            if "style" in element.attrs:
                yield f"a style attribute on {element.name}: the content policy drops it"
            if any(name.startswith("on") for name in element.attrs):
                yield f"an inline handler on {element.name}"
        if self._named("style") or any(not script.get("src") for script in self._named("script")):
            yield "an inline style or script"
        for image in self._named("img"):
            if "alt" not in image.attrs:
                yield f"an image without alt: {image.get('src')}"

    def _forms(self) -> Iterator[str]:
        for form in self._named("form"):
            name = form.get("id") or form.get("action")
            if not form.get("method") or not form.get("action"):
                yield f"the form {name!r} needs method and action"
                continue
            method = str(form["method"]).upper()
            yield from self._leads(str(form["action"]), method)
            token = form.find("input", attrs={"name": "csrf_token"})
            if method == "POST" and (not isinstance(token, Tag) or not token.get("value")):
                yield f"the form {name!r} has no token"
        for button in self._with("formaction"):
            yield from self._leads(str(button["formaction"]), "POST")
        for button in self._named("button"):
            if "type" not in button.attrs:
                yield f"a button without type: {button.get_text(strip=True)!r}"

    def _labels(self) -> Iterator[str]:
        labelled = {str(label["for"]) for label in self._with("for", "label")}
        for control in self._named("input", "select", "textarea"):
            if control.get("type") in _UNTYPED or control.get("aria-label") or control.get("aria-labelledby"):
                continue
            if control.get("id") not in labelled and control.find_parent("label") is None:
                yield f"no label for {control.name} {control.get('name') or control.get('id')!r}"
        for element in (*self._with("href", "a"), *self._named("button")):
            words = element.get_text(strip=True) or element.get("aria-label") or element.get("title")
            if not words and not any(image.get("alt") for image in element.find_all("img")):
                yield f"a {element.name} without a name: {str(element)[:120]}"

    def _links(self) -> Iterator[str]:
        for link in (*self._with("href", "a", "link"), *self._with("src", "script", "img")):
            target = str(link.get("href") or link.get("src"))
            if target.startswith("#"):
                if not self.fragment and target[1:] not in self.ids:
                    yield f"the link {target} leads to nothing on the page"
            # The languages of a page lead to itself, also where there is nothing.
            elif not target.startswith("?"):
                yield from self._leads(target, "GET")

    def _htmx(self) -> Iterator[str]:
        for verb in ("get", "post"):
            for element in self._with(f"hx-{verb}"):
                yield from self._leads(str(element[f"hx-{verb}"]), verb.upper())
                usable = (
                    element.name == "form" or element.get("href") or element.find_parent("form") is not None
                )
                if not usable and not element.get("hx-trigger"):
                    yield f"a {element.name} with htmx that does nothing without script"
        for element in self._with("hx-target"):
            target = str(element["hx-target"])
            if target.startswith("#") and not self.fragment and self.page.select_one(target) is None:
                yield f"hx-target {target} is not on the page"

    def _words(self) -> Iterator[str]:
        text = " ".join(_spoken(self.page))
        for pattern in (_MEMBER, _TAG, _PLACEHOLDER):
            yield from (f"an untranslated key: {found!r}" for found in sorted(set(pattern.findall(text))))

    def _leads(self, target: str, method: str) -> Iterator[str]:
        parts = urlsplit(target)
        if parts.scheme in ("data", "blob", "mailto", "tel"):
            return
        if parts.scheme or parts.netloc:
            yield f"a foreign address: {target}"
            return
        path = urlsplit(urljoin(self.url, target)).path
        # Pages of one application lead to the same places again and again.
        known = self.app.extensions.setdefault("lint_leads", {})
        if (path, method) not in known:
            known[path, method] = self._fault(path, method)
        if known[path, method]:
            yield f"{target} {known[path, method]}"

    def _fault(self, path: str, method: str) -> str:
        """Why an address of ours leads nowhere; empty when it leads somewhere."""
        if path.startswith("/static/"):
            file = Path(str(self.app.static_folder)) / path.removeprefix("/static/")
            made_by_set_up = "vendor" in file.parts or "fonts" in file.parts
            return "" if made_by_set_up or file.exists() else "is no file"
        try:
            self.app.url_map.bind("localhost").match(path, method=method)
        except RequestRedirect:
            return "is written without its slash"
        except MethodNotAllowed:
            return f"does not take {method}"
        except HTTPException:
            return "leads nowhere"
        return ""


def _spoken(element: Tag) -> Iterator[str]:
    """The texts of an element that somebody reads, without what stands there for programs or as it was typed."""
    for child in element.children:
        if isinstance(child, Tag):
            if child.name not in _SILENT and "data-raw" not in child.attrs:
                yield from _spoken(child)
        elif type(child) is NavigableString and (text := child.strip()):
            yield text


@contextmanager
def missing_messages() -> Iterator[set[str]]:
    """Keyed messages (labels, facts) that were asked for and have no words; `tests/structure` watches the sentences."""
    missing: set[str] = set()
    find = i18n._find

    def watched(msgid: str) -> str | tuple[str, ...] | None:
        found = find(msgid)
        if found is None and _KEYED.fullmatch(msgid):
            missing.add(msgid)
        return found

    i18n._find = watched
    try:
        yield missing
    finally:
        i18n._find = find
