"""Who may open a thread, an inbox row, a work item or a delivery; each refusal beside who may."""

import datetime as dt

import pytest

from core.accounts.roles import Role
from core.audit.models import AuditEvent
from core.lib.errors import NotFound
from core.people.models import AccessGrant
from core.people.services import grant_access, join_care_team
from messaging.models import Recipient
from messaging.selectors.deliveries import counts, deliveries, delivery_for
from messaging.selectors.inbox import colleagues, recipient_for, thread_for
from messaging.selectors.urgent import urgent_items
from messaging.selectors.worklist import item_for
from messaging.services.deliveries import nudge
from messaging.services.threads import post, start_thread
from messaging.services.work import open_item
from tests.cast import NOW
from tests.factories.flags import after, saddle_numbness

pytestmark = pytest.mark.django_db


@pytest.fixture
def thread(cast):
    return start_thread(clinic=cast.riverside, patient=cast.okafor, title="Plan", body="Text",
                        to=[cast.amin], by=cast.ruiz, now=NOW, dedupe_key="form:1")  # fmt: skip


def may_open(person, thread, now=NOW):
    try:
        return thread_for(person, thread.pk, now=now) == thread
    except NotFound:
        return False


def test_a_thread_is_open_to_who_may_know_of_its_patient(cast, thread):
    inside = ("amin", "ruiz", "park", "lang")
    outside = ("zoe", "quist", "mora", "berg")
    assert [n for n in inside if not may_open(getattr(cast, n), thread)] == []
    assert [n for n in outside if may_open(getattr(cast, n), thread)] == []


def test_who_is_no_clinician_reads_the_threads_they_are_in(cast, thread):
    assert not may_open(cast.ana, thread) and not may_open(cast.cole, thread)
    post(thread=thread, body="Please book", to=[cast.ana], by=cast.ruiz, now=NOW, dedupe_key="k")
    assert may_open(cast.ana, thread) and not may_open(cast.cole, thread)
    own = start_thread(clinic=cast.riverside, patient=cast.okafor, title="Booked", body="Tue 10:20",
                       to=[cast.ruiz], by=cast.ben, now=NOW, dedupe_key="form:2")  # fmt: skip
    assert may_open(cast.ben, own) and not may_open(cast.ana, own)


def test_the_partner_therapist_reads_on_once_on_the_team_and_no_longer_after(cast, thread):
    member = join_care_team(patient=cast.okafor, user=cast.berg, role=Role.THERAPIST, by=cast.amin,
                            now=NOW)  # fmt: skip
    assert may_open(cast.berg, thread)
    member.to_on = NOW.date() - dt.timedelta(days=1)
    member.save()
    assert not may_open(cast.berg, thread)


def test_looks_and_refused_looks_are_on_the_trail(cast, thread):
    may_open(cast.park, thread)
    may_open(cast.zoe, thread)
    rows = AuditEvent.objects.filter(object_kind="thread", object_id=str(thread.pk))
    assert {(r.actor, r.outcome) for r in rows} == {(cast.park, "done"), (cast.zoe, "refused")}


def test_an_inbox_row_is_its_readers_alone(cast, thread):
    row = Recipient.objects.get()
    assert recipient_for(cast.amin, row.pk, now=NOW) == row
    for person in (cast.ruiz, cast.novak, cast.quist):
        with pytest.raises(NotFound):
            recipient_for(person, row.pk, now=NOW)


def test_a_thread_about_nobody_is_for_its_readers_in_the_clinic(cast):
    talk = start_thread(clinic=cast.riverside, patient=None, title="Printer", body="Out of paper",
                        to=[cast.ana], by=cast.cole, now=NOW, dedupe_key="form:9")  # fmt: skip
    assert may_open(cast.ana, talk) and may_open(cast.cole, talk)
    assert not may_open(cast.ben, talk) and not may_open(cast.zoe, talk)


def test_whom_one_can_write_to(cast):
    names = {u.full_name for u in colleagues(cast.ruiz, cast.okafor, now=NOW)}
    assert {"Leila Amin", "Ana Flores", "Dana Cole"} < names
    assert not names & {"Lena Ruiz", "Tom Berg", "Zoe Other", "Quist Other", "Daniel Okafor"}
    join_care_team(patient=cast.okafor, user=cast.berg, role=Role.THERAPIST, by=cast.amin, now=NOW)
    assert cast.berg in colleagues(cast.ruiz, cast.okafor, now=NOW)


def test_a_work_item_is_open_to_who_may_know_of_its_patient(cast):
    item = open_item(kind="initial_visit", subject_id=cast.okafor.pk, clinic=cast.riverside,
                     patient=cast.okafor, reason="r", by=None, now=NOW)  # fmt: skip
    assert item_for(cast.ana, item.pk, now=NOW) == item
    for person in (cast.zoe, cast.berg):
        with pytest.raises(NotFound):
            item_for(person, item.pk, now=NOW)
    grant_access(patient=cast.okafor, user=cast.berg, kind=AccessGrant.Kind.COVER,
                 subject_id=item.pk, reason="Cover", by=cast.cole, now=NOW, hours=1)  # fmt: skip
    assert item_for(cast.berg, item.pk, now=after(1)) == item
    with pytest.raises(NotFound):
        item_for(cast.berg, item.pk, now=after(61))


def test_deliveries_are_shown_to_their_clinic(cast):
    row = nudge(user=cast.amin, clinic=cast.riverside, template="urgent", path="/today/",
                item=None, key="k", now=NOW)  # fmt: skip
    assert delivery_for(cast.cole, row.pk, now=NOW) == row
    assert counts(cast.cole, now=NOW) == {"pending": 1}
    with pytest.raises(NotFound):
        delivery_for(cast.mora, row.pk, now=NOW)
    assert deliveries(cast.mora, now=NOW) == [] and counts(cast.mora, now=NOW) == {}


def test_deliveries_page_without_loss_or_repetition(cast):
    for number in range(23):  # many in the same instant
        nudge(user=cast.amin, clinic=cast.riverside, template="urgent", path="/today/", item=None,
              key=f"k{number}", now=after(number // 8))  # fmt: skip
    seen, before = [], None
    while page := deliveries(cast.cole, now=after(9), before=before, limit=5):
        seen += [r.pk for r in page]
        before = (page[-1].created_at, page[-1].pk)
    assert len(seen) == 23 and len(set(seen)) == 23


def test_a_partner_physician_does_not_read_flags_of_patients_not_theirs(cast, new_call):
    saddle_numbness(cast, new_call, about=cast.okafor)
    cast.berg.roles = [Role.PHYSICIAN]
    cast.berg.save()
    assert urgent_items(cast.mbeki, now=after(1))
    assert urgent_items(cast.berg, now=after(1)) == []


def test_who_is_turned_away_from_an_item_or_a_row_is_on_the_trail(cast, thread):
    item = open_item(kind="initial_visit", subject_id=cast.okafor.pk, clinic=cast.riverside,
                     patient=cast.okafor, reason="x", by=None, now=NOW)  # fmt: skip
    row = Recipient.objects.get(user=cast.amin)
    assert item_for(cast.ana, item.pk, now=NOW) and recipient_for(cast.amin, row.pk, now=NOW)
    refused = AuditEvent.objects.filter(outcome="refused")
    assert not refused.exists()
    for look, pk, kind in ((item_for, item.pk, "work_item"), (recipient_for, row.pk, "inbox")):
        with pytest.raises(NotFound):
            look(cast.quist, pk, now=NOW)
        found = refused.get(object_kind=kind)
        assert (found.actor, found.object_id) == (cast.quist, str(pk))
