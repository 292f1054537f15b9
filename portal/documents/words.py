"""What paper says in both languages: the labels of members, sentences."""

from enum import Enum

from portal.documents.rules import Bilingual
from portal.kernel.i18n import label, translate, use_language
from portal.kernel.text import T

NOTHING = Bilingual("", "")


def both(member: Enum | None) -> Bilingual:
    """A member's label in both languages of the paper; nothing for None."""
    if member is None:
        return NOTHING
    with use_language("zh_Hans"):
        chinese = label(member)
    with use_language("en"):
        return Bilingual(chinese, label(member))


def said(text: T) -> Bilingual:
    """A sentence in both languages of the paper."""
    with use_language("zh_Hans"):
        chinese = translate(text)
    with use_language("en"):
        return Bilingual(chinese, translate(text))
