"""F16: twenty at once with one form key are one effect and twenty equal answers."""

import os
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from core.work.models import IdempotencyKey
from messaging.models import Message, WorkItem
from messaging.services.threads import start_thread
from messaging.services.work import open_item
from tests.cast import NOW
from tests.factories.races import race
from tests.sessions import cookie_of

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 50 if os.environ.get("HALLWAY_DEEP") else 2
AT_ONCE = 20


def browsers(signed_in):
    """Several windows of one session."""
    found = [Client() for _ in range(AT_ONCE)]
    for browser in found:
        browser.cookies["session"] = cookie_of(signed_in)
    return found


@pytest.mark.timeout(600)
def test_twenty_parallel_posts_are_one_effect(cast, as_user):
    windows = browsers(as_user(cast.ana))
    for number in range(ROUNDS):
        item = open_item(kind="initial_visit", subject_id=uuid.uuid4(), clinic=cast.riverside,
                         patient=cast.okafor, reason="First", by=cast.ana, now=NOW)  # fmt: skip
        body = {"form_key": str(uuid.uuid4()), "reason": f"booked {number}", "version": "1"}
        address = reverse("messaging:close_item", args=[item.pk])
        answers = race(lambda n, to=address, said=body: windows[n].post(to, said), runners=AT_ONCE)
        assert {(a.status_code, a["Location"]) for a in answers} == {(302, "/today/")}
        item.refresh_from_db()
        assert item.version == 2 and item.close_reason == f"booked {number}"
    assert IdempotencyKey.objects.count() == ROUNDS == WorkItem.objects.count()


@pytest.mark.timeout(600)
def test_of_two_bodies_under_one_key_at_once_one_is_sent(cast, as_user):
    windows = browsers(as_user(cast.ana))[:8]
    thread = start_thread(clinic=cast.riverside, patient=cast.okafor, title="Stairs", body="Hm",
                          to=[cast.ana, cast.amin], by=cast.ben, now=NOW,
                          dedupe_key="x")  # fmt: skip
    address = reverse("messaging:reply", args=[thread.pk])
    for number in range(ROUNDS):
        key = str(uuid.uuid4())

        def send(n, key=key, number=number):
            words = f"{number} {'yes' if n % 2 else 'no'}"
            return windows[n].post(
                address, {"form_key": key, "body": words, "to": [str(cast.amin.pk)]}
            )

        codes = sorted(a.status_code for a in race(send, runners=8))
        assert codes == [302] * 4 + [409] * 4
        assert Message.objects.filter(body__startswith=f"{number} ").count() == 1
