"""A letter whose end nobody knows, a printed second letter, a letter nobody wants any more."""

import datetime as dt

import pytest
import time_machine

from core.events.services import dispatch
from core.lib.errors import Conflict, Refused
from core.lib.states import StateError
from core.people.models import Patient
from intake.models import RecordsRequest
from intake.record_rules import possible
from intake.services import record_answers as answers
from intake.services import record_letters, records
from messaging.models import Delivery, WorkItem
from messaging.services.deliveries import claim, deliver_one, move, reap
from tests.cast import NOW
from tests.factories.records import asked, release

pytestmark = pytest.mark.django_db
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)  # leases run by the database's own clock
LATER = NOW + dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def places(settings, monkeypatch, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.FAX_GATEWAY_URL = "http://127.0.0.1:9/"
    monkeypatch.setattr("intake.services.records.letter_pdf", lambda *a, **k: b"%PDF-1.7 letter")


def fresh(row):
    return RecordsRequest.objects.select_related("delivery", "patient", "source").get(pk=row.pk)


def heard(now=NOW):
    while dispatch(now=now + dt.timedelta(seconds=1)):
        pass


def by_fax(cast, request=None, now=NOW):
    if request is None:
        release(cast)
        request = asked(cast)
    return records.send(request=request, channel="fax", by=cast.ana, now=now)


def by_print(cast, request, now=NOW):
    return records.send(request=request, channel="print", by=cast.ana, now=now)


def requested(cast):
    row = by_fax(cast)
    while deliver_one(now=NOW):
        pass
    heard()
    return fresh(row)


def a_worker_dies(now=NOW):
    """While handing the fax over; the reaper finds the lease run out."""
    assert move(claim(), "hand", now=now)
    Delivery.objects.filter(state="handing").update(lease_until=LONG_AGO)
    assert reap(now=now) == 1
    heard(now)


def chase_item(row):
    return WorkItem.objects.get(kind="records_chase", subject_id=row.pk, closed_at=None)


def said(cast, row, now=NOW, words="Maria at their desk has it"):
    return record_letters.confirm_sent(
        request=row, proof=words, by=cast.ana, now=now, version=row.version
    )


def test_nobody_knows_whether_it_arrived_they_phone_and_say_so(cast):
    row = by_fax(cast)
    a_worker_dies()
    row = fresh(row)
    assert (row.state, row.delivery.state) == ("sending", "uncertain")
    row = said(cast, row, now=LATER)
    assert (row.state, row.delivery.state, row.delivery.acted_by) == ("requested", "sent", cast.ana)
    # Wed 25; Thanksgiving and the weekend are no business days: Fri 27, Mon 30, Tue 1.
    assert chase_item(row).due_at == row.due_at == dt.datetime(2026, 12, 2, 0, tzinfo=dt.UTC)
    heard(LATER)
    assert fresh(row).version == row.version, "its event changes nothing more"


def test_or_they_send_it_another_way_and_the_lost_one_is_settled(cast, faxed):
    row = by_fax(cast)
    lost = row.delivery
    a_worker_dies()
    row = by_print(cast, fresh(row))
    assert (row.state, row.delivery.state) == ("sending", "waiting")
    lost.refresh_from_db()
    assert (lost.state, lost.act_reason) == ("cancelled", "A later letter replaces it")
    heard()
    assert fresh(row).state == "sending", "what became of the first says nothing of the second"
    assert said(cast, row).state == "requested"


def test_a_fax_that_waits_for_the_gateway_is_replaced_but_not_one_being_handed_over(cast, faxed):
    row = by_fax(cast)
    held = claim()
    with pytest.raises(StateError, match="sent at this moment"):
        by_print(cast, fresh(row))
    assert move(held, "hand", now=NOW)
    with pytest.raises(StateError, match="sent at this moment"):
        by_print(cast, fresh(row))
    assert move(held, "refuse_for_now", now=NOW, error="503")
    by_print(cast, fresh(row))
    assert not deliver_one(now=LATER) and faxed == []


def test_what_left_a_moment_ago_is_not_sent_twice(cast, faxed):
    row = by_fax(cast)
    while deliver_one(now=NOW):
        pass
    with pytest.raises(StateError, match="just left"):
        by_print(cast, fresh(row))  # its event is not handled yet


@pytest.mark.parametrize("chased", [False, True])
def test_a_printed_second_letter_is_confirmed_and_starts_the_clock_anew(cast, faxed, chased):
    row = requested(cast)
    if chased:
        row = answers.chase(request=row, words="Maria: not found", by=cast.ana, now=NOW,
                            version=row.version)  # fmt: skip
    first, state = row.due_at, row.state
    row = by_print(cast, fresh(row), now=LATER)
    assert fresh(row).due_at == first, "a letter that lies in the printer asks nobody"
    assert "confirm" in possible(row.state, letter=row.delivery.state)
    row = said(cast, fresh(row), now=LATER, words="posted it")
    assert (row.state, row.requested_at) == (state, NOW)
    assert chase_item(row).due_at == row.due_at == dt.datetime(2026, 12, 2, 0, tzinfo=dt.UTC)
    heard(LATER)
    assert fresh(row).version == row.version
    with pytest.raises(Conflict):
        said(cast, fresh(row), now=LATER)


def test_a_second_fax_starts_the_clock_when_it_has_left(cast, faxed):
    row = requested(cast)
    by_fax(cast, request=row, now=LATER)
    assert fresh(row).due_at == row.due_at
    while deliver_one(now=LATER):
        pass
    heard(LATER)
    row = fresh(row)
    assert (row.state, len(faxed)) == ("requested", 2)
    assert chase_item(row).due_at == row.due_at == dt.datetime(2026, 12, 2, 0, tzinfo=dt.UTC)


def test_who_is_offered_what(cast):
    assert "confirm" not in possible("requested", letter="sent")
    assert "send_again" not in possible("sending", letter="handing")
    for letter in ("uncertain", "dead", "held"):
        assert "send_again" in possible("sending", letter=letter)
    assert "send_again" not in possible("sending", letter="pending")
    assert "send_again" in possible("sending", letter="pending", attempts=1)


def test_its_page_says_what_to_do(cast, as_user):
    with time_machine.travel(NOW, tick=False):
        row = by_fax(cast)
        page = as_user(cast.ana).get(f"/records/{row.pk}/").content.decode()
        assert "It arrived" not in page and "Send it another way" not in page
        a_worker_dies()
        page = as_user(cast.ana).get(f"/records/{row.pk}/").content.decode()
        assert "It may have arrived: phone" in page
        assert "It arrived" in page and "Send it another way" in page
        row = by_print(cast, fresh(row))
        said(cast, row)
        by_print(cast, fresh(row))
        assert "What became of it?" in as_user(cast.ana).get(f"/records/{row.pk}/").content.decode()


def status(cast, to):
    Patient.objects.filter(pk=cast.okafor.pk).update(status=to, status_on=NOW.date())


def test_a_letter_of_somebody_who_has_died_does_not_leave(cast, faxed):
    by_fax(cast)
    status(cast, "deceased")  # noted a moment ago: the requests are not closed yet
    while deliver_one(now=NOW):
        pass
    assert faxed == [] and "has died" in Delivery.objects.get().last_error
    with pytest.raises(Refused, match="has died"):
        by_print(cast, RecordsRequest.objects.get())


def test_nor_one_of_a_chart_that_was_merged_away(cast, faxed):
    by_fax(cast)
    Patient.objects.filter(pk=cast.okafor.pk).update(merged_into=cast.hale)
    while deliver_one(now=NOW):
        pass
    assert faxed == [] and "merged" in Delivery.objects.get().last_error
    heard()
    assert RecordsRequest.objects.get().state == "prepared"


def test_who_is_inactive_is_still_asked_about(cast, faxed):
    by_fax(cast)
    status(cast, "inactive")
    while deliver_one(now=NOW):
        pass
    assert len(faxed) == 1
