"""To whom a delivery goes: somebody with an account, a patient who agreed, or a name outside."""

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, connection, transaction

from core.events.models import DomainEvent
from core.lib import clock
from core.lib.errors import Refused
from core.people.models import Patient
from messaging.channels import CHANNELS, Refusal
from messaging.envelopes import envelope
from messaging.models import Delivery, WorkItem
from messaging.services.deliveries import To, claim, deliver_one, queue, reap
from messaging.services.settling import settle

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
WANTED = {"answer": ""}


class Visit:
    """What an app above says about its deliveries."""

    title = "A message from {clinic}"

    def unwanted(self, row, *, now):
        return WANTED["answer"]

    def words(self, row):
        return {"when": "Wed 25 Nov 2026, 9:00"}

    def about(self, row):
        return row.subject_id


@pytest.fixture(autouse=True)
def subjects(settings):
    settings.DELIVERY_SUBJECTS = {"reminder": f"{__name__}.Visit"}
    settings.FAX_GATEWAY_URL = settings.SMS_GATEWAY_URL = "http://127.0.0.1:9/"
    WANTED["answer"] = ""


@pytest.fixture
def sent(monkeypatch):
    """channel → envelopes it took; each says where its copy went."""
    got = {"email": [], "fax": [], "sms": []}
    for name, taken in got.items():
        monkeypatch.setitem(CHANNELS, name, taker(taken))
    return got


def taker(taken):
    def send(env, before_body):
        if before_body():
            taken.append(env)
        return "ref-1"

    return send


def write(cast, to, *, channel="email", key="k", **more):
    return queue(to=to, clinic=cast.riverside, channel=channel, template="reminder", key=key,
                 now=clock.now() - HOUR, subject_id=uuid.uuid4(), **more)  # fmt: skip


def agrees(patient, **more):
    Patient.objects.filter(pk=patient.pk).update(email="d@mail.example", **more)


OUTSIDE = To(name="Lakeshore Imaging", address="+13125550199")


def test_a_patient_is_reached_as_they_agreed(cast, sent, monkeypatch):
    monkeypatch.setattr("messaging.envelopes.render_to_string", lambda path, words: path)
    agrees(cast.okafor, may_email=True, may_text=True)
    write(cast, To(patient=cast.okafor), key="mail")
    write(cast, To(patient=cast.okafor), channel="sms", key="text")
    while deliver_one(now=clock.now()):
        pass
    assert [e.to for e in sent["email"]] == ["d@mail.example"]
    assert [e.to for e in sent["sms"]] == [cast.okafor.phone]
    assert [sent["email"][0].text, sent["sms"][0].text] == [
        "emails/reminder.txt",
        "texts/reminder.txt",
    ]
    assert sent["email"][0].subject == "A message from Riverside Pain Centre"


@pytest.mark.parametrize(
    ("change", "why"),
    [({"may_email": False}, "not reached by this way"), ({"email": ""}, "not reached by this way"),
     ({"status": "deceased"}, "has died")],
)  # fmt: skip
def test_consent_counts_as_it_is_when_it_leaves(cast, sent, change, why):
    agrees(cast.okafor, may_email=True)
    row = write(cast, To(patient=cast.okafor))
    Patient.objects.filter(pk=cast.okafor.pk).update(**change)
    deliver_one(now=clock.now())
    row.refresh_from_db()
    assert row.state == "cancelled" and why in row.last_error and not sent["email"]


def test_nothing_leaves_for_a_chart_merged_into_another(cast, sent):
    agrees(cast.okafor, may_email=True, merged_into=cast.hale)
    row = write(cast, To(patient=cast.okafor))
    deliver_one(now=clock.now())
    row.refresh_from_db()
    assert row.state == "cancelled" and not sent["email"]


def test_whoever_asked_for_it_is_asked_again_and_hears_what_became_of_it(cast, sent):
    gone, kept = write(cast, OUTSIDE, channel="fax", key="1"), None
    WANTED["answer"] = "The request was cancelled."
    deliver_one(now=clock.now())
    WANTED["answer"] = ""
    kept = write(cast, OUTSIDE, channel="fax", key="2")
    deliver_one(now=clock.now())
    gone.refresh_from_db(), kept.refresh_from_db()
    assert (gone.state, gone.last_error) == ("cancelled", "The request was cancelled.")
    assert (kept.state, kept.reference) == ("sent", "ref-1")
    told = DomainEvent.objects.filter(name="messaging.delivery_settled")
    assert {e.subject_id for e in told} == {str(gone.pk), str(kept.pk)}


