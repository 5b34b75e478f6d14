"""The cards of a first visit: what they did not take is marked, and a clash waits for a choice."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Browse
from tests.browser.world import PHYSICIAN, World

HERE = "/first-visits/{visit_begun}/"
SITTING = "[name='t:sitting_tolerance_min']"
LEFT, RIGHT = "[name='a:slr.left']", "[name='a:slr.right']"


def opened(browse: Browse, world: World) -> Page:
    page = browse(PHYSICIAN)
    page.goto(HERE.format(**world.ids))
    return page


def saved(page: Page, card: str) -> None:
    expect(page.locator(f"#note-{card}")).to_contain_text("Saved.")


def test_a_field_that_is_not_taken_is_marked_until_it_is(browse: Browse, world: World) -> None:
    page = opened(browse, world)
    field = page.locator(SITTING)
    field.fill("severe")
    field.blur()
    expect(page.locator("#note-limits")).to_contain_text("“severe” cannot be measured")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_attribute("aria-describedby", "note-limits")
    page.get_by_role("link", name="Read it through and sign").first.click()
    expect(page.get_by_text("Your last answers are not saved")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="Restore what you typed").first.click()
    expect(field).to_have_value("severe")
    page.locator("[name='d:sitting_tolerance_min:stop']").fill("leg pain")
    field.fill("15 minutes")
    field.blur()
    saved(page, "limits")
    expect(field).not_to_have_attribute("aria-invalid", "true")
    expect(field).not_to_have_attribute("aria-describedby", "note-limits")


def test_a_clash_waits_for_save_mine(browse: Browse, world: World) -> None:
    mine, theirs = opened(browse, world), opened(browse, world)
    theirs.locator(LEFT).select_option("positive")
    saved(theirs, "provocation")
    mine.locator(LEFT).select_option("negative")
    expect(mine.locator("#problems")).to_contain_text("Straight leg raise, left")
    with mine.expect_response(lambda answer: answer.status == 409):
        mine.locator(RIGHT).select_option("negative")
    theirs.reload()
    expect(theirs.locator(LEFT)).to_have_value("positive")
    mine.get_by_role("button", name="Save mine").click()
    saved(mine, "provocation")
    expect(mine.locator("#problems")).to_be_empty()
    theirs.reload()
    expect(theirs.locator(LEFT)).to_have_value("negative")
    expect(theirs.locator(RIGHT)).to_have_value("negative")
