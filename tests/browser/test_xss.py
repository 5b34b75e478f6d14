"""Markup typed into every text field stays words: no dialog, no new node, no violation."""

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from tests.browser.conftest import Browse
from tests.browser.world import DESK, MANAGER, PHYSICIAN, World

PAYLOAD = (
    "\"'><img src=x onerror=alert(1) class=evil><svg onload=alert(2) class=evil></svg>"
    "<script class=evil>alert(3)</script><a href=javascript:alert(4) class=evil>x</a>"
    "{{7*7}}{%raw%}`${alert(5)}`</textarea></title><b class=evil hx-get=/today/ hx-trigger=load>"
)
EVIL = "document.querySelectorAll('.evil, [onerror], [onload], a[href^=javascript]').length"
SHORT = "<img src=x onerror=alert(6) class=evil>"


@pytest.fixture(scope="module")
def seeded(world: World) -> dict[str, Any]:
    """One patient, call, flag, thread, call-back and work item full of markup."""
    from core.people.models import Clinic, Patient
    from core.people.services import register_patient
    from core.work.services import save_draft
    from intake.models import Call, CallAction, RedFlag
    from intake.services.answers import raise_disposition
    from intake.services.callbacks import log_missed_call
    from intake.services.calls import record_action
    from intake.services.flags import decide_flag
    from messaging.models import WorkItem
    from messaging.services.threads import start_thread

    now, desk, physician = timezone.now(), world.user(DESK), world.user(PHYSICIAN)
    clinic = Clinic.objects.get()
    patient = register_patient(
        clinic=clinic, given_name=SHORT, family_name="Payload" + SHORT,
        birth_date=now.date().replace(year=1970, day=1), phone="312 555 0777", by=desk, now=now,
    )  # fmt: skip
    Patient.objects.filter(pk=patient.pk).update(email=SHORT, pronouns=SHORT[:20])
    found: dict[str, Any] = {"patient": patient.pk}
    for name in ("open", "decided"):
        call = world.call(mrn=patient.mrn, Q5="yes")
        raise_disposition(call=call, to="emergency_now", reason=PAYLOAD, by=desk, now=now)
        record_action(call=call, kind="refused", words=PAYLOAD, by=desk, now=now)
        Call.objects.filter(pk=call.pk).update(
            notes=PAYLOAD, since=SHORT, caller_name=SHORT, given_name=SHORT, family_name=SHORT,
            relation="partner",
        )  # fmt: skip
        found[name] = call.pk
        found[f"flag_{name}"] = RedFlag.objects.get(call=call).pk
    flag = RedFlag.objects.get(pk=found["flag_decided"])
    decide_flag(flag=flag, decision="confirm", to="", reason=PAYLOAD, release_hold=True,
                by=physician, now=now)  # fmt: skip
    thread = start_thread(
        clinic=clinic, patient=patient, title=PAYLOAD[:150], body=PAYLOAD, to=[physician],
        by=desk, now=now, dedupe_key="xss", asks=True,
    )  # fmt: skip
    save_draft(user=physician, place=f"thread:{thread.pk}", text=PAYLOAD, now=now)
    missed = log_missed_call(
        clinic=clinic, phone="312 555 0777", words=PAYLOAD, received_at=now, by=desk, now=now,
        form_key="b9b7cb0e-6c1f-4a51-8df0-0d6d4f1a7c11",
    )  # fmt: skip
    item = WorkItem.objects.filter(subject_id=missed.pk).first()
    assert item and CallAction.objects.filter(words=PAYLOAD).count() == 2
    return found | {"thread": thread.pk, "missed": missed.pk, "item": item.pk}


PAGES = [
    (DESK, "/today/"), (PHYSICIAN, "/today/"), (MANAGER, "/today/"), (DESK, "/intake/"),
    (DESK, "/intake/{open}/"), (PHYSICIAN, "/intake/{decided}/"),
    (DESK, "/intake/{missed}/call-back"), (PHYSICIAN, "/flags/{flag_open}/"),
    (PHYSICIAN, "/flags/{flag_decided}/"), (PHYSICIAN, "/patients/{patient}/"),
    (DESK, "/patients/{patient}/"), (PHYSICIAN, "/inbox/"), (PHYSICIAN, "/threads/{thread}/"),
    (PHYSICIAN, "/patients/{patient}/messages/new"), (DESK, "/work/{item}/"),
]  # fmt: skip


def watched(page: Page) -> list[str]:
    """What happened on the page that must not."""
    seen: list[str] = []
    page.on("dialog", lambda dialog: (seen.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("pageerror", lambda error: seen.append(f"error {error}"))
    page.on("console", lambda line: seen.append(line.text) if "CSP " in line.text else None)
    return seen


@pytest.mark.parametrize(("role", "path"), PAGES, ids=lambda value: value)
def test_markup_stays_words(role: str, path: str, browse: Browse, seeded: dict[str, Any]) -> None:
    page = browse(role)
    seen = watched(page)
    page.goto(path.format(**seeded))
    page.wait_for_load_state("networkidle")
    assert not seen and page.evaluate(EVIL) == 0


def test_the_payload_is_shown_as_words(browse: Browse, seeded: dict[str, Any]) -> None:
    page = browse(PHYSICIAN)
    page.goto(f"/flags/{seeded['flag_decided']}/")
    assert "<script class=evil>alert(3)</script>" in page.locator("main").inner_text()


def test_search_results_and_refusals_stay_words(browse: Browse, seeded: dict[str, Any]) -> None:
    page = browse(DESK)
    seen = watched(page)
    page.goto("/patients/")
    page.locator("main [name=q]").fill("Payload " + SHORT)
    page.locator("main [name=q]").press("Enter")
    page.get_by_text("Payload<img").first.wait_for()
    assert not seen and page.evaluate(EVIL) == 0
    page.goto("/intake/")
    form = page.locator("form[action$='/intake/missed']")
    form.locator("[name=words]").fill(PAYLOAD)
    form.evaluate("(form) => { form.noValidate = true; form.submit(); }")
    page.get_by_role("heading", name="Not saved yet").wait_for()
    assert "alert(3)" in page.locator("main").inner_text()
    assert not seen and page.evaluate(EVIL) == 0


def test_it_fails_for_markup_that_is_let_through(browse: Browse) -> None:
    """The probes see a node that markup made, and that the policy had to stop its handlers."""
    page = browse(DESK)
    seen = watched(page)
    page.goto("/help/")
    page.evaluate("(html) => { document.querySelector('main').innerHTML += html; }", PAYLOAD)
    assert page.evaluate(EVIL) >= 3
    page.wait_for_timeout(300)
    assert any("CSP script-src" in line for line in seen)
