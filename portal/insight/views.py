"""The home page and the search: reads of many modules, writes of none."""

from flask import Response, request

from portal.kernel import clock
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.web import nav
from portal.web.nav import Item
from portal.web.pages import page
from portal.web.routing import Pages, actor

pages = Pages("insight", __name__, prefix="")


@pages.get("/", allow=Permission.HOME)
def home() -> Response:
    today = clock.today(actor().timezone)
    return page("insight/home.html", today=today, tasks=nav.waiting(actor(), today))


@pages.get("/search", allow=Permission.HOME)
def search() -> Response:
    return page("insight/search.html", asked=request.args.get("q", ""))


nav.add(Item("todo", T("Home"), "insight.home", Permission.HOME, bottom=1, order=0))
