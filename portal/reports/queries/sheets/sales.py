"""每月销售统计表: what its figures are counted from."""

from portal.agreements.models import Agreement
from portal.kernel.period import Month
from portal.reports.rules import Compiled


def compile_month(_agreement: Agreement, _month: Month) -> Compiled:
    """The records of a month."""
    return Compiled()
