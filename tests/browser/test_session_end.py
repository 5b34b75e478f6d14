"""A session that ends asks first, keeps what is typed, then leaves; another tab's work counts."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from playwright.sync_api import Page, expect

from core.accounts import sessions
from tests.browser.world import PHYSICIAN, World


def idle_since(page: Page, minutes: float) -> None:
    """As if nothing was done for so long: the mark in the session's row."""
    cookies = {c["name"]: c["value"] for c in page.context.cookies()}  # type: ignore[typeddict-item]
    row = SessionStore(cookies[settings.SESSION_COOKIE_NAME])
    row[sessions.ACTIVE] = (timezone.now() - dt.timedelta(minutes=minutes)).timestamp()
    row.save()


def opened(browse: Callable[..., Page], world: World) -> Page:
    page = browse(PHYSICIAN)
    idle_since(page, 0)
    page.clock.install()
    page.goto(f"/threads/{world.ids['thread']}/")
    return page


def test_it_asks_keeps_the_words_and_stays(browse: Callable[..., Page], world: World) -> None:
    page = opened(browse, world)
    page.locator("main textarea").first.fill("Sleeps badly")
    page.clock.run_for(2000)
    expect(page.get_by_text("Saved").first).to_be_visible()  # the draft: no request is under way
    idle_since(page, 12)  # another tab was used meanwhile
    page.clock.fast_forward(13 * 60 * 1000)
    page.wait_for_timeout(500)
    expect(page.locator("#session")).not_to_be_visible()
    idle_since(page, 13.5)
    page.clock.fast_forward(2 * 60 * 1000)
    expect(page.locator("#session")).to_be_visible()
    expect(page.locator("[data-session-until]")).to_contain_text("at ")
    page.get_by_role("button", name="Stay signed in").click()
    expect(page.locator("#session")).not_to_be_visible()
    expect(page.locator("main textarea").first).to_have_value("Sleeps badly")


def test_at_the_end_it_leaves(browse: Callable[..., Page], world: World) -> None:
    page = opened(browse, world)
    idle_since(page, 15.1)
    page.clock.fast_forward(14 * 60 * 1000)
    # Two of the page's own requests may meet the end; whichever leads away says why.
    expect(page).to_have_url(re.compile(r"/sign-in/\?next=/threads/.*ended="))
    expect(page.get_by_text("nothing was done")).to_be_visible()


def test_after_signing_out_back_shows_nothing(browse: Callable[..., Page], world: World) -> None:
    page: Any = browse(PHYSICIAN)
    page.goto(f"/patients/{world.ids['okafor']}/")
    expect(page.get_by_text("1042").first).to_be_visible()
    page.goto("/sign-out/")
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/sign-in/")
    page.go_back()
    page.wait_for_url("**/sign-in/**")
    page.go_back()
    assert "Okafor" not in page.content()
