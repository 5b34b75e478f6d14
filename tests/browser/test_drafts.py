"""Typed and not sent: it is there again when the form is opened again, and gone once it is sent."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Browse
from tests.browser.world import DESK, PHYSICIAN, World
from tests.faults.stack import eventually

WORDS = "form[action$='/intake/missed'] [name=words]"
OFFER = "Restore what you typed at"


def draft_of(world: World, role: str, place: str) -> str:
    from core.work.selectors import draft_text

    return draft_text(world.user(role), place)


def note(page: Page, selector: str) -> Any:
    return page.locator(f".field:has({selector.split()[-1]}) [role=status]")


def test_it_is_saved_restored_and_gone_when_sent(browse: Browse, world: World) -> None:
    page = browse(DESK)
    page.goto("/intake/")
    page.locator(WORDS).fill("Numb since Monday")
    expect(note(page, WORDS)).to_contain_text("Saved")
    assert draft_of(world, DESK, "missed:new") == "Numb since Monday"

    again = browse(DESK)  # another device, or after the session ended
    again.goto("/intake/")
    assert again.locator(WORDS).input_value() == ""
    again.get_by_role("button", name=OFFER).click()
    assert again.locator(WORDS).input_value() == "Numb since Monday"
    again.locator("form[action$='/intake/missed'] [name=phone]").fill("312 555 0177")
    again.get_by_role("button", name="Log missed call").click()
    again.wait_for_url("**/call-back")
    assert eventually(lambda: draft_of(world, DESK, "missed:new") == "")
    again.goto("/intake/")
    expect(again.locator(WORDS)).to_be_visible()
    expect(again.get_by_role("button", name=OFFER)).to_have_count(0)


def test_a_save_under_way_is_called_off_when_the_form_is_sent(browse: Browse) -> None:
    """It would come after the form's own end of the draft, and bring it back."""
    page = browse(DESK)
    page.goto("/intake/")
    page.route("**/drafts", lambda route: None)  # never answered
    with page.expect_request("**/drafts"):
        page.locator(WORDS).fill("Numb since Monday")
    page.evaluate("document.addEventListener('submit', (event) => event.preventDefault(), true)")
    page.locator("form[action$='/intake/missed'] [name=phone]").fill("312 555 0177")
    with page.expect_event("requestfailed", lambda r: r.url.endswith("/drafts"), timeout=5000):
        page.get_by_role("button", name="Log missed call").click()
    expect(page.get_by_text("Not saved")).to_have_count(0)


def test_what_was_typed_a_moment_before_leaving_is_kept(browse: Browse, world: World) -> None:
    page = browse(DESK)
    place = f"raise:{world.call().pk}"
    page.goto(f"/intake/{place.partition(':')[2]}/")
    page.locator("[data-dialog-open=raise]").click()
    page.locator("#raise-reason").press_sequentially("She sounds wrong")
    page.goto("/today/")  # no second has passed
    assert eventually(lambda: draft_of(world, DESK, place) == "She sounds wrong")


def test_what_was_typed_before_the_kept_drafts_were_read_is_saved(browse: Browse) -> None:
    page = browse(DESK)
    page.route("**/drafts", lambda r: r.continue_() if r.request.method == "POST" else None)
    page.goto("/intake/")
    with page.expect_request(lambda r: r.url.endswith("/drafts") and r.method == "POST"):
        page.locator(WORDS).fill("Early words")


def test_it_is_saved_when_the_session_is_about_to_end(browse: Browse, world: World) -> None:
    page = browse(PHYSICIAN)
    page.goto(f"/threads/{world.ids['thread']}/")
    place = f"thread:{world.ids['thread']}"
    page.wait_for_load_state("networkidle")  # what is kept was read, so its field is watched
    with page.expect_response(lambda r: r.url.endswith("/drafts") and r.request.method == "POST"):
        page.evaluate(
            """() => { const field = document.querySelector("[name=body]");
            field.value = "Stairs are fine"; field.dispatchEvent(new Event("input"));
            document.dispatchEvent(new CustomEvent("hallway:save-drafts")); }"""
        )
    assert eventually(lambda: draft_of(world, PHYSICIAN, place) == "Stairs are fine")


def test_nobody_else_sees_it(browse: Browse, world: World) -> None:
    place = f"thread:{world.ids['thread']}"
    page = browse(PHYSICIAN)
    page.goto(f"/threads/{world.ids['thread']}/")
    page.locator("[name=body]").fill("Only mine, not sent")
    expect(note(page, "[name=body]")).to_contain_text("Saved")
    other = browse(DESK)
    other.goto(f"/threads/{world.ids['thread']}/")
    other.wait_for_load_state("networkidle")
    assert "Only mine" not in other.content() and draft_of(world, DESK, place) == ""
    expect(other.get_by_role("button", name=OFFER)).to_have_count(0)
    page.reload()
    assert page.locator("[name=body]").input_value() == "Only mine, not sent"


def test_two_windows_are_told_of_each_other(browse: Browse, world: World) -> None:
    item = world.ids["item"]
    one, two = browse(DESK), browse(DESK)
    field = "[data-draft^='work:'], [data-draft^='plan:']"
    for page in (one, two):
        page.goto(f"/work/{item}/")
    one.locator(field).first.fill("from one")
    expect(one.get_by_role("status").filter(has_text="Saved").first).to_be_visible()
    two.locator(field).first.fill("from two")
    expect(two.get_by_text("Another window of yours")).to_be_visible()
    two.get_by_role("button", name="Use those").click()
    assert two.locator(field).first.input_value() == "from one"


def test_one_field_two_people_side_by_side(browse: Browse, world: World) -> None:
    call = world.call()
    desk, physician = browse(DESK), browse(PHYSICIAN)
    for page in (desk, physician):
        page.goto(f"/intake/{call.pk}/")
    with desk.expect_response("**/fields"):
        desk.locator("[name=since]").fill("8 months")
        desk.locator("[name=since]").press("Tab")
    with physician.expect_response("**/fields") as late:
        physician.locator("[name=since]").fill("since Monday")
        physician.locator("[name=since]").press("Tab")
    assert late.value.status == 409
    expect(physician.locator("#problems")).to_contain_text("8 months")
    with physician.expect_response("**/fields") as kept:
        physician.get_by_role("button", name="Keep mine").click()
    assert kept.value.status == 200
    expect(physician.locator("#problems")).to_be_empty()
    call.refresh_from_db()
    assert call.since == "since Monday"
    with physician.expect_response("**/fields") as more:  # and the next edit is no clash
        physician.locator("[name=since]").fill("since Sunday")
        physician.locator("[name=since]").press("Tab")
    assert more.value.status == 200
