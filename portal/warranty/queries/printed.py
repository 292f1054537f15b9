"""The words of an outcome as a sheet in both languages prints them."""

from collections.abc import Iterable

from portal.documents.rules import Bilingual
from portal.kernel.i18n import translate, use_language
from portal.kernel.text import T
from portal.warranty.rules import basis


def printed_basis(reasons: Iterable[tuple[T, str]], day: int | None, days: int | None) -> Bilingual:
    """Why an outcome is what it is, as it was kept, in one line of each language (EN-14)."""
    texts = basis(reasons, day, days)
    return Bilingual(_line(texts, "zh_Hans"), _line(texts, "en"))


def _line(texts: Iterable[T], language: str) -> str:
    with use_language(language):
        return " · ".join(translate(text).rstrip(".。") for text in texts)
