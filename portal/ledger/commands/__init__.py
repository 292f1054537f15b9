"""Recording what feeds the funds (`remittances`, `figures`) and adjusting them (`adjusting`)."""

from portal.ledger.commands.adjusting import adjust
from portal.ledger.commands.figures import (
    grant_sales,
    import_figures,
    keep_figures,
    record_result,
    record_sales,
    reverse_figure,
)
from portal.ledger.commands.remittances import (
    import_remittances,
    keep_file,
    record_remittance,
    reverse_remittance,
)

__all__ = [
    "adjust",
    "grant_sales",
    "import_figures",
    "import_remittances",
    "keep_figures",
    "keep_file",
    "record_remittance",
    "record_result",
    "record_sales",
    "reverse_figure",
    "reverse_remittance",
]
