"""How long drafts live (ux.md 3, convention 12)."""

import datetime as dt

#: Days after the last change on which a draft, and a photo without a form, are gone.
DRAFT_DAYS = 30


def expired_before(now: dt.datetime) -> dt.datetime:
    """What was changed last before this instant has expired: at 2026-05-20 10:00, before 2026-04-20 10:00."""
    return now - dt.timedelta(days=DRAFT_DAYS)
