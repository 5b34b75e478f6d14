"""Emergency access: one chart, one hour, with a reason; nothing else of the other clinic."""

import pytest

from core.accounts.roles import Role
from core.audit.models import AuditEvent
from core.lib.errors import Forbidden, NotFound, Refused, TooMany
from core.people.access import may_know, patient_for, visible_to
from core.people.models import AccessGrant
from core.people.selectors import find_patients
from core.people.services import join_care_team
from intake.selectors import call_for, recent_calls, unfinished_calls
from messaging.models import Delivery, Recipient, WorkItem
from messaging.selectors.inbox import colleagues, inbox, thread_for
from messaging.selectors.worklist import item_for, open_items, worklist
from messaging.services.break_glass import TRIES, AlreadyOpen, break_glass, end_access
from messaging.services.threads import start_thread
from messaging.services.work import close_by_hand, open_item
from tests.cast import NOW
from tests.factories.flags import after

pytestmark = pytest.mark.django_db
WHY = "collapsed in our waiting room, needs allergies"


def opened(cast, by=None, now=NOW, **more):
    details = {"clinic": cast.riverside, "known_by": "1042", "reason": WHY,
               "birth_date": cast.okafor.birth_date}  # fmt: skip
    return break_glass(by=by or cast.quist, now=now, **(details | more))


@pytest.mark.parametrize("known_by", ["1042", "MRN 1042", "Daniel Okafor", "okafor, daniel"])
def test_it_opens_the_one_chart_for_an_hour(cast, known_by):
    assert not may_know(cast.quist, cast.okafor, now=NOW)
    grant = opened(cast, known_by=known_by)
    assert (grant.patient, grant.ends_at) == (cast.okafor, after(60))
    assert patient_for(cast.quist, cast.okafor.pk, now=after(59)) == cast.okafor
    with pytest.raises(NotFound):
        patient_for(cast.quist, cast.okafor.pk, now=after(60))
    assert {p.family_name for p in visible_to(cast.quist, now=after(1))} == {"Okafor", "Outis"}


@pytest.mark.parametrize("name", ["zoe", "mora", "park", "daniel"])
def test_only_clinicians_break_the_glass(cast, name):
    with pytest.raises(Forbidden):
        opened(cast, by=getattr(cast, name))
    assert not AccessGrant.objects.exists()


@pytest.mark.parametrize("name", ["quist", "berg"])
def test_a_partner_therapist_and_a_physician_elsewhere_may(cast, name):
    opened(cast, by=getattr(cast, name))
    assert may_know(getattr(cast, name), cast.okafor, now=after(1))
    assert not may_know(getattr(cast, name), cast.hale, now=after(1))


@pytest.mark.parametrize(
    "reason",
    ["", " " * 40, "a" * 40, "too short", "aaaa aaaa aaaa aaaa", "unconsciousness", ". " * 20],
)
def test_a_reason_says_something(cast, reason):
    with pytest.raises(Refused, match="Write why"):
        opened(cast, reason=reason)
    assert not AccessGrant.objects.exists()
    assert opened(cast, reason="chest pain, here now").reason == "chest pain, here now"


@pytest.mark.parametrize("wrong", [
    {"known_by": "9999"}, {"known_by": "Okafor"}, {"known_by": "Margaret Hale"},
    {"birth_date": NOW.date()},
])  # fmt: skip
def test_wrong_details_open_nothing_and_are_on_the_trail(cast, wrong):
    with pytest.raises(Refused, match="No chart fits"):
        opened(cast, **wrong)
    row = AuditEvent.objects.get(action="break_glass")
    assert (row.outcome, row.actor, row.patient_id) == ("refused", cast.quist, None)
    assert opened(cast)


def test_the_number_of_the_other_clinic_is_another_chart(cast):
    with pytest.raises(Refused, match="No chart fits"):
        opened(cast, clinic=cast.lakeside)


def test_two_people_of_one_name_and_day_are_told_apart_by_number(cast):
    twin = cast.hale
    twin.given_name, twin.family_name = "Daniel", "Okafor"
    twin.birth_date = cast.okafor.birth_date
    twin.save()
    with pytest.raises(Refused, match="more than one"):
        opened(cast, known_by="Daniel Okafor")
    assert opened(cast, known_by="1042").patient == cast.okafor


def test_nobody_guesses_their_way_to_a_chart(cast):
    for number in range(TRIES):
        with pytest.raises(Refused, match="No chart fits"):
            opened(cast, known_by=str(2000 + number))
    for minute in (10, 20):  # knocking on does not lengthen the wait
        with pytest.raises(TooMany) as barred:
            opened(cast, now=after(minute))
        assert barred.value.retry_after == (60 - minute) * 60
    assert opened(cast, by=cast.berg)  # per person
    assert opened(cast, now=after(61))


