"""A message reaches people who may know of the patient; it is read and acknowledged per person."""

import uuid

import pytest
from django.urls import reverse

from core.accounts.roles import Role
from core.lib.errors import Refused
from core.people.services import join_care_team
from core.work.models import Draft
from core.work.services import save_draft
from messaging.models import Message, Recipient, Thread, WorkItem
from messaging.selectors.inbox import inbox, unread
from messaging.services.threads import acknowledge, mark_read, post, start_thread
from tests.cast import NOW
from tests.factories.flags import after
from tests.factories.races import race

pytestmark = pytest.mark.django_db


def write(cast, to, **more):
    values = {"clinic": cast.riverside, "patient": cast.okafor, "title": "Sitting tolerance",
              "body": "He sits 15 minutes.", "by": cast.ruiz, "now": NOW,
              "dedupe_key": "form:1"}  # fmt: skip
    return start_thread(to=to, **(values | more))


def test_each_named_person_has_it_in_their_inbox_at_once(cast):
    thread = write(cast, [cast.amin, cast.park])
    message = thread.messages.get()
    assert {r.user: (r.why, r.delivered_at) for r in message.recipients.all()} == {
        cast.amin: ("named", NOW),
        cast.park: ("named", NOW),
    }
    assert [unread(who, now=NOW) for who in (cast.amin, cast.ruiz, cast.novak)] == [1, 0, 0]


def test_the_same_form_twice_is_one_message(cast):
    first = write(cast, [cast.amin])
    assert write(cast, [cast.amin], body="He sits 20 minutes.") == first
    assert Message.objects.get().body == "He sits 15 minutes."
    assert Recipient.objects.count() == 1
    assert write(cast, [cast.amin], dedupe_key="form:2") != first


@pytest.mark.django_db(transaction=True)
def test_a_double_click_is_one_thread(cast):
    threads = race(lambda _: write(cast, [cast.amin]).pk)
    assert Message.objects.count() == 1
    assert Thread.objects.count() == 1 and len(set(threads)) == 1


def test_it_goes_only_to_people_who_may_know_of_the_patient(cast):
    for outsider in (cast.zoe, cast.berg):
        with pytest.raises(Refused, match=f"{outsider.full_name} is not on this patient's care"):
            write(cast, [cast.amin, outsider])
    assert not Thread.objects.exists()
    join_care_team(patient=cast.okafor, user=cast.berg, role=Role.THERAPIST, by=cast.amin, now=NOW)
    assert write(cast, [cast.amin, cast.berg]).messages.get().recipients.count() == 2


@pytest.mark.parametrize(
    ("words", "what"),
    [({"title": " "}, "subject"), ({"body": " \n"}, "empty"), ({"to": []}, "at least one")],
)  # fmt: skip
def test_what_is_missing_is_said(cast, words, what):
    values = {"to": [cast.amin]} | words
    with pytest.raises(Refused, match=what):
        write(cast, values.pop("to"), **values)
    assert not Thread.objects.exists()


def test_somebody_chosen_who_may_not_know_any_more_is_said_and_nobody_gets_it(cast, as_user):
    """Chosen while she could; the others do not get it as if all had."""
    thread = write(cast, [cast.amin, cast.ruiz])
    amin = as_user(cast.amin)
    for page, more, body in (
        (reverse("messaging:reply", args=[thread.pk]), {}, "Slowly."),
        (reverse("messaging:new_thread", args=[cast.okafor.pk]), {"title": "Stairs"}, "Anew."),
    ):
        for chosen in ([cast.ruiz.pk, cast.zoe.pk], [cast.ruiz.pk, "no id"]):
            words = {"form_key": str(uuid.uuid4()), "body": body, "to": chosen} | more
            answer = amin.post(page, words)
            shown = answer.content.decode()
            assert answer.status_code == 422 and "cannot get it" in shown
            assert body in shown and cast.zoe.full_name not in shown
            assert not Message.objects.filter(body=body).exists()
        assert amin.post(page, words | {"to": [cast.ruiz.pk]}).status_code == 302
        assert Message.objects.filter(body=body).count() == 1


def test_the_api_says_so_too(cast, as_user):
    thread, amin = write(cast, [cast.amin, cast.ruiz]), as_user(cast.amin)
    words = {"key": str(uuid.uuid4()), "body": "Slowly.", "to": [str(cast.ruiz.pk)]}
    both = words | {"to": [str(cast.ruiz.pk), str(cast.zoe.pk)]}
    address = reverse("api_thread", args=[thread.pk])
    refused = amin.post(address, both, content_type="application/json")
    assert refused.status_code == 422 and "cannot get it" in refused.json()["detail"]
    assert not Message.objects.filter(body="Slowly.").exists()
    assert amin.post(address, words, content_type="application/json").status_code == 201


def test_opening_reads_every_message_for_that_person_only(cast):
    thread = write(cast, [cast.amin, cast.park])
    post(thread=thread, body="And stands 45.", to=[cast.amin], by=cast.ruiz, now=after(1),
         dedupe_key="form:2")  # fmt: skip
    mark_read(thread=thread, by=cast.amin, now=after(2))
    mark_read(thread=thread, by=cast.amin, now=after(9))
    assert {r.read_at for r in inbox(cast.amin, now=after(9))} == {after(2)}
    assert unread(cast.park, now=NOW) == 1


def test_acknowledged_once_the_first_time_stands(cast):
    message = write(cast, [cast.amin, cast.park]).messages.get()
    acknowledge(message=message, by=cast.amin, now=after(3))
    row = acknowledge(message=message, by=cast.amin, now=after(8))
    assert (row.read_at, row.acknowledged_at) == (after(3), after(3))
    assert Recipient.objects.get(user=cast.park).acknowledged_at is None
    with pytest.raises(Refused, match="not sent to you"):
        acknowledge(message=message, by=cast.novak, now=after(3))


def test_a_message_that_asks_is_a_promise_of_each_reader(cast):
    write(cast, [cast.amin, cast.park], asks=True)
    items = WorkItem.objects.filter(kind="message")
    assert {i.owner for i in items} == {cast.amin, cast.park}
    assert {i.patient for i in items} == {cast.okafor}
    write(cast, [cast.novak], dedupe_key="form:2")
    assert items.count() == 2  # the second one only tells


def test_who_writes_to_themselves_gets_no_copy(cast):
    thread = write(cast, [cast.amin, cast.ruiz], asks=True)
    assert [r.user for r in thread.messages.get().recipients.all()] == [cast.amin]
    assert WorkItem.objects.get(kind="message").owner == cast.amin


def test_what_a_flag_says_in_the_thread_leaves_an_unsent_answer_alone(cast):
    """The form drops the draft it sent (tests/core/test_replay.py), the thread does not."""
    thread = write(cast, [cast.amin])
    save_draft(user=cast.amin, place=f"thread:{thread.pk}", text="I think", now=NOW)
    post(thread=thread, body="Decided", to=[cast.ruiz], by=cast.amin, now=NOW, dedupe_key="f:2")
    assert Draft.objects.get().user == cast.amin
