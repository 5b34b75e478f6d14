"""A worker whose clock is wrong: `python -m tests.faults.ahead SECONDS` ticks with it shifted.

Celery would drop tasks that look expired to such a clock, so this one ticks by itself.
"""

import sys
import time

import time_machine

from tests.processes import Process


def worker(env: dict[str, str], *, seconds: int) -> Process:
    return Process(
        "ahead",
        [sys.executable, "-m", "tests.faults.ahead", str(seconds)],
        {"HALLWAY_WORKER": "1", "DJANGO_SETTINGS_MODULE": "config.settings"} | env,
        ready=lambda process: "ready" in process.output(),
    )


def main(seconds: int) -> None:
    time_machine.travel(time.time() + seconds, tick=True).start()
    import django

    django.setup()
    from core.lib.clock import now
    from messaging.tick import tick

    print("ready", flush=True)  # noqa: T201 - read by who started it
    while True:
        tick(now=now())
        time.sleep(0.2)


if __name__ == "__main__":
    main(int(sys.argv[1]))
