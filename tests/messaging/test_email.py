"""What a nudge says (nothing about anybody's health) and how it is handed to the mail server."""

import smtplib

import pytest
from django.conf import settings

from messaging.channels import Refusal
from messaging.channels.email.adapter import compose as as_mail
from messaging.channels.email.adapter import send as send_mail
from messaging.envelopes import SUBJECTS, envelope
from messaging.models import Delivery
from messaging.rules import PERSONAL
from messaging.services.deliveries import nudge
from tests.cast import NOW
from tests.factories.flags import saddle_numbness

pytestmark = pytest.mark.django_db


def compose(row):
    return as_mail(envelope(row))


def send(row, before_body):
    send_mail(envelope(row), before_body)


@pytest.fixture
def row(cast, new_call):
    flag = saddle_numbness(cast, new_call, about=cast.okafor)
    return Delivery.objects.get(item__subject_id=flag.pk, user=cast.amin)


@pytest.fixture
def server(monkeypatch):
    class Server:
        codes = {"mail": 250, "rcpt": 250, "data": 250}
        log = []

        def answer(self, verb):
            self.log.append(verb)
            return self.codes[verb], b""

        def mail(self, sender):
            return self.answer("mail")

        def rcpt(self, to):
            return self.answer("rcpt")

        def data(self, body):
            code, words = self.answer("data")
            if code == 354:
                raise smtplib.SMTPDataError(554, b"no")
            return code, words

        def close(self):
            self.log.append("close")

    made = Server()
    made.log, made.codes = [], dict(made.codes)
    monkeypatch.setattr("messaging.channels.email.adapter.connect", lambda: made)
    return made


@pytest.mark.parametrize("template", sorted(SUBJECTS))
def test_it_holds_no_name_no_number_and_nothing_of_the_flag(cast, row, template):
    row.template = template
    message = compose(row)
    text = f"{message['Subject']}\n{message.get_content()}".lower()
    secrets = ["okafor", "daniel", "1042", "3125550142", "312 555", "0188", "saddle", "cauda",
               "emergency", "numb", "riverside", "leila", "amin", str(cast.okafor.pk)]  # fmt: skip
    assert [word for word in secrets if word in text] == []
    assert f"{settings.BASE_URL}{'/' if template in PERSONAL else '/today/'}" in text
    assert message["To"] == cast.amin.email


def test_the_same_row_is_the_same_message(cast, row):
    again = Delivery.objects.get(pk=row.pk)
    assert compose(row).as_bytes() == compose(again).as_bytes()
    other = nudge(user=cast.amin, clinic=cast.riverside, template="urgent", path="/today/",
                  item=None, key="other", now=NOW)  # fmt: skip
    assert compose(other)["Message-ID"] != compose(row)["Message-ID"]


def test_handing_is_noted_between_recipient_and_body(row, server):
    seen = []

    def before_body():
        seen.extend(server.log)
        return True

    send(row, before_body)
    assert seen == ["mail", "rcpt"]
    assert server.log == ["mail", "rcpt", "data", "close"]


def test_without_the_lease_no_body_is_sent(row, server):
    send(row, lambda: False)
    assert server.log == ["mail", "rcpt", "close"]


@pytest.mark.parametrize(
    ("verb", "code", "final"),
    [("mail", 421, False), ("mail", 530, True), ("rcpt", 451, False), ("rcpt", 550, True),
     ("data", 452, False), ("data", 552, True), ("data", 354, True)],
)  # fmt: skip
def test_each_no_of_the_server_is_read(row, server, verb, code, final):
    server.codes[verb] = code
    with pytest.raises(Refusal) as refusal:
        send(row, lambda: True)
    assert refusal.value.final is final
    assert row.user.email not in str(refusal.value)
    assert server.log[-1] == "close"
