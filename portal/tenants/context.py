"""What every page gets: who is signed in, for whom, the navigation."""

from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask, g, request, url_for

from portal.config import Settings
from portal.kernel.actor import Side
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.tenants.queries import Acting
from portal.tenants.rules import Role
from portal.web import nav
from portal.web.brand import product_name


class _Once:
    """A list that is made when a page first asks for it: fragments and error pages don't count what waits."""

    def __init__(self, make: Callable[[], list[Any]]) -> None:
        self._make = make
        self._made: list[Any] | None = None

    def __iter__(self) -> Iterator[Any]:
        if self._made is None:
            self._made = self._make()
        return iter(self._made)


def _home() -> dict[str, Any]:
    """The one entry of the bottom bar on pages of no organisation."""
    words = _("Home")
    place = {"label": words, "short": words, "icon": "home", "url": url_for("tenants.choose")}
    return {**place, "count": 0, "hot": False, "current": request.endpoint == "tenants.choose"}


def _side(acting: Acting, *, several: bool) -> str:
    """What stands beside the organisation's name; who deals with several manufacturers sees with which one."""
    if acting.dealer_id is None:
        return label(Side.MANUFACTURER)
    return acting.manufacturer_name if several else label(Side.DEALER)


def install(app: Flask, settings: Settings) -> None:
    """Give templates the frame of the page."""

    @app.context_processor
    def frame() -> dict[str, Any]:
        name = product_name(settings)
        values: dict[str, Any] = {
            "product_name": name,
            "product_mark": name[:1],
            "help_url": url_for("tenants.help"),
        }
        person, acting = g.get("person"), g.get("acting")
        if person is None:
            return values
        actor = g.actor
        values |= {
            "user_name": person.name,
            "profile_url": url_for("tenants.profile"),
            "signout_url": url_for("tenants.sign_out"),
            "keys_on": person.shortcuts,
            "home_url": url_for("tenants.choose"),
            "search_url": url_for("tenants.choose"),
            "tenant_name": "",
            "side_label": _("Platform operator") if actor.side is Side.OPERATOR else "",
            "role_label": "",
            "switch_url": "",
            "nav": [],
            "phone_nav": [_home()],
            "actor": actor,
        }
        if acting is not None:
            values |= {
                "home_url": url_for("insight.home"),
                "search_url": url_for("insight.search"),
                "tenant_name": acting.organisation_name,
                "manufacturer_name": acting.manufacturer_name,
                "side_label": _side(acting, several=g.several),
                "switch_url": url_for("tenants.choose") if g.several else "",
                "role_label": label(Role(acting.roles[0])),
                "nav": _Once(lambda: nav.rail(actor)),
                "phone_nav": _Once(lambda: nav.bottom(actor)),
            }
        return values
