"""The letter of a call: what was asked, answered and done; printing it is recorded."""

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from pypdf import PdfReader

from core.audit.models import AuditEvent
from intake.models import Call, CallAction, RedFlag
from intake.services.answers import raise_disposition
from intake.services.callbacks import log_missed_call
from intake.services.calls import close_call, record_action, save_fields, use_match
from intake.services.flags import decide_flag
from tests.cast import NOW, Cast
from tests.core.test_pdf import evil, listener

pytestmark = pytest.mark.django_db
AsUser = Callable[[Any], Client]


def after(minutes: int) -> dt.datetime:
    return NOW + dt.timedelta(minutes=minutes)


@pytest.fixture
def ended(cast: Cast, new_call: Callable[..., Call]) -> Call:
    """Ana took it: saddle numbness; 911; Amin confirmed."""
    call = new_call(others="no", Q2="yes")
    born = cast.okafor.birth_date
    call = use_match(call=call, patient=cast.okafor, birth_date=born, by=cast.ana, now=NOW)
    typed = {"since": "three days", "notes": "Fell on the stairs.", "region": "low_back"}
    call, _ = save_fields(call=call, typed=typed, by=cast.ana, now=NOW)
    record_action(call=call, kind="told_911", words="", by=cast.ana, now=after(2))
    call = close_call(call=call, by=cast.ana, now=after(4))
    decide_flag(
        flag=RedFlag.objects.get(call=call), decision="confirm", to="",
        reason="Cauda equina until shown otherwise.", release_hold=False, by=cast.amin,
        now=after(9),
    )  # fmt: skip
    return call


def ask(browser: Client, call: Call, minutes: int = 30) -> Any:
    with time_machine.travel(after(minutes), tick=False):
        return browser.get(f"/intake/{call.pk}/letter.pdf")


def words(response: Any) -> str:
    assert response.status_code == 200, response.content[-500:]
    pages = PdfReader(io.BytesIO(response.content)).pages
    return " ".join("\n".join(page.extract_text() for page in pages).split())


def test_it_says_what_happened(cast: Cast, ended: Call, as_user: AsUser) -> None:
    response = ask(as_user(cast.ana), ended)
    said = words(response)
    for part in (
        "Riverside Pain Centre", "(312) 555-0100",  # the letterhead
        "Okafor, Daniel · born 14 Mar 1974 · MRN 1042", "Page 1 of 2", "Page 2 of 2",
        "Printed Tue 24 Nov 2026 15:30 by Ana Flores", "rules red_flags v1",
        "Emergency now · physical therapy on hold", "saddle numbness",
        "Q2. Do you have any new numbness between your legs", "Please call 911",
        "Caller told to call 911", "15:02", "Fell on the stairs.", "three days",
        "Decided Tue 24 Nov 2026 15:09 by Leila Amin", "Cauda equina until shown otherwise.",
    ):  # fmt: skip
        assert part in said, part
    assert "has not ended" not in said and "Not asked" not in said


def test_its_outside_names_nobody(cast: Cast, ended: Call, as_user: AsUser) -> None:
    response = ask(as_user(cast.ana), ended)
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'inline; filename="call-summary.pdf"'
    assert "no-store" in response["Cache-Control"]
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "object-src 'self'" in policy
    reader = PdfReader(io.BytesIO(response.content))
    outside = f"{reader.metadata} {reader.xmp_metadata.stream.get_data()!r}"  # type: ignore[union-attr]
    assert "Call summary" in outside and "Okafor" not in outside and "Daniel" not in outside


def test_printing_is_on_the_trail(cast: Cast, ended: Call, as_user: AsUser) -> None:
    printed = AuditEvent.objects.filter(action="print", object_kind="call", object_id=ended.pk)
    assert not printed.exists()
    ask(as_user(cast.ana), ended)
    row = printed.get()
    assert (row.actor, row.patient_id) == (cast.ana, cast.okafor.pk)


