"""What beat rings for, every so many seconds."""

from typing import Any

from celery.schedules import schedule


def rounds(seconds: float) -> dict[str, dict[str, Any]]:
    """Ticks that nobody took expire, so that they do not pile up."""
    every, options = schedule(seconds), {"expires": seconds}
    return {
        "tick": {"task": "messaging.tasks.tick", "schedule": every, "options": options},
        "open_calls": {"task": "intake.tasks.tick", "schedule": every, "options": options},
        "plans": {"task": "rehab.tasks.tick", "schedule": every, "options": options},
        # A queue and a worker of their own: no import keeps a red flag waiting.
        "jobs": {
            "task": "core.work.tasks.work",
            "schedule": every,
            "options": options | {"queue": "jobs"},
        },
    }
