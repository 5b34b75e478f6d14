"""A keeper: a tiny process that holds a pipe to whoever asked for a service, and runs that service.

When the asker ends, even by kill -9, the pipe closes and the keeper shuts the service down in its
proper way. Standard library only, started without site-packages: ready in milliseconds.
"""
# ruff: noqa: S603 - runs programs chosen by config.embedded and config.demo only

import ctypes
import fcntl
import json
import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

START_SECONDS = 40.0
LOCK_SECONDS = 20.0  # an earlier service may still be writing its last pages


class EmbeddedError(Exception):
    """A service cannot start; the text is a sentence for the person at the keyboard."""


class Kept:
    """A process under a keeper; `remove` is deleted when it was asked to stop and is gone."""

    def __init__(  # noqa: PLR0913 - a process and all that belongs to it
        self,
        argv: Sequence[str | Path],
        *,
        log: Path,
        env: dict[str, str] | None = None,
        cwd: Path = Path("/"),
        user: pwd.struct_passwd | None = None,
        stop: signal.Signals = signal.SIGTERM,
        grace: float = 20.0,
        remove: Iterable[Path] = (),
        hold: Iterable[int] = (),
    ) -> None:
        order = {
            "argv": [str(part) for part in argv],
            "cwd": str(cwd),
            "user": [user.pw_uid, user.pw_gid] if user else None,
            "stop": int(stop),
            "grace": grace,
            "remove": [str(path) for path in remove],
        }
        self._grace = grace
        with log.open("ab") as out:
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", __file__, json.dumps(order)],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                env=env,
                pass_fds=tuple(hold),
                start_new_session=True,  # Ctrl-C in a terminal reaches the supervisor alone
            )

    def ended(self) -> int | None:
        return self._keeper.poll()

    def stop(self) -> None:
        if self._keeper.stdin:
            self._keeper.stdin.close()
        try:
            self._keeper.wait(self._grace + 10)
        except subprocess.TimeoutExpired:
            self._keeper.kill()
            self._keeper.wait()


def die_with_parent(number: int) -> Callable[[], None]:
    """For `preexec_fn` without threads: Linux sends `number` when the parent is gone."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(1, number)


def keep(
    argv: list[str], cwd: str, user: list[int] | None, stop: int, grace: float, remove: list[str]
) -> int:
    """Run `argv` until it ends, SIGTERM arrives or stdin closes (the starter is gone)."""
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    uid, gid = user or (None, None)
    child = subprocess.Popen(
        argv,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        user=uid,
        group=gid,
        extra_groups=[] if user else None,
        start_new_session=True,
        preexec_fn=die_with_parent(stop),
    )
    while child.poll() is None and not asked:
        ready = select.select([0, wake], [], [])[0]
        if wake in ready:
            os.read(wake, 512)
        if 0 in ready and not os.read(0, 512):
            asked.append(0)
    if child.poll() is None:
        child.send_signal(stop)
        with suppress(subprocess.TimeoutExpired):
            child.wait(grace)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    code = child.wait()
    for path in remove if asked else []:
        shutil.rmtree(path, ignore_errors=True)
        Path(path).unlink(missing_ok=True)
    return code if code >= 0 else 128 - code


# --- for those who start kept services ------------------------------------------------------------
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def lock_folder(path: Path, what: str) -> int:
    """A lock the keeper holds while its service lives; waits for one that is still stopping."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    until = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                os.close(handle)
                raise EmbeddedError(
                    f"{what} of this folder is already running (lock: {path})."
                ) from None
            time.sleep(0.1)
        else:
            return handle


def start(
    what: str, log: Path, launch: Callable[[int], Kept], ready: Callable[[int], bool]
) -> tuple[Kept, int]:
    """Launch on a free port until `ready`; another port when someone took it in between."""
    tail, until = "", time.monotonic() + START_SECONDS
    for _ in range(3):
        port = free_port()
        kept = launch(port)
        while kept.ended() is None and time.monotonic() < until:
            if ready(port):
                return kept, port
            time.sleep(0.05)
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        if kept.ended() is None:
            kept.stop()
            break
    raise EmbeddedError(f"{what} did not start. The end of its log:\n{tail}")


def private_folder(path: Path, user: pwd.struct_passwd | None = None) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if user:
        os.chown(path, user.pw_uid, user.pw_gid)
    return path


if __name__ == "__main__":
    sys.exit(keep(**json.loads(sys.argv[1])))
