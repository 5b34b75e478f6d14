"""Real processes for fault and journey tests: worker, beat, web, mail sink and a Valkey.

Every one is a context manager that cleans up whatever happened within, sits in its own process
group and (on Linux) dies with the test run, even by kill -9. Needs no Django set-up.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from config import embedded
from config.embedded_binaries import valkey_binary
from config.keeper import free_port

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 40.0


class NotReadyError(Exception):
    """A process ended or stayed silent; the text carries the end of its log."""


class Process:
    """One process group, started on entry and gone on exit; `env` is added to the run's own."""

    def __init__(
        self,
        name: str,
        argv: list[str],
        env: dict[str, str] | None = None,
        *,
        ready: Callable[["Process"], bool],
    ) -> None:
        self.name, self.argv, self.env, self.ready = name, argv, env or {}, ready
        self.folder = Path(tempfile.mkdtemp(prefix=f"hallway-{name}-"))
        self.popen: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.term(patience=5)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> Self:
        """Start (again) and wait until it serves."""
        setpriv = shutil.which("setpriv")  # keeps the pid, so signals reach the process itself
        guard = [setpriv, "--pdeathsig", "KILL"] if setpriv else []
        with self.log.open("wb") as out:
            self.popen = subprocess.Popen(
                [*guard, *self.argv],
                cwd=ROOT,
                env=os.environ | self.env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        until = time.monotonic() + READY_SECONDS
        while self.alive() and time.monotonic() < until:
            if self.ready(self):
                return self
            time.sleep(0.05)
        state = "is silent" if self.alive() else f"ended with {self.popen.returncode}"
        raise NotReadyError(f"{self.name} {state}; the end of its log:\n{self.output()[-3000:]}")

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def pid(self) -> int:
        assert self.popen is not None, f"{self.name} was never started"
        return self.popen.pid

    def output(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def alive(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    def send(self, number: signal.Signals) -> None:
        """To the main process alone, as an operator would."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill9(self) -> None:
        """The whole group at once, as when the machine loses power; returns when it is gone."""
        if self.popen is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()

    def term(self, *, patience: float = 30) -> None:
        """Ask it to stop; kill the rest of the group when `patience` seconds are over."""
        if self.alive():
            self.thaw()
            self.send(signal.SIGTERM)
            until = time.monotonic() + patience
            while self.alive() and time.monotonic() < until:
                time.sleep(0.02)
        self.kill9()

    def freeze(self) -> None:
        """Stop the whole group without ending it: connections stay open and answer nothing."""
        os.killpg(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.killpg(self.pid, signal.SIGCONT)


def listening(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def start_worker(env: dict[str, str] | None = None, *, concurrency: int = 2) -> Process:
    """`with start_worker(env) as worker:` a Celery worker that has reached its queue."""
    options = f"-l INFO --concurrency {concurrency} --without-gossip --without-mingle"
    name = f"test-{os.getpid()}-{time.monotonic_ns()}@%h"
    argv = [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "-n", name]
    return Process(
        "worker",
        [*argv, *options.split()],
        {"HALLWAY_WORKER": "1", "PYTHONUNBUFFERED": "1"} | (env or {}),
        ready=lambda process: " ready." in process.output(),
    )


def start_beat(env: dict[str, str] | None = None) -> Process:
    def ready(process: Process) -> bool:
        return "beat: Starting" in process.output()

    argv = [sys.executable, "-m", "celery", "-A", "config.celery", "beat", "-l", "INFO"]
    beat = Process("beat", argv, {"HALLWAY_WORKER": "1"} | (env or {}), ready=ready)
    beat.argv += ["--pidfile=", "-s", str(beat.folder / "schedule")]
    return beat


def start_web(env: dict[str, str] | None, port: int) -> Process:
    """gunicorn as in production, ready when /healthz answers anything but an error."""

    def ready(_: Process) -> bool:
        with (
            contextlib.suppress(OSError, urllib.error.URLError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5),
        ):
            return True
        return False

    options = f"-k gthread -w 2 --threads 4 --no-control-socket --bind 127.0.0.1:{port}"
    argv = [sys.executable, "-m", "gunicorn", *options.split(), "config.wsgi:application"]
    return Process("web", argv, env, ready=ready)


class Valkey(Process):
    """A broker of one's own: `kill9`, `term`, `start` (same port, same data), `freeze`, `thaw`."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        super().__init__("valkey", [], ready=lambda _: self.answers())
        flags = f"--port {self.port} --bind 127.0.0.1 --appendonly yes --appendfsync always"
        flags += " --maxmemory-policy noeviction --daemonize no"
        save = ["--save", "", "--dir", str(self.folder)]
        self.argv = [str(valkey_binary()), *flags.split(), *save]

    def answers(self) -> bool:
        address = ("127.0.0.1", self.port)
        with contextlib.suppress(OSError), socket.create_connection(address, timeout=1) as line:
            line.sendall(b"PING\r\n")
            return line.recv(7) == b"+PONG\r\n"
        return False


class Postgres(Process):
    """A PostgreSQL of one's own, whose commits survive `crash`; `start` brings it back."""

    def __init__(self) -> None:
        super().__init__("postgres", [], ready=lambda process: self.answers())
        user = embedded.other_user()
        self.folder.chmod(0o711)
        data = self.folder / "data"
        binaries = embedded.postgres_binaries(data, user)
        password = embedded._initialise(binaries, self.folder, user)
        name = embedded.ROLE
        self.settings = {"HOST": "127.0.0.1", "PORT": free_port(), "NAME": embedded.DATABASE}
        self.settings |= {"USER": name, "PASSWORD": password}
        flags = f"-D {data} -p {self.settings['PORT']} -c listen_addresses=127.0.0.1 "
        flags += "-c unix_socket_directories= -c jit=off -c timezone=UTC -c fsync=off"
        self.argv = [str(binaries / "postgres"), *flags.split()]
        if user:
            who = f"--reuid {user.pw_uid} --regid {user.pw_gid} --clear-groups --pdeathsig KILL"
            self.argv = ["setpriv", *who.split(), *self.argv]

    def answers(self) -> bool:
        with contextlib.suppress(OSError):
            lines = (self.folder / "data" / "postmaster.pid").read_text().splitlines()
            return lines[7:8] == ["ready   "]
        return False

    def crash(self) -> None:
        """As `pg_ctl -m immediate stop`: every connection ends, nothing is written any more."""
        self.send(signal.SIGQUIT)
        assert self.popen is not None
        self.popen.wait(30)

    def __exit__(self, *trace: Any) -> None:
        if self.alive():
            self.crash()
        super().__exit__(*trace)


class SmtpSink(Process):
    """A mail server that writes what it accepted and fails on command.

    `script(...)` takes effect at once: `delay_rcpt` seconds before RCPT is answered, `delay_data`
    seconds between keeping the message and answering 250, `replies` {recipient: "451 later"},
    `hang_up` recipients whose message is kept and the line dropped without an answer.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"smtp://127.0.0.1:{self.port}"
        super().__init__("smtp", [], ready=lambda _: listening(self.port))
        self.accepted = self.folder / "accepted.jsonl"
        self.control = self.folder / "control.json"
        listen = f"-m aiosmtpd -n -l 127.0.0.1:{self.port} -c tests.smtp_sink.SinkHandler"
        self.argv = [sys.executable, *listen.split(), str(self.folder)]

    def script(
        self,
        *,
        delay_rcpt: float = 0,
        delay_data: float = 0,
        replies: dict[str, str] | None = None,
        hang_up: Sequence[str] = (),
    ) -> None:
        order: dict[str, Any] = {"delay_rcpt": delay_rcpt, "delay_data": delay_data}
        order |= {"replies": replies or {}, "hang_up": list(hang_up)}
        half = self.control.with_suffix(".half")
        half.write_text(json.dumps(order))
        half.rename(self.control)

    def messages(self) -> list[dict[str, Any]]:
        """Accepted messages in order: message_id, to, subject, body, at."""
        if not self.accepted.exists():
            return []
        return [json.loads(line) for line in self.accepted.read_text().splitlines()]

    def wait_for(self, count: int, *, seconds: float = 20) -> list[dict[str, Any]]:
        until = time.monotonic() + seconds
        while len(found := self.messages()) < count and time.monotonic() < until:
            time.sleep(0.05)
        assert len(found) >= count, f"{len(found)} of {count} mails after {seconds:.0f} s"
        return found


@contextlib.contextmanager
def all_of(*processes: Process) -> Iterator[None]:
    """Start in order, stop in reverse."""
    with contextlib.ExitStack() as stack:
        for process in processes:
            stack.enter_context(process)
        yield
