"""Nothing about a patient stays in the browser: no storage, no address, no page after sign-out."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Browse
from tests.browser.world import DESK, World

TRACES = re.compile(
    r"okafor|daniel|hale|margaret|5550142|555.0142|555.0143|1974|\bMRN\b|104[23]", re.I
)
KEEPS = "() => [localStorage, sessionStorage].flatMap((kept) => Object.entries(kept))"


def stored(page: Page) -> list[list[str]]:
    found: list[list[str]] = page.evaluate(KEEPS)
    return found


def test_browsing_leaves_no_trace_and_back_shows_nothing(browse: Browse, world: World) -> None:
    page = browse(DESK)
    addresses: list[str] = []
    titles: list[str] = []
    page.on("request", lambda sent: addresses.append(sent.url))
    page.on("load", lambda shown: titles.append(shown.title()))
    call = world.call(phone="312 555 0142")
    page.goto("/patients/")
    page.locator("main [name=q]").fill("Okafor")
    page.locator("main [name=q]").press("Enter")
    page.get_by_role("link", name="Okafor, Daniel").first.click()
    page.wait_for_url("**/patients/*-*/")
    page.goto(f"/patients/{world.ids['hale']}/")
    page.goto(f"/intake/{call.pk}/")
    for name, words in {"family_name": "Okafor", "birth_date": "03141974"}.items():
        with page.expect_response("**/fields"):
            page.locator(f"[name={name}]").fill(words)
            page.locator(f"[name={name}]").press("Tab")
    page.locator("#q-Q1 input").nth(1).focus()
    with page.expect_response("**/answers/Q1"):
        page.keyboard.press("n")
    expect(page.locator("#matches")).to_contain_text("MRN 1042")
    page.goto("/today/")
    page.goto(f"/patients/{world.ids['okafor']}/")
    kept = [entry for entry in stored(page) if entry[0] != "htmx-current-path-for-history"]
    assert not kept
    assert not TRACES.search(" ".join(words for entry in stored(page) for words in entry))
    told = [address for address in addresses if TRACES.search(address.partition("//")[2])]
    assert not told, told
    assert titles and not TRACES.search(" ".join(titles))
    assert all(cookie["name"] in {"session", "csrf"} for cookie in page.context.cookies())

    page.locator("[popovertarget=account]").click()
    page.locator("#account").get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/**")
    assert not stored(page) or not TRACES.search(str(stored(page)))
    for _ in range(3):
        page.go_back()
        assert not TRACES.search(page.locator("body").inner_text())
        assert "/sign-in/" in page.url
