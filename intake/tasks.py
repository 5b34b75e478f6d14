"""Doors of the worker. No arguments, no result: rows say what is due."""

from celery import shared_task

from core.events.services import beat
from core.lib.clock import now
from intake.services.after_visits import ask_after_visits
from intake.services.pt_flare import flare_alerts
from intake.services.reminders import remind
from intake.services.waiting import settle_waiting


@shared_task(name="intake.tasks.tick")
def tick() -> None:
    """The interval tick of open calls, then of the schedule."""
    at = now()
    settle_waiting(now=at)
    flare_alerts(now=at)
    remind(now=at)
    ask_after_visits(now=at)
    beat(loop="calls", now=at)  # stands still while a part fails: a manager sees it
