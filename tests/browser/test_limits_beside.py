"""The limits of a document are typed while it is read: turning its page empties nothing."""

from playwright.sync_api import expect

from tests.browser.conftest import Browse
from tests.browser.world import THERAPIST, World


def test_turning_the_page_leaves_what_is_typed(browse: Browse, world: World) -> None:
    from core.documents.models import Document

    letter = Document.objects.filter(pk=world.ids["letter"])
    pages = letter.get().pages
    letter.update(pages=3)
    page = browse(THERAPIST)
    page.goto("/documents/{letter}/limits/".format(**world.ids))
    words = page.locator("[name=sentence_0]")
    words.fill("No lifting above the shoulder")
    page.get_by_role("link", name="Page 2").click()
    expect(page.locator("#sheet")).to_contain_text("Page 2 of 3")
    expect(page.get_by_text("Page 2 of 3")).to_be_focused()
    expect(words).to_have_value("No lifting above the shoulder")
    page.get_by_role("button", name="Another row").click()
    expect(page.locator("[name=sentence_3]")).to_be_visible()
    expect(page.locator("#sheet")).to_contain_text("Page 2 of 3")
    expect(words).to_have_value("No lifting above the shoulder")
    letter.update(pages=pages)
