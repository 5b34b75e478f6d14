"""What somebody may reach is read once for a request, and no request sees what another one read."""

import datetime as dt

import pytest
import time_machine
from django.db import transaction
from django.urls import reverse

from core.accounts.models import User
from core.accounts.roles import Role
from core.people.access import reach_of, visible_to
from core.people.models import AccessGrant, CareTeamMember, StaffMember
from core.people.reach import one_request
from core.people.services import grant_access, join_care_team
from core.people.services.cover import end_cover, set_cover
from tests.cast import NOW
from tests.factories.flags import after

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def charts(cast):
    return {name: reverse("home:patient", args=[getattr(cast, name).pk])
            for name in ("okafor", "hale", "outis")}  # fmt: skip


def names(person, now=NOW):
    return sorted(p.family_name for p in visible_to(person, now=now))


def granted(cast, person, **more):
    values = {"patient": cast.okafor, "kind": AccessGrant.Kind.COVER, "subject_id": cast.okafor.pk,
              "reason": "Cover", "by": cast.cole, "now": NOW, "hours": 2}  # fmt: skip
    return grant_access(user=person, **(values | more))


def test_it_is_read_once_in_a_request_and_every_time_outside_one(cast, django_assert_num_queries):
    with one_request(), django_assert_num_queries(1):
        for _ in range(3):
            reach_of(cast.amin, now=NOW)
    with django_assert_num_queries(3):
        for _ in range(3):
            reach_of(cast.amin, now=NOW)


def test_two_people_in_one_process_never_see_each_others(cast, as_user, charts):
    quist, amin = as_user(cast.quist), as_user(cast.amin)
    for _ in range(3):
        assert [amin.get(charts[n]).status_code for n in ("okafor", "outis")] == [200, 404]
        assert [quist.get(charts[n]).status_code for n in ("okafor", "outis")] == [404, 200]
    with one_request():  # nor do they when one request asks for both
        assert (names(cast.amin), names(cast.quist)) == (["Hale", "Okafor"], ["Outis"])
        assert (names(cast.amin), names(cast.quist)) == (["Hale", "Okafor"], ["Outis"])


def test_a_grant_opens_and_closes_between_two_requests(cast, as_user, charts):
    browser = as_user(cast.quist)
    assert browser.get(charts["okafor"]).status_code == 404
    grant = granted(cast, cast.quist)
    assert browser.get(charts["okafor"]).status_code == 200
    AccessGrant.objects.filter(pk=grant.pk).update(starts_at=after(-60), ends_at=NOW)
    assert browser.get(charts["okafor"]).status_code == 404


def test_a_post_ends_between_two_requests(cast, as_user, charts):
    browser = as_user(cast.amin)
    assert browser.get(charts["okafor"]).status_code == 200
    StaffMember.objects.filter(user=cast.amin).update(to_on=NOW.date() - DAY)
    assert browser.get(charts["okafor"]).status_code == 403  # they work nowhere
    assert names(cast.amin) == []


def test_a_place_on_the_team_ends_between_two_requests(cast, as_user, charts):
    join_care_team(patient=cast.okafor, user=cast.berg, role=Role.THERAPIST, by=cast.amin, now=NOW)
    browser = as_user(cast.berg)
    assert [browser.get(charts[n]).status_code for n in ("okafor", "hale")] == [200, 404]
    yesterday = NOW.date() - DAY
    CareTeamMember.objects.filter(user=cast.berg).update(from_on=yesterday, to_on=yesterday)
    assert browser.get(charts["okafor"]).status_code == 404


def test_what_a_request_changes_itself_counts_at_once(cast):
    with one_request():
        assert names(cast.quist) == ["Outis"]
        granted(cast, cast.quist)
        assert names(cast.quist) == ["Okafor", "Outis"]
        AccessGrant.objects.update(starts_at=after(-60), ends_at=NOW)  # past save() and signals
        assert names(cast.quist) == ["Outis"]
    with one_request():
        assert names(cast.amin) == ["Hale", "Okafor"]
        StaffMember.objects.filter(user=cast.amin).delete()
        assert names(cast.amin) == []


def test_a_cover_set_and_ended_in_a_request_counts_at_once(cast):
    with one_request():
        assert not reach_of(cast.novak, now=NOW).away
        cover = set_cover(user=cast.amin, delegate=cast.novak, clinic=cast.riverside,
                          from_on=NOW.date(), to_on=NOW.date(), by=cast.amin, now=NOW)  # fmt: skip
        assert reach_of(cast.novak, now=NOW).away == {cast.riverside.pk: {cast.amin.pk}}
        end_cover(cover=cover, by=cast.amin, now=NOW)
        assert not reach_of(cast.novak, now=NOW).away


def test_what_is_rolled_back_is_not_remembered(cast):
    with one_request():
        with transaction.atomic():
            granted(cast, cast.quist)
            assert names(cast.quist) == ["Okafor", "Outis"]
            transaction.set_rollback(True)
        assert names(cast.quist) == ["Outis"]


def test_it_is_read_anew_after_waiting_for_a_lock(cast, django_assert_num_queries):
    with one_request(), django_assert_num_queries(3):
        reach_of(cast.amin, now=NOW)
        User.objects.select_for_update(no_key=True).get(pk=cast.amin.pk)
        reach_of(cast.amin, now=NOW)
        reach_of(cast.amin, now=NOW)


def test_another_moment_is_read_anew(cast):
    granted(cast, cast.quist)
    with one_request():
        assert [names(cast.quist, after(m)) for m in (-1, 0, 119, 120)] == [
            ["Outis"], ["Okafor", "Outis"], ["Okafor", "Outis"], ["Outis"]]  # fmt: skip


def test_somebody_switched_off_reaches_nobody_although_it_was_read(cast):
    with one_request():
        assert names(cast.amin)
        cast.amin.is_active = False
        assert names(cast.amin) == []


def test_nothing_is_left_of_a_request_that_failed(cast, django_assert_num_queries):
    def failing():
        with one_request():
            reach_of(cast.amin, now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    with django_assert_num_queries(2):
        reach_of(cast.amin, now=NOW)
        reach_of(cast.amin, now=NOW)
