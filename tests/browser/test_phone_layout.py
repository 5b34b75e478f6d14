"""A call on a phone: the panel stands at the foot and hides nothing that is being asked."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Browse
from tests.browser.probes import OVERLAPS, PHONE, TOO_WIDE
from tests.browser.world import DESK, MANAGER, PHYSICIAN, World

PANEL = ".disposition, .disposition__level, .disposition__actions, .cluster, .live__oncall"


def box(page: Page, selector: str) -> dict[str, Any]:
    found = page.locator(selector).first.bounding_box()
    assert found, f"{selector} is not shown"
    return dict(found)


def docked(page: Page) -> None:
    panel = box(page, ".disposition")
    assert abs(panel["y"] + panel["height"] - PHONE[1]) <= 1, f"not at the foot: {panel}"
    assert panel["width"] >= PHONE[0] - 1
    assert panel["height"] <= PHONE[1] * 0.5, f"{panel['height']:.0f} px high"


@pytest.mark.parametrize("name", ["fresh", "same_day", "emergency", "branches"])
def test_the_panel_docks_and_hides_no_question(name: str, browse: Browse, world: World) -> None:
    page = browse(DESK, size=PHONE)
    page.goto(f"/intake/{world.ids[name]}/")
    for number in (1, 5, 9, 12):
        page.locator(f"#q-Q{number} input").first.focus()
        docked(page)
        asked, panel = box(page, f"#q-Q{number} .question__answers"), box(page, ".disposition")
        bar = box(page, ".topbar")
        assert asked["y"] >= bar["y"] + bar["height"] - 1, f"Q{number} is under the top bar"
        assert asked["y"] + asked["height"] <= panel["y"] + 1, f"Q{number} is under the panel"
    assert not page.evaluate(OVERLAPS, PANEL)


def test_answering_down_the_list_keeps_the_question_in_sight(browse: Browse, world: World) -> None:
    call = world.call()
    page = browse(DESK, size=PHONE)
    page.goto(f"/intake/{call.pk}/")
    page.locator("#q-Q1 input").first.focus()
    for number in range(1, 12):
        with page.expect_response(f"**/answers/Q{number}"):
            page.keyboard.press("y" if number == 2 else "n")
        expect(page.locator("#live")).to_be_visible()
        page.wait_for_timeout(60)  # the swap settles
        here = page.evaluate("document.activeElement.closest('[data-question]')?.id")
        assert here == f"q-Q{number + 1}"
        asked, panel = box(page, f"#{here}"), box(page, ".disposition")
        assert asked["y"] + asked["height"] <= panel["y"] + 1, f"{here} is under the panel"


@pytest.mark.parametrize(
    ("role", "path"),
    [
        (PHYSICIAN, "/flags/{flag_decided}/"),
        (DESK, "/intake/{ended}/"),
        (MANAGER, "/deliveries/"),
        (DESK, "/intake/{waiting}/call-back"),
    ],
)
def test_tables_become_cards(role: str, path: str, browse: Browse, world: World) -> None:
    page = browse(role, size=PHONE)
    page.goto(path.format(**world.ids))
    cells = page.locator(".table tbody td").all()
    assert cells
    assert {cell.evaluate("el => getComputedStyle(el).display") for cell in cells} <= {
        "grid",
        "block",
    }
    assert box(page, ".table thead")["height"] <= 1.5
    assert not page.evaluate(TOO_WIDE)
    assert not page.evaluate(
        OVERLAPS, ".table tr, .row, .row__action, .heading, .actions, .card__head"
    )


@pytest.mark.parametrize("role", [DESK, PHYSICIAN, MANAGER])
def test_nothing_overlaps_on_today(role: str, browse: Browse) -> None:
    page = browse(role, size=PHONE)
    page.goto("/today/")
    parts = ".topbar, .topbar__end, .heading, .row, .row__action, .row__title, .card__head, .alert"
    assert not page.evaluate(OVERLAPS, parts)
