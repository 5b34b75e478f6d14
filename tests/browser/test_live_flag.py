"""A red flag raised elsewhere comes to an open Today by itself, and is said once."""

from playwright.sync_api import expect

from tests.browser.conftest import Browse
from tests.browser.probes import LISTEN
from tests.browser.world import PHYSICIAN, World

ROUND = 21_000  # milliseconds: the page asks every 20 seconds


def test_a_new_flag_appears_without_reload(browse: Browse, world: World) -> None:
    page = browse(PHYSICIAN)
    page.clock.install()
    page.goto("/today/")
    page.evaluate(LISTEN)
    page.evaluate("window.samePage = true")
    before = page.locator("#flags [data-row]").count()
    with page.expect_response("**/flags/now**"):
        page.clock.run_for(ROUND)
    assert page.evaluate("window.spoken") == []
    world.call(phone="312 555 0177", mrn="1044", Q2="yes")
    with page.expect_response("**/flags/now**"):
        page.clock.run_for(ROUND)
    expect(page.locator("#flags")).to_contain_text("Luis Ortega")
    assert page.locator("#flags [data-row]").count() > before
    expect(page.locator("#topbar-flags")).to_contain_text("red flag")
    with page.expect_response("**/flags/now**"):
        page.clock.run_for(ROUND)
    page.clock.run_for(500)
    spoken = page.evaluate("window.spoken")
    assert len(spoken) == 1 and "need you now" in spoken[0][1], spoken
    assert page.evaluate("window.samePage")
