"""A form has one effect: sent again it is answered the same; other words under its key are not."""

import uuid

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from core.audit.models import AuditEvent
from core.work.models import Draft, IdempotencyKey
from core.work.services import save_draft
from intake.models import Call
from messaging.models import Message, WorkItem
from messaging.services.threads import start_thread
from messaging.services.work import open_item
from tests.cast import NOW
from tests.sessions import mark, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def thread(cast):
    return start_thread(clinic=cast.riverside, patient=cast.okafor, title="Stairs", body="May he?",
                        to=[cast.ana, cast.amin], by=cast.ben, now=NOW, dedupe_key="x")  # fmt: skip


@pytest.fixture
def visit(cast):
    return open_item(kind="initial_visit", subject_id=uuid.uuid4(), clinic=cast.riverside,
                     patient=cast.okafor, reason="First visit", by=cast.ana, now=NOW)  # fmt: skip


def reply(browser, thread, key, **words):
    return browser.post(reverse("messaging:reply", args=[thread.pk]), {"form_key": key} | words)


def close(browser, item, key, **words):
    said = {"form_key": key, "version": "1"} | words
    return browser.post(reverse("messaging:close_item", args=[item.pk]), said)


def test_sent_again_it_is_answered_the_same_and_changes_nothing(cast, as_user, thread):
    ana, key = as_user(cast.ana), str(uuid.uuid4())
    words = {"body": "Yes, slowly.", "to": [str(cast.amin.pk)]}
    answers = [reply(ana, thread, key, **words) for _ in range(3)]  # and by the back button
    assert {(a.status_code, a["Location"]) for a in answers} == {
        (302, reverse("messaging:thread", args=[thread.pk]))
    }
    assert Message.objects.filter(body="Yes, slowly.").count() == 1
    reply(ana, thread, str(uuid.uuid4()), **words)  # the control: another form is another message
    assert Message.objects.filter(body="Yes, slowly.").count() == 2


def test_what_has_no_key_of_its_own_to_fall_back_on_is_sent_once_too(cast, as_user, visit):
    """Closing a closed item is a conflict; the very same form again is the same closing."""
    ana, key = as_user(cast.ana), str(uuid.uuid4())
    first, again = (close(ana, visit, key, reason="booked Tue") for _ in range(2))
    assert (first.status_code, again.status_code) == (302, 302)
    assert first["Location"] == again["Location"]
    assert close(ana, visit, str(uuid.uuid4()), reason="booked Tue").status_code == 409
    assert AuditEvent.objects.filter(action="close", object_id=str(visit.pk)).count() == 1


def test_other_words_under_the_same_key_are_refused_and_shown_back(cast, as_user, thread):
    ana, key = as_user(cast.ana), str(uuid.uuid4())
    reply(ana, thread, key, body="Yes.", to=[str(cast.amin.pk)])
    other = reply(ana, thread, key, body="No, on no account.", to=[str(cast.amin.pk)])
    page = other.content.decode()
    assert other.status_code == 409 and "with other words" in page and "on no account" in page
    assert not Message.objects.filter(body__contains="account").exists()
    elsewhere = ana.post(reverse("intake:start"), {"form_key": key})
    assert elsewhere.status_code == 409 and not Call.objects.exists()  # bound to its own address


def test_somebody_elses_same_key_is_another_form(cast, as_user, thread):
    key = str(uuid.uuid4())
    for name in ("ana", "amin"):
        body = {"body": f"From {name}", "to": [str(cast.ben.pk)]}
        assert reply(as_user(getattr(cast, name)), thread, key, **body).status_code == 302
    assert Message.objects.filter(body__startswith="From ").count() == 2
    assert IdempotencyKey.objects.filter(key=key).count() == 2


def test_a_refused_form_may_be_corrected_under_its_key(cast, as_user, thread, visit):
    ana, key = as_user(cast.ana), str(uuid.uuid4())
    assert reply(ana, thread, key, body="", to=[str(cast.amin.pk)]).status_code == 422
    assert reply(ana, thread, key, body="Yes.", to=[str(cast.amin.pk)]).status_code == 302
    key = str(uuid.uuid4())
    assert close(ana, visit, key, reason=" ").status_code == 422  # raised, not answered
    assert close(ana, visit, key, reason="booked").status_code == 302


def test_a_refusal_stays_on_the_trail(cast, as_user, visit, new_call):
    key = {"form_key": str(uuid.uuid4())}
    refused = as_user(cast.ana).post(reverse("home:add_shift"), key)
    assert refused.status_code == 403
    assert AuditEvent.objects.filter(outcome="refused", object_id="home:add_shift").count() == 1
    guess = key | {"patient": str(cast.okafor.pk), "confirm_birth_date": "01/01/1990"}
    call = new_call()
    answer = as_user(cast.ana).post(reverse("intake:match", args=[call.pk]), guess)
    assert answer.status_code == 422
    assert AuditEvent.objects.filter(action="match", outcome="refused").count() == 1
    assert not IdempotencyKey.objects.exists()


