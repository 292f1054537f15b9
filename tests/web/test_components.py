"""The look: components under StrictUndefined, in the languages, safe under the content policy."""

import datetime as dt
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from types import SimpleNamespace as Row
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask, render_template, render_template_string
from flask_wtf import CSRFProtect
from wtforms import BooleanField, FileField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from portal.kernel import i18n
from portal.kernel.errors import RuleBroken
from portal.kernel.findings import Evidence, Finding, Severity
from portal.kernel.text import T
from portal.web import filters
from portal.web.forms import DateField, Form, MoneyField

ROOT = Path(__file__).parents[2]
FOLDERS = ("layouts", "components", "errors")
TEMPLATES = sorted(path for name in FOLDERS for path in (ROOT / "templates" / name).glob("*.html"))
LANGUAGES = ("zh_Hans", "zh_Hant", "en")
ERRORS = (400, 403, 404, 409, 413, 429, 500)


class Light(StrEnum):
    GREEN = "green"

    @property
    def tone(self) -> str:
        return "ok"


class Sample(Form):
    serial = StringField("Serial number", description="On the plate.")
    sold = DateField("Purchase date")
    fee = MoneyField("Fee")
    where = RadioField("Fault location", choices=[SelectChoice("p", "Pump"), SelectChoice("o", "Other")])
    symptom = SelectField("Symptom", choices=[SelectChoice("1", "Leak")])
    note = TextAreaField("Note", validators=[Optional()])
    agree = BooleanField("The customer agrees")
    invoice = FileField("Invoice")
    hidden = HiddenField()


