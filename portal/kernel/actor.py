"""Who acts: the person, the side and the permissions, as plain values that page, job, replay and shell share."""

from dataclasses import dataclass
from enum import StrEnum

from portal.kernel.permissions import Permission
from portal.kernel.scope import Scope


class Side(StrEnum):
    """Which side of the agreement somebody acts for."""

    MANUFACTURER = "manufacturer"
    DEALER = "dealer"
    #: The platform's operator: tenants and people only, never business data (TN-4).
    OPERATOR = "operator"


@dataclass(frozen=True)
class Actor:
    """Somebody who may run commands. `person_id` is None for what time brings (deadlines, expiries)."""

    name: str
    permissions: frozenset[Permission]
    person_id: int | None = None
    manufacturer_id: int | None = None
    dealer_id: int | None = None
    point_id: int | None = None
    roles: tuple[str, ...] = ()
    #: Where the request came from, for the audit log.
    address: str = ""
    #: The manufacturer's time zone: business dates are dates there (TM-1).
    timezone: str = "Asia/Shanghai"

    @property
    def side(self) -> Side:
        if self.manufacturer_id is None:
            return Side.OPERATOR
        return Side.MANUFACTURER if self.dealer_id is None else Side.DEALER

    @property
    def scope(self) -> Scope | None:
        """The scope that this actor's sessions are entered into; None for the operator and the public."""
        if self.manufacturer_id is None:
            return None
        return Scope(self.manufacturer_id, self.dealer_id, self.point_id)

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions


#: Somebody who has not signed in: may only use what is public.
PUBLIC = Actor("public", frozenset({Permission.PUBLIC}))
