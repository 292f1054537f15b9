"""Where the pages of returns live, and what several of them say."""

from portal.catalogue import queries as catalogue
from portal.web.routing import Pages

pages = Pages("returns", __name__, prefix="/returns")


def product_names() -> dict[str, str]:
    """Model → its name in the reader's language."""
    return {row.model: row.title for row in catalogue.products()}
