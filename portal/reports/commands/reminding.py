"""Reminding dealers of the forms that are missing (MF-3): what the clock does at the beginning of a day."""

from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.command import command
from portal.kernel.db import session
from portal.kernel.permissions import Permission
from portal.mail import steps as mail
from portal.reports import queries
from portal.reports.models import FormReminder
from portal.tenants import queries as tenants


@command(allow=Permission.CLOCK, silent=True)
def remind(actor: Actor, dealer_id: int) -> int:
    """Write to the people of a dealer who prepare or submit forms: one mail each, with all months and forms missing.

    The rows that say so are the record of it, for both sides; a day that is done again writes nothing. Returns how
    many people were written to.
    """
    today = clock.today(actor.timezone)
    rows = queries.to_remind(today, dealer_id).get(dealer_id, [])
    people = tenants.recipients(dealer_id, Permission.FORMS_PREPARE) if rows else []
    for row in rows:
        if row.stage is None:
            continue
        session().add(
            FormReminder(
                dealer_id=dealer_id,
                agreement_id=row.month.agreement_id,
                month=row.month.month,
                day=today,
                stage=row.stage,
                due_on=row.month.due,
                kinds=[form.kind.value for form in row.month.missing],
                mails=len(people),
            )
        )
    session().flush()
    if not people:
        return 0
    dealer, manufacturer = tenants.dealer_by_id(dealer_id), tenants.manufacturer()
    for person in people:
        mail.send(
            person.email,
            "forms_due",
            language=person.language,
            name=person.name,
            manufacturer=manufacturer.name,
            dealer=dealer.name,
            rows=rows,
            late=any(row.days_late for row in rows),
            link=mail.address("reports.hub", tenant=f"{manufacturer.code}~{dealer.code}"),
        )
    return len(people)
