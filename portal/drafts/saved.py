"""What forms with a draft say of it."""

from zoneinfo import ZoneInfo

from portal.drafts.models import Draft
from portal.kernel.i18n import gettext as _
from portal.web.routing import actor


def saved_at(draft: Draft) -> str:
    """`Draft saved 14:30`, by the manufacturer's clock: beside the button of the form, and what autosaving answers."""
    at = draft.updated_at.astimezone(ZoneInfo(actor().timezone))
    return _("Draft saved %(time)s", time=at.strftime("%H:%M"))
