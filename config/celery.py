"""The Celery application: a doorbell and a tick; PostgreSQL is the ledger."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("hallway")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def first_round(**_: Any) -> None:
    """What fell due while no worker ran is done now, not a tick later."""
    for entry in app.conf.beat_schedule.values():
        app.send_task(entry["task"], **entry["options"])


worker_ready.connect(first_round)
