"""`script/bench`: how many times the floor a page costs, measured side by side in one run.

Per round every target is measured once at every number of connections, Hallway and floor one after
the other, with a rest before each; what is reported is the median of the rounds' ratios. Absolute
figures depend on the machine, the ratios much less. Everything runs on loopback and ends by itself.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import product
from pathlib import Path
from typing import Any

import psycopg2

from config.embedded import postgres, valkey
from config.keeper import EmbeddedError, Kept, free_port
from tests.bench import targets
from tests.bench.load import Measured, measure
from tests.bench.report import Runs, table, written
from tests.bench.targets import PLAIN, TARGETS, Place, Target

ROOT = Path(__file__).resolve().parents[2]
SIZES = {"tiny": 60, "small": 1_000, "clinic": 2_000, "large": 100_000}
WORKERS = "-k gthread -w 2 --threads 4 --keep-alive 30 --no-control-socket"


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a program's output


@contextmanager
def place(name: str, patients: int, environ: dict[str, str], folder: Path) -> Iterator[Place]:
    """A database of that size with its gunicorn."""
    ready, log = folder / f"{name}.json", folder / f"{name}.log"
    say(f"{name}: {patients:,} patients ({patients * 10:,} work items) …")
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.prepare", str(patients), str(ready)],
        env=environ, cwd=ROOT, stdout=sys.stdout if patients > 2000 else subprocess.DEVNULL,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise EmbeddedError(f"The database of {name} could not be made ready.")
    port = free_port()
    argv = [sys.executable, "-m", "gunicorn", *WORKERS.split(), "--bind", f"127.0.0.1:{port}"]
    kept = Kept([*argv, "tests.bench.server:application"], log=log, env=environ, cwd=ROOT)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with (
                suppress(OSError),
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5),
            ):
                break
            time.sleep(0.2)
        else:
            raise EmbeddedError("\n".join(log.read_text(errors="replace").splitlines()[-15:]))
        yield Place(port, environ["DATABASE_URL"], json.loads(ready.read_text()))
    finally:
        kept.stop()


def database(url: str, name: str) -> str:
    """A database beside the given one, made when it is not there."""
    line = psycopg2.connect(url)
    line.autocommit = True
    with line.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if not cursor.fetchone():
            cursor.execute(f'CREATE DATABASE "{name}"')
    line.close()
    return f"{url.rpartition('/')[0]}/{name}"


class Bench:
    """Measures; every result goes to `runs`."""

    def __init__(self, args: argparse.Namespace, runs: Runs) -> None:
        self.args, self.runs = args, runs
        self.bytes: dict[str, int] = {}

    def once(self, key: str, where: Place, target: Target, floor: bool, conns: int) -> None:
        asks = target.floor if floor else target.hallway
        if target.consumes:
            targets.open_pool(where)
        time.sleep(self.args.drain)
        found = measure(
            where.port,
            [self.asked(asks(where, number), target) for number in range(conns)],
            want=target.want,
            seconds=self.args.seconds,
            most=self.args.requests,
        )
        if target.consumes:
            targets.shut_pool(where)
        if not floor:
            self.bytes[target.name] = found.size
        self.kept(key, target.name, conns, found)

    def asked(self, asks: Iterator[bytes], target: Target) -> Iterator[bytes]:
        """With the size the page really has, for the floor to fill up to."""
        size = str(self.bytes.get(target.name, 0)).encode()
        for ask in asks:
            yield ask.replace(b"{bytes}", size)

    def kept(self, key: str, name: str, conns: int, found: Measured) -> None:
        if found.wrong or not found.seconds:
            raise SystemExit(f"{name} ({key}): {len(found.wrong)} wrong, e.g. {found.wrong[:1]}")
        self.runs.setdefault((name, conns, key), []).append((found.mean, found.p95))
        say(f"  {name:13} {key:8} {conns:2} connections: {len(found.seconds):5} requests, mean "
            f"{found.mean * 1000:7.2f} ms, p95 {found.p95 * 1000:7.2f} ms")  # fmt: skip

    def warm(self, places: list[Place]) -> None:
        """Every process has seen every page before anything is counted."""
        chosen = [t for t in TARGETS if t.name in self.args.targets]
        for where, target, floor in product(places, chosen, (False, True)):
            asks = target.floor if floor else target.hallway
            if target.consumes:
                targets.open_pool(where)
            turns = [asks(where, number) for number in range(16)]
            found = measure(where.port, turns, want=target.want, seconds=60, most=2)
            self.bytes.setdefault(target.name, found.size)

    def round(self, large: Place, small: Place | None) -> None:
        for conns in self.args.connections:
            for target in (t for t in TARGETS if t.name in self.args.targets):
                self.once("hallway", large, target, False, conns)
                self.once("floor", large, target, True, conns)
                if small:
                    self.once("10,000", small, target, False, conns)
            if "home" in self.args.targets:
                plain = Target("home", 0, 200, PLAIN, PLAIN)
                self.once("DRF list", large, plain, True, conns)


def arguments(argv: list[str]) -> argparse.Namespace:
    names = [target.name for target in TARGETS]
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("--size", choices=list(SIZES), default="large")
    parser.add_argument("--growth", action="store_true", help="beside a database of 10,000 rows")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="per measurement")
    parser.add_argument("--drain", type=float, default=3.0, help="rest before each")
    parser.add_argument("--requests", type=int, default=10**6, help="per connection, at most")
    parser.add_argument("--connections", type=int, nargs="+", default=[8, 40])
    parser.add_argument("--targets", nargs="+", choices=names, default=names)
    parser.add_argument("--out", type=Path, default=ROOT / ".local" / "bench.json")
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    """With DATABASE_URL set, databases `bench_<size>` are made beside that one and kept."""
    args = arguments(argv)
    runs: Runs = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        base = stack.enter_context(postgres(max_connections=200))
        common = os.environ | {
            "REDIS_URL": stack.enter_context(valkey()), "HALLWAY_MODE": "demo",
            "DJANGO_SETTINGS_MODULE": "config.settings", "RATE_FACTOR": "1000000",
        }  # fmt: skip

        def there(size: str) -> Place:
            environ = common | {"DATABASE_URL": database(base, f"bench_{size}")}
            return stack.enter_context(place(size, SIZES[size], environ, folder))

        large = there(args.size)
        small = there("small") if args.growth else None
        bench = Bench(args, runs)
        bench.warm([large, small] if small else [large])
        for number in range(args.rounds):
            say(f"round {number + 1} of {args.rounds}, load {os.getloadavg()[0]:.1f}")
            bench.round(large, small)
        rows: dict[str, Any] = {"size": args.size, "rows": large.ready["rows"]}
    aims = {target.name: target.aim for target in TARGETS}
    say(table(runs, aims))
    args.out.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    args.out.write_text(json.dumps(rows | {"results": written(runs, aims)}, indent=1))
    say(f"Written to {args.out}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except EmbeddedError as error:
        sys.exit(str(error))
