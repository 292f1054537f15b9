"""What templates may call: money, dates, labels, addresses."""

import datetime as dt
import hashlib
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, url_for
from jinja2 import StrictUndefined

from portal.kernel import i18n
from portal.kernel.money import format_rate
from portal.web import numbers

DASH = "\N{EM DASH}"
LANGUAGE_NAMES = (("zh_Hans", "简", "简体中文"), ("zh_Hant", "繁", "繁體中文"), ("en", "EN", "English"))


def money(amount: Decimal | None, *, sign: bool = False) -> str:
    """`1,234.50` with a true minus; a dash for what doesn't apply; with `sign` also a plus."""
    if amount is None:
        return DASH
    text = f"{abs(amount):,.2f}"
    if amount < 0:
        return f"\N{MINUS SIGN}{text}"
    return f"+{text}" if sign and amount > 0 else text


def date(day: dt.date | None) -> str:
    """`2026-11-21`."""
    return DASH if day is None else day.isoformat()


def datetime(instant: dt.datetime | None) -> str:
    """`2026-11-21 14:32` in the manufacturer's zone."""
    if instant is None:
        return DASH
    zone = g.actor.timezone if "actor" in g else "Asia/Shanghai"
    return instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def tone(member: Enum) -> str:
    """The colour of a state: info, ok, warn, bad or mute; the enum says it by its property `tone`."""
    return str(getattr(member, "tone", "mute"))


def static_url(name: str) -> str:
    """The address of a static file; it changes with the file, so that browsers may keep it for ever."""
    path = current_app.static_folder and f"{current_app.static_folder}/{name}"
    stamp = current_app.extensions.setdefault("static_stamps", {})
    if name not in stamp or current_app.debug:
        file = Path(path or name)
        stamp[name] = hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.exists() else "0"
    return url_for("static", filename=name, v=stamp[name])


def number_url(number: str) -> str | None:
    """Where a document's number opens for the reader; None: nowhere."""
    return numbers.url_of(number, g.actor)


def install(app: Flask) -> None:
    """Give templates their functions and the macros as one global `ui`."""
    env = app.jinja_env
    env.undefined = StrictUndefined
    env.trim_blocks = env.lstrip_blocks = True
    env.add_extension("jinja2.ext.i18n")
    env.add_extension("jinja2.ext.do")
    env.install_gettext_callables(i18n.gettext, i18n.ngettext, newstyle=False)  # type: ignore[attr-defined]
    helpers: dict[str, Any] = {
        "_": i18n.gettext,
        "gettext": i18n.gettext,
        "ngettext": i18n.ngettext,
        "translate": i18n.translate,
        "label": i18n.label,
        "html_lang": i18n.html_lang,
        "language": i18n.language,
        "language_names": LANGUAGE_NAMES,
        "money": money,
        "rate": format_rate,
        "date": date,
        "datetime": datetime,
        "tone": tone,
        "static_url": static_url,
        "number_url": number_url,
        "DASH": DASH,
    }
    env.globals.update(helpers)
    env.filters.update(
        {name: helpers[name] for name in ("money", "rate", "date", "datetime", "label", "translate")}
    )
    env.globals["ui"] = env.get_template("components/ui.html").module
