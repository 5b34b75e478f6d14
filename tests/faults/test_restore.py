"""F21, the restore drill: a backup comes back whole in a new cluster, and no old mail goes out."""

import datetime as dt
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pyrage
import pytest
from django.utils import timezone

from config.embedded import postgres
from core.events.services import emit
from messaging.models import Delivery
from tests.faults.stack import Stack, signed_in
from tests.processes import ROOT, start_worker

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
# What would send a link again; the ledger's events are told twice without harm.
LINKS = "SELECT handled_at IS NULL FROM events_domainevent WHERE name LIKE 'accounts.%'"


def manage(env: dict[str, str], *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *argv],
        env=os.environ | env, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


@contextmanager
def another_cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty PostgreSQL of its own: the one of the suite is not used again."""
    monkeypatch.delenv("DATABASE_URL")
    with postgres() as url:
        yield url


def rows(url: str, sql: str) -> list[Any]:
    with psycopg2.connect(url) as line, line.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def test_a_backup_comes_back_whole_and_sends_nothing_old(
    stack: Stack,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    figures: Callable[..., None],
) -> None:
    stack.flag()
    hour = dt.timedelta(hours=1)  # written by a web host whose clock is ahead of the database's
    Delivery.objects.filter(pk=stack.nudge(20)[0]).update(created_at=timezone.now() + hour)
    emit(name="accounts.reset_asked", subject_id=stack.cast.ana.pk, now=timezone.now())
    signed_in(stack.cast.ana)
    media, kept = tmp_path / "media", tmp_path / "backups"
    media.mkdir()
    (media / "3f2a").write_bytes(os.urandom(300_000))
    key = pyrage.x25519.Identity.generate()
    secret = tmp_path / "key"
    secret.write_text(f"# kept elsewhere\n{key}\n")
    env = stack.env | {"MEDIA_ROOT": str(media), "BACKUP_RECIPIENT": str(key.to_public())}
    made = manage(env, "backup", str(kept))
    assert made.returncode == 0, made.stderr
    folder = next(kept.glob("hallway-*"))
    assert not list(kept.glob(".*")), "no half backup is left"
    # Encrypted at rest: nothing of the chart can be read in the files.
    for part in folder.iterdir():
        assert b"Okafor" not in part.read_bytes() and b"PGDMP" not in part.read_bytes()[:8]
    counts = json.loads((folder / "manifest.json").read_text())["counts"]
    assert counts["people_patient"] == 3 and counts["messaging_delivery"] >= 20

    with another_cluster(monkeypatch) as url:
        begun = time.monotonic()
        into = tmp_path / "restored"
        env |= {"DATABASE_URL": url, "MEDIA_ROOT": str(into), "DATABASE_ROLE": ""}
        refused = manage(env, "restore", str(folder))
        assert refused.returncode == 1 and "secret key" in refused.stderr, "without the key: no"
        done = manage(env, "restore", str(folder), "--identity", str(secret))
        took = time.monotonic() - begun
        assert done.returncode == 0, done.stderr
        assert "Proven" in done.stdout
        assert (into / "3f2a").read_bytes() == (media / "3f2a").read_bytes()
        assert rows(url, "SELECT count(*) FROM people_patient") == [(3,)]
        assert rows(url, "SELECT count(*) FROM django_session") == [(0,)]
        states = dict(rows(url, "SELECT state, count(*) FROM messaging_delivery GROUP BY 1"))
        assert states == {"held": 21}
        assert rows(url, LINKS) == [(False,)]
        # A second restore over it is refused: nothing is overwritten by mistake.
        again = manage(env, "restore", str(folder), "--identity", str(secret))
        assert again.returncode == 1 and "not empty" in again.stderr
        held = {str(pk) for (pk,) in rows(url, "SELECT id FROM messaging_delivery")}
        env["DATABASE_ROLE"] = "hallway_app"  # the restore gave it its rights
        with start_worker(env):
            subprocess.run([sys.executable, "-c", TICK], env=os.environ | env, cwd=ROOT, check=True)
            time.sleep(4)
        asked = "SELECT count(*) FROM messaging_delivery WHERE template = 'password_reset'"
        assert rows(url, asked) == [(0,)], "a link asked for before the backup is not sent again"
        resent = [pk for pk in stack.copies() if pk in held]
        assert resent == [], "an old mail went out without a person's word"
        # Positive control: released by a manager, it goes out once.
        subprocess.run([sys.executable, "-c", RELEASE], env=os.environ | env, cwd=ROOT, check=True)
        assert sum(pk in held for pk in stack.copies()) == 1
    figures(fault="F21", lost=0, duplicate=0, silent=0, uncertain=0, restore_s=round(took, 1))


SETUP = (
    "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'; django.setup();"
)
TICK = SETUP + "from messaging.tick import tick; from core.lib.clock import now; tick(now=now())"
RELEASE = (
    SETUP + "from core.lib.clock import now;"
    "from core.accounts.models import User;"
    "from messaging.models import Delivery;"
    "from messaging.services.deliveries import deliver_one;"
    "from messaging.services.settling import settle;"
    "row = Delivery.objects.filter(state='held').first();"
    "cole = User.objects.get(email__startswith='cole');"
    "settle(delivery=row, action='release', reason='still needed', version=row.version,"
    " by=cole, now=now());"
    "deliver_one(now=now())"
)


@pytest.mark.django_db(transaction=True)
def test_a_damaged_backup_is_refused_before_anything_is_touched(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "backups"
    env = stack.env | {"MEDIA_ROOT": str(tmp_path / "none")}
    plain = manage(env, "backup", str(kept))
    assert plain.returncode == 1 and "BACKUP_RECIPIENT" in plain.stderr, "plain only when said"
    assert manage(env, "backup", str(kept), "--plain").returncode == 0
    folder = next(kept.glob("hallway-*"))
    whole = tmp_path / "whole"
    shutil.copytree(folder, whole)
    dump = folder / "database.dump"
    dump.write_bytes(dump.read_bytes()[:-100])
    with another_cluster(monkeypatch) as url:
        env |= {"DATABASE_URL": url, "MEDIA_ROOT": str(tmp_path / "into"), "DATABASE_ROLE": ""}
        refused = manage(env, "restore", str(folder))
        assert refused.returncode == 1 and "damaged" in refused.stderr
        public = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        assert rows(url, public) == [(0,)]
        assert manage(env, "restore", str(whole)).returncode == 0, "the whole one comes back"
        drill = manage(env, "restore", str(whole), "--drill")
        assert drill.returncode == 0 and "Drill passed" in drill.stdout, drill.stderr
        scratch = "SELECT count(*) FROM pg_database WHERE datname LIKE 'hallway_drill%'"
        assert rows(url, scratch) == [(0,)]


def test_media_that_cannot_be_unpacked_leave_no_mail_free_to_go(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is committed by then: what the backup had to send is held all the same."""
    stack.nudge(3)
    signed_in(stack.cast.ana)
    kept, anchors = tmp_path / "backups", tmp_path / "anchors.jsonl"
    env = stack.env | {"MEDIA_ROOT": str(tmp_path / "none")}
    assert manage(env, "backup", str(kept), "--plain").returncode == 0
    folder = next(kept.glob("hallway-*"))
    rubbish = b"no tar archive" * 1000
    (folder / "media.tar").write_bytes(rubbish)
    said = json.loads((folder / "manifest.json").read_text())
    said["parts"]["media.tar"] = hashlib.sha256(rubbish).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(said))
    with another_cluster(monkeypatch) as url:
        env |= {"DATABASE_URL": url, "MEDIA_ROOT": str(tmp_path / "into"), "DATABASE_ROLE": ""}
        env["AUDIT_ANCHOR_FILE"] = str(anchors)
        done = manage(env, "restore", str(folder))
        assert done.returncode == 1 and "Traceback" not in done.stderr
        assert "media could not be unpacked" in done.stderr
        assert rows(url, "SELECT state, count(*) FROM messaging_delivery GROUP BY 1") == [
            ("held", 3)
        ]
        assert rows(url, "SELECT count(*) FROM django_session") == [(0,)]
        assert not anchors.exists(), "no anchor speaks for what was not proven"
