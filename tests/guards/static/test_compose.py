"""docker-compose.yml and Dockerfile are production's shape; where no engine runs, they are read.

A new setting without a line in docker-compose.yml, a service without a health check, a secret
written down: each fails here with what to do.
"""

import ast
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
OURS = {"web", "worker", "beat", "migrate", "backup"}
LONG_RUNNING = {"web", "worker", "beat", "postgres", "valkey", "proxy", "clamav"}
FAKE = {
    "SITE_NAME": "clinic.example.org",
    "SECRET_KEY": "0123456789abcdef" * 4,
    "SECRETS_KEYS": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I=",
    "POSTGRES_PASSWORD": "p1",
    "VALKEY_PASSWORD": "v1",
    "APP_DATABASE_PASSWORD": "a1",
    "EMAIL_URL": "smtp+tls://u:p@mail.example.org:587",
}


@cache
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def dockerfile() -> list[str]:
    """Instructions of the Dockerfile, continuation lines joined, comments dropped."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    return [line.strip() for line in text.splitlines() if line.strip() and line[0] != "#"]


def settings_variables() -> tuple[set[str], set[str]]:
    """(known, needed in production): read from the calls of `env` and `needed` in settings.py."""
    known, needed = set(), set()
    for node in ast.walk(ast.parse((ROOT / "config" / "settings.py").read_text())):
        if not (
            isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
        ):
            continue
        called = ast.unparse(node.func)
        if called != "needed" and called.split(".")[0] != "env":
            continue
        name = str(node.args[0].value)
        known.add(name)
        default = next((word.value for word in node.keywords if word.arg == "default"), None)
        empty = isinstance(default, ast.IfExp) and ast.unparse(default.orelse) == "[]"
        if called == "needed" or default is None or (empty and name == "ALLOWED_HOSTS"):
            needed.add(name)
    return known, needed


def interpolate(text: str, values: dict[str, str]) -> str:
    """Compose's own rules for ${NAME}, ${NAME:-default} and ${NAME:?message}, innermost first."""
    inner = re.compile(r"(?<!\$)\$\{(\w+)(?::([-?])([^${}]*))?\}")

    def value(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        if name in values:
            return values[name]
        assert kind != "?", f"{name} is needed: {rest}"
        return rest or ""

    while inner.search(text):
        text = inner.sub(value, text)
    return text


def environment(service: str) -> dict[str, str]:
    return {k: str(v) for k, v in compose()["services"][service].get("environment", {}).items()}


def test_the_services_are_the_ones_production_has() -> None:
    assert set(compose()["services"]) == LONG_RUNNING | {"migrate", "backup"}


@pytest.mark.parametrize("name", sorted(LONG_RUNNING))
def test_every_long_running_service_has_a_health_check_and_comes_back(name: str) -> None:
    service = compose()["services"][name]
    assert service.get("healthcheck", {}).get("test"), f"give {name} a healthcheck"
    assert service["restart"] == "unless-stopped"


def test_nothing_starts_before_the_schema_is_there() -> None:
    services = compose()["services"]
    for name in OURS - {"migrate", "backup"}:  # a backup needs no more than the database
        condition = services[name]["depends_on"]["migrate"]["condition"]
        assert condition == "service_completed_successfully"
    assert services["migrate"]["restart"] == "no"
    assert services["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert services["proxy"]["depends_on"]["web"]["condition"] == "service_healthy"


def test_replicas_can_be_added() -> None:
    for name in ("web", "worker"):
        service = compose()["services"][name]
        assert "container_name" not in service
        assert "ports" not in service, f"a fixed port on {name} would allow one replica only"


@pytest.mark.parametrize("name", sorted(OURS))
def test_variables_and_settings_agree(name: str) -> None:
    known, needed = settings_variables()
    passed = set(environment(name))
    assert len(needed) >= 5, "settings.py is written differently now: teach settings_variables()"
    assert passed <= known, f"settings.py does not read {passed - known}: remove or read them"
    assert needed <= passed, f"add to x-environment in docker-compose.yml: {needed - passed}"


@pytest.mark.parametrize("name", sorted(OURS))
def test_settings_start_with_exactly_what_compose_passes(name: str) -> None:
    passed = {key: interpolate(value, FAKE) for key, value in environment(name).items()}
    start = [sys.executable, "-c", "from config import settings; print(settings.MODE)"]
    env = {"PATH": os.environ["PATH"], **passed}
    done = subprocess.run(start, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.stdout == "production\n", done.stderr[-1500:]


def test_secrets_come_from_the_environment_only() -> None:
    secret = re.compile(r"SECRET|PASSWORD|TOKEN|_KEY|AUTH|_URL$")
    for name in compose()["services"]:
        for key, value in environment(name).items():
            if secret.search(key) and key != "BASE_URL":
                assert value.startswith("${"), f"{name}.{key} must be ${{…}}, not a literal"
    text = (ROOT / "docker-compose.yml").read_text()
    for name in (
        "SECRET_KEY",
        "SECRETS_KEYS",
        "POSTGRES_PASSWORD",
        "APP_DATABASE_PASSWORD",
        "VALKEY_PASSWORD",
        "EMAIL_URL",
    ):
        assert f"${{{name}:?" in text, f"compose must refuse to start without {name}"
    assert not re.search(r"(?i)\b(ENV|ARG)\b[^\n]*(SECRET|PASSWORD|TOKEN)", "\n".join(dockerfile()))


def test_the_broker_keeps_tasks() -> None:
    command = " ".join(compose()["services"]["valkey"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert compose()["services"]["valkey"]["volumes"]


def test_only_the_proxy_is_reachable() -> None:
    services = compose()["services"]
    assert [name for name in services if "ports" in services[name]] == ["proxy"]
    assert compose()["networks"]["data"]["internal"] is True
    for store in ("postgres", "valkey"):
        assert services[store]["networks"] == ["data"]


def test_our_containers_can_change_little() -> None:
    for name in OURS:
        service = compose()["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]


def test_the_image_is_locked_and_not_root() -> None:
    lines = dockerfile()
    installs = [line for line in lines if "pip install" in line]
    assert installs
    assert all("--require-hashes -r requirements.lock" in line for line in installs)
    last_stage = lines[max(i for i, line in enumerate(lines) if line.startswith("FROM")) :]
    users = [line.split()[1] for line in last_stage if line.startswith("USER")]
    assert users, "the final stage needs a USER"
    assert users[-1].split(":")[0] not in {"root", "0"}
    assert any("collectstatic" in line for line in lines)


def test_the_image_leaves_private_folders_out() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert ".*" in ignored, ".git, .local and .venv must never reach an image"
