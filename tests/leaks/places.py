"""Every place a word may end up in although nobody looks there; each as bytes."""

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg2
import pypdf
import pyrage
from django.contrib.sessions.models import Session
from django.db import connection

from tests.leaks.person import Heard
from tests.processes import ROOT, Process, Valkey

# What is kept beside the records: counters, locks, keys, queues. No row of a chart.
TABLES = (
    "cache_rows",
    "work_ratecount",
    "work_idempotencykey",
    "axes_accessattempt",
    "axes_accesslog",
    "axes_accessfailurelog",
    "usersessions_usersession",
    "events_domainevent",
    "events_eventhandled",
    "events_heartbeat",
    "django_session",
)


def table(name: str, columns: str = "*") -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {name}")
        return "\n".join(str(row) for row in cursor.fetchall()).encode()


def tables() -> Iterator[tuple[str, bytes]]:
    for name in TABLES:
        yield f"table {name}", table(name)
    yield (
        "table messaging_delivery",
        table("messaging_delivery", "dedupe_key, channel, template, path, last_error"),
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM cache_rows")
        kept = [str(row[0]) for row in cursor.fetchall()]
    yield "cache, unpacked", "\n".join(kept).encode()


def sessions() -> bytes:
    """What the server remembers of who is signed in, unsigned and unpacked."""
    return json.dumps([row.get_decoded() for row in Session.objects.all()], default=str).encode()


def command_lines(processes: list[Process]) -> bytes:
    """As `ps` shows them to every user of the machine: ours, their children and theirs."""
    groups = {str(process.pid) for process in processes}
    lines = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            group = (folder / "stat").read_text().rpartition(")")[2].split()[2]
            if group in groups:
                lines.append((folder / "cmdline").read_bytes())
    assert len(lines) >= len(groups)
    return b"\n".join(lines)


def broker(valkey: Valkey) -> Iterator[tuple[str, bytes]]:
    """Every command it was ever told (its append-only file), and every key it holds now."""
    told = b"".join(p.read_bytes() for p in valkey.folder.rglob("*") if p.suffix == ".aof")
    assert b"messaging.tasks.tick" in told, "no task passed the broker"
    yield "broker, every command", told
    with socket.create_connection(("127.0.0.1", valkey.port), timeout=5) as line:
        line.sendall(b"KEYS *\r\n")
        time.sleep(0.2)
        yield "broker, keys", line.recv(1 << 20)


@contextlib.contextmanager
def database_away() -> Iterator[None]:
    """Nobody else is let in; who was in is thrown out."""
    at = connection.settings_dict
    line = psycopg2.connect(host=at["HOST"], port=at["PORT"], user=at["USER"],
                            password=at["PASSWORD"], dbname="postgres")  # fmt: skip
    line.autocommit = True
    name, mine = at["NAME"], connection.connection.info.backend_pid
    with line.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        try:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = %s AND pid <> %s",
                [name, mine],
            )
            yield
        finally:
            cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    line.close()


def metadata(pdf: bytes) -> bytes:
    """What a PDF says about itself, beside its text."""
    reader = pypdf.PdfReader(BytesIO(pdf))
    found: dict[str, Any] = {"info": reader.metadata, "outline": reader.outline}
    found |= {"attached": list(reader.attachments), "root": reader.trailer["/Root"]}
    xmp = reader.trailer["/Root"].get("/Metadata")
    packet = xmp.get_object().get_data() if xmp else b""
    assert reader.metadata and packet, "the letter says nothing about itself"
    return str(found).encode() + packet


def backup(env: dict[str, str], into: Path) -> tuple[bytes, bytes]:
    """(a backup's manifest, names and encrypted files; what the command said)."""
    key = pyrage.x25519.Identity.generate()
    env = env | {"BACKUP_RECIPIENT": str(key.to_public()), "MEDIA_ROOT": str(into / "media")}
    (into / "media").mkdir()
    done = subprocess.run([sys.executable, "manage.py", "backup", str(into / "kept")],
                          env=dict(env), cwd=ROOT, capture_output=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    folder = next((into / "kept").glob("hallway-*"))
    files = [file.name.encode() + file.read_bytes() for file in sorted(folder.iterdir())]
    return b"\n".join(files), done.stdout + done.stderr


def heads(heard: list[Heard]) -> bytes:
    return "\n".join(f"{h.method} {h.path}\n{h.head}" for h in heard).encode()