def test_a_breakdown_undoes_the_effect_with_the_key(cast, as_user, visit, monkeypatch):
    def lost(*args, **kwargs):
        raise RuntimeError("after the effect")

    ana, key = as_user(cast.ana), str(uuid.uuid4())
    ana.raise_request_exception = False
    with monkeypatch.context() as patch:
        patch.setattr("messaging.views.back_to", lost)
        assert close(ana, visit, key, reason="booked").status_code == 500
    assert WorkItem.objects.get(pk=visit.pk).closed_at is None
    assert close(ana, visit, key, reason="booked").status_code == 302


def test_htmx_is_moved_on_again_and_a_fragment_keeps_no_key(cast, as_user, new_call):
    ana, call, key = as_user(cast.ana), new_call(), str(uuid.uuid4())
    address = reverse("intake:hang_up", args=[call.pk])
    moved = [ana.post(address, {"form_key": key}, headers={"HX-Request": "true"}) for _ in range(2)]
    target = reverse("intake:callback", args=[call.pk])
    assert [(m.status_code, m["HX-Redirect"]) for m in moved] == [(204, target)] * 2
    on = new_call(Q2="yes")
    body = {"form_key": str(uuid.uuid4()), "kind": "told_911"}
    for _ in range(2):
        done = ana.post(
            reverse("intake:action", args=[on.pk]), body, headers={"HX-Request": "true"}
        )
        assert done.status_code == 200
    assert on.actions.count() == 1 and not IdempotencyKey.objects.filter(status=200).exists()


def test_what_was_sent_is_no_draft_any_more_and_what_was_refused_is(cast, as_user, thread):
    place = f"thread:{thread.pk}"
    for person in (cast.ana, cast.ben):
        save_draft(user=person, place=place, text="Yes, slo", now=NOW)
    words = {"draft": place, "to": [str(cast.amin.pk)]}
    reply(as_user(cast.ana), thread, str(uuid.uuid4()), body="", **words)
    assert Draft.objects.filter(user=cast.ana).exists()
    reply(as_user(cast.ana), thread, str(uuid.uuid4()), body="Yes, slowly.", **words)
    assert list(Draft.objects.values_list("user__full_name", flat=True)) == ["Ben Ito"]


def test_what_never_reached_its_page_is_no_effect(cast, thread):
    """Sent to the second step of signing in: the key is free and the words are still a draft."""
    ana, key, place = sign_in(Client(), cast.ana, factor=False), str(uuid.uuid4()), thread.pk
    save_draft(user=cast.ana, place=f"thread:{place}", text="Yes, slowly.", now=NOW)
    words = {"draft": f"thread:{place}", "to": [str(cast.amin.pk)], "body": "Yes, slowly."}
    turned = reply(ana, thread, key, **words)
    assert (turned.status_code, turned["Location"]) == (302, reverse("mfa_activate_totp"))
    assert Draft.objects.exists() and not IdempotencyKey.objects.exists()
    mark(ana, NOW)
    sent = reply(ana, thread, key, **words)
    assert sent["Location"] == reverse("messaging:thread", args=[thread.pk])
    assert Message.objects.filter(body="Yes, slowly.").count() == 1 and not Draft.objects.exists()


def test_only_a_fingerprint_of_the_words_is_kept(cast, as_user, thread):
    reply(as_user(cast.ana), thread, str(uuid.uuid4()), body="Zebra.", to=[str(cast.amin.pk)])
    row = IdempotencyKey.objects.get()
    assert len(row.digest) == 64 and "Zebra" not in str(row.__dict__)


# --- the API's header -----------------------------------------------------------------------------


def api(browser, route, pk, key=None, **body):
    headers = {"Idempotency-Key": str(key)} if key else {}
    return browser.post(reverse(route, args=[pk]), body, content_type="application/json",
                        headers=headers)  # fmt: skip


def test_the_api_honours_idempotency_key(cast, as_user, visit):
    ana, key = as_user(cast.ana), uuid.uuid4()
    first = api(ana, "api_work_item_close", visit.pk, key, reason="booked")
    again = api(ana, "api_work_item_close", visit.pk, key, reason="booked")
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json()["location"] == reverse("api_work_item_close", args=[visit.pk])
    assert api(ana, "api_work_item_close", visit.pk, key, reason="other").status_code == 409
    assert api(ana, "api_work_item_close", visit.pk, reason="booked").status_code == 409
    assert api(ana, "api_work_item_close", visit.pk, "no uuid", reason="x").status_code == 422


def test_a_refused_api_request_gives_its_key_back_and_leaves_its_trace(cast, as_user, visit):
    ana, key = as_user(cast.ana), uuid.uuid4()
    assert api(ana, "api_work_item_close", visit.pk, key, reason=" ").status_code in {400, 422}
    looked = AuditEvent.objects.filter(action="read", object_id=str(visit.pk)).count()
    assert api(ana, "api_work_item_close", visit.pk, key, reason="booked").status_code == 200
    assert AuditEvent.objects.filter(action="read", object_id=str(visit.pk)).count() == looked + 1
