"""Doors of the worker. No arguments, no result: rows say what is due."""

from celery import shared_task

from core.lib.clock import now
from intake.services.waiting import settle_waiting


@shared_task(name="intake.tasks.tick")
def tick() -> None:
    """The interval tick of open calls."""
    settle_waiting(now=now())
