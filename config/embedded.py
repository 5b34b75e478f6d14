"""Embedded PostgreSQL and Valkey for the demo and the tests; production brings its own.

Every service runs under a keeper (config/keeper.py), so it ends properly when the process that
asked for it ends, even by kill -9. Needs no Django set-up: tests use it too.
"""
# ruff: noqa: S603 - runs programs found on disk, never text typed by a user

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from config.embedded_binaries import (
    may_enter,
    other_user,
    outside,
    postgres_binaries,
    valkey_binary,
)
from config.keeper import (
    EmbeddedError,
    Kept,
    die_with_parent,
    lock_folder,
    private_folder,
    start,
)

ROLE = DATABASE = "hallway"


# --- PostgreSQL ----------------------------------------------------------------------------------
def _initialise(binaries: Path, home: Path, user: pwd.struct_passwd | None) -> str:
    """A new cluster whose template1 has the extensions, so test databases have them too."""
    data, password = home / "data", secrets.token_hex(16)
    shutil.rmtree(data, ignore_errors=True)
    private_folder(data, user)
    ids: dict[str, Any] = {}
    if user:
        ids = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    locale = "C.UTF-8" if sys.platform.startswith("linux") else "en_US.UTF-8"
    made_as = f"--auth=trust --encoding=UTF8 --no-sync --username={ROLE} --locale={locale}"
    initdb = [str(binaries / "initdb"), "-D", str(data), *made_as.split()]
    single = [
        str(binaries / "postgres"),
        "--single",
        "-D",
        str(data),
        "-c",
        "fsync=off",
        "template1",
    ]
    sql = [
        f"ALTER ROLE {ROLE} PASSWORD '{password}'",
        "CREATE EXTENSION pg_trgm",
        "CREATE EXTENSION btree_gist",
    ]
    statements = "\n".join([*sql, f"CREATE DATABASE {DATABASE}", ""])  # one line, one statement
    for argv, text in ((initdb, ""), (single, statements)):
        done = subprocess.run(
            argv, input=text, cwd="/", text=True, capture_output=True, check=False, **ids
        )
        if done.returncode or "ERROR:" in done.stderr or "FATAL:" in done.stderr:
            raise EmbeddedError(
                f"PostgreSQL could not make its data folder:\n{done.stderr[-2000:]}"
            )
    (data / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
    (home / "password").touch(mode=0o600)
    (home / "password").write_text(password)  # written last: it says that the cluster is complete
    return password


def _command_of(pid: str) -> str:
    if sys.platform.startswith("linux"):
        with suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
        return ""
    ps = ["/bin/ps", "-ww", "-o", "args=", "-p", pid]
    return subprocess.run(ps, capture_output=True, text=True, check=False).stdout


def _clear_stale(data: Path) -> None:
    """After kill -9 the pid file may name an unrelated process; under our lock only ours counts."""
    pidfile = data / "postmaster.pid"
    until = time.monotonic() + 30
    while pidfile.exists():
        pid = pidfile.read_text().partition("\n")[0]
        if str(data) not in _command_of(pid):
            break
        if time.monotonic() > until:
            raise EmbeddedError(f"An earlier PostgreSQL of this folder does not end: kill {pid}")
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGINT)
        time.sleep(0.2)
    pidfile.unlink(missing_ok=True)


@contextmanager
def _home(
    home: Path | None, kind: str, user: pwd.struct_passwd | None
) -> Iterator[tuple[Path, list[int]]]:
    """The service's folder and the lock its keeper must hold; throw-away without a home."""
    mode = 0o711 if user else 0o700  # the folder stays ours, that user owns only `data` within
    if home is None:
        base = Path(tempfile.gettempdir()).resolve()
        fits = user is None or may_enter(base, user)
        path = Path(tempfile.mkdtemp(prefix=f"hallway-{kind}-", dir=base if fits else "/var/tmp"))  # noqa: S108
        path.chmod(mode)
        try:
            yield path, []
        finally:
            shutil.rmtree(path, ignore_errors=True)
        return
    private_folder(home).chmod(mode)
    lock = lock_folder(home / "lock", kind)
    try:
        yield home, [lock]
    finally:
        os.close(lock)


def _flags(max_connections: int, *, durable: bool) -> list[str]:
    options = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "jit=off", "timezone=UTC"]
    options.append(f"max_connections={max_connections}")
    if not durable:
        options += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
    return [part for option in options for part in ("-c", option)]


