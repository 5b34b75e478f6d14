"""Every page, wide and on a phone, light and dark: no barrier, no error, nothing cut off."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.pages import STOPS, Stop
from tests.browser.probes import COLORS, PHONE, SMALL_TARGETS, TOO_WIDE, WIDE, axe_violations
from tests.browser.world import World

KILOBYTES = 60
Contexts = Callable[[str, tuple[int, int]], BrowserContext]


@pytest.fixture(scope="module")
def signed_in(contexts: Callable[..., BrowserContext]) -> Any:
    """One browser per role and size for the whole walk, so that style sheets load once."""
    kept: dict[tuple[str, tuple[int, int]], BrowserContext] = {}

    def give(role: str, size: tuple[int, int]) -> BrowserContext:
        if (role, size) not in kept:
            kept[role, size] = contexts(role, size)
        return kept[role, size]

    yield give
    for context in kept.values():
        context.close()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("stop", STOPS, ids=str)
def test_page(stop: Stop, size: tuple[int, int], world: World, signed_in: Contexts) -> None:
    page = signed_in(stop.role, size).new_page()
    heard: list[str] = []
    page.on("console", lambda said: heard.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    try:
        page.emulate_media(color_scheme="light")
        answer = page.goto(stop.path.format(**world.ids))
        assert answer
        if stop.then:
            stop.then(page)
        else:
            assert answer.status == stop.status
        assert "[" not in page.title()
        expected = f"status of {stop.status}" if stop.status >= 400 else "nothing"
        noise = [line for line in heard if expected not in line]
        assert not noise, noise
        found = faults(page, stop)
        assert not found, "\n".join(found)
    finally:
        page.close()


def faults(page: Page, stop: Stop) -> list[str]:
    """Everything wrong with the page at this size, in both color schemes."""
    size = len(page.content().encode()) / 1024
    found = [f"too wide: {line}" for line in page.evaluate(TOO_WIDE)]
    found += [f"small: {line}" for line in page.evaluate(SMALL_TARGETS)]
    if size > KILOBYTES and stop.name != "gallery":
        found.append(f"{size:.0f} kB of HTML")
    found += [f"light: {line}" for line in axe_violations(page)]
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {line}" for line in axe_violations(page, rules=COLORS)]
    return found
