"""The doors of records requests: from the call, the chart, the lists; who may; typed text stays."""

import datetime as dt

import pytest
import time_machine

from core.audit.models import AuditEvent
from core.documents.services import make_document
from intake.models import Appointment, RecordsRequest, VisitType
from intake.record_selectors import coming_visits, open_requests
from intake.services import record_answers as answers
from intake.services.calls import use_match
from intake.services.records import Wish
from tests.cast import NOW
from tests.factories.records import asked, lakeshore, release

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_the_time(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("intake.services.records.letter_pdf", lambda *a, **k: b"%PDF-1.7 letter")
    with time_machine.travel(NOW, tick=False):
        yield


def form(source, **more):
    return {"source": str(source.pk), "kinds": ["imaging_report"], "words": "MRI"} | more


def test_one_action_from_the_call(cast, new_call, as_user):
    release(cast)
    source = lakeshore(cast, preferred="print")
    call = use_match(call=new_call(), patient=cast.okafor, by=cast.ana, now=NOW,
                     birth_date=cast.okafor.birth_date)  # fmt: skip
    browser = as_user(cast.ana)
    page = browser.get(f"/intake/{call.pk}/").content.decode()
    assert "Records to ask for" in page and "Lakeshore Imaging" in page
    sent = browser.post(f"/patients/{cast.okafor.pk}/records/ask", form(source, call=str(call.pk)))
    assert (sent.status_code, sent.headers["Location"]) == (302, f"/intake/{call.pk}/")
    row = RecordsRequest.objects.get()
    assert (row.call, row.state, row.delivery.state) == (call, "sending", "waiting")
    assert "Being sent" in browser.get(f"/intake/{call.pk}/").content.decode()


def test_a_caller_nobody_registered_has_nothing_to_ask_for(cast, new_call, as_user):
    call = new_call()
    page = as_user(cast.ana).get(f"/intake/{call.pk}/").content.decode()
    assert "Register the caller first" in page


def test_somebody_new_is_added_and_asked_in_one(cast, as_user):
    known = {"new_name": "Dr. Feld", "new_kind": "surgeon", "new_fax": "312 555 0170",
             "new_preferred": "fax", "new_active": "1", "kinds": ["operative_note"]}  # fmt: skip
    sent = as_user(cast.ana).post(f"/patients/{cast.okafor.pk}/records/ask", known)
    assert sent.status_code == 302
    row = RecordsRequest.objects.get()
    assert (row.source.name, row.source.fax, row.state) == ("Dr. Feld", "+13125550170", "prepared")


def test_a_choice_and_a_new_name_together_are_refused(cast, as_user):
    """Else what was written would be asked of the practice that was chosen."""
    source, browser = lakeshore(cast), as_user(cast.ana)
    path = f"/patients/{cast.okafor.pk}/records/ask"
    both = browser.post(path, form(source, new_name="Dr. Feld", new_fax="312 555 0170"))
    assert both.status_code == 422 and "Say which" in both.content.decode()
    assert "Dr. Feld" in both.content.decode() and not RecordsRequest.objects.exists()
    page = browser.get(f"/patients/{cast.okafor.pk}/records/").content.decode()
    assert f'value="{source.pk}"' in page and f'value="{source.pk}" checked' not in page


def test_typed_text_is_there_after_a_refusal(cast, as_user):
    source = lakeshore(cast)
    browser = as_user(cast.ana)
    path = f"/patients/{cast.okafor.pk}/records/ask"
    sent = browser.post(path, form(source, since="soon", words="the MRI of last winter"))
    page = sent.content.decode()
    assert sent.status_code == 422 and "the MRI of last winter" in page and "cannot be read" in page
    assert f'value="{source.pk}" checked' in page and 'value="imaging_report" checked' in page
    assert browser.post(path, form(source, since="01/15/2025")).status_code == 302
    assert RecordsRequest.objects.get().since == dt.date(2025, 1, 15)


def test_print_and_confirm_on_its_page(cast, as_user):
    release(cast)
    row = asked(cast)
    browser, page = as_user(cast.ana), f"/records/{row.pk}/"
    assert "No fax gateway is set up here" in browser.get(page).content.decode()
    sent = browser.post(f"{page}send", {"channel": "print", "version": "1"})
    assert sent.status_code == 302
    shown = browser.get(page).content.decode()
    row.refresh_from_db()
    assert "What became of it?" in shown and f"/documents/{row.delivery.document_id}/file" in shown
    done = {"proof": "faxed, confirmation 4411", "version": str(row.version)}
    assert browser.post(f"{page}confirm", done).status_code == 302
    assert "confirmation 4411" in browser.get(page).content.decode()
    assert browser.post(f"{page}confirm", done).status_code == 409


def test_only_who_may_ask_sends_and_only_a_clinician_reviews(cast, as_user):
    release(cast)
    row = asked(cast)
    page = f"/records/{row.pk}/"
    send = {"channel": "print", "version": "1"}
    assert as_user(cast.ruiz).get(page).status_code == 200
    assert as_user(cast.ruiz).post(f"{page}send", send).status_code == 403
    assert as_user(cast.zoe).get(page).status_code == 404
    assert as_user(cast.zoe).post(f"{page}send", send).status_code == 404
    assert as_user(cast.berg).get(page).status_code == 404  # not on the team
    RecordsRequest.objects.update(state="received", received_at=NOW)
    nothing = {"words": "Old fusion at L4zzq", "version": "1"}
    refused = as_user(cast.amin).post(f"{page}review", nothing)
    assert refused.status_code == 422 and b"No file that can be read" in refused.content
    paper = make_document(
        patient=cast.okafor, data=b"x", kind="imaging_report", title="MRI", file_name="x",
        by=cast.ana, now=NOW, pages=1, subject_id=row.pk,
    )  # fmt: skip
    read = {"words": "Old fusion at L4zzq", "version": "1"}
    assert as_user(cast.ana).post(f"{page}review", read).status_code == 403
    assert as_user(cast.amin).post(f"{page}review", read).status_code == 302
    assert "L4zzq" in as_user(cast.ruiz).get(page).content.decode()
    assert "L4zzq" not in as_user(cast.ana).get(page).content.decode()
    assert "L4zzq" not in as_user(cast.ana).get(f"/documents/{paper.pk}/").content.decode()
    looks = AuditEvent.objects.filter(object_kind="records_request", object_id=str(row.pk))
    assert looks.filter(action="read", outcome="refused", actor=cast.zoe).exists()


def visit(cast, patient, days, **more):
    kind, _ = VisitType.objects.get_or_create(
        clinic=cast.riverside, key="initial",
        defaults={"words": "Initial visit", "kind": "initial_visit", "minutes": 60,
                  "role": "physician"},
    )  # fmt: skip
    starts = NOW + dt.timedelta(days=days)
    return Appointment.objects.create(
        clinic=cast.riverside, patient=patient, visit_type=kind, provider=cast.amin,
        starts_at=starts, ends_at=starts + dt.timedelta(hours=1), booked_at=NOW, **more
    )  # fmt: skip


def test_visit_in_two_days_one_of_three_in(cast, as_user):
    source = lakeshore(cast)
    for kind in ("labs", "images", "pt_notes", "visit_notes"):
        asked(cast, source=source, wish=Wish((kind,)))
    rows = list(RecordsRequest.objects.order_by("prepared_at", "number"))
    answers.say_none(request=rows[0], said_by="Maria", by=cast.ana, now=NOW, version=1)
    answers.cancel(request=rows[1], reason="not needed", by=cast.ana, now=NOW, version=1)
    soon = visit(cast, cast.okafor, 2)
    visit(cast, cast.okafor, 9)
    visit(cast, cast.hale, 3)
    [found] = coming_visits(cast.ana, now=NOW)
    assert (found.visit, found.in_days, found.came, found.asked) == (soon, 2, 1, 3)
    every = coming_visits(cast.ana, now=NOW, everything=True)
    assert [(r.visit.patient.mrn, r.asked) for r in every] == [("1042", 3), ("1043", 0)]
    assert coming_visits(cast.zoe, now=NOW, everything=True) == []
    page = as_user(cast.ana).get("/records/").content.decode()
    assert "in 2 days" in page and "1 of 3 in" in page


def test_a_request_is_found_by_the_number_on_the_letter(cast, as_user):
    row = asked(cast)
    other = asked(cast, source=row.source, wish=Wish(("labs",)))
    assert open_requests(cast.ana, now=NOW, number=row.number.lower()) == [row]
    assert set(open_requests(cast.ana, now=NOW)) == {row, other}
    assert open_requests(cast.zoe, now=NOW, number=row.number) == []
    page = as_user(cast.ana).get(f"/records/?number={row.number}").content.decode()
    assert row.number in page and other.number not in page


def test_pages_of_open_requests_lose_and_repeat_none(cast):
    source = lakeshore(cast)
    kinds = ("labs", "images", "pt_notes", "visit_notes", "operative_note")
    made = {asked(cast, source=source, wish=Wish((k,))).pk for k in kinds}
    seen, after = [], None
    while page := open_requests(cast.ana, now=NOW, after=after, limit=2):
        seen += [row.pk for row in page]
        after = page[-1].pk
    assert len(seen) == 5 and set(seen) == made