@pytest.fixture
def app() -> Iterator[Flask]:
    """The templates with their functions, without database or sign-in."""
    made = Flask("look", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    made.secret_key = "only for this test, only for this"
    CSRFProtect(made)
    filters.install(made)
    made.context_processor(lambda: {"product_name": "Portal", "product_mark": "P"})
    with made.test_request_context("/?state=open&lang=en"), i18n.use_language("en"):
        yield made


def drawn(source: str, **context: Any) -> BeautifulSoup:
    return BeautifulSoup(render_template_string(source, **context), "html5lib")


def one(soup: BeautifulSoup, selector: str) -> Tag:
    found = soup.select(selector)
    assert len(found) == 1, (selector, str(soup.body))
    return found[0]


def wrong_form() -> Sample:
    form = Sample()
    form.sold.errors = ["The sale is in the future."]
    form.where.errors = ["Choose the fault location."]
    form.refuse(RuleBroken("WC-3", T("This serial number is not known."), field="serial"))
    form.refuse(RuleBroken("WC-1", T("This unit has a card already.")))
    return form


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_template_needs_inline_script_or_style(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle=|\son[a-z]+=|javascript:|\|\s*safe\b|hx-on", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


@pytest.mark.parametrize("name", ["app.js", "photos.js"])
def test_scripts_stay_small_and_say_nothing_themselves(name: str) -> None:
    text = (ROOT / "static" / name).read_text()
    assert len(text.splitlines()) <= 200
    assert "eval(" not in text
    assert "innerHTML" not in text
    assert not re.search(r"[\u3000-\u9fff]", text)


def test_styles_fetch_nothing() -> None:
    assert not re.search(r"url\(|@import", (ROOT / "static" / "app.css").read_text())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", ERRORS)
def test_each_error_says_what_happened_and_what_to_do(app: Flask, code: int, language: str) -> None:
    with i18n.use_language(language):
        soup = BeautifulSoup(
            render_template(f"errors/{code}.html", status=code, text="", cure=""), "html5lib"
        )
    assert one(soup, "html")["lang"] == language.replace("_", "-")
    said = [line.get_text(strip=True) for line in soup.select("main p:not(.code, .row)")]
    assert len(said) == 2
    assert all(said)
    assert one(soup, "h1").get_text(strip=True) in one(soup, "title").get_text()


def test_an_error_shows_the_refusal_instead_of_the_general_sentence(app: Flask) -> None:
    page = render_template("errors/409.html", status=409, text="Zhou Min accepted it at 14:31.", cure="")
    assert "Zhou Min accepted it at 14:31." in page
    assert "Somebody else changed this" not in page


def test_language_links_keep_the_rest_of_the_address(app: Flask) -> None:
    soup = BeautifulSoup(render_template("errors/404.html", status=404, text="", cure=""), "html5lib")
    links = soup.select(".langs a")
    assert [link["href"] for link in links] == [f"?state=open&lang={code}" for code in LANGUAGES]
    assert [link.get("aria-current") for link in links] == [None, None, "true"]


def test_every_field_is_labelled_and_tells_its_error(app: Flask) -> None:
    form = wrong_form()
    soup = drawn("{% for f in form %}{{ ui.field(f) }}{% endfor %}", form=form)
    for control in soup.select("input:not([type=hidden], [type=radio]), select, textarea"):
        assert soup.select(f'label[for="{control["id"]}"]'), control
    serial = one(soup, "#serial")
    assert serial["aria-describedby"] == "serial-hint serial-err"
    assert serial["aria-invalid"] == "true"
    assert one(soup, "#serial-err").get_text() == "Error: This serial number is not known."
    assert one(soup, "fieldset#where")["aria-describedby"] == "where-err"
    assert len(soup.select("fieldset#where label > input[type=radio]")) == 2
    assert "(optional)" in one(soup, 'label[for="note"]').get_text()
    assert "(optional)" not in one(soup, 'label[for="serial"]').get_text()


def test_a_unit_stands_at_the_control_and_further_attributes_reach_it(app: Flask) -> None:
    source = '{{ ui.field(form.fee, suffix="CNY", inputmode="decimal", **{"hx-get": "/x"}) }}'
    soup = drawn(source, form=Sample())
    assert one(soup, ".affix > input#fee")["hx-get"] == "/x"
    assert one(soup, "#fee")["inputmode"] == "decimal"
    assert one(soup, ".affix > span").get_text() == "CNY"


def test_the_summary_leads_to_every_wrong_field(app: Flask) -> None:
    soup = drawn(
        "{{ ui.error_summary(form) }}{% for f in form %}{{ ui.field(f) }}{% endfor %}", form=wrong_form()
    )
    assert one(soup, ".errsum h2").get_text() == "4 things to correct"
    targets = [str(link["href"]) for link in soup.select(".errsum a")]
    assert sorted(targets) == ["#serial", "#sold", "#where"]
    assert all(one(soup, target) for target in targets)
    assert "This unit has a card already." in one(soup, ".errsum").get_text()
    assert drawn("{{ ui.error_summary(form) }}", form=Sample()).get_text(strip=True) == ""


def test_the_title_of_a_wrong_form_begins_with_error(app: Flask) -> None:
    assert drawn('{{ ui.title("File a card", form) }}', form=wrong_form()).get_text() == "Error: File a card"
    assert drawn('{{ ui.title("File a card", form) }}', form=Sample()).get_text() == "File a card"


@pytest.mark.parametrize(
    ("phone", "shown"),
    [("13805395521", "138****5521"), ("138****5521", "138****5521"), ("110", "110"), ("", "—"), (None, "—")],
)
def test_phones_are_masked(app: Flask, phone: str | None, shown: str) -> None:
    assert drawn("{{ ui.masked(phone) }}", phone=phone).get_text() == shown


def test_findings_show_verdict_cure_and_evidence(app: Flask) -> None:
    findings = [
        Finding(
            "WC-3",
            Severity.BLOCKS,
            T("Settled already"),
            evidence=(Evidence("BXK-2026-000001", "cards/BXK-2026-000001"),),
        ),
        Finding("WC-2", Severity.NEEDS_PERSON, T("The card is late"), cure=T("Say why")),
        Finding("WC-1", Severity.NOTE, T("First card of this unit")),
    ]
    soup = drawn('{{ ui.check_list(findings, base="/m/MF/") }}', findings=findings)
    assert [mark["aria-label"] for mark in soup.select("svg")] == ["Not in order", "To look at", "In order"]
    assert one(soup, "a")["href"] == "/m/MF/cards/BXK-2026-000001"
    assert one(soup, ".cure").get_text() == "Say why"
    assert not soup.select(".rule")
    assert len(drawn("{{ ui.check_list(findings, rules=True) }}", findings=findings).select(".rule")) == 3


def test_a_meter_never_runs_over_its_end(app: Flask) -> None:
    parts = [
        Row(kind="used", share=80),
        Row(kind="hold", share=45.5),
        Row(kind="bad", share=-3),
        Row(kind="free", share=10),
    ]
    soup = drawn('{{ ui.meter(parts, "words") }}', parts=parts)
    bars = [(bar["x"], bar["width"]) for bar in soup.select("svg > rect:not(.f-gap)")]
    assert bars == [("0.0%", "80.0%"), ("80.0%", "20.0%")]
    assert one(soup, "svg")["aria-label"] == "words"


def test_charts_stand_on_any_numbers(app: Flask) -> None:
    for series, limit in (
        ([], None),
        ([Row(name="1", value=0, text="0")], 0),
        ([Row(name="1", value=-5, text="−5")], 9.6),
    ):
        soup = drawn('{{ ui.bar_chart(series, "words", limit) }}', series=series, limit=limit)
        assert all(float(str(bar["height"])) >= 0 for bar in soup.select("rect"))


def test_the_pager_marks_the_page_and_gaps(app: Flask) -> None:
    page = Row(
        first=41,
        last=60,
        total=128,
        total_is_capped=False,
        number=3,
        prev_url="?page=2",
        next_url="?page=4",
        pages=[(1, "?"), (2, "?page=2"), (3, "?page=3"), (6, None), (7, "?page=7")],
    )
    soup = drawn("{{ ui.pager(page) }}", page=page)
    assert one(soup, '[aria-current="page"]').get_text() == "Page 3"
    assert one(soup, ".gap").get_text() == "…"
    assert "41–60 of 128" in soup.get_text()
    short = Row(
        first=1,
        last=8,
        total=8,
        total_is_capped=False,
        number=1,
        prev_url=None,
        next_url=None,
        pages=[(1, "?")],
    )
    assert not drawn("{{ ui.pager(page) }}", page=short).select("a")


def test_steps_say_where_the_run_is(app: Flask) -> None:
    soup = drawn('{{ ui.steps(["Check", ("Lock", "21 cards"), "Send"], 2) }}')
    assert [step.get("class") for step in soup.select("li")] == [["done"], None, None]
    assert one(soup, '[aria-current="step"]').get_text(" ", strip=True) == "Lock 21 cards"
    assert one(soup, ".done .vh").get_text(strip=True) == "(done)"


def test_check_your_answers_names_what_each_link_changes(app: Flask) -> None:
    soup = drawn(
        "{{ ui.summary_list(rows) }}", rows=[("Invoice no.", "", "/x"), ("Selling point", "Own shop", None)]
    )
    assert one(soup, "a").get_text() == "Change Invoice no."
    assert soup.select("dd")[0].get_text() == "—"


def test_history_and_states_are_escaped(app: Flask) -> None:
    facts = [
        Row(at=dt.datetime(2026, 11, 21, 6, 32, tzinfo=dt.UTC), text="<b>x</b>", actor="<i>", note="a\nb")
    ]
    soup = drawn("{{ ui.timeline(facts) }}{{ ui.badge(state) }}", facts=facts, state=Light.GREEN)
    assert not soup.select("li b, li i")
    assert "2026-11-21 14:32 · <i>" in one(soup, ".at").get_text()
    assert "b-ok" in one(soup, ".badge")["class"]


def test_dialogs_open_without_script_and_their_forms_carry_the_token(app: Flask) -> None:
    soup = drawn(
        '{{ ui.opener("no", "Reject") }}{% call ui.dialog("no", "Reject") %}'
        '{{ ui.reason_form("no", "/x", "Reject", [("dup", "duplicate")]) }}{% endcall %}'
    )
    assert one(soup, "[data-dialog]")["href"] == "#no"
    form = one(soup, "dialog#no form")
    assert (form["method"], form["action"]) == ("post", "/x")
    assert one(soup, "form [name=csrf_token]")["value"]
    assert all(soup.select(f'label[for="{control["id"]}"]') for control in form.select("select, textarea"))


def test_photos_go_with_the_form_when_there_is_no_script(app: Flask) -> None:
    soup = drawn(
        "{{ ui.photo_field(plate) }}",
        plate=Row(
            name="plate",
            title="Plate",
            photos=[Row(id="7", url="/p/7", title="Plate")],
            errors=(),
            limit=6,
            send_to="/up",
        ),
    )
    assert one(soup, "input[type=file][name]")["name"] == "plate_files"
    assert one(soup, "[data-rows] input[type=hidden]")["value"] == "7"
    assert one(soup, "[data-rows] input[type=checkbox]")["name"] == "plate_remove"


@pytest.mark.parametrize("language", ["zh_Hans", "zh_Hant"])
def test_every_sentence_of_the_shell_is_translated(language: str) -> None:
    known = i18n.catalogue(language)
    asked = {text for path in TEMPLATES for text in re.findall(r'\b_\("((?:[^"\\]|\\.)+)"', path.read_text())}
    assert len(asked) > 60
    assert sorted(text for text in asked if text not in known) == []
