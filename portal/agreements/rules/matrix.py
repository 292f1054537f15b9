"""Who bears which cost of a repair or a return (EN-12): class × column → bearer, each cell a term."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class CostClass(StrEnum):
    """How a repair or a return is classified (EN-3 … EN-9, RT-6)."""

    DOA = "doa"
    EARLY_FAILURE = "early_failure"
    IN_WARRANTY = "in_warranty"
    OUT_OF_WARRANTY = "out_of_warranty"
    NOT_RECOGNISED = "not_recognised"
    USER_CAUSED = "user_caused"
    DEALER_CAUSED = "dealer_caused"
    TRANSPORT = "transport"
    BATCH = "batch"
    STOCK = "stock"

    @property
    def covered(self) -> bool:
        """Whether a warranty or the maker's duty covers such a case."""
        return self.value in ("doa", "early_failure", "in_warranty", "batch")

    @property
    def tone(self) -> str:
        """The colour of its badge."""
        return "ok" if self.covered else "mute" if self is CostClass.OUT_OF_WARRANTY else "warn"


class CostColumn(StrEnum):
    """The costs that a case can have."""

    #: Freight to the manufacturer.
    INBOUND = "inbound"
    #: Freight back to the dealer.
    OUTBOUND = "outbound"
    PARTS = "parts"
    LABOUR = "labour"


class Bearer(StrEnum):
    """Who bears a cost. Only FUND and DEALER reach the statement: a charge to the fund, a direct charge."""

    MANUFACTURER = "manufacturer"
    FUND = "fund"
    DEALER = "dealer"
    CUSTOMER = "customer"


def _row(inbound: Bearer, outbound: Bearer, parts: Bearer, labour: Bearer) -> Mapping[CostColumn, Bearer]:
    return MappingProxyType(dict(zip(CostColumn, (inbound, outbound, parts, labour), strict=True)))


def _all(bearer: Bearer) -> Mapping[CostColumn, Bearer]:
    return _row(bearer, bearer, bearer, bearer)


#: The matrix of an agreement that says nothing else.
DEFAULT_MATRIX: Mapping[CostClass, Mapping[CostColumn, Bearer]] = MappingProxyType(
    {
        CostClass.DOA: _all(Bearer.MANUFACTURER),
        CostClass.EARLY_FAILURE: _all(Bearer.MANUFACTURER),
        CostClass.IN_WARRANTY: _row(Bearer.FUND, Bearer.MANUFACTURER, Bearer.FUND, Bearer.MANUFACTURER),
        CostClass.OUT_OF_WARRANTY: _all(Bearer.DEALER),
        CostClass.NOT_RECOGNISED: _all(Bearer.DEALER),
        CostClass.USER_CAUSED: _all(Bearer.DEALER),
        CostClass.DEALER_CAUSED: _all(Bearer.DEALER),
        CostClass.TRANSPORT: _all(Bearer.DEALER),
        CostClass.BATCH: _all(Bearer.MANUFACTURER),
        CostClass.STOCK: _all(Bearer.DEALER),
    }
)
