"""A fax row, its document and a real gateway process: accepted, refused for now, and silence."""

import datetime as dt
import uuid

import pytest

from core.documents.services import make_document
from core.lib import clock
from messaging.models import Delivery
from messaging.services.deliveries import To, deliver_one, queue
from tests.http_gateway import HttpSink

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 a letter"


class Letter:
    title = "Request from {clinic}"

    def unwanted(self, row, *, now):
        return ""

    def words(self, row):
        return {}

    def about(self, row):
        return None


@pytest.fixture(scope="module")
def sink():
    with HttpSink() as running:
        yield running


@pytest.fixture
def fax(cast, sink, settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    settings.FAX_GATEWAY_URL, settings.FAX_GATEWAY_TOKEN = sink.url, "sesame"
    settings.DELIVERY_SUBJECTS = {"records_request": f"{__name__}.Letter"}
    monkeypatch.setattr("messaging.channels.gateway.ANSWER_SECONDS", 0.3)
    sink.script()
    (sink.folder / "accepted.jsonl").unlink(missing_ok=True)
    then = clock.now() - dt.timedelta(hours=1)
    paper = make_document(patient=cast.okafor, data=PDF, kind="letter", title="Request",
                          file_name="r.pdf", by=cast.ana, now=then)  # fmt: skip
    return queue(to=To(name="Lakeshore Imaging", address="+13125550199"), clinic=cast.riverside,
                 channel="fax", template="records_request", key="records:x:1", now=then,
                 subject_id=uuid.uuid4(), document_id=paper.pk)  # fmt: skip


def after(row):
    deliver_one(now=clock.now())
    row.refresh_from_db()
    return row.state


def test_accepted_it_is_sent_with_the_gateways_number(fax, sink):
    assert after(fax) == "sent" and fax.reference.startswith("ref-")
    [got] = sink.messages()
    assert (got["key"], got["body"]["to"]) == ("records:x:1", "+13125550199")


def test_refused_for_now_it_is_sent_again_under_the_same_key(fax, sink):
    sink.script(status=503)
    assert after(fax) == "pending" and "503" in fax.last_error
    Delivery.objects.update(next_attempt_at=clock.now() - dt.timedelta(minutes=1))
    sink.script()
    assert after(fax) == "sent"
    assert [got["key"] for got in sink.messages()] == ["records:x:1"]


@pytest.mark.parametrize("trouble", [{"hang_up": True}, {"delay": 1.0}])
def test_silence_after_the_body_waits_for_a_person(fax, sink, trouble):
    sink.script(**trouble)
    assert after(fax) == "uncertain"
    assert not deliver_one(now=clock.now())  # never sent again by itself
    assert len(sink.messages()) == 1


def test_a_gateway_that_is_away_is_tried_later(fax, settings):
    settings.FAX_GATEWAY_URL = "http://127.0.0.1:9/"
    assert after(fax) == "pending" and fax.attempts == 1


def test_a_document_that_is_gone_is_not_faxed(fax, sink, tmp_path):
    for path in tmp_path.rglob("*"):
        if path.is_file():
            path.unlink()
    assert after(fax) == "dead" and sink.messages() == []


def test_nothing_of_it_stands_in_the_log(fax, sink, caplog):
    sink.script(hang_up=True)
    after(fax)
    said = " ".join(str(record.__dict__) for record in caplog.records)
    assert "delivery failed" in said
    assert not [word for word in ("5550199", "Lakeshore", "Okafor", "PDF") if word in said]
