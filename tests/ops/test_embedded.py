"""Embedded services end with whoever started them, and start again after a crash."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import demo, embedded, keeper
from tests.ops.conftest import clean_env, eventually, is_listening, processes_naming

HOLD = """
import sys, time
from pathlib import Path
from config.embedded import postgres, valkey
local = Path(sys.argv[1])
with postgres(local) as database, valkey(local) as broker:
    print(database, broker, flush=True)
    time.sleep(60)
"""


def port_of(url: str) -> int:
    return int(url.rsplit(":", 1)[1].split("/")[0])


def run_embedded(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "config.embedded", "run", "--", *command],
        cwd=folder,
        env=clean_env() | {"TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@contextlib.contextmanager
def holder(folder: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A process that holds both services with lasting data, and their two ports."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder / ".local")],
        cwd=folder,
        env=clean_env(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("postgres://"), line + process.stdout.read()
        yield process, [port_of(url) for url in line.split()]
    finally:
        process.kill()
        process.communicate()


def test_run_gives_both_services_and_leaves_nothing(checkout: Path) -> None:
    """Also: from a 0700 checkout with TMPDIR inside, where PostgreSQL's own user may not go."""
    script = checkout / "probe.py"
    script.write_text(
        "import os, psycopg2, redis\n"
        "with psycopg2.connect(os.environ['DATABASE_URL']) as connection:\n"
        "    cursor = connection.cursor()\n"
        "    cursor.execute('select extname from pg_extension order by 1')\n"
        "    print([name for (name,) in cursor.fetchall()])\n"
        "    cursor.execute('show data_directory')\n"
        "    print(cursor.fetchone()[0])\n"
        "print(redis.from_url(os.environ['REDIS_URL']).ping(), os.environ['HALLWAY_MODE'])\n"
        "print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'])\n"
        "raise SystemExit(7)\n"
    )
    done = run_embedded(checkout, sys.executable, str(script))
    assert done.returncode == 7, done.stderr
    extensions, data, state, urls = done.stdout.splitlines()
    assert extensions == "['btree_gist', 'pg_trgm', 'plpgsql']"
    assert state == "True test"
    assert not any(is_listening(port_of(url)) for url in urls.split())
    assert not Path(data).parent.exists()
    assert processes_naming(data) == {}


def test_a_command_killed_by_a_signal_is_not_a_success(checkout: Path) -> None:
    done = run_embedded(checkout, "sh", "-c", "kill -9 $$")
    assert done.returncode == 128 + signal.SIGKILL


def test_kill_9_of_the_parent_stops_both_and_data_survives(checkout: Path) -> None:
    with holder(checkout) as (process, ports):
        data = Path((checkout / ".local" / "postgres.path").read_text().strip()) / "data"
        assert all(map(is_listening, ports))
        process.send_signal(signal.SIGKILL)
        assert eventually(lambda: not any(map(is_listening, ports)))
        assert eventually(lambda: not processes_naming(str(data)))
    log = (data.parent / "log").read_text()
    assert "database system is shut down" in log
    (data / "postmaster.pid").write_text(f"1\n{data}\n")  # a stale one that names a living process
    with holder(checkout) as (_, ports):
        assert all(map(is_listening, ports))
    assert "was not properly shut down" not in (data.parent / "log").read_text()


def test_the_keeper_itself_may_be_killed(checkout: Path) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux tells a child that its parent is gone")
    with holder(checkout) as (_, ports):
        children = processes_naming(f"{checkout}/config/keeper.py")
        assert len(children) == 2
        for pid in children:
            os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: not any(map(is_listening, ports)))


def test_a_second_start_in_the_same_folder_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "LOCK_SECONDS", 0.2)
    lock = keeper.lock_folder(tmp_path / "lock", "PostgreSQL")
    with pytest.raises(keeper.EmbeddedError, match="PostgreSQL of this folder is already running"):
        keeper.lock_folder(tmp_path / "lock", "PostgreSQL")
    os.close(lock)
    os.close(keeper.lock_folder(tmp_path / "lock", "PostgreSQL"))


def test_a_second_demo_in_the_same_folder_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "LOCAL", tmp_path)
    lock = demo.take_lock()
    with pytest.raises(keeper.EmbeddedError, match=f"already runs .*process {os.getpid()}"):
        demo.take_lock()
    os.close(lock)


def test_a_busy_port_is_said_with_the_fix() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(keeper.EmbeddedError) as said:
            demo.check_port(port, patience=0)
    assert str(said.value).startswith(f"Port {port} is taken by another program.")
    assert "script/demo --port " in str(said.value)


def test_the_demo_stops_when_its_parent_is_another() -> None:
    demo.check_parent(os.getppid())
    demo.check_parent(0)
    with pytest.raises(demo.Stopped):
        demo.check_parent(os.getppid() + 1)


def test_a_fresh_clone_never_meets_the_data_of_an_older_one_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside, local = tmp_path / "outside", tmp_path / ".local"
    monkeypatch.setattr(embedded, "outside", lambda: outside)
    local.mkdir()
    first = embedded.cluster_place(local)
    (local / "postgres.path").write_text(f"{first}\n")
    assert embedded.cluster_place(local) == first  # started again, the data are there
    (local / "postgres.path").unlink()  # the checkout was deleted, its data were not
    assert embedded.cluster_place(local) != first
    (local / "postgres.path").write_text(f"{tmp_path / 'elsewhere' / 'postgres'}\n")  # copied
    assert embedded.cluster_place(local).parent == outside
