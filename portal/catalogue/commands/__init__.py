"""Writing the catalogue, shipping units and receiving them."""

from portal.catalogue.commands.fees import add_operation, change_operation, set_fee
from portal.catalogue.commands.imports import (
    JOB,
    discard_units,
    read_units,
    resume_units,
    save_next,
    save_units,
)
from portal.catalogue.commands.parts import add_part, change_part, set_price
from portal.catalogue.commands.products import add_component, add_product, change_component, change_product
from portal.catalogue.commands.units import receive_delivery, receive_units, ship_units

__all__ = [
    "JOB",
    "add_component",
    "add_operation",
    "add_part",
    "add_product",
    "change_component",
    "change_operation",
    "change_part",
    "change_product",
    "discard_units",
    "read_units",
    "receive_delivery",
    "receive_units",
    "resume_units",
    "save_next",
    "save_units",
    "set_fee",
    "set_price",
    "ship_units",
]
