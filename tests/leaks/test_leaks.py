"""A day with seeded words through every journey: none is anywhere but in the records."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.faults.stack import Stack
from tests.leaks import places
from tests.leaks.papers import file_papers
from tests.leaks.person import Heard
from tests.leaks.scanner import Scanner
from tests.leaks.sink import RawSink
from tests.leaks.story import Day
from tests.leaks.surfing import Left, surf
from tests.leaks.words import Words
from tests.processes import Process, all_of, start_beat, start_web, start_worker

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(240)]
BARE = {400, 401, 403, 404, 405, 413, 429, 500, 503}  # pages that show nothing of a record
LEAST = 200
SPOKE = (
    "log of web",
    "log of web, the packages' lines",
    "log of worker",
    "log of beat",
    "mails with headers",
    "bare error pages",
    "broker, every command",
    "browser: profile on disk",
)


def told_all(process: Process) -> Process:
    process.argv = [part.replace("INFO", "DEBUG") for part in process.argv]
    return process


def web_with_access_log(env: dict[str, str], port: int) -> Process:
    web = told_all(start_web(env, port))
    web.argv[-1] = "tests.leaks.faulty:application"
    web.argv += ["--access-logfile", "-", "--log-level", "debug"]
    return web


@dataclass
class Caught:
    """What the day left behind, read while the processes stood."""

    day: Day
    logs: dict[str, str]
    mails: bytes
    broker: dict[str, bytes]
    commands: bytes
    letter: Heard
    browser: Left


def live(stack: Stack, words: Words) -> Caught:
    with RawSink() as sink:
        stack.env |= {"EMAIL_URL": sink.url, "LOG_LEVEL": "DEBUG", "RATE_FACTOR": "1000"}
        day = Day(stack, sink, words)
        processes = [
            web_with_access_log(stack.env, stack.port),
            told_all(start_worker(stack.env)),
            told_all(start_beat(stack.env)),
        ]
        with all_of(*processes):
            day.wrong_and_right_sign_ins()
            call = day.a_call()
            day.searches()
            day.a_red_flag(call)
            day.messages()
            day.call_backs_and_work()
            day.deliveries()
            file_papers(day)
            day.an_emergency()
            day.managing()
            day.a_reset()
            day.programs()
            letter = day.person("amin").get(f"/intake/{call.pk}/letter.pdf")
            assert letter.status == 200, letter.text[:2000]
            left = surf(day)
            commands, queue = places.command_lines(processes), dict(places.broker(stack.valkey))
            day.without_a_database()
            logs = {process.name: process.output() for process in processes}
        return Caught(day, logs, sink.raw(), queue, commands, letter, left)


def search(caught: Caught, scan: Scanner, folder: Path) -> None:
    day, what = caught.day, caught.day.words.what
    # A cookie is its owner's; a link that was opened is with the one who opened it.
    own = {token for token in what if what[token] == "session"} | day.links
    for name, text in caught.logs.items():
        lines = text.splitlines()
        scan.look(f"log of {name}", "\n".join(line for line in lines if line.startswith("{")))
        # gunicorn's own lines quote the address asked for; ours do not.
        theirs = "\n".join(line for line in lines if not line.startswith("{"))
        scan.look(f"log of {name}, the packages' lines", theirs, but=day.links)
    scan.look("mails with headers", caught.mails, but=day.links)
    for place, blob in [*caught.broker.items(), *places.tables()]:
        scan.look(place, blob, but=own)
    scan.look("sessions, unpacked", places.sessions(), but=own)
    scan.look("command lines", caught.commands)
    scan.look("heads of answers", places.heads(day.heard), but=own)
    for heard in day.heard:
        if heard.status in BARE:  # what was typed is shown back, and only that
            typed = {token for token in what if token in heard.typed}
            scan.look("bare error pages", heard.body, but=typed)
    scan.look("PDF metadata", places.metadata(caught.letter.body))
    scan.look("PDF file name", caught.letter.head)
    kept, said = places.backup(day.stack.env, folder)
    scan.look("backup: manifest and files", kept)
    scan.look("backup: what it says", said)
    scan.look("browser: storage, cookies, databases", caught.browser.kept)
    scan.look("browser: addresses and referrers", caught.browser.addresses)
    scan.look("browser: profile on disk", caught.browser.profile)


def test_no_seeded_word_leaves_the_records(
    stack: Stack, tmp_path: Path, figures: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright keeps a loop in this thread
    begun, words = time.monotonic(), Words()
    caught = live(stack, words)
    scan = Scanner(words.what)
    search(caught, scan, tmp_path)
    print(f"\n{scan.table()}")  # noqa: T201 - the figures, with -s
    figures(
        tokens=len(words.what),
        places=len(scan.searched),
        hits=len(scan.hits),
        bytes=sum(scan.searched.values()),
        seconds=round(time.monotonic() - begun),
    )
    assert not scan.hits, "\n".join(
        f"{place}: {words.what[token]} {token} in …{around}…" for place, token, around in scan.hits
    )
    assert len(words.what) >= LEAST, len(words.what)
    for fault in (
        "ValueError",
        "DataError",
        "OperationalError",
    ):  # told, without words
        assert f'"error": "{fault}"' in caught.logs["web"], fault
    for place in SPOKE:  # nothing found where nothing was read says nothing
        assert scan.searched[place] > 1000, place
