"""The Celery application: a doorbell and a tick; PostgreSQL is the ledger."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("hallway")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
