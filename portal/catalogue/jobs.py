"""Background work of the catalogue."""

from portal.catalogue import commands
from portal.jobs.worker import Progress, job
from portal.kernel.actor import Actor


@job(commands.JOB)
def ship_units(actor: Actor, progress: Progress, *, import_id: int) -> None:
    """Ship the rows of a large file, some hundreds in each transaction; a killed worker's successor goes on."""
    while True:
        done, good = commands.save_next(actor, import_id)
        progress(done, good)
        if done >= good:
            return
