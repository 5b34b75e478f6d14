"""`script/demo`: the whole clinic on one machine, started and stopped as one.

Everything it starts runs under a keeper (config/keeper.py): Ctrl-C stops web, beat, worker, mail
sink, Valkey and PostgreSQL in that order, and so does the end of the process that started the demo.
"""
# ruff: noqa: S603 - runs this project's own programs

import argparse
import fcntl
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
from contextlib import ExitStack, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from config.demo_services import LOCAL, LOGS, ROOT, Service, environment, say, services
from config.embedded import forget, postgres, valkey
from config.keeper import EmbeddedError, Kept, free_port, private_folder


class Stopped(Exception):
    """Someone asked the demo to stop, or the process that started it is gone."""


def take_lock() -> int:
    """One demo per folder; the lock goes with this process, however it ends."""
    path = private_folder(LOCAL) / "demo.lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = path.read_text().strip()
        raise EmbeddedError(
            f"The demo already runs in this folder (process {pid}). "
            f"Stop it with Ctrl-C in its window, or: kill {pid}"
        ) from None
    os.ftruncate(handle, 0)
    os.write(handle, f"{os.getpid()}\n".encode())
    return handle


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def check_port(port: int, *, patience: float = 3.0) -> None:
    """A demo killed a moment ago may still be letting go of the port, so look for some seconds."""
    until = time.monotonic() + patience
    while not is_free(port):
        if time.monotonic() > until:
            other = next((p for p in range(port + 1, port + 100) if is_free(p)), port + 1)
            raise EmbeddedError(
                f"Port {port} is taken by another program. "
                f"Choose a free one: script/demo --port {other}"
            )
        time.sleep(0.2)


def manage(env: dict[str, str], *command: str, parent: int = 0) -> None:
    """Run a command of ours; what it prints goes to the log and, as progress, to the terminal."""
    log = LOGS / "setup.log"
    argv = [sys.executable, str(ROOT / "manage.py"), *command]
    pipe = subprocess.PIPE
    with (
        log.open("ab", buffering=0) as out,
        subprocess.Popen(argv, env=env, cwd=ROOT, stdout=pipe, stderr=out) as done,
    ):
        try:
            for line in done.stdout or ():
                out.write(line)
                if command[0] == "seed_demo":
                    say(line.decode(errors="replace").rstrip())
                check_parent(parent)
        except BaseException:
            done.kill()  # a seeding cut short goes on with the next start
            raise
    if done.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise EmbeddedError(f"manage.py {command[0]} failed. The end of {log}:\n{tail}")
    say(f"manage.py {command[0]} done")


