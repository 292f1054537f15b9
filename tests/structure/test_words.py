"""Every sentence and every label exists in Chinese, keyed ones in English too; nothing is translated in vain."""

import importlib
import io
import pkgutil
import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

import portal
from portal.audit.tags import Tag
from portal.kernel import i18n
from tests.structure import code

KEYWORDS = {"_": None, "gettext": None, "_l": None, "lazy_gettext": None, "T": None, "ngettext": (1, 2)}
#: Enums whose members nobody reads: they are stored or sent, never shown.
SILENT = {
    "FeedbackAction",
    "JobState",
    "Kind",
    "LinkPurpose",
    "MailState",
    "Measure",
    "Part",
    "Pattern",
    "Permission",
    "RequestAction",
    "ReturnAction",
    "Source",
    "Tag",
    "Writers",
}

#: What Taiwan says otherwise, in Traditional characters: 送出, 儲存, 列印, 匯出, 資訊, 序號, 保固, 原廠, 品質, 到府 …
MAINLAND = re.compile(
    "提交|保存|打印|導出|導入|信息|序列號|保修|廠方|質量|上門|登錄|默認|鏈接|屏幕|發貨|批量|日志|添加|配件|賬|簽字|刷新|短信"
    "|網絡|軟件|視頻|服務器|點擊"
)


@cache
def sentences() -> dict[str, str]:
    """Every English sentence in code and templates, with a place where it stands."""
    found: dict[str, str] = {}
    sources = [(path, "python") for path in sorted(code.PORTAL.rglob("*.py"))]
    sources += [(path, "jinja2.ext:babel_extract") for path in sorted((code.ROOT / "templates").rglob("*.*"))]
    for path, method in sources:
        options = {"extensions": "jinja2.ext.do", "newstyle_gettext": "false", "silent": "false"}
        with io.BytesIO(path.read_bytes()) as file:
            for line, message, _comments, _context in extract(
                method, file, keywords=KEYWORDS, options=options
            ):
                msgid = message if isinstance(message, str) else message[0]
                if msgid:
                    found.setdefault(msgid, f"{path.relative_to(code.ROOT)}:{line}")
    return found


def enums() -> Iterator[type[StrEnum]]:
    for module in pkgutil.walk_packages(portal.__path__, "portal."):
        if not module.name.startswith("portal.setup") and module.name != "portal.__main__":
            importlib.import_module(module.name)
    seen = set()
    waiting = [StrEnum]
    while waiting:
        for enum in waiting.pop().__subclasses__():
            if enum.__module__.startswith("portal.") and enum not in seen:
                seen.add(enum)
                yield enum


def keys() -> list[str]:
    labels = [f"{enum.__name__}.{m.name}" for enum in enums() if enum.__name__ not in SILENT for m in enum]
    return sorted({*labels, *(tag.value for tag in Tag)})


@cache
def known(language: str) -> dict[str, str | tuple[str, ...]]:
    return i18n.catalogue(language)


def test_every_sentence_is_said_in_chinese() -> None:
    missing = {msgid: place for msgid, place in sentences().items() if msgid not in known("zh_Hans")}
    assert missing == {}


@pytest.mark.parametrize("language", ["zh_Hans", "en"])
def test_every_label_and_fact_has_its_words(language: str) -> None:
    assert [key for key in keys() if key not in known(language)] == []


def test_traditional_chinese_says_all_that_simplified_says() -> None:
    assert sorted(known("zh_Hans").keys() ^ known("zh_Hant").keys()) == []


def test_traditional_chinese_speaks_its_own_words() -> None:
    """No character that only Simplified Chinese has, which Big5 lacks, and no term that Taiwan says otherwise."""
    wrong = []
    for msgid, text in known("zh_Hant").items():
        said = "".join(text)
        characters = "".join(re.findall("[\u4e00-\u9fff]", said))
        legible = characters.encode("big5", "ignore").decode("big5") == characters
        if not legible or MAINLAND.search(said):
            wrong.append((msgid, said))
    assert wrong == []


def test_nothing_is_translated_that_nobody_says() -> None:
    said = sentences().keys() | set(keys())
    idle = sorted(known("zh_Hans").keys() - said)
    assert [msgid for msgid in idle if msgid not in library_messages()] == []


@cache
def library_messages() -> set[str]:
    """Sentences of the form library, which speak through our catalogues."""
    import wtforms

    text = "\n".join(path.read_text() for path in Path(wtforms.__file__).parent.rglob("*.py"))
    return {msgid for msgid in known("zh_Hans") if msgid in text}


@pytest.mark.parametrize("language", ["zh_Hans", "zh_Hant", "en"])
def test_placeholders_are_the_same_in_every_language(language: str) -> None:
    pattern = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
    for msgid, text in known(language).items():
        for form in (text,) if isinstance(text, str) else text:
            if ("." in msgid and " " not in msgid) or (":" in msgid and " " not in msgid):
                continue
            assert set(pattern.findall(form)) <= set(pattern.findall(msgid)) | {"%(num)s"}, msgid


@pytest.mark.parametrize("language", ["zh_Hans", "zh_Hant"])
def test_one_sentence_is_translated_the_same_way_everywhere(language: str) -> None:
    """Catalogues share one namespace; two features that say the same must mean the same."""
    said: dict[str, set[str]] = {}
    for path in sorted(code.PORTAL.glob(f"*/locale/{language}/LC_MESSAGES/messages.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id:
                    msgid = message.id if isinstance(message.id, str) else message.id[0]
                    said.setdefault(msgid, set()).add(str(message.string))
    assert {msgid: sorted(texts) for msgid, texts in said.items() if len(texts) > 1} == {}
