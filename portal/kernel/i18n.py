"""Languages: Simplified Chinese, Traditional Chinese and English, all complete.

Each feature owns its catalogues (`<feature>/locale/<language>/LC_MESSAGES/messages.po`); they are read as they are,
so there is nothing to compile. Sentences are written in English; keyed messages (labels of enum members, sentences
of facts) have their key as msgid and are found in the English catalogue too.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

from portal.kernel.text import T

#: Language → where a missing message is looked up next. English is the source.
LANGUAGES = {"zh_Hans": ("zh_Hans",), "zh_Hant": ("zh_Hant", "zh_Hans"), "en": ("en",)}
DEFAULT = "zh_Hans"
PACKAGE = Path(__file__).resolve().parent.parent

_language: ContextVar[str] = ContextVar("portal_language", default=DEFAULT)


def language() -> str:
    """The language of this request, job or print: a key of LANGUAGES."""
    return _language.get()


def set_language(code: str) -> None:
    """Use `code` for the rest of this context; an unknown one means the default."""
    _language.set(code if code in LANGUAGES else DEFAULT)


@contextmanager
def use_language(code: str) -> Iterator[None]:
    """Speak another language for the block: a mail in the receiver's, a document in the contract's."""
    token = _language.set(code if code in LANGUAGES else DEFAULT)
    try:
        yield
    finally:
        _language.reset(token)


def html_lang() -> str:
    """The `lang` attribute; without the right one Han glyphs take the wrong regional form."""
    return language().replace("_", "-")


@cache
def catalogue(code: str) -> dict[str, str | tuple[str, ...]]:
    """All messages of one language, of every feature; an unfinished message counts as missing."""
    messages: dict[str, str | tuple[str, ...]] = {}
    for path in sorted(PACKAGE.glob(f"*/locale/{code}/LC_MESSAGES/messages.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=code):
                if message.id and message.string and not message.fuzzy:
                    key = message.id if isinstance(message.id, str) else message.id[0]
                    text = message.string
                    messages[key] = text if isinstance(text, str) else tuple(text)
    return messages


def _find(msgid: str) -> str | tuple[str, ...] | None:
    for code in LANGUAGES[language()]:
        found = catalogue(code).get(msgid)
        if found and (isinstance(found, str) or all(found)):
            return found
    return None


def gettext(msgid: str, **values: Any) -> str:
    """The sentence in the present language; `%(name)s` is filled from `values`."""
    found = _find(msgid)
    text = found if isinstance(found, str) else found[0] if found else msgid
    return text % values if values else text


def ngettext(singular: str, plural: str, n: int, **values: Any) -> str:
    """The sentence that fits the number `n`, which `%(num)s` prints. Chinese has one form."""
    found = _find(singular)
    if isinstance(found, tuple):
        text = found[0] if n == 1 or len(found) == 1 else found[1]
    elif found:
        text = found
    else:
        text = singular if n == 1 else plural
    return text % {"num": n, "n": n, **values}


_ = gettext


class _Lazy:
    """A sentence that is looked up when it is printed: for labels of form classes."""

    def __init__(self, msgid: str) -> None:
        self.msgid = msgid

    def __str__(self) -> str:
        return gettext(self.msgid)

    def __mod__(self, values: Any) -> str:
        return str(str(self) % values)

    def __html__(self) -> str:
        from markupsafe import escape

        return str(escape(str(self)))


def lazy_gettext(msgid: str) -> Any:
    """`_` for places that are evaluated before there is a language."""
    return _Lazy(msgid)


_l = lazy_gettext


def translate(text: T | str) -> str:
    """A sentence of pure code in the present language; its values are translated and formatted too."""
    if isinstance(text, str):
        return text
    found = _find(text.msgid)
    template = found if isinstance(found, str) else text.msgid
    return template.format(**{name: show(value) for name, value in text.params.items()})


def show(value: Any) -> str:
    """A value inside a sentence: money with grouping, dates as ISO, enum members by their label."""
    if isinstance(value, T):
        return translate(value)
    if isinstance(value, Enum):
        return label(value)
    if isinstance(value, Decimal):
        return f"{value:,.2f}".replace("-", "\N{MINUS SIGN}")
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return str(value)


def label(member: Enum) -> str:
    """The word that users read for an enum member; the key is `Class.MEMBER`."""
    key = f"{type(member).__name__}.{member.name}"
    return gettext(key)