def test_a_chart_that_is_open_already_needs_none(cast):
    with pytest.raises(AlreadyOpen) as refusal:
        opened(cast, by=cast.amin)
    assert refusal.value.patient == cast.okafor
    opened(cast)
    with pytest.raises(AlreadyOpen):
        opened(cast)
    assert AccessGrant.objects.count() == WorkItem.objects.count() == 1


def test_it_ends_when_they_say_so(cast):
    grant = opened(cast)
    end_access(grant=grant, by=cast.quist, now=after(5))
    assert not may_know(cast.quist, cast.okafor, now=after(5))
    end_access(grant=grant, by=cast.quist, now=after(7))  # again changes nothing
    grant.refresh_from_db()
    assert grant.ends_at == after(5)
    assert AuditEvent.objects.filter(action="break_glass_end").count() == 1


def test_the_managers_are_told_at_once_without_a_name(cast):
    grant = opened(cast)
    [row] = inbox(cast.cole, now=NOW)
    assert row.delivered_at == NOW and row.read_at is None
    said = row.message.thread.title + row.message.body
    assert "Quist Other" in said
    assert not [word for word in ("Okafor", "1042", "collapsed") if word in said]
    [item] = worklist(cast.cole, now=NOW)
    assert item.kind == "break_glass_review" and str(grant.pk) in item.href
    mail = Delivery.objects.get()
    assert (mail.user, mail.template, mail.path) == (cast.cole, "review", "/today/")
    with pytest.raises(NotFound):  # not even who opened the chart reads what the managers read
        thread_for(cast.quist, row.message.thread_id, now=after(1))
    assert not inbox(cast.mora, now=NOW) and not worklist(cast.mora, now=NOW)


def test_without_a_manager_every_physician_but_the_person_is_told(cast):
    cast.cole.roles = [Role.FRONT_DESK]
    cast.cole.save()
    cast.mbeki.posts.update(partner_practice="Northside")
    opened(cast, by=cast.mbeki)
    told = {r.user.full_name for r in Recipient.objects.all()}
    assert told == {"Leila Amin", "Paul Novak"}
    cast.mbeki.roles = [Role.PHYSICIAN, Role.MANAGER]  # a manager is never told of their own
    cast.mbeki.save()
    cast.mbeki.posts.update(partner_practice="")
    end_access(grant=AccessGrant.objects.get(), by=cast.mbeki, now=after(1))
    cast.mbeki.posts.update(clinic=cast.lakeside)
    opened(cast, by=cast.mbeki, now=after(2), known_by="1043", birth_date=cast.hale.birth_date)
    assert cast.mbeki not in {r.user for r in Recipient.objects.all()}


def test_the_promise_closes_only_by_the_review(cast):
    opened(cast)
    item = WorkItem.objects.get(kind="break_glass_review")
    assert (
        item.due_at.date() == after(60 * 24 + 180).date()
    )  # Wednesday evening, before Thanksgiving
    with pytest.raises(Refused, match="closes by itself"):
        close_by_hand(item=item, by=cast.cole, now=after(1), reason="seen it")


def test_everything_of_that_chart_and_nothing_else(cast, new_call):
    call = new_call(Q4="no")
    call.patient = cast.okafor
    call.save()
    other = new_call(Q4="no")
    item = open_item(kind="initial_visit", subject_id=call.pk, clinic=cast.riverside,
                     patient=cast.okafor, reason="r", by=None, now=NOW)  # fmt: skip
    thread = start_thread(clinic=cast.riverside, patient=cast.okafor, title="t", body="b",
                          to=[cast.amin], by=cast.ruiz, now=NOW, dedupe_key="k")  # fmt: skip
    looks = [(call_for, call), (item_for, item), (thread_for, thread)]
    for look, row in looks:
        with pytest.raises(NotFound):
            look(cast.quist, row.pk, now=NOW)
    opened(cast)
    for look, row in looks:
        assert look(cast.quist, row.pk, now=after(1)) == row
        with pytest.raises(NotFound):
            look(cast.zoe, row.pk, now=after(1))
    with pytest.raises(NotFound):
        call_for(cast.quist, other.pk, now=after(1))
    # No list of the other clinic, and nobody of it but the chart's care team.
    cast.quist.roles = [*cast.quist.roles, Role.FRONT_DESK]
    cast.quist.save()
    now = after(1)
    lists = (worklist(cast.quist, now=now), open_items(cast.quist, ["initial_visit"], now=now),
             unfinished_calls(cast.quist, now=now), recent_calls(cast.quist, now=now))  # fmt: skip
    assert lists == ([], [], [], [])
    assert worklist(cast.ana, now=now)
    assert [r.family_name for r in find_patients(cast.quist, "hale", now=now)] == []
    assert colleagues(cast.quist, cast.okafor, now=now) == []
    join_care_team(patient=cast.okafor, user=cast.amin, role=Role.PHYSICIAN, by=cast.amin, now=NOW)
    assert colleagues(cast.quist, cast.okafor, now=now) == [cast.amin]
