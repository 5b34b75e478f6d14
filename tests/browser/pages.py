"""Every page a person can see, with who looks at it and what they did to get there."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from config.home.demo.people import derived
from tests.browser.world import (
    COORDINATOR,
    DESK,
    MANAGER,
    PARTNER,
    PATIENT,
    PHYSICIAN,
    STALE,
    THERAPIST,
)


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


STOPS = [
    Stop("today desk", DESK, "/today/"),
    Stop("today physician", PHYSICIAN, "/today/"),
    Stop("today manager", MANAGER, "/today/"),
    Stop("today therapist", THERAPIST, "/today/"),
    Stop("today coordinator", COORDINATOR, "/today/"),
    Stop("menu", DESK, "/today/", on_phone=menu),
    Stop("account", DESK, "/today/", opened("[popovertarget=account]", "#account")),
    Stop("keys", DESK, "/today/", keys),
    Stop("intake queue", DESK, "/intake/"),
    Stop("call fresh", DESK, "/intake/{fresh}/"),
    Stop("call emergency", DESK, "/intake/{emergency}/"),
    Stop("call emergency physician", PHYSICIAN, "/intake/{emergency}/"),
    Stop("call same day", DESK, "/intake/{same_day}/"),
    Stop("call branches", DESK, "/intake/{branches}/"),
    Stop("call raise", DESK, "/intake/{fresh}/", opened("[data-dialog-open=raise]", "#raise")),
    Stop("call ended", DESK, "/intake/{ended}/"),
    Stop("call back", DESK, "/intake/{waiting}/call-back"),
    Stop("call back hung up", DESK, "/intake/{hung_up}/call-back"),
    Stop("new call", DESK, "/calls/new"),
    Stop("flag new", PHYSICIAN, "/flags/{flag_new}/"),
    Stop("flag new desk", DESK, "/flags/{flag_new}/"),
    Stop("flag decided", PHYSICIAN, "/flags/{flag_decided}/"),
    Stop("patients", DESK, "/patients/"),
    Stop("patients found", DESK, "/patients/", search),
    Stop("register", DESK, "/patients/new"),
    Stop("register same person", DESK, "/patients/new", same_person),
    Stop("register refused", DESK, "/patients/new", nothing_typed, 422),
    Stop("patient", PHYSICIAN, "/patients/{okafor}/"),
    Stop("patient with open flag", PHYSICIAN, "/patients/{hale}/"),
    Stop("patient desk", DESK, "/patients/{boyd}/"),
    Stop("records visits", DESK, "/records/?show=all"),
    Stop("records open", DESK, "/records/?view=open"),
    Stop("records none", DESK, "/records/?number=R-NONE"),
    Stop("records of a patient", DESK, "/patients/{okafor}/records/"),
    Stop("records request", DESK, "/records/{chased}/"),
    Stop("records request to send", DESK, "/records/{unsigned}/"),
    Stop("directory", DESK, "/records/directory/"),
    Stop("directory entry", DESK, "/records/directory/{source}/"),
    Stop("directory new", DESK, "/records/directory/new"),
    Stop("documents", DESK, "/patients/{okafor}/documents/"),
    Stop("documents add", DESK, "/patients/{hale}/documents/", opened("#add summary", "#f-files")),
    Stop("documents none like that", PHYSICIAN, "/patients/{okafor}/documents/?kind=lab"),
    Stop("document reviewed", DESK, "/documents/{mri}/"),
    Stop("document unread", PHYSICIAN, "/documents/{unread}/"),
    Stop("document rejected", DESK, "/documents/{rejected}/"),
    Stop("document moved", PHYSICIAN, "/documents/{moved}/"),
    Stop("document to move", DESK, "/documents/{mri}/refile"),
    Stop("document to move found", DESK, "/documents/{mri}/refile", whose),
    Stop("documents refiled", MANAGER, "/documents/refiled/"),
    Stop("emergency access", PHYSICIAN, "/patients/emergency/"),
    Stop("emergency access refused", PHYSICIAN, "/patients/emergency/", no_reason, 422),
    Stop("emergency banner", PARTNER, "/patients/{okafor}/"),
    Stop("emergency reviews", MANAGER, "/manage/emergency/"),
    Stop("emergency review", MANAGER, "/manage/emergency/{emergency_over}/"),
    Stop("emergency review running", MANAGER, "/manage/emergency/{emergency_open}/"),
    Stop("audit", MANAGER, "/manage/audit/"),
    Stop("who looked", MANAGER, "/patients/{okafor}/looks/"),
    Stop("who looked by name", MANAGER, "/patients/{okafor}/looks/?order=who&outcome=done"),
    Stop("who looked none", MANAGER, "/patients/{okafor}/looks/?until=2001-01-01"),
    Stop("what somebody did", MANAGER, "/manage/audit/users/{ana}/"),
    Stop("manage", MANAGER, "/manage/"),
    Stop("users", MANAGER, "/manage/users/"),
    Stop("users none", MANAGER, "/manage/users/?state=disabled"),
    Stop("invite", MANAGER, "/manage/users/new"),
    Stop("invite refused", MANAGER, "/manage/users/new", no_role, 422),
    Stop("user", MANAGER, "/manage/users/{amin}/"),
    Stop("user oneself", MANAGER, "/manage/users/{cole}/"),
    Stop("hand over", MANAGER, "/manage/users/{amin}/leaving"),
    Stop("disable", MANAGER, "/manage/users/{park}/leaving"),
    Stop("cover", PHYSICIAN, "/me/cover"),
    Stop("inbox", PHYSICIAN, "/inbox/"),
    Stop("thread", PHYSICIAN, "/threads/{thread}/"),
    Stop("new thread", THERAPIST, "/patients/{okafor}/messages/new"),
    Stop("work item", DESK, "/work/{item}/"),
    Stop("on call", PHYSICIAN, "/on-call/"),
    Stop("on call manager", MANAGER, "/on-call/"),
    Stop("schedule day", DESK, "/schedule/"),
    Stop("schedule week", DESK, "/schedule/?view=week"),
    Stop("schedule set-up", MANAGER, "/schedule/set-up/"),
    Stop("first PT", DESK, "/schedule/pt-start/"),
    Stop("the pair", DESK, "/schedule/calls/{to_book}/book"),
    Stop("visits", DESK, "/patients/{okafor}/appointments/"),
    Stop("book", DESK, "/patients/{nora}/appointments/book?type={pt_type}"),
    Stop("book limited", PHYSICIAN, "/patients/{hale}/appointments/book?type={pt_type}"),
    Stop("visit", DESK, "/appointments/{visit}/"),
    Stop("visit missed", DESK, "/appointments/{visit_missed}/"),
    Stop("move visit", DESK, "/appointments/{visit}/move"),
    Stop("override", MANAGER, "/schedule/overrides/{override}/"),
    Stop("library", PHYSICIAN, "/library/"),
    Stop("red flag rules", PHYSICIAN, "/library/{red_flags}/"),
    Stop("escalation rules", MANAGER, "/library/{escalation}/"),
    Stop("deliveries", MANAGER, "/deliveries/"),
    Stop("deliveries none", MANAGER, "/deliveries/?state=dead"),
    Stop("delivery", MANAGER, "/deliveries/{delivery}/"),
    Stop("me", DESK, "/me/"),
    Stop("help", DESK, "/help/"),
    Stop("gallery", DESK, "/gallery/"),
    Stop("portal", PATIENT, "/portal/"),
    Stop("sign-in", "", "/sign-in/"),
    Stop("sign-in refused", "", "/sign-in/", wrong_password),
    Stop("signed out idle", "", "/sign-in/?ended=idle"),
    Stop("your sign-in", DESK, "/me/sign-in/"),
    Stop("your sign-in patient", PATIENT, "/me/sign-in/"),
    Stop("set up phone", PATIENT, "/me/sign-in/phone/"),
    Stop("change phone", DESK, "/me/sign-in/phone/remove/"),
    Stop("printed codes", DESK, "/me/sign-in/codes/"),
    Stop("new printed codes", DESK, "/me/sign-in/codes/new/"),
    Stop("change password", DESK, "/me/sign-in/password/"),
    Stop("confirm", STALE, "/me/sign-in/password/", status=403),
    Stop("confirm refused", STALE, "/me/sign-in/password/", wrong_confirmation, 403),
    Stop("session about to end", DESK, "/help/", about_to_end),
    Stop("sign-out", DESK, "/sign-out/"),
    Stop("password reset", "", "/password/reset/"),
    Stop("sign-up", "", "/sign-up/"),
    Stop("404", DESK, "/nowhere/", status=404),
    Stop("404 stranger", "", "/nowhere/", status=404),
    Stop("403", DESK, "/deliveries/", status=403),
    Stop("422", DESK, "/intake/", refused, 422),
    # last: these leave a sign-in half done in the stranger's browser
    Stop("code", "", "/help/", only_the_password),
    Stop("code refused", "", "/help/", wrong_code),
]
