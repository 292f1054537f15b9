"""Pages of the catalogue."""

from portal.catalogue.views import deliveries, fees, parts, products, units
from portal.catalogue.views import imports as imports  # adds its routes to those of the units
from portal.kernel.actor import Side
from portal.kernel.permissions import Permission
from portal.kernel.text import T
from portal.web import nav, numbers
from portal.web.nav import Item

pages = [products.pages, parts.pages, fees.pages, units.pages, deliveries.pages]

nav.add_waiting(deliveries.waiting)
numbers.add("SH", "deliveries.show", Permission.UNITS_READ)
nav.add(
    Item("work", T("Units"), "units.index", Permission.UNITS_READ, Side.MANUFACTURER, order=40),
    Item("work", T("Deliveries"), "deliveries.index", Permission.UNITS_READ, Side.MANUFACTURER, order=41),
    Item(
        "work",
        T("Deliveries"),
        "deliveries.index",
        Permission.UNITS_READ,
        Side.DEALER,
        count=deliveries.expected,
        hot=True,
        order=41,
    ),
    Item("work", T("My units"), "units.index", Permission.UNITS_READ, Side.DEALER, order=42),
    Item("data", T("Products"), "products.index", Permission.CATALOGUE_READ, order=30),
    Item("data", T("Parts and prices"), "part_list.index", Permission.CATALOGUE_READ, order=31),
    Item("data", T("Fee standard"), "fees.index", Permission.CATALOGUE_READ, order=32),
)