@contextmanager
def postgres(
    local: Path | None = None,
    *,
    log: Path | None = None,
    max_connections: int = 100,
    watch: dict[str, Kept] | None = None,
) -> Iterator[str]:
    """URL of a PostgreSQL; its data persists in `local` (.local), None means throw-away."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    user = other_user()
    place = None
    if local:
        place = cluster_place(local) if user else local / "postgres"
        (private_folder(local) / "postgres.path").write_text(f"{place}\n")
    with _home(place, "PostgreSQL", user) as (home, hold):
        data, out = home / "data", log or home / "log"
        _clear_stale(data)
        binaries = postgres_binaries(data, user)
        made = (home / "password").exists()
        password = (home / "password").read_text() if made else _initialise(binaries, home, user)
        argv = [
            f"{binaries}/postgres",
            "-D",
            str(data),
            *_flags(max_connections, durable=bool(local)),
        ]

        def launch(port: int) -> Kept:
            gone = [] if local else [home]
            fast, full = signal.SIGINT, [*argv, "-p", str(port)]
            return Kept(full, log=out, user=user, stop=fast, grace=30, remove=gone, hold=hold)

        def ready(_: int) -> bool:
            with suppress(OSError):
                return (data / "postmaster.pid").read_text().splitlines()[7:8] == ["ready   "]
            return False

        kept, port = start("PostgreSQL", out, launch, ready)
        if watch is not None:
            watch["PostgreSQL"] = kept
        try:
            yield f"postgres://{ROLE}:{password}@127.0.0.1:{port}/{DATABASE}"
        finally:
            kept.stop()


# --- Valkey --------------------------------------------------------------------------------------
def answers(port: int, password: str) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as line:
        line.sendall(f"AUTH {password}\r\nPING\r\n".encode())
        return line.makefile("rb").readlines(6)[1:] == [b"+PONG\r\n"]
    return False


@contextmanager
def valkey(
    local: Path | None = None, *, log: Path | None = None, watch: dict[str, Kept] | None = None
) -> Iterator[str]:
    """URL of a Valkey; with `local` an append-only file persists there."""
    if given := os.environ.get("REDIS_URL"):
        yield given
        return
    with _home(local / "valkey" if local else None, "Valkey", None) as (home, hold):
        password, out, conf = secrets.token_hex(16), log or home / "log", home / "valkey.conf"

        def launch(port: int) -> Kept:
            lines = ["bind 127.0.0.1", f"port {port}", f'dir "{home}"', f"requirepass {password}"]
            lines += ['save ""', f"appendonly {'yes' if local else 'no'}", "daemonize no"]
            lines += ["maxmemory-policy noeviction", ""]
            conf.touch(mode=0o600)
            conf.write_text("\n".join(lines))
            gone = [] if local else [home]
            return Kept([valkey_binary(), conf], log=out, remove=gone, hold=hold)

        kept, port = start("Valkey", out, launch, lambda port: answers(port, password))
        if watch is not None:
            watch["Valkey"] = kept
        try:
            yield f"redis://:{password}@127.0.0.1:{port}/0"
        finally:
            kept.stop()


def cluster_place(local: Path) -> Path:
    """Root's data lie outside the checkout; `.local` says where. So a fresh clone in the same place
    never meets what an older one left, whose passwords and keys went with its `.local`."""
    mark = local / "postgres.path"
    kept = Path(mark.read_text().strip()) if mark.exists() else None
    if kept and kept.parent == outside():
        return kept
    return outside() / f"postgres-{secrets.token_hex(4)}"


def forget(local: Path) -> None:
    """Delete the data of both services (`script/demo --reset`)."""
    homes = [local / "valkey", cluster_place(local) if other_user() else local / "postgres"]
    for home in (home for home in homes if home.exists()):
        lock = lock_folder(home / "lock", home.name)
        shutil.rmtree(home)
        os.close(lock)


def run(argv: list[str]) -> int:
    """Both services with throw-away data around one command; returns its exit code."""
    with ExitStack() as stack:
        urls = {"DATABASE_URL": stack.enter_context(postgres(max_connections=200))}
        urls |= {"REDIS_URL": stack.enter_context(valkey()), "HALLWAY_MODE": "test"}
        dies = die_with_parent(signal.SIGTERM)  # this process has one thread
        child = subprocess.Popen(argv, env=os.environ | urls, preexec_fn=dies)
        # the command gets Ctrl-C itself and ends in its own way
        signal.signal(signal.SIGINT, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda number, _: child.send_signal(number))
        code = child.wait()
    return code if code >= 0 else 128 - code


def main(argv: list[str]) -> int:
    if argv[:2] != ["run", "--"] or not argv[2:]:
        sys.stderr.write("Use: python -m config.embedded run -- COMMAND\n")
        return 2
    try:
        return run(argv[2:])
    except EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