def test_who_may_print_it(cast: Cast, ended: Call, as_user: AsUser) -> None:
    assert ask(as_user(cast.ana), ended).status_code == 200  # she took the call
    assert ask(as_user(cast.park), ended).status_code == 200  # clinicians and the coordinator
    assert ask(as_user(cast.zoe), ended).status_code == 404  # another clinic
    assert ask(as_user(cast.ruiz), ended).status_code == 403  # a therapist prints no letters
    refused = ask(as_user(cast.ben), ended)  # front desk, and took no part in this call
    assert refused.status_code == 403 and b"whoever took it" in refused.content
    printed = AuditEvent.objects.filter(action="print").values_list("actor__full_name", flat=True)
    assert sorted(printed) == ["Ana Flores", "Jo Park"]


def test_the_call_offers_it_to_those_who_may(cast: Cast, ended: Call, as_user: AsUser) -> None:
    address = f"/intake/{ended.pk}/letter.pdf".encode()
    page = f"/intake/{ended.pk}/"
    assert address in as_user(cast.amin).get(page).content
    assert address not in as_user(cast.ruiz).get(page).content


def test_a_running_call_says_so_and_what_was_not_asked(
    cast: Cast, new_call: Callable[..., Call], as_user: AsUser
) -> None:
    said = words(ask(as_user(cast.ben), new_call(Q1="no")))
    assert "This call has not ended" in said and said.count("Not asked") == 11
    assert "No chart yet" in said


def test_a_call_nobody_spoke_in_has_no_letter(cast: Cast, as_user: AsUser) -> None:
    missed = log_missed_call(
        clinic=cast.riverside, phone="312 555 0188", words="", received_at=NOW, by=cast.ana,
        now=NOW, form_key="9f6f9a3e-6e0c-4c3c-9a53-3a4ae8a3b0a1",
    )  # fmt: skip
    response = ask(as_user(cast.ana), missed)
    assert response.status_code == 422 and b"Nobody has spoken" in response.content


def test_letters_are_few(
    cast: Cast, ended: Call, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake.documents.render", lambda *_, **__: b"%PDF")
    ana, park = as_user(cast.ana), as_user(cast.park)
    codes = [ask(ana, ended).status_code for _ in range(21)]
    assert codes == [200] * 20 + [429]
    assert ask(park, ended).status_code == 200
    assert ask(ana, ended, 31).status_code == 200  # a minute later


# --- F22: what somebody typed cannot read a file, open a line or stop the web process ------------


def test_evil_words_in_every_field_are_words(
    cast: Cast, new_call: Callable[..., Call], as_user: AsUser
) -> None:
    with listener() as (port, called):
        text = evil(port)
        call = new_call(Q2="yes")
        born = cast.okafor.birth_date
        call = use_match(call=call, patient=cast.okafor, birth_date=born, by=cast.ana, now=NOW)
        record_action(call=call, kind="told_911", words=text, by=cast.ana, now=NOW)
        CallAction.objects.create(
            call=call, kind="refused", words=text, disposition="emergency_now", at=NOW, by=cast.ana
        )
        short = text.replace("\n", " ").strip()
        Call.objects.filter(pk=call.pk).update(
            notes=text, since=short[:120], caller_name=short[:120], relation="partner"
        )
        flag = RedFlag.objects.get(call=call)
        decide_flag(flag=flag, decision="confirm", to="", reason=text, release_hold=True,
                    by=cast.amin, now=NOW)  # fmt: skip
        cast.okafor.given_name, cast.okafor.family_name = short[:80], short[:80]
        cast.okafor.save()
        said = words(ask(as_user(cast.ana), call))
        assert not called
    assert '<img src="file:///etc/passwd">' in said and "root:" not in said


def test_endless_words_are_refused_with_a_sentence(
    cast: Cast, new_call: Callable[..., Call], as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.lib.pdf.SECONDS", 2)
    call = new_call(Q1="no")
    raise_disposition(call=call, to="same_day_physician", reason="x", by=cast.ana, now=NOW)
    Call.objects.filter(pk=call.pk).update(notes="word " * 200_000)
    browser = as_user(cast.ana)
    response = ask(browser, call)
    assert response.status_code == 422 and b"too large" in response.content
    assert not AuditEvent.objects.filter(action="print").exists()  # none was made
    assert browser.get("/healthz").status_code == 200
    monkeypatch.undo()
    Call.objects.filter(pk=call.pk).update(notes="a word")
    assert "a word" in words(ask(browser, call))
