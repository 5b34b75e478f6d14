"""Every page, wide and on a phone, light and dark: no barrier, no error, nothing cut off."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.pages import STOPS, Stop
from tests.browser.probes import COLORS, PHONE, SMALL_TARGETS, TOO_WIDE, WIDE, axe_violations
from tests.browser.world import World

KILOBYTES = 60
# Every component; a list of answers for each side of each test of a region.
HEAVY = {"gallery": 999, "first visit to write": 95}
Contexts = Callable[[str], BrowserContext]


@pytest.fixture(scope="module")
def signed_in(contexts: Callable[..., BrowserContext]) -> Iterator[Contexts]:
    """One browser per role for the whole walk, so that style sheets load once."""
    kept: dict[str, BrowserContext] = {}

    def give(role: str) -> BrowserContext:
        if role not in kept:
            kept[role] = contexts(role)
        return kept[role]

    yield give
    for context in kept.values():
        context.close()


@pytest.mark.parametrize("stop", STOPS, ids=str)
def test_page(stop: Stop, world: World, signed_in: Contexts) -> None:
    page = signed_in(stop.role).new_page()
    heard: list[str] = []
    page.on("console", lambda said: heard.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    try:
        walk(page, stop, world.ids)
        expected = f"status of {stop.status}" if stop.status >= 400 else "nothing"
        noise = [line for line in heard if expected not in line]
        assert not noise, noise
        found = faults(page, stop)
        assert not found, "\n".join(found)
    finally:
        page.close()


def walk(page: Page, stop: Stop, ids: dict[str, Any]) -> None:
    answer = page.goto(stop.path.format(**ids))
    assert answer
    if stop.then:
        stop.then(page)
    else:
        assert answer.status == stop.status


def faults(page: Page, stop: Stop) -> list[str]:
    """Everything wrong with the page in both sizes and both color schemes, one load for all four.

    A color scheme changes colors only, so dark runs the rules about colors.
    """
    size = len(page.content().encode()) / 1024
    found = [f"{size:.0f} kB of HTML"] if size > HEAVY.get(stop.name, KILOBYTES) else []
    for name, (width, height) in {"wide": WIDE, "phone": PHONE}.items():
        page.set_viewport_size({"width": width, "height": height})
        if name == "phone" and stop.on_phone:
            stop.on_phone(page)
        found += [f"{name}, too wide: {line}" for line in page.evaluate(TOO_WIDE)]
        found += [f"{name}, small: {line}" for line in page.evaluate(SMALL_TARGETS)]
        page.emulate_media(color_scheme="light")
        found += [f"{name}, light: {line}" for line in axe_violations(page)]
        page.emulate_media(color_scheme="dark")
        found += [f"{name}, dark: {line}" for line in axe_violations(page, rules=COLORS)]
    return found
