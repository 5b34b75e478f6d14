"""Fax and text message gateways over HTTP: each answer and each silence has its state."""

import base64
import uuid

import pytest

from core.lib import clock
from messaging.channels import Attachment, Envelope, Refusal
from messaging.channels.fax import adapter as fax
from messaging.channels.sms import adapter as sms
from tests.http_gateway import HttpSink

PDF = b"%PDF-1.7 invented"


@pytest.fixture(scope="module")
def sink():
    with HttpSink() as running:
        yield running


@pytest.fixture
def gateway(sink, settings, monkeypatch):
    settings.FAX_GATEWAY_URL = settings.SMS_GATEWAY_URL = sink.url
    settings.FAX_GATEWAY_TOKEN = settings.SMS_GATEWAY_TOKEN = "sesame"
    monkeypatch.setattr("messaging.channels.gateway.ANSWER_SECONDS", 0.3)
    sink.script()
    (sink.folder / "accepted.jsonl").unlink(missing_ok=True)
    return sink


def letter(**more):
    known = {"pk": uuid.uuid4(), "key": "records:1", "template": "records_request",
             "to": "+13125550199", "subject": "S", "text": "", "created_at": clock.now(),
             "attachment": Attachment("request.pdf", PDF)}  # fmt: skip
    return Envelope(**known | more)


def handed(send, envelope):
    """(what came back or was raised, was it handed over?)"""
    steps = []

    def before_body():
        steps.append("handing")
        return True

    try:
        return send(envelope, before_body), bool(steps)
    except Exception as error:  # noqa: BLE001 - which one it is, is what the test reads
        return error, bool(steps)


def test_a_fax_carries_its_pdf_and_nothing_beside_it(gateway):
    reference, was_handed = handed(fax.send, letter(text="not this", subject="nor this"))
    [got] = gateway.messages()
    assert was_handed and reference.startswith("ref-")
    assert set(got["body"]) == {"to", "document"} and got["body"]["to"] == "+13125550199"
    assert base64.b64decode(got["body"]["document"]["data"]) == PDF
    assert (got["key"], got["token"]) == ("records:1", "Bearer sesame")


def test_a_text_message_is_its_words(gateway):
    handed(sms.send, letter(text="Your visit is\ntomorrow. ", attachment=None))
    assert [m["body"] for m in gateway.messages()] == [
        {"to": "+13125550199", "text": "Your visit is tomorrow."}
    ]


@pytest.mark.parametrize(
    ("status", "final"),
    [(400, True), (401, True), (404, True), (302, True), (408, False), (429, False),
     (500, False), (503, False)],
)  # fmt: skip
def test_each_no_of_the_gateway_is_read(gateway, status, final):
    gateway.script(status=status, answer="+13125550199 Okafor")
    error, was_handed = handed(fax.send, letter())
    assert isinstance(error, Refusal) and error.final is final and was_handed
    assert str(error) == f"{status} from the gateway"  # nothing of its words
    assert gateway.messages() == []


@pytest.mark.parametrize("trouble", [{"delay": 1.0}, {"hang_up": True}])
def test_silence_after_the_body_is_no_refusal(gateway, trouble):
    """It may have been faxed: whoever called makes it uncertain, see test_recipients."""
    gateway.script(**trouble)
    error, was_handed = handed(fax.send, letter())
    assert isinstance(error, OSError) and not isinstance(error, Refusal) and was_handed
    assert len(gateway.messages()) == 1


def test_a_gateway_that_is_not_there_is_known_before_handing_over(gateway, settings):
    settings.FAX_GATEWAY_URL = "http://127.0.0.1:9/faxes"
    error, was_handed = handed(fax.send, letter())
    assert isinstance(error, ConnectionRefusedError) and not was_handed


def test_without_the_lease_nothing_is_sent(gateway):
    assert fax.send(letter(), lambda: False) == ""
    assert gateway.messages() == []


@pytest.mark.parametrize("answer", ["", "accepted", "[1]", '{"id": "a b <script>"}', "{}"])
def test_accepted_is_accepted_whatever_the_answer_says(gateway, answer):
    gateway.script(answer=answer)
    assert handed(fax.send, letter()) == ("", True)


@pytest.mark.parametrize(
    ("send", "more", "words"),
    [(fax.send, {"attachment": None}, "without a document"),
     (fax.send, {"attachment": Attachment("a.pdf", b"x" * (fax.MOST_BYTES + 1))}, "too large"),
     (sms.send, {"attachment": None, "text": "x" * 321}, "Too long"),
     (sms.send, {}, "Too long")],
)  # fmt: skip
def test_what_a_channel_cannot_carry_is_refused_for_good(gateway, send, more, words):
    error, was_handed = handed(send, letter(**more))
    assert isinstance(error, Refusal) and error.final and words in str(error) and not was_handed


def test_a_channel_nobody_set_up_says_so(settings):
    settings.FAX_GATEWAY_URL = settings.SMS_GATEWAY_URL = ""
    for adapter in (fax, sms):
        error, _ = handed(adapter.send, letter())
        assert not adapter.configured() and isinstance(error, Refusal) and error.final
