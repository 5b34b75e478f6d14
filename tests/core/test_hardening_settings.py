"""Production does not start with an unsafe setting; each refusal says what to set instead."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KEY = "0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQR"
SOUND = {
    "HALLWAY_MODE": "production",
    "SECRET_KEY": KEY,
    "SECRETS_KEYS": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I=",
    "BASE_URL": "https://clinic.example.org",
    "ALLOWED_HOSTS": "clinic.example.org",
    "DATABASE_URL": "postgres://u:p@db.example.org/hallway?sslmode=verify-full",
    "REDIS_URL": "rediss://:p@broker.example.org:6379/0",
    "EMAIL_URL": "smtp+tls://u:p@mail.example.org:587",
    "DOCUMENT_SCANNER": "core.documents.scanners.clamd",
}
OPEN = "postgres://u:p@db.example.org/hallway"
WORDS = "import config.settings as s; print(s.MODE, len(s.SECRET_KEY_FALLBACKS))"


def start(**changed: str | None) -> tuple[str, str]:
    """(out, error) of settings read with these variables and nothing else; None takes one away."""
    env = {"PATH": os.environ["PATH"], **SOUND, **changed}
    done = subprocess.run(
        [sys.executable, "-c", WORDS], cwd=ROOT, capture_output=True, text=True, check=False,
        env={name: value for name, value in env.items() if value is not None},
    )  # fmt: skip
    return done.stdout.strip(), done.stderr[-600:]


def test_it_starts_with_sound_settings() -> None:
    assert start() == ("production 0", "")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"DEBUG": "1"}, "Remove DEBUG"),
        ({"SECRET_KEY": "short"}, "50 or more random characters"),
        ({"SECRET_KEY": "k" * 60}, "50 or more random characters"),
        ({"SECRET_KEY": "django-insecure-" + KEY}, "50 or more random characters"),
        ({"SECRET_KEY": None}, "Set SECRET_KEY"),
        ({"SECRET_KEY_FALLBACKS": "short"}, "50 or more random characters"),
        ({"SECRETS_KEYS": None}, "SECRETS_KEYS"),
        ({"ALLOWED_HOSTS": "*"}, "never '*'"),
        ({"ALLOWED_HOSTS": "*.example.org"}, "never '*'"),
        ({"ALLOWED_HOSTS": None}, "Set ALLOWED_HOSTS"),
        ({"BASE_URL": "http://clinic.example.org"}, "BASE_URL must begin with https://"),
        ({"CSRF_TRUSTED_ORIGINS": "http://x.example.org"}, "CSRF_TRUSTED_ORIGINS"),
        ({"DATABASE_URL": OPEN}, "sslmode=verify-full"),
        ({"DATABASE_URL": f"{OPEN}?sslmode=require"}, "sslmode=verify-full"),
        ({"DATABASE_URL": OPEN, "PLAIN_HOSTS": "broker"}, "sslmode=verify-full"),
        ({"DATABASE_URL": "postgres:///x?host=db.example.org"}, "sslmode=verify-full"),
        ({"DATABASE_URL": "sqlite:///x"}, "PostgreSQL"),
        ({"REDIS_URL": "redis://broker.example.org/0"}, "rediss://"),
        ({"REDIS_URL": "rediss://broker.example.org/0?ssl_cert_reqs=none"}, "rediss://"),
        ({"EMAIL_URL": "smtp://mail.example.org:25"}, "smtp+tls://"),
        ({"EMAIL_URL": "consolemail://"}, "nowhere"),
        ({"EMAIL_URL": None}, "EMAIL_URL"),
        ({"DOCUMENT_SCANNER": None}, "Set DOCUMENT_SCANNER"),
        ({"BEHIND_TLS_PROXY": "1"}, "TRUSTED_PROXIES"),
        ({"HALLWAY_MODE": "prodution"}, "HALLWAY_MODE must be"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(map(str, value.items()))[:60],
)
def test_it_refuses(changed: dict[str, str | None], sentence: str) -> None:
    out, error = start(**changed)
    assert out == "", "It started."
    assert "ImproperlyConfigured" in error and sentence in error, error


@pytest.mark.parametrize(
    "changed",
    [
        {"DATABASE_URL": "postgres://u:p@127.0.0.1/hallway"},  # on this machine
        {"DATABASE_URL": "postgres:////var/run/postgresql/hallway"},
        {"DATABASE_URL": "postgres://u:p@postgres/hallway", "PLAIN_HOSTS": "postgres,valkey"},
        {"REDIS_URL": "redis://valkey:6379/0", "PLAIN_HOSTS": "postgres,valkey"},
        {"EMAIL_URL": "smtp+ssl://u:p@mail.example.org:465"},
        {"BEHIND_TLS_PROXY": "1", "TRUSTED_PROXIES": "172.30.250.0/24"},
    ],
    ids=str,
)
def test_it_lets_what_is_near_go_without_tls(changed: dict[str, str | None]) -> None:
    assert start(**changed) == ("production 0", "")


def test_a_former_key_still_reads_what_it_signed() -> None:
    assert start(SECRET_KEY_FALLBACKS=KEY[::-1]) == ("production 1", "")
