"""The helpers of the fault tests do what fault tests believe."""

import email.message
import smtplib
import time
from pathlib import Path

import pytest
import redis

from tests.processes import NotReadyError, Process, SmtpSink, Valkey


def send(sink: SmtpSink, to: str, number: int = 1) -> None:
    mail = email.message.EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.org", to, f"Mail {number}"
    mail["Message-ID"] = f"<{number}@example.org>"
    mail.set_content("Grüße")
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=1) as server:
        server.send_message(mail)


def test_the_sink_keeps_refuses_and_delays_as_told() -> None:
    with SmtpSink() as sink:
        send(sink, "b@example.org")
        [kept] = sink.wait_for(1)
        assert kept["message_id"] == "<1@example.org>"
        assert (kept["to"], kept["subject"]) == (["b@example.org"], "Mail 1")
        assert kept["body"].strip() == "Grüße"

        sink.script(replies={"later@example.org": "451 later", "never@example.org": "550 no"})
        for address, code in (("later@example.org", 451), ("never@example.org", 550)):
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                send(sink, address, 2)
            assert refused.value.recipients[address][0] == code
        send(sink, "b@example.org", 3)

        sink.script(delay_rcpt=0.3)
        begun = time.monotonic()
        send(sink, "b@example.org", 4)
        assert time.monotonic() - begun >= 0.3

        sink.script(delay_data=30)  # kept, and the sender never hears of it
        with pytest.raises(smtplib.SMTPServerDisconnected):
            send(sink, "b@example.org", 5)
        assert [row["subject"][-1] for row in sink.messages()] == ["1", "3", "4", "5"]


def test_the_sink_can_be_down_and_come_back() -> None:
    with SmtpSink() as sink:
        sink.kill9()
        with pytest.raises(ConnectionRefusedError):
            send(sink, "b@example.org")
        sink.start()
        send(sink, "b@example.org")
        assert len(sink.messages()) == 1


def test_a_valkey_can_be_killed_started_frozen_and_thawed() -> None:
    with Valkey() as broker:
        client = redis.from_url(broker.url, socket_timeout=0.3, retry=None)
        client.set("task", "kept")
        broker.kill9()
        with pytest.raises(redis.ConnectionError):
            client.ping()
        broker.start()
        assert client.get("task") == b"kept"
        broker.freeze()
        with pytest.raises(redis.TimeoutError):
            client.ping()
        broker.thaw()
        assert client.ping()
        client.close()
        pid = broker.pid
    assert not Path(f"/proc/{pid}/cmdline").exists()


def test_a_process_that_ends_at_once_shows_its_log() -> None:
    broken = Process("broken", ["sh", "-c", "echo because; exit 3"], ready=lambda _: False)
    with pytest.raises(NotReadyError, match=r"ended with 3(?s:.)*because"), broken:
        pass
    assert not broken.folder.exists()