def test_a_fax_that_is_refused_is_a_person_s_work_about_the_patient(cast, monkeypatch):
    def refuse(env, before_body):
        raise Refusal("400 from the gateway", final=True)

    monkeypatch.setitem(CHANNELS, "fax", refuse)
    row = write(cast, OUTSIDE, channel="fax")
    Delivery.objects.filter(pk=row.pk).update(subject_id=cast.okafor.pk)
    deliver_one(now=clock.now())
    item = WorkItem.objects.get(kind="delivery_dead", subject_id=row.pk)
    assert item.patient_id == cast.okafor.pk and "Fax to Lakeshore Imaging" in item.reason


def test_a_person_prints_says_so_and_no_worker_ever_takes_it(cast, sent):
    row = write(cast, To(name="Lakeshore Imaging"), channel="print")
    assert row.state == "waiting" and not deliver_one(now=clock.now())
    settle(delivery=row, action="mark_delivered", version=row.version,
           reason="faxed by hand, confirmation 4411", by=cast.cole, now=clock.now())  # fmt: skip
    row.refresh_from_db()
    assert (row.state, row.act_reason) == ("sent", "faxed by hand, confirmation 4411")
    assert row.acted_by == cast.cole and row.settled_at
    assert DomainEvent.objects.filter(subject_id=str(row.pk)).count() == 1


@pytest.mark.parametrize("channel", ["fax", "sms", "pigeon"])
def test_a_channel_that_is_not_set_up_says_so_before_anything_is_written(cast, settings, channel):
    settings.FAX_GATEWAY_URL = settings.SMS_GATEWAY_URL = ""
    with pytest.raises(Refused, match="Print instead"):
        write(cast, OUTSIDE, channel=channel)
    assert not Delivery.objects.filter(channel=channel).exists()
    assert write(cast, OUTSIDE, channel="print").state == "waiting"


def test_e_mail_goes_first_and_a_gateway_keeps_one_worker(cast):
    faxes = [write(cast, OUTSIDE, channel="fax", key=f"f{n}") for n in range(3)]
    mail = write(cast, To(user=cast.amin))
    first, second, third = claim(), claim(), claim()
    assert first.row == mail and second.row in faxes and third is None
    Delivery.objects.filter(pk=second.row.pk).update(lease_until=clock.now() - HOUR)
    reap(now=clock.now())
    assert claim().row.channel == "fax"


def test_what_was_lost_while_handing_over_is_told_too(cast):
    row = write(cast, OUTSIDE, channel="fax")
    claim()
    Delivery.objects.filter(pk=row.pk).update(state="handing", lease_until=clock.now() - HOUR)
    reap(now=clock.now())
    row.refresh_from_db()
    assert row.state == "uncertain"
    assert DomainEvent.objects.filter(subject_id=str(row.pk)).exists()


@pytest.mark.parametrize(
    "to",
    [To(), To(address="+13125550199"), To(name="Lakeshore Imaging")],
)
def test_the_database_wants_exactly_one_recipient(cast, to):
    with pytest.raises(IntegrityError, match="delivery_one_recipient"), transaction.atomic():
        write(cast, to)
    with pytest.raises(IntegrityError, match="delivery_one_recipient"), transaction.atomic():
        write(cast, To(user=cast.amin, patient=cast.okafor))
    assert write(cast, To(name="Lakeshore Imaging"), channel="print").pk


def test_the_database_lets_no_worker_have_what_a_person_prints(cast):
    row = write(cast, To(name="Lakeshore Imaging"), channel="print")
    with pytest.raises(IntegrityError, match="delivery_print_by_hand"), transaction.atomic():
        Delivery.objects.filter(pk=row.pk).update(state="pending")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def test_the_page_shows_to_whom(cast, as_user):
    write(cast, OUTSIDE, channel="fax")
    paper = write(cast, To(patient=cast.okafor), channel="print", key="p")
    manager = as_user(cast.cole)
    page = manager.get("/deliveries/").content.decode()
    assert "Lakeshore Imaging" in page and "Daniel Okafor" in page and "To print" in page
    assert "+13125550199" not in page
    assert "Mark as delivered" in manager.get(f"/deliveries/{paper.pk}/").content.decode()
    assert as_user(cast.mora).get(f"/deliveries/{paper.pk}/").status_code == 404


def test_an_envelope_without_an_address_is_refused_for_good(cast):
    row = write(cast, To(user=cast.amin), channel="fax")
    with pytest.raises(Refusal) as refusal:
        envelope(row)
    assert refusal.value.final
