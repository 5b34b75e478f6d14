"""The processes of the demo: how each is started, watched and started again."""

import argparse
import os
import secrets
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.keeper import Kept, private_folder

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
LOGS = LOCAL / "log"
STEADY_SECONDS = 60.0  # a process that lived this long starts its backoff anew
STARTED = time.monotonic()


def say(text: str) -> None:
    with suppress(OSError):  # the terminal may be gone already
        sys.stdout.write(f"[{time.monotonic() - STARTED:5.1f} s] {text}\n")
        sys.stdout.flush()


class MailFolder:
    """aiosmtpd handler: every mail the demo sends becomes a file in .local/mail."""

    def __init__(self, folder: str) -> None:
        self.folder = private_folder(Path(folder))

    @classmethod
    def from_cli(cls, _parser: argparse.ArgumentParser, folder: str) -> "MailFolder":
        return cls(folder)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        path = self.folder / f"{time.time_ns()}.eml"
        path.touch(mode=0o600)
        path.write_bytes(envelope.original_content)
        return "250 kept in .local/mail"


@dataclass
class Service:
    """A process of the demo, restarted with backoff when it dies."""

    name: str
    argv: list[str]
    env: dict[str, str]
    remove: list[Path] = field(default_factory=list)
    kept: Kept | None = None
    started: float = 0.0
    delay: float = 0.5
    due: float | None = None

    @property
    def log(self) -> Path:
        return LOGS / f"{self.name}.log"

    def start(self) -> None:
        self.kept = Kept(self.argv, log=self.log, env=self.env, cwd=ROOT, remove=self.remove)
        self.started, self.due = time.monotonic(), None

    def stop(self) -> None:
        say(f"Stopping {self.name}")
        if self.kept:
            self.kept.stop()
        for path in self.remove:  # its keeper did so, unless the process had just died by itself
            path.unlink(missing_ok=True)

    def watch(self) -> None:
        code = self.kept.ended() if self.kept else None
        if code is None:
            return
        now = time.monotonic()
        if self.due is None:
            self.delay = 1.0 if now - self.started > STEADY_SECONDS else min(self.delay * 2, 30.0)
            self.due = now + self.delay
            say(f"{self.name} ended (exit {code}, see {self.log}); again in {self.delay:.0f} s")
        elif now >= self.due:
            self.start()
            say(f"{self.name} is started again")


def environment(port: int, mail_port: int, database: str, broker: str) -> dict[str, str]:
    secret = LOCAL / "secret"
    if not secret.exists():
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_urlsafe(48))
    return os.environ | {
        "HALLWAY_MODE": "demo",
        "SECRET_KEY": secret.read_text(),
        "BASE_URL": f"http://localhost:{port}",
        "DATABASE_URL": database,
        "REDIS_URL": broker,
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
        "MEDIA_ROOT": str(private_folder(LOCAL / "media")),
        "AUDIT_ANCHOR_FILE": str(LOCAL / "audit-anchors.jsonl"),
        "PYTHONUNBUFFERED": "1",
    }


def services(port: int, mail_port: int, env: dict[str, str]) -> list[Service]:
    python = [sys.executable, "-m"]
    env = env | {"DATABASE_ROLE": "hallway_app"}  # may add audit rows and change none
    worker_env = env | {"HALLWAY_WORKER": "1"}
    sink = f"aiosmtpd -n -l 127.0.0.1:{mail_port} -c config.demo_services.MailFolder"
    worker = "celery -A config.celery worker -l INFO --concurrency 2 --without-gossip"
    jobs = f"{worker.replace('--concurrency 2', '--concurrency 1')} -Q jobs -n jobs@%h"
    beat = "celery -A config.celery beat -l INFO --pidfile= -s"
    web = f"gunicorn -k gthread -w 2 --threads 4 --no-control-socket --bind 127.0.0.1:{port}"
    schedule = str(private_folder(LOCAL / "beat") / "schedule")
    return [
        Service("mail", [*python, *sink.split(), str(LOCAL / "mail")], env),
        Service("worker", [*python, *worker.split()], worker_env),
        Service("jobs", [*python, *jobs.split()], worker_env),
        Service("beat", [*python, *beat.split(), schedule], worker_env),
        # demo.json promises a running page, so it goes with the web process even after kill -9
        Service(
            "web",
            [*python, *web.split(), "config.wsgi:application"],
            env,
            remove=[LOCAL / "demo.json"],
        ),
    ]
