"""Languages: what is missing falls back, Traditional to Simplified; values are shown as people write them."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum

import pytest

from portal.kernel import i18n
from portal.kernel.text import T


class Fruit(StrEnum):
    APPLE = "apple"
    PEAR = "pear"


CATALOGUES: dict[str, dict[str, str | tuple[str, ...]]] = {
    "zh_Hans": {
        "Save": "保存",
        "Cancel": "取消",
        "Serial {serial} is not known": "序列号 {serial} 不存在",
        "%(num)s card": ("%(num)s 张卡",),
        "Fruit.APPLE": "苹果",
    },
    "zh_Hant": {"Save": "儲存"},
    "en": {"%(num)s card": ("%(num)s card", "%(num)s cards"), "Fruit.APPLE": "Apple"},
}


@pytest.fixture(autouse=True)
def _catalogues(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "catalogue", CATALOGUES.__getitem__)


@pytest.mark.parametrize(
    ("language", "save", "cancel", "other"),
    [
        ("zh_Hans", "保存", "取消", "Other"),
        ("zh_Hant", "儲存", "取消", "Other"),
        ("en", "Save", "Cancel", "Other"),
    ],
)
def test_what_is_missing_falls_back(language: str, save: str, cancel: str, other: str) -> None:
    with i18n.use_language(language):
        assert [i18n.gettext(text) for text in ("Save", "Cancel", "Other")] == [save, cancel, other]


def test_an_unknown_language_means_the_default() -> None:
    for code in ("", "fr", "zh_Hans/../en", "ZH_HANS"):
        with i18n.use_language(code):
            assert i18n.language() == i18n.DEFAULT == "zh_Hans"


def test_a_language_ends_with_its_block_whatever_happens_in_it() -> None:
    with i18n.use_language("en"):
        with pytest.raises(ValueError, match="x"), i18n.use_language("zh_Hant"):
            raise ValueError("x")
        assert i18n.language() == "en"


@pytest.mark.parametrize(
    ("language", "one", "two"), [("en", "1 card", "2 cards"), ("zh_Hans", "1 张卡", "2 张卡")]
)
def test_numbers_choose_the_form(language: str, one: str, two: str) -> None:
    with i18n.use_language(language):
        assert i18n.ngettext("%(num)s card", "%(num)s cards", 1) == one
        assert i18n.ngettext("%(num)s card", "%(num)s cards", 2) == two
        assert i18n.ngettext("%(num)s fish", "%(num)s fishes", 2) == "2 fishes"


def test_a_sentence_of_pure_code_is_translated_with_its_values() -> None:
    text = T("Serial {serial} is not known", serial="A{1}%s")
    assert str(text) == "Serial A{1}%s is not known"
    with i18n.use_language("zh_Hans"):
        assert i18n.translate(text) == "序列号 A{1}%s 不存在"
        assert i18n.translate("as it is {x}") == "as it is {x}"


def test_values_are_shown_as_people_write_them() -> None:
    with i18n.use_language("zh_Hans"):
        assert i18n.show(Decimal("-1234.5")) == "−1,234.50"
        assert i18n.show(dt.date(2026, 5, 20)) == "2026-05-20"
        assert i18n.show(Fruit.APPLE) == "苹果"
        assert i18n.show(Fruit.PEAR) == "Fruit.PEAR"
        assert i18n.show(T("Save")) == "保存"


def test_a_lazy_sentence_is_said_when_it_is_printed_and_escaped() -> None:
    lazy = i18n.lazy_gettext("Save")
    for language, said in (("zh_Hans", "保存"), ("en", "Save")):
        with i18n.use_language(language):
            assert str(lazy) == said
    assert i18n.lazy_gettext("<b>").__html__() == "&lt;b&gt;"


def test_sentences_are_values() -> None:
    assert T("a {x}", x=1) == T("a {x}", x=1) != T("a {x}", x=2)
    assert len({T("a {x}", x=1), T("a {x}", x=1), T("a {x}", x=2)}) == 2
    assert T("a") != "a"
