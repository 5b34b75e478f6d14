"""The demo's supervisor with its real processes, around a stand-in application that starts fast."""

import contextlib
import email.message
import json
import os
import signal
import smtplib
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.keeper import free_port
from tests.ops.conftest import clean_env, eventually, is_listening, processes_naming

MANAGE = """
import json, pathlib, sys
if sys.argv[1] == "seed_demo":
    users = {"nurse": {"email": "n@example.org", "password": "pw", "totp": None, "token": "t"}}
    pathlib.Path(sys.argv[sys.argv.index("--users-file") + 1]).write_text(json.dumps(users))
"""
WSGI = """
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ready"]
"""
CELERY = """
import os
from celery import Celery
app = Celery("stand-in", broker=os.environ["REDIS_URL"])
"""
STARTER = """
import subprocess, sys, time
demo = subprocess.Popen(sys.argv[1:])
print(demo.pid, flush=True)
time.sleep(120)
"""


@pytest.fixture
def project(checkout: Path) -> Path:
    (checkout / "manage.py").write_text(MANAGE)
    (checkout / "config" / "wsgi.py").write_text(WSGI)
    (checkout / "config" / "celery.py").write_text(CELERY)
    return checkout


def demo_command(port: int) -> list[str]:
    return [sys.executable, "-m", "config.demo", "--port", str(port)]


@contextlib.contextmanager
def running(project: Path, port: int, *, through: tuple[str, ...] = ()) -> Iterator[int]:
    """The pid of a started demo process (or of `through`, a program that starts it)."""
    log = project / "demo.out"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [*through, *demo_command(port)],
            cwd=project,
            env=clean_env(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    try:
        started = eventually((project / ".local" / "demo.json").exists, seconds=40)
        assert started, log.read_text()
        yield process.pid
    finally:
        process.terminate()
        process.wait(60)
        assert eventually(lambda: not processes_naming(str(project)), seconds=40)


def described(project: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((project / ".local" / "demo.json").read_text())
    return found


def page(port: int) -> bytes:
    with urllib.request.urlopen(f"http://localhost:{port}/", timeout=5) as answer:
        return bytes(answer.read())


def web_of(port: int) -> list[int]:
    """The gunicorn master and its workers, without the keeper around them."""
    found = processes_naming(f"--bind 127.0.0.1:{port}")
    return sorted(pid for pid, command in found.items() if "keeper.py" not in command)


def test_the_demo_starts_restarts_and_stops_everything(project: Path) -> None:
    port = free_port()
    described_in = project / ".local" / "demo.json"
    with running(project, port) as pid:
        assert page(port) == b"ready"
        assert described(project)["url"] == f"http://localhost:{port}"
        assert described(project)["users"]["nurse"]["email"] == "n@example.org"
        assert described_in.stat().st_mode & 0o777 == 0o600
        again = subprocess.run(
            demo_command(port), cwd=project, env=clean_env(), capture_output=True, check=False
        )
        assert again.returncode == 1
        assert b"The demo already runs in this folder" in again.stderr
        assert described_in.exists()
        first = web_of(port)[0]
        os.kill(first, signal.SIGKILL)
        log = project / "demo.out"
        assert eventually(lambda: "web is started again" in log.read_text())
        assert eventually(lambda: is_listening(port))
        assert page(port) == b"ready"
        assert described_in.exists()
        os.kill(pid, signal.SIGINT)
        assert eventually(lambda: not processes_naming(str(project)), seconds=30)
    assert not is_listening(port)
    assert not described_in.exists()
    said = (project / "demo.out").read_text()
    stops = [line.split()[-1] for line in said.splitlines() if "Stopping" in line]
    assert stops[-5:] == ["web", "beat", "jobs", "worker", "mail"]


def test_kill_9_of_the_demo_leaves_nothing_and_it_starts_again(project: Path) -> None:
    port = free_port()
    with running(project, port) as pid:
        os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: not is_listening(port))
        assert eventually(lambda: not processes_naming(str(project)), seconds=30)
        assert not (project / ".local" / "demo.json").exists()
    with running(project, port):
        assert page(port) == b"ready"


def test_the_demo_ends_with_the_program_that_started_it(project: Path) -> None:
    port = free_port()
    with running(project, port, through=(sys.executable, "-c", STARTER)) as starter:
        os.kill(starter, signal.SIGKILL)
        assert eventually(lambda: not processes_naming(str(project)), seconds=30)
        log = project / "demo.out"
        assert eventually(lambda: "Everything is stopped" in log.read_text())
        assert "the process that started the demo has ended" in log.read_text()


def test_mails_of_the_demo_become_files(project: Path) -> None:
    with running(project, free_port()):
        [sink] = [
            command
            for command in processes_naming("config.demo_services.MailFolder").values()
            if str(project) in command and "keeper.py" not in command
        ]
        mail = email.message.EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "a@example.org", "b@example.org", "Hello"
        with smtplib.SMTP(sink.split("-l ")[1].split()[0]) as server:
            server.send_message(mail)
        [kept] = (project / ".local" / "mail").glob("*.eml")
        assert "Subject: Hello" in kept.read_text()
