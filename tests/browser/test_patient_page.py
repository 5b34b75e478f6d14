"""The page of a patient between two rooms: without scrolling, on a phone, on paper, by keys."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Browse
from tests.browser.probes import CLIPPED, PHONE, TOO_WIDE
from tests.browser.world import PHYSICIAN, THERAPIST, World

LAPTOP = (1366, 768)
CARDS = "main .skim > .card"
HERE = "/patients/{okafor}/"


def boxes(page: Page) -> list[dict[str, Any]]:
    """The three cards a clinician reads, as they follow each other in the page."""
    found = [card.bounding_box() for card in page.locator(CARDS).all()]
    assert len(found) == 3 and all(found)
    return [dict(box) for box in found if box]


@pytest.mark.parametrize("role", [PHYSICIAN, THERAPIST])
def test_the_three_cards_end_above_the_fold(role: str, browse: Browse, world: World) -> None:
    page = browse(role, size=LAPTOP)
    page.goto(HERE.format(**world.ids))
    since, function, limits = boxes(page)
    ends = [round(box["y"] + box["height"]) for box in (since, function, limits)]
    assert max(ends) <= LAPTOP[1], f"the cards end at {ends}"
    assert since["x"] < function["x"] < limits["x"]
    assert page.locator(".patient__details").first.bounding_box()
    expect(page.locator(".patient__state")).to_contain_text("ecision")
    assert not page.evaluate(CLIPPED)


def test_on_a_phone_since_then_function_then_limits(browse: Browse, world: World) -> None:
    page = browse(PHYSICIAN, size=PHONE)
    page.goto(HERE.format(**world.ids))
    since, function, limits = boxes(page)
    assert since["y"] < function["y"] < limits["y"]
    assert since["y"] + since["height"] <= function["y"]
    assert not page.evaluate(TOO_WIDE)


def test_u_opens_the_update(browse: Browse, world: World) -> None:
    page = browse(PHYSICIAN, size=LAPTOP)
    page.goto(HERE.format(**world.ids))
    page.locator("main h1").first.click()
    page.keyboard.press("u")
    page.wait_for_url("**/update")


def test_printed_it_says_the_plan_and_has_no_buttons(browse: Browse, world: World) -> None:
    page = browse(PHYSICIAN, size=(816, 1056))
    page.goto(HERE.format(**world.ids))
    page.emulate_media(media="print")
    said = page.locator("main").inner_text()
    for words in ("Goal", "Limits now", "If-then pathway", "Function"):
        assert words in said, words
    assert page.locator("main .chart__svg").first.is_visible()
    shown = [b for b in page.locator("main .button, main .filters, main .tabs").all()
             if b.is_visible()]  # fmt: skip
    assert not shown, [one.inner_text() for one in shown]
