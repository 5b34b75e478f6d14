"""An import in the browser: upload, columns, rows, decision, take over; others meet nothing."""

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.accounts.models import User
from core.importing.models import ImportBatch
from core.importing.selectors import job_of
from core.people.models import Patient
from core.work.jobs import run_here
from core.work.models import Job
from tests.cast import NOW
from tests.factories.imports import bundle, checked, person, table, taken_over

pytestmark = pytest.mark.django_db
UNA = ["Neumann", "Una", "02/02/1962", "", "312 555 0190", "", "Aetna", "W1", "Gary"]
LIKE = ["Okafor", "Daniel", "04/15/1980", "1042", *[""] * 5]


@pytest.fixture(autouse=True)
def at_now():
    with time_machine.travel(NOW, tick=False):
        yield


def send(browser, content, name="Patients of Neumann.csv"):
    file = SimpleUploadedFile(name, content)
    return browser.post(reverse("importing:imports"), {"file": file})


def page(browser, batch, query=""):
    return browser.get(reverse("importing:batch", args=[batch.pk]) + query)


def test_a_table_from_upload_to_charts(cast, as_user):
    browser = as_user(cast.park)
    sent = send(browser, table(UNA, LIKE))
    batch = ImportBatch.objects.get()
    assert sent.url == reverse("importing:batch", args=[batch.pk])
    assert "Neumann" not in sent.url
    shown = page(browser, batch).content.decode()
    assert "What the columns mean" in shown and "Member ID" in shown
    said = {f"column-{n}": key for key, n in batch.columns.items()} | {"version": "1"}
    went = browser.post(reverse("importing:columns", args=[batch.pk]), said)
    job = Job.objects.get()
    assert went.url == reverse("work:job", args=[job.pk])
    assert "You may leave this page" in browser.get(went.url).content.decode()
    run_here(job, now=NOW)
    shown = page(browser, batch, "?rows=conflict").content.decode()
    assert "A new chart" in shown and "MRN 1042" in shown
    batch.refresh_from_db()
    word = {"number": "3", "choice": f"use:{cast.okafor.pk}", "version": str(batch.version)}
    browser.post(reverse("importing:choose", args=[batch.pk]), word)
    browser.post(reverse("importing:commit", args=[batch.pk]), {"version": str(batch.version)})
    run_here(job_of(batch), now=NOW)
    assert Patient.objects.filter(family_name="Neumann").exists()
    assert "Undo is possible until" in page(browser, batch).content.decode()
    assert "Take over patients from a file" in browser.get("/today/").content.decode()


def test_a_bundle_is_checked_at_once(cast, as_user):
    sent = send(as_user(cast.park), bundle(person(id="p1")), "b.json")
    assert sent.url == reverse("work:job", args=[Job.objects.get().pk])


@pytest.mark.parametrize(
    ("content", "says"), [(b"PK\x03\x04", "Excel workbook"), (b"", "Choose a file|empty")]
)
def test_what_cannot_be_read_is_refused_on_the_page(cast, as_user, content, says):
    answer = send(as_user(cast.park), content)
    assert answer.status_code == 422
    assert any(words in answer.content.decode() for words in says.split("|"))
    assert not ImportBatch.objects.exists()


def test_two_columns_of_one_meaning(cast, as_user):
    browser = as_user(cast.park)
    send(browser, table(UNA))
    said = {"column-0": "family_name", "column-1": "family_name", "version": "1"}
    pk = ImportBatch.objects.get().pk
    answer = browser.post(reverse("importing:columns", args=[pk]), said)
    assert answer.status_code == 422 and "Two columns" in answer.content.decode()


def test_the_poll_ends_with_286_and_keeps_nobody_signed_in(cast, as_user):
    browser = as_user(cast.park)
    send(browser, bundle(person()), "b.json")
    job = Job.objects.get()
    address = reverse("work:job_now", args=[job.pk])
    waiting = browser.get(address, headers={"HX-Request": "true", "X-Background": "1"})
    shown = waiting.content.decode()
    assert waiting.status_code == 200 and "every 1s" in shown and "X-Background" in shown
    run_here(job, now=NOW)
    ended = browser.get(address, headers={"HX-Request": "true", "X-Background": "1"})
    assert ended.status_code == 286 and "every 1s" not in ended.content.decode()


def test_cancel_from_the_page(cast, as_user):
    browser = as_user(cast.park)
    send(browser, bundle(person()), "b.json")
    job = Job.objects.get()
    browser.post(reverse("work:cancel_job", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_long_work_is_seen_by_who_asked_and_the_clinics_manager(cast, as_user):
    batch = checked(cast, table(UNA))
    address = reverse("work:job", args=[job_of(batch).pk])
    seen = {name: as_user(getattr(cast, name)).get(address).status_code
            for name in ("park", "cole", "ana", "amin", "mora", "zoe")}  # fmt: skip
    assert seen == {"park": 200, "cole": 200, "ana": 404, "amin": 404, "mora": 404, "zoe": 404}


def test_the_other_clinic_and_other_roles_meet_nothing(cast, as_user):
    batch = checked(cast, table(UNA))
    codes = {name: page(as_user(getattr(cast, name)), batch).status_code
             for name in ("park", "cole", "mora", "ana", "amin")}  # fmt: skip
    assert codes == {"park": 200, "cole": 200, "mora": 404, "ana": 403, "amin": 403}
    User.objects.filter(pk=cast.berg.pk).update(roles=["coordinator"])  # of a partner practice
    cast.berg.refresh_from_db()
    assert page(as_user(cast.berg), batch).status_code == 404


def test_a_stale_page_takes_nothing_over(cast, as_user):
    batch = checked(cast, table(UNA))
    address = reverse("importing:commit", args=[batch.pk])
    old = {"version": str(batch.version - 1)}
    assert as_user(cast.park).post(address, old).status_code == 409
    assert batch.state == "checked" and not Patient.objects.filter(family_name="Neumann").exists()


def test_rows_are_gone_after_a_day_and_the_page_says_so(cast, as_user):
    from config.retention import DAY, purge

    batch = checked(cast, table(UNA))
    taken_over(batch)
    assert purge(now=NOW + DAY / 2)["import_rows"] == 0
    purged = purge(now=NOW + 2 * DAY)
    assert purged["import_rows"] == 1
    assert "deleted after a day" in page(as_user(cast.park), batch).content.decode()
