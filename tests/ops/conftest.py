"""What the tests of embedded services and of the demo share."""

import contextlib
import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("embedded", "embedded_binaries", "keeper", "demo", "demo_services")


def clean_env() -> dict[str, str]:
    """The suite itself runs inside embedded services; these tests start their own."""
    skip = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
    return {name: value for name, value in os.environ.items() if name not in skip}


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """A copy nobody else may enter (0700), so services named after its path are this test's."""
    folder = tmp_path / "closed"
    (folder / "config").mkdir(parents=True)
    folder.chmod(0o700)
    for name in COPIED:
        shutil.copy(ROOT / "config" / f"{name}.py", folder / "config")
    (folder / "config" / "__init__.py").write_text("")
    yield folder
    with contextlib.suppress(FileNotFoundError):
        data = Path((folder / ".local" / "postgres.path").read_text().strip())
        if data.parent.name.startswith("hallway-"):
            shutil.rmtree(data.parent, ignore_errors=True)


def is_listening(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def eventually(check: Callable[[], bool], *, seconds: float = 15) -> bool:
    until = time.monotonic() + seconds
    while not check():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def processes_naming(text: str) -> dict[int, str]:
    """pid → command line of every living process that mentions `text`."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            command = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if text in command and entry.parent.name != str(os.getpid()):
                found[int(entry.parent.name)] = command
    return found
