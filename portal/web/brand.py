"""What the portal is called."""

from portal.config import Settings
from portal.kernel.i18n import gettext as _


def product_name(settings: Settings) -> str:
    """The name that the deployment gave it, else what it is, in the reader's language."""
    return settings.product_name or _("After-sales portal")
