"""Doors of the worker for long work. No arguments: rows say what is to be done."""

from celery import shared_task

from core.lib.clock import now
from core.work import jobs
from core.work.kept import drop_files

LONGEST = 900  # seconds; a job tells how far it is, so nobody waits blindly


@shared_task(name="core.work.tasks.work", time_limit=LONGEST, soft_time_limit=LONGEST - 30)
def work() -> None:
    """The doorbell, and the tick."""
    jobs.reap()
    drop_files(now=now())
    jobs.work_off()
