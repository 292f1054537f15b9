"""Products and their components."""

from portal.audit.steps import record
from portal.audit.tags import Tag
from portal.catalogue import queries
from portal.catalogue.models import Component, Product
from portal.catalogue.rules import check_months, normalise_code
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.errors import Conflict, RuleBroken
from portal.kernel.permissions import Permission
from portal.kernel.text import T

STALE = T("Somebody else changed this just now. Look at it again, then decide.")


@command(allow=Permission.CATALOGUE_WRITE)
def add_product(actor: Actor, *, model: str, name: str, months: int, name_en: str = "") -> str:
    """A new model. Returns it in the spelling that is kept.

    Raises RuleBroken EN-1 for months out of bounds, PT-10 for a model that can't be or exists.
    """
    kept = normalise_code(model, field="model")
    check_months(months)
    if any(product.model == kept for product in queries.products()):
        raise RuleBroken("PT-10", T("{code} exists already.", code=kept), field="model")
    session().add(Product(model=kept, name=name, name_en=name_en, months=months))
    record(Tag.CATALOGUE_CHANGED, actor, kept, name=name, after={"months": months})
    return kept


@command(allow=Permission.CATALOGUE_WRITE)
def change_product(
    actor: Actor,
    model: str,
    *,
    name: str,
    name_en: str,
    months: int,
    active: bool,
    seen_version: int | None = None,
) -> str:
    """Change a model; units that are sold keep counting by the months that it has then."""
    product = queries.product(model)
    if seen_version is not None and product.version != seen_version:
        raise Conflict(STALE)
    check_months(months)
    before = {
        "name": product.name,
        "name_en": product.name_en,
        "months": product.months,
        "active": product.active,
    }
    after = {"name": name, "name_en": name_en, "months": months, "active": active}
    product.name, product.name_en, product.months, product.active = name, name_en, months, active
    record(Tag.CATALOGUE_CHANGED, actor, product.model, name=name, before=before, after=after)
    return product.model


@command(allow=Permission.CATALOGUE_WRITE)
def add_component(actor: Actor, model: str, *, code: str, name: str, months: int, name_en: str = "") -> str:
    """A component with a warranty of its own (EN-1). Returns its code in the spelling that is kept."""
    product = queries.product(model)
    kept = normalise_code(code)
    check_months(months)
    if kept in queries.component_months(product.id):
        raise RuleBroken("PT-10", T("{code} exists already.", code=kept), field="code")
    session().add(Component(product_id=product.id, code=kept, name=name, name_en=name_en, months=months))
    record(Tag.CATALOGUE_CHANGED, actor, product.model, name=name, component=kept, after={"months": months})
    return kept


@command(allow=Permission.CATALOGUE_WRITE)
def change_component(
    actor: Actor,
    model: str,
    code: str,
    *,
    name: str,
    name_en: str,
    months: int,
    seen_version: int | None = None,
) -> str:
    """Change a component. Returns its code. Raises NotFound."""
    product = queries.product(model)
    component = queries.component(product.id, code)
    if seen_version is not None and component.version != seen_version:
        raise Conflict(STALE)
    check_months(months)
    before = {"name": component.name, "name_en": component.name_en, "months": component.months}
    component.name, component.name_en, component.months = name, name_en, months
    after = {"name": name, "name_en": name_en, "months": months}
    record(
        Tag.CATALOGUE_CHANGED,
        actor,
        product.model,
        name=name,
        component=component.code,
        before=before,
        after=after,
    )
    return component.code
