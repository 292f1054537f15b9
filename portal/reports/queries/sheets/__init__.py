"""What the records of a month say, one file a form: each lists its records with the row and column they count in."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from portal.agreements.models import Agreement
from portal.agreements.rules import FormKind
from portal.kernel.period import Month
from portal.reports.queries.sheets import opinions, parts, quality, repairs, sales, satisfaction
from portal.reports.rules import Compiled

COMPILERS: Mapping[FormKind, Callable[[Agreement, Month], Compiled]] = MappingProxyType(
    {
        FormKind.REPAIRS: repairs.compile_month,
        FormKind.PARTS: parts.compile_month,
        FormKind.SATISFACTION: satisfaction.compile_month,
        FormKind.OPINIONS: opinions.compile_month,
        FormKind.SALES: sales.compile_month,
        FormKind.QUALITY: quality.compile_month,
    }
)