def prepare(env: dict[str, str], args: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """Schema, protocol library and demo clinic; returns one sign-in per role."""
    for command in ("migrate", "createcachetable", "grant_app_role", "load_protocols"):
        check_parent(args.parent)
        manage(env, command)
    if args.empty:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        users = Path(folder) / "users.json"
        seed = ("seed_demo", "--size", args.size, "--users-file", str(users))
        manage(env, *seed, parent=args.parent)
        found: dict[str, dict[str, Any]] = json.loads(users.read_text())
    return found


def wait_until_ready(port: int, web: Service, parent: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and web.kept and web.kept.ended() is None:
        check_parent(parent)
        with (
            suppress(OSError, urllib.error.URLError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5),
        ):
            return
        time.sleep(0.2)
    tail = "\n".join(web.log.read_text(errors="replace").splitlines()[-15:])
    raise EmbeddedError(f"The web process does not answer. The end of {web.log}:\n{tail}")


def announce(port: int, users: dict[str, dict[str, Any]]) -> None:
    url = f"http://localhost:{port}"
    half = LOCAL / "demo.json.half"
    half.unlink(missing_ok=True)
    half.touch(mode=0o600)
    half.write_text(json.dumps({"url": url, "users": users}, indent=1))
    half.rename(LOCAL / "demo.json")
    say(f"Hallway is ready: {url}\n")
    width = max((len(user["email"]) for user in users.values()), default=0)
    for role, user in users.items():
        second = f"   code key {user['totp']}" if user.get("totp") else ""
        line = f"  {role:<20} {user['email']:<{width}}   {user['password']}{second}\n"
        sys.stdout.write(line)
    if any(user.get("totp") for user in users.values()):
        sys.stdout.write("\n  After the password comes a code. Print it: script/code physician\n")
    if not users:
        sys.stdout.write("  No clinic and no users: started with --empty.\n")
    sys.stdout.write(f"\n  Mails: {LOCAL / 'mail'}   Logs: {LOGS}   Stop: Ctrl-C\n\n")
    sys.stdout.flush()


def check_parent(parent: int) -> None:
    if parent and os.getppid() != parent:
        raise Stopped("the process that started the demo has ended (--stay keeps it running)")


def supervise(running: list[Service], stores: dict[str, Kept], parent: int) -> None:
    while True:
        time.sleep(0.5)
        check_parent(parent)
        for service in running:
            service.watch()
        for name, kept in stores.items():
            if (code := kept.ended()) is not None:
                raise EmbeddedError(f"{name} has ended (exit {code}, see {LOGS}).")


def run(args: argparse.Namespace) -> None:
    take_lock()
    check_port(args.port)
    (LOCAL / "demo.json").unlink(missing_ok=True)
    if args.reset:
        forget(LOCAL)
        for name in ("mail", "media", "beat", "log"):
            shutil.rmtree(LOCAL / name, ignore_errors=True)
        (LOCAL / "audit-anchors.jsonl").unlink(missing_ok=True)
        say("The data of the earlier demo is deleted")
    private_folder(LOGS)
    with ExitStack() as stack:
        try:
            serve(stack, args)
        except Stopped as reason:
            say(f"Stopping: {reason}")


def serve(stack: ExitStack, args: argparse.Namespace) -> None:
    """Starts everything in order and stays; `stack` stops it in the reverse order."""
    stores: dict[str, Kept] = {}
    log = LOGS / "postgres.log"
    database = stack.enter_context(postgres(LOCAL, log=log, watch=stores))
    say("PostgreSQL is up")
    broker = stack.enter_context(valkey(LOCAL, log=LOGS / "valkey.log", watch=stores))
    say("Valkey is up")
    mail_port = free_port()
    env = environment(args.port, mail_port, database, broker)
    users = prepare(env, args)
    running = services(args.port, mail_port, env)
    for service in running:
        stack.callback(service.stop)
        service.start()
        say(f"{service.name} started")
    stack.callback(ignore_signals)  # called first: a second Ctrl-C must not cut the stop short
    wait_until_ready(args.port, running[-1], args.parent)
    announce(args.port, users)
    supervise(running, stores, args.parent)


def ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def stop_on_signals() -> None:
    def stop(number: int, _frame: FrameType | None) -> None:
        ignore_signals()
        raise Stopped(signal.Signals(number).name)

    # A shell starts `script/demo &` with SIGINT ignored; `kill -INT` shall work there too.
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup stays nohup
        signal.signal(signal.SIGHUP, stop)


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/demo", description="Runs Hallway with demo data.")
    parser.add_argument("--port", type=int, default=8000, help="where the pages are (8000)")
    parser.add_argument("--reset", action="store_true", help="delete earlier data first")
    sizes = ["small", "clinic", "large"]
    parser.add_argument("--size", choices=sizes, default="small", help="25, 2,000, 100,000 charts")
    parser.add_argument("--empty", action="store_true", help="no demo clinic")
    parser.add_argument("--stay", action="store_true", help="go on when the starting process ends")
    parser.add_argument("--parent", type=int, default=os.getppid(), help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.stay:
        args.parent = 0
    return args


def main(argv: list[str]) -> int:
    args = arguments(argv)
    stop_on_signals()
    try:
        run(args)
        say("Everything is stopped")
    except Stopped as reason:  # before anything was started
        say(f"Stopped: {reason}")
    except EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
