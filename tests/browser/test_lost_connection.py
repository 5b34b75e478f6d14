"""The line drops during a call: nothing given or typed is lost, nothing is doubled."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Browse
from tests.browser.world import DESK, World
from tests.faults.stack import Web, eventually

BAR = "#network .network__text"


def unsaved(page: Page) -> None:
    expect(page.locator(BAR)).to_be_visible()
    expect(page.locator(BAR)).to_contain_text("not saved, retrying")


def history_of(call: object, question: str) -> list[str]:
    from intake.models import CallAnswer

    row = CallAnswer.objects.get(call=call, question=question)
    return list(row.history.values_list("answer", flat=True))


def test_offline_answers_are_kept_and_saved_once(browse: Browse, world: World) -> None:
    call = world.call()
    page = browse(DESK)
    page.goto(f"/intake/{call.pk}/")
    page.locator("#q-Q1 input").first.focus()
    page.context.set_offline(True)
    page.keyboard.press("n")
    unsaved(page)
    page.keyboard.press("y")
    expect(page.locator(BAR)).to_contain_text("2 answers not saved")
    page.locator("[name=notes]").fill("cannot sit, since Monday")
    expect(page.locator("#q-Q1 input[data-answer=n]")).to_be_checked()
    expect(page.locator("#q-Q2 input[data-answer=y]")).to_be_checked()
    assert world.answers(call.pk) == {}
    page.context.set_offline(False)
    expect(page.locator(BAR)).to_contain_text("Saved.")
    expect(page.locator("#disposition-word")).to_have_text("Emergency now")
    assert page.locator("[name=notes]").input_value() == "cannot sit, since Monday"
    assert eventually(lambda: world.answers(call.pk) == {"Q1": "no", "Q2": "yes"})
    assert history_of(call.pk, "Q1") == ["no"]
    assert history_of(call.pk, "Q2") == ["yes"]


def test_a_frozen_server_is_waited_for(browse: Browse, world: World, web: Web) -> None:
    call = world.call()
    page = browse(DESK)
    page.goto(f"/intake/{call.pk}/")
    page.evaluate("htmx.config.timeout = 700")  # 15 s in earnest
    web.process.freeze()
    try:
        page.locator("#q-Q5 input").first.focus()
        page.keyboard.press("u")
        unsaved(page)
        page.locator("[name=notes]").type("typed meanwhile")
        expect(page.locator("#q-Q5 input[data-answer=u]")).to_be_checked()
    finally:
        web.process.thaw()
    page.evaluate("htmx.config.timeout = 15000")
    expect(page.locator(BAR)).to_contain_text("Saved.")
    expect(page.locator("#q-Q5 input[data-answer=u]")).to_be_checked()
    assert page.locator("[name=notes]").input_value() == "typed meanwhile"
    assert world.answers(call.pk) == {"Q5": "dont_know"}
    assert set(history_of(call.pk, "Q5")) == {"dont_know"}
    expect(page.locator("#disposition-word")).to_have_text("Same-day physician")


def test_a_signature_is_never_sent_twice_by_itself(browse: Browse, world: World) -> None:
    call = world.call()
    page = browse(DESK)
    page.goto(f"/intake/{call.pk}/")
    page.context.set_offline(True)
    page.keyboard.press("Control+Enter")
    expect(page.locator(BAR)).to_contain_text("press the button again")
    page.context.set_offline(False)
    page.wait_for_timeout(1500)
    assert f"/intake/{call.pk}/" in page.url
    expect(page.locator("#problems")).to_be_empty()
