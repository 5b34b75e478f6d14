"""A whole call without a mouse, and the single keys everywhere else."""

import json
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from core.accounts.codes import code_at, counter_at
from tests.browser.conftest import Browse
from tests.browser.probes import LISTEN
from tests.browser.world import DESK, EMAILS, THERAPIST, World

QUESTIONS = 12
SEARCH = ".topbar__search [name=q]"


def focused(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate("""() => {
      const el = document.activeElement, style = getComputedStyle(el);
      const chip = el.closest(".chip, .topbar__search"), around = chip && getComputedStyle(chip);
      const ring = (s) => s && s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2;
      return { name: el.name || "", tag: el.tagName, text: el.innerText || "",
               question: el.closest("[data-question]")?.id || "",
               row: Boolean(el.closest("[data-row]")),
               inBranches: Boolean(el.closest("[data-branches]")),
               ring: Boolean(ring(style) || ring(around)) };
    }""")
    return found


def tab_to(page: Page, question: str, *, within: int) -> int:
    """How many Tabs it takes; every stop on the way shows where it is."""
    for count in range(1, within + 1):
        page.keyboard.press("Tab")
        here = focused(page)
        assert here["ring"] or here["tag"] == "BODY", f"no visible focus on {here}"
        if here["question"] == question:
            return count
    raise AssertionError(
        f"{question} is not reached with {within} Tabs; focus is on {focused(page)}"
    )


def start_by_keys(page: Page) -> str:
    page.goto("/today/")
    page.keyboard.press("c")
    page.wait_for_url("**/calls/new")
    expect(page.locator("#call-phone")).to_be_focused()
    page.keyboard.type("312 555 0166")
    page.keyboard.press("Enter")
    page.wait_for_url("**/intake/*-*/")
    return page.url.rstrip("/").rsplit("/", 1)[1]


def test_a_whole_call_by_keyboard(browse: Browse, world: World) -> None:
    page = browse(DESK)
    call = start_by_keys(page)
    tabs = tab_to(page, "q-Q1", within=40)
    print(f"\n{tabs} Tabs from the start of the call to its first question")  # noqa: T201
    for number in range(1, QUESTIONS + 1):
        assert focused(page)["question"] == f"q-Q{number}"
        assert focused(page)["ring"]
        with page.expect_response(f"**/answers/Q{number}"):
            page.keyboard.press("u" if number == 12 else "n")
    expect(page.locator("#status")).to_contain_text("0 questions open")
    assert set(world.answers(call).values()) == {"no", "dont_know"}
    for name, words in {"family_name": "Nyong", "birth_date": "03141974"}.items():
        page.locator(f"[name={name}]").focus()
        with page.expect_response("**/fields"):
            page.keyboard.type(words)
            page.keyboard.press("Tab")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Call ended and saved.")).to_be_visible()
    expect(page.get_by_role("heading", name="Answers as given")).to_be_visible()


def test_ctrl_enter_says_what_is_missing(browse: Browse, world: World) -> None:
    page = browse(DESK)
    page.goto(f"/intake/{world.call().pk}/")
    page.locator("#q-Q1 input").first.focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#problems")).not_to_be_empty()
    expect(page.locator(".live__todo")).to_be_visible()
    expect(page.get_by_role("heading", name="Intake call")).to_be_visible()


def test_a_yes_opens_what_belongs_to_it(browse: Browse, world: World) -> None:
    call = world.call()
    page = browse(DESK)
    page.goto(f"/intake/{call.pk}/")
    page.locator("#q-Q3 input").first.focus()
    with page.expect_response("**/answers/Q3"):
        page.keyboard.press("y")
    here = focused(page)
    assert here["inBranches"] and here["question"] == "q-Q3" and here["ring"]
    with page.expect_response("**/answers/Q3"):
        page.keyboard.press("Space")
    assert world.answers(call.pk) == {"Q3": "yes"}


def test_an_emergency_is_said_aloud_at_once(browse: Browse, world: World) -> None:
    call = world.call()
    page = browse(DESK)
    page.goto(f"/intake/{call.pk}/")
    page.evaluate(LISTEN)
    page.locator("#q-Q2 input").first.focus()
    page.keyboard.press("y")
    expect(page.locator("#alerts")).not_to_be_empty()
    spoken = page.evaluate("window.spoken")
    print(f"\nkey press → #alerts: {spoken[0][0]} ms")  # noqa: T201
    assert spoken[0][1].startswith("Emergency now. Say:")
    expect(page.locator("#disposition-word")).to_have_text("Emergency now")
    assert focused(page)["question"] == "q-Q3"
    with page.expect_response("**/answers/Q3"):
        page.keyboard.press("n")
    page.wait_for_timeout(200)
    assert len({words for _, words in page.evaluate("window.spoken")}) == 1


def test_letters_in_a_field_are_letters(browse: Browse, world: World) -> None:
    page = browse(DESK)
    page.goto(f"/intake/{world.call().pk}/")
    for selector in ("[name=family_name]", "[name=notes]", SEARCH):
        page.locator(selector).focus()
        page.keyboard.type("cynu/?jk")
        assert page.locator(selector).input_value() == "cynu/?jk"
    assert "/intake/" in page.url
    assert not page.locator("dialog[open]").count()


def test_search_list_and_rows(browse: Browse) -> None:
    page = browse(DESK)
    page.goto("/today/")
    page.keyboard.press("/")
    expect(page.locator(SEARCH)).to_be_focused()
    page.locator(SEARCH).blur()
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.href")
    assert focused(page)["row"] and focused(page)["ring"]
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.href") != first
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.href") == first
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    expect(page.locator("#shortcuts")).to_contain_text("New call")
    page.keyboard.press("c")
    assert page.url.endswith("/today/")
    page.keyboard.press("Escape")
    expect(page.locator("#shortcuts")).to_be_hidden()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette input[type=search]")).to_be_focused()


@pytest.fixture
def keys_off(browse: Browse) -> Any:
    page = browse(DESK)

    def switch() -> None:
        page.goto("/me/")
        page.locator("[name=single_keys]").press("Space")
        page.get_by_role("button", name="Save").press("Enter")
        expect(page.get_by_text("Saved.")).to_be_visible()

    switch()
    yield page
    switch()


def test_single_keys_can_be_switched_off(keys_off: Page, world: World) -> None:
    page = keys_off
    page.goto("/today/")
    for key in ("c", "j", "?", "/"):
        page.keyboard.press(key)
    page.wait_for_timeout(200)
    assert page.url.endswith("/today/")
    assert focused(page)["tag"] == "BODY"
    assert not page.locator("dialog[open]").count()
    call = world.call()
    page.goto(f"/intake/{call.pk}/")
    page.locator("#q-Q1 input").first.focus()
    page.keyboard.press("y")
    page.wait_for_timeout(200)
    assert world.answers(call.pk) == {}
    page.keyboard.press("Control+Enter")
    expect(page.locator("#problems")).not_to_be_empty()


def test_the_real_password_opens_today(browse: Browse, world: World) -> None:
    users = json.loads(world.users_file.read_text())
    page = browse()
    page.goto("/sign-in/")
    page.locator("[name=login]").focus()
    page.keyboard.type(EMAILS[DESK])
    page.keyboard.press("Tab")
    page.keyboard.type(users[DESK]["password"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/code/")
    page.keyboard.type(code_at(users[DESK]["totp"], counter_at(timezone.now())))  # it has the focus
    page.keyboard.press("Enter")
    page.wait_for_url("**/today/")
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()


def test_enter_in_a_part_of_the_plan_saves_and_asks_for_no_rows(
    browse: Browse, world: World
) -> None:
    """The first button of the form is Save, though “More rows” stands above it."""
    page = browse(THERAPIST)
    page.goto(f"/plans/{world.ids['standing']}/parts/hypothesis")
    page.locator("[name=words]").fill("")
    page.keyboard.press("Enter")
    page.get_by_text("Write the diagnosis in one line").first.wait_for()
    expect(page.locator(".errors")).to_be_focused()
    page.keyboard.press("Tab")
    assert focused(page)["ring"] and focused(page)["tag"] == "A"
    page.keyboard.press("Enter")
    expect(page.locator("[name=words]")).to_be_in_viewport()
