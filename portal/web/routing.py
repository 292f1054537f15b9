"""Routes that can't be registered without saying who may use them."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Blueprint, current_app, g, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.routing import BaseConverter, ValidationError

from portal.kernel.actor import Actor, Side
from portal.kernel.errors import Forbidden
from portal.kernel.permissions import Permission

V = TypeVar("V", bound=Callable[..., ResponseReturnValue])

#: The largest id: the databases number rows in 32 bits.
MOST_ID = 2**31 - 1
#: What stands before every page of a tenant.
TENANT = "/m/<tenant:tenant>"


class TenantConverter(BaseConverter):
    """`MF`, or `MF~D02` for somebody who has several dealers under one manufacturer and acts for D02."""

    regex = r"[A-Z0-9][A-Z0-9-]{0,19}(?:~[A-Z0-9][A-Z0-9-]{0,19})?"


class NumberConverter(BaseConverter):
    """A document number such as `BXK-2026-000123`."""

    regex = r"[A-Z]{2,4}-[0-9]{4}(?:Q[1-4])?-[0-9]{4,9}"
    #: Tried before a plain `<month>` or `<code>` at the same place, which would take a number too (those have 100).
    weight = 90


class SmallIntConverter(BaseConverter):
    """An id that every database can hold; anything longer is a 404."""

    regex = r"[0-9]{1,10}"

    def to_python(self, value: str) -> int:
        number = int(value)
        if number > MOST_ID:
            raise ValidationError
        return number

    def to_url(self, value: int) -> str:
        return str(value)


def actor() -> Actor:
    """Who acts in this request."""
    return cast(Actor, g.actor)


class Pages(Blueprint):
    """A feature's routes. Tenant pages live below `/m/<code>`; `tenant=False` is for all others."""

    def __init__(self, name: str, import_name: str, *, prefix: str, tenant: bool = True) -> None:
        super().__init__(name, import_name, url_prefix=(TENANT if tenant else "") + prefix)
        self.tenant = tenant
        if tenant:
            self.url_value_preprocessor(_take_tenant)
            self.url_defaults(_add_tenant)

    def get(self, rule: str, *, allow: Permission, side: Side | None = None) -> Callable[[V], V]:  # type: ignore[override]
        """A page: reading only."""
        return self._add(rule, "GET", allow, side)

    def post(self, rule: str, *, allow: Permission, side: Side | None = None) -> Callable[[V], V]:  # type: ignore[override]
        """A submit: calls one command."""
        return self._add(rule, "POST", allow, side)

    def route(self, *_args: Any, **_kwargs: Any) -> Any:
        raise TypeError("use .get(rule, allow=…) or .post(rule, allow=…)")

    def _add(self, rule: str, method: str, allow: Permission, side: Side | None) -> Callable[[V], V]:
        def decorate(view: V) -> V:
            @wraps(view)
            def guarded(**kwargs: Any) -> ResponseReturnValue:
                if not permitted(actor(), allow, side):
                    raise Forbidden
                return view(**kwargs)

            guarded.allow = allow  # type: ignore[attr-defined]
            guarded.side = side  # type: ignore[attr-defined]
            self.add_url_rule(rule, view.__name__, guarded, methods=[method])
            return view

        return decorate


def permitted(who: Actor, allow: Permission, side: Side | None) -> bool:
    """Whether somebody may use a route: the permission, and for what only one side does, the side."""
    return who.may(allow) and side in (None, who.side)


def _take_tenant(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values is not None:
        g.tenant = values.pop("tenant", None)


def _add_tenant(_endpoint: str, values: dict[str, Any]) -> None:
    if "tenant" in g:
        values.setdefault("tenant", g.tenant)


def tenant_url(path: str) -> str:
    """The address of a path below this request's tenant prefix: `cards/BXK-2026-000001`."""
    return f"/m/{g.tenant}/{path.lstrip('/')}"


def absolute(url: str) -> str:
    """The public address of one of the portal's own, as a QR or a mail carries it."""
    return str(current_app.extensions["settings"].public_url).rstrip("/") + url


def here(endpoint: str | None = None, /, **changes: Any) -> str:
    """This page's address with some query values changed; None takes one out. Paging starts anew.

    `endpoint`: the page that a submit draws again when it is refused; its own address takes no GET.
    """
    values: dict[str, Any] = {**request.args.to_dict(flat=False), "page": None, **changes}
    values = {name: value for name, value in values.items() if value not in (None, "", [])}
    target = endpoint or request.endpoint
    assert target is not None
    return url_for(target, **{**(request.view_args or {}), **values})
