"""Doors of the worker. No arguments, no result: rows say what is due."""

from celery import shared_task

from core.events.services import beat
from core.lib.clock import now
from rehab.services.looking import look


@shared_task(name="rehab.tasks.tick")
def tick() -> None:
    """The interval tick of plans: each is looked at once on its clinic's day."""
    at = now()
    look(now=at)
    beat(loop="plans", now=at)  # stands still while a plan fails: a manager sees it
