"""What long work says while it runs: told in its transaction, written outside of it.

The work is one transaction, so nothing it writes is seen before its end. A thread of its own, with
a connection of its own, writes how far it is twice a second, renews the lease, and hears whether
somebody asked to stop or the lease is somebody else's by now.
"""

import logging
import threading
import uuid
from collections.abc import Callable

from django.db import Error as DatabaseError
from django.db import connection, connections
from django.db.models import F
from django.db.models.functions import Now

from core.work.job_rules import LEASE
from core.work.models import Job

log = logging.getLogger(__name__)
Tell = Callable[[int, int, str], None]
EVERY = 0.5  # seconds


class Stopped(Exception):
    """Somebody asked to cancel."""


class Lost(Exception):
    """The lease ran out and the work is somebody else's."""


def silent(done: int, total: int, words: str) -> None:
    """For who does not listen: commands and tests."""


class Reporter:
    """`with Reporter(job, token) as report:` … `report.tell(done, total, words)`."""

    def __init__(self, job: Job, token: uuid.UUID) -> None:
        self.pk, self.token = job.pk, token
        self.latest = (job.done, job.total, job.words)
        self.why_not: type[Exception] | None = None
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Reporter":
        if not connection.in_atomic_block:  # else the job's row is not there for anybody else yet
            self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def tell(self, done: int, total: int, words: str) -> None:
        """How far it is. Raises Stopped or Lost: the work's transaction is undone by that."""
        self.latest = (done, total, words[:200])
        if self.why_not:
            raise self.why_not

    def stop(self) -> None:
        """No more writes; the work itself writes its end now. Raises Stopped or Lost too late."""
        self.over.set()
        if self.thread.is_alive():
            self.thread.join(timeout=10)

    def _run(self) -> None:
        try:
            while not self.over.wait(EVERY):
                try:
                    self._write()
                except DatabaseError as error:  # the next round tries again, within the lease
                    log.warning("progress not written", extra={"error": type(error).__name__})
                    connections.close_all()
        finally:
            connections.close_all()

    def _write(self) -> None:
        done, total, words = self.latest
        mine = Job.objects.filter(pk=self.pk, lease_token=self.token)
        written = mine.update(
            done=done, total=total, words=words, heartbeat_at=Now(), lease_until=Now() + LEASE,
            version=F("version") + 1,
        )  # fmt: skip
        if not written:
            self.why_not = Lost
        elif mine.filter(cancel_asked_at__isnull=False).exists():
            self.why_not = Stopped
