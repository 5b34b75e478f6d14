"""Records from the call to the review: asked today, chased every third business day, read."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.documents.models import Document
from core.events.models import DomainEvent
from core.events.services import dispatch
from core.lib.errors import Conflict, Refused
from core.lib.states import StateError
from core.people.models import ClinicClosure
from intake.models import RecordsRequest
from intake.services import record_answers as answers
from intake.services import record_letters, records
from messaging.channels import CHANNELS
from messaging.models import Delivery, WorkItem
from messaging.services.deliveries import deliver_one
from messaging.services.settling import settle
from tests.cast import NOW
from tests.factories.records import MRI, asked, lakeshore, one_page, release

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 invented letter"


@pytest.fixture(autouse=True)
def places(settings, monkeypatch, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.FAX_GATEWAY_URL = "http://127.0.0.1:9/"
    monkeypatch.setattr("intake.services.records.letter_pdf", lambda *a, **k: PDF)


def items(row, **more):
    return {i.kind: i for i in WorkItem.objects.filter(subject_id=row.pk, closed_at=None, **more)}


def fresh(row):
    return RecordsRequest.objects.select_related("patient", "source", "clinic", "release").get(
        pk=row.pk
    )


def leaves(now=NOW):
    while deliver_one(now=now):
        pass
    dispatch(now=now + dt.timedelta(seconds=1))


def sent(cast, **more):
    release(cast)
    row = records.send(request=asked(cast, **more), channel="fax", by=cast.ana, now=NOW)
    leaves()
    return fresh(row)


def upload(name="mri.pdf"):
    return SimpleUploadedFile(name, one_page(), content_type="application/pdf")


def test_from_the_call_to_the_letter_in_one_click(cast, faxed):
    release(cast)
    row = records.ask(patient=cast.okafor, source=lakeshore(cast), wish=MRI, by=cast.ana, now=NOW)
    assert row.state == "sending" and row.channel == "fax"
    today = items(row)["records_request"]
    assert today.due_at == dt.datetime(2026, 11, 25, 0, 0, tzinfo=dt.UTC)  # 18:00 in Chicago
    leaves()
    [letter] = faxed
    assert (letter.to, letter.text, letter.attachment.content) == ("+13125550199", "", PDF)
    row = fresh(row)
    assert row.state == "requested" and row.requested_by == cast.ana
    kept = Document.objects.get(pk=row.delivery.document_id)
    assert (kept.kind, kept.patient, kept.consent) == ("letter", cast.okafor, row.release)
    [(kind, item)] = items(row).items()
    # Thanksgiving and the weekend are no business days: Wed 25, Fri 27, Mon 30.
    assert kind == "records_chase" and item.due_at == row.due_at
    assert item.due_at == dt.datetime(2026, 12, 1, 0, 0, tzinfo=dt.UTC)
    assert DomainEvent.objects.filter(name="records.requested", subject_id=str(row.pk)).exists()


def test_without_a_signature_it_waits_and_somebody_gets_one(cast, faxed):
    row = records.ask(patient=cast.okafor, source=lakeshore(cast), wish=MRI, by=cast.ana, now=NOW)
    assert row.state == "prepared" and set(items(row)) == {"records_request", "records_release"}
    with pytest.raises(Refused, match="no signed release"):
        records.send(request=row, channel="fax", by=cast.ana, now=NOW)
    assert not Delivery.objects.exists() and not Document.objects.exists()
    release(cast)
    records.send(request=fresh(row), channel="fax", by=cast.ana, now=NOW)
    assert set(items(row)) == {"records_request"}
    leaves()
    assert set(items(row)) == {"records_chase"} and len(faxed) == 1


def test_a_fax_that_does_not_leave_comes_back_to_be_sent_another_way(cast, monkeypatch):
    from messaging.channels import Refusal

    def refuse(envelope, before_body):
        raise Refusal("400 from the gateway", final=True)

    monkeypatch.setitem(CHANNELS, "fax", refuse)
    row = sent(cast)
    assert row.state == "prepared" and "records_request" in items(row)
    assert WorkItem.objects.get(kind="delivery_dead").patient == cast.okafor
    row = records.send(request=row, channel="print", by=cast.ana, now=NOW)
    assert row.state == "sending" and row.delivery.state == "waiting"
    with pytest.raises(Refused):
        record_letters.confirm_sent(
            request=row, proof="ok", by=cast.ana, now=NOW, version=row.version
        )
    row = record_letters.confirm_sent(request=row, proof="faxed by hand, confirmation 4411",
                                      by=cast.ben, now=NOW, version=row.version)  # fmt: skip
    assert row.state == "requested" and set(items(row)) == {"records_chase"}
    leaves()  # its event changes nothing more
    assert fresh(row).version == row.version


def test_a_withdrawn_release_stops_the_letter_on_its_way(cast, faxed):
    signed = release(cast)
    row = records.send(request=asked(cast), channel="fax", by=cast.ana, now=NOW)
    signed.ended_at, signed.end_reason = NOW, "withdrawn"
    signed.save()
    leaves()
    assert faxed == [] and fresh(row).state == "prepared"
    assert "withdrawn" in Delivery.objects.get().last_error


@pytest.mark.parametrize(
    ("more", "words"),
    [({"expires_on": NOW.date() - dt.timedelta(days=1)}, "no signed release"),
     ({"ended_at": NOW, "end_reason": "withdrawn"}, "no signed release"),
     ({"kind": "treatment"}, "no signed release"),
     ({"party": "Northwest Hospital"}, "no signed release")],
)  # fmt: skip
def test_a_release_that_does_not_hold_sends_nothing(cast, faxed, more, words):
    release(cast, **more)
    row = asked(cast)
    assert row.release is None
    with pytest.raises(Refused, match=words):
        records.send(request=row, channel="fax", by=cast.ana, now=NOW)


def test_a_person_may_choose_a_release_that_names_somebody_else(cast, faxed):
    other = release(cast, party="All who treated me")
    row = records.send(request=asked(cast), channel="fax", by=cast.ana, now=NOW,
                       release_id=other.pk)  # fmt: skip
    assert row.release == other
    foreign = release(cast, patient=cast.hale)
    with pytest.raises(Refused, match="no signed release"):
        records.send(request=row, channel="fax", by=cast.ana, now=NOW, release_id=foreign.pk)


def test_each_chase_is_three_business_days_on_the_clinics_calendar(cast, faxed):
    ClinicClosure.objects.create(clinic=cast.riverside, on=dt.date(2026, 11, 30), reason="snow")
    row = sent(cast)
    assert row.due_at == dt.datetime(2026, 12, 2, 0, 0, tzinfo=dt.UTC)  # the closed Monday
    at = dt.datetime(2026, 12, 1, 20, 0, tzinfo=dt.UTC)
    row = answers.chase(request=row, words="Maria: comes on Friday", by=cast.ben, now=at,
                        version=row.version)  # fmt: skip
    assert (row.state, row.chased, row.chased_at) == ("chased", 1, at)
    assert row.due_at == dt.datetime(2026, 12, 5, 0, 0, tzinfo=dt.UTC)
    assert items(row)["records_chase"].due_at == row.due_at
    with pytest.raises(Refused):
        answers.chase(request=row, words="", by=cast.ben, now=at, version=row.version)
    spring = dt.datetime(2027, 3, 11, 20, 0, tzinfo=dt.UTC)  # Thu before the clock goes forward
    row = answers.chase(request=row, words="again", by=cast.ben, now=spring, version=row.version)
    assert row.due_at == dt.datetime(2027, 3, 16, 23, 0, tzinfo=dt.UTC)  # still 18:00 on the wall


def test_what_came_is_filed_and_read_by_a_clinician(cast, faxed):
    row = sent(cast)
    came = answers.Arrived(files=[upload()], kind="imaging_report", title="MRI", more_to_come=True)
    answers.take_in(request=row, arrived=came, by=cast.ana, now=NOW, version=row.version)
    row = fresh(row)
    assert row.state == "requested" and set(items(row)) == {"records_chase"}
    answers.take_in(request=row, by=cast.ana, now=NOW, version=row.version,
                    arrived=answers.Arrived(files=[upload()], kind="operative_note"))  # fmt: skip
    row = fresh(row)
    assert row.state == "received" and set(items(row)) == {"records_review"}
    assert Document.objects.filter(subject_id=row.pk, source="Lakeshore Imaging").count() == 2
    row = answers.review(request=row, words="Old fusion L4.", by=cast.ruiz, now=NOW,
                         version=row.version)  # fmt: skip
    assert (row.state, row.reviewed_by, items(row)) == ("reviewed", cast.ruiz, {})
    assert not Document.objects.filter(subject_id=row.pk, reviewed_at=None).exists()
    for name in ("records.received", "records.reviewed"):
        assert DomainEvent.objects.filter(name=name, subject_id=str(row.pk)).exists()


def test_none_exist_with_who_said_so_ends_it(cast, faxed):
    row = sent(cast)
    with pytest.raises(Refused, match="who said"):
        answers.say_none(request=row, said_by=" ", by=cast.ana, now=NOW, version=row.version)
    row = answers.say_none(request=row, said_by="Maria, records desk", by=cast.ana, now=NOW,
                           version=row.version)  # fmt: skip
    assert (row.state, row.none_said_by, items(row)) == ("none_exist", "Maria, records desk", {})


def test_cancelled_before_it_left_it_does_not_leave(cast, faxed):
    release(cast)
    row = records.send(request=asked(cast), channel="fax", by=cast.ana, now=NOW)
    row = answers.cancel(request=row, reason="the patient brings them", by=cast.ana, now=NOW,
                         version=row.version)  # fmt: skip
    leaves()
    assert faxed == [] and fresh(row).state == "cancelled" and items(row) == {}
    with pytest.raises(StateError):
        records.send(request=fresh(row), channel="fax", by=cast.ana, now=NOW)


def test_two_who_answer_at_once_are_told(cast, faxed):
    row = sent(cast)
    answers.chase(request=row, words="Maria: Friday", by=cast.ana, now=NOW, version=row.version)
    with pytest.raises(Conflict):
        answers.say_none(request=row, said_by="Maria", by=cast.ben, now=NOW, version=row.version)


def test_one_source_is_not_asked_twice_for_the_same(cast):
    source = lakeshore(cast)
    first = asked(cast, source=source)
    with pytest.raises(Conflict, match=first.number):
        asked(cast, source=source)
    more = records.Wish(kinds=("labs",))
    assert asked(cast, source=source, wish=more).number != first.number


def test_a_fax_a_manager_retried_counts_as_sent(cast, faxed):
    row = sent(cast)
    Delivery.objects.update(state="uncertain")
    RecordsRequest.objects.update(state="prepared", requested_at=None, due_at=None)
    delivery = Delivery.objects.get()
    settle(delivery=delivery, action="retry", version=delivery.version, reason="they have nothing",
           by=cast.cole, now=NOW)  # fmt: skip
    leaves()
    assert fresh(row).state == "requested" and len(faxed) == 2
