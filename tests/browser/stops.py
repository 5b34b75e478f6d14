"""What somebody does on a page before it is looked at, and the stop that names it."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from config.home.demo.people import derived


@dataclass(frozen=True)
class Stop:
    """`path` may name an id of the world: "/flags/{flag_new}/". `status` is the page's own.

    `on_phone` is done once the window is as narrow as a phone.
    """

    name: str
    role: str
    path: str
    then: Callable[[Page], None] | None = None
    status: int = 200
    on_phone: Callable[[Page], None] | None = None

    def __str__(self) -> str:
        return self.name


def search(page: Page) -> None:
    page.locator("main input[name=q]").fill("okafr")
    page.locator("main input[name=q]").press("Enter")
    page.get_by_text("MRN 1042").first.wait_for()


def whose(page: Page) -> None:
    page.locator("main input[name=q]").fill("hale")
    page.locator("main input[name=q]").press("Enter")
    page.get_by_text("MRN 1043").first.wait_for()


def same_person(page: Page) -> None:
    values = {"given_name": "Daniel", "family_name": "Okafor", "birth_date": "03141974"}
    for name, value in values.items():
        page.locator(f"main [name={name}]").fill(value)
    page.locator("main [name=phone]").fill("312 555 0142")
    page.get_by_role("button", name="Register").click()
    page.get_by_text("This may be somebody we know").wait_for()


def nothing_typed(page: Page) -> None:
    page.get_by_role("button", name="Register").click()
    page.get_by_text("Write the first and the last name.").first.wait_for()


def nothing_typed_in_form(page: Page) -> None:
    page.get_by_role("button", name="Save").click()
    page.get_by_text("This field is required").first.wait_for()


def nothing_changed(page: Page) -> None:
    page.locator("#f-changed").fill("")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Write what changed since the last update").first.wait_for()


def no_value(page: Page) -> None:
    page.locator(".measure").first.get_by_role("button", name="Save").click()
    page.get_by_text("Type the value, or why there is none.").first.wait_for()


def no_goal(page: Page) -> None:
    page.locator("[name=words]").fill("")
    page.get_by_role("button", name="Save").last.click()
    page.get_by_text("Write the goal in the patient’s own words.").first.wait_for()


def vague(page: Page) -> None:
    page.locator("[name=progression]").fill("as tolerated")
    page.get_by_role("button", name="Save").last.click()
    page.get_by_text("Write how load goes up").first.wait_for()


def no_limit(page: Page) -> None:
    page.locator("#set summary").click()
    page.locator("[name=sentence_0]").fill("Lift at most 15 lb")
    page.get_by_role("button", name="Save the limits").click()
    page.get_by_text("choose what is limited").first.wait_for()


def no_decision(page: Page) -> None:
    page.get_by_role("button", name="Decide").click()
    page.get_by_text("Choose what happens next.").first.wait_for()


def no_words(page: Page) -> None:
    page.get_by_role("button", name="Note it: the wait is over").click()
    page.get_by_text("Write what is new").first.wait_for()


def no_answer(page: Page) -> None:
    page.get_by_role("button", name="Save").click()
    page.get_by_text("No score: 0 of 3 answered").first.wait_for()


def no_reason(page: Page) -> None:
    page.locator("main [name=known_by]").fill("1042")
    page.get_by_role("button", name="Open the chart").click()
    page.get_by_text("Choose the patient’s clinic.").first.wait_for()


def refused(page: Page) -> None:
    form = page.locator("form[action$='/intake/missed']")
    form.evaluate("(form) => { form.noValidate = true; form.submit(); }")
    page.get_by_role("heading", name="Not saved yet").wait_for()


def wrong_password(page: Page) -> None:
    page.locator("[name=login]").fill("nobody@hallway.example")
    page.locator("[name=password]").fill("wrong-horse-battery")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("not correct").first.wait_for()


def only_the_password(page: Page) -> None:
    page.context.clear_cookies()  # an earlier stop may have come as far
    page.goto("/sign-in/")
    page.locator("[name=login]").fill("ben.ito@hallway.example")
    page.locator("[name=password]").fill(derived("demo", "ben.ito@hallway.example"))
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Now your code").wait_for()


def wrong_code(page: Page) -> None:
    only_the_password(page)
    page.locator("[name=code]").fill("000000")
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("This code is not right").first.wait_for()


def wrong_confirmation(page: Page) -> None:
    page.locator("[name=confirm_secret]").fill("wrong-horse-battery")
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("That is not right").first.wait_for()


def about_to_end(page: Page) -> None:
    page.evaluate("document.getElementById('session').showModal()")


def opened(selector: str, shows: str) -> Callable[[Page], None]:
    def press(page: Page) -> None:
        page.locator(selector).first.click()
        page.locator(shows).wait_for()

    return press


def menu(page: Page) -> None:
    page.locator(".topbar__menu").click()
    page.locator("#nav").wait_for()


def keys(page: Page) -> None:
    page.keyboard.press("?")
    page.locator("#shortcuts").wait_for()


def no_role(page: Page) -> None:
    page.get_by_role("button", name="Send the invitation").click()
    page.get_by_text("Choose at least one role").wait_for()


def nothing_said(page: Page) -> None:
    page.get_by_role("button", name="Show what changes").click()
    page.get_by_text("Write the new version’s number").first.wait_for()


def no_class(page: Page) -> None:
    page.locator("main [name=name]").fill("Blue")
    page.get_by_role("button", name="Add the payer").click()
    page.get_by_text("Choose the class").first.wait_for()


def no_file(page: Page) -> None:
    page.get_by_role("button", name="Upload and check").click()
    page.get_by_text("Choose a file first.").first.wait_for()
