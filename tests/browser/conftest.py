"""One clinic, one gunicorn and one Chromium for the whole folder; a fresh sign-in for each test.

The rows are committed, so the browser tests see what their neighbours did; each makes its own call.
`browse(DESK)` opens a page signed in as that role; `browse(DESK, size=PHONE)` on a phone.
"""

import logging
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from config.keeper import free_port
from tests.browser.probes import NOTE_VIOLATIONS, WIDE
from tests.browser.world import World, build
from tests.faults.stack import Web, database_url
from tests.processes import Valkey, start_web

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
SECONDS = 10
Browse = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


def empty() -> None:
    """Everything goes again, although the audit trail forbids TRUNCATE."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        cursor.execute("SET session_replication_role = replica")
    call_command("flush", interactive=False, verbosity=0)
    connection.close()


@pytest.fixture(scope="package")
def transactional_db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """In place of pytest-django's: the rows stay for the whole folder, then everything goes."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright keeps a loop in this thread
        patch.setattr("messaging.services.deliveries.ring", lambda: None)
        logging.disable(logging.INFO)
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)
            empty()


@pytest.fixture(scope="package")
def world(transactional_db: None, tmp_path_factory: pytest.TempPathFactory) -> World:
    call_command("createcachetable", verbosity=0)
    cache.clear()
    return build(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="package")
def web(world: World) -> Iterator[Web]:
    port = free_port()
    with Valkey() as valkey:
        env = {
            "BASE_URL": f"http://127.0.0.1:{port}",
            "DATABASE_URL": database_url(),
            "REDIS_URL": valkey.url,
            "HALLWAY_MODE": "test",
        }
        with start_web(env, port) as process:
            yield Web(port, process)


@pytest.fixture(scope="package")
def chromium(web: Web) -> Iterator[Browser]:
    """Gone before the rows are: while playwright's loop runs, Django keeps a second connection."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def contexts(chromium: Browser, web: Web, world: World) -> Callable[..., BrowserContext]:
    """A signed-in browser of its own (`role` empty: nobody is signed in)."""

    def make(role: str = "", size: tuple[int, int] = WIDE, **more: Any) -> BrowserContext:
        width, height = size
        context = chromium.new_context(
            base_url=web.url,
            viewport={"width": width, "height": height},
            locale="en-US",
            reduced_motion="reduce",
            **more,
        )
        context.set_default_timeout(SECONDS * 1000)
        context.add_init_script(NOTE_VIOLATIONS)
        if role:
            name = settings.SESSION_COOKIE_NAME
            cookie = {"name": name, "value": world.session_of(role), "url": web.url}
            context.add_cookies([cookie])  # type: ignore[list-item]
        return context

    return make


@pytest.fixture
def browse(contexts: Callable[..., BrowserContext]) -> Iterator[Browse]:
    opened = []

    def page(role: str = "", size: tuple[int, int] = WIDE, **more: Any) -> Page:
        opened.append(contexts(role, size, **more))
        return opened[-1].new_page()

    yield page
    for context in opened:
        context.close()
