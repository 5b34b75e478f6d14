"""Doors of the worker. No arguments, no result: rows say what is due."""

from celery import shared_task

from core.lib.clock import now
from messaging import tick as rounds


@shared_task(name="messaging.tasks.tick")
def tick() -> None:
    """The interval tick."""
    rounds.tick(now=now())


@shared_task(name="messaging.tasks.deliver")
def deliver() -> None:
    """The doorbell: something was written that should leave at once."""
    rounds.answer_bell(now=now())
