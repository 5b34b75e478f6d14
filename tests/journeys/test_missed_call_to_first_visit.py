"""From a missed call to the first visit, in Chromium over the real processes: the caller is
registered once, two records are asked for, come in and are read, and PT is booked in the week."""

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, expect

from core.accounts import codes
from core.lib.clock import now
from core.people.models import Patient
from intake.models import Appointment, Call, RecordsRequest
from messaging.models import WorkItem
from tests.cast import PASSWORD
from tests.factories.records import one_page
from tests.factories.schedule import Schedule
from tests.faults.stack import Stack, eventually
from tests.journeys.test_call_to_acknowledgement import KEY, chromium, sign_in
from tests.processes import all_of

__all__ = ["chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(220)]
GIVEN, FAMILY = "Maribel", "Quillfeather"


def take_the_call(desk: Page) -> Call:
    """A missed call is logged, called back, answered and its caller registered."""
    desk.goto("/intake/")
    form = desk.locator("form[action$='/intake/missed']")
    form.get_by_label("Number that called").fill("312 555 0166")
    form.get_by_role("button", name="Log missed call").click()
    desk.wait_for_url("**/call-back")
    desk.get_by_role("button", name="Take it").click()
    desk.get_by_role("button", name="I am speaking with them").click()
    desk.wait_for_url(re.compile(r"/intake/[0-9a-f-]+/$"))
    call = Call.objects.get()
    typed = {"First name": GIVEN, "Last name": FAMILY, "Date of birth": "04/02/1971"}
    for label, words in typed.items():
        desk.get_by_label(label).first.fill(words)
    with desk.expect_response(lambda r: r.url.endswith("/fields")):
        desk.keyboard.press("Tab")
    for number in range(1, 13):
        desk.locator(f"#q-Q{number} input").first.focus()
        with desk.expect_response(re.compile(f"/answers/Q{number}$")):
            desk.keyboard.press("n")
    expect(desk.locator("#disposition-word")).to_have_text("Routine")
    desk.get_by_role("button", name="Register as a new patient").click()
    expect(desk.get_by_text("MRN").first).to_be_visible()
    assert eventually(lambda: Call.objects.get(pk=call.pk).patient_id)
    return Call.objects.get(pk=call.pk)


def sign_a_release(desk: Page, patient: Patient) -> None:
    desk.goto(f"/patients/{patient.pk}/registration/")
    desk.get_by_role("link", name="No release to ask others for records").click()
    desk.get_by_label("What was signed").select_option("release")
    desk.get_by_label("How", exact=True).select_option("verbal")
    desk.get_by_label("Witness").fill("Ana Flores, on the phone")
    desk.get_by_label("Signed on").fill(f"{dt.date.today():%m/%d/%Y}")
    desk.get_by_label("Release: from or to whom").fill("Any provider who treated me")
    desk.get_by_label("Release: which records").fill("Imaging and notes of the last two years")
    desk.get_by_role("button", name="Save").click()
    desk.wait_for_url("**/registration/")
    expect(desk.get_by_text("Release: records from or to others").first).to_be_visible()


def ask_for_records(desk: Page, call: Call, name: str, what: str, fax: str) -> None:
    """One action per source, from the call."""
    desk.goto(f"/intake/{call.pk}/")
    asking = desk.locator("#records")
    if asking.get_by_text("Ask somebody else too").count():
        asking.get_by_text("Ask somebody else too").click()
    asking.get_by_text("Not in the directory").click()
    asking.locator("[name=new_name]").fill(name)
    asking.locator("[name=new_fax]").fill(fax)
    asking.locator(f"label:has(input[value={what}])").click()
    asking.get_by_role("button", name="Request").click()
    expect(desk.get_by_text(name).first).to_be_visible()


def post_and_receive(desk: Page, request: RecordsRequest, paper: Path) -> None:
    """Printed, posted with proof; then the answer is filed."""
    desk.goto(f"/records/{request.pk}/")
    desk.get_by_label("What became of it?").fill("Faxed by hand, confirmation 4411")
    desk.get_by_role("button", name="It has gone").click()
    expect(desk.get_by_role("button", name="File it")).to_be_visible()
    desk.get_by_label("Files").set_input_files(paper)
    desk.get_by_role("button", name="File it").click()
    assert eventually(lambda: RecordsRequest.objects.get(pk=request.pk).state == "received")


def test_missed_call_to_first_visit(
    stack: Stack, chromium: Browser, figures: Any, tmp_path: Path
) -> None:
    connection.close()  # beside a browser's loop: one that the journey before has left ended
    cast = stack.cast
    for user in (cast.ana, cast.amin):
        user.set_password(PASSWORD)
        user.save()
        codes.enrol(user=user, secret=KEY)
    schedule = Schedule(cast)
    for weekday in (5, 6):  # whatever day the suite runs on
        for who in (cast.amin, cast.ruiz):
            schedule.hours(who, weekday)
    paper = tmp_path / "scan.pdf"
    paper.write_bytes(one_page())
    expect.set_options(timeout=15_000)
    with stack.web() as web, all_of(stack.worker(), stack.beat()):
        desk = sign_in(chromium, web, cast.ana.email)
        call = take_the_call(desk)
        patient = call.patient
        assert patient is not None and Patient.objects.filter(family_name=FAMILY).count() == 1
        sign_a_release(desk, patient)
        ask_for_records(desk, call, "Northside Imaging", "imaging_report", "312 555 0190")
        ask_for_records(desk, call, "Dr. Vera Lund", "visit_notes", "312 555 0191")

        desk.goto(f"/intake/{call.pk}/")
        desk.get_by_role("button", name="End call").click()
        expect(desk.get_by_text("Call ended and saved.")).to_be_visible()
        desk.get_by_role("link", name="Book first visit and PT").click()
        desk.get_by_role("button", name="Book both").first.click()
        assert eventually(lambda: Appointment.objects.filter(patient=patient).count() == 2)
        therapy = Appointment.objects.get(patient=patient, visit_type__kind="pt_eval")
        assert therapy.starts_at - call.received_at <= dt.timedelta(days=7)
        open_kinds = WorkItem.objects.filter(patient=patient, closed_at=None)
        assert not open_kinds.filter(kind__in=["initial_visit", "pt_start"]).exists()

        requests = list(RecordsRequest.objects.filter(patient=patient))
        assert len(requests) == 2 and {r.state for r in requests} == {"sending"}
        for request in requests:
            post_and_receive(desk, request, paper)

        physician = sign_in(chromium, web, cast.amin.email)
        for request in requests:
            physician.goto(f"/records/{request.pk}/")
            physician.get_by_label("What it says that matters").fill("Read, nothing new")
            physician.get_by_role("button", name="Reviewed").click()
            assert eventually(
                lambda r=request: RecordsRequest.objects.get(pk=r.pk).reviewed_by == cast.amin
            )
        desk.goto("/records/?show=all")
        expect(desk.locator("main")).to_contain_text("2 of 2")

        # The day of the visit comes.
        first = Appointment.objects.get(patient=patient, visit_type__kind="initial_visit")
        at = now()
        Appointment.objects.filter(pk=first.pk).update(
            starts_at=at, ends_at=at + dt.timedelta(minutes=60)
        )
        desk.goto("/today/")
        arrivals = desk.get_by_role("list", name="Today’s arrivals, in order of time")
        expect(arrivals).to_contain_text("2 of 2 records in")
        arrivals.get_by_role("button", name=f"{FAMILY}, {GIVEN} has arrived").click()
        assert eventually(lambda: Appointment.objects.get(pk=first.pk).state == "arrived")
    figures(days_to_pt=(therapy.starts_at.date() - call.received_at.date()).days)
