"""What somebody typed is shown back when it was not saved; a password or a code never is."""

import uuid

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from core.lib.errors import Conflict, Refused, TooMany
from core.lib.states import StateError
from core.work.models import IdempotencyKey
from messaging.services.work import open_item
from tests.cast import NOW

pytestmark = pytest.mark.django_db
HUSH = "tulip-Horse-77"
SECRETS = ("confirm_secret", "password", "password1", "password2", "oldpassword", "code")
FORM = {"reason": "booked Tue", "version": "1"} | dict.fromkeys(SECRETS, HUSH)


@pytest.fixture
def close(cast):
    with time_machine.travel(NOW, tick=False):
        item = open_item(kind="initial_visit", subject_id=uuid.uuid4(), clinic=cast.riverside,
                         patient=cast.okafor, reason="First", by=cast.ana, now=NOW)  # fmt: skip
        yield reverse("messaging:close_item", args=[item.pk])


def shows_words_alone(answer, code):
    page = answer.content.decode()
    assert answer.status_code == code and "booked Tue" in page, page
    assert HUSH not in page


def test_signed_out(close):
    shows_words_alone(Client().post(close, FORM), 401)


def test_a_page_that_was_open_too_long(close):
    shows_words_alone(Client(enforce_csrf_checks=True).post(close, FORM), 403)


def test_sent_before_with_other_words(cast, as_user, close):
    ana, key = as_user(cast.ana), {"form_key": str(uuid.uuid4())}
    assert ana.post(close, {"reason": "booked", "version": "1"} | key).status_code == 302
    assert IdempotencyKey.objects.exists()
    shows_words_alone(ana.post(close, FORM | key), 409)


@pytest.mark.parametrize(
    ("refusal", "code"),
    [(Refused("no"), 422), (Conflict("changed", version=2), 409), (StateError("no"), 409),
     (Conflict("changed", versions=[("What", "booked Tue", "x")], version=2), 409),
     (TooMany(retry_after=5), 429)],
    ids=str,
)  # fmt: skip
def test_whatever_a_service_refuses(cast, as_user, close, monkeypatch, refusal, code):
    def refuse(**kwargs):
        raise refusal

    monkeypatch.setattr("messaging.views.work.close_by_hand", refuse)
    shows_words_alone(as_user(cast.ana).post(close, FORM), code)
