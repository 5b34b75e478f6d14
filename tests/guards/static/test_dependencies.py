"""requirements.lock: all pinned with hashes, from no address, nothing below its floor."""

import re

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from tests.guards.tree import ROOT

FLOORS = {
    "django": ">=5.2.19,<5.3",  # security fixes of the LTS line
    "celery": ">=5.7",  # below it a worker can go deaf after a reconnect
    "kombu": ">=5.7",
    "weasyprint": ">=70",  # before it the fetcher could be bypassed
}
BANNED = {"psycopg", "psycopg-binary", "psycopg-c"}  # Django would pick psycopg 3 over psycopg2
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*])?==([^ ;\\]+)")


def wrong(lock: str) -> list[str]:
    found, pins = [], {}
    for entry in re.split(r"\n(?=\S)", lock.strip()):
        pin = PIN.match(entry)
        if not pin:
            found.append(f"“{entry.splitlines()[0]}” is no pinned requirement: run script/lock.")
            continue
        pins[pin[1].lower()] = pin[2]
        if "--hash=sha256:" not in entry:
            found.append(f"{pin[1]} has no hash: run script/lock.")
        if "://" in entry or " @ " in entry:
            found.append(f"{pin[1]} names an address: run script/lock without one.")
    for name, floor in FLOORS.items():
        if name not in pins:
            found.append(f"{name} is missing: add it to pyproject.toml and run script/lock.")
        elif Version(pins[name]) not in SpecifierSet(floor):
            found.append(f"{name} {pins[name]} is outside {floor}: run script/lock --upgrade.")
    found += [f"{n} must not stand beside psycopg2: remove it." for n in BANNED & set(pins)]
    return found


def lock() -> str:
    return (ROOT / "requirements.lock").read_text()


def test_the_lock_is_sound() -> None:
    problems = wrong(lock())
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("django==5.2.", "django==5.1.", "is outside"),
        ("celery==5.7", "celery==5.6", "is outside"),
        ("weasyprint==", "weasyprunt==", "weasyprint is missing"),
        ("\nkombu==", "\nhttps://example.com/kombu.whl\nkombu==", "no pinned requirement"),
        ("\nredis==", "\npsycopg==3.2 --hash=sha256:0\nredis==", "must not stand beside"),
        ("\nredis==", "\nleft==1.0\nredis==", "left has no hash"),
        ("\nredis==", "\nleft==1 --hash=sha256:0 # https://x\nredis==", "names an address"),
    ],
)
def test_it_fails_for(old: str, new: str, sentence: str) -> None:
    assert old in lock()
    assert any(sentence in problem for problem in wrong(lock().replace(old, new, 1)))
